//! The profile: its role, its status and its balances agree with the wallet and with what the key may do.

use spec::{OperationId, Pesewas};

use super::shaped::shaped;
use crate::history::AccountFacts;
use crate::judge::findings::{Findings, ghs};
use crate::judge::scene::{Scene, Seen};
use crate::order::profile::Holds;
use crate::order::reading::{self, Amount, Balances};

const ID: &str = "PROFILE-CONSISTENT";

/// The cause of a profile whose spendable balance is not the wallet's.
const BALANCE: &str = "balance";

/// The cause of a profile whose status does not fit a working key.
const STATUS: &str = "status";

/// A statement of a profile that is not true.
struct Contradiction {
    cause: &'static str,
    summary: String,
    wanted: String,
}

pub(super) fn profile(scene: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings<'_>) {
    if !shaped(seen, ID, findings) {
        return;
    }
    let Some(profile) = seen.response().and_then(|it| reading::profile(scene.contract, it)) else { return };
    let Some(account) = seen.exchange.actor.map(|actor| &scene.case.accounts[actor]) else { return };
    let mut wrong: Vec<Contradiction> = Vec::new();
    wrong.extend(role(account, profile.role.as_deref()));
    wrong.extend(status(scene, profile.status.as_deref()));
    wrong.extend(balances(scene, seen, &profile.holds));
    if wrong.is_empty() {
        findings.pass(ID);
    }
    for Contradiction { cause, summary, wanted } in wrong {
        if cause == STATUS && !was_working(scene, seen) {
            // No page says what the key of such a profile may do.
            findings.fail(&[ID], cause, summary).at(seen).wanted(wanted, ID).warning().put();
        } else if cause == BALANCE && comes_right(scene, seen) {
            // The wallet is promised to be current, and the profile is not.
            let summary = format!("{summary}, and what the wallet holds only when it is read again later");
            findings.fail(&[ID], "late balance", summary).at(seen).wanted(wanted, ID).warning().put();
        } else {
            findings.fail(&[ID], cause, summary).at(seen).wanted(wanted, ID).put();
        }
    }
}

/// Whether the same profile was shown with the status of a working one before: nothing that a case does suspends it.
fn was_working(scene: &Scene<'_>, seen: &Seen<'_>) -> bool {
    let said = |it: &Seen<'_>| reading::profile(scene.contract, it.response()?)?.status;
    let mut before = scene.seen[..seen.at].iter().filter(|it| is_same(it, seen)).filter_map(said);
    before.any(|it| it.eq_ignore_ascii_case(&scene.contract.profile_status))
}

/// Returns true if a reading is one of the same profile.
fn is_same(other: &Seen<'_>, seen: &Seen<'_>) -> bool {
    other.exchange.actor == seen.exchange.actor && other.exchange.operation == OperationId::Profile
}

/// Whether a later reading of the same profile, with no order in between, agrees with the wallet beside it.
fn comes_right(scene: &Scene<'_>, seen: &Seen<'_>) -> bool {
    let later = scene.seen[seen.at + 1..].iter().take_while(|it| !it.is_order());
    let Some(last) = later.filter(|it| is_same(it, seen)).last() else { return false };
    let read = last.response().and_then(|it| reading::profile(scene.contract, it));
    let Some(holds) = read.map(|it| it.holds) else { return false };
    let shows = holds.available.is_some() || holds.plain.is_some();
    shows && wallet_beside(scene, last).is_some() && balances(scene, last, &holds).is_none()
}

fn role(account: &AccountFacts, said: Option<&str>) -> Option<Contradiction> {
    let (said, role) = (said?, account.role.as_ref()?);
    (!said.eq_ignore_ascii_case(role)).then(|| Contradiction {
        cause: "role",
        summary: format!("the profile's role is {said}"),
        wanted: role.clone(),
    })
}

/// Returns a contradiction if the profile of a working key has one of the other statuses that the page names; a status
/// that the page does not name may mean anything.
fn status(scene: &Scene<'_>, said: Option<&str>) -> Option<Contradiction> {
    let (said, working) = (said?, &scene.contract.profile_status);
    if said.eq_ignore_ascii_case(working) {
        return None;
    }
    let names = &scene.contract.fields;
    let pointer = format!("/{}/{}", names.data, names.profile.status);
    let sentence = scene.contract.promise(OperationId::Profile, &pointer).sentence?;
    let named = sentence.text.split('`').any(|word| word.eq_ignore_ascii_case(said));
    named.then(|| Contradiction {
        cause: STATUS,
        summary: format!("the status of a profile whose key works is {said:?}"),
        wanted: working.clone(),
    })
}

fn balances(scene: &Scene<'_>, seen: &Seen<'_>, holds: &Holds) -> Option<Contradiction> {
    if holds.adds_up() == Some(false) {
        return Some(Contradiction {
            cause: "sum",
            summary: "available and held do not add up to the total".into(),
            wanted: "total = available + held".into(),
        });
    }
    let wallet = wallet_beside(scene, seen);
    let refunds = scene.refundable.values().flatten().any(|it| *it > Pesewas::ZERO)
        || seen.exchange.actor.is_some_and(|actor| scene.hidden(actor) != Pesewas::ZERO);
    if refunds {
        return None;
    }
    let available = wallet.as_ref().and_then(|it| it.available.pesewas());
    let total = wallet.as_ref().and_then(|it| it.total.as_ref()?.pesewas());
    let shown = |amount: &Option<Amount>| amount.as_ref().and_then(Amount::pesewas);
    // A balance without a further word in its name may or may not include what is held, which may be settled between the
    // two reads.
    let named = shown(&holds.available);
    let said = named.or(shown(&holds.plain))?;
    let holds_true = match available {
        Some(available) => {
            said == available
                || named.is_none() && total.is_some_and(|total| (available..=total).contains(&said))
        }
        None => seen.before.may_be(said) || named.is_none(),
    };
    (!holds_true).then(|| Contradiction {
        cause: BALANCE,
        summary: format!("the profile shows {}", ghs(said)),
        wanted: match available {
            Some(available) => format!("{}, as the wallet shows beside it", ghs(available)),
            None => seen.before.possible().into_iter().map(ghs).collect::<Vec<_>>().join(" or "),
        },
    })
}

/// Returns what the wallet shows before or after a read of the profile, with no order in between.
fn wallet_beside(scene: &Scene<'_>, seen: &Seen<'_>) -> Option<Balances> {
    let undisturbed = |it: &&Seen<'_>| it.exchange.actor == seen.exchange.actor;
    let until_order = |it: &&Seen<'_>| !it.is_order();
    let read = |it: &Seen<'_>| it.wallet(scene.contract);
    let before =
        scene.seen[..seen.at].iter().rev().take_while(until_order).filter(undisturbed).find_map(read);
    let after = || scene.seen[seen.at..].iter().take_while(until_order).filter(undisturbed).find_map(read);
    before.or_else(after)
}
