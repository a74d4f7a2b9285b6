//! What only the run as a whole shows: ids that repeat, totals that don't add up, answers that get lost, and which
//! promise a server breaks that refuses good orders.

use std::collections::{BTreeMap, BTreeSet};

use spec::{Contract, Meaning, OperationId, Pesewas};

use super::ghs;
use crate::history::{Answer, CaseRecord, Transport};
use crate::oracle::facts::{Facts, packages};
use crate::oracle::reading::Amount;
use crate::oracle::scene::Scene;
use crate::oracle::verdict::{Expected, Finding, Mark, MarkKind, Marks, Observation};

/// An accepted order whose total can be compared with others.
#[derive(Debug)]
struct Priced {
    role: String,
    packages: BTreeMap<String, i64>,
    total: Pesewas,
}

/// What one case adds to the judgement of the run as a whole.
#[derive(Debug, Default)]
pub struct Part {
    created: Vec<Created>,
    good: Vec<Good>,
    placed: Option<Placed>,
    reads: u64,
    reads_lost: u64,
}

/// An order that was accepted.
#[derive(Debug)]
struct Created {
    at: Place,
    id: Option<String>,
    reference: Option<String>,
    priced: Option<Priced>,
}

/// The orders of a case.
#[derive(Debug)]
struct Placed {
    /// The case without its attempt.
    base: String,
    orders: u64,
    lost: u64,
    lost_at: Option<Place>,
}

/// Takes from a case what only the run as a whole can be judged by.
#[must_use]
pub fn part(scene: &Scene<'_>) -> Part {
    let mut part = Part::default();
    part.losses(scene.case);
    for created in &scene.created {
        let sound = scene.seen[created.exchange].allowed.as_ref().is_some_and(|it| it.sure.is_empty());
        let total = created.summary.total.as_ref().and_then(Amount::pesewas).filter(|_| sound);
        let role = scene.case.accounts[created.actor].role.clone();
        let priced = || {
            let packages = packages(created.order.as_ref()?);
            let packages = packages.into_iter().map(|(id, times)| (id.to_owned(), times)).collect();
            Some(Priced { role: role?, packages, total: total? })
        };
        part.created.push(Created {
            at: (scene.case.id.clone(), scene.case.index, created.exchange),
            id: created.summary.order_id.clone().filter(|it| !it.is_empty()),
            reference: created.summary.reference.clone().filter(|it| !it.is_empty()),
            priced: priced(),
        });
    }
    for seen in scene.seen.iter().filter(|it| it.exchange.wave.is_none()) {
        if let (Some(facts), Some(allowed), Some(response)) = (&seen.facts, &seen.allowed, seen.response())
            && allowed.must_accept()
        {
            part.good.push(Good::of(scene.contract, facts, response.status));
        }
    }
    part
}

/// Judges a run as a whole by what its cases add, in their order.
#[must_use]
pub fn judge<'p>(parts: impl IntoIterator<Item = &'p Part>) -> Marks {
    let mut marks = Marks::default();
    let mut ids: BTreeMap<&str, &Place> = BTreeMap::new();
    let mut references: BTreeSet<&str> = BTreeSet::new();
    let mut repeated_reference = None;
    let (mut priced, mut good) = (Vec::new(), Vec::new());
    let mut losses = Losses::default();
    for part in parts {
        losses.count(part);
        good.extend(&part.good);
        for created in &part.created {
            let at = &created.at;
            if let Some(id) = created.id.as_deref()
                && let Some(earlier) = ids.insert(id, at)
                && earlier.0 != at.0
            {
                let detail = format!("{id:?} was given out in {} before", earlier.0);
                let said = "two orders have the same id";
                let found = finding(&["RESP-ORDER-ID"], "repeated", said, "an id of its own", at, detail);
                marks.findings.push(found);
            }
            if let Some(reference) = created.reference.as_deref()
                && !references.insert(reference)
            {
                repeated_reference.get_or_insert((reference, at));
            }
            priced.extend(created.priced.as_ref().map(|it| (it, at)));
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

fn finding(ids: &[&str], cause: &str, summary: &str, wanted: &str, at: &Place, detail: String) -> Finding {
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
fn repeated(marks: &mut Marks, distinct: usize, repeated: Option<(&str, &Place)>) {
    let choice = if repeated.is_some() { "a reference repeats" } else { "every reference was new" };
    if distinct > 1 || repeated.is_some() {
        let case = repeated.map(|(_, at)| at.0.clone()).unwrap_or_default();
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
            at,
            detail,
        );
        warning.warning = true;
        marks.findings.push(warning);
    }
}

/// RESP-LINEAR: prices are learned from totals, and every further total must agree with them.
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
    // What a price was learned from, and what was held to it: neither is evidence a second time.
    let mut done: BTreeSet<usize> = BTreeSet::new();
    // Twice: what a later order teaches may decide one before it.
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

/// An order beyond reproach, in the features that a wrong refusal may hang on.
#[derive(Debug)]
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
fn blame(marks: &mut Marks, good: &[&Good]) {
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
struct Losses<'p> {
    orders: u64,
    orders_lost: u64,
    reads: u64,
    reads_lost: u64,
    /// By case without its attempt: attempts, attempts that lost an answer, and the first that did.
    attempts: BTreeMap<&'p str, (u32, u32, Option<&'p Place>)>,
}

impl Part {
    fn losses(&mut self, case: &CaseRecord) {
        for (at, exchange) in case.exchanges.iter().enumerate() {
            let lost = matches!(exchange.answer, Answer::Lost(_));
            // A server may close a connection after any answer, and whoever pipelines must be ready for that.
            if exchange.request.transport == Transport::Pipelined {
                continue;
            }
            if exchange.operation != OperationId::BuyBulk {
                self.reads += 1;
                self.reads_lost += u64::from(lost);
                continue;
            }
            let base = || case.id.split('#').next().unwrap_or(&case.id).to_owned();
            let placed =
                self.placed.get_or_insert_with(|| Placed { base: base(), orders: 0, lost: 0, lost_at: None });
            placed.orders += 1;
            placed.lost += u64::from(lost);
            if lost && placed.lost_at.is_none() {
                placed.lost_at = Some((case.id.clone(), case.index, at));
            }
        }
    }
}

impl<'p> Losses<'p> {
    fn count(&mut self, part: &'p Part) {
        self.reads += part.reads;
        self.reads_lost += part.reads_lost;
        if let Some(placed) = &part.placed {
            self.orders += placed.orders;
            self.orders_lost += placed.lost;
            let entry = self.attempts.entry(&placed.base).or_default();
            entry.0 += 1;
            entry.1 += u32::from(placed.lost > 0);
            entry.2 = entry.2.or(placed.lost_at.as_ref());
        }
    }

    /// A finding where chance is no explanation: less than one in a million.
    #[expect(clippy::float_arithmetic, reason = "probabilities, not money")]
    fn judge(&self, marks: &mut Marks) {
        let all = (self.orders + self.reads) as f64;
        let cases = self.attempts.len() as f64;
        for (tries, lost, at) in self.attempts.values() {
            let Some(at) = at.filter(|_| tries == lost) else { continue };
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
            let at = self.attempts.values().find_map(|(.., at)| *at);
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
                    at,
                    detail,
                );
                found.actual = "no answer: the connection broke or the time limit passed".into();
                marks.findings.push(found);
            }
        }
    }
}
