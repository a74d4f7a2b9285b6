//! What was sent in a case, and what came of it.

use serde::{Deserialize, Serialize};
use spec::{OperationId, Pesewas};

use super::{AccountFacts, Bytes, Trace};

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
    /// Whether it is a smaller form that was sent on the way to the smallest: it says where money went and nothing else.
    #[must_use]
    pub fn is_step(&self) -> bool {
        self.id.contains(super::STEP)
    }

    /// Position of the wallet that an actor spends from: that of the first actor who spends from it.
    #[must_use]
    pub fn wallet_of(&self, actor: usize) -> usize {
        let own = &self.accounts[actor];
        self.accounts[..actor].iter().position(|it| it.shares_wallet_with(own)).unwrap_or(actor)
    }

    /// What was exchanged for this case; a reading that several cases share belongs to one of them.
    pub fn own(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter().filter(|it| !it.shared)
    }

    /// How many requests the case took.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.own().count() as u64
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
    /// Whether it is a copy: a reading that was made once for several cases, and is counted in another.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared: bool,
    /// What it is called in the server's logs; none where no such headers were sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace>,
    /// What was set aside for it before it was sent, where it is an order: the most that it may have cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved: Option<Pesewas>,
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
    /// With a length, the head first and then the body in pieces, with pauses between them.
    Pieces,
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
    /// No answer, because the run or its recording ended first.
    #[must_use]
    pub fn stopped(why: &str) -> Self {
        Self::Lost(Lost { how: LostHow::Stopped, detail: why.to_owned() })
    }

    /// Whether the run or its recording ended before an answer came.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        matches!(self, Self::Lost(lost) if lost.how == LostHow::Stopped)
    }

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
    /// Body without its content coding, as far as [`crate::bounds::ANSWER`] allows.
    pub body: Bytes,
    /// Whether a key of ours was in it and has been masked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held_key: bool,
    /// Whether more came than is kept, so that it can't be read as a whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
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
    /// The run was stopped, or its recording breaks off, before an answer came: that says nothing of the server.
    Stopped,
}
