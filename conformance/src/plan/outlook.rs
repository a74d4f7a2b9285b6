//! Estimates what more money would buy: which requirements a plan would exercise, and for how much.

use std::collections::BTreeSet;

use spec::Pesewas;

use super::case::Case;

/// The sums that are reported, in pesewas.
const STEPS: [i64; 6] = [0, 1_000, 2_000, 5_000, 10_000, 20_000];

/// A sum of money, and what it buys beyond the smaller sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bought {
    /// The sum; `None` stands for the cost of the rest of the plan.
    pub sum: Option<Pesewas>,
    /// The number of further cases that this sum pays for, beyond those of the smaller sums.
    pub cases: u64,
    /// The requirements that these cases are the first to exercise.
    pub exercises: Vec<&'static str>,
    /// What a conforming server charges for these cases at most.
    pub cost: Pesewas,
    /// What has to be left under a cap for the dearest of these cases, since a wrong server may charge it.
    pub room: Pesewas,
}

impl std::fmt::Display for Bought {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { sum, cases, exercises, cost, room } = self;
        let (some, more) = if *cases == 1 { ("case", "more case") } else { ("cases", "more cases") };
        match sum {
            Some(sum) if *sum == Pesewas::ZERO => write!(
                f,
                "with room for {room} GHS, which a conforming server does not charge: {cases} {some}"
            )?,
            Some(sum) => write!(f, "up to {sum} GHS: {cases} {more}")?,
            None => write!(f, "for another {cost} GHS: {cases} {more}")?,
        }
        match &exercises[..] {
            [] => f.write_str(", in more depth"),
            ids if ids.len() > 12 => write!(f, ", {} requirements", ids.len()),
            ids => write!(f, ", {}", ids.join(", ")),
        }
    }
}

/// Returns what each sum buys of the cases that are left, in their order, beyond what the cases before them exercise.
/// Sums that buy nothing are left out. What costs nothing needs no sum, wherever it stands in the plan.
#[must_use]
pub(crate) fn outlook(before: &[&Case], left: &[&Case]) -> Vec<Bought> {
    let mut seen: BTreeSet<&str> = before.iter().flat_map(|it| it.exercises()).collect();
    let mut table: Vec<Bought> = Vec::new();
    let mut spent = Pesewas::ZERO;
    let (free, bought): (Vec<&Case>, Vec<&Case>) = left.iter().partition(|it| it.price() == Pesewas::ZERO);
    for case in free.into_iter().chain(bought) {
        spent += case.price();
        let sum = STEPS.iter().map(|step| Pesewas::new(*step)).find(|step| spent <= *step);
        if table.last().is_none_or(|last| last.sum != sum) {
            table.push(Bought {
                sum,
                cases: 0,
                exercises: Vec::new(),
                cost: Pesewas::ZERO,
                room: Pesewas::ZERO,
            });
        }
        if let Some(last) = table.last_mut() {
            last.cases += 1;
            last.cost += case.price();
            last.room = last.room.max(case.cost.worst);
            last.exercises.extend(case.exercises().filter(|id| seen.insert(id)));
        }
    }
    table
}
