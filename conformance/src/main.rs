//! Plans, executes, judges and reports: `conformance --help`.

use std::process::ExitCode;

use clap::Parser as _;
use conformance::cli::Cli;
use conformance::command;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("conformance: the runtime can't be started: {error}");
            return ExitCode::from(conformance::exit::Exit::OwnFault.code());
        }
    };
    let exit = runtime.block_on(command::run(cli)).unwrap_or_else(|failure| {
        eprintln!("conformance: {failure}");
        failure.exit()
    });
    ExitCode::from(exit.code())
}
