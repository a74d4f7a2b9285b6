//! Ranks accepted orders by what they were seen to find for each cedi. They are sent in this order once every
//! requirement is exercised.
//!
//! The list is learned from the planted faults of the sandbox (`cargo xtask value --learn`): each step takes the case
//! that shows the most faults, for its price, that the cases before it have not shown. Cases that it does not name come
//! last, the cheapest first.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::case::Case;

/// One case id per line, the most worthwhile first. `{0}`, `{1}` stand for the roles that may buy.
const LIST: &str = include_str!("worth.txt");

static RANKS: LazyLock<BTreeMap<&str, usize>> = LazyLock::new(|| {
    LIST.lines()
        .filter(|line| !line.starts_with('#'))
        .enumerate()
        .map(|(at, line)| (line.trim(), at))
        .collect()
});

/// Returns the place of a case in the list, from 0; `None` if the list does not name it.
#[must_use]
pub(super) fn rank(case: &Case, buyers: &[String]) -> Option<usize> {
    RANKS.get(general(&case.id, buyers).as_str()).copied()
}

/// Returns a case id with the roles that may buy replaced by their index.
#[must_use]
pub fn general(address: &str, buyers: &[String]) -> String {
    let step = |step: &str| {
        let place = buyers.iter().position(|role| role.eq_ignore_ascii_case(step));
        place.map_or_else(|| step.to_owned(), |place| format!("{{{place}}}"))
    };
    address.split('/').map(step).collect::<Vec<_>>().join("/")
}
