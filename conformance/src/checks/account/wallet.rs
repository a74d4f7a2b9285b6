//! The wallet: its parts add up, it is the caller's own, and a new one holds what it was created with.

use spec::OperationId;

use super::shaped::shaped;
use crate::judge::findings::{Findings, ghs};
use crate::judge::scene::{Scene, Seen};
use crate::order::json::Json;
use crate::order::moment::{APART, Moment};
use crate::order::reading::{self, Balances};

pub(super) fn wallet(scene: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings<'_>) {
    let id = "WALLET-CONSISTENT";
    if !shaped(seen, id, findings) {
        return;
    }
    updated(scene, seen, findings);
    let Some(balances) = seen.wallet(scene.contract) else {
        // The field is there but can't be read as an amount, such as a number with separators, or words.
        return findings
            .fail(&[id], "no amount", "what the wallet has available is no amount")
            .at(seen)
            .wanted("an amount", id)
            .warning()
            .put();
    };
    let mut wrong = Vec::new();
    if let Some(uneven) = uneven(&balances) {
        wrong.push(("fraction", format!("{uneven} in the wallet is no whole number of pesewas")));
    } else if balances.adds_up() != Some(true) {
        wrong.push(("sum", "available and held do not add up to the total".to_owned()));
    }
    let account = seen.exchange.actor.map(|actor| &scene.case.accounts[actor]);
    if let (Some(said), Some(own)) = (&balances.profile, account.and_then(|it| it.profile.as_ref()))
        && said != own
    {
        wrong.push(("profile", "the wallet is of another profile".to_owned()));
    }
    for (cause, summary) in &wrong {
        findings
            .fail(&[id], *cause, summary.clone())
            .at(seen)
            .wanted("total = available + held, of one's own profile", id)
            .put();
    }
    if wrong.is_empty() {
        findings.pass(id);
    }
    // Until its first order, the wallet of a new account holds what it was created with.
    let untouched = scene.seen[..seen.at].iter().all(|it| !it.is_order());
    if let (Some(available), true, Some(account)) = (balances.available.pesewas(), untouched, account)
        && account.fresh
        && account.balance.is_some_and(|balance| balance != available)
    {
        findings
            .fail(&[id], "opening", format!("a new account's wallet holds {}", ghs(available)))
            .at(seen)
            .wanted(account.balance.map(ghs).unwrap_or_default(), id)
            .put();
    }
}

/// Returns the text of the first amount that is no whole number of pesewas.
fn uneven(balances: &Balances) -> Option<&str> {
    let all = [Some(&balances.available), balances.held.as_ref(), balances.total.as_ref()];
    all.into_iter().flatten().find(|it| it.value.is_err()).map(|it| it.text.as_str())
}

/// Checks that the time of the last update is in milliseconds since 1970, is not in the future, and changes with a
/// debit.
fn updated(scene: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings<'_>) {
    let id = "WALLET-CONSISTENT";
    let Some(said) = moved_at(scene, seen) else { return };
    let moment = Moment::of(&said);
    let number = said.as_integer();
    let in_seconds = number.is_some_and(|it| (1_000_000_000..10_000_000_000).contains(&it));
    // Milliseconds of the year 2286 and later: micro- or nanoseconds.
    let whole = said.as_number().and_then(|it| it.parse::<i128>().ok());
    let too_fine = whole.is_some_and(|it| it >= 10_000_000_000_000);
    let now = seen.response().and_then(Moment::of_response);
    let future = moment.zip(now).is_some_and(|(moment, now)| moment.millis - now.millis > APART);
    let (cause, summary) = if in_seconds {
        ("seconds", "the wallet was updated at a time in seconds")
    } else if too_fine {
        ("too fine", "the wallet was updated at a time in units finer than milliseconds")
    } else if future {
        ("future", "the wallet was updated in the future")
    } else if stands_still(scene, seen, moment) {
        ("stands still", "a debit does not move the time at which the wallet was updated")
    } else {
        return;
    };
    // A debit that did not take place moves nothing.
    let (follows, suspects): (&[&str], &[&str]) = match cause {
        "stands still" => (&["MONEY-DEBIT"], &["MONEY-DEBIT", "BALANCE-SHORT"]),
        _ => (&[], &[]),
    };
    let found = findings.fail(&[id], cause, summary).at(seen).follows(follows).suspects(suspects);
    found.wanted("the moment of the last change, unix ms", id).put();
}

/// Returns the time of the last update that a read shows.
fn moved_at(scene: &Scene<'_>, seen: &Seen<'_>) -> Option<Json> {
    let json = reading::json(seen.response()?)?;
    reading::data(scene.contract, &json)?.get(&scene.contract.fields.wallet.updated).cloned()
}

/// The time, in microseconds, after which a debit can't have the time of an earlier read, even truncated to
/// milliseconds.
const LATER: u64 = 5_000;

/// Returns true if an earlier read shows the same time, to the millisecond, although an order was paid some time after
/// it.
fn stands_still(scene: &Scene<'_>, seen: &Seen<'_>, moment: Option<Moment>) -> bool {
    let Some(moment) = moment.filter(|it| it.grain == 1) else { return false };
    let wallets = scene.wallets();
    let wallet = |it: &Seen<'_>| it.exchange.actor.map(|actor| wallets[actor]);
    scene.created.iter().any(|created| {
        let order = &scene.seen[created.exchange];
        let earlier = scene.seen[..created.exchange].iter();
        // A read that was made beside the order may show the wallet as it was before it.
        order.exchange.done_us <= seen.exchange.sent_us
            && created.exchange < seen.at
            && wallet(order) == wallet(seen)
            && earlier
                .filter(|it| it.exchange.operation == OperationId::Wallet && wallet(it) == wallet(seen))
                .any(|it| {
                    it.exchange.done_us + LATER <= order.exchange.sent_us
                        && moved_at(scene, it).as_ref().and_then(Moment::of) == Some(moment)
                })
    })
}
