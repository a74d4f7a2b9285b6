//! Shrinking: reduces a failing order to what it needs in order to fail.
//!
//! The steps are proptest's own. A fuzz case is shrunk with the value tree that it was drawn from; any other draft gets
//! a tree whose levels run from plain to what the draft has.

use proptest::num::usize::BinarySearch;
use proptest::prelude::*;
use proptest::strategy::{NewTree, ValueTree};
use proptest::test_runner::TestRunner;
use spec::contract::Limits;

use super::defect::BodyFault;
use super::fuzz::{Tree, runner};
use super::hostile::Hostile;
use super::key::Key;
use super::order_draft::{Balance, Media, Mix, OrderDraft};
use crate::history::Transport;

/// The maximum number of orders that are sent to shrink one case.
pub(crate) const MOST_STEPS: usize = 60;

/// A number that shrinks from its start to 0 by binary search.
#[derive(Debug, Clone, Copy)]
struct Down(usize);

impl Strategy for Down {
    type Tree = BinarySearch;
    type Value = usize;
    fn new_tree(&self, _runner: &mut TestRunner) -> NewTree<Self> {
        Ok(BinarySearch::new(self.0))
    }
}

/// A function that returns a body fault of a given size.
type WithSize = fn(usize) -> BodyFault;

/// Returns the size of a body fault and a function that makes the same fault of another size; `None` if it has no size.
fn sized(fault: &BodyFault) -> Option<(usize, WithSize)> {
    Some(match fault {
        BodyFault::Extra(Hostile::Long(n)) => (*n, |n| BodyFault::Extra(Hostile::Long(n))),
        BodyFault::Extra(Hostile::Deep(n)) => (*n, |n| BodyFault::Extra(Hostile::Deep(n))),
        BodyFault::Extra(Hostile::Wide(n)) => (*n, |n| BodyFault::Extra(Hostile::Wide(n))),
        BodyFault::ExtraInItem(Hostile::Long(n)) => (*n, |n| BodyFault::ExtraInItem(Hostile::Long(n))),
        BodyFault::ExtraInItem(Hostile::Deep(n)) => (*n, |n| BodyFault::ExtraInItem(Hostile::Deep(n))),
        BodyFault::Padded(n) => (*n, BodyFault::Padded),
        _ => return None,
    })
}

/// The number of levels that every draft has.
const LEVELS: usize = 13;

/// Returns a value tree that starts at a draft and gets plainer; `plain_role` is the role of the plainest order.
#[must_use]
pub(crate) fn around(draft: &OrderDraft, plain_role: &str, limits: Limits) -> Option<Tree> {
    let hostile = |hostile: bool| Down(usize::from(hostile));
    let place = |at: Option<usize>| Down(at.unwrap_or(0));
    let few = draft.count < limits.min_items;
    let mut levels = vec![
        hostile(draft.role != plain_role),
        if few { hostile(true) } else { Down(draft.count - limits.min_items) },
        place(Balance::ALL.iter().position(|it| *it == draft.balance).or(Some(1))),
        place(Mix::ALL.iter().position(|it| *it == draft.mix).or(Some(1))),
        hostile(draft.line != 0),
        hostile(draft.duplicate),
        hostile(draft.parent.is_some()),
        hostile(draft.body.is_some()),
        Down(draft.body.as_ref().and_then(sized).map_or(0, |(size, _)| size)),
        hostile(draft.media != Media::Json),
        hostile(draft.key != Key::Own),
        hostile(draft.transport != Transport::Plain),
        hostile(draft.header.is_some()),
    ];
    debug_assert_eq!(levels.len(), LEVELS);
    levels.extend(draft.items.iter().flat_map(|(position, _)| [Down(1), Down(*position)]));
    let (draft, plain_role) = (draft.clone(), plain_role.to_owned());
    let drafts = levels.prop_map(move |levels| {
        let at = |level: usize| levels.get(level).copied().unwrap_or(0);
        let mut small = draft.clone();
        if at(0) == 0 {
            small.role.clone_from(&plain_role);
        }
        small.count = match (few, at(1)) {
            (true, 1) => draft.count,
            (true, _) => limits.min_items,
            (false, more) => limits.min_items + more,
        };
        small.balance = match (Balance::ALL.contains(&draft.balance), at(2)) {
            (false, 1) => draft.balance,
            (_, level) => Balance::ALL[level],
        };
        small.mix = match (Mix::ALL.contains(&draft.mix), at(3)) {
            (false, 1) => draft.mix,
            (_, level) => Mix::ALL[level],
        };
        small.line = if at(4) == 0 { 0 } else { draft.line };
        small.duplicate = at(5) == 1;
        small.parent = draft.parent.filter(|_| at(6) == 1);
        small.body = draft.body.clone().filter(|_| at(7) == 1).map(|body| match sized(&body) {
            Some((_, with)) => with(at(8)),
            None => body,
        });
        small.media = if at(9) == 0 { Media::Json } else { draft.media };
        small.key = if at(10) == 0 { Key::Own } else { draft.key.clone() };
        small.transport = if at(11) == 0 { Transport::Plain } else { draft.transport };
        small.header = draft.header.filter(|_| at(12) == 1);
        let kept = draft.items.iter().enumerate().filter(|(item, _)| at(LEVELS + 2 * item) == 1);
        small.items = kept.map(|(item, (_, fault))| (at(LEVELS + 2 * item + 1), fault.clone())).collect();
        small
    });
    let tree: Result<Tree, _> = drafts.boxed().new_tree(&mut runner(0, 0));
    tree.ok()
}

/// Returns the smallest draft of a tree that still fails, or `None` if no smaller one does. Tries at most
/// [`MOST_STEPS`] drafts.
pub(crate) fn smallest(mut tree: Tree, mut fails: impl FnMut(&OrderDraft) -> bool) -> Option<OrderDraft> {
    let mut tried = vec![tree.current()];
    let mut best = None;
    let mut more = tree.simplify();
    while more && tried.len() <= MOST_STEPS {
        let draft = tree.current();
        // Different levels may render the same draft, so a known result is used again.
        let failed = match tried.iter().position(|it| *it == draft) {
            Some(at) => at == 0 || best.as_ref() == Some(&draft),
            None => {
                tried.push(draft.clone());
                fails(&draft)
            }
        };
        more = if failed {
            best = Some(draft);
            tree.simplify()
        } else {
            tree.complicate()
        };
    }
    best.filter(|it| *it != tried[0])
}

#[cfg(test)]
mod tests {
    use super::super::defect::{ItemFault, ParentFault};
    use super::*;

    const LIMITS: Limits = Limits { min_items: 2, max_items: 20 };

    fn crowded() -> OrderDraft {
        let mut draft = OrderDraft::good("SuperAgent", 77)
            .balance(Balance::Zero)
            .mix(Mix::Awkward)
            .item(3, ItemFault::UnknownPackage)
            .item(40, ItemFault::InactivePackage)
            .parent(ParentFault::UnknownProduct)
            .body(BodyFault::Extra(Hostile::Long(5_000)));
        draft.transport = Transport::Chunked;
        draft
    }

    #[test]
    fn only_what_it_fails_by_is_left() {
        let by_count = smallest(around(&crowded(), "Agent", LIMITS).unwrap(), |it| it.count > 20).unwrap();
        assert_eq!(by_count, OrderDraft::good("Agent", 21));
        let by_item = smallest(around(&crowded(), "Agent", LIMITS).unwrap(), |it| {
            it.items.iter().any(|(_, fault)| *fault == ItemFault::InactivePackage)
        });
        assert_eq!(by_item.unwrap(), OrderDraft::good("Agent", 2).item(0, ItemFault::InactivePackage));
        let by_size = smallest(
            around(&crowded(), "Agent", LIMITS).unwrap(),
            |it| matches!(it.body, Some(BodyFault::Extra(Hostile::Long(n))) if n >= 1_234),
        );
        assert_eq!(
            by_size.unwrap(),
            OrderDraft::good("Agent", 2).body(BodyFault::Extra(Hostile::Long(1_234)))
        );
    }

    #[test]
    fn what_can_not_be_smaller_stays() {
        assert_eq!(smallest(around(&OrderDraft::good("Agent", 2), "Agent", LIMITS).unwrap(), |_| true), None);
        assert_eq!(smallest(around(&crowded(), "Agent", LIMITS).unwrap(), |_| false), None);
        let few = OrderDraft::good("Agent", 0);
        assert_eq!(smallest(around(&few, "Agent", LIMITS).unwrap(), |it| it.count == 0), None);
    }
}
