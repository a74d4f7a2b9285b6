//! The store for the records of a run. Records stay in memory up to a bound; further ones go to an unnamed temporary
//! file, which disappears with the process.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::{Arc, OnceLock};

use crate::history::{Answer, CaseRecord};

/// The number of bytes of records that stay in memory.
pub(crate) const BOUND: usize = crate::bounds::RECORDS;

/// A rough size in bytes of an exchange without its bodies.
const AROUND: usize = 1024;

/// The records of a run. They are in the order of the plan once they have been [`sort`](Records::sort)ed.
#[derive(Debug)]
pub struct Records {
    kept: Vec<CaseRecord>,
    /// The approximate size of the records in memory, in bytes.
    bytes: usize,
    bound: usize,
    file: Option<File>,
    /// The offset in the file where the next record goes.
    end: u64,
    order: Vec<Entry>,
    /// The first error while reading the file.
    trouble: OnceLock<Arc<LostRecord>>,
}

/// The error for a record that was written to disk and can't be read back.
#[derive(Debug, thiserror::Error)]
#[error("the record of {id} can't be read back: {source}")]
pub struct LostRecord {
    /// The id of its case.
    pub id: String,
    /// The error of the file system.
    pub source: io::Error,
}

/// A record's sort key and its place.
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
    /// Keeps all records in memory, since they are there already.
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
    /// Returns an empty store that keeps up to `bound` bytes in memory.
    #[must_use]
    pub(crate) const fn new(bound: usize) -> Self {
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

    /// Adds a record. If the disk is full, the record stays in memory, so that nothing is lost.
    pub(crate) fn push(&mut self, case: CaseRecord) {
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
        // If a write breaks off, it leaves bytes that no entry points to.
        let at = file.seek(SeekFrom::Start(self.end))?;
        file.write_all(&line)?;
        self.end += line.len() as u64;
        Ok(Place::File { at, length: line.len() })
    }

    /// Sorts the records into the order of the plan.
    pub(crate) fn sort(&mut self) {
        self.order.sort_by(|a, b| (a.index, &a.id).cmp(&(b.index, &b.id)));
    }

    /// Returns the number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Returns true if there are no records.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Returns the number of records on disk.
    #[must_use]
    pub fn spilled(&self) -> usize {
        self.order.len() - self.kept.len()
    }

    /// Iterates over the records. One that can't be read back is left out and reported by [`trouble`](Self::trouble).
    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, CaseRecord>> {
        self.order.iter().filter_map(|entry| self.get(entry))
    }

    /// Returns the record with this index and id.
    #[must_use]
    pub(crate) fn find(&self, index: u64, id: &str) -> Option<Cow<'_, CaseRecord>> {
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

    /// Returns the first error of the disk, if there was one. In that case what was made from the records lacks some
    /// of them.
    #[must_use]
    pub fn trouble(&self) -> Option<Arc<LostRecord>> {
        self.trouble.get().cloned()
    }
}

/// Returns the approximate size of a record in memory, in bytes.
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
                batch: None,
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
