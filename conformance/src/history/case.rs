//! The record of a case: what was sent and what was received.

use serde::{Deserialize, Serialize};
use spec::{OperationId, Pesewas};

use super::{AccountFacts, Bytes, Trace};

/// Returns the id of a case without the number of the try, which is the same for every try of the case.
#[must_use]
pub(crate) fn base_of(id: &str) -> &str {
    id.split('#').next().unwrap_or(id)
}

/// Returns the id of the planned case: without the number of the try (`#2`) and of a smaller form (`@3`).
#[must_use]
pub(crate) fn planned_of(id: &str) -> &str {
    id.split(['#', '@']).next().unwrap_or(id)
}

/// One case: its purpose, the accounts that took part, the requests and the answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRecord {
    /// The position in the plan.
    pub index: u64,
    /// The id, such as `count/high/Agent/21`; the same seed gives the same case under it.
    pub id: String,
    /// The check or generator that planned the case.
    pub origin: String,
    /// The title, for a person.
    pub title: String,
    /// The ids of requirements and open questions that the case serves.
    pub serves: Vec<String>,
    /// The place of the case on the map of a report, for a case built around one order.
    pub coordinates: Option<Coordinates>,
    /// The accounts that took part; an exchange refers to them by position.
    pub accounts: Vec<AccountFacts>,
    /// The exchanges, in the order of sending.
    pub exchanges: Vec<Exchange>,
    /// The reason why the case was not sent, or not sent to its end.
    pub skipped: Option<String>,
}

impl CaseRecord {
    /// Returns true if the case is a smaller form that was sent while shrinking; it counts only for where money went.
    #[must_use]
    pub(crate) fn is_step(&self) -> bool {
        self.id.contains(super::STEP)
    }

    /// Returns the id without the number of the try, which is the same for every try of a case.
    #[must_use]
    pub(crate) fn base(&self) -> &str {
        base_of(&self.id)
    }

    /// Returns true if the case had been carried out before, and was again because an answer was lost.
    #[must_use]
    pub(crate) fn is_another_try(&self) -> bool {
        self.base() != self.id
    }

    /// Returns the position of the wallet that an actor spends from: that of the first actor who spends from it.
    #[must_use]
    pub(crate) fn wallet_of(&self, actor: usize) -> usize {
        let own = &self.accounts[actor];
        self.accounts[..actor].iter().position(|it| it.shares_wallet_with(own)).unwrap_or(actor)
    }

    /// Returns the exchanges made for this case. A reading that several cases share belongs to only one of them.
    pub(crate) fn own(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter().filter(|it| !it.shared)
    }

    /// Returns the number of requests that the case took.
    #[must_use]
    pub(crate) fn requests(&self) -> u64 {
        self.own().count() as u64
    }
}

/// The role, the number of items and the class of balance of the order that a case is built around.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Coordinates {
    /// The role of the caller.
    pub role: String,
    /// The number of items.
    pub count: usize,
    /// The class of balance: `zero`, `short`, `exact`, `over` or `plenty`.
    pub balance: String,
}

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The operation that was called.
    pub operation: OperationId,
    /// The sender, as a position in the case's accounts.
    pub actor: Option<usize>,
    /// The batch; requests of the same batch were sent at once.
    // tidy: private-word: the name in recorded runs
    #[serde(rename = "wave")]
    pub batch: Option<u32>,
    /// The request.
    pub request: Request,
    /// When the request was sent, in microseconds since the start of the run.
    pub sent_us: u64,
    /// When the answer was complete or given up, in microseconds since the start of the run.
    pub done_us: u64,
    /// The number of requests of the run that were in flight when this one was sent, itself included; 0 if that was
    /// not recorded.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub in_flight: u32,
    /// Whether this is a copy: a reading that was made once for several cases and is counted in another one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared: bool,
    /// The trace context, which names the request in the server's logs; `None` if no such headers were sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace>,
    /// For an order of known price, the most that it may have cost if it was charged once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved: Option<Pesewas>,
    /// The answer.
    pub answer: Answer,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls it with")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A request without its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The HTTP method.
    pub method: String,
    /// The path and the query.
    pub path: String,
    /// The headers as sent, without the key.
    pub headers: Vec<(String, String)>,
    /// The key that was sent.
    pub key: KeyUse,
    /// How the request was transmitted.
    #[serde(default, skip_serializing_if = "Transport::is_plain")]
    pub transport: Transport,
    /// The body.
    pub body: Bytes,
}

/// How a request is transmitted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// As one request with a `Content-Length`.
    #[default]
    Plain,
    /// In chunks.
    Chunked,
    /// With a `Content-Length`: first the head, then the body in pieces with pauses between them.
    Pieces,
}

impl Transport {
    fn is_plain(&self) -> bool {
        *self == Self::Plain
    }
}

/// The key that a request carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyUse {
    /// The actor's own key.
    Own,
    /// The actor's own key under a header name in another letter case.
    OwnHeaderCase(String),
    /// No key.
    Absent,
    /// A key that belongs to no account, with how it was made: `longer`, `unknown with the test prefix`.
    Bad(String),
}

/// The outcome of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// An HTTP response.
    Response(Response),
    /// No answer, or an incomplete one: whether the request had an effect is unknown.
    Lost(Lost),
    /// The request was never sent, so it had no effect.
    Unsent(String),
}

impl Answer {
    /// Returns an answer that is missing because the run or its recording ended first.
    #[must_use]
    pub(crate) fn stopped(why: &str) -> Self {
        Self::Lost(Lost { how: LostHow::Stopped, detail: why.to_owned() })
    }

    /// Returns true if the run or its recording ended before an answer arrived.
    #[must_use]
    pub(crate) fn is_stopped(&self) -> bool {
        matches!(self, Self::Lost(lost) if lost.how == LostHow::Stopped)
    }

    /// Returns the response, if there is one.
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
    /// The status code.
    pub status: u16,
    /// The headers, with their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body with its content coding undone, up to the length that `crate::bounds::ANSWER` allows.
    pub body: Bytes,
    /// Whether the response contained one of our keys, which has been masked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held_key: bool,
    /// Whether more was received than is kept, so that the body can't be parsed as a whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

impl Response {
    /// Returns the value of a header, given the header's name in lower case.
    #[must_use]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// Returns the content coding that the body still has, because it can't be undone here or because the body does
    /// not match it. Once a coding has been undone, the headers no longer mention it.
    #[must_use]
    pub(crate) fn coding(&self) -> Option<&str> {
        self.header("content-encoding").filter(|it| !it.trim().eq_ignore_ascii_case("identity"))
    }
}

/// The reason why an answer is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// How the answer was lost.
    pub how: LostHow,
    /// The message of the transport.
    pub detail: String,
}

/// How an answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LostHow {
    /// Nothing arrived within the time limit.
    Timeout,
    /// The connection broke.
    Reset,
    /// What was received is not HTTP.
    Garbled,
    /// The run was stopped, its recording breaks off, or this machine stood still before an answer arrived. This says
    /// nothing about the server.
    Stopped,
}
