//! What accepted orders were seen to find, for each cedi: the order in which they go once every requirement is exercised.
//!
//! The list is learned from the planted faults of the sandbox (`cargo xtask value --learn`): again and again the case that
//! shows most of what the cases before it have not shown, for its price. Addresses that it does not name follow, the
//! cheapest first.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::case::Case;

/// A line for each address, the most worth first; `{0}`, `{1}` stand for the roles that may buy.
const LIST: &str = include_str!("worth.txt");

static RANKS: LazyLock<BTreeMap<&str, usize>> = LazyLock::new(|| {
    LIST.lines()
        .filter(|line| !line.starts_with('#'))
        .enumerate()
        .map(|(at, line)| (line.trim(), at))
        .collect()
});

/// The place of a case in the list, if it is named there.
#[must_use]
pub(super) fn rank(case: &Case, buyers: &[String]) -> Option<usize> {
    RANKS.get(general(&case.id, buyers).as_str()).copied()
}

/// An address with the roles that may buy replaced by their places.
#[must_use]
pub(crate) fn general(address: &str, buyers: &[String]) -> String {
    let step = |step: &str| {
        let place = buyers.iter().position(|role| role.eq_ignore_ascii_case(step));
        place.map_or_else(|| step.to_owned(), |place| format!("{{{place}}}"))
    };
    address.split('/').map(step).collect::<Vec<_>>().join("/")
}
