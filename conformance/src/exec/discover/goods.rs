//! Builds a catalog from ids that the user named: the server's answers about packages and products show what belongs
//! together, and for the rest the command line is believed.

use std::collections::BTreeSet;

use spec::{Meaning, OperationId};

use super::endpoints::presence;
use super::error::DiscoverError;
use super::scout::Scout;
use crate::history::{Catalog, OperatorFacts, PackageFacts, ProductFacts, Response};
use crate::order::json::Json;
use crate::order::path::encode;
use crate::order::reading::{self, PackageRead};
use crate::secret::Secret;
use crate::sut::Named;

/// The number of the account's orders that are read in search of a package of another product.
const ORDERS: usize = 5;

/// The number of packages that are read in that search.
const CANDIDATES: usize = 10;

/// What an answer shows about an id.
enum Told {
    /// Something with that id exists, and this describes it.
    Found(Response),
    /// Nothing with that id exists; this is the status.
    Nothing(u16),
    /// Nothing, since the endpoint does not exist or does not answer.
    Undetermined,
}

/// The state of discovering the catalog.
struct Goods<'s> {
    scout: &'s Scout<'s>,
    key: &'s Secret,
    target: &'s str,
    catalog: Catalog,
    /// The operators whose products the server lists.
    listed: BTreeSet<String>,
    /// The JSON answers that may name more packages.
    pages: Vec<Json>,
}

/// Builds a catalog from what was named, and looks for a package of another product to put beside it, which is never
/// bought.
///
/// # Errors
/// Returns an error if the server says that an id does not exist, or if it is unknown what an id belongs to.
pub(super) async fn catalog(
    scout: &Scout<'_>,
    target: &str,
    named: &Named,
    key: &Secret,
) -> Result<Catalog, DiscoverError> {
    let (catalog, listed, pages) = (Catalog::default(), BTreeSet::new(), Vec::new());
    let mut goods = Goods { scout, key, target, catalog, listed, pages };
    for operator in &named.operators {
        goods.operator(operator, true).await?;
    }
    if let [operator] = &named.operators[..] {
        for product in &named.products {
            goods.put_product(operator, product);
        }
    }
    for package in &named.packages {
        goods.package(package, named).await?;
    }
    for product in &named.products {
        goods.is_sold(product)?;
    }
    goods.catalog.unnamed = goods.left_unnamed(named);
    if named.packages.len() <= goods.of_first_product() {
        goods.look_for_another().await;
    }
    Ok(goods.catalog)
}

impl Goods<'_> {
    async fn ask(&self, operation: OperationId, id: &str) -> (String, Told) {
        let spec = self.scout.contract.operation(operation);
        let path = spec.path_with(&[&encode(id)]);
        let asked = format!("{} {path}", spec.method);
        let Ok(response) = self.scout.read(&path, Some(self.key)).await else {
            return (asked, Told::Undetermined);
        };
        let status = Some(response.status);
        if status == spec.status(Meaning::Ok) {
            return (asked, Told::Found(response));
        }
        // If a nonexistent path gets the same answer, that shows nothing about the id.
        let is_there = presence(self.scout, operation, &path, &response, true, self.key).await;
        match is_there {
            Some(true) if status == spec.status(Meaning::NotFound) => (asked, Told::Nothing(response.status)),
            _ => (asked, Told::Undetermined),
        }
    }

    fn no_such(&self, what: &'static str, id: &str, asked: String, status: u16) -> DiscoverError {
        let (target, id) = (self.target.to_owned(), id.to_owned());
        DiscoverError::NoSuchId { target, what, id, asked, status }
    }

    /// Adds an operator with the products that the server lists for it. One that was not named may be unknown to the
    /// server.
    async fn operator(&mut self, id: &str, is_named: bool) -> Result<(), DiscoverError> {
        if self.catalog.operators.iter().any(|it| it.id == id) {
            return Ok(());
        }
        let mut products = Vec::new();
        match self.ask(OperationId::Products, id).await {
            (asked, Told::Nothing(status)) if is_named => {
                return Err(self.no_such("operator", id, asked, status));
            }
            (_, Told::Found(response)) => {
                if let Some(list) = reading::products(self.scout.contract, &response) {
                    self.listed.insert(id.to_owned());
                    let off = &self.scout.contract.product_status.1;
                    products.extend(list.into_iter().filter_map(|it| {
                        let available = it.status.as_ref() != Some(off);
                        it.id.map(|id| ProductFacts { id, available, packages: Vec::new() })
                    }));
                }
                self.pages.extend(reading::json(&response));
            }
            _ => {}
        }
        self.catalog.operators.push(OperatorFacts {
            id: id.to_owned(),
            recipient_prefix: None,
            failing_recipient: None,
            products,
        });
        Ok(())
    }

    fn put_product(&mut self, operator: &str, product: &str) -> Option<&mut ProductFacts> {
        let operator = self.catalog.operators.iter_mut().find(|it| it.id == operator)?;
        let at = operator.products.iter().position(|it| it.id == product).unwrap_or_else(|| {
            let (id, packages) = (product.to_owned(), Vec::new());
            operator.products.push(ProductFacts { id, available: true, packages });
            operator.products.len() - 1
        });
        operator.products.get_mut(at)
    }

    /// Adds a package to the product that its page names, or else the command line.
    async fn package(&mut self, id: &str, named: &Named) -> Result<(), DiscoverError> {
        let (page, json) = match self.ask(OperationId::Package, id).await {
            (asked, Told::Nothing(status)) => return Err(self.no_such("package", id, asked, status)),
            (_, Told::Found(response)) => {
                (reading::package(self.scout.contract, &response), reading::json(&response))
            }
            (_, Told::Undetermined) => (None, None),
        };
        let told = page.as_ref().and_then(|it| self.home(it, json.as_ref()));
        let said = || match (&named.operators[..], &named.products[..]) {
            ([operator], [product]) => Some((operator.clone(), product.clone())),
            _ => None,
        };
        let Some((operator, product)) = told.or_else(said) else {
            let (target, what) = (self.target.to_owned(), "package");
            return Err(DiscoverError::Homeless { target, what, id: id.to_owned() });
        };
        self.put_package(&operator, &product, id, page.as_ref()).await
    }

    async fn put_package(
        &mut self,
        operator: &str,
        product: &str,
        id: &str,
        page: Option<&PackageRead>,
    ) -> Result<(), DiscoverError> {
        self.operator(operator, false).await?;
        let off = &self.scout.contract.package_status.1;
        let active = page.is_none_or(|it| it.status.as_ref() != Some(off));
        if let Some(product) = self.put_product(operator, product)
            && !product.packages.iter().any(|it| it.id == id)
        {
            let price = std::collections::BTreeMap::new();
            product.packages.push(PackageFacts { id: id.to_owned(), active, price });
        }
        Ok(())
    }

    /// Returns the operator and the product of a package by its page: as its fields say, or else by the id of a known
    /// product in it.
    fn home(&self, page: &PackageRead, json: Option<&Json>) -> Option<(String, String)> {
        if let (Some(operator), Some(product)) = (&page.operator, &page.product) {
            return Some((operator.clone(), product.clone()));
        }
        let mut texts = BTreeSet::new();
        strings(json?, &mut |_, text| _ = texts.insert(text.to_owned()));
        let product = |operator: &OperatorFacts| {
            let product = operator.products.iter().find(|it| texts.contains(&it.id));
            product.map(|it| (operator.id.clone(), it.id.clone()))
        };
        self.catalog.operators.iter().find_map(product)
    }

    /// Checks that a product that was named belongs to its operator, as far as the server lists products.
    fn is_sold(&self, id: &str) -> Result<(), DiscoverError> {
        let (target, id) = (self.target.to_owned(), id.to_owned());
        let operator = self.catalog.operators.iter().find(|it| it.products.iter().any(|it| it.id == id));
        match operator {
            Some(_) if self.pages.is_empty() => Ok(()),
            Some(operator) if !self.listed.contains(&operator.id) => Ok(()),
            Some(operator) if self.lists(&operator.id, &id) => Ok(()),
            Some(operator) => {
                let others = operator.products.iter().map(|it| it.id.clone()).filter(|it| *it != id);
                let (operator, listed) = (operator.id.clone(), others.collect());
                Err(DiscoverError::NotListed { target, id, operator, listed })
            }
            None => Err(DiscoverError::Homeless { target, what: "product", id }),
        }
    }

    /// Returns true if a page that lists products contains this id.
    fn lists(&self, operator: &str, id: &str) -> bool {
        let mut found = false;
        for page in self.pages.iter().filter(|_| self.listed.contains(operator)) {
            strings(page, &mut |_, text| found |= text == id);
        }
        found
    }

    /// Returns the products that were named neither themselves nor by a package.
    fn left_unnamed(&self, named: &Named) -> BTreeSet<String> {
        let products = self.catalog.operators.iter().flat_map(|it| &it.products);
        let unnamed = products.filter(|it| it.packages.is_empty() && !named.products.contains(&it.id));
        unnamed.map(|it| it.id.clone()).collect()
    }

    /// Returns the number of packages of the product with the most packages that were named.
    fn of_first_product(&self) -> usize {
        let products = self.catalog.operators.iter().flat_map(|it| &it.products);
        products.map(|it| it.packages.len()).max().unwrap_or_default()
    }

    /// Looks for a package of another product in what the server shows: its lists of products, and orders of this
    /// account.
    async fn look_for_another(&mut self) {
        let contract = self.scout.contract;
        let path = &contract.operation(OperationId::Orders).path;
        let mut orders = Vec::new();
        if let Ok(response) = self.scout.read(path, Some(self.key)).await {
            let page = reading::page(contract, &response);
            orders.extend(page.into_iter().flat_map(|it| it.orders).filter_map(|it| it.id).take(ORDERS));
            self.pages.extend(reading::json(&response));
        }
        for order in orders {
            let path = contract.operation(OperationId::Order).path_with(&[&encode(&order)]);
            if let Ok(response) = self.scout.read(&path, Some(self.key)).await {
                self.pages.extend(reading::json(&response));
            }
        }
        for id in self.candidates() {
            let (_, Told::Found(response)) = self.ask(OperationId::Package, &id).await else { continue };
            let (page, json) = (reading::package(contract, &response), reading::json(&response));
            let Some((operator, product)) = page.as_ref().and_then(|it| self.home(it, json.as_ref())) else {
                continue;
            };
            if !self.products().any(|it| it.id == product && !it.packages.is_empty()) {
                self.catalog.unnamed.insert(product.clone());
                _ = self.put_package(&operator, &product, &id, page.as_ref()).await;
                return;
            }
        }
    }

    fn products(&self) -> impl Iterator<Item = &ProductFacts> {
        self.catalog.operators.iter().flat_map(|it| &it.products)
    }

    /// Returns unknown ids that stand under a name with "package" in it.
    fn candidates(&self) -> Vec<String> {
        let known: BTreeSet<&str> =
            self.products().flat_map(|it| &it.packages).map(|it| it.id.as_str()).collect();
        let mut found: Vec<String> = Vec::new();
        for page in &self.pages {
            strings(page, &mut |names, text| {
                let is_package = names.iter().any(|it| it.to_ascii_lowercase().contains("package"));
                let is_id = !text.is_empty() && !text.contains(' ');
                if is_package && is_id && !known.contains(text) && !found.iter().any(|it| it == text) {
                    found.push(text.to_owned());
                }
            });
        }
        found.truncate(CANDIDATES);
        found
    }
}

/// Calls `put` for every string in a JSON value, with the names of the members that lead to it.
fn strings<'j>(json: &'j Json, put: &mut impl FnMut(&[&'j str], &'j str)) {
    fn walk<'j>(json: &'j Json, names: &mut Vec<&'j str>, put: &mut impl FnMut(&[&'j str], &'j str)) {
        if let Some(text) = json.as_str() {
            put(names, text);
        }
        for value in json.as_array().into_iter().flatten() {
            walk(value, names, put);
        }
        for (name, value) in json.as_object().into_iter().flatten() {
            names.push(name);
            walk(value, names, put);
            names.pop();
        }
    }
    walk(json, &mut Vec::new(), put);
}
