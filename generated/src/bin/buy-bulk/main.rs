//! `buy-bulk`: the API from a terminal.

mod args;
mod call;
mod friendly;
mod show;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use generated::{Error, Key, NetConnect, SetupError, Timeouts};

use args::{Cli, Command};

/// Why nothing more was done.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Api(#[from] Error),
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Recipients(String),
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        Self::Api(error.into())
    }
}

impl Failure {
    /// The table that `--help` ends in.
    const fn exit_code(&self) -> u8 {
        match self {
            Self::Api(Error::Setup(_) | Error::Input(_)) | Self::Usage(_) => 2,
            Self::Api(Error::NotSent(_) | Error::Throttled(_)) => 4,
            Self::Api(Error::OutcomeUnknown(_)) => 5,
            Self::Api(Error::Unexpected(_)) => 3,
            Self::Api(_) => 1,
            Self::Recipients(_) => 6,
        }
    }

    /// What to do about it, where that is not plain from the message.
    const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Api(Error::Setup(SetupError::NoKey)) => Some("or --key-file FILE takes it from a file"),
            Self::Api(Error::Unauthorized(_)) => Some("check the key, and that it belongs to this URL"),
            Self::Api(Error::Insufficient(_)) => Some("`buy-bulk wallet` shows what can be spent"),
            Self::Api(Error::Forbidden(_)) => Some("`buy-bulk profile` shows the role of this key"),
            Self::Api(Error::OutcomeUnknown(_)) => Some("`buy-bulk orders` lists what was placed"),
            _ => None,
        }
    }
}

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
