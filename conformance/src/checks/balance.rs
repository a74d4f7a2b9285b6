//! The wallet: what is enough, what is short, and that exactly the accepted orders are debited, each once.

use spec::{Meaning, OperationId, Pesewas};

use super::check::Check;
use super::prevalidation::is_refused_for_a_recipient;
use crate::history::{Answer, Tier};
use crate::judge::findings::Findings;
use crate::judge::findings::ghs;
use crate::judge::refunds::{Back, UNSEEN};
use crate::judge::scene::{Scene, Seen};
use crate::order::door;
use crate::order::facts::Facts;
use crate::order::reading;
use crate::order::rule::{Applies, Rule};
use crate::plan::builder::Watch;
use crate::plan::case::{Actor, Step};
use crate::plan::defect::{ItemFault, NumberForm};
use crate::plan::order_draft::{Balance, Mix, OrderDraft};
use crate::plan::planner::Planner;
use crate::plan::why_not::WhyNot;

/// The check of the balance.
pub(crate) const CHECK: Check = Check {
    name: "balance",
    cites: &["BALANCE-EXACT", "BALANCE-SHORT", "MONEY-DEBIT", "MONEY-REJECT", "AMB-HELD"],
    accepted: &["MONEY-DEBIT"],
    rules: RULES,
    plan: Some(plan),
    judge: Some(judge),
    ..Check::NOTHING
};

const RULES: &[Rule] = &[Rule::refuses("BALANCE-SHORT", Meaning::Insufficient, |facts, _| short(facts))];

/// Decides whether the wallet can't pay for an order.
fn short(facts: &Facts) -> Applies {
    let Some((least, most)) = facts.wallet.bounds().filter(|_| !facts.contended) else {
        // The sequence of simultaneous orders is unknown; what they may do together is judged in `race`.
        return Applies::Maybe;
    };
    let Some(order) = facts.order().filter(|it| it.entries.is_some()) else {
        // An order that can't be read has no price, but a server that checks the wallet first may still find it empty.
        return if least == Pesewas::ZERO { Applies::Maybe } else { Applies::No };
    };
    let (cheapest, dearest) = order.cost;
    if cheapest > most && Some(cheapest) == dearest {
        Applies::Surely
    } else if dearest.is_some_and(|dearest| dearest <= least) && least > Pesewas::ZERO {
        Applies::No
    } else {
        Applies::Maybe
    }
}

fn plan(p: &mut Planner<'_>) {
    let buyers = p.buyers();
    if buyers.is_empty() {
        return p.cannot(CHECK.cites, &WhyNot::NoBuyer);
    }
    for role in &buyers {
        around_the_total(p, role);
    }
    if p.has_states() && p.tier > Tier::Probe {
        for role in &buyers {
            once(p, role);
            unspent(p, role);
        }
    }
}

/// Plans orders with a balance of exactly the total, a pesewa more, a pesewa less, and zero.
fn around_the_total(p: &mut Planner<'_>, role: &str) {
    let limits = p.contract.limits;
    let baskets = [(limits.min_items, Mix::Cheapest), (limits.max_items, Mix::Distinct), (7, Mix::Awkward)];
    let cheap = p.tier < Tier::Standard || !p.has_states();
    for (balance, id) in [
        (Balance::Short, "BALANCE-SHORT"),
        (Balance::Exact, "BALANCE-EXACT"),
        (Balance::Over, "BALANCE-EXACT"),
        // This one goes last: with fixed accounts it needs a wallet that the others have emptied.
        (Balance::Zero, "BALANCE-SHORT"),
    ] {
        let money = if balance.pays() { "MONEY-DEBIT" } else { "MONEY-REJECT" };
        for (count, mix) in baskets.into_iter().filter(|(_, mix)| !cheap || *mix == Mix::Cheapest) {
            let count = count.clamp(limits.min_items, limits.max_items);
            p.case(format!("{}/{role}/{count}", balance.name()))
                .title(format!("{role} orders {count}, balance {}", balance.name()))
                .serves(&[id, money])
                .order(&OrderDraft::good(role, count).balance(balance).mix(mix))
                .watch(Watch::Everything)
                .add();
        }
    }
}

/// Plans two equal orders with funds for one: the second must be refused, even if the wallet can't be read.
fn once(p: &mut Planner<'_>, role: &str) {
    let draft = OrderDraft::good(role, p.contract.limits.min_items);
    let (Some(first), Some(mut second)) = (p.render(&draft, 0), p.render(&draft, 0)) else { return };
    let Some(total) = first.total else {
        return p.cannot(&["MONEY-DEBIT"], &WhyNot::NoPrices);
    };
    second.outgoing.cost.refused();
    p.case(format!("once/{role}"))
        .title(format!("{role}, funded for one order, orders twice"))
        .serves(&["MONEY-DEBIT", "BALANCE-SHORT"])
        .actor(Actor::fresh(role, total))
        .steps([first, second].map(|it| Step::Order(it.outgoing)))
        .add();
}

/// Plans a refused and a good order with funds for the good one only: the refused one must not cost anything.
fn unspent(p: &mut Planner<'_>, role: &str) {
    let limits = p.contract.limits;
    let faulty = [
        OrderDraft::good(role, limits.min_items).item(limits.min_items - 1, ItemFault::UnknownPackage),
        OrderDraft::good(role, limits.max_items + 1),
        OrderDraft::good(role, limits.min_items).item(0, ItemFault::Number(NumberForm::Letters)),
        // This order is valid but costs more than the wallet holds.
        OrderDraft::good(role, limits.max_items).mix(Mix::Distinct),
    ];
    let good = OrderDraft::good(role, limits.min_items).mix(Mix::Distinct);
    for (at, faulty) in faulty.iter().enumerate() {
        let (Some(mut bad), Some(good)) = (p.render(faulty, 0), p.render(&good, 0)) else { return };
        bad.outgoing.cost.refused();
        let Some(total) = good.total else {
            return p.cannot(&["MONEY-REJECT"], &WhyNot::NoPrices);
        };
        p.case(format!("unspent/{role}/{at}"))
            .title(format!("{role}, funded for one order, is refused and then orders"))
            .serves(&["MONEY-REJECT", "PRE-ATOMIC"])
            .actor(Actor::fresh(role, total))
            .steps([bad, good].map(|it| Step::Order(it.outgoing)))
            .add();
    }
}

fn judge(scene: &Scene<'_>, findings: &mut Findings<'_>) {
    let wallets = scene.wallets();
    for seen in &scene.seen {
        let Some(read) = seen.wallet(scene.contract).and_then(|it| it.available.pesewas()) else { continue };
        let Some(actor) = seen.exchange.actor else { continue };
        let same = |other: &&Seen<'_>| other.exchange.actor.map(|it| wallets[it]) == Some(wallets[actor]);
        let last_read = scene.seen[..seen.at].iter().rposition(|other| {
            other.exchange.operation == OperationId::Wallet
                && same(&other)
                && other.wallet(scene.contract).is_some()
        });
        let since: Vec<&Seen<'_>> = scene.seen[last_read.map_or(0, |at| at + 1)..seen.at]
            .iter()
            .filter(same)
            .filter(|it| it.is_order())
            .collect();
        // Reads within a batch are judged by `race`.
        if seen.exchange.batch.is_none() && !since.is_empty() {
            effects(scene, seen, read, actor, &since, findings);
        }
    }
    inferred(scene, findings);
    held(scene, findings);
}

/// Checks that refusals do not increase the held balance of a wallet from which nothing was bought.
fn held(scene: &Scene<'_>, findings: &mut Findings<'_>) {
    let wallets = scene.wallets();
    let fresh = |it: usize| scene.case.accounts[it].fresh;
    for wallet in (0..wallets.len()).filter(|it| wallets[*it] == *it && fresh(*it)) {
        if scene.created.iter().any(|it| wallets[it.actor] == wallet) {
            continue;
        }
        let own = |it: &&Seen<'_>| it.exchange.actor.is_some_and(|actor| wallets[actor] == wallet);
        let lost = |it: &Seen<'_>| it.is_order() && it.response().is_none();
        if scene.seen.iter().filter(own).any(lost) {
            continue;
        }
        let amount = |it: &Seen<'_>| it.wallet(scene.contract)?.held?.pesewas();
        let mut reads = scene.seen.iter().filter(own).filter_map(|it| Some((it, amount(it)?)));
        let Some((_, first)) = reads.next() else { continue };
        if let Some((seen, more)) = reads.find(|(_, it)| *it > first) {
            findings
                .fail(
                    &["MONEY-REJECT"],
                    "held by a refusal",
                    format!("after refused orders {} is held", ghs(more)),
                )
                .at(seen)
                .wanted(ghs(first), "MONEY-REJECT")
                .put();
        }
    }
}

fn accepted(scene: &Scene<'_>, seen: &Seen<'_>) -> bool {
    seen.response().is_some_and(|it| door::is_created(scene.contract, &seen.exchange.request, it))
}

/// The orders between two reads of a wallet.
#[derive(Debug, Clone, Copy)]
struct Between {
    /// Whether some were sent at once.
    race: bool,
    /// Whether one has no answer.
    lost: bool,
    /// Whether one was accepted.
    paid: bool,
    /// Whether one has no answer and may have been accepted.
    open: bool,
    /// Whether one must be refused for a recipient.
    prevalidated: bool,
    /// Whether all must be.
    all_prevalidated: bool,
    /// Whether one was not accepted.
    refused: bool,
}

impl Between {
    fn of(scene: &Scene<'_>, orders: &[&Seen<'_>]) -> Self {
        let is_lost = |it: &&Seen<'_>| matches!(it.exchange.answer, Answer::Lost(_));
        let may_be_paid = |it: &Seen<'_>| it.allowed.as_ref().is_some_and(|it| it.sure.is_empty());
        let by_item = |it: &&Seen<'_>| is_refused_for_a_recipient(it);
        Self {
            race: orders.iter().any(|it| it.exchange.batch.is_some()),
            lost: orders.iter().any(is_lost),
            paid: orders.iter().any(|it| accepted(scene, it)),
            open: orders.iter().any(|it| is_lost(it) && may_be_paid(it)),
            prevalidated: orders.iter().any(by_item),
            all_prevalidated: orders.iter().all(by_item),
            refused: orders.iter().any(|it| !accepted(scene, it)),
        }
    }

    /// Returns the requirements that a wrong balance after these orders may break, the likeliest first.
    fn ids(&self) -> Vec<&'static str> {
        match (self.race, self.paid, self.open, self.prevalidated) {
            (true, ..) => vec!["MONEY-RACE", "MONEY-DEBIT"],
            (_, true, ..) if self.refused => {
                vec!["MONEY-DEBIT", "MONEY-REJECT", "RESP-TOTAL", "WALLET-CONSISTENT"]
            }
            (_, true, ..) => vec!["MONEY-DEBIT", "RESP-TOTAL", "WALLET-CONSISTENT"],
            (_, _, true, _) => vec!["MONEY-DEBIT", "MONEY-REJECT"],
            (.., true) if self.all_prevalidated => vec!["PRE-ATOMIC", "MONEY-REJECT"],
            (.., true) => vec!["MONEY-REJECT", "PRE-ATOMIC"],
            _ => vec!["MONEY-REJECT"],
        }
    }
}

/// Compares a balance with what it should be after the orders since the last read.
fn effects(
    scene: &Scene<'_>,
    seen: &Seen<'_>,
    read: Pesewas,
    actor: usize,
    since: &[&Seen<'_>],
    findings: &mut Findings<'_>,
) {
    let orders = Between::of(scene, since);
    let Between { race, lost, paid, open, prevalidated, .. } = orders;
    // A copied reading closes a group of refused orders, of which any may be the reason.
    let grouped = seen.exchange.shared;
    let mut ids = if grouped { vec!["MONEY-REJECT"] } else { orders.ids() };
    // What happens at once is judged as a whole.
    if let Some((answered, priced)) = totals(scene, since).filter(|_| !race) {
        if answered == priced {
            // The answers say what the packages cost, so they don't explain another debit.
            ids.retain(|it| *it != "RESP-TOTAL");
        } else if since.first().and_then(|it| it.before.exact()).is_some_and(|it| it - read == priced) {
            // The wallet lost what the packages cost: the answer is wrong, which is judged by itself, and not the debit.
            return;
        }
    }
    let possible = seen.before.possible();
    if possible.is_empty() {
        return findings.inconclusive(ids[0], "the balance before is not known");
    }
    if seen.before.may_be(read) {
        if !race && !lost {
            findings.pass(if paid { "MONEY-DEBIT" } else { "MONEY-REJECT" });
            if prevalidated && !paid {
                findings.pass("PRE-ATOMIC");
            }
        }
        return;
    }
    match scene.came_back(seen, actor, read) {
        Some(Back::Failed) => return findings.observe("AMB-HELD", "failed recipients are refunded"),
        Some(Back::Unseen) => return findings.inconclusive(ids[0], UNSEEN),
        None => {}
    }
    // Others may use a fixed account, so a balance that was not read before proves nothing about our orders.
    if !scene.case.accounts[actor].fresh && !scene.is_read_before(seen) {
        return findings.inconclusive(ids[0], "the balance before was not read");
    }
    let only_refused = !race && !paid && !open;
    let was_paid_in = !scene.case.accounts[actor].fresh && possible.iter().all(|before| read > *before);
    if only_refused && was_paid_in {
        return findings.inconclusive(ids[0], PAID_IN);
    }
    let wanted: Vec<String> = possible.iter().map(|it| ghs(*it)).collect();
    let (cause, orders) = match (paid, open) {
        (true, _) => ("wrong debit", "accepted orders"),
        (_, true) => ("wrong debit", "orders without an answer"),
        _ => ("changed by a refusal", "refused orders"),
    };
    let summary = format!("after {orders} the wallet holds {}", ghs(read));
    let opening = since.first().and_then(|it| it.before.exact());
    let mut finding =
        findings.fail(&ids, cause, summary).at(seen).wanted(wanted.join(" or "), ids[0]).actual(ghs(read));
    if let Some(opening) = opening {
        finding = finding.detail(format!("it held {} before", ghs(opening)));
    }
    if grouped {
        finding = finding.detail(BESIDE);
    }
    since.iter().fold(finding, |finding, order| finding.detail(told(order))).put();
}

/// Returns what the accepted orders cost according to their answers, and what their packages cost; `None` if one of these is
/// unknown, or an order has no answer.
fn totals(scene: &Scene<'_>, orders: &[&Seen<'_>]) -> Option<(Pesewas, Pesewas)> {
    let (mut answered, mut priced) = (Pesewas::ZERO, Pesewas::ZERO);
    for order in orders {
        let response = order.response()?;
        if accepted(scene, order) {
            answered += reading::total(scene.contract, response)?;
            priced += order.facts.as_ref()?.exact_cost()?;
        }
    }
    Some((answered, priced))
}

/// What a finding says whose reading closes a group of refused orders.
pub(super) const BESIDE: &str =
    "other refused orders went beside this one, and any of them may be the reason";

/// Returns what an order cost and how it was answered.
fn told(order: &Seen<'_>) -> String {
    let answered = order.response().map_or("no answer".to_owned(), |it| it.status.to_string());
    let cost = order.facts.as_ref().and_then(Facts::exact_cost).map_or("unknown".to_owned(), ghs);
    format!("order of {cost}: {answered}")
}

/// Why a wallet that holds more after refused orders decides nothing.
const PAID_IN: &str = "the wallet of a fixed account holds more than before the refused orders: somebody may have paid in, or an \
                       earlier order was refunded";

/// Records passes that follow from later orders, even if the wallet can't be read: the second order of a wallet funded
/// for one was refused, or an order after a refused one could still be paid.
fn inferred(scene: &Scene<'_>, findings: &mut Findings<'_>) {
    let orders: Vec<&Seen<'_>> =
        scene.seen.iter().filter(|it| it.is_order() && it.exchange.batch.is_none()).collect();
    for pair in orders.windows(2) {
        let [first, second] = pair else { continue };
        if first.exchange.actor != second.exchange.actor || first.response().is_none() {
            continue;
        }
        let Some(cost) = second.facts.as_ref().and_then(Facts::exact_cost) else { continue };
        let status = second.response().map(|it| it.status);
        let short = second.allowed.as_ref().is_some_and(|it| it.sure == ["BALANCE-SHORT"]);
        if accepted(scene, first) && short && status == Some(scene.contract.status(Meaning::Insufficient)) {
            findings.pass("MONEY-DEBIT");
        }
        if !accepted(scene, first) && accepted(scene, second) && second.before.exact() == Some(cost) {
            findings.pass("MONEY-REJECT");
            if is_refused_for_a_recipient(first) {
                findings.pass("PRE-ATOMIC");
            }
        }
    }
}
