//! Ids and references over a whole run: an order id never repeats, and a short reference should not.

use std::collections::{BTreeMap, BTreeSet};

use spec::Pesewas;

use super::check::Check;
use crate::judge::findings::{Findings, ghs};
use crate::judge::part::{Created, Place};
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

/// Judges references over the run: within one account, one may collide with another by chance, but not far more often. No
/// page says that the references of different accounts differ.
fn references(run: &Whole<'_>, marks: &mut Marks) {
    let created = run.parts.iter().flat_map(|part| &part.created);
    // An order that is answered twice has one reference.
    let mut ids: BTreeSet<&str> = BTreeSet::new();
    let orders = created.filter(|it| it.id.as_deref().is_none_or(|id| ids.insert(id)));
    let all: Vec<Referred<'_>> = orders.filter_map(Referred::of).collect();
    let repeated = repeated(&all, |it| it.reference);
    let choice = if repeated.is_empty() { "every reference was new" } else { "a reference repeats" };
    if all.len() > 1 {
        let case = repeated.first().map(|it| it.at.0.clone()).unwrap_or_default();
        marks.observations.push(observation("AMB-REFERENCE-UNIQUE", choice, case));
    }
    let Some(first) = repeated.first() else { return };
    let own = self::repeated(&all, |it| (&it.account, it.reference));
    let detail = |first: &Referred<'_>, repeated: usize| {
        let (reference, all) = (first.reference, all.len());
        format!("{reference:?} was given out before; {repeated} of {all} references repeat an earlier one")
    };
    let wanted = "a reference of its own";
    if let Some(first) = own.first()
        && !is_chance(expected(&all), own.len())
    {
        let said = "short references repeat far more often than chance explains";
        let detail = detail(first, own.len());
        marks.findings.push(finding(&["RESP-REFERENCE"], "repeated", said, wanted, first.at, detail));
        return;
    }
    let ids = ["AMB-REFERENCE-UNIQUE", "RESP-REFERENCE"];
    let said = "a short reference stands for two orders";
    let mut warning = finding(&ids, "repeated", said, wanted, first.at, detail(first, repeated.len()));
    if own.is_empty() {
        warning.detail.push("the orders of one account have different references".to_owned());
    }
    warning.warning = true;
    marks.findings.push(warning);
}

/// An order with its reference.
struct Referred<'w> {
    reference: &'w str,
    account: String,
    at: &'w Place,
}

impl<'w> Referred<'w> {
    /// Returns an order with its reference; `None` if it has none.
    fn of(created: &'w Created) -> Option<Self> {
        let (reference, at) = (created.reference.as_deref()?, &created.at);
        // A new account belongs to one case.
        let account = created.owner.clone().unwrap_or_else(|| format!("{} {}", at.0, created.payer));
        Some(Self { reference, account, at })
    }
}

/// Returns the orders that have something in common with an earlier one.
fn repeated<'r, 'w, K: Ord>(
    all: &'r [Referred<'w>],
    common: impl Fn(&'r Referred<'w>) -> K,
) -> Vec<&'r Referred<'w>> {
    let mut seen: BTreeSet<K> = BTreeSet::new();
    all.iter().filter(|it| !seen.insert(common(it))).collect()
}

/// Returns how many references of one account are expected to repeat an earlier one of the account by chance.
#[expect(clippy::float_arithmetic, reason = "probabilities, not money")]
fn expected(all: &[Referred<'_>]) -> f64 {
    let mut accounts: BTreeMap<&str, f64> = BTreeMap::new();
    all.iter().for_each(|it| *accounts.entry(&it.account).or_default() += 1.0);
    accounts.values().map(|orders| orders * orders).sum::<f64>() / (2.0 * possible(all))
}

/// Returns how many references of the observed form are possible, by their length and the classes of characters that
/// occur.
fn possible(all: &[Referred<'_>]) -> f64 {
    let length = all.iter().map(|it| it.reference.len()).max().unwrap_or_default();
    let has = |wanted: fn(&u8) -> bool| all.iter().any(|it| it.reference.as_bytes().iter().any(wanted));
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
fn is_chance(expected: f64, repeated: usize) -> bool {
    let bound = 3.0 + expected * 3.0 + 6.0 * expected.sqrt();
    (repeated as f64) <= bound
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns orders with these references, of accounts in turn.
    fn referred<'w>(references: &'w [String], accounts: usize, at: &'w Place) -> Vec<Referred<'w>> {
        let of = |(nth, reference): (usize, &'w String)| Referred {
            reference,
            account: (nth % accounts).to_string(),
            at,
        };
        references.iter().enumerate().map(of).collect()
    }

    #[test]
    fn collisions_of_six_digits_are_chance_and_constants_are_not() {
        let at = ("case".to_owned(), 0, 0);
        let chance = |orders: usize, digits: usize, repeated: usize| {
            let references: Vec<String> = (0..orders).map(|it| format!("{it:0digits$}")).collect();
            is_chance(expected(&referred(&references, 1, &at)), repeated)
        };
        assert!(chance(1_000, 6, 1) && chance(1_000, 6, 3) && chance(2_000, 6, 6));
        assert!(!chance(5, 6, 4) && !chance(1_000, 6, 20) && !chance(300, 6, 297));
        // References of four digits collide often.
        assert!(chance(500, 4, 14) && !chance(500, 4, 300));
    }

    #[test]
    fn a_counter_for_each_account_tells_its_orders_apart() {
        let at = ("case".to_owned(), 0, 0);
        let counted: Vec<String> = (0..90).map(|it| format!("{:04}", it / 30)).collect();
        let all = referred(&counted, 30, &at);
        assert_eq!(repeated(&all, |it| it.reference).len(), 87);
        assert!(repeated(&all, |it| (&it.account, it.reference)).is_empty());
        let one: Vec<String> = (0..90).map(|it| format!("{:04}", it % 30)).collect();
        assert_eq!(repeated(&referred(&one, 30, &at), |it| (&it.account, it.reference)).len(), 60);
    }
}
