//! Wallets that show a purchase only some time after it was made. The page calls the wallet current; a server that keeps
//! one in a cache debits its orders all the same, so that nothing else follows from it.

use std::collections::BTreeMap;

use crate::judge::course::Late;
use crate::judge::verdict::Marks;
use crate::judge::whole::{Whole, finding};

const ID: &str = "WALLET-CONSISTENT";

/// The late readings of one case: their number, and the longest of each time.
#[derive(Debug, Clone, Copy)]
struct Readings {
    number: u32,
    longest: Late,
}

pub(super) fn late(run: &Whole<'_>, marks: &mut Marks) {
    // Readings of one case are next to each other.
    let mut by_case: BTreeMap<(&str, u64), (usize, Readings)> = BTreeMap::new();
    for ((case, index, at), late) in run.courses.late() {
        let first = (*at, Readings { number: 0, longest: *late });
        let (_, all) = by_case.entry((case, *index)).or_insert(first);
        all.number += 1;
        all.longest.lag_us = all.longest.lag_us.max(late.lag_us);
        all.longest.right_after_us = all.longest.right_after_us.max(late.right_after_us);
    }
    for ((case, index), (at, all)) in by_case {
        let readings =
            if all.number == 1 { "one reading".to_owned() } else { format!("{} readings", all.number) };
        let (summary, detail) = match all.longest.right_after_us {
            Some(after_us) => (
                format!(
                    "the wallet showed an order's debit only after {readings}, {} ms after its answer",
                    after_us / 1000
                ),
                "the debit itself is right, and nothing else is held against the server for it",
            ),
            None => (
                format!("the wallet did not show an order's debit in {readings}"),
                "others of its wallets were seen to come right later than that",
            ),
        };
        let place = (case.to_owned(), index, at);
        let wanted = "the balance after the order, since the wallet is current";
        marks.findings.push(finding(&[ID], "late", &summary, wanted, &place, detail.to_owned()));
    }
}
