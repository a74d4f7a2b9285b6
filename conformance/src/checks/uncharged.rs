//! Judges what refunds would explain by the run as a whole. If no answer shows which recipients failed, a wallet that
//! holds more than an order leaves may have been refunded (AMB-HELD). That explains some orders of a run that were not
//! charged in full, but not all of them; and it explains nothing on a server that is never seen to refund anything.

use super::check::Check;
use crate::judge::verdict::Marks;
use crate::judge::whole::{Whole, finding};

/// The check of orders that were never charged in full.
pub(super) const CHECK: Check = Check {
    name: "uncharged",
    cites: &["MONEY-DEBIT", "MONEY-RACE"],
    judge_run: Some(judge_run),
    ..Check::NOTHING
};

/// The number of wallets, none of them charged in full, that rules out chance: if one recipient in five fails and
/// orders have two recipients, it happens in one run in 3,500.
const ENOUGH: usize = 8;

/// The number of wallets, all of them charged in full, that rules out refunds: if one recipient in ten fails and orders
/// have two recipients, it happens in one run in 4,500.
const NO_REFUNDS: usize = 40;

fn judge_run(run: &Whole<'_>, marks: &mut Marks) {
    never_charged(run, marks);
    never_refunded(run, marks);
}

/// Concurrent orders were accepted for more than a wallet held, on a server that was never seen to refund anything.
fn never_refunded(run: &Whole<'_>, marks: &mut Marks) {
    let whole: usize = run.parts.iter().map(|it| it.whole_debits).sum();
    let refunds = run.parts.iter().any(|it| !it.short_debits.is_empty());
    let mut overspent = run.parts.iter().flat_map(|it| &it.overspent);
    let Some(first) = overspent.next().filter(|_| !refunds && whole >= NO_REFUNDS) else { return };
    marks.findings.push(finding(
        &["MONEY-RACE", "MONEY-DEBIT"],
        "overspent",
        "orders at once were accepted for more than the wallet held",
        "the outcome of some order of the same requests, one after the other",
        first,
        format!(
            "no answer shows whether recipients failed and were refunded, but each of {whole} wallets that were read after \
             accepted orders held exactly what they left"
        ),
    ));
}

fn never_charged(run: &Whole<'_>, marks: &mut Marks) {
    let whole: usize = run.parts.iter().map(|it| it.whole_debits).sum();
    let short: Vec<_> = run.parts.iter().flat_map(|it| &it.short_debits).collect();
    let Some(first) = short.first().filter(|_| whole == 0 && short.len() >= ENOUGH) else { return };
    marks.findings.push(finding(
        &["MONEY-DEBIT"],
        "never charged in full",
        "no accepted order was charged in full",
        "the wallet lowered by the total of each order",
        first,
        format!(
            "{} wallets were read after accepted orders, and each held more than they left; no answer shows a recipient \
             that failed",
            short.len()
        ),
    ));
}
