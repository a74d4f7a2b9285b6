//! `buy-bulk api OPERATION`: progenitor's commands, with this program's errors and exit codes.

use clap::{ArgMatches, FromArgMatches, Subcommand};
use generated::client::{Client, Error as RawError, ResponseValue};
use generated::commands::{Cli, CliCommand, CliConfig};
use generated::{NetConnect, OperationId, outcome, types};

use crate::failure::Failure;
use crate::show;

/// One operation with its arguments.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    command: CliCommand,
    matches: ArgMatches,
}

impl Call {
    /// Sends the call and prints the answer.
    pub(crate) async fn send(&self, api: &NetConnect) -> Result<(), Failure> {
        let client: Client = api.raw().clone();
        let sent = Cli::new(client.clone(), Print).execute(self.command, &self.matches).await;
        let Err(error) = sent else { return Ok(()) };
        let operation = OperationId::ALL.into_iter().find(|id| kebab(id.name()) == name(self.command));
        match (operation, error.downcast::<RawError<types::ErrorResponse>>()) {
            (Some(operation), Ok(error)) => {
                use generated::client::ClientInfo as _;
                outcome::<()>(operation, client.inner(), Err(error)).await.map_err(Failure::Api)
            }
            (None, Ok(error)) => Err(Failure::Usage(error.to_string())),
            // Nothing was sent: a file can't be read, for example.
            (_, Err(error)) => Err(Failure::Usage(format!("{error:#}"))),
        }
    }
}

/// Returns the name of a command as progenitor's own tools spell it: `buy-bulk` for `buyBulk` and `buy_bulk`.
fn name(command: CliCommand) -> String {
    command.operation_id().replace('_', "-")
}

fn kebab(camel: &str) -> String {
    camel.chars().fold(String::new(), |mut kebab, letter| {
        if letter.is_ascii_uppercase() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
        kebab
    })
}

impl Subcommand for Call {
    fn augment_subcommands(parent: clap::Command) -> clap::Command {
        CliCommand::iter().fold(parent.subcommand_required(true), |parent, command| {
            let mut sub = Cli::<Print>::get_command(command).name(name(command));
            // The list of commands needs one line each; the rest of the description goes below the options.
            let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
            if let Some((first, rest)) = about.split_once("\n\n") {
                sub = sub.about(first.to_owned()).after_help(rest.to_owned());
            }
            // progenitor announces this argument and does nothing with it.
            if sub.get_arguments().any(|argument| argument.get_id() == "json-body-template") {
                sub = sub.mut_arg("json-body-template", |argument| argument.hide(true));
            }
            parent.subcommand(sub)
        })
    }

    fn augment_subcommands_for_update(parent: clap::Command) -> clap::Command {
        Self::augment_subcommands(parent)
    }

    fn has_subcommand(wanted: &str) -> bool {
        CliCommand::iter().any(|command| name(command) == wanted)
    }
}

impl FromArgMatches for Call {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let (wanted, matches) = matches
            .subcommand()
            .ok_or_else(|| clap::Error::new(clap::error::ErrorKind::MissingSubcommand))?;
        let command = CliCommand::iter().find(|command| name(*command) == wanted);
        let command = command.ok_or_else(|| clap::Error::new(clap::error::ErrorKind::InvalidSubcommand))?;
        Ok(Self { command, matches: matches.clone() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Prints answers as JSON. Errors are left to the caller, which knows their exit codes.
struct Print;

impl CliConfig for Print {
    fn success_item<T: serde::Serialize + std::fmt::Debug>(&self, value: &ResponseValue<T>) {
        show::json(&**value);
    }

    fn success_no_item(&self, _: &ResponseValue<()>) {}

    fn error<T: serde::Serialize + std::fmt::Debug>(&self, _: &RawError<T>) {}

    fn list_start<T: serde::Serialize + std::fmt::Debug>(&self) {}

    fn list_item<T: serde::Serialize + std::fmt::Debug>(&self, value: &T) {
        show::json(value);
    }

    fn list_end_success<T: serde::Serialize + std::fmt::Debug>(&self) {}

    fn list_end_error<T: serde::Serialize + std::fmt::Debug>(&self, _: &RawError<T>) {}
}
