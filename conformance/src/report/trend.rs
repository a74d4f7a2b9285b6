//! The trend: the results of runs over time. Each run adds a line to a file, and the page of the newest run shows them.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use spec::Pesewas;

use super::file::WriteError;
use super::text::safe_json;
use crate::history::Tier;
use crate::judge::verdict::Verdict;

/// The maximum number of runs that a page shows; older ones stay in the file.
const MOST: usize = 100;

/// The result of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// The start of the run, in RFC 3339 and UTC.
    pub time: String,
    /// The digest of the contract, in hexadecimal.
    pub digest: String,
    /// The base URL of the server.
    pub target: String,
    /// The tier of the run.
    pub tier: Tier,
    /// The verdict.
    pub verdict: Verdict,
    /// The number of causes that failed.
    pub failed: u64,
    /// The number of causes that the baseline knows.
    pub known: u64,
    /// The number of requirements that passed.
    pub passed: u64,
    /// The number of requirements without a conclusion.
    pub gaps: u64,
    /// The number of requests that were sent.
    pub requests: u64,
    /// What was charged according to the answers.
    pub charged: Pesewas,
    /// The median latency of accepted orders, in microseconds; `None` if there were none.
    pub p50_us: Option<u64>,
    /// The 99th percentile of the same latency, in microseconds.
    pub p99_us: Option<u64>,
}

/// The error for a trend that can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TrendError {
    /// The file can't be read.
    #[error("the trend {} can't be read: {source}", path.display())]
    Read {
        /// The path of the file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A line is not a line of a trend.
    #[error("{}:{line}: not a line of a trend ({source}); --trend FILE writes one for each run", path.display())]
    Line {
        /// The path of the file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with the line.
        source: serde_json::Error,
    },
}

/// Returns the runs of a file, the oldest first; none if the file does not exist. Incomplete lines are skipped.
///
/// # Errors
/// Returns an error if the file can't be read, or if a complete line is not a line of a trend.
pub(crate) fn read(path: &Path) -> Result<Vec<Point>, TrendError> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|source| TrendError::Read { path: path.to_owned(), source })?,
    };
    let mut points = Vec::new();
    for (at, line) in text.lines().enumerate() {
        match serde_json::from_str(line) {
            Ok(point) => points.push(point),
            // An incomplete line was left by a run that was interrupted. Empty lines are skipped too.
            Err(error) if error.is_eof() => {}
            Err(source) => return Err(TrendError::Line { path: path.to_owned(), line: at + 1, source }),
        }
    }
    Ok(points)
}

/// Returns the newest runs, at most [`MOST`] of them.
#[must_use]
pub(crate) fn newest(mut points: Vec<Point>) -> Vec<Point> {
    points.split_off(points.len().saturating_sub(MOST))
}

/// Appends a run to a file.
///
/// # Errors
/// Returns an error if the file can't be written.
pub(crate) fn append(path: &Path, point: &Point) -> Result<(), WriteError> {
    let failed = |source| WriteError { path: path.to_owned(), source, kept: None };
    let line = serde_json::to_string(point).map_err(|error| failed(error.into()))?;
    let mut file = OpenOptions::new().append(true).read(true).create(true).open(path).map_err(failed)?;
    // A new line is started after an incomplete one, so that the two are not joined.
    let whole = std::fs::read(path).map_err(failed)?.last().is_none_or(|it| *it == b'\n');
    let start = if whole { "" } else { "\n" };
    file.write_all(format!("{start}{}\n", safe_json(&line)).as_bytes()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(failed: u64) -> Point {
        Point {
            time: "2026-11-28T22:00:00Z".to_owned(),
            digest: "ab".to_owned(),
            target: "http://127.0.0.1".to_owned(),
            tier: Tier::Smoke,
            verdict: Verdict::NotConformant,
            failed,
            known: 0,
            passed: 40,
            gaps: 0,
            requests: 100,
            charged: Pesewas::new(1_234),
            p50_us: Some(900),
            p99_us: None,
        }
    }

    #[test]
    fn what_is_added_is_read_and_a_line_that_was_cut_off_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("trend.ndjson");
        assert_eq!(read(&path).unwrap(), []);
        append(&path, &point(1)).unwrap();
        append(&path, &point(2)).unwrap();
        assert_eq!(read(&path).unwrap(), [point(1), point(2)]);
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"time\":\"20").unwrap();
        assert_eq!(read(&path).unwrap(), [point(1), point(2)]);
        append(&path, &point(3)).unwrap();
        assert_eq!(read(&path).unwrap(), [point(1), point(2), point(3)]);
        std::fs::write(&path, "[1]\n").unwrap();
        let message = read(&path).unwrap_err().to_string();
        assert!(message.contains("trend.ndjson:1: not a line of a trend"), "{message}");
    }
}
