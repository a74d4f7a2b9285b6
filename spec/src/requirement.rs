//! The catalogue of requirements and ambiguities, by id.

use std::fmt;

use serde::Deserialize;

use crate::pages::Quote;

/// The document that states a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The page of buy-bulk.
    Page,
    /// The neighbouring pages of the same reference.
    Companion,
    /// RFC 9110, RFC 9112 or RFC 8259.
    Http,
    /// The later revision of the page.
    Revision,
    /// The task description that a client under test agrees to.
    Task,
}

/// The servers that a requirement binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Every server; a run that could not exercise the requirement is incomplete.
    Documented,
    /// Only servers that have the endpoint.
    Companion,
    /// Only servers that offer an endpoint which the page names without describing its form.
    Provisional,
    /// Only servers that send the fields of the later revision.
    Revision,
}

/// How bad it is to break a promise. The worst comes first, which is also the order of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Money is lost or created.
    Money,
    /// Callers without permission are let in, or callers with permission are not.
    Safety,
    /// A request that must be refused is accepted, or the reverse.
    Refusal,
    /// A response is not what was promised. This is the default for catalogues older than severities.
    #[default]
    Answer,
    /// The form of an error, or something that the pages leave open.
    Detail,
}

/// The subject of a requirement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A valid request is accepted.
    Accept,
    /// A wrong request is refused.
    Refuse,
    /// What happens to the wallet.
    Money,
    /// What a response says. This is the default for catalogues older than kinds.
    #[default]
    Answer,
    /// What can be read afterwards.
    State,
}

/// The subject of an open question.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QuestionKind {
    /// Which of several refusals takes precedence.
    Precedence,
    /// Whether a request is accepted or refused.
    Choice,
    /// Whether callers have to try again later.
    Throttle,
    /// Something the server is free to decide. This is the default for catalogues older than kinds.
    #[default]
    Liberty,
}

/// What the check of a requirement needs from the target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub enum Need {
    /// A valid key.
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
    /// The prices that the role is charged.
    Prices,
    /// An account whose balance is known.
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
    /// The endpoint that retries one recipient.
    Retry,
    /// The fields of the later revision.
    Revision,
    /// Concurrent requests.
    Concurrency,
}

/// The error for a need that is not defined.
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

/// Formats the need as part of a reason: "needs a key of role Agent".
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
    /// The requirement's id, such as `COUNT-HIGH`.
    pub id: String,
    /// The group that the requirement belongs to, such as `count`.
    pub group: String,
    /// What the requirement is about.
    #[serde(default)]
    pub kind: Kind,
    /// How bad it is to break the requirement.
    #[serde(default)]
    pub severity: Severity,
    /// What a conforming server does, with the limits filled in.
    pub statement: String,
    /// The document that states the requirement.
    pub source: Source,
    /// The sentences that support the requirement, the clearest first; `None` in a revision older than quotes.
    #[serde(default)]
    pub quotes: Option<Vec<Quote>>,
    /// The part of the requirement that no page supports, and that is therefore never more than a warning.
    #[serde(default)]
    pub warns: Option<String>,
    /// The servers that the requirement binds.
    pub level: Level,
    /// What a check of the requirement needs.
    pub needs: Vec<Need>,
    /// The role that the requirement is about, if any.
    #[serde(default)]
    pub role: Option<String>,
}

impl Requirement {
    /// Returns true if breaking the requirement can fail a run. What no page says is never more than a warning.
    #[must_use]
    pub fn can_fail(&self) -> bool {
        self.quotes.as_ref().is_none_or(|quotes| !quotes.is_empty())
    }
}

/// A question that the pages leave open.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ambiguity {
    /// The question's id, such as `AMB-DUPLICATE`.
    pub id: String,
    /// What the question is about.
    #[serde(default)]
    pub kind: QuestionKind,
    /// The question itself.
    pub question: String,
    /// The statuses that a conforming server may answer with where the question applies.
    pub accepts: Vec<u16>,
    /// What a conforming server may do, in words.
    #[serde(default)]
    pub accepted: String,
    /// The behaviour that is reported as a warning.
    #[serde(default)]
    pub warns: Option<String>,
    /// The behaviour that the question does not cover, and that is a failure.
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
    /// Returns the requirement with an id.
    #[must_use]
    pub fn requirement(&self, id: &str) -> Option<&Requirement> {
        self.requirements.iter().find(|requirement| requirement.id == id)
    }

    /// Returns the ambiguity with an id.
    #[must_use]
    pub fn ambiguity(&self, id: &str) -> Option<&Ambiguity> {
        self.ambiguities.iter().find(|ambiguity| ambiguity.id == id)
    }

    /// Returns true if an id is that of a requirement or an ambiguity.
    #[must_use]
    pub fn knows(&self, id: &str) -> bool {
        self.requirement(id).is_some() || self.ambiguity(id).is_some()
    }

    /// Returns the statement or question of an id.
    #[must_use]
    pub fn statement(&self, id: &str) -> &str {
        self.requirement(id)
            .map(|requirement| requirement.statement.as_str())
            .or_else(|| self.ambiguity(id).map(|ambiguity| ambiguity.question.as_str()))
            .unwrap_or("not in the catalogue")
    }

    /// Returns the statuses that an open question accepts; empty for an unknown id.
    #[must_use]
    pub fn accepts(&self, id: &str) -> &[u16] {
        self.ambiguity(id).map_or(&[], |ambiguity| &ambiguity.accepts)
    }

    /// Returns how bad it is to break an id's promise; open questions and unknown ids are details.
    #[must_use]
    pub fn severity(&self, id: &str) -> Severity {
        self.requirement(id).map_or(Severity::Detail, |requirement| requirement.severity)
    }

    /// Returns what a requirement is about; `None` for an open question or an unknown id.
    #[must_use]
    pub fn kind(&self, id: &str) -> Option<Kind> {
        self.requirement(id).map(|requirement| requirement.kind)
    }

    /// Returns the open questions of a kind, in the order of the file.
    pub fn questions(&self, kind: QuestionKind) -> impl Iterator<Item = &Ambiguity> {
        self.ambiguities.iter().filter(move |ambiguity| ambiguity.kind == kind)
    }

    /// Returns the sentences that support an id; empty for an open question.
    #[must_use]
    pub fn quotes(&self, id: &str) -> &[Quote] {
        self.requirement(id).and_then(|requirement| requirement.quotes.as_deref()).unwrap_or_default()
    }
}
