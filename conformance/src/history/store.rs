//! The records of a run, in memory up to a bound; past it they stream to a file without a name, which goes with the process.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::{Arc, OnceLock};

use crate::history::{Answer, CaseRecord};

/// Bytes of records that stay in memory.
pub const BOUND: usize = crate::bounds::RECORDS;

/// What an exchange takes beside its bodies, about.
const AROUND: usize = 1024;

/// The records of a run, in the order of the plan once they are [`sort`](Records::sort)ed.
#[derive(Debug)]
pub struct Records {
    kept: Vec<CaseRecord>,
    /// What is in memory, about.
    bytes: usize,
    bound: usize,
    file: Option<File>,
    /// Where the next one goes in the file.
    end: u64,
    order: Vec<Entry>,
    /// What went wrong with the file, first of all.
    trouble: OnceLock<Arc<LostRecord>>,
}

/// A record that was put on the disk and can't be read back.
#[derive(Debug, thiserror::Error)]
#[error("the record of {id} can't be read back: {source}")]
pub struct LostRecord {
    /// Id of its case.
    pub id: String,
    /// What the disk says.
    pub source: io::Error,
}

/// A record and where it is.
#[derive(Debug)]
struct Entry {
    index: u64,
    id: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Kept(usize),
    File { at: u64, length: usize },
}

impl Default for Records {
    fn default() -> Self {
        Self::new(BOUND)
    }
}

impl From<Vec<CaseRecord>> for Records {
    /// All of them in memory, where they are already.
    fn from(cases: Vec<CaseRecord>) -> Self {
        let mut records = Self::new(usize::MAX);
        cases.into_iter().for_each(|case| records.push(case));
        records
    }
}

impl FromIterator<CaseRecord> for Records {
    fn from_iter<I: IntoIterator<Item = CaseRecord>>(cases: I) -> Self {
        cases.into_iter().collect::<Vec<_>>().into()
    }
}

impl Records {
    /// None yet; past so many bytes they go to disk.
    #[must_use]
    pub const fn new(bound: usize) -> Self {
        Self {
            kept: Vec::new(),
            bytes: 0,
            bound,
            file: None,
            end: 0,
            order: Vec::new(),
            trouble: OnceLock::new(),
        }
    }

    /// Takes one more. Where the disk is full, memory has to do: nothing is lost.
    pub fn push(&mut self, case: CaseRecord) {
        let (index, id) = (case.index, case.id.clone());
        let weight = weight(&case);
        let place =
            if self.bytes.saturating_add(weight) > self.bound { self.spill(&case).ok() } else { None };
        let place = place.unwrap_or_else(|| {
            self.bytes = self.bytes.saturating_add(weight);
            self.kept.push(case);
            Place::Kept(self.kept.len() - 1)
        });
        self.order.push(Entry { index, id, place });
    }

    fn spill(&mut self, case: &CaseRecord) -> io::Result<Place> {
        let line = serde_json::to_vec(case)?;
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        // A write that broke off leaves bytes that no entry points at.
        let at = file.seek(SeekFrom::Start(self.end))?;
        file.write_all(&line)?;
        self.end += line.len() as u64;
        Ok(Place::File { at, length: line.len() })
    }

    /// Puts them into the order of the plan.
    pub fn sort(&mut self) {
        self.order.sort_by(|a, b| (a.index, &a.id).cmp(&(b.index, &b.id)));
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// How many rest on disk.
    #[must_use]
    pub fn spilled(&self) -> usize {
        self.order.len() - self.kept.len()
    }

    /// Each in turn. What can't be read back is left out, and [`trouble`](Self::trouble) tells of it.
    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, CaseRecord>> {
        self.order.iter().filter_map(|entry| self.get(entry))
    }

    /// The one of this index and id.
    #[must_use]
    pub fn find(&self, index: u64, id: &str) -> Option<Cow<'_, CaseRecord>> {
        self.get(self.order.iter().find(|it| it.index == index && it.id == id)?)
    }

    fn get(&self, entry: &Entry) -> Option<Cow<'_, CaseRecord>> {
        match entry.place {
            Place::Kept(at) => self.kept.get(at).map(Cow::Borrowed),
            Place::File { at, length } => match self.read(at, length) {
                Ok(case) => Some(Cow::Owned(case)),
                Err(source) => {
                    self.trouble.get_or_init(|| Arc::new(LostRecord { id: entry.id.clone(), source }));
                    None
                }
            },
        }
    }

    fn read(&self, at: u64, length: usize) -> io::Result<CaseRecord> {
        let mut file = self.file.as_ref().ok_or(io::ErrorKind::NotFound)?;
        file.seek(SeekFrom::Start(at))?;
        let mut line = vec![0; length];
        file.read_exact(&mut line)?;
        Ok(serde_json::from_slice(&line)?)
    }

    /// What went wrong with the disk so far: what was made of the records then lacks some.
    #[must_use]
    pub fn trouble(&self) -> Option<Arc<LostRecord>> {
        self.trouble.get().cloned()
    }
}

/// What a record takes in memory, about.
fn weight(case: &CaseRecord) -> usize {
    let answer = |it: &Answer| it.response().map_or(0, |it| it.body.0.len());
    case.exchanges.iter().map(|it| AROUND + it.request.body.0.len() + answer(&it.answer)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(index: u64) -> CaseRecord {
        CaseRecord {
            index,
            id: format!("by-hand/{index}"),
            origin: "test".into(),
            title: "t".into(),
            serves: Vec::new(),
            coordinates: None,
            accounts: Vec::new(),
            exchanges: vec![crate::history::Exchange {
                operation: spec::OperationId::BuyBulk,
                actor: None,
                wave: None,
                request: crate::history::Request {
                    method: "POST".into(),
                    path: "/".into(),
                    headers: Vec::new(),
                    key: crate::history::KeyUse::Absent,
                    transport: crate::history::Transport::Plain,
                    body: vec![0xff, 0, index as u8].into(),
                },
                sent_us: index,
                done_us: index + 1,
                in_flight: 1,
                shared: false,
                trace: None,
                reserved: None,
                answer: Answer::Unsent("a test".into()),
            }],
            skipped: None,
        }
    }

    #[test]
    fn what_goes_to_disk_comes_back_in_order() {
        let one = weight(&case(0));
        for bound in [0, one, 3 * one, usize::MAX] {
            let mut records = Records::new(bound);
            [4, 0, 3, 1, 2].into_iter().for_each(|index| records.push(case(index)));
            records.sort();
            assert_eq!(records.spilled(), 5_usize.saturating_sub(bound / one), "{bound}");
            let all: Vec<CaseRecord> = records.iter().map(Cow::into_owned).collect();
            assert_eq!(all, (0..5).map(case).collect::<Vec<_>>(), "{bound}");
            assert_eq!(records.find(3, "by-hand/3").unwrap().index, 3);
            assert!(records.find(3, "by-hand/4").is_none());
            assert!(records.trouble().is_none());
        }
    }

    #[test]
    fn what_cannot_be_read_back_is_told() {
        let mut records = Records::new(0);
        records.push(case(1));
        records.push(case(2));
        records.file.as_mut().unwrap().set_len(records.end - 1).unwrap();
        assert_eq!(records.iter().count(), 1);
        let said = records.trouble().unwrap().to_string();
        assert!(said.starts_with("the record of by-hand/2 can't be read back"), "{said}");
    }
}
