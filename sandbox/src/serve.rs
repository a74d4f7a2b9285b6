//! Runs the server from the command line until a signal ends it.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sandbox::{
    AdminToken, Behaviour, Config, Fixtures, FixturesError, Freedom, Limits, Sandbox, SandboxError,
    StoreError, Tls, TlsError, faults,
};

use crate::arguments::Serve;
use crate::signals::Signals;

/// The environment variable with the token of the operator.
const ADMIN_TOKEN: &str = "SANDBOX_ADMIN_TOKEN";

/// The reason why the program ends early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error(transparent)]
    Spec(#[from] spec::Problems),
    #[error(transparent)]
    Start(#[from] SandboxError),
    #[error(transparent)]
    Fixtures(#[from] FixturesError),
    #[error(transparent)]
    Bench(#[from] crate::bench::BenchError),
    #[error("--tls-cert, --tls-key: {0}")]
    Tls(#[from] TlsError),
    #[error("{}: {}", .0.display(), .1)]
    Copy(PathBuf, #[source] StoreError),
    #[error("can't listen for signals: {0}")]
    Signal(#[from] std::io::Error),
    #[error("--host {host}: {error}")]
    Host { host: String, error: std::io::Error },
    #[error("--admin-token-file {}: {error}", .path.display())]
    TokenFile { path: PathBuf, error: std::io::Error },
    #[error("--admin-token-file {}: there is no token in it", .0.display())]
    EmptyToken(PathBuf),
    #[error(
        "--states on {0}: whoever reaches it could make accounts; set {ADMIN_TOKEN} or --admin-token-file, or say --i-know"
    )]
    Open(SocketAddr),
    #[error("--seed on {0}: its keys are known to everybody; leave --seed out, or say --i-know")]
    Known(SocketAddr),
}

/// Writes lines to standard output and stops silently if it has been closed.
fn show(lines: impl IntoIterator<Item = String>) {
    let mut out = std::io::stdout().lock();
    for line in lines {
        if writeln!(out, "{line}").is_err() {
            return;
        }
    }
    let _ = out.flush();
}

/// Serves until a signal arrives, or prints the requested list.
///
/// # Errors
/// Returns an error if a flag, a file or the address can't be used.
pub(crate) async fn run(serve: Serve) -> Result<(), RunError> {
    if serve.list_freedoms {
        show(Freedom::ALL.iter().map(|it| format!("{it:<24} {}", it.describe())));
        return Ok(());
    }
    if serve.list_faults {
        show(faults::all().map(|it| format!("{:<34} {} [{}]", it.id, it.wrong, it.breaks.join(", "))));
        return Ok(());
    }
    let contract = Arc::new(match &serve.spec {
        Some(path) => spec::from_paths(path, None)?,
        None => spec::embedded()?,
    });
    if serve.list_numbers {
        show(sandbox::numbers(&contract).into_iter().map(|(number, fate)| format!("{number}  {fate}")));
        return Ok(());
    }
    let config = config(&serve, contract)?;
    let (wrong, strict, console) = (config.behaviour.fault, serve.strict, config.console);
    let mut signals = Signals::listen()?;
    let sandbox = Sandbox::start(config).await?;
    let mut lines = vec![sandbox.demo().to_string()];
    if !strict {
        lines.push("Numbers that fail, take long or are reversed: sandbox --list-numbers\n".into());
    }
    if let Some(fault) = wrong {
        lines.push(format!("Wrong on purpose: {} ({})\n", fault.wrong, fault.id));
    }
    if console {
        lines.push(format!("A page to look at: {}/\n", sandbox.url()));
    }
    lines.push(format!("Listening on {} (Ctrl-C stops)", sandbox.url()));
    show(lines);
    signals.next().await;
    // A second signal ends the program without waiting.
    tokio::select! {
        () = sandbox.stop() => {}
        () = signals.next() => {}
    }
    Ok(())
}

fn config(serve: &Serve, contract: Arc<spec::Contract>) -> Result<Config, RunError> {
    let host = |error| RunError::Host { host: serve.host.clone(), error };
    let addr = serve.address().map_err(host)?;
    let admin = admin(serve)?;
    let here = addr.ip().is_loopback();
    if !here && !serve.i_know && serve.states && admin.is_none() {
        return Err(RunError::Open(addr));
    }
    if !here && !serve.i_know && serve.seed.is_some() {
        return Err(RunError::Known(addr));
    }
    // The console shows keys and orders, so other machines can reach it only if a token is set.
    let console = !serve.strict && (here || admin.is_some());
    let files = serve.tls_cert.as_ref().zip(serve.tls_key.as_ref());
    let tls = files.map(|(cert, key)| Tls::read(cert, key)).transpose()?;
    let fixtures = serve.fixtures.as_deref().map(|path| Fixtures::read(path, &contract)).transpose()?;
    Ok(Config {
        addr,
        db: serve.db.clone(),
        states: serve.states,
        console,
        record: serve.record.clone(),
        admin,
        behaviour: Behaviour { freedoms: serve.freedoms.iter().copied().collect(), fault: serve.fault },
        processing: serve.pause(),
        seed: serve.seed,
        magic: !serve.strict,
        provoke: !serve.strict,
        base_path: serve.base_path.clone().unwrap_or_default(),
        cors: here,
        rate: serve.rate,
        limits: Limits { connections: serve.max_connections.max(1), ..Limits::default() },
        grace: Duration::from_secs(serve.grace),
        tls,
        fixtures,
        log: serve.log.into(),
        kept: if serve.states || console { serve.keep_requests } else { 0 },
        ..Config::new(contract)
    })
}

/// Reads the token of the operator.
fn admin(serve: &Serve) -> Result<Option<AdminToken>, RunError> {
    let Some(path) = &serve.admin_token_file else {
        return Ok(std::env::var(ADMIN_TOKEN).ok().and_then(|token| AdminToken::new(&token)));
    };
    let text =
        std::fs::read_to_string(path).map_err(|error| RunError::TokenFile { path: path.clone(), error })?;
    AdminToken::new(&text).map(Some).ok_or_else(|| RunError::EmptyToken(path.clone()))
}
