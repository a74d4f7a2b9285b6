//! Reads recorded histories, and joins the shards of one plan.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use spec::OperationId;

use super::pieces::{Misplaced, Pieces};
use crate::history::store::Records;
use crate::history::{BreakOff, End, FORMAT, Footer, Header, Line};

/// A recorded run.
#[derive(Debug)]
pub struct History {
    /// What the run set out to do.
    pub header: Header,
    /// What was sent and received, in the order of the plan.
    pub cases: Records,
    /// How the run ended.
    pub footer: Footer,
}

/// The reasons why a history can't be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file can't be read.
    #[error("{path} can't be read: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        error: std::io::Error,
    },
    /// A line does not belong to a history.
    #[error("{path}:{line}: {NO_LINE} ({error}); {WRITTEN_WITH}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The number of the line, from 1.
        line: usize,
        /// The reason.
        #[source]
        error: serde_json::Error,
    },
    /// A file holds two runs.
    #[error("{path}:{line}: {NO_LINE} (a second header, of {target}); {WRITTEN_WITH}")]
    SecondHeader {
        /// The file.
        path: PathBuf,
        /// The number of the line with the second header, from 1.
        line: usize,
        /// The target that the second header names.
        target: String,
    },
    /// A line does not belong to anything before it.
    #[error("{path}:{line}: {NO_LINE} ({error}); {WRITTEN_WITH}")]
    Misplaced {
        /// The file.
        path: PathBuf,
        /// The number of the line, from 1.
        line: usize,
        /// The reason.
        #[source]
        error: Misplaced,
    },
    /// The file has no header.
    #[error("{path}:{line}: {NO_LINE} (no header); {WRITTEN_WITH}")]
    NoHeader {
        /// The file.
        path: PathBuf,
        /// The number of its last line, from 1.
        line: usize,
    },
    /// The file has another format.
    #[error("{path} has format {format}; this program reads format {FORMAT}")]
    Format {
        /// The file.
        path: PathBuf,
        /// The version of its format.
        format: u32,
    },
    /// A complete run was given among shards.
    #[error("{0} is a whole run and no shard: judge it by itself")]
    Whole(PathBuf),
    /// The shards are of different plans.
    #[error("{one} and {two} are not shards of one plan: {difference}")]
    Plans {
        /// The first file.
        one: PathBuf,
        /// The other file.
        two: PathBuf,
        /// The difference.
        difference: String,
    },
    /// A shard was given twice.
    #[error("shard {k} of {n} was given twice: {one} and {two}")]
    Twice {
        /// The number of the shard, from 1.
        k: u32,
        /// The number of shards.
        n: u32,
        /// The first file.
        one: PathBuf,
        /// The other file.
        two: PathBuf,
    },
    /// Some shards were not given.
    #[error("of {n} shards, {} missing; a verdict needs them all", list(.missing))]
    Missing {
        /// The number of shards.
        n: u32,
        /// The numbers of the missing shards, from 1.
        missing: Vec<u32>,
    },
    /// No history was given.
    #[error("no history was given")]
    Nothing,
}

const NO_LINE: &str = "not a line of a history";
const WRITTEN_WITH: &str = "histories are written with --report ndjson=FILE and --journal FILE";

fn list(numbers: &[u32]) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

/// Reads a history or a journal. One that was cut off is read as far as it goes, and its footer says where it breaks
/// off.
///
/// # Errors
/// Returns an error if the file can't be read or is not a history.
pub fn read(path: &Path) -> Result<History, RecordError> {
    let io = |error| RecordError::Io { path: path.to_owned(), error };
    let mut file = BufReader::new(std::fs::File::open(path).map_err(io)?);
    let mut reading = Reading::default();
    let mut bytes = Vec::new();
    let (mut line, mut mid_line) = (0, false);
    while file.read_until(b'\n', &mut bytes).map_err(io)? > 0 {
        line += 1;
        let text = bytes.trim_ascii();
        if !text.is_empty() {
            match serde_json::from_slice(text) {
                Ok(one) => reading.take(one).map_err(|wrong| wrong.at(path, line))?,
                // Only the last line may lack its line end, and only if its writer was cut off.
                Err(_) if bytes.last() != Some(&b'\n') && reading.header.is_some() => mid_line = true,
                Err(error) => return Err(RecordError::Line { path: path.to_owned(), line, error }),
            }
        }
        bytes.clear();
    }
    let Reading { header, mut cases, footer, pieces, found, prefixes, is_journal, done_us } = reading;
    let no_header = || RecordError::NoHeader { path: path.to_owned(), line: line.max(1) };
    let mut header: Header = header.ok_or_else(no_header)?;
    if header.format != FORMAT {
        return Err(RecordError::Format { path: path.to_owned(), format: header.format });
    }
    header.environment.endpoints.extend(found);
    header.environment.learn(&prefixes);
    let broken = pieces.finish(&mut cases);
    if is_journal {
        cases.sort();
    }
    let cut_off = || {
        let file = path.display().to_string();
        let place = BreakOff { file, line: line as u64, mid_line, ..broken };
        Footer { broken_off: vec![place], ..Footer::new(End::Interrupted, done_us) }
    };
    Ok(History { header, cases, footer: footer.unwrap_or_else(cut_off) })
}

/// What has been read so far.
#[derive(Debug, Default)]
struct Reading {
    header: Option<Header>,
    cases: Records,
    footer: Option<Footer>,
    pieces: Pieces,
    found: BTreeMap<OperationId, bool>,
    prefixes: BTreeMap<String, String>,
    is_journal: bool,
    done_us: u64,
}

/// The reasons why a line can't stand where it does.
enum Wrong {
    SecondHeader(String),
    Misplaced(Misplaced),
}

impl From<Misplaced> for Wrong {
    fn from(misplaced: Misplaced) -> Self {
        Self::Misplaced(misplaced)
    }
}

impl Wrong {
    fn at(self, path: &Path, line: usize) -> RecordError {
        let path = path.to_owned();
        match self {
            Self::SecondHeader(target) => RecordError::SecondHeader { path, line, target },
            Self::Misplaced(error) => RecordError::Misplaced { path, line, error },
        }
    }
}

impl Reading {
    fn take(&mut self, line: Line) -> Result<(), Wrong> {
        match line {
            Line::Header(second) if self.header.is_some() => return Err(Wrong::SecondHeader(second.target)),
            Line::Header(it) => self.header = Some(*it),
            Line::Case(case) => {
                let done = case.exchanges.iter().map(|it| it.done_us);
                self.done_us = done.fold(self.done_us, u64::max);
                self.cases.push(*case);
            }
            Line::Begun(begun) => {
                self.is_journal = true;
                self.pieces.begun(*begun);
            }
            Line::Exchange(sent) => {
                self.done_us = self.done_us.max(sent.exchange.done_us);
                self.pieces.sent(*sent)?;
            }
            Line::Answered(answered) => {
                self.done_us = self.done_us.max(answered.done_us);
                self.pieces.answered(*answered)?;
            }
            Line::Ended(ended) => self.pieces.ended(ended, &mut self.cases)?,
            Line::Renamed(renamed) => self.pieces.renamed(renamed, &mut self.cases)?,
            Line::Found(found) => self.found.extend(found),
            Line::Prefixes(prefixes) => self.prefixes.extend(prefixes),
            Line::Footer(it) => self.footer = Some(it),
        }
        Ok(())
    }
}

/// Joins the shards of one plan, in any order; a single complete history is returned as it is.
///
/// # Errors
/// Returns an error if the histories are not the shards of one plan, or not all of them.
pub fn join(histories: Vec<(PathBuf, History)>) -> Result<History, RecordError> {
    let mut by_part: BTreeMap<u32, (PathBuf, History)> = BTreeMap::new();
    let alone = histories.len() == 1;
    let mut of = 0;
    for (path, history) in histories {
        let Some((k, n)) = history.header.shard else {
            return if alone { Ok(history) } else { Err(RecordError::Whole(path)) };
        };
        if let Some((_, (first, other))) = by_part.first_key_value()
            && let Some(difference) = difference((&other.header, of), (&history.header, n))
        {
            return Err(RecordError::Plans { one: first.clone(), two: path, difference });
        }
        of = n;
        if let Some((first, _)) = by_part.get(&k) {
            return Err(RecordError::Twice { k, n, one: first.clone(), two: path });
        }
        by_part.insert(k, (path, history));
    }
    let missing: Vec<u32> = (1..=of).filter(|k| !by_part.contains_key(k)).collect();
    if !missing.is_empty() {
        return Err(RecordError::Missing { n: of, missing });
    }
    let mut histories = by_part.into_values().map(|(_, history)| history);
    let mut whole = histories.next().ok_or(RecordError::Nothing)?;
    for history in histories {
        add(&mut whole, history);
    }
    whole.header.shard = None;
    whole.cases.sort();
    Ok(whole)
}

/// Returns the reason why two shards are not of one plan; `None` if they are.
fn difference((a, a_of): (&Header, u32), (b, b_of): (&Header, u32)) -> Option<String> {
    let digest = |it: &Header| format!("{} ({:.12})", it.spec_revision, it.spec_digest);
    let told = |what: &str, a: String, b: String| (a != b).then(|| format!("{what} {a} and {b}"));
    told("contracts", digest(a), digest(b))
        .or_else(|| told("seeds", a.seed.to_string(), b.seed.to_string()))
        .or_else(|| told("tiers", a.tier.name().to_owned(), b.tier.name().to_owned()))
        .or_else(|| told("targets", a.target.clone(), b.target.clone()))
        .or_else(|| told("numbers of shards", a_of.to_string(), b_of.to_string()))
        .or_else(|| {
            let same = a.environment.capability == b.environment.capability
                && a.environment.catalog == b.environment.catalog;
            (!same).then(|| "the accounts or the catalog that they found differ".to_owned())
        })
}

/// Adds a shard to the earlier ones.
fn add(whole: &mut History, more: History) {
    let (sum, budget) = (&mut whole.header.budget, &more.header.budget);
    sum.cases += budget.cases;
    sum.cost = sum.cost + budget.cost;
    sum.cap = sum.cap.zip(budget.cap).map(|(a, b)| a + b);
    for (operation, has) in &more.header.environment.endpoints {
        *whole.header.environment.endpoints.entry(*operation).or_insert(*has) |= has;
    }
    whole.header.started_ms = whole.header.started_ms.min(more.header.started_ms);
    more.cases.iter().for_each(|case| whole.cases.push(case.into_owned()));
    // A case that can't be read back from disk is not judged, so that must be reported.
    let trouble = more.cases.trouble().map(|it| ("its history".to_owned(), it.to_string()));
    whole.footer.own_faults.extend(trouble);
    whole.footer.left.extend(more.footer.left);
    whole.footer.unserved.extend(more.footer.unserved);
    whole.footer.own_faults.extend(more.footer.own_faults);
    whole.footer.notes.extend(more.footer.notes);
    whole.footer.broken_off.extend(more.footer.broken_off);
    whole.footer.elapsed_us = whole.footer.elapsed_us.max(more.footer.elapsed_us);
    if whole.footer.end == End::Complete {
        whole.footer.end = more.footer.end;
    }
}
