//! The configuration of a sandbox.

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

/// The configuration of a sandbox; [`Config::new`] returns the defaults.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address to listen on; port 0 takes a free port.
    pub addr: SocketAddr,
    /// The file of the database; `None` for a database in memory.
    pub db: Option<PathBuf>,
    /// Whether provider states are served under `/_states`, and the other endpoints for the operator.
    pub states: bool,
    /// Whether there is a console at `/`, for a person with a browser.
    pub console: bool,
    /// The token for these endpoints, sent as `Authorization: Bearer`. Without one they are open to every program that
    /// reaches the server, but not to pages of other origins.
    pub admin: Option<AdminToken>,
    /// The freedoms that are taken and the fault that is planted.
    pub behaviour: Behaviour,
    /// The contract that the server implements.
    pub contract: Arc<Contract>,
    /// The time between two state changes of a recipient.
    pub processing: Duration,
    /// The file in which requests and responses are recorded for `conformance client judge`; `None` to record nothing.
    pub record: Option<PathBuf>,
    /// An amount added to every price, so that the catalog can be as expensive as another server's.
    pub surcharge: Pesewas,
    /// The seed that keys are derived from: the same keys in every sandbox of a seed; `None` for random keys.
    pub seed: Option<u64>,
    /// Whether test numbers have their known outcomes.
    pub magic: bool,
    /// Whether requests can set their own behaviour by the header `X-Sandbox`.
    pub provoke: bool,
    /// The path below which everything is served, such as `/sandbox`; empty for none.
    pub base_path: String,
    /// Whether pages of other origins may call the API.
    pub cors: bool,
    /// The number of requests that an account may make in a second; `None` for no limit.
    pub rate: Option<u32>,
    /// How much is accepted at the same time, and how long the server waits.
    pub limits: Limits,
    /// How long requests that are being handled may take when the server stops.
    pub grace: Duration,
    /// The certificate of the server; `None` for plain HTTP.
    pub tls: Option<Tls>,
    /// The accounts and the catalog to start with, instead of the built-in ones.
    pub fixtures: Option<Fixtures>,
    /// How each request is logged on standard error.
    pub log: AccessLog,
    /// How many of the last requests are kept for the operator.
    pub kept: usize,
}

/// How each request is logged on standard error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AccessLog {
    /// It is not logged.
    #[default]
    Off,
    /// As a line for people.
    Text,
    /// As one JSON object per line.
    Json,
}

/// The token of the operator. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken(String);

impl AdminToken {
    /// Creates a token; returns `None` if the text is empty.
    #[must_use]
    pub fn new(token: &str) -> Option<Self> {
        let token = token.trim();
        (!token.is_empty()).then(|| Self(token.to_owned()))
    }

    /// Returns true if this is the token. The comparison takes the same time wherever the texts differ.
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
    /// Returns the defaults: in memory, on a free loopback port, without states, correct, and with the same keys every
    /// time.
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

/// How a server differs from the default, legally or by a fault.
#[derive(Debug, Clone, Default)]
pub struct Behaviour {
    /// The freedoms that are taken.
    pub freedoms: BTreeSet<Freedom>,
    /// The fault that is planted.
    pub fault: Option<&'static Fault>,
}

impl Behaviour {
    /// Returns true if it does not differ.
    pub(crate) fn is_default(&self) -> bool {
        self.freedoms.is_empty() && self.fault.is_none()
    }

    /// Returns two freedoms that exclude each other, if there are any.
    pub(crate) fn clash(&self) -> Option<(Freedom, Freedom)> {
        let pairs = self.freedoms.iter().flat_map(|one| self.freedoms.iter().map(move |two| (*one, *two)));
        pairs.into_iter().find(|(one, two)| one.excludes(*two))
    }
}

/// The reason why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The address can't be listened on.
    #[error("can't listen on {addr}: {error}{}", hint(error))]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// The underlying error.
        error: std::io::Error,
    },
    /// The recording can't be written.
    #[error("can't record in {}: {error}", path.display())]
    Record {
        /// The path of the file.
        path: PathBuf,
        /// The underlying error.
        error: std::io::Error,
    },
    /// Two freedoms exclude each other.
    #[error("the freedoms `{0}` and `{1}` exclude each other; take one")]
    Freedoms(Freedom, Freedom),
    /// The database can't be used.
    #[error("can't use the database{}: {error}", .path.as_ref().map(|path| format!(" {}", path.display())).unwrap_or_default())]
    Store {
        /// The path of its file, if it has one.
        path: Option<PathBuf>,
        /// The underlying error.
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
