//! Chooses packages that together cost a given amount. The balance of a fixed account can't be chosen, so the order is
//! made to match it.

use spec::Pesewas;
use spec::contract::Limits;

use crate::history::PackageFacts;

/// By sum, the numbers of items with which it can be reached: bit `n` stands for `n` items.
type Counts = u128;

/// The largest number of items that [`Counts`] has a bit for.
const MOST_ITEMS: usize = 127;

/// Returns a choice of packages, within the limits, whose sum is at least `target` and at most `target + reach`: the
/// smallest such sum. Returns `None` if there is none.
pub(super) fn meet<'p>(
    priced: &[(&'p PackageFacts, Pesewas)],
    target: Pesewas,
    reach: Pesewas,
    limits: Limits,
) -> Option<Vec<&'p PackageFacts>> {
    let dearest = priced.iter().map(|(_, price)| *price).max()?;
    if target <= Pesewas::ZERO || dearest * (limits.max_items as i64) < target {
        return None;
    }
    let priced: Vec<(&PackageFacts, usize)> =
        priced.iter().filter_map(|(package, price)| Some((*package, pesewas(*price)?))).collect();
    let (least, most) = (pesewas(target)?, pesewas(target + reach)?);
    let max_items = limits.max_items.min(MOST_ITEMS);
    let reached = counts(&priced, most, max_items);
    let allowed = up_to(max_items) & !(up_to(limits.min_items.min(MOST_ITEMS)) >> 1);
    let mut sum = (least..=most).find(|sum| reached[*sum] & allowed != 0)?;
    let mut left = (reached[sum] & allowed).trailing_zeros();
    let mut packages = Vec::with_capacity(left as usize);
    while left > 0 {
        left -= 1;
        let came_from =
            |price: usize| sum.checked_sub(price).is_some_and(|rest| reached[rest] >> left & 1 == 1);
        let last = priced.iter().filter(|(_, price)| came_from(*price));
        let (package, price) = last.reduce(|best, it| if it.1 > best.1 { it } else { best })?;
        packages.push(*package);
        sum -= price;
    }
    Some(packages)
}

fn pesewas(amount: Pesewas) -> Option<usize> {
    usize::try_from(amount.get()).ok()
}

/// Returns the bits of 0 to `items`.
const fn up_to(items: usize) -> Counts {
    Counts::MAX >> (MOST_ITEMS - items)
}

/// Returns, for each sum up to `most`, with how many items it can be reached.
fn counts(priced: &[(&PackageFacts, usize)], most: usize, max_items: usize) -> Vec<Counts> {
    let mut reached: Vec<Counts> = vec![0; most + 1];
    reached[0] = 1;
    let is_free = priced.iter().any(|(_, price)| *price == 0);
    for sum in 0..=most {
        for (_, price) in priced.iter().filter(|(_, price)| (1..=sum).contains(price)) {
            reached[sum] |= reached[sum - price] << 1;
        }
        if is_free {
            (0..max_items).for_each(|_| reached[sum] |= reached[sum] << 1);
        }
        reached[sum] &= up_to(max_items);
    }
    reached
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

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

    #[test]
    fn a_sum_that_needs_every_item_or_a_package_for_nothing_is_met() {
        let (a, b) = (package("a"), package("b"));
        let met = |prices: [i64; 2], target: i64| {
            let priced = [(&a, Pesewas::new(prices[0])), (&b, Pesewas::new(prices[1]))];
            meet(&priced, Pesewas::new(target), Pesewas::ZERO, LIMITS).map(|it| it.len())
        };
        assert_eq!(met([265, 595], 1_985), Some(5));
        assert_eq!(met([110, 235], 110 * 20), Some(20));
        assert_eq!(met([110, 235], 110 * 21), None, "one item too many");
        assert_eq!(met([0, 500], 500), Some(2), "one of the dearer, and one for nothing");
        assert_eq!(met([300, 500], 500), None, "one item is too few");
    }
}
