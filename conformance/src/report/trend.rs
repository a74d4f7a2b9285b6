//! What runs came to over time: a line for each in a file of its own, shown in the page of the newest.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use spec::Pesewas;

use super::file::WriteError;
use super::text::safe_json;
use crate::history::Tier;
use crate::judge::verdict::Verdict;

/// Runs that a page shows; older ones stay in the file.
const MOST: usize = 100;

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// When it started, RFC 3339 in UTC.
    pub time: String,
    /// Digest of the contract, in hex.
    pub digest: String,
    /// Base URL of the server.
    pub target: String,
    /// How much was tried.
    pub tier: Tier,
    /// What it came to.
    pub verdict: Verdict,
    /// Causes that failed.
    pub failed: u64,
    /// Causes that the baseline knows.
    pub known: u64,
    /// Requirements that were kept.
    pub passed: u64,
    /// Requirements without a conclusion.
    pub gaps: u64,
    /// Requests that were sent.
    pub requests: u64,
    /// What the answers say was charged.
    pub charged: Pesewas,
    /// Half of the answers to accepted orders took no longer, in microseconds.
    pub p50_us: Option<u64>,
    /// All but one of a hundred took no longer.
    pub p99_us: Option<u64>,
}

/// Why a trend can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TrendError {
    /// The file can't be read.
    #[error("the trend {} can't be read: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is not one of a trend.
    #[error("{}:{line}: not a line of a trend ({source}); --trend FILE writes one for each run", path.display())]
    Line {
        /// File.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        source: serde_json::Error,
    },
}

/// The runs of a file, the oldest first; none where there is no file yet. A line that was cut off is left out.
///
/// # Errors
/// The file can't be read, or a line is not a line of a trend.
pub fn read(path: &Path) -> Result<Vec<Point>, TrendError> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|source| TrendError::Read { path: path.to_owned(), source })?,
    };
    let mut points = Vec::new();
    for (at, line) in text.lines().enumerate() {
        match serde_json::from_str(line) {
            Ok(point) => points.push(point),
            // Whoever wrote it was cut off; so is a line without anything.
            Err(error) if error.is_eof() => {}
            Err(source) => return Err(TrendError::Line { path: path.to_owned(), line: at + 1, source }),
        }
    }
    Ok(points)
}

/// The newest of some runs.
#[must_use]
pub(crate) fn newest(mut points: Vec<Point>) -> Vec<Point> {
    points.split_off(points.len().saturating_sub(MOST))
}

/// Adds a run to a file.
///
/// # Errors
/// The file can't be written.
pub fn append(path: &Path, point: &Point) -> Result<(), WriteError> {
    let failed = |source| WriteError { path: path.to_owned(), source, kept: None };
    let line = serde_json::to_string(point).map_err(|error| failed(error.into()))?;
    let mut file = OpenOptions::new().append(true).read(true).create(true).open(path).map_err(failed)?;
    // A line that was cut off stays a line of its own.
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
