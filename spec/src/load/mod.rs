//! Loads a [`Contract`] from YAML texts and reports every mistake at once.

mod catalogue;
mod operations;
mod parts;
mod text;

use std::fmt::Write as _;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

pub(crate) use self::operations::{METHODS, essence};
pub(crate) use self::text::read;
use crate::contract::{Contract, Limits};
use crate::fields::Fields;
use crate::place::{Places, escape};
use crate::problem::{Problem, Problems};

/// The name of the embedded contract in messages. A reader of the message may be working in another repository, so the
/// name must not look like a file of that repository.
pub const BUILT_IN: &str = "built-in-contract/openapi.yaml";

pub(crate) const OPENAPI: (&str, &str) = (BUILT_IN, include_str!("../../openapi.yaml"));
pub(crate) const REQUIREMENTS: (&str, &str) =
    ("spec/requirements.yaml", include_str!("../../requirements.yaml"));
pub(crate) const FIELDS: (&str, &str) = ("spec/fields.yaml", include_str!("../../fields.yaml"));

/// Returns the contract that is embedded in this build.
///
/// # Errors
/// Returns an error if the embedded files are wrong; a test of this crate makes sure that they are not.
pub fn embedded() -> Result<Contract, Problems> {
    from_texts(OPENAPI, REQUIREMENTS)
}

/// Loads a contract from files. Without `requirements`, the file `requirements.yaml` beside `openapi` is used, or else
/// the embedded one. The table of fields is the file `fields.yaml` beside `openapi`, or else the embedded one.
///
/// # Errors
/// Returns an error if a file can't be read or its content is wrong; it lists every mistake with its place.
pub fn from_paths(openapi: &Path, requirements: Option<&Path>) -> Result<Contract, Problems> {
    let read = |path: &Path| text::read(path).map_err(|problem| Problems(vec![problem]));
    let beside = |name: &str| Some(openapi.with_file_name(name)).filter(|path| path.is_file());
    let document = read(openapi)?;
    let requirements = requirements.map(Path::to_path_buf).or_else(|| beside("requirements.yaml"));
    let catalogue = requirements.as_deref().map(read).transpose()?;
    let fields = beside("fields.yaml").as_deref().map(read).transpose()?;
    from_all(
        (&document.0, &document.1),
        catalogue.as_ref().map_or(REQUIREMENTS, |(file, text)| (file, text)),
        fields.as_ref().map_or(FIELDS, |(file, text)| (file, text)),
    )
}

/// Loads a contract from two texts, each with its name for messages, and the embedded table of fields.
///
/// # Errors
/// Returns an error if either text is wrong; it lists every mistake with its place.
pub fn from_texts(openapi: (&str, &str), requirements: (&str, &str)) -> Result<Contract, Problems> {
    from_all(openapi, requirements, FIELDS)
}

/// Loads a contract from all three texts, each with its name for messages.
///
/// # Errors
/// Returns an error if a text is wrong; it lists every mistake with its place.
pub fn from_all(
    openapi: (&str, &str),
    requirements: (&str, &str),
    fields: (&str, &str),
) -> Result<Contract, Problems> {
    let mut problems = Vec::new();
    let document = Reader::new(openapi.0, openapi.1, &mut problems);
    let catalogue = Reader::new(requirements.0, requirements.1, &mut problems);
    let table = Reader::new(fields.0, fields.1, &mut problems);
    let (Some(document), Some(catalogue), Some(table)) = (document, catalogue, table) else {
        return Err(sorted(problems));
    };
    // The typed reader panics on a repeated key. The repeated keys have been reported already.
    if !document.places.duplicates.is_empty() {
        return Err(sorted(problems));
    }
    if let Some(problem) = document.not_openapi() {
        problems.push(problem);
        return Err(sorted(problems));
    }
    match document.typed(openapi.1) {
        Ok(typed) if !typed.openapi.starts_with("3.0.") => {
            problems.push(
                document.problem(
                    "/openapi",
                    format!("{} is not 3.0.x, which the generator reads", typed.openapi),
                ),
            );
        }
        Ok(_) => {}
        Err(message) => {
            problems.push(document.problem("", format!("not an OpenAPI 3.0 document: {message}")))
        }
    }
    let digest = digest(&[openapi.1, requirements.1, fields.1]);
    let contract =
        Builder { document: &document, problems: &mut problems }.contract(&catalogue, &table, digest);
    match contract {
        Some(contract) if problems.is_empty() => Ok(contract),
        _ => Err(sorted(problems)),
    }
}

/// Returns the SHA-256 of the texts and their lengths, in hex. Line endings do not affect it, so every checkout has the
/// same.
fn digest(texts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for text in texts.iter().map(|it| text::content(it)) {
        digest.update(text.len().to_le_bytes());
        digest.update(text.as_bytes());
    }
    digest.finalize().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn sorted(mut problems: Vec<Problem>) -> Problems {
    problems.sort();
    problems.dedup();
    Problems(problems)
}

/// One parsed text with the line of every node.
pub(crate) struct Reader {
    pub(crate) file: String,
    pub(crate) value: Value,
    pub(crate) places: Places,
}

impl Reader {
    pub(crate) fn new(file: &str, text: &str, problems: &mut Vec<Problem>) -> Option<Self> {
        let problem =
            |line, message| Problem { file: file.to_owned(), line, pointer: String::new(), message };
        let text = &*text::plain(text);
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
        match text::value(text) {
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

    /// Returns the only problem to report if the document is not OpenAPI 3.0: everything else that is missing follows
    /// from it.
    fn not_openapi(&self) -> Option<Problem> {
        let has = |key: &str| self.value.get(key).is_some();
        match (has("openapi"), has("swagger")) {
            (true, _) => None,
            (false, true) => {
                Some(self.problem("/swagger", "a document of Swagger 2.0; convert it to OpenAPI 3.0"))
            }
            (false, false) => Some(
                self.problem("", "not an OpenAPI 3.0 document: `openapi: 3.0.3` stands at the top of one"),
            ),
        }
    }

    /// Parses the document into types.
    ///
    /// # Errors
    /// Returns an error if the document does not have the form of an OpenAPI document.
    fn typed(&self, text: &str) -> Result<openapiv3::OpenAPI, serde_yaml::Error> {
        let text = text::plain(text);
        // The typed reader does not support merge keys.
        match text.contains("<<") {
            true => serde_yaml::from_str(&serde_yaml::to_string(&self.value)?),
            false => serde_yaml::from_str(&text),
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

    /// Reads the value at a pointer as `T`; reports a problem if it is missing or has another type.
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

    fn contract(&mut self, catalogue: &Reader, table: &Reader, digest: String) -> Option<Contract> {
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
        let promises = self.promises(table);
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
            promises: promises?,
            operations,
            document: document.value.clone(),
            file: document.file.clone(),
            places: document.places.clone(),
        })
    }

    /// Finds the names on the wire by their marks; reports a problem for each mark that no property carries.
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

    /// Reads the minimum and maximum number of items of an order; reports a problem if they do not form a usable range.
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
}
