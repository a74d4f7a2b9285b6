//! The name of the program: a command line that a report prints starts with the name by which this run was started.

use std::env;
use std::ffi::OsString;
use std::path::Path;

/// The name of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    name: String,
    through_cargo: bool,
}

impl Program {
    /// Returns the installed name, regardless of how this process was started.
    #[must_use]
    pub fn installed() -> Self {
        Self { name: env!("CARGO_PKG_NAME").to_owned(), through_cargo: false }
    }

    /// Returns the name by which this process was started.
    #[must_use]
    pub(crate) fn called() -> Self {
        Self::of(env::args_os().next(), |name| env::var(name).ok())
    }

    /// Takes the name from the first word of the command line. `cargo run` sets the name of the package in the
    /// environment. If it names another package, cargo runs something else that started this program.
    fn of(first: Option<OsString>, environment: impl Fn(&str) -> Option<String>) -> Self {
        let file = first.as_deref().map(Path::new).and_then(Path::file_name).and_then(|name| name.to_str());
        let name = file.map(|name| name.strip_suffix(env::consts::EXE_SUFFIX).unwrap_or(name));
        let through_cargo = environment("CARGO").is_some()
            && environment("CARGO_PKG_NAME").as_deref() == Some(env!("CARGO_PKG_NAME"));
        let installed = Self::installed();
        Self { name: name.filter(|it| !it.is_empty()).map_or(installed.name, str::to_owned), through_cargo }
    }

    /// Returns the name alone, as it precedes a message.
    #[must_use]
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns a command line with these words after the name; each must be quoted for a shell already.
    #[must_use]
    pub(crate) fn line(&self, words: &str) -> String {
        if self.through_cargo {
            return format!("cargo run -p {} -- {words}", env!("CARGO_PKG_NAME"));
        }
        format!("{} {words}", super::text::shell_word(&super::text::visible(&self.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(first: &str, environment: &[(&str, &str)]) -> Program {
        let find = |name: &str| environment.iter().find(|it| it.0 == name).map(|it| it.1.to_owned());
        Program::of(Some(first.into()), find)
    }

    #[test]
    fn it_is_called_as_it_was_called() {
        let line = |first, environment: &[_]| called(first, environment).line("judge run.ndjson");
        assert_eq!(line("conformance", &[]), "conformance judge run.ndjson");
        assert_eq!(line("/opt/api tests/judge-it", &[]), "judge-it judge run.ndjson");
        assert_eq!(line("/opt/judge it", &[]), "'judge it' judge run.ndjson");
        assert_eq!(line("", &[]), "conformance judge run.ndjson");
        assert_eq!(Program::of(None, |_| None), Program::installed());
    }

    #[test]
    fn cargo_is_named_where_it_runs_this_package() {
        let ours = [("CARGO", "/bin/cargo"), ("CARGO_PKG_NAME", "conformance")];
        let program = called("target/debug/conformance", &ours);
        assert_eq!(program.line("list"), "cargo run -p conformance -- list");
        assert_eq!(program.name(), "conformance");
        let of_others = [("CARGO", "/bin/cargo"), ("CARGO_PKG_NAME", "shop")];
        assert_eq!(called("/usr/bin/conformance", &of_others).line("list"), "conformance list");
    }
}
