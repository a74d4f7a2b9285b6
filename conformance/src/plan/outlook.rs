//! What money would buy: which requirements a plan exercises for how much.

use std::collections::BTreeSet;

use spec::Pesewas;

use super::case::Case;

/// Steps of money that are told, in pesewas.
const STEPS: [i64; 6] = [0, 1_000, 2_000, 5_000, 10_000, 20_000];

/// A sum, and what it buys beyond the sums before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bought {
    /// The sum; `None` for all that the rest of the plan costs.
    pub sum: Option<Pesewas>,
    /// Cases that a conforming server charges no more than this for, those of smaller sums left out.
    pub cases: u64,
    /// Requirements that are exercised for the first time.
    pub exercises: Vec<&'static str>,
    /// What these cases cost.
    pub cost: Pesewas,
}

impl std::fmt::Display for Bought {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { sum, cases, exercises, cost } = self;
        let (some, more) = if *cases == 1 { ("case", "more case") } else { ("cases", "more cases") };
        match sum {
            Some(sum) if *sum == Pesewas::ZERO => {
                write!(f, "at no cost, given room for the worst case: {cases} {some}")?
            }
            Some(sum) => write!(f, "up to {sum} GHS: {cases} {more}")?,
            None => write!(f, "for {cost} GHS beyond that: {cases} {more}")?,
        }
        match &exercises[..] {
            [] => f.write_str(", in more depth"),
            ids if ids.len() > 12 => write!(f, ", {} requirements", ids.len()),
            ids => write!(f, ", {}", ids.join(", ")),
        }
    }
}

/// What each step of money buys of the cases that are left, in their order, beyond what those before them exercise; steps
/// that buy nothing are left out.
#[must_use]
pub fn outlook(before: &[&Case], left: &[&Case]) -> Vec<Bought> {
    let mut seen: BTreeSet<&str> = before.iter().flat_map(|it| it.serves.iter().copied()).collect();
    let mut table: Vec<Bought> = Vec::new();
    let mut spent = Pesewas::ZERO;
    for case in left {
        spent += case.price();
        let sum = STEPS.iter().map(|step| Pesewas::new(*step)).find(|step| spent <= *step);
        if table.last().is_none_or(|last| last.sum != sum) {
            table.push(Bought { sum, cases: 0, exercises: Vec::new(), cost: Pesewas::ZERO });
        }
        if let Some(last) = table.last_mut() {
            last.cases += 1;
            last.cost += case.price();
            last.exercises.extend(case.serves.iter().filter(|id| seen.insert(id)));
        }
    }
    table
}
