//! `buy-bulk`: uses the API from a terminal.

mod args;
mod call;
mod failure;
mod follow;
mod friendly;
mod show;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use generated::{Key, NetConnect, Timeouts};

use args::{Cli, Command};
use failure::Failure;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => Err(Failure::Usage(format!("no runtime: {error}"))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            if let Some(hint) = failure.hint() {
                eprintln!("hint: {hint}");
            }
            ExitCode::from(failure.exit_code())
        }
    }
}

async fn run(cli: Cli) -> Result<(), Failure> {
    let call = Duration::from_secs(cli.timeout);
    let mut builder = NetConnect::builder().timeouts(Timeouts { call, ..Timeouts::default() });
    if let Some(url) = cli.url {
        builder = builder.base_url(url);
    }
    if let Some(file) = &cli.key_file {
        let text = std::fs::read_to_string(file)
            .map_err(|error| Failure::Usage(format!("--key-file {}: {error}", file.display())))?;
        builder = builder.key(Key::new(&text)?);
    }
    let api = builder.build()?;
    match cli.command {
        Command::Api(call) => call.send(&api).await,
        command => friendly::run(&api, command, cli.json).await,
    }
}
