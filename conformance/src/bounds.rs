//! What a server can make this program take, keep or wait for at most: one place for the program and for the pages that
//! quote it.
//!
//! A server that sends more is not waited for: what was read is kept as far as a bound allows, is marked as cut, and no
//! verdict rests on the rest.

/// Bytes of an answer's body that are read, without its content coding; of a provider state's too.
pub const ANSWER: usize = 256 << 10;

/// Bytes that are read beyond [`ANSWER`], so that a key which begins before the cut is found as a whole and masked.
pub const BEYOND: usize = 16 << 10;

/// Bytes that are kept of a body that was not read to its end: enough to see what it is, since no verdict rests on it.
pub const EVIDENCE: usize = 4 << 10;

/// Bytes of a catalogue or an account that a handler of provider states describes.
pub const STATE: usize = 2 << 20;

/// Bytes of a body that are kept whatever else was kept before.
pub const ORDINARY_BODY: usize = 64 << 10;

/// Bytes of bodies beyond [`ORDINARY_BODY`] that a run keeps in all; those behind them are cut there.
pub const LARGE_BODIES: usize = 8 << 20;

/// Bytes of an answer's status line and headers.
pub const HEAD: usize = 64 << 10;

/// Header lines of an answer.
pub const HEADERS: usize = 256;

/// Levels of JSON that are followed.
pub const DEPTH: usize = 64;

/// Bytes of records that stay in memory; those behind them rest in a file without a name.
pub const RECORDS: usize = 8 << 20;

/// Finished cases that wait to be judged.
pub const WAITING: usize = 8;

/// Causes of one kind that are told apart for a requirement; where there are more, what varies is no cause of its own.
pub const CAUSES: usize = 12;

/// Bytes of requests and answers in a HAR file.
pub const HAR: usize = 10_000_000;

/// Characters of what a server says that are shown in a line.
pub const EXCERPT: usize = 200;

/// One bound, for whoever reads about it.
#[derive(Debug, Clone, Copy)]
pub struct Bound {
    /// Its name here.
    pub name: &'static str,
    /// How much.
    pub most: usize,
    /// Of what.
    pub of: &'static str,
    /// What becomes of the rest.
    pub rest: &'static str,
}

const fn bound(name: &'static str, most: usize, of: &'static str, rest: &'static str) -> Bound {
    Bound { name, most, of, rest }
}

/// Every bound.
pub const ALL: [Bound; 14] = [
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
    bound("EXCERPT", EXCERPT, "characters of an answer in a line", "is left out there; the history has it"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_bound_is_in_the_table_once() {
        let source = include_str!("bounds.rs");
        let defined = source.lines().filter(|it| it.starts_with("pub const ") && it.contains(": usize"));
        let named: BTreeSet<&str> = ALL.iter().map(|it| it.name).collect();
        assert_eq!((defined.count(), named.len()), (ALL.len(), ALL.len()));
    }

    /// The page says what the program does.
    #[test]
    fn the_page_quotes_the_table() {
        let page = include_str!("../../docs/hostile.md");
        for Bound { name, most, of, rest } in ALL {
            let row = format!("| `{name}` | {most} | {of} | {rest} |");
            assert!(page.contains(&row), "docs/hostile.md lacks: {row}");
        }
    }
}
