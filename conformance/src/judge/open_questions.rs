//! Reports for each open question which of the allowed choices the server was observed to make.

use std::collections::{BTreeMap, BTreeSet};

use spec::{Contract, Meaning, QuestionKind};

use super::verdict::{AmbiguityVerdict, Marks};
use crate::bounds;

/// The most choices listed per question: more than a conforming server shows, even with its own code for each refusal.
const MOST_CHOICES: usize = 4 * bounds::CAUSES;

/// Returns which choices the server was observed to make for each open question.
pub(super) fn ambiguities(contract: &Contract, all: &[(Option<&str>, &Marks)]) -> Vec<AmbiguityVerdict> {
    let mut seen: BTreeMap<&str, BTreeMap<&str, (u64, &str)>> = BTreeMap::new();
    for observation in all.iter().flat_map(|(_, marks)| &marks.observations) {
        let choice = seen.entry(&observation.ambiguity).or_default().entry(&observation.choice);
        choice.or_insert((0, &observation.case)).0 += 1;
    }
    let precedences: BTreeSet<(Meaning, Meaning)> =
        all.iter().flat_map(|(_, marks)| marks.precedence.iter().copied()).collect();
    let name =
        |meaning: Meaning| contract.buy().status(meaning).map_or_else(String::new, |it| it.to_string());
    contract
        .catalogue
        .ambiguities
        .iter()
        .map(|ambiguity| {
            let mut choices: Vec<(String, u64, String)> = seen
                .remove(ambiguity.id.as_str())
                .into_iter()
                .flatten()
                .map(|(choice, (times, case))| (choice.to_owned(), times, case.to_owned()))
                .collect();
            gather(&mut choices);
            if ambiguity.kind == QuestionKind::Precedence {
                let pairs = precedences.iter().map(|(winner, loser)| {
                    let times = all
                        .iter()
                        .flat_map(|(_, it)| &it.precedence)
                        .filter(|it| **it == (*winner, *loser))
                        .count();
                    (format!("{} before {}", name(*winner), name(*loser)), times as u64, String::new())
                });
                choices.extend(pairs);
            }
            AmbiguityVerdict { id: ambiguity.id.clone(), choices }
        })
        .collect()
}

/// Limits the choices listed for a server that answers differently each time: the most frequent stay, the rest become
/// one line.
fn gather(choices: &mut Vec<(String, u64, String)>) {
    if choices.len() <= MOST_CHOICES {
        return;
    }
    choices.sort_by_key(|(_, times, _)| std::cmp::Reverse(*times));
    let rest = choices.split_off(MOST_CHOICES - 1);
    let times = rest.iter().map(|(_, times, _)| times).sum();
    let case = rest.first().map(|(.., case)| case.clone()).unwrap_or_default();
    choices.push((format!("{} others", rest.len()), times, case));
}

/// Returns the order in which the server seems to check for errors, as far as one order explains the observations, and
/// the errors that fit into no order.
pub(super) fn precedence<'m>(
    pairs: impl Iterator<Item = &'m (Meaning, Meaning)>,
) -> (Vec<Meaning>, Vec<Meaning>) {
    let pairs: BTreeSet<(Meaning, Meaning)> = pairs.copied().collect();
    let mut left: BTreeSet<Meaning> = pairs.iter().flat_map(|(winner, loser)| [*winner, *loser]).collect();
    let mut order = Vec::new();
    let loses = |it: &Meaning, left: &BTreeSet<Meaning>| {
        pairs.iter().any(|(winner, loser)| loser == it && left.contains(winner))
    };
    while let Some(first) = left.iter().copied().find(|it| !loses(it, &left)) {
        left.remove(&first);
        order.push(first);
    }
    (order, left.into_iter().collect())
}
