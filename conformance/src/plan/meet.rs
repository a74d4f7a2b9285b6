//! Chooses packages that together cost a given amount. The balance of a fixed account can't be chosen, so the order is
//! made to match it.

use std::collections::BTreeMap;

use spec::Pesewas;
use spec::contract::Limits;

use crate::history::PackageFacts;

/// Returns a choice of packages, within the limits, whose sum is at least `target` and at most `target + reach`: the
/// smallest such sum. Returns `None` if there is none.
pub(super) fn meet<'p>(
    priced: &[(&'p PackageFacts, Pesewas)],
    target: Pesewas,
    reach: Pesewas,
    limits: Limits,
) -> Option<Vec<&'p PackageFacts>> {
    let most = target + reach;
    let dearest = priced.iter().map(|(_, price)| *price).max()?;
    if target <= Pesewas::ZERO || dearest * (limits.max_items as i64) < target {
        return None;
    }
    // The sums that are reachable with each number of items, each with the package added last. The table is small,
    // since sums never exceed `most`.
    let mut reachable: Vec<BTreeMap<Pesewas, usize>> = vec![BTreeMap::from([(Pesewas::ZERO, usize::MAX)])];
    for count in 1..=limits.max_items {
        let mut next = BTreeMap::new();
        for sum in reachable[count - 1].keys() {
            for (at, (_, price)) in priced.iter().enumerate() {
                let more = *sum + *price;
                if more <= most {
                    next.entry(more).or_insert(at);
                }
            }
        }
        reachable.push(next);
    }
    let (sum, count) = (limits.min_items..=limits.max_items)
        .flat_map(|count| reachable[count].range(target..=most).next().map(|(sum, _)| (*sum, count)))
        .min()?;
    let mut packages = Vec::with_capacity(count);
    let (mut sum, mut count) = (sum, count);
    while count > 0 {
        let (package, price) = priced[reachable[count][&sum]];
        packages.push(package);
        sum -= price;
        count -= 1;
    }
    Some(packages)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { min_items: 2, max_items: 20 };

    fn package(id: &str) -> PackageFacts {
        PackageFacts { id: id.into(), active: true, price: BTreeMap::new() }
    }

    #[test]
    fn meets_a_balance_exactly_or_just_above() {
        let (a, b) = (package("a"), package("b"));
        let priced = [(&a, Pesewas::new(110)), (&b, Pesewas::new(235))];
        let sum = |target: i64, reach: i64| -> Option<i64> {
            let packages = meet(&priced, Pesewas::new(target), Pesewas::new(reach), LIMITS)?;
            Some(packages.iter().map(|it| if it.id == "a" { 110 } else { 235 }).sum())
        };
        assert_eq!(sum(110 * 3 + 235 * 2, 0), Some(800));
        assert_eq!(sum(221, 0), None);
        assert_eq!(sum(221, 200), Some(330));
        assert_eq!(sum(1_000_000, 0), None);
    }
}
