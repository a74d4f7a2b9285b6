//! Ids and references over a whole run: an order id never repeats, and a short reference should not.

use std::collections::{BTreeMap, BTreeSet};

use spec::Pesewas;

use super::check::Check;
use crate::judge::findings::{Findings, ghs};
use crate::judge::part::Place;
use crate::judge::scene::{Scene, Seen};
use crate::judge::verdict::Marks;
use crate::judge::whole::{Whole, finding, observation, pass};
use crate::order::reading;

/// The check of ids and references.
pub(crate) const CHECK: Check = Check {
    name: "identity",
    cites: &["RESP-ORDER-ID", "RESP-REFERENCE", "AMB-REFERENCE-UNIQUE"],
    judge: Some(judge),
    judge_run: Some(judge_run),
    ..Check::NOTHING
};

/// Checks that no id stands for two paid orders. The same order sent twice may be answered with the order that the
/// first created, as long as it is paid for once.
fn judge(scene: &Scene<'_>, findings: &mut Findings<'_>) {
    let mut paid: BTreeMap<String, Pesewas> = BTreeMap::new();
    for seen in scene.seen.iter().filter(|it| it.is_order() && it.exchange.batch.is_none()) {
        let Some(summary) = seen.response().and_then(|it| reading::summary(scene.contract, it)) else {
            continue;
        };
        let Some(cost) = debit(scene, seen).filter(|it| *it > Pesewas::ZERO) else { continue };
        let Some(id) = summary.order_id.filter(|id| !id.is_empty()) else { continue };
        let Some(first) = paid.insert(id.clone(), cost) else { continue };
        findings
            .fail(
                &["RESP-ORDER-ID"],
                "paid twice",
                "two orders have the same id, and the wallet paid for both",
            )
            .at(seen)
            .wanted("an id of its own", "RESP-ORDER-ID")
            .actual(format!("{id:?}, as an order before it"))
            .detail(format!(
                "the wallet fell by {} for the one and by {} for the other",
                ghs(first),
                ghs(cost)
            ))
            .put();
    }
}

/// Returns by how much the wallet fell over an order, if the read right after it agrees with the total in the answer.
fn debit(scene: &Scene<'_>, order: &Seen<'_>) -> Option<Pesewas> {
    let after = scene.seen.get(order.at + 1).filter(|it| it.exchange.actor == order.exchange.actor)?;
    let fell = order.before.exact()? - after.wallet(scene.contract)?.available.pesewas()?;
    let said = reading::total(scene.contract, order.response()?)?;
    (fell == said).then_some(fell)
}

fn judge_run(run: &Whole<'_>, marks: &mut Marks) {
    let mut ids: BTreeMap<&str, (&Place, usize)> = BTreeMap::new();
    let mut mixed_up = BTreeSet::new();
    for created in run.parts.iter().flat_map(|part| &part.created) {
        let at = &created.at;
        if let Some(id) = created.id.as_deref()
            && let Some((earlier, payer)) = ids.insert(id, (at, created.payer))
            // An identical order of one account may be answered with the order that the first created.
            && (earlier.0 != at.0 || payer != created.payer)
        {
            let detail = format!("{id:?} was given out in {} before", earlier.0);
            let said = "two orders have the same id";
            let found = finding(&["RESP-ORDER-ID"], "repeated", said, "an id of its own", at, detail);
            marks.findings.push(found);
            mixed_up.extend([earlier.0.clone(), at.0.clone()]);
        }
    }
    if !mixed_up.is_empty() {
        marks.mixed_up.push(("RESP-ORDER-ID".to_owned(), mixed_up));
    }
    if ids.len() > 1 {
        marks.marks.push(pass("RESP-ORDER-ID"));
    }
    references(run, marks);
}

/// Judges references over the run: one may collide with another by chance, but not far more often.
fn references(run: &Whole<'_>, marks: &mut Marks) {
    let created = run.parts.iter().flat_map(|part| &part.created);
    // An order that is answered twice has one reference.
    let mut ids: BTreeSet<&str> = BTreeSet::new();
    let orders = created.filter(|it| it.id.as_deref().is_none_or(|id| ids.insert(id)));
    let all: Vec<(&str, &Place)> = orders.filter_map(|it| Some((it.reference.as_deref()?, &it.at))).collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let repeated: Vec<&(&str, &Place)> =
        all.iter().filter(|(reference, _)| !seen.insert(reference)).collect();
    let choice = if repeated.is_empty() { "every reference was new" } else { "a reference repeats" };
    if all.len() > 1 {
        let case = repeated.first().map(|(_, at)| at.0.clone()).unwrap_or_default();
        marks.observations.push(observation("AMB-REFERENCE-UNIQUE", choice, case));
    }
    let Some((reference, at)) = repeated.first() else { return };
    let detail = format!(
        "{reference:?} was given out before; {} of {} references repeat an earlier one",
        repeated.len(),
        all.len()
    );
    let said = "a short reference stands for two orders";
    let wanted = "a reference of its own";
    if is_chance(all.len(), repeated.len(), possible(&all)) {
        let ids = ["AMB-REFERENCE-UNIQUE", "RESP-REFERENCE"];
        let mut warning = finding(&ids, "repeated", said, wanted, at, detail);
        warning.warning = true;
        marks.findings.push(warning);
    } else {
        let said = "short references repeat far more often than chance explains";
        marks.findings.push(finding(&["RESP-REFERENCE"], "repeated", said, wanted, at, detail));
    }
}

/// Returns how many references of the observed form are possible, by their length and the classes of characters that
/// occur.
fn possible(all: &[(&str, &Place)]) -> f64 {
    let length = all.iter().map(|(reference, _)| reference.len()).max().unwrap_or_default();
    let has =
        |wanted: fn(&u8) -> bool| all.iter().any(|(reference, _)| reference.as_bytes().iter().any(wanted));
    let letters: f64 = [
        (has(u8::is_ascii_digit), 10.0),
        (has(u8::is_ascii_uppercase), 26.0),
        (has(u8::is_ascii_lowercase), 26.0),
    ]
    .iter()
    .filter(|(has, _)| *has)
    .map(|(_, many)| many)
    .sum();
    letters.max(1.0).powi(i32::try_from(length).unwrap_or(i32::MAX))
}

/// Returns true if this many repetitions can be chance: up to three times the expected number, plus six standard
/// deviations and three.
#[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "probabilities, not money")]
fn is_chance(all: usize, repeated: usize, possible: f64) -> bool {
    let expected = (all as f64) * (all as f64) / (2.0 * possible);
    let bound = 3.0 + expected * 3.0 + 6.0 * expected.sqrt();
    (repeated as f64) <= bound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collisions_of_six_digits_are_chance_and_constants_are_not() {
        let six = 1e6;
        assert!(is_chance(1_000, 1, six) && is_chance(1_000, 3, six) && is_chance(2_000, 6, six));
        assert!(!is_chance(5, 4, six) && !is_chance(1_000, 20, six) && !is_chance(300, 297, six));
        // References of four digits collide often.
        assert!(is_chance(500, 14, 1e4) && !is_chance(500, 300, 1e4));
    }
}
