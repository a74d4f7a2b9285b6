//! Orders of magnitude: wallets from a pesewa to ten million cedis, orders as dear as the catalog has them, for roles that
//! may and may not buy. A limit, a role or a balance that is looked at only above or below some amount shows in them, and so
//! does a number that is too narrow.

use spec::Pesewas;

use super::means::may_buy;
use crate::history::Tier;
use crate::plan::draft::{Balance, Draft, Mix};
use crate::plan::planner::Planner;

/// Balances in pesewas: each power of ten, where widths of integers and floats end, whole cedis, tenths, and decimals that
/// begin with a zero.
const HELD: [i64; 15] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
    (1 << 31) - 1,
    1 << 31,
    1 << 32,
    123_450,
    1_234_505,
];

/// Balances that a dear order is held against.
const BESIDE_DEAR: [i64; 7] = [9_999, 10_000, 15_000, 20_000, 99_999, 10_000_000, 1 << 31];

/// As much as every language still writes to the pesewa, where cedis are floats that are shown with fifteen digits; only where
/// everything is tried.
const ODDEST: i64 = 999_999_999_999;

pub(super) fn plan(p: &mut Planner<'_>) {
    if !may_buy(p) {
        return;
    }
    let (buyers, others) = (p.buyers(), p.others());
    let limits = p.contract.limits;
    let mut held = HELD.to_vec();
    if p.tier == Tier::Full {
        held.push(ODDEST);
    }
    for role in buyers.iter().chain(&others) {
        let shelf = p.shop.dearest(role);
        let buys = buyers.contains(role);
        for pesewas in held.iter().copied() {
            one(p, "cheap", pesewas, Draft::good(role, limits.min_items));
        }
        // Whoever may not buy is refused for that, however dear the order is.
        let beside = if buys { &BESIDE_DEAR[..] } else { &BESIDE_DEAR[5..] };
        for pesewas in beside.iter().copied() {
            let dear = Draft::good(role, limits.max_items).mix(Mix::Dearest).shelf(shelf);
            one(p, "dear", pesewas, dear);
        }
    }
    for role in &buyers {
        for pesewas in [10_000, 1_000_000, 100_000_000] {
            one(p, "many", pesewas, Draft::good(role, limits.max_items + 1));
        }
    }
}

fn one(p: &mut Planner<'_>, kind: &str, pesewas: i64, draft: Draft) {
    let draft = draft.balance(Balance::Holds(Pesewas::new(pesewas)));
    let pays = p.price(&draft).is_some_and(|total| total.get() <= pesewas);
    let over = draft.count > p.contract.limits.max_items;
    let ids: &[&'static str] = match (p.contract.roles.may_buy(&draft.role), over, pays) {
        (false, ..) => &["ROLE-OTHER"],
        (_, true, _) => &["COUNT-HIGH"],
        (.., true) => &["MONEY-DEBIT"],
        (.., false) => &["BALANCE-SHORT", "MONEY-REJECT"],
    };
    p.case(format!("{kind}/{}/{pesewas}", draft.role)).serves(ids).order(&draft).add();
}
