//! The typed contract: operations, limits, statuses, roles, states and schemas.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::fields::Fields;
use crate::place::Places;
use crate::promise::Promises;
use crate::requirement::Catalogue;
use crate::schema;
pub use crate::states::States;

/// The operations that programs speak of, by what they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperationId {
    /// Create a bulk order.
    BuyBulk,
    /// Read the caller's profile.
    Profile,
    /// Read the wallet.
    Wallet,
    /// List an operator's products.
    Products,
    /// Read a package.
    Package,
    /// List the caller's orders.
    Orders,
    /// Read an order.
    Order,
    /// Read an order's status.
    OrderStatus,
    /// Retry a failed recipient.
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

    /// Its `operationId` in the document.
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
    /// What was asked for.
    Ok,
    /// The request is invalid.
    Invalid,
    /// The key is missing or not valid.
    Unauthorized,
    /// The wallet can't pay.
    Insufficient,
    /// The role may not.
    Forbidden,
    /// The number of items is out of range.
    Count,
    /// There is no such thing.
    NotFound,
    /// It can't be done in this state.
    Conflict,
}

impl Meaning {
    /// Whether the response is a success.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Accepted | Self::Ok)
    }
}

/// How firm a part of the document is (`x-stability`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stability {
    /// On the page of buy-bulk.
    Documented,
    /// On a neighbouring page.
    Companion,
    /// Named by a page, shaped by us.
    Provisional,
    /// Added by the later revision of the page.
    Revision,
}

/// One documented response of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseSpec {
    /// HTTP status.
    pub status: u16,
    /// What it stands for.
    pub meaning: Meaning,
    /// For a person.
    pub description: String,
    /// Reference of its schema: `#/components/schemas/X`.
    pub schema: String,
    /// Values of the error code that the sandbox uses with it; any other may come. Empty on success.
    pub error_codes: Vec<String>,
    /// Ids that it carries.
    pub requirements: Vec<String>,
    /// JSON pointer of the response in the document.
    pub pointer: String,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Which one.
    pub id: OperationId,
    /// HTTP method in capitals.
    pub method: String,
    /// Path with parameters in braces.
    pub path: String,
    /// How firm it is.
    pub stability: Stability,
    /// Whether it spends money.
    pub purchase: bool,
    /// Responses in the order of their statuses.
    pub responses: Vec<ResponseSpec>,
    /// Query parameters: mark to wire name.
    pub query: BTreeMap<String, String>,
    /// Ids that it carries.
    pub requirements: Vec<String>,
    /// JSON pointer of the operation in the document.
    pub pointer: String,
}

impl Operation {
    /// The status that stands for `meaning`, if the operation documents one.
    #[must_use]
    pub fn status(&self, meaning: Meaning) -> Option<u16> {
        self.responses.iter().find(|response| response.meaning == meaning).map(|response| response.status)
    }

    /// The documented response of a status.
    #[must_use]
    pub fn response(&self, status: u16) -> Option<&ResponseSpec> {
        self.responses.iter().find(|response| response.status == status)
    }

    /// The path with its parameters filled in, in order, percent-encoded where needed by the caller.
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

/// How many items an order may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Fewest.
    pub min_items: usize,
    /// Most.
    pub max_items: usize,
}

/// The roles of profiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    /// Every role, in the order of the document.
    pub all: Vec<String>,
    /// Those that may buy.
    pub buyers: Vec<String>,
}

impl Roles {
    /// Whether a role may buy.
    #[must_use]
    pub fn may_buy(&self, role: &str) -> bool {
        self.buyers.iter().any(|buyer| buyer == role)
    }

    /// Those that may not buy.
    pub fn others(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(String::as_str).filter(|role| !self.may_buy(role))
    }
}

/// How keys are sent and what they start with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyScheme {
    /// Header's name.
    pub header: String,
    /// Prefix of keys that spend no real money.
    pub test_prefix: String,
    /// Prefix of keys that do.
    pub live_prefix: String,
}

/// What is certainly a phone number, and what certainly is none; all between is AMB-MSISDN-FORM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Msisdn {
    /// Country code without a plus.
    pub country_code: String,
    /// Digits after the country code.
    pub national_digits: usize,
    /// What a local number starts with in place of the country code.
    pub trunk_prefix: String,
    /// First national digits of the page's samples.
    pub sample_prefix: String,
    /// Fewer digits are no phone number anywhere.
    pub shortest_possible: usize,
    /// More digits are no phone number anywhere (E.164).
    pub longest_possible: usize,
}

/// A host that the document names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Base URL.
    pub url: String,
    /// Whether accepted orders there cost real money.
    pub production: bool,
}

/// The whole contract.
#[derive(Debug, Clone)]
pub struct Contract {
    /// `info.title`.
    pub title: String,
    /// `info.version`: the revision of the contract.
    pub revision: String,
    /// SHA-256 over the files, in hex.
    pub digest: String,
    /// Servers that the document names.
    pub servers: Vec<Server>,
    /// How keys are sent.
    pub key: KeyScheme,
    /// How many items.
    pub limits: Limits,
    /// Who may buy.
    pub roles: Roles,
    /// What a phone number is.
    pub msisdn: Msisdn,
    /// Life of an order.
    pub states: States,
    /// Currency of all amounts.
    pub currency: String,
    /// What `status` of the later revision says.
    pub revision_status: String,
    /// `status` of a product or package that can be bought, then of one that can't.
    pub package_status: (String, String),
    /// As `package_status`, of products.
    pub product_status: (String, String),
    /// `status` of a profile that may act.
    pub profile_status: String,
    /// Largest page of the order list, then the page without a limit.
    pub page_limits: (u32, u32),
    /// Names on the wire.
    pub fields: Fields,
    /// Requirements and ambiguities.
    pub catalogue: Catalogue,
    pub(crate) promises: Promises,
    pub(crate) operations: BTreeMap<OperationId, Operation>,
    pub(crate) document: Value,
    pub(crate) file: String,
    pub(crate) places: Places,
}

impl Contract {
    /// An operation; every one exists in a contract that loaded.
    #[must_use]
    pub fn operation(&self, id: OperationId) -> &Operation {
        &self.operations[&id]
    }

    /// The purchase.
    #[must_use]
    pub fn buy(&self) -> &Operation {
        self.operation(OperationId::BuyBulk)
    }

    /// The purchase's status of a meaning; the loader made sure that each of its meanings is there.
    ///
    /// # Panics
    /// On a meaning that a purchase does not have (`Ok`, `NotFound`, `Conflict`): a mistake in the calling code.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "the loader refuses a document without these; nothing from outside gets here"
    )]
    pub fn status(&self, meaning: Meaning) -> u16 {
        self.buy().status(meaning).expect("a meaning that the purchase documents")
    }

    /// Self-contained Draft 4 schema of a documented response.
    #[must_use]
    pub fn response_schema(&self, id: OperationId, status: u16) -> Option<Value> {
        self.operation(id).response(status).map(|response| schema::draft4(&self.document, &response.schema))
    }

    /// Self-contained Draft 4 schema of a component.
    #[must_use]
    pub fn component_schema(&self, name: &str) -> Value {
        schema::draft4(&self.document, &format!("#/components/schemas/{name}"))
    }

    /// The document as JSON, with everything in the order of the file.
    #[must_use]
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Name of the OpenAPI file as it was loaded.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Line of a JSON pointer in the OpenAPI file, from 1.
    #[must_use]
    pub fn line(&self, pointer: &str) -> usize {
        self.places.line(pointer)
    }

    /// Every pointer of the document whose `x-requirements` cites an id, in the order of the document.
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
