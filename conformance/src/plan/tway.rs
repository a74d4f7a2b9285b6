//! Covering arrays: few rows in which every allowed combination of any `strength` factors' levels occurs.
//!
//! Greedy, one row at a time: a row starts from a combination that is still missing, and each further factor takes the
//! level that covers most of what is missing. Pure and deterministic.

use std::collections::BTreeSet;

/// Some factors with a level each: what must occur together in some row.
type Combination = Vec<(usize, usize)>;

/// Rows of one level per factor. `allowed` says of a partial row (`None` where a factor is not chosen yet) whether it has
/// a meaning; what it forbids is not covered.
#[must_use]
pub fn covering(
    levels: &[usize],
    strength: usize,
    seed: u64,
    allowed: &dyn Fn(&[Option<usize>]) -> bool,
) -> Vec<Vec<usize>> {
    let mut missing = combinations(levels, strength, allowed);
    let mut random = seed | 1;
    let mut rows = Vec::new();
    while let Some(start) = missing.first().cloned() {
        let row = row(levels, &start, &missing, allowed, &mut random);
        let Some(row) = row else {
            // Allowed by itself, and no whole row has it.
            missing.remove(&start);
            continue;
        };
        missing.retain(|wanted| !wanted.iter().all(|(factor, level)| row[*factor] == *level));
        rows.push(row);
    }
    rows
}

/// Every allowed combination of `strength` factors' levels.
fn combinations(
    levels: &[usize],
    strength: usize,
    allowed: &dyn Fn(&[Option<usize>]) -> bool,
) -> BTreeSet<Combination> {
    let mut found: Vec<Combination> = vec![Vec::new()];
    for _ in 0..strength.min(levels.len()) {
        let mut longer = Vec::new();
        for combination in &found {
            let next = combination.last().map_or(0, |(factor, _)| factor + 1);
            for (factor, count) in levels.iter().enumerate().skip(next) {
                longer.extend((0..*count).map(|level| {
                    let mut more = combination.clone();
                    more.push((factor, level));
                    more
                }));
            }
        }
        found = longer;
    }
    let mut partial = vec![None; levels.len()];
    found.retain(|combination| {
        partial.fill(None);
        combination.iter().for_each(|(factor, level)| partial[*factor] = Some(*level));
        allowed(&partial)
    });
    found.into_iter().collect()
}

/// A whole row around a combination; `None` where the constraints allow none.
fn row(
    levels: &[usize],
    start: &Combination,
    missing: &BTreeSet<Combination>,
    allowed: &dyn Fn(&[Option<usize>]) -> bool,
    random: &mut u64,
) -> Option<Vec<usize>> {
    let mut partial: Vec<Option<usize>> = vec![None; levels.len()];
    start.iter().for_each(|(factor, level)| partial[*factor] = Some(*level));
    if fill(levels, missing, allowed, random, &mut partial) { partial.into_iter().collect() } else { None }
}

/// Chooses the open factors one by one, the best level first, and goes back where none is allowed.
fn fill(
    levels: &[usize],
    missing: &BTreeSet<Combination>,
    allowed: &dyn Fn(&[Option<usize>]) -> bool,
    random: &mut u64,
    partial: &mut [Option<usize>],
) -> bool {
    let Some(factor) = partial.iter().position(Option::is_none) else { return true };
    let mut gain = vec![0_u32; levels[factor]];
    for combination in missing {
        let mut own = None;
        let fits = combination.iter().all(|(other, level)| {
            if *other == factor {
                own = Some(*level);
            }
            *other == factor || partial[*other].is_none_or(|chosen| chosen == *level)
        });
        if let (true, Some(level)) = (fits, own) {
            // What is nearer to being covered counts for more.
            let chosen = combination.iter().filter(|(other, _)| partial[*other].is_some()).count();
            gain[level] += 1 << (4 * chosen.min(6));
        }
    }
    let mut order: Vec<(std::cmp::Reverse<u32>, u64, usize)> = (0..levels[factor])
        .map(|level| {
            *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (std::cmp::Reverse(gain[level]), *random >> 33, level)
        })
        .collect();
    order.sort_unstable();
    for (.., level) in order {
        partial[factor] = Some(level);
        if allowed(partial) && fill(levels, missing, allowed, random, partial) {
            return true;
        }
    }
    partial[factor] = None;
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn covered(rows: &[Vec<usize>], combination: &Combination) -> bool {
        rows.iter().any(|row| combination.iter().all(|(factor, level)| row[*factor] == *level))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn every_combination_occurs(levels in proptest::collection::vec(1_usize..5, 2..6), strength in 1_usize..4, seed: u64) {
            let rows = covering(&levels, strength, seed, &|_| true);
            for combination in combinations(&levels, strength, &|_| true) {
                prop_assert!(covered(&rows, &combination), "{:?}", combination);
            }
            prop_assert_eq!(&rows, &covering(&levels, strength, seed, &|_| true));
        }

        #[test]
        fn what_is_forbidden_does_not_occur(levels in proptest::collection::vec(2_usize..5, 3..6), seed: u64) {
            // The last levels of the first two factors have no meaning together.
            let (a, b) = (levels[0] - 1, levels[1] - 1);
            let allowed = |row: &[Option<usize>]| !(row[0] == Some(a) && row[1] == Some(b));
            let rows = covering(&levels, 2, seed, &allowed);
            prop_assert!(rows.iter().all(|row| !(row[0] == a && row[1] == b)));
            for combination in combinations(&levels, 2, &allowed) {
                prop_assert!(covered(&rows, &combination), "{:?}", combination);
            }
        }
    }

    #[test]
    fn few_rows_are_enough() {
        let levels = [4, 6, 5, 15, 4, 3, 4, 8, 3];
        let rows = covering(&levels, 2, 1, &|_| true).len();
        // 15 x 8 pairs need 120 rows at least.
        assert!((120..=150).contains(&rows), "{rows}");
    }
}
