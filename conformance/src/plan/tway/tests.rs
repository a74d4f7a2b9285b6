//! Checks by listing all rows that every combination that occurs in an allowed row is covered.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

fn anything(_: &[Option<usize>]) -> bool {
    true
}

/// A combination: factors with their levels.
type Tuple = Vec<(usize, usize)>;

/// Returns every combination of `strength` factors in a row.
fn tuples(row: &[usize], strength: usize) -> BTreeSet<Tuple> {
    let mut tuples = BTreeSet::from([Tuple::new()]);
    for (factor, level) in row.iter().enumerate() {
        let longer: Vec<Tuple> =
            tuples.iter().map(|tuple| [tuple.clone(), vec![(factor, *level)]].concat()).collect();
        tuples.extend(longer);
    }
    tuples.retain(|tuple| tuple.len() == strength);
    tuples
}

/// Returns every row that the levels allow.
fn all_rows(levels: &[usize]) -> Vec<Vec<usize>> {
    levels.iter().fold(vec![Vec::new()], |rows, count| {
        rows.iter().flat_map(|row| (0..*count).map(|level| [row.clone(), vec![level]].concat())).collect()
    })
}

fn full(row: &[usize]) -> Vec<Option<usize>> {
    row.iter().copied().map(Some).collect()
}

/// Pairs of levels that exclude each other and, if `late`, a factor that must be 0 where two others are.
#[derive(Debug, Clone)]
struct Rules {
    pairs: Vec<[(usize, usize); 2]>,
    /// The late rule applies only once all three levels are known, so that partial rows run into dead ends.
    late: bool,
}

impl Rules {
    fn allow(&self, row: &[Option<usize>]) -> bool {
        let holds = |(factor, level): (usize, usize)| row.get(factor) == Some(&Some(level));
        let late = self.late && row.len() > 2 && row[..3].iter().all(Option::is_some);
        let excluded = self.pairs.iter().any(|pair| pair.iter().all(|it| holds(*it)));
        let dead_end = late && row[0] == Some(0) && row[1] == Some(0) && row[2] != Some(0);
        !excluded && !dead_end
    }
}

fn rules() -> impl Strategy<Value = Rules> {
    let level = || (0_usize..6, 0_usize..4);
    let pair = (level(), level()).prop_map(|(a, b)| [a, b]);
    (proptest::collection::vec(pair, 0..7), any::<bool>()).prop_map(|(pairs, late)| Rules { pairs, late })
}

proptest! {
    #[test]
    fn holds_every_combination_that_can_be_held(
        levels in proptest::collection::vec(1_usize..5, 1..6),
        strength in 1_usize..4,
        seed in any::<u64>(),
        rules in rules(),
    ) {
        let allow = |row: &[Option<usize>]| rules.allow(row);
        let rows = covering(&levels, strength, seed, &allow);
        let strength = strength.min(levels.len());
        let collect = |rows: &[Vec<usize>]| -> BTreeSet<Tuple> {
            rows.iter().flat_map(|row| tuples(row, strength)).collect()
        };
        let possible: Vec<Vec<usize>> =
            all_rows(&levels).into_iter().filter(|row| rules.allow(&full(row))).collect();
        prop_assert!(rows.iter().all(|row| possible.contains(row)));
        prop_assert_eq!(collect(&rows), collect(&possible));
        let distinct: BTreeSet<&Vec<usize>> = rows.iter().collect();
        prop_assert_eq!(distinct.len(), rows.len());
        prop_assert_eq!(&rows, &covering(&levels, strength, seed, &allow), "the same again");
    }
}

#[test]
fn edges() {
    assert_eq!(covering(&[], 2, 1, &anything), Vec::<Vec<usize>>::new());
    assert_eq!(covering(&[3, 0], 2, 1, &anything), Vec::<Vec<usize>>::new());
    assert_eq!(covering(&[3, 2], 0, 1, &anything), Vec::<Vec<usize>>::new());
    assert_eq!(covering(&[3, 2], 2, 1, &|_| false), Vec::<Vec<usize>>::new());
    assert_eq!(covering(&[3], 1, 1, &anything).len(), 3);
    let mut all = covering(&[2, 2, 2], 9, 1, &anything);
    all.sort_unstable();
    assert_eq!(all, all_rows(&[2, 2, 2]));
}

#[test]
fn another_seed_gives_other_rows() {
    let levels = [4, 4, 4, 4, 4];
    assert_ne!(covering(&levels, 2, 1, &anything), covering(&levels, 2, 2, &anything));
}

/// Compares the number of rows with a lower bound for any such array: the product of the largest level counts.
#[test]
fn arrays_are_small() {
    let mut text = String::new();
    for (levels, strength) in [
        (vec![2; 10], 2),
        (vec![3; 13], 2),
        (vec![4; 10], 2),
        (vec![10; 12], 2),
        (vec![3, 7, 5, 4, 4, 3, 2, 6, 2, 4], 2),
        (vec![2; 10], 3),
        (vec![3; 6], 3),
        (vec![3, 7, 5, 4, 4, 3, 2, 6, 2, 4], 3),
    ] {
        let rows = covering(&levels, strength, 1, &anything);
        let mut largest = levels.clone();
        largest.sort_unstable_by(|a, b| b.cmp(a));
        let least: usize = largest[..strength].iter().product();
        assert!(rows.len() >= least);
        let _ = writeln!(text, "strength {strength} of {levels:?}: {} rows, at least {least}", rows.len());
    }
    insta::assert_snapshot!(text);
}
