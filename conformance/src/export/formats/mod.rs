//! The formats of an export, one for each tool.

mod curl;
mod hurl;
mod k6;
mod postman;

use super::script::{File, Script};

/// A tool for which an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A file for each case, for hurl.
    Hurl,
    /// A collection for Postman and newman.
    Postman,
    /// A script for k6.
    K6,
    /// A script of curl lines for any POSIX shell.
    Curl,
}

/// The error for a name that is not a format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no format of an export; there are hurl, postman, k6 and curl")]
pub(crate) struct UnknownFormat(String);

impl Format {
    /// Every format.
    pub(crate) const ALL: [Self; 4] = [Self::Hurl, Self::Postman, Self::K6, Self::Curl];

    /// Returns the name on the command line.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Hurl => "hurl",
            Self::Postman => "postman",
            Self::K6 => "k6",
            Self::Curl => "curl",
        }
    }

    /// Returns the description in the help.
    #[must_use]
    pub(crate) const fn about(self) -> &'static str {
        match self {
            Self::Hurl => "A file for each case, for hurl",
            Self::Postman => "A collection for Postman and newman",
            Self::K6 => "A script for k6",
            Self::Curl => "A script of curl lines for any POSIX shell",
        }
    }

    /// Renders the files of the tool.
    pub(super) fn render(self, script: &Script) -> Vec<File> {
        match self {
            Self::Hurl => hurl::render(script),
            Self::Postman => vec![("collection.json".to_owned(), postman::render(script))],
            Self::K6 => vec![("script.js".to_owned(), k6::render(script))],
            Self::Curl => vec![("run.sh".to_owned(), curl::render(script))],
        }
    }
}

impl std::str::FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|it| it.name() == name).ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}
