//! Reads the configuration file: flags by their names, for settings that are the same in every run of a pipeline. The
//! command line and the environment take precedence, and the file must not hold secrets.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Command};
use toml::de::DeValue;
use url::Url;

use crate::sut::accounts::Mistake;
use crate::sut::accounts::reader::{Reader, Table};

/// The flag that names the file. No file is read unless it is named: one that happens to be in a directory, or that
/// somebody else put there, must not decide where a key is sent.
const FLAG: &str = "--config";

/// Flags that the file can't set, because they select what a single command does.
const NOT_HERE: [&str; 4] = ["config", "help", "version", "rerun-failed"];

/// Names under which a user may try to store a secret, each with the place where that secret belongs.
const SECRETS: [(&str, &str); 6] = [
    ("api-key", KEY),
    ("api_key", KEY),
    ("key", KEY),
    ("token", HEADER),
    ("password", HEADER),
    ("secret", HEADER),
];

const KEY: &str = "a key is a secret, and this file is passed around: give CONFORMANCE_API_KEY in the environment, or `accounts` \
                   with a file that says where keys are";
const HEADER: &str = "a secret has no place here: give it by `header-env`, or by `header` with a file, as in \"Authorization: @token.txt\"";
const URL: &str = "user, password and query of a URL may be secret, and this file is passed around: give the credentials by \
                   `header-env`, as in \"Authorization=VARIABLE\", or give this flag on the command line";

/// The mistakes of a configuration file, in the order of the file; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the configuration file can't be used:\n{}", .0.iter().map(|it| format!("  {it}")).collect::<Vec<_>>().join("\n"))]
pub(crate) struct ConfigError(Vec<Mistake>);

/// A command line, completed by the configuration file.
#[derive(Debug, Default)]
pub(crate) struct Completed {
    /// The whole command line.
    pub(crate) words: Vec<OsString>,
    /// The position in the file of each flag that comes from it, such as `ci.toml:3:8`.
    pub(crate) places: Vec<(String, String)>,
}

/// Adds the flags of the configuration file, if the command line names one. Keys of the API start with one of
/// `prefixes`.
///
/// # Errors
/// Returns an error if the file can't be read, is not valid TOML, has a key that is no flag or a value of the wrong
/// type, or may hold a secret.
pub(crate) fn complete(
    command: &Command,
    words: Vec<OsString>,
    environment: &dyn Fn(&str) -> Option<String>,
    prefixes: &[&str],
) -> Result<Completed, ConfigError> {
    let Some(path) = named(&words) else { return Ok(Completed { words, places: Vec::new() }) };
    let file = path.display().to_string();
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let message = format!("can't be read: {error}");
        ConfigError(vec![Mistake { file: file.clone(), place: None, message }])
    })?;
    let reader = Reader::new(&file, &text);
    let (document, broken) = reader.document();
    let root = reader.root(&document, broken);
    let line = Line { command, chosen: chosen(command, &words), words: &words, environment };
    let folder = path.parent().unwrap_or(Path::new(""));
    // If the command line replaces provider states, for example by accounts, flags about states are left out too.
    let stateless = line.is_replaced("states");
    let mut added: Vec<OsString> = Vec::new();
    let mut places = Vec::new();
    for (key, value) in root.entries() {
        let Some(arg) = line.arg(key, &root) else { continue };
        let Some(values) = values(arg, key, value, &root, prefixes) else { continue };
        if line.is_outranked(arg) || !line.takes(key) || (stateless && is_about_states(key)) {
            continue;
        }
        let (row, column) = root.place(key);
        places.push((format!("--{key}"), format!("{file}:{row}:{column}")));
        for value in values {
            added.push(match value {
                Some(value) => format!("--{key}={}", resolved(arg, key, &value, folder)).into(),
                None => format!("--{key}").into(),
            });
        }
    }
    match reader.into_mistakes() {
        mistakes if mistakes.is_empty() => {
            let mut words = words.clone();
            let end = words.iter().position(|it| it == "--").unwrap_or(words.len());
            words.splice(end..end, added);
            Ok(Completed { words, places })
        }
        mistakes => Err(ConfigError(mistakes)),
    }
}

/// Returns true if a command line names a configuration file.
pub(crate) fn is_named(words: &[OsString]) -> bool {
    named(words).is_some()
}

/// Returns the configuration file that a command line names.
fn named(words: &[OsString]) -> Option<PathBuf> {
    let before_rest = words.iter().take_while(|it| *it != "--");
    let mut words = before_rest.filter_map(|it| it.to_str());
    while let Some(word) = words.next() {
        if word == FLAG {
            // A word that looks like a flag is not a file name. The value is missing, and parsing the command line
            // reports that.
            return words.next().filter(|it| !it.starts_with("--")).map(PathBuf::from);
        }
        if let Some(path) = word.strip_prefix(FLAG).and_then(|it| it.strip_prefix('=')) {
            return Some(path.into());
        }
    }
    None
}

fn takes_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

/// Returns the subcommand of a command line, if it has one.
fn chosen<'c>(command: &'c Command, words: &[OsString]) -> Option<&'c Command> {
    let mut words = words.iter().skip(1).filter_map(|it| it.to_str());
    while let Some(word) = words.next() {
        let flag = word.strip_prefix("--").filter(|it| !it.contains('='));
        let arg = flag.and_then(|flag| command.get_arguments().find(|it| it.get_long() == Some(flag)));
        if arg.is_some_and(takes_value) {
            _ = words.next();
        } else if !word.starts_with('-') {
            return command.find_subcommand(word);
        }
    }
    None
}

/// A command line with its definition and environment, to decide what the file may add.
struct Line<'c> {
    command: &'c Command,
    chosen: Option<&'c Command>,
    words: &'c [OsString],
    environment: &'c dyn Fn(&str) -> Option<String>,
}

impl<'c> Line<'c> {
    /// Returns the flag of this name; reports a mistake if there is none.
    fn arg(&self, key: &str, root: &Table<'_>) -> Option<&'c Arg> {
        if let Some((_, remedy)) = SECRETS.iter().find(|(name, _)| *name == key) {
            root.wrong(key, format!("`{key}`: {remedy}"));
            return None;
        }
        let fits =
            |it: &&Arg| it.get_long().is_some_and(|name| !NOT_HERE.contains(&name)) && !it.is_hide_set();
        let found = self.command.get_arguments().filter(fits).find(|it| it.get_long() == Some(key));
        if found.is_none() {
            let known: Vec<&str> =
                self.command.get_arguments().filter(fits).filter_map(Arg::get_long).collect();
            let near = crate::hint::nearest(key, &known);
            let near = near.map_or_else(
                || ": keys are called as the long flags of a run".to_owned(),
                |it| format!(": did you mean `{it}`?"),
            );
            root.wrong_key(key, format!("unknown key `{key}`{near}"));
        }
        found
    }

    /// Returns true if the command being run has this flag.
    fn takes(&self, key: &str) -> bool {
        self.chosen.unwrap_or(self.command).get_arguments().any(|it| it.get_long() == Some(key))
    }

    /// Returns true if the command line itself has this flag.
    fn is_given(&self, arg: &Arg) -> bool {
        self.words.iter().take_while(|it| *it != "--").any(|word| {
            let word = word.to_string_lossy();
            match word.strip_prefix("--") {
                Some(flag) => arg.get_long() == flag.split('=').next(),
                None => word
                    .strip_prefix('-')
                    .is_some_and(|flags| arg.get_short().is_some_and(|it| self.has_short(flags, it))),
            }
        })
    }

    /// Returns true if short flags that stand together, as in `-qv`, include this one. What follows one that takes a
    /// value is its value.
    fn has_short(&self, flags: &str, wanted: char) -> bool {
        let is_valued = |short: char| {
            self.command.get_arguments().any(|it| it.get_short() == Some(short) && takes_value(it))
        };
        for short in flags.chars() {
            if short == wanted {
                return true;
            }
            if is_valued(short) {
                return false;
            }
        }
        false
    }

    /// Returns true if the command line lacks this flag and has one that conflicts with it, or if the environment sets
    /// it.
    fn is_replaced(&self, name: &str) -> bool {
        let arg = self.command.get_arguments().find(|it| it.get_long() == Some(name));
        arg.is_some_and(|it| !self.is_given(it) && self.is_outranked(it))
    }

    /// Returns true if the command line or the environment sets this flag, or the command line sets one that conflicts
    /// with it.
    fn is_outranked(&self, arg: &Arg) -> bool {
        let environment = |it: &OsStr| it.to_str().is_some_and(|name| (self.environment)(name).is_some());
        let conflicts = |a: &Arg, b: &Arg| {
            self.command.get_arg_conflicts_with(a).iter().any(|it| it.get_id() == b.get_id())
        };
        self.is_given(arg)
            || arg.get_env().is_some_and(environment)
            || self
                .command
                .get_arguments()
                .filter(|it| it.get_id() != arg.get_id() && self.is_given(it))
                .any(|it| conflicts(it, arg) || conflicts(arg, it))
    }
}

/// Returns true if a flag is meaningful only with provider states.
fn is_about_states(key: &str) -> bool {
    key == "keep-states" || key.starts_with("states-")
}

/// Returns the words for a value: one or several values, the flag alone, or nothing if a switch is off. Returns `None`
/// and reports a mistake if the value has the wrong type or may be a secret.
fn values(
    arg: &Arg,
    key: &str,
    value: &DeValue<'_>,
    root: &Table<'_>,
    prefixes: &[&str],
) -> Option<Vec<Option<String>>> {
    if !takes_value(arg) {
        let switch = root.flag(key)?;
        return Some(if switch { vec![None] } else { Vec::new() });
    }
    let texts: Option<Vec<String>> = match (value.as_array(), arg.get_action()) {
        (Some(list), ArgAction::Append) => list.iter().map(|it| text(it.get_ref())).collect(),
        (Some(_), _) => {
            root.wrong(key, format!("`{key}` takes one value, without brackets"));
            return None;
        }
        (None, _) => text(value).map(|it| vec![it]),
    };
    let Some(texts) = texts else {
        root.wrong(key, format!("`{key}` is a text in quotes, or a number"));
        return None;
    };
    for text in &texts {
        if let Some(remedy) = secret(key, text, prefixes) {
            root.wrong(key, format!("`{key}`: {remedy}"));
            return None;
        }
    }
    Some(texts.into_iter().map(Some).collect())
}

/// Returns a text or a number as text.
fn text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => {
            i128::from_str_radix(number.as_str(), number.radix()).ok().map(|it| it.to_string())
        }
        DeValue::Float(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Returns what to do instead if a value is a secret or may contain one.
fn secret(key: &str, text: &str, prefixes: &[&str]) -> Option<&'static str> {
    if prefixes.iter().any(|prefix| text.contains(prefix)) {
        return Some(KEY);
    }
    match key {
        "header" | "states-header" => {
            let value = text.split_once(':').map_or(text, |(_, value)| value).trim_start();
            (!value.starts_with('@')).then_some(HEADER)
        }
        "url" | "states" | "proxy" => has_credentials(text).then_some(URL),
        _ => None,
    }
}

/// Returns true if a URL has a user, a password or a query.
fn has_credentials(text: &str) -> bool {
    match Url::parse(text) {
        Ok(url) if url.has_host() => {
            !url.username().is_empty() || url.password().is_some() || url.query().is_some()
        }
        _ => text.contains('@'),
    }
}

/// Returns a value with its path resolved against the directory of the configuration file.
fn resolved(arg: &Arg, key: &str, value: &str, folder: &Path) -> String {
    let from_folder = |path: &str| match path {
        "-" => path.to_owned(),
        path => folder.join(path).display().to_string(),
    };
    let is_path = arg
        .get_value_names()
        .is_some_and(|names| names.iter().any(|it| ["FILE", "DIR"].contains(&it.as_str())));
    match key {
        "report" => match value.split_once('=') {
            Some((kind, path)) => format!("{kind}={}", from_folder(path)),
            None => value.to_owned(),
        },
        "header" | "states-header" => match value.split_once('@') {
            Some((name, path)) => format!("{name}@{}", from_folder(path)),
            None => value.to_owned(),
        },
        _ if is_path => from_folder(value),
        _ => value.to_owned(),
    }
}
