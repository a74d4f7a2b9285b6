//! The catalogue: requirements and ambiguities by id.

use std::fmt;

use serde::Deserialize;

use crate::pages::Quote;

/// Where a requirement is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The page of buy-bulk.
    Page,
    /// The neighbouring pages of the same reference.
    Companion,
    /// RFC 9110, RFC 9112 and RFC 8259.
    Http,
    /// The later revision of the page.
    Revision,
    /// What a client under test agrees to.
    Task,
}

/// Whom a requirement binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Every server; a run that could not exercise it is incomplete.
    Documented,
    /// Only a server that has the endpoint.
    Companion,
    /// Only a server that offers what the page names without shaping it.
    Provisional,
    /// Only a server that sends the later revision's fields.
    Revision,
}

/// How bad it is to break a promise; the worst first, which is the order of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Money is lost or made from nothing.
    Money,
    /// The wrong callers get in, or the right ones don't.
    Safety,
    /// What must be refused is accepted, or the reverse.
    Refusal,
    /// An answer is not what was promised. What a revision from before severities says nothing of counts as this.
    #[default]
    Answer,
    /// The form of an error, or what the pages leave open.
    Detail,
}

/// What a requirement is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A valid request is accepted.
    Accept,
    /// A wrong request is refused.
    Refuse,
    /// What happens to the wallet.
    Money,
    /// What an answer says. What a revision from before kinds says nothing of counts as this.
    #[default]
    Answer,
    /// What can be read afterwards.
    State,
}

/// What an open question is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QuestionKind {
    /// Which of several refusals wins.
    Precedence,
    /// Whether a request is accepted or refused.
    Choice,
    /// Whether callers have to try again later.
    Throttle,
    /// What is the server's own affair. What a revision from before kinds says nothing of counts as this.
    #[default]
    Liberty,
}

/// What a check of a requirement needs of the target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub enum Need {
    /// A key that works.
    Key,
    /// A key whose role may buy.
    Buyer,
    /// A key of this role.
    Role(String),
    /// A key whose role may not buy.
    OtherRole,
    /// Keys of two profiles.
    TwoAccounts,
    /// Ids that can be bought.
    Catalog,
    /// What the role is charged.
    Prices,
    /// A balance that is known.
    Balance,
    /// The wallet endpoint.
    Wallet,
    /// The profile endpoint.
    Profile,
    /// The package endpoint.
    Packages,
    /// The products endpoint.
    Products,
    /// The endpoints of one order.
    Order,
    /// The order list.
    Orders,
    /// The retry of one recipient.
    Retry,
    /// Fields of the later revision.
    Revision,
    /// Requests at the same time.
    Concurrency,
}

/// A need that no target can be asked for.
#[derive(Debug, thiserror::Error)]
#[error("unknown need `{0}`; the file's head lists them")]
pub struct UnknownNeed(String);

impl TryFrom<String> for Need {
    type Error = UnknownNeed;

    fn try_from(text: String) -> Result<Self, UnknownNeed> {
        Ok(match text.as_str() {
            "key" => Self::Key,
            "buyer" => Self::Buyer,
            "other-role" => Self::OtherRole,
            "two-accounts" => Self::TwoAccounts,
            "catalog" => Self::Catalog,
            "prices" => Self::Prices,
            "balance" => Self::Balance,
            "wallet" => Self::Wallet,
            "profile" => Self::Profile,
            "packages" => Self::Packages,
            "products" => Self::Products,
            "order" => Self::Order,
            "orders" => Self::Orders,
            "retry" => Self::Retry,
            "revision" => Self::Revision,
            "concurrency" => Self::Concurrency,
            other => match other.strip_prefix("role:") {
                Some(role) if !role.is_empty() => Self::Role(role.to_owned()),
                _ => return Err(UnknownNeed(text)),
            },
        })
    }
}

/// As a reason reads: "needs a key of role Agent".
impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "a key that works",
            Self::Buyer => "a key whose role may buy",
            Self::Role(role) => return write!(f, "a key of role {role}"),
            Self::OtherRole => "a key whose role may not buy",
            Self::TwoAccounts => "keys of two profiles",
            Self::Catalog => "ids of an operator, a product and packages",
            Self::Prices => "the packages' prices",
            Self::Balance => "an account whose balance is known",
            Self::Wallet => "the wallet endpoint",
            Self::Profile => "the profile endpoint",
            Self::Packages => "the package endpoint",
            Self::Products => "the products endpoint",
            Self::Order => "the order endpoints",
            Self::Orders => "the order list endpoint",
            Self::Retry => "the retry endpoint",
            Self::Revision => "the fields of the later revision",
            Self::Concurrency => "concurrent requests",
        })
    }
}

/// One promise of the API.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Its address: `COUNT-HIGH`.
    pub id: String,
    /// The room that it stands in: `count`.
    pub group: String,
    /// What it is about.
    #[serde(default)]
    pub kind: Kind,
    /// How bad it is to break it.
    #[serde(default)]
    pub severity: Severity,
    /// What a conforming server does, with limits filled in.
    pub statement: String,
    /// Where it is stated.
    pub source: Source,
    /// The sentences that stand behind it, the plainest first; `None` in a revision from before quotes.
    #[serde(default)]
    pub quotes: Option<Vec<Quote>>,
    /// What of it no page says, so that it is never more than a warning.
    #[serde(default)]
    pub warns: Option<String>,
    /// Whom it binds.
    pub level: Level,
    /// What a check of it needs.
    pub needs: Vec<Need>,
    /// The role that it is about, if it is about one.
    #[serde(default)]
    pub role: Option<String>,
}

impl Requirement {
    /// Whether breaking it can fail a run. What no page says is never more than a warning.
    #[must_use]
    pub fn can_fail(&self) -> bool {
        self.quotes.as_ref().is_none_or(|quotes| !quotes.is_empty())
    }
}

/// One question that the pages leave open.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ambiguity {
    /// Its address: `AMB-DUPLICATE`.
    pub id: String,
    /// What it is about.
    #[serde(default)]
    pub kind: QuestionKind,
    /// What is open.
    pub question: String,
    /// Statuses that a conforming server may answer with where the question applies.
    pub accepts: Vec<u16>,
    /// What a conforming server may do, in words.
    #[serde(default)]
    pub accepted: String,
    /// What of it is told as a warning.
    #[serde(default)]
    pub warns: Option<String>,
    /// What is no answer to the question, but a failure.
    #[serde(default)]
    pub fails: Option<String>,
}

/// All requirements and ambiguities, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// The promises.
    pub requirements: Vec<Requirement>,
    /// The open questions.
    pub ambiguities: Vec<Ambiguity>,
}

impl Catalogue {
    /// A requirement by id.
    #[must_use]
    pub fn requirement(&self, id: &str) -> Option<&Requirement> {
        self.requirements.iter().find(|requirement| requirement.id == id)
    }

    /// An ambiguity by id.
    #[must_use]
    pub fn ambiguity(&self, id: &str) -> Option<&Ambiguity> {
        self.ambiguities.iter().find(|ambiguity| ambiguity.id == id)
    }

    /// Whether an id is one of either.
    #[must_use]
    pub fn knows(&self, id: &str) -> bool {
        self.requirement(id).is_some() || self.ambiguity(id).is_some()
    }

    /// The statement or question behind an id.
    #[must_use]
    pub fn statement(&self, id: &str) -> &str {
        self.requirement(id)
            .map(|requirement| requirement.statement.as_str())
            .or_else(|| self.ambiguity(id).map(|ambiguity| ambiguity.question.as_str()))
            .unwrap_or("not in the catalogue")
    }

    /// Statuses that an open question accepts; none for an unknown id.
    #[must_use]
    pub fn accepts(&self, id: &str) -> &[u16] {
        self.ambiguity(id).map_or(&[], |ambiguity| &ambiguity.accepts)
    }

    /// How bad it is to break an id's promise; an open question, and an id that nobody knows, is a detail.
    #[must_use]
    pub fn severity(&self, id: &str) -> Severity {
        self.requirement(id).map_or(Severity::Detail, |requirement| requirement.severity)
    }

    /// What a requirement is about; `None` for an open question and an id that nobody knows.
    #[must_use]
    pub fn kind(&self, id: &str) -> Option<Kind> {
        self.requirement(id).map(|requirement| requirement.kind)
    }

    /// The open questions of a kind, in the order of the file.
    pub fn questions(&self, kind: QuestionKind) -> impl Iterator<Item = &Ambiguity> {
        self.ambiguities.iter().filter(move |ambiguity| ambiguity.kind == kind)
    }

    /// The sentences that stand behind an id; none for an open question.
    #[must_use]
    pub fn quotes(&self, id: &str) -> &[Quote] {
        self.requirement(id).and_then(|requirement| requirement.quotes.as_deref()).unwrap_or_default()
    }
}
