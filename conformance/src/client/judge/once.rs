//! Judges whether a purchase is sent twice: after it may have been placed, after it was placed, or unchanged after it
//! was refused.

use spec::Meaning;

use super::finding::{Finding, finding};
use super::lookup::{Lookup, lookup};
use super::scene::{Known, Purchase, Scene};

pub(super) fn judge(scene: &Scene<'_>) -> Option<Finding> {
    let purchases = scene.purchases();
    let mut warning = None;
    for (at, later) in purchases.iter().enumerate() {
        let before = purchases.get(..at).unwrap_or_default();
        let repeated: Vec<&Purchase<'_>> = before.iter().filter(|it| same(it, later)).collect();
        let worst = repeated.iter().find_map(|earlier| again(scene, earlier, later));
        let found = worst.or_else(|| refused(scene, &repeated, later)).map(|it| it.at(later.index));
        match found {
            Some(finding) if finding.fails => return Some(finding),
            other => warning = warning.or(other),
        }
    }
    warning
}

/// Returns true if two orders share a recipient's number or have the same bytes.
fn same(one: &Purchase<'_>, two: &Purchase<'_>) -> bool {
    one.exchange.body == two.exchange.body
        || one.recipients.iter().any(|it| two.recipients.iter().any(|other| it.0 == other.0))
}

/// Returns a finding if an order that may have been placed is sent again.
fn again(scene: &Scene<'_>, earlier: &Purchase<'_>, later: &Purchase<'_>) -> Option<Finding> {
    let moment = later.exchange.at_us;
    let answered = earlier.exchange.answer.as_ref().is_some_and(|it| it.at_us <= moment);
    let known = if answered { earlier.known } else { Known::Nothing };
    let received = |how: &str| {
        format!(
            "the order a second time, {} ms after the first, {how}",
            (moment.saturating_sub(earlier.exchange.at_us)) / 1000
        )
    };
    match known {
        // Without a task it is not known whether the same order was wanted twice.
        Known::Accepted if scene.task().is_none() => None,
        Known::Accepted => {
            let what = "an order that was placed is placed again";
            Some(finding("ONCE-ACCEPTED", what, "one order", received("which was answered with success")))
        }
        Known::Nothing => {
            let what = "an order that may have been placed is sent again";
            let expected = "a look at the list of orders, or an end that says that nobody knows";
            match lookup(scene, earlier, moment) {
                Lookup::Absent | Lookup::Wallet => None,
                // The client looked, as it should. That an order may arrive later is easily overlooked, so this only
                // warns.
                Lookup::Early => {
                    let how = received("though it came to the server after the list was read");
                    Some(finding("ONCE-LOST", what, "an end that says that nobody knows", how).only_warns())
                }
                Lookup::Partly => {
                    let expected = "the list of orders, read to its end";
                    Some(finding(
                        "LOOKUP-WHOLE",
                        what,
                        expected,
                        received("after a part of the list was read"),
                    ))
                }
                Lookup::Found => Some(finding(
                    "ONCE-LOST",
                    what,
                    expected,
                    received("though the list of orders shows the first"),
                )),
                Lookup::None => {
                    Some(finding("ONCE-LOST", what, expected, received("whose outcome was not known")))
                }
            }
        }
        Known::Refused(_) | Known::NotActed | Known::Unable | Known::Redirected => None,
    }
}

/// Returns a finding if an order is sent again unchanged after it was refused.
fn refused(scene: &Scene<'_>, repeated: &[&Purchase<'_>], later: &Purchase<'_>) -> Option<Finding> {
    let unchanged = |it: &&&Purchase<'_>| it.body == later.body;
    let statuses: Vec<u16> = repeated
        .iter()
        .filter(unchanged)
        .filter_map(|it| match it.known {
            Known::Refused(status) => Some(status),
            _ => None,
        })
        .collect();
    let status = *statuses.last()?;
    let credentials = [Meaning::Unauthorized, Meaning::Forbidden].map(|it| scene.contract.buy().status(it));
    let found = finding(
        "ONCE-REFUSED",
        format!("an order that was refused with {status} is sent again as it was"),
        "no further try of the same",
        format!(
            "try {} after {} refused",
            statuses.len() + 1,
            if statuses.len() == 1 { "one was" } else { "others were" }
        ),
    );
    let fails = statuses.len() > 1 || credentials.contains(&Some(status));
    let fails = fails && scene.task().is_some();
    Some(if fails { found } else { found.only_warns() })
}
