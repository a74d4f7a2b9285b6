//! The order in which causes are reported, and which of them another cause explains.
//!
//! One mistake of a server shows in many ways: where totals are wrong, wallets and lists are wrong too. A cause that
//! another one explains stays a finding and is reported beneath that one. The rules below say when that is so. Nothing
//! is folded without evidence from the run: what the attribution of findings decided, what was answered in the same
//! case, or that both are about the same requests.

mod cause;
mod rules;
#[cfg(test)]
mod tests;

use spec::Contract;

pub(super) use self::cause::Caused;
use self::cause::Run;
use self::rules::{FoldingRule, RULES};
use super::verdict::FindingGroup;

/// Returns the causes, the worst first, each followed by those that it explains.
pub(super) fn in_order(contract: &Contract, mut causes: Vec<Caused>) -> Vec<FindingGroup> {
    let key = |it: &Caused| {
        (
            it.group.example.warning,
            it.rank(contract),
            std::cmp::Reverse(it.group.occurrences),
            it.group.requirement.clone(),
        )
    };
    causes.sort_by_key(key);
    let parents = parents(&Run { contract, causes: &causes });
    // A cause ranks as high as the worst cause that it explains.
    let mut roots: Vec<usize> = (0..causes.len()).filter(|at| parents[*at].is_none()).collect();
    let first = |root: usize| (0..causes.len()).find(|at| *at == root || parents[*at] == Some(root));
    roots.sort_by_key(|root| first(*root));
    let mut order = Vec::with_capacity(causes.len());
    for root in roots {
        let under = order.len();
        order.push((root, None));
        let explained = (0..causes.len()).filter(|at| parents[*at] == Some(root));
        order.extend(explained.map(|at| (at, Some(under))));
    }
    let mut groups: Vec<Option<FindingGroup>> = causes.into_iter().map(|it| Some(it.group)).collect();
    let take =
        |(at, under): (usize, Option<usize>)| groups[at].take().map(|group| FindingGroup { under, ..group });
    order.into_iter().filter_map(take).collect()
}

/// Returns the position of a cause that explains another, by the first rule that finds one.
fn parent(run: &Run<'_>, one: usize) -> Option<usize> {
    let explained = run.causes[one].is_failure();
    let others =
        || (0..run.causes.len()).filter(move |other| *other != one && run.causes[*other].is_failure());
    let by = |rule: &FoldingRule| others().find(|other| rule(run, &run.causes[one], &run.causes[*other]));
    RULES.iter().filter(|_| explained).find_map(by)
}

/// Returns for each cause the position of the unexplained cause that explains it, directly or through others. Of causes
/// that explain each other, the one that stands before the others is unexplained.
fn parents(run: &Run<'_>) -> Vec<Option<usize>> {
    let mut direct: Vec<Option<usize>> = (0..run.causes.len()).map(|one| parent(run, one)).collect();
    for start in 0..direct.len() {
        let mut path = vec![start];
        while let Some(next) = direct[path[path.len() - 1]] {
            if let Some(from) = path.iter().position(|it| *it == next) {
                let first = path[from..].iter().copied().reduce(|best, it| {
                    if run.stands_before(&run.causes[it], &run.causes[best]) { it } else { best }
                });
                first.into_iter().for_each(|it| direct[it] = None);
                break;
            }
            path.push(next);
        }
    }
    let root = |start: usize| {
        let mut at = direct[start]?;
        while let Some(next) = direct[at] {
            at = next;
        }
        Some(at)
    };
    (0..direct.len()).map(root).collect()
}
