//! What each wallet held over the run, according to the answers to its orders, compared with what was shown of it.
//!
//! A case alone can't tell a wallet that was not debited from one that is shown too late. The run can: a reading that
//! shows what the wallet held before an order is late if a later reading shows that the order was debited after all. What
//! rests on a late reading is then no fault of its own: the wallet is not current, and that is one finding. A wallet that
//! never shows the debit was not debited.
//!
//! A profile is not promised to be current. If it shows what the wallet held earlier, that deserves a warning at most.

mod walk;

use std::collections::BTreeMap;

use super::part::{Part, Place};
use super::passage::Passage;
use super::verdict::{Finding, Marks};
pub(crate) use walk::Late;
use walk::{Open, Shown, Walk};

/// What was shown of the wallets of a run, compared with what they held.
#[derive(Debug, Default)]
pub(crate) struct Courses {
    /// What each reading, profile and answer showed, as far as it is what the wallet holds or held.
    shown: BTreeMap<Place, Shown>,
    /// The readings that were late.
    late: BTreeMap<Place, Late>,
}

/// What the course of a wallet says about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Explained {
    /// Nothing of it is left.
    Entirely,
    /// No page says that it is wrong.
    AsWarning,
}

impl Courses {
    /// Returns the courses of all wallets of these cases.
    #[must_use]
    pub(crate) fn of<'p>(parts: impl IntoIterator<Item = &'p Part>) -> Self {
        Self::over(parts.into_iter().flat_map(|it| &it.passages))
    }

    /// Returns the courses of the wallets that one case created for itself, so that nothing else changes them.
    #[must_use]
    pub(super) fn of_new_wallets(part: &Part) -> Self {
        Self::over(part.passages.iter().filter(|it| it.opening.is_some()))
    }

    fn over<'p>(passages: impl Iterator<Item = &'p Passage>) -> Self {
        let mut by_wallet: BTreeMap<&str, Vec<&Passage>> = BTreeMap::new();
        for passage in passages {
            by_wallet.entry(&passage.wallet).or_default().push(passage);
        }
        let mut courses = Self::default();
        let mut open = Vec::new();
        for mut passages in by_wallet.into_values() {
            if !passages.iter().any(|it| it.changes()) {
                continue;
            }
            passages.sort_by_key(|it| it.span());
            if in_turn(&passages) {
                courses.follow(&passages, &mut open);
            } else {
                // Recordings with clocks of their own were merged: each case is taken by itself.
                passages.iter().for_each(|it| courses.follow(&[it], &mut open));
            }
        }
        // Until then the wallets of this server were seen to come right.
        let longest = courses.late.values().filter_map(|it| it.right_after_us).max();
        let as_late = open.into_iter().filter(|it| longest.is_some_and(|longest| it.lag_us < longest));
        let late = as_late.map(|it| (it.place, Late { lag_us: it.lag_us, right_after_us: None }));
        courses.late.extend(late);
        courses
    }

    /// Follows a wallet through cases that used it one after the other.
    fn follow(&mut self, passages: &[&Passage], open: &mut Vec<Open>) {
        let mut walk = Walk::of(passages);
        let mut events: Vec<_> =
            passages.iter().flat_map(|it| it.events.iter().map(move |event| (it, event))).collect();
        events.sort_by_key(|(_, event)| event.done_us);
        for (passage, event) in events {
            let place = (passage.case.clone(), passage.index, event.at);
            if let Some(shown) = walk.next(event, &place) {
                self.shown.insert(place, shown);
            }
        }
        self.late.extend(walk.late);
        open.extend(walk.open);
    }

    /// Returns the late readings, in the order of their cases.
    pub(crate) fn late(&self) -> impl Iterator<Item = (&Place, &Late)> {
        self.late.iter()
    }

    /// Returns true if a wallet of the run was late and came right.
    pub(crate) fn came_right(&self) -> bool {
        self.late.values().any(|it| it.right_after_us.is_some())
    }

    /// Returns true if a case had read a wallet too late by the time of an exchange.
    fn is_late_by(&self, place: &Place) -> bool {
        let from = (place.0.clone(), place.1, 0);
        self.late.range(&from..=place).next().is_some()
    }

    /// Returns what explains a finding that rests on a balance; `None` if nothing does.
    #[must_use]
    pub(super) fn explain(&self, finding: &Finding) -> Option<Explained> {
        if !finding.context.by_balance || finding.warning {
            return None;
        }
        let place = (finding.case.clone(), finding.index, finding.exchange?);
        if self.late.contains_key(&place) {
            return Some(Explained::Entirely);
        }
        match self.shown.get(&place)? {
            Shown::ProfileNow => Some(Explained::Entirely),
            Shown::ProfileEarlier => Some(Explained::AsWarning),
            Shown::Now => self.is_late_by(&place).then_some(Explained::Entirely),
        }
    }

    /// Returns the marks of a case without the findings that late readings explain; `None` if they explain none.
    #[must_use]
    pub(super) fn mend(&self, marks: &Marks) -> Option<Marks> {
        if marks.findings.iter().all(|it| self.explain(it).is_none()) {
            return None;
        }
        let mend = |finding: &Finding| match self.explain(finding) {
            Some(Explained::Entirely) => None,
            Some(Explained::AsWarning) => Some(Finding { warning: true, ..finding.clone() }),
            None => Some(finding.clone()),
        };
        Some(Marks { findings: marks.findings.iter().filter_map(mend).collect(), ..marks.clone() })
    }
}

/// Returns true if cases used a wallet one after the other: while one of them may have changed it, no other one used it.
fn in_turn(passages: &[&Passage]) -> bool {
    let (mut last_end, mut last_change) = (0, 0);
    for passage in passages {
        let Some((begin, end)) = passage.span() else { continue };
        let free = if passage.changes() { last_end } else { last_change };
        if begin < free {
            return false;
        }
        last_end = last_end.max(end);
        if passage.changes() {
            last_change = last_change.max(end);
        }
    }
    true
}

#[cfg(test)]
mod tests;
