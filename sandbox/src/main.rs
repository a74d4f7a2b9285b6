//! `sandbox`: runs the reference implementation and shows its accounts and catalog.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use sandbox::{Behaviour, Config, Fault, Freedom, Sandbox, SandboxError, faults};

/// A server that keeps the contract, to develop and test against.
#[derive(Debug, Parser)]
#[command(name = "sandbox", version)]
struct Arguments {
    /// Port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Address to listen on.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// Keep accounts and orders in this file, rather than in memory.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// Serve provider states under /_states: anybody who can reach the port can then make accounts.
    #[arg(long)]
    states: bool,
    /// Take a legal freedom; may be given several times.
    #[arg(long = "freedom", value_name = "NAME")]
    freedoms: Vec<Freedom>,
    /// Show the freedoms.
    #[arg(long)]
    list_freedoms: bool,
    /// Be wrong in this way.
    #[arg(long, value_name = "ID", value_parser = fault)]
    fault: Option<&'static Fault>,
    /// Show the faults.
    #[arg(long)]
    list_faults: bool,
    /// Serve this OpenAPI document, rather than the one built in.
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
}

fn fault(id: &str) -> Result<&'static Fault, String> {
    faults::by_id(id).ok_or_else(|| format!("unknown fault `{id}`; --list-faults shows them"))
}

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
        Err(message) => {
            eprintln!("sandbox: {message}");
            ExitCode::from(USAGE)
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let contract = match &arguments.spec {
        Some(path) => spec::from_paths(path, None),
        None => spec::embedded(),
    };
    let mut config = Config::new(Arc::new(contract.map_err(|problems| problems.to_string())?));
    config.addr = SocketAddr::from((arguments.host, arguments.port));
    config.db = arguments.db;
    config.states = arguments.states;
    config.behaviour =
        Behaviour { freedoms: arguments.freedoms.into_iter().collect(), fault: arguments.fault };
    let wrong = config.behaviour.fault;
    let sandbox = Sandbox::start(config).await.map_err(|error: SandboxError| error.to_string())?;
    println!("{}", sandbox.demo());
    if let Some(fault) = wrong {
        println!("Wrong on purpose: {} ({})\n", fault.wrong, fault.id);
    }
    println!("Listening on {} (Ctrl-C stops)", sandbox.url());
    tokio::signal::ctrl_c().await.map_err(|error| format!("can't wait for Ctrl-C: {error}"))?;
    sandbox.stop().await;
    Ok(())
}
