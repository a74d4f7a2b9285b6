//! Pages of the list: followed to their end they show every order exactly once, whatever their size; a list filtered by
//! state shows the orders in that state.

use spec::OperationId;

use crate::judge::findings::Findings;
use crate::judge::scene::{Created, Scene, Seen};
use crate::order::path::{encode, query};
use crate::order::reading::{self, Page};
use crate::order::state;

const ID: &str = "ORDER-LIST";

/// Pages that belong together: the first has no cursor, and each next one starts where the one before it ended.
struct Sequence {
    actor: Option<usize>,
    /// The position of the first page in the case.
    begins: usize,
    limit: Option<String>,
    state: Option<String>,
    /// The cursor of the next page, encoded.
    next: Option<String>,
    shown: Vec<String>,
}

pub(super) fn paged(scene: &Scene<'_>, findings: &mut Findings<'_>) {
    let names = &scene.contract.operation(OperationId::Orders).query;
    let mut sequences: Vec<Sequence> = Vec::new();
    for seen in scene.seen.iter().filter(|it| it.exchange.operation == OperationId::Orders) {
        if !seen.authorised(scene.case) || !seen.is_ok(scene.contract) {
            continue;
        }
        let Some(page) = seen.response().and_then(|it| reading::page(scene.contract, it)) else { continue };
        let path = &seen.exchange.request.path;
        let value = |mark: &str| names.get(mark).and_then(|name| query(path, name)).map(str::to_owned);
        let (limit, state, cursor) = (value("limit"), value("state"), value("cursor"));
        if !endless(seen, &page, cursor.as_deref(), findings) {
            length(scene, seen, &page, limit.as_deref(), findings);
        }
        let actor = seen.exchange.actor;
        let at = match cursor {
            None => {
                let begins = seen.at;
                sequences.push(Sequence { actor, begins, limit, state, next: None, shown: Vec::new() });
                Some(sequences.len() - 1)
            }
            // With another limit or state, or with another caller, no page says what a cursor does.
            Some(cursor) => sequences.iter().rposition(|it| {
                it.actor == actor
                    && (&it.limit, &it.state) == (&limit, &state)
                    && it.next.as_ref() == Some(&cursor)
            }),
        };
        let Some(sequence) = at.and_then(|at| sequences.get_mut(at)) else { continue };
        in_state(scene, seen, &page, sequence.state.as_deref(), findings);
        let ids: Vec<String> = page.orders.iter().filter_map(|it| it.id.clone()).collect();
        let again = ids.iter().any(|id| sequence.shown.contains(id));
        if again && !page.done {
            twice(scene, seen, sequence, "a page shows an order that a page before it has shown", findings);
        }
        sequence.shown.extend(ids);
        sequence.next = page.cursor.as_deref().map(encode);
        let leads_nowhere = !page.done && page.cursor.is_none();
        if leads_nowhere {
            let summary = "a page says that more follow, and has no cursor that leads there";
            findings.fail(&[ID], "no cursor", summary).at(seen).wanted("a cursor", ID).warning().put();
        }
        if page.done || leads_nowhere {
            complete(scene, seen, sequence, findings);
        }
    }
}

/// Checks that pages come to an end: an empty one that leads to itself and says that more follow keeps whoever follows the
/// cursor for ever. Returns true if that is so.
fn endless(seen: &Seen<'_>, page: &Page, cursor: Option<&str>, findings: &mut Findings<'_>) -> bool {
    let leads_to = page.cursor.as_deref().map(encode);
    let endless = page.orders.is_empty() && !page.done && cursor.is_some() && leads_to.as_deref() == cursor;
    if endless {
        let summary = "the pages never end: an empty page says that more follow, and leads to itself";
        findings
            .fail(&[ID], "endless", summary)
            .at(seen)
            .wanted("a page that says that it is the last", ID)
            .put();
    }
    endless
}

/// Writes a number of orders.
fn orders(number: usize) -> String {
    if number == 1 { "1 order".to_owned() } else { format!("{number} orders") }
}

/// Checks the number of orders in a page against the limit that was asked for, or else the documented default. A page that
/// is shorter although more follow is only a warning, since a server may filter what it has read.
fn length(scene: &Scene<'_>, seen: &Seen<'_>, page: &Page, limit: Option<&str>, findings: &mut Findings<'_>) {
    let default = usize::try_from(scene.contract.page_limits.1).unwrap_or(usize::MAX);
    let (limit, whose) = match limit {
        Some(limit) => (limit.parse::<usize>().ok().filter(|it| *it > 0), "as many orders as asked for"),
        None => (Some(default), "as many orders as the documented default"),
    };
    let (Some(limit), shown) = (limit, page.orders.len()) else { return };
    if shown > limit {
        let summary = format!("{} in a page of {limit}", orders(shown));
        findings.fail(&[ID], "page too long", summary).at(seen).wanted(format!("at most {whose}"), ID).put();
    } else if shown < limit.min(default) && !page.done && page.cursor.is_some() {
        let summary = format!("{} in a page of {limit}, though more follow", orders(shown));
        findings.fail(&[ID], "page too short", summary).at(seen).wanted(whose, ID).warning().put();
    }
}

/// Checks that the orders in a list by state are in that state, or have moved on since.
fn in_state(
    scene: &Scene<'_>,
    seen: &Seen<'_>,
    page: &Page,
    state: Option<&str>,
    findings: &mut Findings<'_>,
) {
    let states = &scene.contract.states;
    let Some(state) = state.filter(|it| states.knows(it)) else { return };
    // A state that no page names is judged where an order is read; which documented state it corresponds to is unknown.
    let strays = |own: &str| states.knows(own) && !states.may_become(state, own);
    let stray = page.orders.iter().find_map(|it| it.state.as_ref().filter(|own| strays(own)));
    match stray {
        Some(stray) => findings
            .fail(
                &[ID],
                "another state",
                format!("a list of orders that are {state} has one that is {stray}"),
            )
            .at(seen)
            .wanted(format!("orders that are {state}"), ID)
            .put(),
        None => findings.pass(ID),
    }
}

/// Checks that the pages, followed to their end, show every order exactly once.
fn complete(scene: &Scene<'_>, seen: &Seen<'_>, sequence: &Sequence, findings: &mut Findings<'_>) {
    let own = |it: &&Created| Some(it.actor) == sequence.actor && it.exchange < seen.at;
    let mut any = false;
    for created in scene.created.iter().filter(own) {
        let Some(id) = created.summary.order_id.as_deref() else { continue };
        let times = sequence.shown.iter().filter(|it| *it == id).count();
        // No page says whether an order created in between is shown, or on which page.
        let between = created.exchange > sequence.begins;
        let wanted = match &sequence.state {
            _ if between => times.min(1),
            None => 1,
            Some(state) => match rested(scene, created, sequence.begins) {
                Some(own) => usize::from(own.eq_ignore_ascii_case(state)),
                None => continue,
            },
        };
        any = true;
        if times > 1 && wanted == 1 {
            let summary = format!("the pages show an order {times} times{}", under(sequence));
            twice(scene, seen, sequence, &summary, findings);
        } else if times != wanted {
            let wish = if wanted == 0 { "no order in another state" } else { "every order exactly once" };
            let summary = if times == 0 {
                format!("the pages do not show an order{}", under(sequence))
            } else {
                format!("the pages show an order{}, in which it is not", under(sequence))
            };
            findings.fail(&[ID], "pages", summary).at(seen).wanted(wish, ID).put();
        }
    }
    if any {
        findings.pass(ID);
    }
}

/// Returns the state that a list was asked for, as a finding says it.
fn under(sequence: &Sequence) -> String {
    sequence.state.as_ref().map(|state| format!(" under the state {state}")).unwrap_or_default()
}

/// Reports an order that the pages show twice. No page promises that a list stands still between two pages: where a new
/// order came in meanwhile, a cursor that is a position shows an order again.
fn twice(
    scene: &Scene<'_>,
    seen: &Seen<'_>,
    sequence: &Sequence,
    summary: &str,
    findings: &mut Findings<'_>,
) {
    let once = "every order exactly once";
    if moved(scene, seen, sequence) {
        let summary = format!("{summary}, while others may have come into the list");
        return findings.fail(&[ID], "moved", summary).at(seen).wanted(once, ID).warning().put();
    }
    findings.fail(&[ID], "pages", summary).at(seen).wanted(once, ID).put();
}

/// Returns true if an order may have been added to the list while its pages were read: one of the case, one that a later
/// reading shows in front of all that were listed before, or, in a list by state, one that came into that state.
fn moved(scene: &Scene<'_>, seen: &Seen<'_>, sequence: &Sequence) -> bool {
    let wallets = scene.wallets();
    let wallet = sequence.actor.map(|actor| wallets[actor]);
    let between = |it: &Created| {
        Some(wallets[it.actor]) == wallet && it.exchange > sequence.begins && it.exchange < seen.at
    };
    let own = scene
        .seen
        .iter()
        .filter(|it| it.exchange.operation == OperationId::Orders && it.exchange.actor == sequence.actor);
    let pages: Vec<(usize, Vec<String>)> = own
        .filter_map(|it| Some((it.at, reading::page(scene.contract, it.response()?)?)))
        .map(|(at, page)| (at, page.orders.into_iter().filter_map(|it| it.id).collect()))
        .collect();
    let known = |before: usize, id: &String| pages.iter().any(|(at, ids)| *at < before && ids.contains(id));
    let mut later = pages.iter().filter(|(at, _)| *at > seen.at);
    let of_wallet = |it: &&Created| Some(wallets[it.actor]) == wallet;
    let mut own = scene.created.iter().filter(of_wallet);
    let older = sequence.actor.and_then(|actor| scene.case.accounts.get(actor)).is_some_and(|it| !it.fresh);
    let may_change =
        sequence.state.is_some() && (older || own.any(|it| rested(scene, it, sequence.begins).is_none()));
    scene.created.iter().any(between)
        || may_change
        || later.any(|(at, ids)| ids.first().is_some_and(|first| !known(*at, first)))
}

/// Returns the final state in which an order was last seen before a position in the case; `None` if it had not ended.
pub(super) fn rested(scene: &Scene<'_>, created: &Created, before: usize) -> Option<String> {
    let mut earlier = scene.seen[..before].iter().rev();
    let about = |it: &&Seen<'_>| it.exchange.batch.is_none() && scene.asks_for(it.exchange, created);
    let last = earlier.find(about).filter(|it| it.exchange.operation != OperationId::Retry)?;
    let state = last.order(scene.contract)?.state?;
    state::is_final(&scene.contract.states, &state).then_some(state)
}
