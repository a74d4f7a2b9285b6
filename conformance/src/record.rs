//! Recorded histories: reading, joining the shards of one plan, judging again.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use spec::Contract;

use crate::history::{CaseRecord, End, FORMAT, Footer, Header, Line};
use crate::judge::Judge;
use crate::merge::{self, Judged, Unplanned};
use crate::oracle::shape::ShapeError;
use crate::session::Finished;

/// A history as it was recorded.
#[derive(Debug)]
pub struct History {
    /// What it set out to do.
    pub header: Header,
    /// What was sent and what came.
    pub cases: Vec<CaseRecord>,
    /// How it ended.
    pub footer: Footer,
}

/// Why a history can't be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file can't be read.
    #[error("{path} can't be read: {error}")]
    Io {
        /// File.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A line is not one of a history.
    #[error(
        "{path}:{line}: not a line of a history ({message}); histories are written with --report ndjson=FILE"
    )]
    Line {
        /// File.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// Of another format.
    #[error("{path} has format {format}; this program reads format {FORMAT}")]
    Format {
        /// File.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
    /// Histories of different plans.
    #[error("the histories are not shards of one plan: their {0} differ")]
    Different(&'static str),
    /// A part is missing or there twice.
    #[error("{0}")]
    Parts(String),
    /// Judged by another contract than it was recorded with.
    #[error(
        "the history was recorded with revision {recorded} of the contract and its digest differs; give that file with --spec"
    )]
    Contract {
        /// Revision that it was recorded with.
        recorded: String,
    },
    /// A schema of the contract.
    #[error(transparent)]
    Shape(#[from] ShapeError),
}

/// Reads a history; one that was cut off is taken as far as it goes.
///
/// # Errors
/// The file can't be read, or is no history.
pub fn read(path: &Path) -> Result<History, RecordError> {
    let io = |error| RecordError::Io { path: path.to_owned(), error };
    let file = std::fs::File::open(path).map_err(io)?;
    let (mut header, mut cases, mut footer) = (None, Vec::new(), None);
    let mut last = 0;
    for (at, text) in BufReader::new(file).lines().enumerate() {
        let text = text.map_err(io)?;
        last = at + 1;
        if text.trim().is_empty() {
            continue;
        }
        let bad = |message: String| RecordError::Line { path: path.to_owned(), line: at + 1, message };
        match serde_json::from_str(&text).map_err(|error| bad(error.to_string()))? {
            Line::Header(it) if header.is_some() => {
                return Err(bad(format!("a second header, of {}", it.target)));
            }
            Line::Header(it) => header = Some(*it),
            Line::Case(case) => cases.push(*case),
            Line::Footer(it) => footer = Some(it),
        }
    }
    let no_header =
        || RecordError::Line { path: path.to_owned(), line: last.max(1), message: "no header".into() };
    let header: Header = header.ok_or_else(no_header)?;
    if header.format != FORMAT {
        return Err(RecordError::Format { path: path.to_owned(), format: header.format });
    }
    let cut_off = || Footer {
        end: End::Interrupted,
        left: Vec::new(),
        elapsed_us: cases
            .iter()
            .flat_map(|it: &CaseRecord| &it.exchanges)
            .map(|it| it.done_us)
            .max()
            .unwrap_or(0),
        own_faults: Vec::new(),
    };
    let footer = footer.unwrap_or_else(cut_off);
    Ok(History { header, cases, footer })
}

/// Joins the shards of one plan; a single whole history stays as it is.
///
/// # Errors
/// They are not the shards of one plan, or not all of them.
pub fn join(histories: Vec<History>) -> Result<History, RecordError> {
    let mut histories = histories.into_iter();
    let Some(mut whole) = histories.next() else {
        return Err(RecordError::Parts("no history was given".into()));
    };
    let mut seen: BTreeSet<u32> = BTreeSet::new();
    let parts = whole.header.shard;
    seen.extend(parts.map(|(k, _)| k));
    let single = histories.len() == 0;
    for history in histories {
        let (a, b) = (&whole.header, &history.header);
        let different = [
            (a.spec_digest != b.spec_digest, "contracts"),
            (a.seed != b.seed, "seeds"),
            (a.tier != b.tier, "tiers"),
            (a.target != b.target, "targets"),
            (a.world.power != b.world.power || a.world.catalog != b.world.catalog, "capabilities"),
            (a.shard.map(|it| it.1) != b.shard.map(|it| it.1), "numbers of shards"),
        ];
        if let Some((_, what)) = different.into_iter().find(|(differs, _)| *differs) {
            return Err(RecordError::Different(what));
        }
        let Some((k, _)) = b.shard else {
            return Err(RecordError::Parts("a whole history can't be joined with others".into()));
        };
        if !seen.insert(k) {
            return Err(RecordError::Parts(format!("shard {k} was given twice")));
        }
        let (sum, more) = (&mut whole.header.budget, &b.budget);
        sum.cases += more.cases;
        sum.orders += more.orders;
        sum.purchases += more.purchases;
        sum.expected += more.expected;
        sum.open += more.open;
        sum.worst += more.worst;
        sum.unpriced += more.unpriced;
        sum.cap = sum.cap.zip(more.cap).map(|(a, b)| a + b);
        whole.cases.extend(history.cases);
        whole.footer.left.extend(history.footer.left);
        whole.footer.own_faults.extend(history.footer.own_faults);
        whole.footer.elapsed_us = whole.footer.elapsed_us.max(history.footer.elapsed_us);
        if whole.footer.end == End::Complete {
            whole.footer.end = history.footer.end;
        }
    }
    if let Some((_, n)) = parts.filter(|_| !single) {
        let missing: Vec<String> = (1..=n).filter(|k| !seen.contains(k)).map(|k| k.to_string()).collect();
        if !missing.is_empty() {
            return Err(RecordError::Parts(format!("of {n} shards, {} missing", missing.join(", "))));
        }
        whole.header.shard = None;
    }
    whole.cases.sort_by(|a, b| (a.index, &a.id).cmp(&(b.index, &b.id)));
    Ok(whole)
}

/// Judges a history without a network.
///
/// # Errors
/// It was recorded with another contract.
pub fn judge(contract: &Contract, history: History) -> Result<Finished, RecordError> {
    let History { header, cases, footer } = history;
    if header.spec_digest != contract.digest {
        return Err(RecordError::Contract { recorded: header.spec_revision });
    }
    let judge = Judge::new(contract)?;
    let options = crate::session::Options {
        tier: header.tier,
        seed: header.seed,
        cases: None,
        time_limit: None,
        concurrency: 1,
        rate: None,
        timeout: std::time::Duration::ZERO,
        shard: None,
        only: Vec::new(),
        first: Vec::new(),
        shrink: false,
        started_ms: header.started_ms,
        memory: crate::spool::BOUND,
    };
    let planner = crate::session::plan(contract, &header.world, &options);
    let unplanned: Unplanned =
        planner.unplanned.iter().map(|(id, whys)| ((*id).to_owned(), whys.clone())).collect();
    let judged: Vec<Judged> = cases.iter().map(|case| Judged::of(&judge, &header.world, case)).collect();
    let judgement = merge::conclude(contract, &header, &judged, &footer, &unplanned);
    Ok(Finished { header, cases: cases.into(), judged, footer, judgement })
}
