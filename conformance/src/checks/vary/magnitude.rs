//! Plans orders of magnitude: wallets from a pesewa to 43 million cedis (ten billion in the tier `full`), and orders
//! as expensive as the catalog allows, for roles that may and may not buy. They show a limit, a role or a balance that
//! is checked only above or below some amount, and a number type that is too narrow.

use spec::Pesewas;

use super::means::{may_buy, spenders};
use crate::history::Tier;
use crate::plan::builder::Watch;
use crate::plan::order_draft::{Balance, Mix, OrderDraft};
use crate::plan::planner::Planner;

/// Balances in pesewas: each capability of ten, limits of integer and float types, whole cedis, tenths, and decimals that
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

/// Balances, in pesewas, for an expensive order.
const BESIDE_DEAR: [i64; 7] = [9_999, 10_000, 15_000, 20_000, 99_999, 10_000_000, 1 << 31];

/// The largest amount, in pesewas, that every language still writes exactly if cedis are floats that are shown with
/// fifteen digits; only for the tier `full`.
const ODDEST: i64 = 999_999_999_999;

pub(super) fn plan(p: &mut Planner<'_>) {
    let limits = p.contract.limits;
    if !may_buy(p) {
        // With fixed accounts, balances can't be chosen, and one large amount is enough.
        if let Some(role) = spenders(p).first() {
            // One item fewer than the most, so that the total is less likely to be a whole number of cedis.
            let dear = OrderDraft { count: limits.max_items - 1, ..dearest(p, role) };
            p.case(format!("dearest/{role}"))
                .serves(&["MONEY-DEBIT", "RESP-TOTAL"])
                .order(&dear)
                .watch(Watch::Everything)
                .add();
        }
        if p.tier >= Tier::Standard {
            goods(p);
        }
        return;
    }
    let (buyers, others) = (p.buyers(), p.others());
    let mut held = HELD.to_vec();
    if p.tier == Tier::Full {
        held.push(ODDEST);
    }
    for role in buyers.iter().chain(&others) {
        let buys = buyers.contains(role);
        for pesewas in held.iter().copied() {
            one(p, "cheap", pesewas, OrderDraft::good(role, limits.min_items));
        }
        // A role that may not buy is refused for that, however expensive the order is, so few balances suffice.
        let beside = if buys { &BESIDE_DEAR[..] } else { &BESIDE_DEAR[5..] };
        for pesewas in beside.iter().copied() {
            one(p, "dear", pesewas, dearest(p, role));
        }
    }
    for role in &buyers {
        for pesewas in [10_000, 1_000_000, 100_000_000] {
            one(p, "many", pesewas, OrderDraft::good(role, limits.max_items + 1));
        }
    }
}

/// Plans an order of each product that has its packages once each, as far as one order takes them: one of them may be
/// charged otherwise than shown. The roles that may buy take turns.
fn goods(p: &mut Planner<'_>) {
    let (buyers, limits) = (p.buyers(), p.contract.limits);
    for (line, role) in (0..p.catalog.lines.len()).zip(buyers.into_iter().cycle()) {
        let count = p.catalog.lines[line].active.len().clamp(limits.min_items, limits.max_items);
        p.case(format!("goods/{line}/{role}"))
            .serves(&["MONEY-DEBIT", "RESP-TOTAL"])
            .order(&OrderDraft::good(&role, count).mix(Mix::Distinct).line(line))
            .add();
    }
}

/// Returns the most expensive order that the catalog allows.
fn dearest(p: &Planner<'_>, role: &str) -> OrderDraft {
    OrderDraft::good(role, p.contract.limits.max_items).mix(Mix::Dearest).line(p.catalog.dearest(role))
}

fn one(p: &mut Planner<'_>, kind: &str, pesewas: i64, draft: OrderDraft) {
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
