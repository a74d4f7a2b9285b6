//! Selects the cases of a plan that are sent: those that `--only` asks for, those that failed in a recorded run, one
//! shard of them.

use std::collections::BTreeSet;
use std::mem::take;

use spec::{Contract, Pesewas};

use crate::checks;
use crate::hint::nearest;
use crate::history::Environment;
use crate::judge::summary::Unplanned;
use crate::plan::case::{Actor, Case, Turn};

/// The reasons why no case is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unmatched {
    /// No requirement and no case has this name.
    #[error("no case matches {wanted}; {}the command `list` shows requirements, and `--dry-run` shows cases", near.as_ref().map(|it| format!("did you mean `{it}`? If not, ")).unwrap_or_default())]
    Unknown {
        /// What was asked for.
        wanted: String,
        /// What may have been meant.
        near: Option<String>,
    },
    /// Everything that was asked for is known, but no case for it can be planned here.
    #[error("no case matches {wanted}{}", why.as_ref().map_or_else(|| "; `--dry-run` shows cases".to_owned(), |it| format!(": {it}")))]
    Unplanned {
        /// What was asked for.
        wanted: String,
        /// The reason, as far as the plan gives one.
        why: Option<String>,
    },
}

/// The selection that was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice<'a> {
    /// Only cases whose id or served ids match one of these; all cases if the list is empty.
    pub(super) only: &'a [String],
    /// Only cases with exactly these ids; all cases if the list is empty.
    pub(super) these: &'a [String],
    /// Only this part of the plan, from 1, with the number of parts.
    pub(super) shard: Option<(u32, u32)>,
}

/// Returns true if a case serves the wanted id or its own id begins with it, ignoring letter case.
fn matches(case: &Case, wanted: &str) -> bool {
    let begins = case.id.get(..wanted.len()).is_some_and(|it| it.eq_ignore_ascii_case(wanted));
    begins || case.serves.iter().any(|id| id.eq_ignore_ascii_case(wanted))
}

/// Returns the cases that are sent.
///
/// # Errors
/// Returns an error if something unknown was asked for, or if no case is left.
pub(super) fn select(
    mut cases: Vec<Case>,
    unplanned: &Unplanned,
    contract: &Contract,
    choice: Choice<'_>,
) -> Result<Vec<Case>, Unmatched> {
    let known = |wanted: &str| {
        let catalogue = &contract.catalogue;
        let requirements = catalogue.requirements.iter().map(|it| it.id.as_str());
        requirements
            .chain(catalogue.ambiguities.iter().map(|it| it.id.as_str()))
            .find(|it| it.eq_ignore_ascii_case(wanted))
    };
    for wanted in choice.only {
        // If a check has no cases here, it is unknown what its cases would be called, so any name under it is
        // accepted.
        let origin = wanted.split('/').next().unwrap_or_default();
        let elsewhere = checks::is_origin(origin) && !cases.iter().any(|it| it.origin == origin);
        if known(wanted).is_none() && !elsewhere && !cases.iter().any(|it| matches(it, wanted)) {
            let near = near(wanted, &cases, contract);
            return Err(Unmatched::Unknown { wanted: wanted.clone(), near });
        }
    }
    if !choice.only.is_empty() {
        cases.retain(|case| choice.only.iter().any(|it| matches(case, it)));
        if cases.is_empty() {
            let ids = choice.only.iter().filter_map(|it| known(it));
            let whys = ids.filter_map(|id| unplanned.get(id)).flatten().cloned();
            let whys: BTreeSet<String> = whys.collect();
            let why = (!whys.is_empty()).then(|| whys.into_iter().collect::<Vec<_>>().join("; "));
            return Err(Unmatched::Unplanned { wanted: choice.only.join(", "), why });
        }
    }
    if !choice.these.is_empty() {
        cases.retain(|case| choice.these.contains(&case.id));
        if cases.is_empty() {
            return Err(Unmatched::Unplanned { wanted: choice.these.join(", "), why: None });
        }
    }
    if let Some((k, n)) = choice.shard {
        cases.retain(|case| case.index % u64::from(n) == u64::from(k - 1));
    }
    Ok(cases)
}

/// Moves what a conforming server refuses before everything that it accepts: without a time limit there is no hurry, and so
/// the cap leaves out the same cases, however many are under way at once. One accepted order goes before: once a wallet was read
/// around it, refused orders need not be reserved twice, and twice as many may be under way at once.
pub(super) fn refusals_first(cases: &mut [Case], environment: &Environment) {
    let wallets = |it: &Case| it.fixed().map(|at| environment.wallet(at)).collect::<BTreeSet<_>>();
    let buyers = cases
        .iter()
        .flat_map(|it| it.orders().filter(|order| !order.is_refused()).map(|order| &it.actors[order.actor]));
    let spent: BTreeSet<usize> = buyers.filter_map(Actor::fixed).map(|at| environment.wallet(at)).collect();
    // Where a wallet is never spent, a case that needs what it holds may have any place.
    let has_a_place = |it: &Case| it.needs_a_balance() && !spent.is_disjoint(&wallets(it));
    let is_refused = |it: &Case| it.turn == Turn::Refused && !has_a_place(it);
    let trial = trial(cases);
    cases.sort_by_key(|it| match it.turn {
        Turn::First => (0, None),
        Turn::Free => (1, None),
        _ if Some(it.index) == trial => (2, None),
        _ if is_refused(it) => (3, Some(it.refusal_order())),
        _ => (4, None),
    });
}

/// Returns the index of the first case of one accepted order that is paid from a wallet of which no case before it needs a
/// certain balance.
fn trial(cases: &[Case]) -> Option<u64> {
    let mut needed = BTreeSet::new();
    for case in cases {
        let accounts: Vec<usize> = case.fixed().collect();
        if case.needs_a_balance() {
            needed.extend(accounts);
        } else if let (1, [account]) = (case.cost.purchases, &accounts[..])
            && !needed.contains(account)
        {
            return Some(case.index);
        }
    }
    None
}

/// Moves refused cases before the accepted one after which a cap has no room left for them. What a refusal may cost is
/// reserved and comes back, so before that it takes nothing from the cap. This is for a run with a time limit, which is to
/// show one order of each kind in time.
pub(super) fn under_cap(cases: &mut Vec<Case>, cap: Pesewas) {
    let mut waiting: Vec<Option<Case>> = take(cases).into_iter().map(Some).collect();
    let mut room = cap;
    for at in 0..waiting.len() {
        let Some(case) = waiting[at].take() else { continue };
        if matches!(case.turn, Turn::Covers(_) | Turn::Largest) {
            room -= case.price();
            let too_dear =
                |it: &Case| it.turn == Turn::Refused && !it.needs_a_balance() && it.cost.worst > room;
            for later in &mut waiting[at + 1..] {
                cases.extend(later.take_if(|it| too_dear(it)));
            }
        }
        cases.push(case);
    }
}

/// Returns what may have been meant: a requirement id, or the beginning of a case id with the same number of parts.
fn near(wanted: &str, cases: &[Case], contract: &Contract) -> Option<String> {
    let parts = wanted.matches('/').count() + 1;
    let begin = |case: &Case| case.id.split('/').take(parts).collect::<Vec<_>>().join("/");
    let begins: BTreeSet<String> = cases.iter().map(begin).collect();
    let catalogue = &contract.catalogue;
    let ids = catalogue.requirements.iter().map(|it| it.id.as_str());
    let ids = ids.chain(catalogue.ambiguities.iter().map(|it| it.id.as_str()));
    let all: Vec<&str> = ids.chain(begins.iter().map(String::as_str)).collect();
    nearest(wanted, &all).map(str::to_owned)
}
