//! Orders that were refused as if they were invalid, and no page says so: their cases are sent again, with the same
//! numbers and with others, to tell a mistake of the server from a number that it knows nobody has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use spec::Contract;

use crate::history::{Environment, base_of};
use crate::judge::judged::Judged;
use crate::judge::lookups::{self, Doubt};
use crate::plan::case::{Actor, Case, Turn};
use crate::plan::catalog::SortedCatalog;
use crate::plan::other_numbers::with_other_numbers;
use crate::plan::render::Numbers;

/// The most cases of one requirement that are sent again to find out whether numbers are the reason.
const OF_ONE: usize = 3;

/// The most cases that are sent again for that.
const SAMPLE: usize = 12;

/// The most cases that are sent again for good numbers once these are known to be the reason.
const MOST: usize = 200;

/// With a cap, the number of cases after which what is in doubt is sent again, while there is room for it.
const PORTION: usize = 40;

/// Returns the cases in the portions after each of which those in doubt are sent again: all at once, but under a cap on
/// spending what comes first is to be certain before the cap is used up.
pub(super) fn portions(cases: Arc<Vec<Case>>, capped: bool) -> Vec<Arc<Vec<Case>>> {
    if !capped {
        return vec![cases];
    }
    let covers = cases.iter().rposition(|it| matches!(it.turn, Turn::Covers(_))).map_or(0, |at| at + 1);
    let (first, deep) = cases.split_at(covers);
    std::iter::once(first).chain(deep.chunks(PORTION)).map(|it| Arc::new(it.to_vec())).collect()
}

/// A round of cases that are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Round {
    /// A few cases as they were: a server that refuses an order only now and then accepts it.
    Same,
    /// Those that were refused again, for numbers that no order had.
    Fresh,
    /// Those that were still refused, for numbers that the server accepted in other orders.
    Known,
    /// All the others, for such numbers, if some of the few were refused for their numbers.
    Rest,
}

impl Round {
    /// The rounds, in order.
    pub(super) const ALL: [Self; 4] = [Self::Same, Self::Fresh, Self::Known, Self::Rest];

    /// Returns the id of a case in this round.
    fn id(self, case: &str) -> String {
        let name = match self {
            Self::Same => "again",
            Self::Fresh => "others",
            Self::Known | Self::Rest => "known",
        };
        format!("{case}#{name}")
    }
}

/// Returns the cases of a round, by what earlier rounds have shown.
pub(super) fn cases(
    round: Round,
    contract: &Contract,
    environment: &Environment,
    (plan, judged): (&[Case], &[Judged]),
    numbers: &mut Numbers,
) -> Vec<Case> {
    let mut doubts = lookups::doubts(contract, judged);
    if doubts.is_empty() {
        return Vec::new();
    }
    let known: BTreeSet<&str> = judged.iter().flat_map(lookups::taken).collect();
    if known.is_empty() {
        // A server that accepts no valid order does not refuse them for their numbers.
        return Vec::new();
    }
    let sent: BTreeSet<&str> = judged.iter().map(|it| it.id.as_str()).collect();
    let is_proven = lookups::are_proven(contract, judged);
    let tried: BTreeSet<u64> =
        judged.iter().filter(|it| base_of(&it.id) != it.id).map(|it| it.index).collect();
    doubts.retain(|it| !tried.contains(&it.index));
    let chosen: Vec<u64> = match round {
        Round::Same if is_proven => Vec::new(),
        Round::Same => sample(&doubts).into_iter().collect(),
        Round::Fresh => refused(Round::Same, contract, judged),
        Round::Known => refused(Round::Fresh, contract, judged),
        Round::Rest if is_proven => doubts.iter().map(|it| it.index).take(MOST).collect(),
        Round::Rest => Vec::new(),
    };
    let catalog = SortedCatalog::of(environment.catalog.as_ref(), &contract.msisdn);
    let mut again = Vec::new();
    for case in plan.iter().filter(|it| chosen.contains(&it.index) && can_be_sent_again(it)) {
        let id = round.id(&case.id);
        if sent.contains(id.as_str()) {
            continue;
        }
        let mut left: Vec<&str> = known.iter().rev().copied().collect();
        let other = |number: &str| {
            let prefix = prefix(&catalog, contract, number);
            match round {
                Round::Same => Some(number.to_owned()),
                Round::Fresh => Some(numbers.next(contract, prefix)),
                Round::Known | Round::Rest => {
                    let at = left.iter().position(|it| it.starts_with(prefix))?;
                    Some(left.remove(at).to_owned())
                }
            }
        };
        again.extend(with_other_numbers(case, id, &contract.msisdn, other));
    }
    again
}

/// Returns a few of the cases, spread over the requirements that they break.
fn sample(doubts: &[Doubt]) -> BTreeSet<u64> {
    let mut of: BTreeMap<&str, usize> = BTreeMap::new();
    let mut sample = BTreeSet::new();
    for doubt in doubts {
        let few = |id: &&String| of.get(id.as_str()).copied().unwrap_or_default() < OF_ONE;
        if sample.len() < SAMPLE && doubt.requirements.iter().any(|id| few(&id)) {
            sample.insert(doubt.index);
            doubt.requirements.iter().for_each(|id| *of.entry(id).or_default() += 1);
        }
    }
    sample
}

/// Returns the cases of a round whose valid orders were refused.
fn refused(round: Round, contract: &Contract, judged: &[Judged]) -> Vec<u64> {
    let of_round = judged.iter().filter(|it| it.id == round.id(base_of(&it.id)));
    of_round.filter(|it| lookups::has_refused(contract, it)).map(|it| it.index).collect()
}

/// Returns true if a case means the same when it is sent later: one that needs a fixed account to hold a certain balance does
/// not.
fn can_be_sent_again(case: &Case) -> bool {
    let revokes = case.actors.iter().any(|it| matches!(it, Actor::Revoked { .. }));
    case.fixed().next().is_none() || !(case.needs_a_balance() || revokes)
}

/// Returns the digits that a number shares with all that its operator takes, as far as that is known.
fn prefix<'n>(catalog: &SortedCatalog, contract: &Contract, number: &'n str) -> &'n str {
    let lines = catalog.lines.iter().filter(|it| number.starts_with(&it.prefix));
    let msisdn = &contract.msisdn;
    let sample = msisdn.country_code.len() + msisdn.sample_prefix.len();
    let shared = lines.map(|it| it.prefix.len()).max().unwrap_or(sample);
    number.get(..shared).unwrap_or(number)
}
