//! Money that is held over the life of an order: it belongs to orders, so that a wallet never has more in total than before
//! them, and it is settled or given back when they end.

use spec::{OperationId, Pesewas};

use crate::judge::findings::{Findings, ghs};
use crate::judge::scene::{Scene, Seen};

const ID: &str = "WALLET-CONSISTENT";

/// A read of a wallet whose parts add up.
struct Parts<'s, 'c> {
    seen: &'s Seen<'c>,
    held: Pesewas,
    total: Pesewas,
}

/// Checks the wallets of new accounts, which nobody else pays from or into.
pub(super) fn held(scene: &Scene<'_>, findings: &mut Findings<'_>) {
    let wallets = scene.wallets();
    for wallet in (0..wallets.len()).filter(|it| wallets[*it] == *it && scene.case.accounts[*it].fresh) {
        let own = |it: &&Seen<'_>| it.exchange.actor.is_some_and(|actor| wallets[actor] == wallet);
        let mut reads = scene.seen.iter().filter(own).filter_map(|it| parts(scene, it));
        let first_order = scene.seen.iter().filter(own).find(|it| it.is_order()).map(|it| it.at);
        let Some(before) = reads.next().filter(|it| first_order.is_none_or(|order| it.seen.at < order))
        else {
            continue;
        };
        let mut last = None;
        for read in reads {
            let wrong = if read.total > before.total {
                let more = ghs(read.total - before.total);
                Some(("money created", format!("a wallet has {more} more in total than before its orders")))
            } else if read.held < Pesewas::ZERO {
                Some(("held below zero", format!("a wallet's held balance is {}", ghs(read.held))))
            } else {
                None
            };
            if let Some((cause, summary)) = wrong {
                let wanted =
                    format!("at most {} in total, of which nothing below zero is held", ghs(before.total));
                return findings.fail(&[ID], cause, summary).at(read.seen).wanted(wanted, ID).put();
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
