//! The pages that the contract is based on, and sentences quoted from them with file and line.
//!
//! A reader who disputes a finding is shown a sentence of a page. The texts are in `spec/pages/`, and a quote consists
//! of consecutive words of one of them; only the white space between the words may differ.

use serde::Deserialize;

use crate::requirement::Source;

/// Every page: its source, its file and its text.
const PAGES: [(Source, &str, &str); 5] = [
    (Source::Page, "spec/pages/buy-bulk.txt", include_str!("../pages/buy-bulk.txt")),
    (Source::Companion, "spec/pages/companions.txt", include_str!("../pages/companions.txt")),
    (Source::Http, "spec/pages/http.txt", include_str!("../pages/http.txt")),
    (Source::Revision, "spec/pages/revision.txt", include_str!("../pages/revision.txt")),
    (Source::Task, "spec/pages/client-task.txt", include_str!("../pages/client-task.txt")),
];

/// A sentence of a page, or the part of it that matters.
///
/// In YAML it is a mapping with one entry, `page: 'the words'`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "std::collections::BTreeMap<Source, String>")]
pub struct Quote {
    /// The page that is quoted.
    pub source: Source,
    /// The quoted words.
    pub text: String,
}

/// The error for a quote that is not one source with its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a quote has one source and its words: `page: 'the words'`")]
pub struct NotAQuote;

impl TryFrom<std::collections::BTreeMap<Source, String>> for Quote {
    type Error = NotAQuote;

    fn try_from(entry: std::collections::BTreeMap<Source, String>) -> Result<Self, NotAQuote> {
        let mut entries = entry.into_iter();
        match (entries.next(), entries.next()) {
            (Some((source, text)), None) if !text.trim().is_empty() => Ok(Self { source, text }),
            _ => Err(NotAQuote),
        }
    }
}

impl Quote {
    /// Returns the file and line (from 1) at which the words begin; `None` if the page does not contain them.
    #[must_use]
    pub fn address(&self) -> Option<(&'static str, usize)> {
        let (_, file, text) = PAGES.iter().find(|(source, ..)| *source == self.source)?;
        line_of(text, &self.text).map(|line| (*file, line))
    }
}

/// Returns the line (from 1) at which the wanted words begin, regardless of line breaks in the text.
fn line_of(text: &str, wanted: &str) -> Option<usize> {
    let mut flat = String::with_capacity(text.len());
    // The offset of each line in the flat text.
    let mut starts = Vec::new();
    for line in text.lines() {
        starts.push(flat.len());
        for word in line.split_whitespace() {
            flat.push_str(word);
            flat.push(' ');
        }
    }
    let wanted = wanted.split_whitespace().collect::<Vec<_>>().join(" ");
    let at = flat.find(&wanted)?;
    Some(starts.partition_point(|start| *start <= at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quote(source: Source, text: &str) -> Quote {
        Quote { source, text: text.to_owned() }
    }

    #[test]
    fn words_are_found_across_lines_and_nowhere_else() {
        let restricted = quote(Source::Page, "bulk ordering is restricted to AgentandSuperAgent");
        assert_eq!(restricted.address(), Some(("spec/pages/buy-bulk.txt", 18)));
        let first = quote(Source::Page, "Data Bundles Buy Bulk");
        assert_eq!(first.address(), Some(("spec/pages/buy-bulk.txt", 1)));
        assert_eq!(quote(Source::Companion, restricted.text.as_str()).address(), None);
        assert_eq!(quote(Source::Page, "refunds are paid within a day").address(), None);
    }

    #[test]
    fn a_quote_has_one_source_and_words() {
        let read = |text: &str| serde_yaml::from_str::<Quote>(text);
        assert_eq!(read("http: 'Field names'").unwrap(), quote(Source::Http, "Field names"));
        for wrong in ["{}", "page: ''", "page: a\nhttp: b", "blog: a", "a"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
