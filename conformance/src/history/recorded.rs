//! Recorded histories: reading, and joining the shards of one plan.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use crate::history::store::Records;
use crate::history::{End, FORMAT, Footer, Header, Line};

/// A run as it was recorded.
#[derive(Debug)]
pub struct History {
    /// What it set out to do.
    pub header: Header,
    /// What was sent and what came, in the order of the plan.
    pub cases: Records,
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
    /// A part is missing, there twice, or of another plan.
    #[error("{0}")]
    Parts(String),
}

/// Reads a history; one that was cut off is taken as far as it goes.
///
/// # Errors
/// The file can't be read, or is no history.
pub fn read(path: &Path) -> Result<History, RecordError> {
    let io = |error| RecordError::Io { path: path.to_owned(), error };
    let file = std::fs::File::open(path).map_err(io)?;
    let (mut header, mut cases, mut footer) = (None, Records::default(), None);
    let mut done_us = 0;
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
            Line::Case(case) => {
                done_us = case.exchanges.iter().map(|it| it.done_us).fold(done_us, u64::max);
                cases.push(*case);
            }
            Line::Footer(it) => footer = Some(it),
        }
    }
    let no_header =
        || RecordError::Line { path: path.to_owned(), line: last.max(1), message: "no header".into() };
    let header: Header = header.ok_or_else(no_header)?;
    if header.format != FORMAT {
        return Err(RecordError::Format { path: path.to_owned(), format: header.format });
    }
    let cut_off =
        || Footer { end: End::Interrupted, left: Vec::new(), elapsed_us: done_us, own_faults: Vec::new() };
    let footer = footer.unwrap_or_else(cut_off);
    Ok(History { header, cases, footer })
}

/// Joins the shards of one plan, whatever order they come in; a single whole history stays as it is.
///
/// # Errors
/// They are not the shards of one plan, or not all of them.
pub fn join(histories: Vec<(PathBuf, History)>) -> Result<History, RecordError> {
    let parts = |message: String| Err(RecordError::Parts(message));
    let mut by_part: BTreeMap<u32, (PathBuf, History)> = BTreeMap::new();
    let alone = histories.len() == 1;
    let mut of = 0;
    for (path, history) in histories {
        let Some((k, n)) = history.header.shard else {
            if alone {
                return Ok(history);
            }
            return parts(format!("{} is a whole run and no shard: judge it by itself", path.display()));
        };
        if let Some((_, (first, other))) = by_part.first_key_value()
            && let Some(what) = difference((&other.header, of), (&history.header, n))
        {
            let (one, two) = (first.display(), path.display());
            return parts(format!("{one} and {two} are not shards of one plan: {what}"));
        }
        of = n;
        if let Some((first, _)) = by_part.get(&k) {
            let (one, two) = (first.display(), path.display());
            return parts(format!("shard {k} of {n} was given twice: {one} and {two}"));
        }
        by_part.insert(k, (path, history));
    }
    let missing: Vec<String> = (1..=of).filter(|k| !by_part.contains_key(k)).map(|k| k.to_string()).collect();
    if !missing.is_empty() {
        return parts(format!("of {of} shards, {} missing; a verdict needs them all", missing.join(", ")));
    }
    let mut histories = by_part.into_values().map(|(_, history)| history);
    let Some(mut whole) = histories.next() else {
        return parts("no history was given".into());
    };
    for history in histories {
        add(&mut whole, history);
    }
    whole.header.shard = None;
    whole.cases.sort();
    Ok(whole)
}

/// Why two shards are not of one plan.
fn difference((a, a_of): (&Header, u32), (b, b_of): (&Header, u32)) -> Option<String> {
    let digest = |it: &Header| format!("{} ({:.12})", it.spec_revision, it.spec_digest);
    let told = |what: &str, a: String, b: String| (a != b).then(|| format!("{what} {a} and {b}"));
    told("contracts", digest(a), digest(b))
        .or_else(|| told("seeds", a.seed.to_string(), b.seed.to_string()))
        .or_else(|| told("tiers", a.tier.name().to_owned(), b.tier.name().to_owned()))
        .or_else(|| told("targets", a.target.clone(), b.target.clone()))
        .or_else(|| told("numbers of shards", a_of.to_string(), b_of.to_string()))
        .or_else(|| {
            let same = a.world.power == b.world.power && a.world.catalog == b.world.catalog;
            (!same).then(|| "the accounts or the catalog that they found differ".to_owned())
        })
}

/// Adds a shard to those before it.
fn add(whole: &mut History, more: History) {
    let (sum, budget) = (&mut whole.header.budget, &more.header.budget);
    sum.cases += budget.cases;
    sum.cost = sum.cost + budget.cost;
    sum.cap = sum.cap.zip(budget.cap).map(|(a, b)| a + b);
    whole.header.started_ms = whole.header.started_ms.min(more.header.started_ms);
    more.cases.iter().for_each(|case| whole.cases.push(case.into_owned()));
    // A case that the disk lost is a case that nobody judged.
    let trouble = more.cases.trouble().map(|it| ("its history".to_owned(), it.to_string()));
    whole.footer.own_faults.extend(trouble);
    whole.footer.left.extend(more.footer.left);
    whole.footer.own_faults.extend(more.footer.own_faults);
    whole.footer.elapsed_us = whole.footer.elapsed_us.max(more.footer.elapsed_us);
    if whole.footer.end == End::Complete {
        whole.footer.end = more.footer.end;
    }
}
