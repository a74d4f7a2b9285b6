//! The command line of the program.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use sandbox::faults::UnknownFault;
use sandbox::{AccessLog, Fault, Freedom, Limits, faults};

/// A server that implements the contract, to develop and test against.
#[derive(Debug, Parser)]
#[command(name = "sandbox", version, subcommand_negates_reqs = true, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) serve: Serve,
}

/// The commands other than serving.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ask a sandbox whether it is ready; the exit code is 0 if it is and 1 if not.
    Health {
        /// The address of the sandbox.
        #[arg(default_value = "http://127.0.0.1:8080", env = "SANDBOX_HEALTH_URL")]
        url: String,
        /// Use TLS and accept only this certificate, the one that the sandbox got with `--tls-cert`.
        #[arg(long, value_name = "FILE", env = "SANDBOX_TLS_CERT")]
        tls_cert: Option<PathBuf>,
    },
    /// Copy a database at a single point in time, even while a sandbox uses it.
    Snapshot {
        /// The database.
        #[arg(long, value_name = "FILE", env = "SANDBOX_DB")]
        db: PathBuf,
        /// The path of the copy, which must not exist yet.
        copy: PathBuf,
    },
    /// Measure how many orders a sandbox can process; `cargo xtask bench sandbox`.
    #[command(hide = true)]
    Bench(crate::bench::Args),
    /// Replace a database, which no sandbox may be using, by a copy.
    Restore {
        /// The copy.
        copy: PathBuf,
        /// The database.
        #[arg(long, value_name = "FILE", env = "SANDBOX_DB")]
        db: PathBuf,
    },
}

/// The settings of a server.
#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// Port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8080, env = "SANDBOX_PORT")]
    pub(crate) port: u16,
    /// Address or host name to listen on.
    #[arg(long, default_value = "127.0.0.1", env = "SANDBOX_HOST")]
    pub(crate) host: String,
    /// Serve TLS with this certificate: a PEM file, the server's own certificate first.
    #[arg(long, value_name = "FILE", requires = "tls_key", env = "SANDBOX_TLS_CERT")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The key of the certificate: a PEM file.
    #[arg(long, value_name = "FILE", requires = "tls_cert", env = "SANDBOX_TLS_KEY")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Serve everything below this path, like /sandbox.
    #[arg(long, value_name = "PATH", value_parser = base_path, env = "SANDBOX_BASE_PATH")]
    pub(crate) base_path: Option<String>,
    /// Keep accounts and orders in this file instead of in memory.
    #[arg(long, value_name = "FILE", env = "SANDBOX_DB")]
    pub(crate) db: Option<PathBuf>,
    /// Serve provider states under /_states, and /_clock and /_requests.
    #[arg(long, env = "SANDBOX_STATES")]
    pub(crate) states: bool,
    /// File with the token for these paths; the variable SANDBOX_ADMIN_TOKEN holds the token itself.
    #[arg(long, value_name = "FILE", env = "SANDBOX_ADMIN_TOKEN_FILE")]
    pub(crate) admin_token_file: Option<PathBuf>,
    /// Listen on an address that others can reach, even though they could create accounts or know the keys.
    #[arg(long, env = "SANDBOX_I_KNOW")]
    pub(crate) i_know: bool,
    /// Derive keys from this number, which makes them the same every time and public. Without it they are random.
    #[arg(long, value_name = "N", env = "SANDBOX_SEED")]
    pub(crate) seed: Option<u64>,
    /// Accounts and catalog to start with (sandbox/fixtures.example.toml).
    #[arg(long, value_name = "FILE", env = "SANDBOX_FIXTURES")]
    pub(crate) fixtures: Option<PathBuf>,
    /// The speed of recipients: at 1, each takes one second when it is its turn.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000), env = "SANDBOX_SPEED")]
    pub(crate) speed: u32,
    /// Disable the test numbers and the header X-Sandbox.
    #[arg(long, env = "SANDBOX_STRICT")]
    pub(crate) strict: bool,
    /// List the test numbers.
    #[arg(long)]
    pub(crate) list_numbers: bool,
    /// Requests that one account may make in a second; more get 429.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), env = "SANDBOX_RATE")]
    pub(crate) rate: Option<u32>,
    /// Connections at the same time; more get 503.
    #[arg(long, value_name = "N", default_value_t = Limits::default().connections, env = "SANDBOX_MAX_CONNECTIONS")]
    pub(crate) max_connections: usize,
    /// Seconds that requests being handled are given when the server stops.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, env = "SANDBOX_GRACE")]
    pub(crate) grace: u64,
    /// How each request is logged on standard error.
    #[arg(long, value_name = "HOW", default_value = "text", env = "SANDBOX_LOG")]
    pub(crate) log: LogKind,
    /// How many of the last requests /_requests can show.
    #[arg(long, value_name = "N", default_value_t = 200, env = "SANDBOX_KEEP_REQUESTS")]
    pub(crate) keep_requests: usize,
    /// Record requests and responses in this file, for `conformance client judge FILE`; keys are masked.
    #[arg(long, value_name = "FILE", env = "SANDBOX_RECORD")]
    pub(crate) record: Option<PathBuf>,
    /// Take a legal freedom; may be given several times.
    #[arg(long = "freedom", value_name = "NAME", value_delimiter = ',', env = "SANDBOX_FREEDOM")]
    pub(crate) freedoms: Vec<Freedom>,
    /// List the freedoms.
    #[arg(long)]
    pub(crate) list_freedoms: bool,
    /// Plant this fault.
    #[arg(long, value_name = "ID", value_parser = fault, env = "SANDBOX_FAULT")]
    pub(crate) fault: Option<&'static Fault>,
    /// List the faults.
    #[arg(long)]
    pub(crate) list_faults: bool,
    /// Serve this OpenAPI document instead of the built-in one.
    #[arg(long, value_name = "FILE", env = "SANDBOX_SPEC")]
    pub(crate) spec: Option<PathBuf>,
}

/// How each request is logged.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LogKind {
    /// It is not logged.
    Off,
    /// As a line for people.
    Text,
    /// As one JSON object per line.
    Json,
}

impl From<LogKind> for AccessLog {
    fn from(kind: LogKind) -> Self {
        match kind {
            LogKind::Off => Self::Off,
            LogKind::Text => Self::Text,
            LogKind::Json => Self::Json,
        }
    }
}

impl Serve {
    /// Returns the address to listen on. `localhost` is always 127.0.0.1, without asking the resolver.
    ///
    /// # Errors
    /// Returns an error if the name can't be resolved.
    pub(crate) fn address(&self) -> std::io::Result<SocketAddr> {
        if let Ok(ip) = self.host.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Ok((ip, self.port).into());
        }
        if self.host.eq_ignore_ascii_case("localhost") {
            return Ok((std::net::Ipv4Addr::LOCALHOST, self.port).into());
        }
        let found = (self.host.as_str(), self.port).to_socket_addrs()?.next();
        found.ok_or_else(|| std::io::Error::new(std::io::ErrorKind::NotFound, "no address of this name"))
    }

    /// Returns the time between two state changes: a recipient is pending for one such span and processing for another.
    pub(crate) fn pause(&self) -> Duration {
        Duration::from_micros(500_000 / u64::from(self.speed))
    }
}

/// The error for a path that can't be the base path.
#[derive(Debug, thiserror::Error)]
#[error("a base path begins with / and has letters, digits and -._~/ alone")]
struct NotABase;

/// Parses a base path and removes its last slash; `/` becomes empty.
fn base_path(path: &str) -> Result<String, NotABase> {
    let base = path.trim_end_matches('/');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let right = path.starts_with('/') && base.bytes().all(plain) && !base.contains("//");
    right.then(|| base.to_owned()).ok_or(NotABase)
}

fn fault(id: &str) -> Result<&'static Fault, UnknownFault> {
    faults::by_id(id).ok_or_else(|| UnknownFault(id.to_owned()))
}
