//! Races: simultaneous orders of one wallet have the effect of some sequence of them.

use std::collections::BTreeSet;

use spec::{Meaning, Pesewas};

use super::check::Check;
use crate::history::{Answer, Response};
use crate::judge::findings::Findings;
use crate::judge::findings::ghs;
use crate::judge::linear::{self, Event, Linear, Op};
use crate::judge::refunds::UNSEEN;
use crate::judge::scene::{Scene, Seen};
use crate::order::{door, reading};
use crate::plan::planner::Planner;
use crate::plan::race::{self, Serves};

/// The check of races.
pub(crate) const CHECK: Check = Check {
    name: "race",
    cites: &["MONEY-RACE", "BALANCE-EXACT"],
    plan: Some(plan),
    judge: Some(judge),
    ..Check::NOTHING
};

fn plan(p: &mut Planner<'_>) {
    let what = Serves { race: &["MONEY-RACE"], emptying: &["BALANCE-EXACT"], all_paid: &["MONEY-DEBIT"] };
    race::plan(p, &what);
}

/// The number of nodes after which the search gives up; a planned batch takes a few thousand at most.
const MOST_NODES: u64 = 50_000;

fn judge(scene: &Scene<'_>, findings: &mut Findings<'_>) {
    if scene.seen.iter().all(|it| it.exchange.batch.is_none()) {
        return;
    }
    let wallets = scene.wallets();
    for wallet in (0..scene.case.accounts.len()).filter(|actor| wallets[*actor] == *actor) {
        let own = |seen: &&Seen<'_>| seen.exchange.actor.is_some_and(|actor| wallets[actor] == wallet);
        let Some(opening) = scene.case.accounts[wallet].balance else { continue };
        let seen: Vec<&Seen<'_>> = scene.seen.iter().filter(own).collect();
        if seen.iter().filter(|it| it.is_order() && it.exchange.batch.is_some()).count() > 1 {
            linearizable(scene, (wallet, opening), &seen, findings);
        }
    }
    distinct(scene, findings);
}

/// The amount that an accepted order takes from the wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// What its answer says.
    Said,
    /// What it costs by the known prices. Where the answer is wrong about that, the wallet may be right.
    Priced,
}

/// Returns what an exchange does to the wallet or shows of it; `None` if that is unknown.
fn event(scene: &Scene<'_>, seen: &Seen<'_>, taken: Taken) -> Option<Event> {
    let contract = scene.contract;
    let (start_us, end_us) = (seen.exchange.sent_us, seen.exchange.done_us);
    if let Some(wallet) = seen.wallet(contract) {
        return Some(Event { op: Op::Read(wallet.available.pesewas()?), start_us, end_us });
    }
    let facts = seen.facts.as_ref()?;
    match &seen.exchange.answer {
        // Any success status counts here; a wrong one is reported by the check of statuses.
        Answer::Response(response)
            if reading::is_success(response.status) && !door::is_denied(contract, response) =>
        {
            let (said, cost) = (reading::total(contract, response), facts.exact_cost());
            let amount = if taken == Taken::Said { said.or(cost) } else { cost.or(said) };
            Some(Event { op: Op::Debit(amount?), start_us, end_us })
        }
        Answer::Response(response) if response.status == contract.status(Meaning::Insufficient) => {
            Some(Event { op: Op::Refused(facts.exact_cost()?), start_us, end_us })
        }
        Answer::Lost(_) => Some(Event { op: Op::Maybe(facts.exact_cost()?), start_us, end_us: u64::MAX }),
        _ => None,
    }
}

/// Returns true if the accepted orders took exactly what a wallet was read to hold: whichever of them was last, the balance
/// equalled its total. A fixed account may have no other wallet to show that with.
fn takes_all(scene: &Scene<'_>, wallet: usize, opening: Pesewas, events: &[Event]) -> bool {
    let read = events.first().is_some_and(|it| matches!(it.op, Op::Read(read) if read == opening));
    let certain = !events.iter().any(|it| matches!(it.op, Op::Maybe(_)));
    let debit = |it: &Event| if let Op::Debit(amount) = it.op { Some(amount) } else { None };
    let debits: Pesewas = events.iter().filter_map(debit).sum();
    let may_come_back = !scene.refundable_in(wallet).is_empty() || scene.hidden_in(wallet) > Pesewas::ZERO;
    read && certain && !may_come_back && debits > Pesewas::ZERO && debits == opening
}

/// Why a race whose wallet pays for all of its orders shows only half of what is promised.
const ALL_PAID: &str = "no debit was lost, but the wallet paid for all of the orders that were sent at once, so that it could \
                        not be overspent";

/// Why a race shows nothing in which the server let through too few of the orders.
const THROTTLED: &str = "no debit was lost, but the server throttled orders that were sent at once, and the wallet paid for all \
                         of the others, so that it could not be overspent";

/// Returns what all of the orders of a race cost together.
fn asked_for(events: &[Event]) -> Pesewas {
    let cost = |it: &Event| match it.op {
        Op::Debit(amount) | Op::Refused(amount) | Op::Maybe(amount) => amount,
        Op::Read(_) => Pesewas::ZERO,
    };
    events.iter().map(cost).sum()
}

/// Records what a race shows to be kept.
fn kept(
    scene: &Scene<'_>,
    (wallet, opening): (usize, Pesewas),
    events: &[Event],
    findings: &mut Findings<'_>,
) {
    if !scene.case.accounts[wallet].fresh && takes_all(scene, wallet, opening, events) {
        findings.pass("BALANCE-EXACT");
    }
    let asked = asked_for(events);
    if asked == Pesewas::ZERO {
        // Orders that cost nothing show nothing of a wallet.
        return;
    }
    if asked <= opening {
        let is_throttle = |it: &Response| reading::is_throttle(scene.contract, it.status);
        let throttled = |it: &Seen<'_>| {
            it.is_order() && it.exchange.batch.is_some() && it.response().is_some_and(is_throttle)
        };
        let why = if scene.seen.iter().any(throttled) { THROTTLED } else { ALL_PAID };
        findings.inconclusive("MONEY-RACE", why);
    } else {
        findings.pass("MONEY-RACE");
    }
}

/// Returns what the requests of a race did to the wallet, and whether some order of them explains what was read: with the
/// amounts of the answers, or else with those of the known prices.
fn tried<'s, 'c>(
    scene: &Scene<'c>,
    opening: Pesewas,
    seen: &[&'s Seen<'c>],
) -> (Vec<(&'s Seen<'c>, Event)>, Linear) {
    let of = |taken: Taken| {
        let events: Vec<(&Seen<'_>, Event)> =
            seen.iter().filter_map(|it| Some((*it, event(scene, it, taken)?))).collect();
        let only: Vec<Event> = events.iter().map(|(_, it)| *it).collect();
        (events, linear::check(opening, &only, MOST_NODES))
    };
    let said = of(Taken::Said);
    if !matches!(said.1, Linear::No { .. }) {
        return said;
    }
    let priced = of(Taken::Priced);
    if matches!(priced.1, Linear::Yes { .. }) { priced } else { said }
}

fn linearizable(
    scene: &Scene<'_>,
    (wallet, opening): (usize, Pesewas),
    seen: &[&Seen<'_>],
    findings: &mut Findings<'_>,
) {
    let (events, outcome) = tried(scene, opening, seen);
    let only: Vec<Event> = events.iter().map(|(_, it)| *it).collect();
    match outcome {
        // Refusals alone take nothing from the wallet.
        Linear::Yes { .. } if only.iter().all(|it| matches!(it.op, Op::Read(_))) => {
            findings.inconclusive("MONEY-RACE", "no order of the race had to do with the wallet");
        }
        Linear::Yes { .. } => kept(scene, (wallet, opening), &only, findings),
        Linear::Undecided { nodes } => {
            findings.inconclusive("MONEY-RACE", format!("undecided after {nodes} nodes of the search"));
        }
        Linear::No { .. } => {
            let refundable: Vec<Pesewas> = scene.refundable.values().flatten().copied().collect();
            if !refundable.is_empty() {
                if refunded(opening, &only, &refundable) {
                    return findings.pass("MONEY-RACE");
                }
                return findings.inconclusive("MONEY-RACE", "recipients failed, and may have been refunded");
            }
            let spent: Pesewas = only
                .iter()
                .filter_map(|it| if let Op::Debit(amount) = it.op { Some(amount) } else { None })
                .sum();
            let accepted = only.iter().filter(|it| matches!(it.op, Op::Debit(_))).count();
            let overspent = spent > opening;
            // If refunds explain it, only the run as a whole shows whether this server pays anything back.
            let hidden = scene.hidden_in(wallet);
            if hidden > Pesewas::ZERO && spent - opening <= hidden {
                return findings.inconclusive("MONEY-RACE", UNSEEN);
            }
            let summary = if overspent {
                let orders =
                    if accepted == 1 { "1 order was" } else { &format!("{accepted} orders at once were") };
                format!("{orders} accepted for {} from a wallet of {}", ghs(spent), ghs(opening))
            } else {
                "no sequential order of these concurrent requests explains the balance".to_owned()
            };
            let cause = if overspent { "overspent" } else { "not linearizable" };
            let Some((last, _)) = events.last() else { return };
            let mut finding = findings
                .fail(&["MONEY-RACE", "MONEY-DEBIT", "RESP-TOTAL"], cause, summary)
                .at(last)
                .wanted("the outcome of some order of the same requests, one after the other", "MONEY-RACE")
                .actual(format!("opening {}, accepted {}", ghs(opening), ghs(spent)));
            let first = events.iter().map(|(_, it)| it.start_us).min().unwrap_or_default();
            for (_, event) in &events {
                let line = match &event.op {
                    Op::Debit(amount) => format!("accepted {}", ghs(*amount)),
                    Op::Refused(amount) => format!("refused {} as insufficient", ghs(*amount)),
                    Op::Maybe(amount) => format!("no answer for {}", ghs(*amount)),
                    Op::Read(amount) => format!("wallet read: {}", ghs(*amount)),
                };
                finding = finding.detail(format!("{}  {line}", span(event, first)));
            }
            finding.put();
        }
    }
}

/// Returns from when to when a request was under way, in milliseconds since the first one was sent.
fn span(event: &Event, first_us: u64) -> String {
    let ms = |us: u64| {
        let tenths = us.saturating_sub(first_us).saturating_add(50) / 100;
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    let end = if event.end_us == u64::MAX { "…".to_owned() } else { ms(event.end_us) };
    format!("{:>8} – {end:>8} ms", ms(event.start_us))
}

/// The most sums of refunds that are tried.
const MOST_SUMS: usize = 128;

/// Returns true if some order of the events explains them, provided that some of these amounts were refunded before the
/// wallet was read.
fn refunded(opening: Pesewas, events: &[Event], refundable: &[Pesewas]) -> bool {
    let mut sums = BTreeSet::from([Pesewas::ZERO]);
    for amount in refundable {
        let more: Vec<Pesewas> = sums.iter().map(|it| *it + *amount).collect();
        sums.extend(more);
        if sums.len() > MOST_SUMS {
            return false;
        }
    }
    sums.into_iter().any(|sum| {
        let without = |event: &Event| match event.op {
            Op::Read(amount) => Event { op: Op::Read(amount - sum), ..*event },
            _ => *event,
        };
        let events: Vec<Event> = events.iter().map(without).collect();
        matches!(linear::check(opening, &events, MOST_NODES), Linear::Yes { .. })
    })
}

/// Checks that simultaneous orders have different ids.
fn distinct(scene: &Scene<'_>, findings: &mut Findings<'_>) {
    let in_batch = |at: usize| scene.seen[at].exchange.batch.is_some();
    for (at, one) in scene.created.iter().enumerate().filter(|(_, it)| in_batch(it.exchange)) {
        let Some(id) = &one.summary.order_id else { continue };
        if scene.created[..at].iter().any(|other| other.summary.order_id.as_ref() == Some(id)) {
            findings
                .fail(&["RESP-ORDER-ID"], "repeated", "two orders have the same id")
                .at(&scene.seen[one.exchange])
                .wanted("an id of its own", "RESP-ORDER-ID")
                .detail(format!("orders at once were given the id {id:?}"))
                .put();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_counts_from_the_first_request() {
        let event = |start_us, end_us| Event { op: Op::Read(Pesewas::ZERO), start_us, end_us };
        assert_eq!(span(&event(5_000, 17_360), 5_000), "     0.0 –     12.4 ms");
        assert_eq!(span(&event(6_250, u64::MAX), 5_000), "     1.3 –        … ms");
    }
}
