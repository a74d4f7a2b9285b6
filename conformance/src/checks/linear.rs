//! Totals over a whole run, if prices are unknown: prices are learned from totals, and further totals must agree with
//! them.

use std::collections::{BTreeMap, BTreeSet};

use spec::Pesewas;

use super::check::Check;
use crate::judge::findings::ghs;
use crate::judge::part::{Place, Priced};
use crate::judge::verdict::Marks;
use crate::judge::whole::{Whole, finding, pass};

/// The check of totals over a whole run.
pub(crate) const CHECK: Check =
    Check { name: "linear", cites: &["RESP-LINEAR"], judge_run: Some(judge_run), ..Check::NOTHING };

fn judge_run(run: &Whole<'_>, marks: &mut Marks) {
    let created = run.parts.iter().flat_map(|part| &part.created);
    let priced: Vec<(&Priced, &Place)> =
        created.filter_map(|it| Some((it.priced.as_ref()?, &it.at))).collect();
    linear(marks, &priced);
}

/// Judges RESP-LINEAR: prices are learned from totals, and every further total must agree with them.
#[expect(clippy::too_many_lines, reason = "two rounds over the same orders, which share what was learned")]
fn linear(marks: &mut Marks, priced: &[(&Priced, &Place)]) {
    let mut learned: BTreeMap<(&str, &str), Pesewas> = BTreeMap::new();
    /// A role and what it bought.
    type Basket<'a> = (&'a str, &'a BTreeMap<String, i64>);
    let mut same: BTreeMap<Basket<'_>, (Pesewas, &Place)> = BTreeMap::new();
    let wrong = |marks: &mut Marks, place: &Place, wanted: Pesewas, detail: String| {
        let said = "totals of the same packages do not add up";
        let ids = ["RESP-LINEAR", "RESP-TOTAL"];
        marks.findings.push(finding(&ids, "totals", said, &ghs(wanted), place, detail));
    };
    // The orders from which a price was learned or which were compared with prices; neither counts as evidence again.
    let mut done: BTreeSet<usize> = BTreeSet::new();
    // There are two rounds, since a later order may teach a price that decides an earlier one.
    for round in 0..2 {
        for (at, (order, place)) in priced.iter().enumerate() {
            let role = order.role.as_str();
            if done.contains(&at) {
                continue;
            }
            if round == 0 {
                if let Some((total, earlier)) = same.get(&(role, &order.packages)) {
                    done.insert(at);
                    if *total == order.total {
                        marks.marks.push(pass("RESP-LINEAR"));
                    } else {
                        let detail =
                            format!("{} here and {} in {}", ghs(order.total), ghs(*total), earlier.0);
                        wrong(marks, place, *total, detail);
                    }
                    continue;
                }
                same.insert((role, &order.packages), (order.total, place));
            }
            let unknown: Vec<(&str, i64)> = order
                .packages
                .iter()
                .filter(|(id, _)| !learned.contains_key(&(role, id.as_str())))
                .map(|(id, times)| (id.as_str(), *times))
                .collect();
            let known: Pesewas = order
                .packages
                .iter()
                .filter_map(|(id, times)| Some(*learned.get(&(role, id.as_str()))? * *times))
                .sum();
            match unknown[..] {
                [] => {
                    done.insert(at);
                    if known == order.total {
                        marks.marks.push(pass("RESP-LINEAR"));
                    } else {
                        let detail = format!("by other totals of these packages it is {}", ghs(known));
                        wrong(marks, place, known, detail);
                    }
                }
                [(id, times)] => {
                    done.insert(at);
                    let rest = (order.total - known).get();
                    if rest % times == 0 {
                        learned.insert((role, id), Pesewas::new(rest / times));
                    } else {
                        let detail =
                            format!("{times} packages of one price can't cost {}", ghs(Pesewas::new(rest)));
                        wrong(marks, place, order.total, detail);
                    }
                }
                _ => {}
            }
        }
    }
}
