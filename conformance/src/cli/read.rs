//! Reads the command line of this process, completed by the configuration file that it names.

use std::process::ExitCode;

use clap::FromArgMatches as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::access::unquoted;
use crate::cli::args::{Cli, command};
use crate::cli::config::{self, Completed};
use crate::cli::error::Failure;
use crate::cli::options::load;
use crate::cli::stdout::{say, tell};
use crate::cli::version;
use crate::exit::Exit;
use crate::report::program::Program;
use crate::sut::masked_in;

impl Cli {
    /// Reads the command line of this process. Prints the help or the version if it asks for one, and an error if it is
    /// invalid.
    ///
    /// # Errors
    /// Returns the exit code of the process if the command line is invalid, or if nothing is left to do.
    pub(crate) fn read(program: &Program) -> Result<Self, ExitCode> {
        let failed = |failure: Failure| {
            tell(&format!("{}: {}", program.name(), failure.told()));
            ExitCode::from(failure.exit().code())
        };
        let completed = completed(program).map_err(failed)?;
        let matches = command(program).try_get_matches_from(&completed.words);
        matches.and_then(|it| Self::from_arg_matches(&it)).map_err(|error| match error.kind() {
            ErrorKind::DisplayVersion => {
                show_version(program, &completed).map_or_else(failed, |()| ExitCode::SUCCESS)
            }
            _ => refused(&error, &completed),
        })
    }
}

/// Prints the version, with more facts if the command line has `--verbose`.
fn show_version(program: &Program, completed: &Completed) -> Result<(), Failure> {
    let verbose = |word: &std::ffi::OsString| ["--verbose", "-v", "-vV", "-Vv"].iter().any(|it| word == it);
    say(&version::text(program, completed.words.iter().any(verbose))?)?;
    Ok(())
}

fn completed(program: &Program) -> Result<Completed, Failure> {
    let words: Vec<_> = std::env::args_os().collect();
    if !config::is_named(&words) {
        return Ok(Completed { words, places: Vec::new() });
    }
    let contract = load(None)?;
    let prefixes = [contract.key.test_prefix.as_str(), contract.key.live_prefix.as_str()];
    let mut command = command(program);
    command.build();
    Ok(config::complete(&command, words, &|name| std::env::var(name).ok(), &prefixes)?)
}

/// Prints what is wrong with a command line, or the help that it asks for.
fn refused(error: &clap::Error, completed: &Completed) -> ExitCode {
    // The message of clap may repeat a secret: a URL with credentials, or part of a header that was not quoted.
    let rest = unquoted(std::env::args());
    let named = [ContextKind::InvalidSubcommand, ContextKind::InvalidArg, ContextKind::InvalidValue];
    let contexts = || named.into_iter().filter_map(|kind| error.get(kind));
    let stray = contexts().any(|value| matches!(value, ContextValue::String(word) if rest.contains(word)));
    match masked_in(&error.to_string()) {
        _ if stray => eprintln!("error: a header is one word to the shell: --header 'Name: value'"),
        Some(masked) => eprint!("{masked}"),
        None => _ = error.print(),
    }
    let flags: Vec<&str> = contexts()
        .flat_map(|value| match value {
            ContextValue::String(flag) => vec![flag.as_str()],
            ContextValue::Strings(flags) => flags.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        })
        .filter_map(|it| it.split([' ', '=']).next())
        .collect();
    for (flag, place) in completed.places.iter().filter(|(flag, _)| flags.contains(&flag.as_str())) {
        eprintln!("{place}: gives {flag}");
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage.code()))
}
