//! The errors of all parts of the program in one type, each with its exit code.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use spec::Problems;

use crate::cli::changed_since::SinceError;
use crate::cli::compare_args::CompareError;
use crate::cli::config::ConfigError;
use crate::cli::explain::UnknownId;
use crate::cli::init::InitError;
use crate::client::error::ClientError;
use crate::client::report::files::NoSuchReport;
use crate::exit::Exit;
use crate::export::ExportError;
use crate::history::journal::JournalError;
use crate::history::recorded::RecordError;
use crate::history::store::LostRecord;
use crate::report::allowance::AllowanceError;
use crate::report::baseline::BaselineError;
use crate::report::file::WriteError;
use crate::report::output::ReportError;
use crate::report::shape::ShapeFileError;
use crate::report::text::visible;
use crate::report::trend::TrendError;
use crate::run::built_in_sandbox::BuiltInError;
use crate::run::judge_again::JudgeAgainError;
use crate::run::session::{SessionError, Unmatched};
use crate::sut::accounts::AccountsError;
use crate::sut::{TargetError, shown_in};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The asynchronous runtime can't be started.
    #[error("the runtime can't be started: {0}")]
    Runtime(#[source] io::Error),
    /// Standard output can't be written.
    #[error("standard output can't be written: {0}")]
    Stdout(#[source] io::Error),
    /// A man page can't be rendered.
    #[error("the man page can't be made: {0}")]
    Man(#[source] io::Error),
    /// `man` was given the name of a command that does not exist.
    #[error("there is no command `{0}`; `--help` lists them")]
    NoCommand(String),
    /// The contract is invalid; lists every mistake with its position.
    #[error(transparent)]
    Contract(#[from] Problems),
    /// `--changed-since` can't compare the contract with the revision.
    #[error(transparent)]
    Since(#[from] SinceError),
    /// The accounts file is invalid; lists every mistake with its position.
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    /// The flags about the target are invalid, or the target may not be used.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The built-in sandbox can't be started.
    #[error(transparent)]
    BuiltIn(#[from] BuiltInError),
    /// The target can't be judged.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// A recorded history can't be read, or the histories of shards can't be joined.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// There is no directory for the journal.
    #[error(transparent)]
    NoPlace(#[from] NoPlace),
    /// The journal can't be written.
    #[error(transparent)]
    Journal(#[from] Arc<JournalError>),
    /// `judge` was given several histories.
    #[error("`judge` takes one history; `merge` joins several")]
    OneHistory,
    /// A recorded history can't be judged.
    #[error(transparent)]
    JudgeAgain(#[from] JudgeAgainError),
    /// `replay` was given no seed, and a case has the same content only with the same seed.
    #[error("replay needs the --seed of the run that found the case; its report shows it")]
    NoSeed,
    /// `replay` was given a case that the plan does not have.
    #[error("cannot run: with this seed, tier and target {0}; replay with those of the run that found it")]
    NoCase(#[source] Unmatched),
    /// The history has no such finding or failing case.
    #[error("{file} has no finding and no failing case `{id}`; `judge {file}` shows those that it has")]
    NoFinding {
        /// The id that was given.
        id: String,
        /// The path of the history.
        file: String,
    },
    /// The history was recorded at another server, and `replay` was given no `--url`. The history says nothing about
    /// the built-in sandbox, and a file must not decide where a key is sent, so the user has to name the server.
    #[error(
        "{file} was recorded at {target}: name the server to send its failing cases to, as in `replay {file} {flags}`"
    )]
    OtherTarget {
        /// The path of the history.
        file: String,
        /// The server that it was recorded at.
        target: String,
        /// Flags that select that server again.
        flags: String,
    },
    /// No requirement or ambiguity has this id.
    #[error(transparent)]
    UnknownId(#[from] UnknownId),
    /// The baseline can't be read.
    #[error("the baseline {path} can't be used: {source}; --write-baseline {path} starts one", path = path.display())]
    BaselineFile {
        /// The path of the baseline.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The baseline is invalid.
    #[error("the baseline {} can't be used: {source}", path.display())]
    Baseline {
        /// The path of the baseline.
        path: PathBuf,
        /// What is wrong.
        source: BaselineError,
    },
    /// A new baseline can't be serialized.
    #[error("the baseline can't be written: {0}")]
    NewBaseline(#[from] toml::ser::Error),
    /// The folder of accepted shapes does not exist.
    #[error("--shapes {}: there is no such folder; --update-shapes writes what a run observes into it", .0.display())]
    NoShapes(PathBuf),
    /// The configuration file can't be used; lists every mistake with its position.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// `init` can't write a file.
    #[error(transparent)]
    Init(#[from] InitError),
    /// `--allow-incomplete` names something other than a requirement.
    #[error(transparent)]
    Allowance(#[from] AllowanceError),
    /// The accepted shapes can't be used.
    #[error(transparent)]
    Shapes(#[from] ShapeFileError),
    /// Records of the run were lost.
    #[error(transparent)]
    Records(#[from] Arc<LostRecord>),
    /// A report can't be made or written.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Two reports would go to standard output.
    #[error("only one report can go to standard output: give the others files")]
    TwoToStdout,
    /// Two reports would go to the same file.
    #[error("two reports would go to {}, and one would be lost: give each a file of its own", .0.display())]
    TwoToOneFile(PathBuf),
    /// The trend file can't be used.
    #[error(transparent)]
    Trend(#[from] TrendError),
    /// Two runs can't be compared.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// There is nothing to export, or the folder for it can't be used.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// Another file can't be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A client can't be judged.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// `client` was given no command.
    #[error(
        "no command: give the client behind `--`, as in `client -- ./buy.sh`; `client --list` shows the scenarios"
    )]
    NoClient,
    /// The report format does not exist for clients.
    #[error(transparent)]
    NoSuchReport(#[from] NoSuchReport),
}

impl Failure {
    /// Returns the exit code of the program.
    #[must_use]
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Stdout(_)
            | Self::NoCommand(_)
            | Self::Contract(_)
            | Self::Since(_)
            | Self::Accounts(_)
            | Self::Target(_)
            | Self::Record(_)
            | Self::NoPlace(_)
            | Self::Journal(_)
            | Self::OneHistory
            | Self::TwoToStdout
            | Self::TwoToOneFile(_)
            | Self::Compare(_)
            | Self::Export(_)
            | Self::Trend(_)
            | Self::JudgeAgain(_)
            | Self::NoSeed
            | Self::NoCase(_)
            | Self::NoFinding { .. }
            | Self::OtherTarget { .. }
            | Self::UnknownId(_)
            | Self::BaselineFile { .. }
            | Self::Baseline { .. }
            | Self::Allowance(_)
            | Self::NoShapes(_)
            | Self::Config(_)
            | Self::Init(_)
            | Self::Shapes(_)
            | Self::Report(ReportError::Write(_))
            | Self::Write(_)
            | Self::NoClient
            | Self::NoSuchReport(_) => Exit::Usage,
            Self::Client(error) if error.is_usage() => Exit::Usage,
            Self::Runtime(_)
            | Self::Man(_)
            | Self::BuiltIn(_)
            | Self::Client(_)
            | Self::NewBaseline(_)
            | Self::Records(_)
            | Self::Report(ReportError::Render { .. }) => Exit::OwnFault,
            Self::Session(SessionError::Discover(error)) if error.unreachable() => Exit::Unreachable,
            Self::Session(SessionError::Client(error)) if !error.is_usage() => Exit::OwnFault,
            Self::Session(SessionError::Stopped | SessionError::OutOfTime(_)) => Exit::Incomplete,
            Self::Session(_) => Exit::Usage,
        }
    }

    /// Returns another possible explanation: a proxy that the environment names is not used, which few users expect.
    #[must_use]
    pub(crate) fn hint(&self, environment: &dyn Fn(&str) -> Option<String>) -> String {
        let Self::Session(SessionError::Discover(error)) = self else { return String::new() };
        let set = |name: &&&str| environment(name).is_some_and(|it| !it.is_empty());
        match PROXY_VARIABLES.iter().find(set) {
            Some(name) if error.may_need_proxy() => format!(
                ". {name} is set and not used, so that no proxy sees a key unasked: --proxy URL sends requests through one"
            ),
            _ => String::new(),
        }
    }

    /// Returns the message with its causes, as far as the message does not contain them. Text of a server or a user is
    /// escaped, so that it can't control a terminal, and secrets in URLs are removed.
    #[must_use]
    pub(crate) fn told(&self) -> String {
        let mut told = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !told.contains(&text) {
                told = format!("{told}: {text}");
            }
            cause = error.source();
        }
        shown_in(&told).split('\n').map(visible).collect::<Vec<_>>().join("\n")
    }
}

/// The environment variables from which other programs take a proxy.
const PROXY_VARIABLES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// There is no directory for a journal, and orders that can't be accounted for are not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "orders are to go to another machine, and there is no folder for the journal: neither XDG_STATE_HOME nor HOME is set. \
     Give --journal FILE, or --no-journal to do without"
)]
pub(crate) struct NoPlace;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::output::Format;

    #[test]
    fn a_cause_is_told_where_the_message_does_not_tell_it() {
        let source = || io::Error::other("the disk is full");
        let told = Failure::Stdout(source()).told();
        assert_eq!(told, "standard output can't be written: the disk is full");
        #[derive(Debug, thiserror::Error)]
        #[error("half of it")]
        struct Half(#[source] io::Error);
        let told = Failure::Man(io::Error::other(Half(source()))).told();
        assert_eq!(told, "the man page can't be made: half of it: the disk is full");
    }

    #[test]
    fn a_report_that_cannot_be_made_is_not_the_users_fault() {
        let source = || io::Error::other("no");
        let write = || WriteError { path: "a".into(), source: source(), kept: None };
        assert_eq!(Failure::from(write()).exit(), Exit::Usage);
        assert_eq!(Failure::from(ReportError::Write(write())).exit(), Exit::Usage);
        let render = ReportError::Render { format: Format::Ndjson, source: source().into() };
        assert_eq!(render.to_string(), "the ndjson report can't be made: no");
        assert_eq!(Failure::from(render).exit(), Exit::OwnFault);
    }
}
