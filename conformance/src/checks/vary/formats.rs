//! Plans totals of each kind of value: multiples of ten cedis, whole cedis, tenths, decimals that begin with a zero,
//! and those that floats get wrong. How a total is written may depend on its value, so orders are chosen whose sum is
//! of the kind.

use spec::Pesewas;

use super::means::spenders;
use crate::history::Tier;
use crate::plan::case::Step;
use crate::plan::order_draft::OrderDraft;
use crate::plan::planner::Planner;

/// A kind of total: its name, the smallest sum to try and the step to the next, in pesewas, and how many to try.
type Kind = (&'static str, i64, i64, usize);

const KINDS: [Kind; 10] = [
    ("whole-tens", 1_000, 1_000, 3),
    ("whole-hundred", 10_000, 10_000, 2),
    ("whole", 300, 100, 1),
    ("whole-past-ten", 1_100, 100, 2),
    ("halves", 1_050, 100, 1),
    ("tenths", 1_010, 100, 1),
    ("zero-first", 1_001, 100, 2),
    ("zero-five", 1_205, 100, 1),
    ("ninety-nine", 299, 100, 1),
    // In floats 1.15 × 100 is 114.99999999999999.
    ("floats", 115, 114, 2),
];

/// The highest sum, in pesewas, for which an order is sent that costs real money.
const DEAREST: i64 = 1_300;

/// The number of sums that are tried before a kind is given up.
const LOOKS: i64 = 40;

pub(super) fn plan(p: &mut Planner<'_>) {
    let is_free = p.has_states();
    for role in spenders(p) {
        for (name, least, apart, times) in KINDS.into_iter().filter(|it| is_free || it.1 <= DEAREST) {
            let wanted = match p.tier {
                Tier::Full => times * 4,
                _ if is_free => times,
                _ => 1,
            };
            let found = |role: String| {
                let sums = (0..LOOKS).map(|at| Pesewas::new(least + at * apart));
                let all: Vec<_> = sums.filter_map(|sum| met(p, &role, sum)).take(wanted).collect();
                (!all.is_empty()).then_some((role, all))
            };
            // Prices depend on the role, and on fixed accounts one role is enough.
            let others = if is_free { Vec::new() } else { p.buyers() };
            let mut roles = std::iter::once(role.clone()).chain(others);
            let Some((role, all)) = roles.find_map(found) else { continue };
            for (line, sum, packages) in all {
                one(p, &role, name, line, sum, &packages);
            }
        }
    }
}

/// Returns a line with packages that together cost a sum.
fn met(p: &Planner<'_>, role: &str, sum: Pesewas) -> Option<(usize, Pesewas, Vec<usize>)> {
    let of = |line: usize| p.meeting(&OrderDraft::good(role, 0).line(line), sum);
    // The most expensive lines reach the highest sums with few items.
    (0..p.catalog.lines.len()).rev().find_map(|line| Some((line, sum, of(line)?)))
}

fn one(p: &mut Planner<'_>, role: &str, kind: &str, line: usize, sum: Pesewas, packages: &[usize]) {
    let draft = OrderDraft::good(role, packages.len()).line(line);
    let Some(rendered) = p.render_basket(&draft, packages, 0) else { return };
    let Some(actor) = p.actor_with(role, sum) else { return };
    let order = [Step::Order(rendered.outgoing), Step::Wallet(0)];
    let steps = p.offered(order);
    p.case(format!("{kind}/{role}/{sum}"))
        .title(format!("{role} orders for {sum}"))
        .serves(&["RESP-TOTAL", "RESP-SHAPE", "MONEY-DEBIT"])
        .actor(actor)
        .steps(steps)
        .add();
}
