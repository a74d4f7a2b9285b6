//! Headers that are sent with every request, as a gateway in front of a server may require. Their values are kept as
//! secret as keys.

use std::io;
use std::path::PathBuf;

use crate::secret::{MASK, Secret, shown_variable};

/// Headers that the plan itself sets, or that follow from what is sent.
const OWN: [&str; 5] = ["connection", "content-length", "content-type", "host", "transfer-encoding"];

/// A header with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraHeader {
    /// The name.
    pub name: String,
    /// The value.
    pub value: Secret,
}

impl ExtraHeader {
    /// Returns the value and each word of it: after `Bearer ` a token stands alone, and a server may repeat it alone.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        let value = self.value.expose();
        let words = value.split_whitespace().filter(|it| *it != value);
        std::iter::once(value).chain(words).map(|it| Secret::new(it.to_owned(), &[])).collect()
    }
}

/// The reasons why a text is not accepted as a header. What may be its value is never shown.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// There is no colon, so the name can't be told from the value.
    #[error("a header is written `Name: value`, and there is no colon in this one")]
    NoColon,
    /// There is no equals sign.
    #[error("a header from the environment is written NAME=VARIABLE, as in Authorization=GATEWAY_TOKEN")]
    NoVariable,
    /// The text before the separator is not a header name in HTTP.
    #[error("`{0}` can't be the name of a header")]
    Name(String),
    /// The plan sets this header.
    #[error("header `{0}` is the test's own, and can't be added to every request{remedy}", remedy = remedy(.0))]
    Own(String),
    /// This header carries the API key.
    #[error("header `{0}` carries the API key: give that as CONFORMANCE_API_KEY or in an accounts file")]
    Key(String),
    /// The value contains a shell variable that was not expanded.
    #[error(
        "the value of header `{name}` has `{variable}` in it, and variables are not replaced here: \
         --header-env {name}={plain} takes the whole value from the environment", plain = plain(.variable)
    )]
    Variable {
        /// The header.
        name: String,
        /// The variable as it is written there.
        variable: String,
    },
    /// The variable is not set.
    #[error("environment variable `{shown}`, for header `{name}`, is not set", shown = shown_variable(.variable))]
    NotSet {
        /// The header.
        name: String,
        /// The variable.
        variable: String,
    },
    /// The file with the value can't be read.
    #[error("the value of header `{name}` can't be read from {}: {source}", path.display())]
    File {
        /// The header.
        name: String,
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The value is empty.
    #[error("the value of header `{0}` is empty")]
    Empty(String),
    /// The value can't be sent in HTTP.
    #[error(
        "the value of header `{0}` can't be sent: it has a line end, another control character or letters beyond ASCII"
    )]
    Unsendable(String),
    /// The value was copied from a report.
    #[error(
        "the value of header `{0}` is `***`, which stands for what reports don't show: put the value in its place"
    )]
    Masked(String),
}

fn remedy(name: &str) -> &'static str {
    if name.eq_ignore_ascii_case("host") {
        "; --resolve HOST:PORT:ADDRESS sends a host's requests elsewhere"
    } else {
        ""
    }
}

fn plain(variable: &str) -> &str {
    variable.trim_start_matches(['$', '{']).trim_end_matches('}')
}

/// Reads `Name: value` or `Name: @file`; `key` is the name of the header that carries the API key.
///
/// # Errors
/// Returns an error if the text is not a header, if the plan sets this header, or if its value can't be read or sent.
pub(crate) fn header(text: &str, key: &str) -> Result<ExtraHeader, HeaderError> {
    let (name, value) = text.split_once(':').ok_or(HeaderError::NoColon)?;
    let (name, value) = (named(name.trim(), key)?, value.trim());
    if let Some(path) = value.strip_prefix('@') {
        let path = PathBuf::from(path);
        return match std::fs::read_to_string(&path) {
            Ok(text) => valued(name, text.trim()),
            Err(source) => Err(HeaderError::File { name, path, source }),
        };
    }
    if let Some(variable) = value.split_whitespace().find_map(variable) {
        return Err(HeaderError::Variable { name, variable });
    }
    valued(name, value)
}

/// Reads `NAME=VARIABLE`; `environment` looks up a variable.
///
/// # Errors
/// Returns an error in the same cases as [`header`], or if the variable is not set.
pub(crate) fn from_environment(
    text: &str,
    key: &str,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<ExtraHeader, HeaderError> {
    let (name, variable) = text.split_once('=').ok_or(HeaderError::NoVariable)?;
    let (name, variable) = (named(name.trim(), key)?, plain(variable.trim()));
    match environment(variable) {
        Some(value) => valued(name, value.trim()),
        None => Err(HeaderError::NotSet { name, variable: variable.to_owned() }),
    }
}

/// Returns the name if a header of that name may be added.
fn named(name: &str, key: &str) -> Result<String, HeaderError> {
    if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Err(HeaderError::Name(name.to_owned()));
    }
    if name.eq_ignore_ascii_case(key) {
        return Err(HeaderError::Key(name.to_owned()));
    }
    if OWN.iter().any(|own| name.eq_ignore_ascii_case(own)) {
        return Err(HeaderError::Own(name.to_owned()));
    }
    Ok(name.to_owned())
}

/// Returns the header if its value can be sent.
fn valued(name: String, value: &str) -> Result<ExtraHeader, HeaderError> {
    if value.is_empty() {
        return Err(HeaderError::Empty(name));
    }
    if value.split_whitespace().any(|word| word == MASK) {
        return Err(HeaderError::Masked(name));
    }
    if !value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return Err(HeaderError::Unsendable(name));
    }
    Ok(ExtraHeader { name, value: Secret::new(value.to_owned(), &[]) })
}

/// Returns the word if it has the form `$NAME` or `${NAME}`, which a shell would have expanded.
fn variable(word: &str) -> Option<String> {
    let rest = word.strip_prefix('$')?;
    let name = rest.strip_prefix('{').map_or(rest, |it| it.strip_suffix('}').unwrap_or(it));
    let begins = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
    let holds = name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
    (begins && holds).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "X-Key";

    #[test]
    fn headers_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, "Bearer fr0mfile\n").unwrap();
        let read = |text: &str| header(text, KEY).map(|it| (it.name, it.value.expose().to_owned())).unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read("X-Gateway: a:b c"), pair("X-Gateway", "a:b c"));
        assert_eq!(read("X-Gateway:costs $5"), pair("X-Gateway", "costs $5"));
        assert_eq!(read(&format!("A: @{}", file.display())), pair("A", "Bearer fr0mfile"));
        let environment = |name: &str| (name == "TOKEN").then(|| "fr0menv".to_owned());
        for text in ["A=TOKEN", "A=$TOKEN", "A=${TOKEN}"] {
            assert_eq!(from_environment(text, KEY, &environment).unwrap().value.expose(), "fr0menv");
        }
    }

    #[test]
    fn what_is_no_header_is_told_without_its_value() {
        let told = [
            "s3cr3t",
            "a b: s3cr3t",
            "x-KEY: s3cr3t",
            "Host: s3cr3t",
            "Content-Length: 7",
            "Authorization: Bearer $TOKEN",
            "Authorization: ${TOKEN}",
            "A: @/nowhere/token",
            "A: ",
            "A: s3cr3t\u{e9}",
            "A: s3cr3t\u{7}",
            "Authorization: Bearer ***",
        ]
        .map(|text| header(text, KEY).unwrap_err().to_string());
        let none = |text: &str| from_environment(text, KEY, &|_| None).unwrap_err().to_string();
        let told = [&told[..], &["A", "A=UNSET", "A=s3cr3t"].map(str::to_owned).map(|it| none(&it))]
            .concat()
            .join("\n");
        assert!(!told.contains("s3cr3t"), "{told}");
        insta::assert_snapshot!(told);
    }
}
