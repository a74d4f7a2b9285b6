//! From two YAML texts to a [`Contract`], with every mistake at once.

mod parts;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::contract::{
    Contract, KeyScheme, Limits, Meaning, Msisdn, Operation, OperationId, ResponseSpec, Roles, Server,
    Stability, States,
};
use crate::fields::Fields;
use crate::place::{Places, escape};
use crate::problem::{Problem, Problems};
use crate::requirement::Catalogue;

pub(crate) const OPENAPI: (&str, &str) = ("spec/openapi.yaml", include_str!("../../openapi.yaml"));
pub(crate) const REQUIREMENTS: (&str, &str) =
    ("spec/requirements.yaml", include_str!("../../requirements.yaml"));

/// The contract that this build carries.
///
/// # Errors
/// The embedded files are wrong; a test of this crate keeps them right.
pub fn embedded() -> Result<Contract, Problems> {
    from_texts(OPENAPI, REQUIREMENTS)
}

/// A contract from files; without `requirements`, the file of that name beside `openapi`, or else the embedded one.
///
/// # Errors
/// A file can't be read or is wrong; every mistake with its place.
pub fn from_paths(openapi: &Path, requirements: Option<&Path>) -> Result<Contract, Problems> {
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| {
            Problems(vec![Problem {
                file: path.display().to_string(),
                line: 0,
                pointer: String::new(),
                message: format!("can't be read: {error}"),
            }])
        })
    };
    let text = read(openapi)?;
    let beside = openapi.with_file_name("requirements.yaml");
    let path = requirements.or_else(|| beside.is_file().then_some(beside.as_path()));
    let catalogue = path.map(read).transpose()?;
    let (file, catalogue_file) = (openapi.display().to_string(), path.map(|path| path.display().to_string()));
    from_texts(
        (&file, &text),
        match (&catalogue_file, &catalogue) {
            (Some(file), Some(text)) => (file, text),
            _ => REQUIREMENTS,
        },
    )
}

/// A contract from texts, each with the name that mistakes call it by.
///
/// # Errors
/// Either text is wrong; every mistake with its place.
pub fn from_texts(openapi: (&str, &str), requirements: (&str, &str)) -> Result<Contract, Problems> {
    let mut problems = Vec::new();
    let document = Reader::new(openapi.0, openapi.1, &mut problems);
    let catalogue = Reader::new(requirements.0, requirements.1, &mut problems);
    let (Some(document), Some(catalogue)) = (document, catalogue) else { return Err(sorted(problems)) };
    // The typed reader panics on a repeated key, which has been named already.
    if !document.places.duplicates.is_empty() {
        return Err(sorted(problems));
    }
    match serde_yaml::from_str::<openapiv3::OpenAPI>(openapi.1) {
        Ok(typed) if !typed.openapi.starts_with("3.0.") => {
            problems.push(
                document.problem(
                    "/openapi",
                    format!("{} is not 3.0.x, which the generator reads", typed.openapi),
                ),
            );
        }
        Ok(_) => {}
        Err(error) => problems.push(document.problem("", format!("not an OpenAPI 3.0 document: {error}"))),
    }
    let mut digest = Sha256::new();
    for text in [openapi.1, requirements.1] {
        digest.update(text.len().to_le_bytes());
        digest.update(text);
    }
    let digest = digest.finalize().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let contract = Builder { document: &document, problems: &mut problems }.contract(&catalogue, digest);
    match contract {
        Some(contract) if problems.is_empty() => Ok(contract),
        _ => Err(sorted(problems)),
    }
}

fn sorted(mut problems: Vec<Problem>) -> Problems {
    problems.sort();
    problems.dedup();
    Problems(problems)
}

/// One text, parsed, with its places.
pub(crate) struct Reader {
    pub(crate) file: String,
    pub(crate) value: Value,
    pub(crate) places: Places,
}

impl Reader {
    pub(crate) fn new(file: &str, text: &str, problems: &mut Vec<Problem>) -> Option<Self> {
        let problem =
            |line, message| Problem { file: file.to_owned(), line, pointer: String::new(), message };
        let places = match Places::of(text) {
            Ok(places) => places,
            Err(error) => {
                problems.push(problem(error.line, format!("not YAML: {}", error.message)));
                return None;
            }
        };
        for (pointer, key, first, line) in &places.duplicates {
            problems.push(Problem {
                file: file.to_owned(),
                line: *line,
                pointer: pointer.clone(),
                message: format!("`{key}` stands here twice, first in line {first}; remove one"),
            });
        }
        match serde_yaml::from_str::<Value>(text) {
            Ok(value) => Some(Self { file: file.to_owned(), value, places }),
            Err(error) => {
                let line = error.location().map_or(0, |location| location.line());
                if places.duplicates.is_empty() {
                    problems.push(problem(line, format!("not usable YAML: {error}")));
                }
                None
            }
        }
    }

    fn problem(&self, pointer: &str, message: impl Into<String>) -> Problem {
        Problem {
            file: self.file.clone(),
            line: self.places.line(pointer),
            pointer: pointer.to_owned(),
            message: message.into(),
        }
    }
}

struct Builder<'a> {
    document: &'a Reader,
    problems: &'a mut Vec<Problem>,
}

impl Builder<'_> {
    fn complain(&mut self, pointer: &str, message: impl Into<String>) {
        let problem = self.document.problem(pointer, message);
        self.problems.push(problem);
    }

    /// The value at a pointer, read as `T`; complains where it is missing or of another type.
    fn need<T: DeserializeOwned>(&mut self, pointer: &str, what: &str) -> Option<T> {
        let Some(value) = self.document.value.pointer(pointer) else {
            self.complain(pointer, format!("missing: {what}"));
            return None;
        };
        match serde_json::from_value(value.clone()) {
            Ok(value) => Some(value),
            Err(error) => {
                self.complain(pointer, format!("{error}; expected {what}"));
                None
            }
        }
    }

    fn optional<T: DeserializeOwned + Default>(&mut self, pointer: &str, what: &str) -> T {
        if self.document.value.pointer(pointer).is_none() {
            return T::default();
        }
        self.need(pointer, what).unwrap_or_default()
    }

    fn contract(&mut self, catalogue: &Reader, digest: String) -> Option<Contract> {
        let document = self.document;
        let fields = self.fields();
        let operations = self.operations();
        let (min_items, max_items) = self.item_limits(&fields);
        let roles = self.roles(&operations);
        let key = self.key();
        let msisdn = self.msisdn(&fields);
        let states = self.states(&fields);
        let servers = self.servers();
        let catalogue_value = self.catalogue(catalogue, min_items.zip(max_items), roles.as_ref());
        self.citations(catalogue_value.as_ref());
        let money_text =
            |this: &mut Self, schema: &str, name: &str, key: &str, what: &str| -> Option<String> {
                let pointer = this.property(schema, name);
                this.need(&format!("{pointer}/{key}"), what)
            };
        let currency =
            money_text(self, "Wallet", &fields.wallet.currency, "enum/0", "the currency of all amounts");
        let revision_status: String = self.optional(
            &format!("{}/x-expected", self.property("BulkOrderSummary", &fields.summary.status)),
            "a status",
        );
        let package_status = self.two_statuses("Package", &fields.package_read.status);
        let product_status = self.two_statuses("Product", &fields.product_read.status);
        let profile_status = money_text(
            self,
            "Profile",
            &fields.profile.status,
            "x-expected",
            "the status of a profile that may act",
        );
        let page_limits = self.page_limits();
        Some(Contract {
            title: self.need("/info/title", "the API's name")?,
            revision: self.need("/info/version", "the revision of the contract")?,
            digest,
            servers,
            key: key?,
            limits: Limits { min_items: min_items?, max_items: max_items? },
            roles: roles?,
            msisdn: msisdn?,
            states: states?,
            currency: currency?,
            revision_status,
            package_status: package_status?,
            product_status: product_status?,
            profile_status: profile_status?,
            page_limits: page_limits?,
            fields,
            catalogue: catalogue_value?,
            operations,
            document: document.value.clone(),
            file: document.file.clone(),
            places: document.places.clone(),
        })
    }

    /// Names on the wire, by their marks; complains where nothing is marked.
    fn fields(&mut self) -> Fields {
        let (fields, missing) = Fields::find(&self.document.value);
        for (schema, mark) in missing {
            self.complain(
                &format!("/components/schemas/{schema}"),
                format!("no property is marked `x-field: {mark}`; mark the one that means it"),
            );
        }
        fields
    }

    /// The fewest and the most items of an order; complains where they are no range.
    fn item_limits(&mut self, fields: &Fields) -> (Option<usize>, Option<usize>) {
        let items = self.property("BuyBulkRequest", &fields.order.items);
        let min_items: Option<usize> =
            self.need(&format!("{items}/minItems"), "the fewest items of an order");
        let max_items: Option<usize> = self.need(&format!("{items}/maxItems"), "the most items of an order");
        if let (Some(min), Some(max)) = (min_items, max_items)
            && (min > max || max > 10_000)
        {
            self.complain(
                &items,
                format!("minItems {min} and maxItems {max}: not a range that can be tried"),
            );
        }
        (min_items, max_items)
    }

    fn property(&self, schema: &str, name: &str) -> String {
        format!("/components/schemas/{schema}/properties/{}", escape(name))
    }

    /// Follows `$ref` once, which is all that this document uses.
    fn resolve(&self, pointer: &str) -> String {
        let reference =
            self.document.value.pointer(pointer).and_then(|node| node.get("$ref")).and_then(Value::as_str);
        reference
            .and_then(|reference| reference.strip_prefix('#'))
            .map_or_else(|| pointer.to_owned(), str::to_owned)
    }

    fn operations(&mut self) -> BTreeMap<OperationId, Operation> {
        let mut found = BTreeMap::new();
        let document = self.document;
        let paths = document.value.get("paths").and_then(Value::as_object);
        for (path, item) in paths.into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let pointer = format!("/paths/{}/{method}", escape(path));
                let Some(name) = operation.get("operationId").and_then(Value::as_str) else {
                    self.complain(&pointer, "no operationId; name the operation");
                    continue;
                };
                let Some(id) = OperationId::ALL.into_iter().find(|id| id.name() == name) else { continue };
                if found.contains_key(&id) {
                    self.complain(&pointer, format!("operationId `{name}` stands twice"));
                    continue;
                }
                let operation = Operation {
                    id,
                    method: method.to_ascii_uppercase(),
                    path: path.clone(),
                    stability: self
                        .need(
                            &format!("{pointer}/x-stability"),
                            "documented, companion, provisional or revision",
                        )
                        .unwrap_or(Stability::Companion),
                    purchase: self.optional(&format!("{pointer}/x-purchase"), "true or false"),
                    responses: self.responses(&pointer),
                    query: self.query(&pointer),
                    requirements: self
                        .optional(&format!("{pointer}/x-requirements"), "a list of requirement ids"),
                    pointer,
                };
                found.insert(id, operation);
            }
        }
        for id in OperationId::ALL {
            if !found.contains_key(&id) {
                self.complain("/paths", format!("no operation has the operationId `{}`", id.name()));
            }
        }
        if let Some(buy) = found.get(&OperationId::BuyBulk) {
            let pointer = format!("{}/responses", buy.pointer);
            for (meaning, name) in [
                (Meaning::Accepted, "accepted"),
                (Meaning::Invalid, "invalid"),
                (Meaning::Unauthorized, "unauthorized"),
                (Meaning::Insufficient, "insufficient"),
                (Meaning::Forbidden, "forbidden"),
                (Meaning::Count, "count"),
            ] {
                if buy.status(meaning).is_none() {
                    self.complain(&pointer, format!("no response with `x-meaning: {name}`"));
                }
            }
        }
        found
    }

    fn responses(&mut self, operation: &str) -> Vec<ResponseSpec> {
        let mut found: Vec<ResponseSpec> = Vec::new();
        let base = format!("{operation}/responses");
        let document = self.document;
        for code in document
            .value
            .pointer(&base)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(code, _)| code)
        {
            let pointer = format!("{base}/{code}");
            let Ok(status) = code.parse::<u16>() else {
                self.complain(
                    &pointer,
                    "not a status; write three digits (the generator takes no `default`)",
                );
                continue;
            };
            let at = self.resolve(&pointer);
            let Some(meaning) =
                self.need::<Meaning>(&format!("{at}/x-meaning"), "what the response stands for")
            else {
                continue;
            };
            if found.iter().any(|other| other.meaning == meaning) {
                self.complain(&pointer, "a second response of the same operation with this `x-meaning`");
            }
            let schema = format!("{at}/content/application~1json/schema/$ref");
            let Some(schema) = self.need::<String>(&schema, "a reference to the schema of the body") else {
                continue;
            };
            if self.document.value.pointer(schema.trim_start_matches('#')).is_none() {
                self.complain(&pointer, format!("`{schema}` is not in the document"));
            }
            found.push(ResponseSpec {
                status,
                meaning,
                description: self.optional(&format!("{at}/description"), "a description"),
                schema,
                error_codes: self.optional(&format!("{at}/x-error-codes"), "a list of error codes"),
                requirements: self.optional(&format!("{at}/x-requirements"), "a list of requirement ids"),
                pointer,
            });
        }
        found.sort_by_key(|response| response.status);
        found
    }

    fn query(&mut self, operation: &str) -> BTreeMap<String, String> {
        let document = self.document;
        let parameters = document.value.pointer(&format!("{operation}/parameters")).and_then(Value::as_array);
        parameters
            .into_iter()
            .flatten()
            .filter(|parameter| parameter.get("in").and_then(Value::as_str) == Some("query"))
            .filter_map(|parameter| {
                let text = |key| parameter.get(key).and_then(Value::as_str).map(str::to_owned);
                text("x-field").zip(text("name"))
            })
            .collect()
    }

    fn catalogue(
        &mut self,
        reader: &Reader,
        limits: Option<(usize, usize)>,
        roles: Option<&Roles>,
    ) -> Option<Catalogue> {
        let mut catalogue: Catalogue = match serde_json::from_value(reader.value.clone()) {
            Ok(catalogue) => catalogue,
            Err(_) => {
                // Entry by entry, so that each mistake is named at its place.
                for list in ["requirements", "ambiguities"] {
                    let entries = reader.value.get(list).and_then(Value::as_array);
                    if entries.is_none() {
                        self.problems.push(reader.problem("", format!("`{list}` is not a list")));
                    }
                    for (index, entry) in entries.into_iter().flatten().enumerate() {
                        let error = if list == "requirements" {
                            serde_json::from_value::<crate::Requirement>(entry.clone()).err()
                        } else {
                            serde_json::from_value::<crate::Ambiguity>(entry.clone()).err()
                        };
                        if let Some(error) = error {
                            self.problems
                                .push(reader.problem(&format!("/{list}/{index}"), error.to_string()));
                        }
                    }
                }
                return None;
            }
        };
        let mut seen = BTreeSet::new();
        for (index, requirement) in catalogue.requirements.iter_mut().enumerate() {
            let pointer = format!("/requirements/{index}");
            if !seen.insert(requirement.id.clone()) {
                self.problems.push(reader.problem(&pointer, format!("`{}` stands twice", requirement.id)));
            }
            if let Some((min, max)) = limits {
                requirement.statement = requirement
                    .statement
                    .replace("{minItems}", &min.to_string())
                    .replace("{maxItems}", &max.to_string());
            }
            if let (Some(role), Some(roles)) = (&requirement.role, roles)
                && !roles.all.contains(role)
            {
                self.problems.push(
                    reader.problem(&pointer, format!("`{role}` is not a role of the OpenAPI document")),
                );
            }
        }
        for (index, ambiguity) in catalogue.ambiguities.iter().enumerate() {
            if !seen.insert(ambiguity.id.clone()) {
                let pointer = format!("/ambiguities/{index}");
                self.problems.push(reader.problem(&pointer, format!("`{}` stands twice", ambiguity.id)));
            }
        }
        Some(catalogue)
    }

    /// Every id that the document cites exists.
    fn citations(&mut self, catalogue: Option<&Catalogue>) {
        let Some(catalogue) = catalogue else { return };
        let mut unknown = Vec::new();
        visit(&self.document.value, "", &mut |pointer, node| {
            for (index, id) in
                node.get("x-requirements").and_then(Value::as_array).into_iter().flatten().enumerate()
            {
                if id.as_str().is_none_or(|id| !catalogue.knows(id)) {
                    unknown.push((format!("{pointer}/x-requirements/{index}"), id.clone()));
                }
            }
        });
        for (pointer, id) in unknown {
            self.complain(
                &pointer,
                format!("{id} is not in requirements.yaml; add it there or correct it here"),
            );
        }
    }
}

fn visit(node: &Value, pointer: &str, see: &mut impl FnMut(&str, &Value)) {
    see(pointer, node);
    match node {
        Value::Object(object) => {
            for (key, child) in object {
                visit(child, &format!("{pointer}/{}", escape(key)), see);
            }
        }
        Value::Array(list) => {
            for (index, child) in list.iter().enumerate() {
                visit(child, &format!("{pointer}/{index}"), see);
            }
        }
        _ => {}
    }
}
