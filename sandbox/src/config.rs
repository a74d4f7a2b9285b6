//! How a sandbox is set up.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use spec::{Contract, Pesewas};

use crate::faults::Fault;
use crate::freedom::Freedom;
use crate::store::StoreError;

/// How a sandbox is set up; [`Config::new`] has the defaults.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub addr: SocketAddr,
    /// File of the database; in memory without one.
    pub db: Option<PathBuf>,
    /// Whether provider states are served under `/_states`.
    pub states: bool,
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
}

impl Config {
    /// In memory, on a free port of the loopback, without states, as correct as the default gets.
    #[must_use]
    pub fn new(contract: Arc<Contract>) -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            db: None,
            states: false,
            behaviour: Behaviour::default(),
            contract,
            processing: Duration::from_millis(5),
            record: None,
            surcharge: Pesewas::ZERO,
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
