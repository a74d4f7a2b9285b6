//! `sandbox`: runs the reference implementation and shows its accounts and catalog.

mod arguments;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use arguments::Arguments;
use clap::Parser;
use sandbox::{Behaviour, Config, Freedom, Sandbox, SandboxError, faults};

/// What the caller got wrong.
const USAGE: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.list_freedoms {
        Freedom::ALL.iter().for_each(|it| println!("{it:<24} {}", it.describe()));
        return ExitCode::SUCCESS;
    }
    if arguments.list_faults {
        for fault in faults::all() {
            println!("{:<34} {} [{}]", fault.id, fault.wrong, fault.breaks.join(", "));
        }
        return ExitCode::SUCCESS;
    }
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sandbox: {error}");
            ExitCode::from(USAGE)
        }
    }
}

/// Why the program ends early.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Spec(#[from] spec::Problems),
    #[error(transparent)]
    Start(#[from] SandboxError),
    #[error("can't wait for Ctrl-C: {0}")]
    Signal(#[from] std::io::Error),
}

async fn run(arguments: Arguments) -> Result<(), RunError> {
    let contract = match &arguments.spec {
        Some(path) => spec::from_paths(path, None),
        None => spec::embedded(),
    };
    let mut config = Config::new(Arc::new(contract?));
    config.addr = SocketAddr::from((arguments.host, arguments.port));
    config.db = arguments.db;
    config.states = arguments.states;
    config.record = arguments.record;
    config.behaviour =
        Behaviour { freedoms: arguments.freedoms.into_iter().collect(), fault: arguments.fault };
    let wrong = config.behaviour.fault;
    let sandbox = Sandbox::start(config).await?;
    println!("{}", sandbox.demo());
    if let Some(fault) = wrong {
        println!("Wrong on purpose: {} ({})\n", fault.wrong, fault.id);
    }
    println!("Listening on {} (Ctrl-C stops)", sandbox.url());
    tokio::signal::ctrl_c().await?;
    sandbox.stop().await;
    Ok(())
}
