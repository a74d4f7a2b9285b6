//! How a sandbox is set up.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use spec::{Contract, Pesewas};

use crate::faults::Fault;
use crate::fixtures::Fixtures;
use crate::freedom::Freedom;
use crate::http::limits::Limits;
use crate::http::tls::Tls;
use crate::store::StoreError;

/// How a sandbox is set up; [`Config::new`] has the defaults.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub addr: SocketAddr,
    /// File of the database; in memory without one.
    pub db: Option<PathBuf>,
    /// Whether provider states are served under `/_states`, and the other doors for whoever runs the server.
    pub states: bool,
    /// Whether there is a console at `/`, for a person in a browser.
    pub console: bool,
    /// What these doors ask for, as `Authorization: Bearer`; without one they are open to this machine.
    pub admin: Option<AdminToken>,
    /// Freedoms taken and fault planted.
    pub behaviour: Behaviour,
    /// What the server implements.
    pub contract: Arc<Contract>,
    /// Span between two changes of a recipient's state.
    pub processing: Duration,
    /// File that requests and answers are recorded in, for `conformance client judge`; nothing is recorded without one.
    pub record: Option<PathBuf>,
    /// Added to every price, so that the catalog can be as dear as that of another server.
    pub surcharge: Pesewas,
    /// What keys are made from: the same for each sandbox of a seed, and at random without one.
    pub seed: Option<u64>,
    /// Whether numbers to test with have fates that are known.
    pub magic: bool,
    /// Whether the header `X-Sandbox` asks for what a request is to meet.
    pub provoke: bool,
    /// Below which path everything is served, like `/sandbox`; empty for none.
    pub base_path: String,
    /// Whether pages of other origins may call the API.
    pub cors: bool,
    /// Requests that an account may make in a second.
    pub rate: Option<u32>,
    /// How much is taken at the same time, and how long it is waited for.
    pub limits: Limits,
    /// How long what is under way may take when the server stops.
    pub grace: Duration,
    /// Whose certificate is shown; without one, all is in clear text.
    pub tls: Option<Tls>,
    /// Accounts and catalog to start with, in place of the built-in ones.
    pub fixtures: Option<Fixtures>,
    /// How each request is told on standard error.
    pub log: AccessLog,
    /// How many of the last requests are kept to be looked at.
    pub kept: usize,
}

/// How each request is told on standard error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AccessLog {
    /// Not at all.
    #[default]
    Off,
    /// In a line for people.
    Text,
    /// In a JSON object to a line.
    Json,
}

/// What whoever runs the server shows. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken(String);

impl AdminToken {
    /// A token, which is not empty.
    #[must_use]
    pub fn new(token: &str) -> Option<Self> {
        let token = token.trim();
        (!token.is_empty()).then(|| Self(token.to_owned()))
    }

    /// Whether this is the token; how long it takes to tell does not depend on where they differ.
    pub(crate) fn is(&self, shown: &str) -> bool {
        crate::store::accounts::hash(shown) == crate::store::accounts::hash(&self.0)
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken(***)")
    }
}

impl Config {
    /// In memory, on a free port of the loopback, without states, as correct as the default gets, the same each time.
    #[must_use]
    pub fn new(contract: Arc<Contract>) -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            db: None,
            states: false,
            console: false,
            admin: None,
            behaviour: Behaviour::default(),
            contract,
            processing: Duration::from_millis(5),
            record: None,
            surcharge: Pesewas::ZERO,
            seed: Some(0),
            magic: false,
            provoke: false,
            base_path: String::new(),
            cors: false,
            rate: None,
            limits: Limits::default(),
            grace: Duration::from_secs(2),
            tls: None,
            fixtures: None,
            log: AccessLog::Off,
            kept: 0,
        }
    }
}

/// How a server differs from the default: legally, or not.
#[derive(Debug, Clone, Default)]
pub struct Behaviour {
    /// Legal alternatives taken.
    pub freedoms: BTreeSet<Freedom>,
    /// What is wrong on purpose.
    pub fault: Option<&'static Fault>,
}

impl Behaviour {
    /// Whether it differs in nothing.
    pub(crate) fn is_default(&self) -> bool {
        self.freedoms.is_empty() && self.fault.is_none()
    }

    /// Two freedoms that can't be taken together, if there are such.
    pub(crate) fn clash(&self) -> Option<(Freedom, Freedom)> {
        let pairs = self.freedoms.iter().flat_map(|one| self.freedoms.iter().map(move |two| (*one, *two)));
        pairs.into_iter().find(|(one, two)| one.excludes(*two))
    }
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The port can't be had.
    #[error("can't listen on {addr}: {error}{}", hint(error))]
    Bind {
        /// Where it was to listen.
        addr: SocketAddr,
        /// Why it can't.
        error: std::io::Error,
    },
    /// Nothing can be recorded.
    #[error("can't record in {}: {error}", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// Why it can't be written.
        error: std::io::Error,
    },
    /// Two freedoms exclude each other.
    #[error("the freedoms `{0}` and `{1}` exclude each other; take one")]
    Freedoms(Freedom, Freedom),
    /// The database can't be used.
    #[error("can't use the database{}: {error}", .path.as_ref().map(|path| format!(" {}", path.display())).unwrap_or_default())]
    Store {
        /// Its file, if it has one.
        path: Option<PathBuf>,
        /// Why the database could not be used.
        error: StoreError,
    },
}

fn hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            "; something else listens there, so name another --port (0 takes a free one)"
        }
        std::io::ErrorKind::PermissionDenied => "; ports below 1024 need privileges",
        _ => "",
    }
}
