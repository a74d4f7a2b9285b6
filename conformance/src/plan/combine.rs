//! Combinations: every pair (or triple) of role, count, balance, item fault, position, packages, parents, body and key.

use super::draft::{Balance, BodyFault, Draft, ItemFault, Key, Mix, NumberForm, ParentFault, Part, Value};
use super::planner::{Planner, Watch};
use super::tway;
use crate::history::Tier;

/// Plans the combinations; what a row serves is whatever its request turns out to be about.
pub fn plan(p: &mut Planner<'_>) {
    let strength = match p.tier {
        Tier::Smoke => return,
        Tier::Probe | Tier::Standard => 2,
        Tier::Full => 3,
    };
    let roles: Vec<String> = p.buyers().into_iter().chain(p.others()).collect();
    if roles.is_empty() {
        return;
    }
    let limits = p.contract.limits;
    let middle = (limits.min_items + limits.max_items) / 2;
    let counts = [
        limits.min_items,
        middle,
        limits.max_items,
        limits.min_items.saturating_sub(1),
        0,
        limits.max_items + 1,
    ];
    // With fixed accounts a balance is what it is; boundaries of it are planned where they can be met.
    let balances = if p.has_states() { &Balance::ALL[..] } else { &Balance::ALL[..1] };
    let faults = [
        None,
        Some(ItemFault::Package(Value::Absent)),
        Some(ItemFault::Package(Value::Number)),
        Some(ItemFault::Package(Value::Array)),
        Some(ItemFault::UnknownPackage),
        Some(ItemFault::OtherProductsPackage),
        Some(ItemFault::InactivePackage),
        Some(ItemFault::Msisdn(Value::Null)),
        Some(ItemFault::Msisdn(Value::Number)),
        Some(ItemFault::Msisdn(Value::Empty)),
        Some(ItemFault::Number(NumberForm::Letters)),
        Some(ItemFault::Number(NumberForm::TooShort)),
        Some(ItemFault::Number(NumberForm::TooLong)),
        Some(ItemFault::Number(NumberForm::Local)),
        Some(ItemFault::Entry(Value::Null)),
    ];
    let mixes = [Mix::Cheapest, Mix::Distinct, Mix::Awkward];
    let parents = [
        None,
        Some(ParentFault::UnknownOperator),
        Some(ParentFault::UnknownProduct),
        Some(ParentFault::OtherOperatorsProduct),
    ];
    let bodies = [
        None,
        Some(BodyFault::Truncated(60)),
        Some(BodyFault::InArray),
        Some(BodyFault::Field(Part::Operator, Value::Null)),
        Some(BodyFault::Field(Part::Product, Value::Absent)),
        Some(BodyFault::Field(Part::Items, Value::Empty)),
        Some(BodyFault::Extra(super::draft::Odd::Word)),
    ];
    let keys = [Key::Own, Key::Absent, Key::Unknown(1)];
    let levels = [
        roles.len(),
        counts.len(),
        balances.len(),
        faults.len(),
        4,
        mixes.len(),
        2,
        parents.len(),
        bodies.len(),
        keys.len(),
    ];
    // A position means something only where an item is faulty.
    let allowed = |row: &[Option<usize>]| !(row[3] == Some(0) && row[4].is_some_and(|position| position > 0));
    for (number, row) in tway::covering(&levels, strength, p.seed, &allowed).into_iter().enumerate() {
        let count = counts[row[1]];
        let mut draft = Draft::good(&roles[row[0]], count).balance(balances[row[2]]).mix(mixes[row[5]]);
        if let Some(fault) = &faults[row[3]] {
            let position = [0, count / 2, count.saturating_sub(1), 11.min(count.saturating_sub(1))][row[4]];
            draft = draft.item(position, fault.clone());
        }
        draft.duplicate = row[6] == 1;
        draft.parent = parents[row[7]];
        draft.body = bodies[row[8]].clone();
        draft.key = keys[row[9]].clone();
        p.order(&number.to_string(), "a combination of several factors", &[], &draft, Watch::Wallet);
    }
}
