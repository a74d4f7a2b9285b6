//! The typed contract: operations, limits, statuses, roles, states and schemas.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::fields::Fields;
use crate::place::Places;
use crate::promise::Promises;
use crate::requirement::Catalogue;
use crate::schema;
pub use crate::states::States;

/// The operations that programs use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperationId {
    /// Creates a bulk order.
    BuyBulk,
    /// Reads the caller's profile.
    Profile,
    /// Reads the wallet.
    Wallet,
    /// Lists an operator's products.
    Products,
    /// Reads a package.
    Package,
    /// Lists the caller's orders.
    Orders,
    /// Reads an order.
    Order,
    /// Reads an order's status.
    OrderStatus,
    /// Retries a failed recipient.
    Retry,
}

impl OperationId {
    /// Every operation.
    pub const ALL: [Self; 9] = [
        Self::BuyBulk,
        Self::Profile,
        Self::Wallet,
        Self::Products,
        Self::Package,
        Self::Orders,
        Self::Order,
        Self::OrderStatus,
        Self::Retry,
    ];

    /// Returns the `operationId` in the document.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BuyBulk => "buyBulk",
            Self::Profile => "getProfile",
            Self::Wallet => "getWalletBalance",
            Self::Products => "listProducts",
            Self::Package => "getPackage",
            Self::Orders => "listOrders",
            Self::Order => "getOrder",
            Self::OrderStatus => "getOrderStatus",
            Self::Retry => "retryRecipient",
        }
    }
}

/// What a response stands for (`x-meaning`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Meaning {
    /// The order was created.
    Accepted,
    /// The requested data is returned.
    Ok,
    /// The request is invalid.
    Invalid,
    /// The key is missing or not valid.
    Unauthorized,
    /// The balance is too low.
    Insufficient,
    /// The role is not allowed to do this.
    Forbidden,
    /// The number of items is out of range.
    Count,
    /// The requested object does not exist.
    NotFound,
    /// The operation is not possible in the current state.
    Conflict,
}

impl Meaning {
    /// Returns true if the response is a success.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Accepted | Self::Ok)
    }
}

/// How firm a part of the document is (`x-stability`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stability {
    /// It is on the page of buy-bulk.
    Documented,
    /// It is on a neighbouring page.
    Companion,
    /// A page names it, but its form was defined by this project.
    Provisional,
    /// The later revision of the page added it.
    Revision,
}

/// One documented response of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseSpec {
    /// The HTTP status.
    pub status: u16,
    /// What the response stands for.
    pub meaning: Meaning,
    /// A description for a person.
    pub description: String,
    /// The reference of the body's schema: `#/components/schemas/X`.
    pub schema: String,
    /// The error codes that the sandbox uses with the response; other servers may use others. Empty on success.
    pub error_codes: Vec<String>,
    /// The requirement ids that the response cites.
    pub requirements: Vec<String>,
    /// The JSON pointer of the response in the document.
    pub pointer: String,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Which operation it is.
    pub id: OperationId,
    /// The HTTP method in capitals.
    pub method: String,
    /// The path, with parameters in braces.
    pub path: String,
    /// How firm the operation is.
    pub stability: Stability,
    /// Whether the operation spends money.
    pub purchase: bool,
    /// The responses, sorted by status.
    pub responses: Vec<ResponseSpec>,
    /// The wire names of the query parameters, by their marks.
    pub query: BTreeMap<String, String>,
    /// The requirement ids that the operation cites.
    pub requirements: Vec<String>,
    /// The JSON pointer of the operation in the document.
    pub pointer: String,
}

impl Operation {
    /// Returns the status that stands for `meaning`, if the operation documents one.
    #[must_use]
    pub fn status(&self, meaning: Meaning) -> Option<u16> {
        self.responses.iter().find(|response| response.meaning == meaning).map(|response| response.status)
    }

    /// Returns the documented response with a status.
    #[must_use]
    pub fn response(&self, status: u16) -> Option<&ResponseSpec> {
        self.responses.iter().find(|response| response.status == status)
    }

    /// Returns the path with its parameters filled in, in order. The caller percent-encodes the values where needed.
    #[must_use]
    pub fn path_with(&self, values: &[&str]) -> String {
        let mut values = values.iter();
        let mut out = String::new();
        let mut rest = self.path.as_str();
        while let (Some(open), Some(close)) = (rest.find('{'), rest.find('}')) {
            out.push_str(&rest[..open]);
            out.push_str(values.next().copied().unwrap_or_default());
            rest = &rest[close + 1..];
        }
        out + rest
    }
}

/// The number of items that an order may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The minimum.
    pub min_items: usize,
    /// The maximum.
    pub max_items: usize,
}

/// The roles of profiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    /// Every role, in the order of the document.
    pub all: Vec<String>,
    /// The roles that may buy.
    pub buyers: Vec<String>,
}

impl Roles {
    /// Returns true if a role may buy.
    #[must_use]
    pub fn may_buy(&self, role: &str) -> bool {
        self.buyers.iter().any(|buyer| buyer == role)
    }

    /// Returns the roles that may not buy.
    pub fn others(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(String::as_str).filter(|role| !self.may_buy(role))
    }
}

/// How keys are sent, and which prefixes they have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyScheme {
    /// The name of the header.
    pub header: String,
    /// The prefix of keys that spend no real money.
    pub test_prefix: String,
    /// The prefix of keys that spend real money.
    pub live_prefix: String,
}

/// What certainly is a phone number and what certainly is not; everything in between is AMB-MSISDN-FORM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Msisdn {
    /// The country code without a plus.
    pub country_code: String,
    /// The number of digits after the country code.
    pub national_digits: usize,
    /// The prefix of a local number, in place of the country code.
    pub trunk_prefix: String,
    /// The first national digits of the page's samples.
    pub sample_prefix: String,
    /// The minimum number of digits of a phone number anywhere.
    pub shortest_possible: usize,
    /// The maximum number of digits of a phone number anywhere (E.164).
    pub longest_possible: usize,
}

/// A server that the document names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The base URL.
    pub url: String,
    /// Whether accepted orders on this server cost real money.
    pub production: bool,
}

/// The whole contract.
#[derive(Debug, Clone)]
pub struct Contract {
    /// `info.title`.
    pub title: String,
    /// `info.version`: the revision of the contract.
    pub revision: String,
    /// The SHA-256 of the files, in hex.
    pub digest: String,
    /// The servers that the document names.
    pub servers: Vec<Server>,
    /// How keys are sent.
    pub key: KeyScheme,
    /// The number of items that an order may have.
    pub limits: Limits,
    /// The roles, and which of them may buy.
    pub roles: Roles,
    /// The form of a phone number.
    pub msisdn: Msisdn,
    /// The states of an order.
    pub states: States,
    /// The currency of all amounts.
    pub currency: String,
    /// The value of `status` in the later revision's response.
    pub revision_status: String,
    /// The `status` of a package that can be bought, then of one that can't.
    pub package_status: (String, String),
    /// The `status` of a product that can be bought, then of one that can't.
    pub product_status: (String, String),
    /// The `status` of a profile that may act.
    pub profile_status: String,
    /// The largest page of the order list, then the page size without a limit in the request.
    pub page_limits: (u32, u32),
    /// The names of fields on the wire.
    pub fields: Fields,
    /// The requirements and ambiguities.
    pub catalogue: Catalogue,
    pub(crate) promises: Promises,
    pub(crate) operations: BTreeMap<OperationId, Operation>,
    pub(crate) document: Value,
    pub(crate) file: String,
    pub(crate) places: Places,
}

impl Contract {
    /// Returns an operation; a contract that loaded has all of them.
    #[must_use]
    pub fn operation(&self, id: OperationId) -> &Operation {
        &self.operations[&id]
    }

    /// Returns the purchase operation.
    #[must_use]
    pub fn buy(&self) -> &Operation {
        self.operation(OperationId::BuyBulk)
    }

    /// Returns the purchase's status of a meaning; the loader made sure that each meaning of a purchase is present.
    ///
    /// # Panics
    /// Panics on a meaning that a purchase does not have (`Ok`, `NotFound`, `Conflict`), which is a mistake of the
    /// caller.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "the loader refuses a document without these; nothing from outside gets here"
    )]
    pub fn status(&self, meaning: Meaning) -> u16 {
        self.buy().status(meaning).expect("a meaning that the purchase documents")
    }

    /// Returns the self-contained Draft 4 schema of a documented response.
    #[must_use]
    pub fn response_schema(&self, id: OperationId, status: u16) -> Option<Value> {
        self.operation(id).response(status).map(|response| schema::draft4(&self.document, &response.schema))
    }

    /// Returns the self-contained Draft 4 schema of a component.
    #[must_use]
    pub fn component_schema(&self, name: &str) -> Value {
        schema::draft4(&self.document, &format!("#/components/schemas/{name}"))
    }

    /// Returns the document as JSON, in the order of the file.
    #[must_use]
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Returns the name of the OpenAPI file, as given to the loader.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Returns the line (from 1) of a JSON pointer in the OpenAPI file.
    #[must_use]
    pub fn line(&self, pointer: &str) -> usize {
        self.places.line(pointer)
    }

    /// Returns every pointer of the document whose `x-requirements` cites an id, in the order of the document.
    #[must_use]
    pub fn cited_at(&self, id: &str) -> Vec<String> {
        let mut found = Vec::new();
        collect_citations(&self.document, "", id, &mut found);
        found
    }
}

fn collect_citations(node: &Value, pointer: &str, id: &str, found: &mut Vec<String>) {
    match node {
        Value::Object(object) => {
            let cites = object.get("x-requirements").and_then(Value::as_array);
            if cites.is_some_and(|ids| ids.iter().any(|it| it.as_str() == Some(id))) {
                found.push(pointer.to_owned());
            }
            for (key, child) in object {
                collect_citations(child, &format!("{pointer}/{}", crate::place::escape(key)), id, found);
            }
        }
        Value::Array(list) => {
            for (index, child) in list.iter().enumerate() {
                collect_citations(child, &format!("{pointer}/{index}"), id, found);
            }
        }
        _ => {}
    }
}
