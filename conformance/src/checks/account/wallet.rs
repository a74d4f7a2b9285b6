//! The wallet: its parts add up, it is the caller's own, and a new one holds what it was made with.

use super::shaped::shaped;
use crate::judge::findings::{Bench, ghs};
use crate::judge::scene::{Scene, Seen};
use crate::order::reading::Balances;

fn adds_up(balances: &Balances) -> Option<bool> {
    let held = balances.held.as_ref()?.pesewas()?;
    let total = balances.total.as_ref()?.pesewas()?;
    Some(balances.available.pesewas()? + held == total)
}

pub(super) fn wallet(scene: &Scene<'_>, seen: &Seen<'_>, bench: &mut Bench<'_>) {
    let id = "WALLET-CONSISTENT";
    if !shaped(seen, id, bench) {
        return;
    }
    let Some(balances) = seen.wallet(scene.contract) else { return };
    let mut wrong = Vec::new();
    if adds_up(&balances) != Some(true) {
        wrong.push(("sum", "available and held do not add up to the total".to_owned()));
    }
    let account = seen.exchange.actor.map(|actor| &scene.case.accounts[actor]);
    if let (Some(said), Some(own)) = (&balances.profile, account.and_then(|it| it.profile.as_ref()))
        && said != own
    {
        wrong.push(("profile", "the wallet is of another profile".to_owned()));
    }
    for (cause, summary) in &wrong {
        bench
            .fail(&[id], *cause, summary.clone())
            .at(seen)
            .wanted("total = available + held, of one's own profile", id)
            .put();
    }
    if wrong.is_empty() {
        bench.pass(id);
    }
    // Right after an account was made, its wallet holds what it was made with.
    let untouched = scene.seen[..seen.at].iter().all(|it| !it.is_order());
    if let (Some(available), true, Some(account)) = (balances.available.pesewas(), untouched, account)
        && account.fresh
        && account.balance.is_some_and(|balance| balance != available)
    {
        bench
            .fail(&[id], "opening", format!("a new account's wallet holds {}", ghs(available)))
            .at(seen)
            .wanted(account.balance.map(ghs).unwrap_or_default(), id)
            .put();
    }
}
