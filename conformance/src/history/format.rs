//! What was sent and what came back: the only thing that the oracle sees.
//!
//! A history is a header, a record per case and a footer, one JSON document a line. It holds no secret: keys never enter
//! it, and answers are masked on recording. Judging a history again needs no network.

use std::collections::BTreeMap;

use base64::Engine as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use spec::{OperationId, Pesewas};

/// Version of this format; a reader refuses others.
pub const FORMAT: u32 = 1;

/// How much is tried (and spent).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Only requests that a conforming server refuses: costs nothing there.
    Probe,
    /// Each boundary once.
    Smoke,
    /// Boundaries, pairs of factors, fuzz and races.
    Standard,
    /// As standard, with triples of factors and more of everything.
    Full,
}

/// One line of a recorded run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    /// First line.
    Header(Box<Header>),
    /// A case, in order of completion.
    Case(Box<CaseRecord>),
    /// Last line; missing where the run was cut off.
    Footer(Footer),
}

/// What a run set out to do, against what, and as whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`].
    pub format: u32,
    /// Name and version of the program that wrote it.
    pub tool: String,
    /// Base URL, without credentials.
    pub target: String,
    /// Flags that choose the same target and plan again, for a replay; none where the program started its own sandbox.
    #[serde(default)]
    pub again: Vec<String>,
    /// Digest of the contract.
    pub spec_digest: String,
    /// Revision of the contract.
    pub spec_revision: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// How much is tried.
    pub tier: Tier,
    /// Start of the run, milliseconds since 1970.
    pub started_ms: i64,
    /// Who we could be.
    pub world: World,
    /// What was planned.
    pub budget: Budget,
    /// Which part of the plan this is, from 1, of how many.
    pub shard: Option<(u32, u32)>,
}

/// What a plan may cost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Number of cases.
    pub cases: u64,
    /// Number of requests that place an order, accepted or not.
    pub orders: u64,
    /// Of those, how many a conforming server accepts.
    pub purchases: u64,
    /// What a conforming server charges.
    pub expected: Pesewas,
    /// What it may charge beyond that, for orders that the pages leave it to accept or refuse.
    #[serde(default)]
    pub open: Pesewas,
    /// What a server would charge that accepts everything.
    pub worst: Pesewas,
    /// The most that may be charged, if there is a limit.
    pub cap: Option<Pesewas>,
    /// Orders whose price is not known, so that neither figure counts them.
    pub unpriced: u64,
}

/// How roles and balances were come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Power {
    /// No key at all.
    None,
    /// Fixed accounts, from a file or the environment.
    Accounts,
    /// Provider states: any role and balance on demand.
    States,
}

/// Everything known of the target before the first case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct World {
    /// How roles and balances were come by.
    pub power: Power,
    /// Fixed accounts.
    pub accounts: Vec<AccountFacts>,
    /// What can be bought.
    pub catalog: Option<Catalog>,
    /// Companion endpoints: whether the server has them; those that could not be tried are left out.
    pub endpoints: BTreeMap<OperationId, bool>,
    /// Provider states beyond `account` and `catalog` that the server took.
    pub extra_states: Vec<String>,
}

impl World {
    /// Whether the server is known to have an endpoint.
    #[must_use]
    pub fn has(&self, operation: OperationId) -> bool {
        self.endpoints.get(&operation) == Some(&true)
    }

    /// Whether the server is known not to have an endpoint.
    #[must_use]
    pub fn lacks(&self, operation: OperationId) -> bool {
        self.endpoints.get(&operation) == Some(&false)
    }
}

/// An account as the oracle may know it: no key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFacts {
    /// Name for a person.
    pub name: String,
    /// Role, where known.
    pub role: Option<String>,
    /// Spendable balance when the case began (in a case) or the run began (in the world), where known.
    pub balance: Option<Pesewas>,
    /// Id of the profile, where known.
    pub profile: Option<String>,
    /// Whether its key must be refused.
    pub revoked: bool,
    /// Made for one case alone, so nothing else moves its wallet.
    pub fresh: bool,
}

impl AccountFacts {
    /// Facts of an account of which nothing is known but what it is called here.
    #[must_use]
    pub fn unknown(name: &str) -> Self {
        Self { name: name.to_owned(), role: None, balance: None, profile: None, revoked: false, fresh: false }
    }

    /// Whether both are known to spend from one wallet: keys of one profile do.
    #[must_use]
    pub fn shares_wallet_with(&self, other: &Self) -> bool {
        self.profile.is_some() && self.profile == other.profile
    }
}

/// What can be bought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// Operators.
    pub operators: Vec<OperatorFacts>,
}

/// An operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorFacts {
    /// Id.
    pub id: String,
    /// Digits that its recipients' numbers start with, country code included, if the accounts file says so.
    pub recipient_prefix: Option<String>,
    /// Products.
    pub products: Vec<ProductFacts>,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductFacts {
    /// Id.
    pub id: String,
    /// Whether it can be bought.
    pub available: bool,
    /// Packages.
    pub packages: Vec<PackageFacts>,
}

/// A package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageFacts {
    /// Id.
    pub id: String,
    /// Whether it can be bought.
    pub active: bool,
    /// Price by role, where known.
    pub price: BTreeMap<String, Pesewas>,
}

/// One case: what it was for, who took part, what was sent and what came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRecord {
    /// Position in the plan.
    pub index: u64,
    /// Address: `count/high/Agent/21`; the same seed gives the same case under it.
    pub id: String,
    /// Check or generator that planned it.
    pub origin: String,
    /// What it is about, for a person.
    pub title: String,
    /// Ids that it serves.
    pub serves: Vec<String>,
    /// Where it lies on the map of a report, for a case around one order.
    pub coordinates: Option<Coordinates>,
    /// Who took part; an exchange refers to them by position.
    pub accounts: Vec<AccountFacts>,
    /// In the order of sending.
    pub exchanges: Vec<Exchange>,
    /// Why it was not sent, or not to its end.
    pub skipped: Option<String>,
}

impl CaseRecord {
    /// Position of the wallet that an actor spends from: that of the first actor who spends from it.
    #[must_use]
    pub fn wallet_of(&self, actor: usize) -> usize {
        let own = &self.accounts[actor];
        self.accounts[..actor].iter().position(|it| it.shares_wallet_with(own)).unwrap_or(actor)
    }
}

/// Role, number of items and class of balance of the order that a case is around.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Coordinates {
    /// Role of the caller.
    pub role: String,
    /// Number of items.
    pub count: usize,
    /// `zero`, `short`, `exact`, `over` or `plenty`.
    pub balance: String,
}

/// One request and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// Which operation it is about.
    pub operation: OperationId,
    /// Who sent it: position in the case's accounts.
    pub actor: Option<usize>,
    /// Requests of the same wave were sent at once.
    pub wave: Option<u32>,
    /// The request.
    pub request: Request,
    /// When it was sent, microseconds since the start of the run.
    pub sent_us: u64,
    /// When the answer was complete or given up.
    pub done_us: u64,
    /// Requests of the run that were under way when it was sent, itself among them; 0 where that was not recorded.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub in_flight: u32,
    /// What came.
    pub answer: Answer,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls it with")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A request without its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers as sent, without the key.
    pub headers: Vec<(String, String)>,
    /// Which key went with it.
    pub key: KeyUse,
    /// How it went over the wire.
    #[serde(default, skip_serializing_if = "Transport::is_plain")]
    pub transport: Transport,
    /// Body.
    pub body: Bytes,
}

/// How a request goes over the wire.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// One request with a length.
    #[default]
    Plain,
    /// In chunks.
    Chunked,
}

impl Transport {
    fn is_plain(&self) -> bool {
        *self == Self::Plain
    }
}

/// Which key a request carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyUse {
    /// The actor's own.
    Own,
    /// The actor's own under a header name in another letter case.
    OwnHeaderCase(String),
    /// None.
    Absent,
    /// One that nobody has; what was done to get it: `longer`, `unknown with the test prefix`.
    Bad(String),
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// An HTTP response.
    Response(Response),
    /// No answer, or none to the end: whether the request had an effect is unknown.
    Lost(Lost),
    /// The request never left: it had no effect.
    Unsent(String),
}

impl Answer {
    /// The response, if one came.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        match self {
            Self::Response(response) => Some(response),
            _ => None,
        }
    }
}

/// An HTTP response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// Status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body without its content coding, cut at the recorder's bound.
    pub body: Bytes,
    /// Whether a key of ours was in it and has been masked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held_key: bool,
}

impl Response {
    /// A header by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// The content coding that the body still has, because it is not one that can be undone here, or the body is not what
    /// its coding says. Of a body whose coding was undone nothing speaks of it any more.
    #[must_use]
    pub fn coding(&self) -> Option<&str> {
        self.header("content-encoding").filter(|it| !it.trim().eq_ignore_ascii_case("identity"))
    }
}

/// Why an answer is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// How.
    pub how: LostHow,
    /// What the transport says.
    pub detail: String,
}

/// How an answer got lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LostHow {
    /// Nothing within the time limit.
    Timeout,
    /// The connection broke.
    Reset,
    /// What came is not HTTP.
    Garbled,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footer {
    /// How.
    pub end: End,
    /// Cases of the plan that were not sent, by id, where few enough to name.
    pub left: Vec<String>,
    /// Length of the run in microseconds.
    pub elapsed_us: u64,
    /// Cases that our own code failed on: id and message.
    pub own_faults: Vec<(String, String)>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// Everything planned was sent.
    Complete,
    /// The time limit came first.
    TimeLimit,
    /// The cap on spending came first.
    Budget,
    /// Somebody stopped it.
    Interrupted,
    /// The target went away.
    Unreachable,
}

/// Bytes that are usually text: a string in JSON where they are UTF-8, else base64 in an object.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    /// Whether they begin with the byte order mark of UTF-8.
    #[must_use]
    pub fn has_byte_order_mark(&self) -> bool {
        self.0.starts_with("\u{FEFF}".as_bytes())
    }

    /// As text, with replacement characters where they are not UTF-8.
    #[must_use]
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.text())
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&str> for Bytes {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

#[derive(Serialize, Deserialize)]
struct Encoded {
    base64: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Encoded(Encoded),
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => text.serialize(serializer),
            Err(_) => Encoded { base64: base64::engine::general_purpose::STANDARD.encode(&self.0) }
                .serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Text(text) => Ok(Self(text.into_bytes())),
            Written::Encoded(encoded) => base64::engine::general_purpose::STANDARD
                .decode(encoded.base64)
                .map(Self)
                .map_err(serde::de::Error::custom),
        }
    }
}
