//! Orders after their creation: status, recipients, progress, privacy, the list, and the retry of one recipient.

use std::collections::BTreeSet;

use spec::{Meaning, OperationId, Pesewas};

use super::{Check, ghs};
use crate::history::Tier;
use crate::judge::Bench;
use crate::oracle::reading::{self, Amount, Order, Page};
use crate::oracle::scene::{Created, Scene, Seen, is_failed};
use crate::plan::case::{Actor, Step};
use crate::plan::draft::{Draft, Mix};
use crate::plan::planner::Planner;

/// The check.
pub const CHECK: Check = Check {
    name: "orders",
    cites: &[
        "ORDER-STATUS",
        "ORDER-RECIPIENTS",
        "ORDER-PROGRESS",
        "ORDER-RETRY",
        "ORDER-PRIVATE",
        "ORDER-LIST",
        "ORDER-SAME",
    ],
    rules: &[],
    plan,
    judge,
};

fn plan(p: &mut Planner<'_>) {
    if p.tier == Tier::Probe {
        return p.cannot(CHECK.cites, "the probe tier creates no order");
    }
    let buyers = p.buyers();
    let Some(role) = buyers.first().cloned() else {
        return p.cannot(CHECK.cites, "no key of a role that may buy");
    };
    let count = p.contract.limits.min_items + 1;
    for role in &buyers {
        followed(p, role, count);
    }
    private(p, &role, buyers.get(1).unwrap_or(&role), count);
    pages(p, &role);
    if p.has_states() && p.world.extra_states.iter().any(|state| state == "recipient") {
        retried(p, &role, count);
    } else {
        p.cannot(&["ORDER-RETRY"], "no provider state makes a recipient fail");
    }
}

fn unless_lacking(p: &Planner<'_>, operation: OperationId, step: Step) -> Option<Step> {
    (!p.world.lacks(operation)).then_some(step)
}

/// An order is created and watched until it ends.
fn followed(p: &mut Planner<'_>, role: &str, count: usize) {
    if p.world.lacks(OperationId::OrderStatus) {
        return;
    }
    let Some(rendered) = p.render(&Draft::good(role, count).mix(Mix::Distinct), 0) else { return };
    let Some(actor) = p.actor_with(role, rendered.total.unwrap_or(Pesewas::new(100_000))) else { return };
    let steps = [
        Some(Step::Order(rendered.outgoing)),
        Some(Step::Read { actor: 0, nth: 0, status: true }),
        unless_lacking(p, OperationId::Order, Step::Read { actor: 0, nth: 0, status: false }),
        Some(Step::Watch { actor: 0, nth: 0 }),
        unless_lacking(p, OperationId::Order, Step::Read { actor: 0, nth: 0, status: false }),
        unless_lacking(p, OperationId::Wallet, Step::Wallet(0)),
    ];
    let ids = ["ORDER-STATUS", "ORDER-RECIPIENTS", "ORDER-PROGRESS", "ORDER-SAME"];
    let title = format!("{role} follows an order to its end");
    p.push(
        &format!("followed/{role}"),
        &title,
        &ids,
        None,
        vec![actor],
        steps.into_iter().flatten().collect(),
        None,
    );
}

/// One account's order, asked for by another.
fn private(p: &mut Planner<'_>, role: &str, other: &str, count: usize) {
    let draft = Draft::good(role, count);
    let Some(rendered) = p.render(&draft, 0) else { return };
    let Some(owner) = p.actor_with(role, rendered.total.unwrap_or(Pesewas::new(100_000))) else { return };
    let stranger = if p.has_states() {
        Some(Actor::Fresh { role: other.to_owned(), balance: Pesewas::new(1_000), revoked: false })
    } else {
        let of = |actor: &Actor| match actor {
            Actor::Fixed(at) => p.world.accounts.get(*at),
            _ => None,
        };
        let mine = of(&owner).map(|it| (it.name.clone(), it.profile.clone()));
        let strangers = p.world.accounts.iter().position(|it| {
            !it.revoked
                && mine.as_ref().is_some_and(|(name, profile)| {
                    it.name != *name && (profile.is_none() || it.profile != *profile)
                })
        });
        strangers.map(Actor::Fixed)
    };
    let Some(stranger) = stranger else {
        return p.cannot(&["ORDER-PRIVATE"], "no key of a second profile");
    };
    let steps = [
        Some(Step::Order(rendered.outgoing)),
        unless_lacking(p, OperationId::OrderStatus, Step::Read { actor: 1, nth: 0, status: true }),
        unless_lacking(p, OperationId::Order, Step::Read { actor: 1, nth: 0, status: false }),
        unless_lacking(p, OperationId::Orders, Step::List { actor: 1, limit: None, follow: false }),
        unless_lacking(p, OperationId::OrderStatus, Step::ReadUnknown(0)),
    ];
    let steps = steps.into_iter().flatten().collect();
    p.push(
        "private",
        "an order asked for by another account",
        &["ORDER-PRIVATE"],
        None,
        vec![owner, stranger],
        steps,
        None,
    );
}

/// Several orders, and the list page by page.
fn pages(p: &mut Planner<'_>, role: &str) {
    if p.world.lacks(OperationId::Orders) || !p.has_states() {
        return;
    }
    let orders = if p.tier >= Tier::Standard { 5 } else { 3 };
    let mut steps = Vec::new();
    let mut funds = Pesewas::ZERO;
    for _ in 0..orders {
        let Some(rendered) = p.render(&Draft::good(role, p.contract.limits.min_items), 0) else { return };
        funds += rendered.total.unwrap_or(Pesewas::new(100_000));
        steps.push(Step::Order(rendered.outgoing));
    }
    for limit in [Some(2), Some(1), None, Some(p.contract.page_limits.0)] {
        steps.push(Step::List { actor: 0, limit, follow: true });
    }
    let actor = Actor::Fresh { role: role.to_owned(), balance: funds, revoked: false };
    p.push("pages", "the list page by page", &["ORDER-LIST"], None, vec![actor], steps, None);
}

/// One recipient fails and is retried.
fn retried(p: &mut Planner<'_>, role: &str, count: usize) {
    if p.world.lacks(OperationId::Retry) || p.world.lacks(OperationId::OrderStatus) {
        return;
    }
    let Some(rendered) = p.render(&Draft::good(role, count).mix(Mix::Distinct), 0) else { return };
    let total = rendered.total.unwrap_or(Pesewas::new(100_000));
    let names = &p.contract.fields;
    let body: Option<serde_json::Value> = serde_json::from_slice(&rendered.outgoing.body).ok();
    let failing = body.as_ref().and_then(|body| {
        body.get(&names.order.items)?.get(1)?.get(&names.item.msisdn)?.as_str().map(str::to_owned)
    });
    let Some(failing) = failing else { return };
    let wallet = || unless_lacking(p, OperationId::Wallet, Step::Wallet(0));
    let steps = [
        Some(Step::FailRecipient(failing)),
        Some(Step::Order(rendered.outgoing)),
        Some(Step::Watch { actor: 0, nth: 0 }),
        wallet(),
        Some(Step::Retry { actor: 0, nth: 0 }),
        wallet(),
        Some(Step::Watch { actor: 0, nth: 0 }),
        wallet(),
    ];
    // The retry may take a refund back: the wallet has to hold it.
    let actor = Actor::Fresh { role: role.to_owned(), balance: total * 2, revoked: false };
    let ids = ["ORDER-RETRY", "ORDER-PROGRESS"];
    p.push(
        "retried",
        "a failed recipient is retried",
        &ids,
        None,
        vec![actor],
        steps.into_iter().flatten().collect(),
        None,
    );
}

fn judge(scene: &Scene<'_>, bench: &mut Bench<'_>) {
    for seen in &scene.seen {
        if !seen.authorised(scene.case) || seen.exchange.wave.is_some() && seen.is_order() {
            continue;
        }
        match seen.exchange.operation {
            OperationId::Order | OperationId::OrderStatus => read(scene, seen, bench),
            OperationId::Orders => list(scene, seen, bench),
            OperationId::Retry => retry(scene, seen, bench),
            _ => {}
        }
    }
    progress(scene, bench);
    same(scene, bench);
    paged(scene, bench);
}

fn ok(scene: &Scene<'_>, seen: &Seen<'_>) -> bool {
    let operation = scene.contract.operation(seen.exchange.operation);
    seen.response().is_some_and(|it| Some(it.status) == operation.status(Meaning::Ok))
}

fn read(scene: &Scene<'_>, seen: &Seen<'_>, bench: &mut Bench<'_>) {
    let Some(response) = seen.response() else { return };
    let operation = scene.contract.operation(seen.exchange.operation);
    let not_found = operation.status(Meaning::NotFound);
    if super::status::is_throttle(scene.contract, response.status) {
        return;
    }
    let created = scene.asked_for(seen.exchange);
    let own = created.is_some_and(|it| {
        let wallets = scene.wallets();
        seen.exchange.actor.is_some_and(|actor| wallets[actor] == wallets[it.actor])
    });
    if !own {
        if Some(response.status) == not_found {
            return bench.pass("ORDER-PRIVATE");
        }
        if operation.response(response.status).is_none() && response.status >= 400 {
            return;
        }
        let what = if created.is_some() { "another account's order" } else { "an order that nobody has" };
        let wanted = not_found.map_or_else(String::new, |status| format!("{status} not found"));
        return bench
            .fail(&["ORDER-PRIVATE"], what, format!("{what} was answered with {}", response.status))
            .at(seen)
            .wanted(wanted, "ORDER-PRIVATE")
            .put();
    }
    let Some(created) = created else { return };
    if !ok(scene, seen) {
        if response.status < 500 {
            let id =
                if seen.exchange.operation == OperationId::Order { "ORDER-SAME" } else { "ORDER-STATUS" };
            bench
                .fail(
                    &[id, "ORDER-STATUS"],
                    "not found",
                    format!("a created order is answered with {}", response.status),
                )
                .at(seen)
                .wanted("the order", id)
                .put();
        }
        return;
    }
    let id = if seen.exchange.operation == OperationId::Order { "ORDER-SAME" } else { "ORDER-STATUS" };
    let differences = bench
        .shapes
        .differences(seen.exchange.operation, response.status, &response.body.0)
        .unwrap_or_default();
    if let Some(first) = differences.first() {
        let mut finding = bench
            .fail(
                &[id, "ORDER-STATUS"],
                &format!("shape {}", first.pointer),
                "an order read back has another shape than documented",
            )
            .at(seen)
            .wanted("the documented fields", id);
        for difference in &differences {
            finding = finding.detail(format!("{}: {}", difference.pointer, difference.message));
        }
        return finding.put();
    }
    let Some(order) = seen.order(scene.contract) else { return };
    if agrees(scene, seen, created, &order, id, bench) {
        bench.pass(id);
    }
    let Some(recipients) = &order.recipients else { return };
    let sent = created.order.as_ref().and_then(|it| it.entries.as_ref()).map(Vec::len);
    let counted = created.summary.count.as_ref().and_then(|(count, _)| *count);
    if let Some(wanted) = sent.map(|it| it as i64).or(counted) {
        let states = recipients.iter().filter(|it| it.state.is_some()).count() as i64;
        if states == wanted {
            bench.pass("ORDER-RECIPIENTS");
        } else {
            bench
                .fail(
                    &["ORDER-RECIPIENTS"],
                    "count",
                    format!("{states} recipient states for {wanted} recipients"),
                )
                .at(seen)
                .wanted(wanted.to_string(), "ORDER-RECIPIENTS")
                .put();
        }
    }
}

/// Whether an order read back is the one that was created.
fn agrees(
    scene: &Scene<'_>,
    seen: &Seen<'_>,
    created: &Created,
    order: &Order,
    id: &str,
    bench: &mut Bench<'_>,
) -> bool {
    let total = created.summary.total.as_ref().and_then(Amount::pesewas);
    let amount = order.amount.as_ref().and_then(Amount::pesewas);
    let mut wrong = Vec::new();
    if order.id != created.summary.order_id {
        wrong.push(("id", format!("{:?}", order.id), format!("{:?}", created.summary.order_id)));
    }
    if order.reference != created.summary.reference {
        wrong.push((
            "reference",
            format!("{:?}", order.reference),
            format!("{:?}", created.summary.reference),
        ));
    }
    if total.is_some() && amount != total {
        let said = order.amount.as_ref().map_or("none".into(), |it| it.text.clone());
        wrong.push(("amount", said, total.map(ghs).unwrap_or_default()));
    }
    for (what, said, wanted) in &wrong {
        // An amount that differs from the answer's total may be the right one beside a wrong total.
        let candidates: &[&str] = match (*what, id) {
            ("amount", "ORDER-SAME") => &["ORDER-SAME", "ORDER-STATUS", "RESP-TOTAL"],
            ("amount", _) => &["ORDER-STATUS", "RESP-TOTAL"],
            ("reference", _) => &[id, "ORDER-STATUS", "RESP-REFERENCE"],
            _ => &[id, "ORDER-STATUS", "RESP-ORDER-ID"],
        };
        bench
            .fail(candidates, what, format!("the order's {what} is {said}"))
            .at(seen)
            .wanted(wanted.clone(), id)
            .put();
    }
    if let Some(state) = &order.state
        && !scene.contract.states.knows(state)
    {
        let known: Vec<&str> = scene.contract.states.next.keys().map(String::as_str).collect();
        bench
            .fail(&["ORDER-PROGRESS"], "unknown state", format!("the order's state is {state:?}"))
            .at(seen)
            .wanted(known.join(", "), "ORDER-PROGRESS")
            .put();
    }
    wrong.is_empty()
}

/// States of the same order only move forward from reading to reading; a retry sets its recipient back.
fn progress(scene: &Scene<'_>, bench: &mut Bench<'_>) {
    for created in &scene.created {
        let reads: Vec<(&Seen<'_>, Order)> = scene
            .seen
            .iter()
            .filter(|it| it.exchange.wave.is_none())
            .filter(|it| scene.asked_for(it.exchange).is_some_and(|other| other.exchange == created.exchange))
            .filter_map(|it| Some((it, it.order(scene.contract)?)))
            .collect();
        let mut moved = false;
        for pair in reads.windows(2) {
            let [(first, before), (second, after)] = pair else { continue };
            let retried =
                scene.seen[first.at..=second.at].iter().any(|it| it.exchange.operation == OperationId::Retry);
            if retried {
                continue;
            }
            moved = true;
            let states = &scene.contract.states;
            let back = |from: &Option<String>, to: &Option<String>| match (from, to) {
                (Some(from), Some(to)) => !states.may_become(from, to),
                _ => false,
            };
            let mut wrong = Vec::new();
            if back(&before.state, &after.state) {
                wrong.push(("order", before.state.clone(), after.state.clone()));
            }
            for (one, other) in before.recipients.iter().flatten().zip(after.recipients.iter().flatten()) {
                if back(&one.state, &other.state) {
                    wrong.push(("recipient", one.state.clone(), other.state.clone()));
                }
            }
            for (what, from, to) in wrong {
                let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
                bench
                    .fail(
                        &["ORDER-PROGRESS"],
                        &format!("{what} moved back"),
                        format!("the {what}'s state went from {from} to {to}"),
                    )
                    .at(second)
                    .wanted("a state only moves forward", "ORDER-PROGRESS")
                    .put();
            }
        }
        if moved {
            bench.pass("ORDER-PROGRESS");
        }
    }
}

/// The two endpoints of an order agree.
fn same(scene: &Scene<'_>, bench: &mut Bench<'_>) {
    let reads: Vec<&Seen<'_>> = scene
        .seen
        .iter()
        .filter(|it| matches!(it.exchange.operation, OperationId::Order | OperationId::OrderStatus))
        .collect();
    for pair in reads.windows(2) {
        let [one, other] = pair else { continue };
        if one.exchange.operation == other.exchange.operation || !ok(scene, one) || !ok(scene, other) {
            continue;
        }
        let (Some(a), Some(b)) = (one.order(scene.contract), other.order(scene.contract)) else { continue };
        if scene.asked_for(one.exchange).map(|it| it.exchange)
            != scene.asked_for(other.exchange).map(|it| it.exchange)
        {
            continue;
        }
        let amount = |order: &Order| order.amount.as_ref().and_then(Amount::pesewas);
        let recipients = |order: &Order| order.recipients.as_ref().map(Vec::len);
        let agree = a.id == b.id
            && a.reference == b.reference
            && amount(&a) == amount(&b)
            && recipients(&a) == recipients(&b);
        if agree {
            bench.pass("ORDER-SAME");
        } else {
            bench
                .fail(
                    &["ORDER-SAME", "ORDER-STATUS", "ORDER-RECIPIENTS"],
                    "disagree",
                    "the order and its status disagree",
                )
                .at(other)
                .wanted("the same id, reference, amount and recipients", "ORDER-SAME")
                .put();
        }
    }
}

fn list(scene: &Scene<'_>, seen: &Seen<'_>, bench: &mut Bench<'_>) {
    let Some(response) = seen.response().filter(|_| ok(scene, seen)) else { return };
    let differences =
        bench.shapes.differences(OperationId::Orders, response.status, &response.body.0).unwrap_or_default();
    if !differences.is_empty() {
        let mut finding = bench
            .fail(&["ORDER-LIST"], "shape", "the order list has another shape than documented")
            .at(seen)
            .wanted("the documented fields", "ORDER-LIST");
        for difference in &differences {
            finding = finding.detail(format!("{}: {}", difference.pointer, difference.message));
        }
        return finding.put();
    }
    let Some(page) = reading::page(scene.contract, response) else { return };
    let (Some(actor), wallets) = (seen.exchange.actor, scene.wallets()) else { return };
    let own = |created: &&Created| wallets[created.actor] == wallets[actor] && created.exchange < seen.at;
    strangers(scene, seen, &page, actor, bench);
    // A first page of the default size shows the newest orders, so each of a fresh account's few.
    if seen.exchange.request.path.contains('?') {
        return;
    }
    let mine: Vec<&Created> = scene.created.iter().filter(own).collect();
    for created in mine.iter().filter(|it| it.summary.order_id.is_some()).rev().take(page.orders.len().max(5))
    {
        listed(seen, &page, created, bench);
    }
    // An account made for the case has no other orders than those of the case.
    let lost = scene.case.exchanges.iter().any(|it| matches!(it.answer, crate::history::Answer::Lost(_)));
    if scene.case.accounts[actor].fresh && page.done && !lost && page.orders.len() > mine.len() {
        let prevalidated = scene.seen[..seen.at].iter().any(|it| {
            it.allowed
                .as_ref()
                .is_some_and(|it| it.sure.iter().any(|id| super::status::PREVALIDATED.contains(id)))
        });
        let ids: &[&str] = if mine.is_empty() && prevalidated {
            &["PRE-ATOMIC", "MONEY-REJECT"]
        } else if mine.is_empty() {
            &["MONEY-REJECT", "ORDER-LIST"]
        } else {
            &["ORDER-LIST"]
        };
        let said = format!("{} orders are listed where {} were created", page.orders.len(), mine.len());
        bench.fail(ids, "an order too many", said).at(seen).wanted(mine.len().to_string(), ids[0]).put();
    } else if mine.is_empty() && scene.case.accounts[actor].fresh && page.orders.is_empty() {
        bench.pass("MONEY-REJECT");
    }
}

fn strangers(scene: &Scene<'_>, seen: &Seen<'_>, page: &Page, actor: usize, bench: &mut Bench<'_>) {
    let wallets = scene.wallets();
    let ids: BTreeSet<&str> = page.orders.iter().filter_map(|it| it.id.as_deref()).collect();
    for created in scene.created.iter().filter(|it| wallets[it.actor] != wallets[actor]) {
        let Some(id) = &created.summary.order_id else { continue };
        if ids.contains(id.as_str()) {
            bench
                .fail(&["ORDER-PRIVATE"], "listed", "another account's order is in the list")
                .at(seen)
                .wanted("only one's own orders", "ORDER-PRIVATE")
                .put();
        } else {
            bench.pass("ORDER-PRIVATE");
        }
    }
}

fn listed(seen: &Seen<'_>, page: &Page, created: &Created, bench: &mut Bench<'_>) {
    let Some(order) = page.orders.iter().find(|it| it.id == created.summary.order_id) else {
        return bench
            .fail(&["ORDER-LIST"], "missing", "a created order is not in the list")
            .at(seen)
            .wanted("the order", "ORDER-LIST")
            .put();
    };
    let total = created.summary.total.as_ref().and_then(Amount::pesewas);
    let amount = order.amount.as_ref().and_then(Amount::pesewas);
    let mut fine = true;
    let mut wrong = |cause: &str, summary: String, candidates: &[&str]| {
        fine = false;
        bench.fail(candidates, cause, summary).at(seen).wanted("the same as on creation", "ORDER-LIST").put();
    };
    if order.reference != created.summary.reference {
        wrong(
            "reference",
            format!("the list shows the reference {:?}", order.reference),
            &["ORDER-LIST", "ORDER-STATUS"],
        );
    }
    if total.is_some() && amount != total {
        wrong(
            "amount",
            format!("the list shows the amount {amount:?}"),
            &["ORDER-LIST", "RESP-TOTAL", "ORDER-STATUS"],
        );
    }
    if order.bulk == Some(false) {
        wrong("not bulk", "the list shows a bulk order as a single one".into(), &["ORDER-LIST"]);
    }
    if fine {
        bench.pass("ORDER-LIST");
    }
}

/// Pages that were followed to their end show every order exactly once.
fn paged(scene: &Scene<'_>, bench: &mut Bench<'_>) {
    let mut shown: Vec<String> = Vec::new();
    let mut actor = None;
    for seen in scene.seen.iter().filter(|it| it.exchange.operation == OperationId::Orders) {
        let first = !seen.exchange.request.path.contains("cursor");
        let limit = seen.exchange.request.path.contains("limit");
        let Some(page) =
            seen.response().filter(|_| ok(scene, seen)).and_then(|it| reading::page(scene.contract, it))
        else {
            continue;
        };
        if !first && shown.is_empty() {
            continue;
        }
        if first {
            shown.clear();
            actor = seen.exchange.actor;
        }
        if !limit && first && !page.done {
            continue;
        }
        let asked = query(&seen.exchange.request.path, "limit").and_then(|it| it.parse::<usize>().ok());
        if asked.is_some_and(|asked| page.orders.len() > asked) {
            bench
                .fail(
                    &["ORDER-LIST"],
                    "page too long",
                    format!("{} orders in a page of {}", page.orders.len(), asked.unwrap_or(0)),
                )
                .at(seen)
                .wanted("at most as many orders as asked for", "ORDER-LIST")
                .put();
        }
        shown.extend(page.orders.iter().filter_map(|it| it.id.clone()));
        if !page.done {
            continue;
        }
        let mine: Vec<&str> = scene
            .created
            .iter()
            .filter(|it| Some(it.actor) == actor && it.exchange < seen.at)
            .filter_map(|it| it.summary.order_id.as_deref())
            .collect();
        let fresh = actor.is_some_and(|actor| scene.case.accounts[actor].fresh);
        for id in &mine {
            let times = shown.iter().filter(|it| it == id).count();
            if times != 1 && (fresh || times > 1) {
                bench
                    .fail(&["ORDER-LIST"], "pages", format!("the pages show an order {times} times"))
                    .at(seen)
                    .wanted("every order exactly once", "ORDER-LIST")
                    .put();
            }
        }
        if !mine.is_empty() {
            bench.pass("ORDER-LIST");
        }
    }
}

fn query<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let (_, query) = path.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

fn retry(scene: &Scene<'_>, seen: &Seen<'_>, bench: &mut Bench<'_>) {
    let Some(created) = scene.asked_for(seen.exchange) else { return };
    let about = |it: &&Seen<'_>| {
        matches!(it.exchange.operation, OperationId::Order | OperationId::OrderStatus)
            && scene.asked_for(it.exchange).is_some_and(|other| other.exchange == created.exchange)
    };
    let before = scene.seen[..seen.at].iter().rev().find(about).and_then(|it| it.order(scene.contract));
    let index = seen.exchange.request.path.split('/').rev().nth(1).and_then(|it| it.parse::<usize>().ok());
    let (Some(before), Some(index)) = (before.and_then(|it| it.recipients), index) else { return };
    let Some(target) = before.get(index) else { return };
    if !target.state.as_deref().is_some_and(is_failed) {
        return;
    }
    let Some(response) = seen.response() else { return };
    let operation = scene.contract.operation(OperationId::Retry);
    if !ok(scene, seen) {
        if operation.response(response.status).is_some()
            && operation.status(Meaning::NotFound) != Some(response.status)
        {
            bench
                .fail(
                    &["ORDER-RETRY"],
                    "refused",
                    format!("the retry of a failed recipient was answered with {}", response.status),
                )
                .at(seen)
                .wanted("the recipient is tried again", "ORDER-RETRY")
                .put();
        }
        return;
    }
    let mut fine = true;
    let after: Vec<(&Seen<'_>, Order)> = scene.seen[seen.at..]
        .iter()
        .filter(|it| about(it) || it.at == seen.at)
        .filter_map(|it| Some((it, it.order(scene.contract)?)))
        .collect();
    for (read, order) in &after {
        for (at, (was, is)) in before.iter().zip(order.recipients.iter().flatten()).enumerate() {
            let back = match (&was.state, &is.state) {
                (Some(was), Some(is)) => at != index && !scene.contract.states.may_become(was, is),
                _ => false,
            };
            if back {
                fine = false;
                bench
                    .fail(
                        &["ORDER-RETRY", "ORDER-PROGRESS"],
                        "touches others",
                        format!("a retry of recipient {index} set recipient {at} back"),
                    )
                    .at(read)
                    .wanted("the others as they were", "ORDER-RETRY")
                    .put();
            }
        }
    }
    let still = after.last().and_then(|(_, order)| order.recipients.as_ref()?.get(index)?.state.clone());
    if after.len() > 1
        && still.as_deref().is_some_and(is_failed)
        && after.iter().all(|(_, order)| {
            order
                .recipients
                .as_ref()
                .and_then(|it| it.get(index))
                .and_then(|it| it.state.as_deref())
                .is_some_and(is_failed)
        })
    {
        fine = false;
        bench
            .fail(
                &["ORDER-RETRY"],
                "nothing happens",
                "a retried recipient stays failed without being tried again",
            )
            .at(seen)
            .wanted("the recipient is tried again", "ORDER-RETRY")
            .put();
    }
    fine &= retry_cost(scene, seen, created, target.amount.as_ref().and_then(Amount::pesewas), bench);
    if fine {
        bench.pass("ORDER-RETRY");
    }
}

/// A retry costs nothing, or takes back what was refunded of this one recipient.
fn retry_cost(
    scene: &Scene<'_>,
    seen: &Seen<'_>,
    created: &Created,
    price: Option<Pesewas>,
    bench: &mut Bench<'_>,
) -> bool {
    let balance = |it: &Seen<'_>| it.wallet(scene.contract).and_then(|it| it.available.pesewas());
    let before = scene.seen[..seen.at].iter().rev().find_map(balance);
    let after = scene.seen[seen.at..].iter().find_map(balance);
    let last = scene.seen[seen.at..].iter().rev().find_map(balance);
    let opening = scene.case.accounts[created.actor].balance;
    let total = created.summary.total.as_ref().and_then(Amount::pesewas);
    let (Some(before), Some(after), Some(last), Some(opening), Some(total)) =
        (before, after, last, opening, total)
    else {
        return true;
    };
    let refunded = before - (opening - total);
    for balance in [after, last] {
        let paid = before - balance;
        let allowed =
            paid == Pesewas::ZERO || (paid == refunded && Some(refunded) == price.or(Some(refunded)));
        if !allowed {
            bench
                .fail(
                    &["ORDER-RETRY", "MONEY-DEBIT"],
                    "debit",
                    format!("a retry moved {} from the wallet", ghs(paid)),
                )
                .at(seen)
                .wanted(format!("nothing, or what had been refunded ({})", ghs(refunded)), "ORDER-RETRY")
                .put();
            return false;
        }
    }
    true
}
