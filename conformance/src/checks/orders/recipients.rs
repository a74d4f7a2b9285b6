//! The recipients of an order: one state for each, and each number that was sent with its own package.

use std::collections::{BTreeMap, BTreeSet};

use spec::Pesewas;

use crate::history::Catalog;
use crate::judge::findings::{Findings, ghs};
use crate::judge::scene::{Created, Scene, Seen};
use crate::order::changed::narrowed;
use crate::order::facts::Entry;
use crate::order::msisdn::{Number, is_international, normal_form};
use crate::order::reading::{self, Order};
use crate::order::recipients::Recipient;
use crate::order::state::is_failed;

const ID: &str = "ORDER-RECIPIENTS";

pub(super) fn recipients(
    scene: &Scene<'_>,
    seen: &Seen<'_>,
    created: &Created,
    order: &Order,
    findings: &mut Findings<'_>,
) {
    let entries = created.order.as_ref().and_then(|it| it.entries.as_deref());
    let Some(shown) = &order.recipients else {
        return match entries.and_then(|entries| forced(scene, seen, entries)) {
            Some(text) => other_number(seen, &text, findings),
            None => findings
                .inconclusive(ID, "no recipients could be recognised in the orders that were read back"),
        };
    };
    let counted = created.summary.count.as_ref().and_then(|(count, _)| usize::try_from((*count)?).ok());
    let Some(wanted) = entries.map(<[Entry]>::len).or(counted) else { return };
    if shown.len() != wanted {
        return findings
            .fail(
                &[ID],
                "count",
                match shown.len() {
                    1 => format!("1 recipient is shown for {wanted}"),
                    several => format!("{several} recipients are shown for {wanted}"),
                },
            )
            .at(seen)
            .wanted(wanted.to_string(), ID)
            .follows(if counted == Some(shown.len()) { &["RESP-COUNT"] } else { &[] })
            .put();
    }
    let states = shown.iter().filter(|it| it.state.is_some()).count();
    let unreadable = shown.iter().filter(|it| it.state.is_none() && it.other_state).count();
    if states == 0 || unreadable > 0 {
        findings.inconclusive(ID, "the states of recipients could not be recognised");
    } else if states != wanted {
        return findings
            .fail(&[ID], "states", format!("{states} recipient states for {wanted} recipients"))
            .at(seen)
            .wanted(wanted.to_string(), ID)
            .put();
    }
    sum(seen, created, shown, findings);
    let mismatch = entries.and_then(|entries| mismatch(scene, entries, shown));
    match mismatch {
        Some((cause, summary)) => {
            findings
                .fail(&[ID], cause, summary)
                .at(seen)
                .wanted("the numbers and packages that were sent", ID)
                .put();
        }
        None if states == wanted => findings.pass(ID),
        None => {}
    }
}

/// Checks that the recipients' amounts add up to the total of the order.
fn sum(seen: &Seen<'_>, created: &Created, shown: &[Recipient], findings: &mut Findings<'_>) {
    let Some(total) = created.summary.pesewas() else { return };
    // A total that is itself wrong is attributed to the requirement that it breaks.
    let right = created.cost.is_none_or(|cost| cost == total);
    let failed = shown.iter().any(|it| it.state.as_deref().is_some_and(is_failed));
    let amounts = shown.iter().map(|it| it.amount.as_ref().filter(|_| it.names_amount)?.pesewas());
    let Some(sum) = amounts.sum::<Option<Pesewas>>().filter(|_| right && !failed) else { return };
    if sum != total {
        findings
            .fail(&[ID], "amounts", format!("the recipients' amounts add up to {}", ghs(sum)))
            .at(seen)
            .wanted(ghs(total), ID)
            .put();
    }
}

/// Adds the finding that an order shows another number than was sent.
fn other_number(seen: &Seen<'_>, text: &str, findings: &mut Findings<'_>) {
    findings
        .fail(&[ID], "number", is_other(text))
        .at(seen)
        .wanted("the numbers and packages that were sent", ID)
        .put();
}

fn is_other(text: &str) -> String {
    format!("a recipient is shown with the number {text}, which was not sent")
}

/// Returns what an order shows in place of a number, if it shows all of them as a type does that is too narrow.
fn forced(scene: &Scene<'_>, seen: &Seen<'_>, entries: &[Entry]) -> Option<String> {
    let json = reading::json(seen.response()?)?;
    let sent = |it: &Entry| normal_form(scene.contract, it.msisdn.text()?).parse().ok();
    let sent: Vec<u64> = entries.iter().map(sent).collect::<Option<_>>()?;
    narrowed(reading::data(scene.contract, &json).unwrap_or(&json), &sent)
}

/// Returns a cause and a summary if the recipients shown are not those that were sent.
fn mismatch(scene: &Scene<'_>, entries: &[Entry], shown: &[Recipient]) -> Option<(&'static str, String)> {
    // No page says how a number in another spelling or of another country is shown.
    let plain = |it: &Entry| it.msisdn.text().is_some_and(|text| is_international(scene.contract, text));
    let canonical = entries.iter().all(|it| it.number_is == Some(Number::Canonical) || plain(it));
    let numbers: Vec<&str> = shown.iter().filter_map(|it| it.msisdn.as_deref()).collect();
    let changed = shown.iter().find_map(|it| it.changed.as_deref()).filter(|_| canonical);
    if let Some(text) = changed {
        return Some(("number", is_other(text)));
    }
    if !canonical || numbers.len() != shown.len() {
        return None;
    }
    let mut wanted: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for entry in entries {
        let number = normal_form(scene.contract, entry.msisdn.text()?);
        wanted.entry(number).or_default().push(entry.package.text()?);
    }
    let known = packages(scene, entries);
    for recipient in shown {
        let number = recipient.msisdn.as_deref()?;
        let Some(packages) = wanted.get_mut(number) else {
            return Some(("number", format!("the recipient {number} is shown more often than it was sent")));
        };
        // An entry that shows no known package may be any of those that were sent.
        let package = recipient.shows(known.iter().copied());
        let at = match package {
            Some(id) => packages.iter().position(|it| *it == id),
            None => packages.len().checked_sub(1),
        };
        match at {
            Some(at) => drop(packages.remove(at)),
            None => {
                let summary = format!("the recipient {number} is shown with the package {}", package?);
                return Some(("package", summary));
            }
        }
        if packages.is_empty() {
            wanted.remove(number);
        }
    }
    None
}

/// Returns the ids of packages that may be shown: those in the catalog, and those that were sent.
fn packages<'s>(scene: &'s Scene<'_>, entries: &'s [Entry]) -> BTreeSet<&'s str> {
    let known = scene.environment.catalog.iter().flat_map(Catalog::packages).map(|it| it.id.as_str());
    known.chain(entries.iter().filter_map(|it| it.package.text())).collect()
}

/// Pairs the recipients of two reads of one order by their numbers, or by state and then position where no numbers are
/// shown.
pub(super) fn paired<'r>(
    before: &'r [Recipient],
    after: &'r [Recipient],
) -> Vec<(&'r Recipient, &'r Recipient)> {
    let mut left: Vec<&Recipient> = after.iter().collect();
    let mut pairs = Vec::new();
    for one in before {
        let same = |other: &&Recipient| other.msisdn == one.msisdn;
        // If a number occurs twice, the entry with the same state is taken, or else the next one.
        let at = left.iter().position(|it| same(it) && it.state == one.state).or(left.iter().position(same));
        if let Some(at) = at {
            pairs.push((one, left.remove(at)));
        }
    }
    pairs
}
