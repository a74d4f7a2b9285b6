//! What only the run as a whole shows: ids that repeat, totals that don't add up, answers that get lost, and which
//! promise a server breaks that refuses good orders.

use std::collections::{BTreeMap, BTreeSet};

use spec::{Contract, Meaning, OperationId, Pesewas};

use super::ghs;
use crate::history::{Answer, CaseRecord, Transport, World};
use crate::oracle::facts::{Facts, packages};
use crate::oracle::reading::Amount;
use crate::oracle::rule::Rule;
use crate::oracle::scene::Scene;
use crate::oracle::verdict::{Expected, Finding, Mark, MarkKind, Marks, Observation};

/// An accepted order whose total can be compared with others.
struct Priced {
    role: String,
    packages: BTreeMap<String, i64>,
    total: Pesewas,
    case: (String, u64, usize),
}

/// Judges a run as a whole.
#[must_use]
pub fn judge(contract: &Contract, world: &World, cases: &[CaseRecord], rules: &[&'static Rule]) -> Marks {
    let mut marks = Marks::default();
    let mut ids: BTreeMap<String, (String, u64, usize)> = BTreeMap::new();
    let mut references: BTreeMap<String, String> = BTreeMap::new();
    let mut repeated_reference = None;
    let mut priced = Vec::new();
    let mut good = Vec::new();
    let mut losses = Losses::default();
    for case in cases {
        losses.count(case);
        if case.exchanges.iter().all(|it| it.operation != OperationId::BuyBulk) {
            continue;
        }
        let scene = Scene::of(contract, world, case, rules);
        for created in &scene.created {
            let at = (case.id.clone(), case.index, created.exchange);
            if let Some(id) = created.summary.order_id.as_ref().filter(|id| !id.is_empty())
                && let Some(earlier) = ids.insert(id.clone(), at.clone())
                && earlier.0 != case.id
            {
                let detail = format!("{id:?} was given out in {} before", earlier.0);
                marks.findings.push(finding(
                    &["RESP-ORDER-ID"],
                    "repeated",
                    "two orders have the same id",
                    "an id of its own",
                    &at,
                    detail,
                ));
            }
            if let Some(reference) = created.summary.reference.as_ref().filter(|it| !it.is_empty())
                && references.insert(reference.clone(), case.id.clone()).is_some()
            {
                repeated_reference.get_or_insert((reference.clone(), at.clone()));
            }
            let sound = scene.seen[created.exchange].allowed.as_ref().is_some_and(|it| it.sure.is_empty());
            if let (Some(order), Some(total), true) =
                (&created.order, created.summary.total.as_ref().and_then(Amount::pesewas), sound)
                && let Some(role) = scene.case.accounts[created.actor].role.clone()
            {
                let packages =
                    packages(order).into_iter().map(|(id, times)| (id.to_owned(), times)).collect();
                priced.push(Priced { role, packages, total, case: at });
            }
        }
        for seen in scene.seen.iter().filter(|it| it.exchange.wave.is_none()) {
            let (Some(facts), Some(allowed), Some(response)) = (&seen.facts, &seen.allowed, seen.response())
            else {
                continue;
            };
            if allowed.must_accept() {
                good.push(Good::of(contract, facts, response.status));
            }
        }
    }
    repeated(&mut marks, references.len(), repeated_reference);
    linear(&mut marks, &priced);
    blame(&mut marks, &good);
    losses.judge(&mut marks);
    if ids.len() > 1 {
        marks.marks.push(pass("RESP-ORDER-ID"));
    }
    marks
}

fn pass(id: &str) -> Mark {
    Mark { requirement: id.to_owned(), kind: MarkKind::Pass }
}

fn finding(
    ids: &[&str],
    cause: &str,
    summary: &str,
    wanted: &str,
    at: &(String, u64, usize),
    detail: String,
) -> Finding {
    Finding {
        candidates: ids.iter().map(|id| (*id).to_owned()).collect(),
        suspects: Vec::new(),
        warning: false,
        cause: cause.to_owned(),
        summary: summary.to_owned(),
        expected: vec![Expected { what: wanted.to_owned(), because: vec![ids[0].to_owned()] }],
        actual: String::new(),
        detail: vec![detail],
        case: at.0.clone(),
        index: at.1,
        exchange: Some(at.2),
    }
}

/// A reference may repeat; partners should know that it does.
fn repeated(marks: &mut Marks, distinct: usize, repeated: Option<(String, (String, u64, usize))>) {
    let choice = if repeated.is_some() { "a reference repeats" } else { "every reference was new" };
    if distinct > 1 || repeated.is_some() {
        let case = repeated.as_ref().map(|(_, at)| at.0.clone()).unwrap_or_default();
        let ambiguity = "AMB-REFERENCE-UNIQUE".to_owned();
        marks.observations.push(Observation { ambiguity, choice: choice.to_owned(), case });
    }
    if let Some((reference, at)) = repeated {
        let detail = format!("{reference:?} was given out before");
        let said = "a short reference stands for two orders";
        let mut warning = finding(
            &["AMB-REFERENCE-UNIQUE", "RESP-REFERENCE"],
            "repeated",
            said,
            "a reference of its own",
            &at,
            detail,
        );
        warning.warning = true;
        marks.findings.push(warning);
    }
}

/// RESP-LINEAR: prices are learned from totals, and every further total must agree with them.
fn linear(marks: &mut Marks, priced: &[Priced]) {
    let mut learned: BTreeMap<(&str, &str), Pesewas> = BTreeMap::new();
    /// A role and what it bought.
    type Basket<'a> = (&'a str, &'a BTreeMap<String, i64>);
    let mut same: BTreeMap<Basket<'_>, (Pesewas, &Priced)> = BTreeMap::new();
    let wrong = |marks: &mut Marks, order: &Priced, wanted: Pesewas, detail: String| {
        let said = "totals of the same packages do not add up";
        let ids = ["RESP-LINEAR", "RESP-TOTAL"];
        marks.findings.push(finding(&ids, "totals", said, &ghs(wanted), &order.case, detail));
    };
    // What a price was learned from, and what was held to it: neither is evidence a second time.
    let mut done: BTreeSet<usize> = BTreeSet::new();
    // Twice: what a later order teaches may decide one before it.
    for round in 0..2 {
        for (at, order) in priced.iter().enumerate() {
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
                            format!("{} here and {} in {}", ghs(order.total), ghs(*total), earlier.case.0);
                        wrong(marks, order, *total, detail);
                    }
                    continue;
                }
                same.insert((role, &order.packages), (order.total, order));
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
                        wrong(marks, order, known, detail);
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
                        wrong(marks, order, order.total, detail);
                    }
                }
                _ => {}
            }
        }
    }
}

/// An order beyond reproach, in the features that a wrong refusal may hang on.
struct Good {
    features: Vec<(&'static str, String)>,
    refused: Option<u16>,
}

impl Good {
    fn of(contract: &Contract, facts: &Facts, status: u16) -> Self {
        let mut features = Vec::new();
        if let Some(role) = &facts.role {
            let about = contract.catalogue.requirements.iter().find(|it| it.role.as_ref() == Some(role));
            if let Some(id) =
                about.and_then(|it| super::role::CHECK.cites.iter().find(|cited| **cited == it.id))
            {
                features.push((*id, role.clone()));
            }
        }
        if let Some(count) = facts.count() {
            features.push(("COUNT-RANGE", count.to_string()));
        }
        let exact = facts.wallet.exact().is_some() && facts.wallet.exact() == facts.exact_cost();
        features.push(("BALANCE-EXACT", exact.to_string()));
        let refused = Some(status).filter(|it| *it != contract.status(Meaning::Accepted));
        Self { features, refused }
    }
}

/// Tells which promise a server breaks that refuses good orders: the feature whose every bearer is refused, and nobody
/// else. The finding of each case keeps its candidates; those that the run rules out go to the end.
fn blame(marks: &mut Marks, good: &[Good]) {
    if good.iter().all(|it| it.refused.is_none()) {
        return;
    }
    let mut refused: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for order in good {
        for (id, value) in &order.features {
            let (all, wrong) = refused.entry((id, value)).or_default();
            *all += 1;
            *wrong += u64::from(order.refused.is_some());
        }
    }
    let total = good.iter().filter(|it| it.refused.is_some()).count() as u64;
    // Every refusal has the feature, and every order with it is refused; one order alone shows nothing.
    let decisive: BTreeSet<&str> = refused
        .iter()
        .filter(|(_, (all, wrong))| all == wrong && *wrong == total && total > 1)
        .map(|((id, _), _)| *id)
        .collect();
    let statuses: BTreeSet<u16> = good.iter().filter_map(|it| it.refused).collect();
    let only = if total == good.len() as u64 {
        // Nobody can buy at all.
        Some("ROUTE-POST")
    } else {
        let mut decisive = decisive.into_iter();
        decisive.next().filter(|_| decisive.next().is_none())
    };
    marks.decisive = only.map(|only| (only.to_owned(), statuses.into_iter().collect()));
}

/// Where in a history something is: case, its index, exchange.
type Place = (String, u64, usize);

/// Lost answers: a lossy network is not the server's fault, a request that always loses its answer is.
#[derive(Default)]
struct Losses {
    orders: u64,
    orders_lost: u64,
    reads: u64,
    reads_lost: u64,
    /// By case without its attempt: attempts, attempts that lost an answer, and the first that did.
    attempts: BTreeMap<String, (u32, u32, Option<Place>)>,
}

impl Losses {
    fn count(&mut self, case: &CaseRecord) {
        let mut lost_at = None;
        let mut placed = false;
        for (at, exchange) in case.exchanges.iter().enumerate() {
            let lost = matches!(exchange.answer, Answer::Lost(_));
            // A server may close a connection after any answer, and whoever pipelines must be ready for that.
            if exchange.request.transport == Transport::Pipelined {
                continue;
            }
            if exchange.operation == OperationId::BuyBulk {
                placed = true;
                self.orders += 1;
                self.orders_lost += u64::from(lost);
                if lost && lost_at.is_none() {
                    lost_at = Some((case.id.clone(), case.index, at));
                }
            } else {
                self.reads += 1;
                self.reads_lost += u64::from(lost);
            }
        }
        if placed {
            let base = case.id.split("#").next().unwrap_or(&case.id).to_owned();
            let entry = self.attempts.entry(base).or_default();
            entry.0 += 1;
            entry.1 += u32::from(lost_at.is_some());
            entry.2 = entry.2.take().or(lost_at);
        }
    }

    /// A finding where chance is no explanation: less than one in a million.
    #[expect(clippy::float_arithmetic, reason = "probabilities, not money")]
    fn judge(&self, marks: &mut Marks) {
        let all = (self.orders + self.reads) as f64;
        let cases = self.attempts.len() as f64;
        for (tries, lost, at) in self.attempts.values() {
            let Some(at) = at.as_ref().filter(|_| tries == lost) else { continue };
            // The loss rate of everything else, never taken for nothing.
            let elsewhere = (self.orders_lost + self.reads_lost).saturating_sub(u64::from(*lost)) as f64;
            let rate = (elsewhere + 1.0) / all.max(1.0);
            let chance = rate.powi(i32::try_from(*lost).unwrap_or(i32::MAX)) * cases;
            if chance < 1e-6 {
                let detail = format!(
                    "{lost} of {tries} tries; a chance of {chance:.0e} at the loss rate of all other requests"
                );
                let said = "this request gets no answer";
                let mut found = finding(&["STATUS-DOCUMENTED"], "no answer", said, "an answer", at, detail);
                found.actual = "no answer: the connection broke or the time limit passed".into();
                marks.findings.push(found);
            }
        }
        // Orders lose their answers and readings don't: not the network either.
        let expected_reads = self.reads as f64 * (self.orders_lost as f64 / (self.orders.max(1) as f64));
        let already = marks.findings.iter().any(|it| it.cause == "no answer");
        if self.reads_lost == 0 && expected_reads > 14.0 && !already {
            let at = self.attempts.values().find_map(|(.., at)| at.clone());
            if let Some(at) = at {
                let detail = format!(
                    "{} of {} orders and none of {} readings",
                    self.orders_lost, self.orders, self.reads
                );
                let mut found = finding(
                    &["STATUS-DOCUMENTED"],
                    "no answer",
                    "orders get no answer now and then",
                    "an answer",
                    &at,
                    detail,
                );
                found.actual = "no answer: the connection broke or the time limit passed".into();
                marks.findings.push(found);
            }
        }
    }
}
