//! The command line of the program.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::Parser;
use sandbox::faults::UnknownFault;
use sandbox::{Fault, Freedom, faults};

/// A server that keeps the contract, to develop and test against.
#[derive(Debug, Parser)]
#[command(name = "sandbox", version)]
pub(crate) struct Arguments {
    /// Port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// Address to listen on.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(crate) host: IpAddr,
    /// Keep accounts and orders in this file, rather than in memory.
    #[arg(long, value_name = "FILE")]
    pub(crate) db: Option<PathBuf>,
    /// Serve provider states under /_states: anybody who can reach the port can then make accounts.
    #[arg(long)]
    pub(crate) states: bool,
    /// Record requests and answers in this file, for `conformance client judge FILE`; keys are masked.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Take a legal freedom; may be given several times.
    #[arg(long = "freedom", value_name = "NAME")]
    pub(crate) freedoms: Vec<Freedom>,
    /// Show the freedoms.
    #[arg(long)]
    pub(crate) list_freedoms: bool,
    /// Be wrong in this way.
    #[arg(long, value_name = "ID", value_parser = fault)]
    pub(crate) fault: Option<&'static Fault>,
    /// Show the faults.
    #[arg(long)]
    pub(crate) list_faults: bool,
    /// Serve this OpenAPI document, rather than the one built in.
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
}

fn fault(id: &str) -> Result<&'static Fault, UnknownFault> {
    faults::by_id(id).ok_or_else(|| UnknownFault(id.to_owned()))
}
