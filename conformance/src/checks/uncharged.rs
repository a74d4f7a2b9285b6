//! Orders that were never charged in full, over a whole run. Where no answer shows who failed, a wallet that holds more than an
//! order leaves may have been paid back (AMB-HELD). That some recipients fail at once explains some of that, and never that
//! it is so after each order.

use super::check::Check;
use crate::judge::verdict::Marks;
use crate::judge::whole::{Whole, finding};

/// The check.
pub(super) const CHECK: Check =
    Check { name: "uncharged", cites: &["MONEY-DEBIT"], judge_run: Some(judge_run), ..Check::NOTHING };

/// So many wallets, and not one that was charged in full, are no chance: at a rate of failures of one in five, two recipients
/// each time, it would be one run in 3,500.
const ENOUGH: usize = 8;

fn judge_run(run: &Whole<'_>, marks: &mut Marks) {
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
