//! A configuration file: flags by their names, for what is the same in every run of a pipeline. The command line and the
//! environment outrank it, and a secret has no place in it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Command};
use toml::de::DeValue;
use url::Url;

use crate::sut::accounts::Mistake;
use crate::sut::accounts::reader::{Reader, Table};

/// The flag that names the file. Nothing is read that was not named: a file that lies in a folder by chance, or by somebody
/// else's will, is not to decide where a key is sent.
const FLAG: &str = "--config";

/// Flags that choose what this one command does, rather than how every run goes.
const NOT_HERE: [&str; 4] = ["config", "help", "version", "rerun-failed"];

/// Names under which somebody may look for a place of a secret, and where that is.
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

/// Every mistake of a configuration file, in the order of the file; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the configuration file can't be used:\n{}", .0.iter().map(|it| format!("  {it}")).collect::<Vec<_>>().join("\n"))]
pub(crate) struct ConfigError(Vec<Mistake>);

/// A command line with what a file adds to it.
#[derive(Debug, Default)]
pub(crate) struct Completed {
    /// The whole command line.
    pub(crate) words: Vec<OsString>,
    /// Where each flag of the file stands, as in `ci.toml:3:8`.
    pub(crate) places: Vec<(String, String)>,
}

/// Adds to a command line what the file says that it names, if it names one. `prefixes` are what keys begin with.
///
/// # Errors
/// The file can't be read, or says something that no flag is for.
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
    let mut added: Vec<OsString> = Vec::new();
    let mut places = Vec::new();
    for (key, value) in root.entries() {
        let Some(arg) = line.arg(key, &root) else { continue };
        let Some(values) = values(arg, key, value, &root, prefixes) else { continue };
        if line.is_outranked(arg) || !line.takes(key) {
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

/// Whether a command line names a file.
pub(crate) fn is_named(words: &[OsString]) -> bool {
    named(words).is_some()
}

/// The file that a command line names.
fn named(words: &[OsString]) -> Option<PathBuf> {
    let before_rest = words.iter().take_while(|it| *it != "--");
    let mut words = before_rest.filter_map(|it| it.to_str());
    while let Some(word) = words.next() {
        if word == FLAG {
            // What looks like a flag is one, and the file was forgotten: the command line says so.
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

/// The subcommand that a command line asks for, if it does.
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

/// A command line, and what it can be completed with.
struct Line<'c> {
    command: &'c Command,
    chosen: Option<&'c Command>,
    words: &'c [OsString],
    environment: &'c dyn Fn(&str) -> Option<String>,
}

impl<'c> Line<'c> {
    /// The flag that a key is called like; a mistake where there is none.
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

    /// Whether the command that is asked for has such a flag.
    fn takes(&self, key: &str) -> bool {
        self.chosen.unwrap_or(self.command).get_arguments().any(|it| it.get_long() == Some(key))
    }

    /// Whether a flag stands on the command line itself.
    fn is_given(&self, arg: &Arg) -> bool {
        let long = arg.get_long().map(|it| format!("--{it}"));
        let short = arg.get_short().map(|it| format!("-{it}"));
        self.words.iter().take_while(|it| *it != "--").any(|word| {
            let word = word.to_string_lossy();
            let name = word.split('=').next().unwrap_or_default();
            long.as_deref() == Some(name) || short.as_deref() == Some(name)
        })
    }

    /// Whether the command line, or the environment, says this or what can't stand beside it.
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

/// What a value comes to on the command line: one or several words, or the flag alone; nothing where it is switched off. `None`
/// with a mistake where it is of another kind, or is a secret.
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

/// A text or a number as it is written.
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

/// What to do instead, where a value is a secret or may hold one.
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

/// Whether a URL says more than where something is.
fn has_credentials(text: &str) -> bool {
    match Url::parse(text) {
        Ok(url) if url.has_host() => {
            !url.username().is_empty() || url.password().is_some() || url.query().is_some()
        }
        _ => text.contains('@'),
    }
}

/// A value with its path found from the file's own folder.
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
