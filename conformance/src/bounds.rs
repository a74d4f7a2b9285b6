//! The bounds on what a server can make this program take, keep or wait for. They are defined here for the program and
//! for the page that quotes them.
//!
//! If a server sends more, the program does not wait for it: what was read is kept as far as a bound allows and is
//! marked as cut, and no verdict depends on the rest.

/// Bytes that are read of an answer's body without its content coding, and of the answer of a provider state.
pub(crate) const ANSWER: usize = 256 << 10;

/// Bytes that are read beyond [`ANSWER`], so that a key that begins before the cut is found completely and masked.
pub(crate) const BEYOND: usize = 16 << 10;

/// Bytes that are kept of a body that was not read to its end: enough to recognise it, since no verdict depends on it.
pub(crate) const EVIDENCE: usize = 4 << 10;

/// Bytes of a catalogue or an account that a handler of provider states returns.
pub(crate) const STATE: usize = 2 << 20;

/// Bytes of a body that are always kept, whatever was kept before.
pub(crate) const ORDINARY_BODY: usize = 64 << 10;

/// Bytes of bodies beyond [`ORDINARY_BODY`] that a whole run keeps. Once they are used up, later bodies are cut there.
pub(crate) const LARGE_BODIES: usize = 8 << 20;

/// Bytes of the status line and headers of an answer.
pub(crate) const HEAD: usize = 64 << 10;

/// Header lines of an answer.
pub(crate) const HEADERS: usize = 256;

/// Levels of JSON that are parsed.
pub(crate) const DEPTH: usize = 64;

/// Bytes of records that are kept in memory; further records are kept in an unnamed temporary file.
pub(crate) const RECORDS: usize = 8 << 20;

/// Finished cases that wait to be judged.
pub(crate) const WAITING: usize = 8;

/// Causes of one kind that are reported separately for a requirement. Beyond that, they are reported as one cause.
pub(crate) const CAUSES: usize = 12;

/// Bytes of requests and answers in a HAR file.
pub(crate) const HAR: usize = 10_000_000;

/// Characters of a server's text that are shown in a line.
pub(crate) const EXCERPT: usize = 200;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A bound, as the documentation describes it.
    #[derive(Debug, Clone, Copy)]
    struct Bound {
        /// The name of its constant.
        name: &'static str,
        /// The maximum.
        most: usize,
        /// What is bounded.
        of: &'static str,
        /// What happens to the rest.
        rest: &'static str,
    }

    const fn bound(name: &'static str, most: usize, of: &'static str, rest: &'static str) -> Bound {
        Bound { name, most, of, rest }
    }

    /// Every bound.
    const ALL: [Bound; 14] = [
        bound(
            "ANSWER",
            ANSWER,
            "bytes of an answer's body, without its coding",
            "is not read; the answer is cut",
        ),
        bound(
            "BEYOND",
            BEYOND,
            "bytes read past that, so that no key is cut in two",
            "is dropped once keys are masked",
        ),
        bound("EVIDENCE", EVIDENCE, "bytes that are kept of an answer that is cut", "is dropped"),
        bound(
            "STATE",
            STATE,
            "bytes of what a handler of provider states answers",
            "is not read; the state is not set up",
        ),
        bound(
            "ORDINARY_BODY",
            ORDINARY_BODY,
            "bytes of a body that are always kept",
            "counts among LARGE_BODIES",
        ),
        bound(
            "LARGE_BODIES",
            LARGE_BODIES,
            "bytes of larger bodies in a run",
            "is dropped; those answers are cut",
        ),
        bound("HEAD", HEAD, "bytes of a status line with its headers", "is not read; there is no answer"),
        bound("HEADERS", HEADERS, "header lines of an answer", "is not read; there is no answer"),
        bound("DEPTH", DEPTH, "levels of JSON", "is not followed; the answer can't be judged"),
        bound("RECORDS", RECORDS, "bytes of records in memory", "rests on disk until the run ends"),
        bound("WAITING", WAITING, "finished cases that wait to be judged", "waits before it sends more"),
        bound("CAUSES", CAUSES, "causes of one kind for a requirement", "is told as one finding"),
        bound("HAR", HAR, "bytes of a HAR file", "is left out there; the history has it"),
        bound(
            "EXCERPT",
            EXCERPT,
            "characters of an answer in a line",
            "is left out there; the history has it",
        ),
    ];

    #[test]
    fn every_bound_is_in_the_table_once() {
        let source = include_str!("bounds.rs");
        let defined =
            source.lines().filter(|it| it.starts_with("pub(crate) const ") && it.contains(": usize"));
        let named: BTreeSet<&str> = ALL.iter().map(|it| it.name).collect();
        assert_eq!((defined.count(), named.len()), (ALL.len(), ALL.len()));
    }

    /// The documentation page must state the same bounds as the program.
    #[test]
    fn the_page_quotes_the_table() {
        let page = include_str!("../../docs/hostile.md");
        for Bound { name, most, of, rest } in ALL {
            let row = format!("| `{name}` | {most} | {of} | {rest} |");
            assert!(page.contains(&row), "docs/hostile.md lacks: {row}");
        }
    }
}
