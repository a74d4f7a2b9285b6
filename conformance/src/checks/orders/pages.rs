//! Pages of the list: followed to their end they show every order exactly once, whatever their size; a list by state shows
//! the orders in that state.

use spec::OperationId;

use crate::judge::findings::Bench;
use crate::judge::scene::{Created, Scene, Seen};
use crate::order::path::encode;
use crate::order::reading::{self, Page};

const ID: &str = "ORDER-LIST";

/// Pages that belong together: the first without a cursor, and each next one from where the one before it ended.
struct Sequence {
    actor: Option<usize>,
    /// Where the first page stands in the case.
    begins: usize,
    limit: Option<String>,
    state: Option<String>,
    /// Where it goes on.
    next: Option<String>,
    shown: Vec<String>,
}

pub(super) fn paged(scene: &Scene<'_>, bench: &mut Bench<'_>) {
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
        length(seen, &page, limit.as_deref(), bench);
        let actor = seen.exchange.actor;
        let at = match cursor {
            None => {
                let begins = seen.at;
                sequences.push(Sequence { actor, begins, limit, state, next: None, shown: Vec::new() });
                Some(sequences.len() - 1)
            }
            // With another limit or under another state, or by somebody else, a cursor promises nothing.
            Some(cursor) => sequences.iter().rposition(|it| {
                it.actor == actor
                    && (&it.limit, &it.state) == (&limit, &state)
                    && it.next.as_ref() == Some(&cursor)
            }),
        };
        let Some(sequence) = at.and_then(|at| sequences.get_mut(at)) else { continue };
        in_state(scene, seen, &page, sequence.state.as_deref(), bench);
        let ids: Vec<String> = page.orders.iter().filter_map(|it| it.id.clone()).collect();
        let again = ids.iter().any(|id| sequence.shown.contains(id));
        if again && !page.done {
            bench
                .fail(&[ID], "pages", "a page shows an order that a page before it has shown")
                .at(seen)
                .wanted("every order exactly once", ID)
                .put();
        }
        sequence.shown.extend(ids);
        sequence.next = page.cursor.as_deref().map(encode);
        if page.done {
            complete(scene, seen, sequence, bench);
        }
    }
}

fn length(seen: &Seen<'_>, page: &Page, limit: Option<&str>, bench: &mut Bench<'_>) {
    let asked = limit.and_then(|it| it.parse::<usize>().ok()).filter(|it| *it > 0);
    let Some(asked) = asked.filter(|asked| page.orders.len() > *asked) else { return };
    bench
        .fail(&[ID], "page too long", format!("{} orders in a page of {asked}", page.orders.len()))
        .at(seen)
        .wanted("at most as many orders as asked for", ID)
        .put();
}

/// What a list by state shows is in that state, or has moved on since it was chosen.
fn in_state(scene: &Scene<'_>, seen: &Seen<'_>, page: &Page, state: Option<&str>, bench: &mut Bench<'_>) {
    let states = &scene.contract.states;
    let Some(state) = state.filter(|it| states.knows(it)) else { return };
    // A state that no page names is judged where an order is read: what it is the same as, nobody knows.
    let strays = |own: &str| states.knows(own) && !states.may_become(state, own);
    let stray = page.orders.iter().find_map(|it| it.state.as_ref().filter(|own| strays(own)));
    match stray {
        Some(stray) => bench
            .fail(
                &[ID],
                "another state",
                format!("a list of orders that are {state} has one that is {stray}"),
            )
            .at(seen)
            .wanted(format!("orders that are {state}"), ID)
            .put(),
        None => bench.pass(ID),
    }
}

/// Followed to their end, the pages show every order that they must exactly once.
fn complete(scene: &Scene<'_>, seen: &Seen<'_>, sequence: &Sequence, bench: &mut Bench<'_>) {
    let own = |it: &&Created| Some(it.actor) == sequence.actor && it.exchange < seen.at;
    let mut any = false;
    for created in scene.created.iter().filter(own) {
        let Some(id) = created.summary.order_id.as_deref() else { continue };
        let times = sequence.shown.iter().filter(|it| *it == id).count();
        // Nobody says on which page an order is that was made in between, or whether on any.
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
        if times != wanted {
            let wish = if wanted == 0 { "no order in another state" } else { "every order exactly once" };
            bench
                .fail(&[ID], "pages", format!("the pages show an order {times} times"))
                .at(seen)
                .wanted(wish, ID)
                .put();
        }
    }
    if any {
        bench.pass(ID);
    }
}

/// The state in which an order was seen to have ended before a place in the case.
pub(super) fn rested(scene: &Scene<'_>, created: &Created, before: usize) -> Option<String> {
    let mut earlier = scene.seen[..before].iter().rev();
    let about = |it: &&Seen<'_>| {
        it.exchange.wave.is_none()
            && scene.asked_for(it.exchange).is_some_and(|other| other.exchange == created.exchange)
    };
    let last = earlier.find(about).filter(|it| it.exchange.operation != OperationId::Retry)?;
    let state = last.order(scene.contract)?.state?;
    let states = &scene.contract.states;
    (states.knows(&state) && !states.is_under_way(&state)).then_some(state)
}

fn query<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let (_, query) = path.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}
