//! Money that is held over the life of an order: it belongs to orders, so that a wallet never has more in total than before
//! them, and it is settled or given back when they end.

use spec::{OperationId, Pesewas};

use crate::checks::balance::BESIDE;
use crate::judge::findings::{Findings, ghs};
use crate::judge::scene::{Scene, Seen};
use crate::order::reading;
use crate::order::wallet::is_subset_sum;

const ID: &str = "WALLET-CONSISTENT";

/// The cause of a finding about a wallet that has more than it can have.
const CREATED: &str = "money created";

/// A read of a wallet whose parts add up.
struct Parts<'s, 'c> {
    seen: &'s Seen<'c>,
    held: Pesewas,
    total: Pesewas,
}

impl Parts<'_, '_> {
    fn available(&self) -> Pesewas {
        self.total - self.held
    }
}

/// Checks every wallet of a case over all of its reads.
pub(super) fn held(scene: &Scene<'_>, findings: &mut Findings<'_>) {
    let wallets = scene.wallets();
    for wallet in (0..wallets.len()).filter(|it| wallets[*it] == *it) {
        if scene.case.accounts[wallet].fresh {
            of_a_new_account(scene, wallet, findings);
        } else {
            of_a_fixed_account(scene, wallet, findings);
        }
    }
}

/// Checks the wallet of a fixed account. It has earlier orders, and others may pay into it, so only two things are certain:
/// nothing below zero is held, and if the spendable balance falls by exactly what the orders between two reads cost, no
/// more than that can have become held.
fn of_a_fixed_account(scene: &Scene<'_>, wallet: usize, findings: &mut Findings<'_>) {
    let wallets = scene.wallets();
    let own = |it: &&Seen<'_>| it.exchange.actor.is_some_and(|actor| wallets[actor] == wallet);
    let mut last: Option<Parts<'_, '_>> = None;
    let mut due = Some(Pesewas::ZERO);
    let mut ordered = false;
    for seen in scene.seen.iter().filter(own) {
        if seen.is_order() || seen.exchange.operation == OperationId::Retry {
            ordered = true;
            due = due.and_then(|due| Some(due + cost(scene, seen)?));
        }
        let Some(read) = parts(scene, seen) else { continue };
        if read.held < Pesewas::ZERO {
            return below_zero(&read, findings);
        }
        if let Some((before, due)) = last.as_ref().zip(due).filter(|_| ordered)
            && before.available() - read.available() == due
            && read.held - before.held > due
        {
            return too_much(scene, wallet, before, &read, due, findings);
        }
        (last, due, ordered) = (Some(read), Some(Pesewas::ZERO), false);
    }
}

/// Returns what an order cost by its answer, which is nothing if it was refused; `None` if that is unknown.
fn cost(scene: &Scene<'_>, seen: &Seen<'_>) -> Option<Pesewas> {
    let response = seen.response().filter(|_| seen.is_order())?;
    match scene.created.iter().find(|it| it.exchange == seen.at) {
        Some(created) => created.summary.pesewas(),
        None => reading::is_refusal(response.status).then_some(Pesewas::ZERO),
    }
}

fn below_zero(read: &Parts<'_, '_>, findings: &mut Findings<'_>) {
    let summary = format!("a wallet's held balance is {}", ghs(read.held));
    findings.fail(&[ID], "held below zero", summary).at(read.seen).wanted("nothing below zero", ID).put();
}

/// Records that more became held than orders cost, unless it may be money of recipients that failed: no page says where
/// that stands before it can be spent again.
fn too_much(
    scene: &Scene<'_>,
    wallet: usize,
    before: &Parts<'_, '_>,
    read: &Parts<'_, '_>,
    due: Pesewas,
    findings: &mut Findings<'_>,
) {
    let more = read.held - before.held - due;
    if more <= scene.hidden_in(wallet) || is_subset_sum(more, &scene.refundable_in(wallet)) {
        return;
    }
    let (id, cause, summary) = if due == Pesewas::ZERO {
        let summary = format!("after refused orders {} more is held", ghs(more));
        ("MONEY-REJECT", "held by a refusal", summary)
    } else {
        let summary = format!("for orders of {} a wallet holds {}", ghs(due), ghs(due + more));
        (ID, CREATED, summary)
    };
    let finding = findings.fail(&[id], cause, summary).at(read.seen).wanted(ghs(before.held + due), id);
    if read.seen.exchange.shared { finding.detail(BESIDE) } else { finding }.put();
}

/// Checks the wallet of a new account, which nobody else pays from or into.
fn of_a_new_account(scene: &Scene<'_>, wallet: usize, findings: &mut Findings<'_>) {
    let wallets = scene.wallets();
    let own = |it: &&Seen<'_>| it.exchange.actor.is_some_and(|actor| wallets[actor] == wallet);
    let mut reads = scene.seen.iter().filter(own).filter_map(|it| parts(scene, it));
    let first_order = scene.seen.iter().filter(own).find(|it| it.is_order()).map(|it| it.at);
    let Some(before) = reads.next().filter(|it| first_order.is_none_or(|order| it.seen.at < order)) else {
        return;
    };
    let mut last = None;
    for read in reads {
        if read.total > before.total {
            let more = ghs(read.total - before.total);
            let summary = format!("a wallet has {more} more in total than before its orders");
            let wanted = format!("at most {} in total", ghs(before.total));
            return findings.fail(&[ID], CREATED, summary).at(read.seen).wanted(wanted, ID).put();
        }
        if read.held < Pesewas::ZERO {
            return below_zero(&read, findings);
        }
        last = Some(read);
    }
    if let Some(last) = last.filter(|it| it.held > before.held && ended(scene, wallet, it.seen.at)) {
        // No page says when what is held is settled.
        let summary = format!("{} stays held after the orders of a wallet have ended", ghs(last.held));
        findings
            .fail(&[ID], "stays held", summary)
            .at(last.seen)
            .wanted(ghs(before.held), ID)
            .warning()
            .put();
    }
}

/// Returns what a read shows, unless it was made while other requests of the case were under way or its parts do not add
/// up, which is a finding of its own.
fn parts<'s, 'c>(scene: &Scene<'_>, seen: &'s Seen<'c>) -> Option<Parts<'s, 'c>> {
    if seen.exchange.batch.is_some() {
        return None;
    }
    let balances = seen.wallet(scene.contract).filter(|it| it.adds_up() == Some(true))?;
    Some(Parts { seen, held: balances.held?.pesewas()?, total: balances.total?.pesewas()? })
}

/// Returns true if every order of a wallet was shown to have ended, with all its recipients, before a position of the case,
/// and no order of it is without an answer.
fn ended(scene: &Scene<'_>, wallet: usize, at: usize) -> bool {
    let wallets = scene.wallets();
    let own = |it: &&Seen<'_>| it.exchange.actor.is_some_and(|actor| wallets[actor] == wallet);
    let earlier = || scene.seen[..at].iter().filter(own);
    // A retry takes a recipient up again.
    let retried = earlier().any(|it| it.exchange.operation == OperationId::Retry);
    let lost = earlier().any(|it| it.is_order() && it.response().is_none());
    let mut orders = scene.created.iter().filter(|it| wallets[it.actor] == wallet).peekable();
    orders.peek().is_some()
        && !retried
        && !lost
        && orders.all(|created| {
            earlier()
                .filter(|it| scene.asks_for(it.exchange, created))
                .filter_map(|it| it.order(scene.contract))
                .any(|it| it.has_ended(&scene.contract.states))
        })
}
