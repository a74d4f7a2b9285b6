//! The state of a case while it is written: its actors, the balances of their wallets, and how requests carry keys.

use spec::{Contract, Pesewas};

use super::script::{Request, Text};
use crate::history::{Environment, Header};
use crate::order::rule::Rule;
use crate::plan::case::{self, Actor};
use crate::plan::key::{Key, KeyChange};
use crate::sut::access::{Access, ExtraHeader};

/// The reason why a case is left out.
pub(super) type Why = &'static str;

/// The reason for a case about details of the transfer, which no format can express.
pub(super) const ON_THE_WIRE: Why = "is about how its bytes go over the wire";

const CHANGED_KEY: Why = "sends a key that has to be worked out from another";

/// What a script is made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    /// The contract.
    pub(crate) contract: &'a Contract,
    /// Every rule for refusing an order.
    pub(crate) rules: &'a [&'static Rule],
    /// The header of the plan.
    pub(crate) header: &'a Header,
    /// The server's base URL in a form that may be shown.
    pub(crate) target: &'a str,
    /// The URL of the provider states in a form that may be shown.
    pub(crate) states: Option<&'a str>,
    /// The headers that are sent with every request.
    pub(crate) access: &'a Access,
}

impl Source<'_> {
    pub(super) fn environment(&self) -> &Environment {
        &self.header.environment
    }
}

/// Returns the name of the variable with the key of a fixed account.
pub(super) fn key_of(name: &str) -> String {
    let word: String = name.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '_' }).collect();
    format!("key_of_{}", word.to_ascii_lowercase())
}

/// Returns the headers that a gateway needs, each with the name of its variable.
pub(super) fn gateway<'a>(headers: &'a [ExtraHeader], prefix: &str) -> Vec<(&'a str, String)> {
    let name = |at: usize| format!("{prefix}_{}", at + 1);
    headers.iter().enumerate().map(|(at, it)| (it.name.as_str(), name(at))).collect()
}

/// What is known about an actor while a case is written.
#[derive(Debug, Clone)]
pub(super) struct Party {
    /// The actor from whose wallet it spends.
    pub(super) base: usize,
    /// The variable with its key; `None` for an actor without a key.
    pub(super) key: Option<String>,
    /// True if its key must be refused.
    pub(super) revoked: bool,
}

/// A case that is being written.
pub(super) struct CaseWriter<'a> {
    pub(super) source: Source<'a>,
    pub(super) case: &'a case::Case,
    pub(super) parties: Vec<Party>,
    /// The balance of each actor's wallet; `None` if it is unknown.
    pub(super) balances: Vec<Option<Pesewas>>,
    /// The actor and the cost of each order that was surely created.
    pub(super) created: Vec<(usize, Option<Pesewas>)>,
    /// True if an earlier order may have been either accepted or refused.
    pub(super) in_doubt: bool,
    /// The requests so far.
    pub(super) requests: Vec<Request>,
}

impl<'a> CaseWriter<'a> {
    /// Creates the writer of a case.
    pub(super) fn new(source: Source<'a>, case: &'a case::Case) -> Self {
        let balance = |actor: &Actor| match actor {
            Actor::Fresh { balance, .. } => Some(*balance),
            _ => None,
        };
        Self {
            source,
            case,
            parties: Vec::new(),
            balances: case.actors.iter().map(balance).collect(),
            created: Vec::new(),
            in_doubt: false,
            requests: Vec::new(),
        }
    }

    /// Returns the header with a key; `None` if no key is sent.
    pub(super) fn key(&self, key: &Key, actor: usize) -> Result<Option<(String, Text)>, Why> {
        let scheme = &self.source.contract.key;
        let own = || self.parties[actor].key.clone().map(Text::variable);
        let value = match key {
            Key::Own => own(),
            Key::HeaderCase(_) => return Err(ON_THE_WIRE),
            Key::Absent => None,
            Key::Unknown(_) => key.header(scheme, None).map(|it| Text::literal(it.key.expose())),
            Key::Changed(KeyChange::Longer) => own().map(|it| it.then(Text::literal("x"))),
            Key::Changed(_) => return Err(CHANGED_KEY),
        };
        Ok(value.map(|value| (scheme.header.clone(), value)))
    }

    /// Returns the headers that a gateway in front of the server needs.
    pub(super) fn gateway(&self) -> Vec<(String, Text)> {
        let headers = gateway(&self.source.access.headers, "gateway");
        headers.into_iter().map(|(name, variable)| (name.to_owned(), Text::variable(variable))).collect()
    }

    /// Returns the URL of a path of the server.
    #[expect(clippy::unused_self, reason = "beside what else a request is made of")]
    pub(super) fn url(&self, path: &str) -> Text {
        Text::variable("base_url").then(Text::literal(path))
    }
}
