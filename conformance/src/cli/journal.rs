//! Decides where the journal of a run is written: to the file that was named, beside the reports, or to the user's
//! state directory if orders go to another machine.

use std::path::{Path, PathBuf};

use crate::cli::args::OutputArgs;
use crate::cli::error::NoPlace;
use crate::history::Journal;
use crate::history::journal::Place;
use crate::report::output::{Format, ReportSpec};
use crate::sut::Target;

/// The directory of this program within the user's state directory.
const OURS: &str = "conformance";

/// Looks up an environment variable.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Returns the journal that the flags ask for, or the default one.
///
/// # Errors
/// Returns an error if the journal belongs in the user's state directory and there is none.
pub(crate) fn journal(
    args: &OutputArgs,
    target: &Target,
    started_ms: i64,
    environment: Environment<'_>,
) -> Result<Journal, NoPlace> {
    let place = match (&args.journal, args.report.iter().find_map(beside)) {
        _ if args.no_journal => return Ok(Journal::none()),
        (Some(path), _) => Place::Named(path.clone()),
        (None, Some(path)) => Place::New(path),
        (None, None) if target.is_loopback() => return Ok(Journal::none()),
        (None, None) => {
            let host: String = target.url.host_str().unwrap_or_default().replace(|it| !plain(it), "_");
            Place::New(state_folder(environment)?.join(OURS).join(format!("{host}-{started_ms}.ndjson")))
        }
    };
    Ok(Journal::at(place))
}

/// Returns true if a character of a host name is valid in file names on every file system.
fn plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '-')
}

/// Returns the path of a journal beside a report, if the report is a file in a directory.
fn beside(report: &ReportSpec) -> Option<PathBuf> {
    match report {
        ReportSpec::Dir(folder) => Some(folder.join("journal.ndjson")),
        ReportSpec::File(_, path) => {
            let file = path != Path::new("-") && (path.is_file() || !path.exists());
            file.then(|| path.with_extension("journal.ndjson"))
        }
    }
}

/// Returns `$XDG_STATE_HOME`, or its default of `~/.local/state`. A relative path counts as unset.
fn state_folder(environment: Environment<'_>) -> Result<PathBuf, NoPlace> {
    let folder = |name: &str| environment(name).map(PathBuf::from).filter(|it| it.is_absolute());
    folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state"))).ok_or(NoPlace)
}

/// Returns true if the history is among the reports, so that they contain everything that the journal does.
pub(crate) fn is_in(reports: &[ReportSpec]) -> bool {
    reports.iter().any(|it| matches!(it, ReportSpec::Dir(_) | ReportSpec::File(Format::Ndjson, _)))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::args::Cli;
    use crate::sut::parse_url;

    /// Describes the place of the journal for these flags and this environment.
    fn place(url: &str, flags: &[&str], environment: &[(&str, &str)]) -> String {
        let cli = Cli::try_parse_from(["conformance", "--url", url].iter().chain(flags)).unwrap();
        let variable = |name: &str| {
            let found = environment.iter().find(|(it, _)| *it == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        match journal(&cli.run.output, &Target::new(parse_url(url).unwrap()), 17, &variable) {
            Ok(journal) => journal.place().map_or_else(|| "none".to_owned(), |it| format!("{it:?}")),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn where_it_is() {
        let (here, there) = ("http://127.0.0.1:1", "http://[2001:db8::1]:80");
        let home = [("HOME", "/h/u")];
        let both = [("XDG_STATE_HOME", "/state"), ("HOME", "/h/u")];
        let relative = [("XDG_STATE_HOME", "state"), ("HOME", "/h/u")];
        for (url, flags, environment, wanted) in [
            (here, &[][..], &home[..], "none"),
            (here, &["--journal", "a"], &home, r#"Named("a")"#),
            (here, &["--report", "dir=out"], &home, r#"New("out/journal.ndjson")"#),
            (here, &["--report", "ndjson=out/part-1.ndjson"], &[], r#"New("out/part-1.journal.ndjson")"#),
            (here, &["--report", "json=/dev/null"], &home, "none"),
            (here, &["--report", "json=-"], &home, "none"),
            (there, &[], &home, r#"New("/h/u/.local/state/conformance/_2001_db8__1_-17.ndjson")"#),
            (there, &[], &both, r#"New("/state/conformance/_2001_db8__1_-17.ndjson")"#),
            (there, &[], &relative, r#"New("/h/u/.local/state/conformance/_2001_db8__1_-17.ndjson")"#),
            (there, &["--no-journal"], &[], "none"),
            (there, &["--report", "html=a.html"], &home, r#"New("a.journal.ndjson")"#),
        ] {
            assert_eq!(place(url, flags, environment), wanted, "{url} {flags:?} {environment:?}");
        }
        insta::assert_snapshot!("no_place", place(there, &[], &[]));
    }
}
