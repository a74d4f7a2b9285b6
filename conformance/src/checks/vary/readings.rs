//! Plans reads with keys that must be refused, of unknown ids that have a meaning to a program, and with invalid
//! queries. Each is answered with an error, or like the plain read; never with another account's data, and never with a
//! breakdown.

use spec::{OperationId, Pesewas};

use super::means::may_buy;
use crate::plan::ask::{Ask, InQuery};
use crate::plan::case::{Actor, Step};
use crate::plan::key::{Key, KeyChange};
use crate::plan::planner::Planner;

/// Ids that no order, package or operator has. None contains a NUL, since proxies in front of a server refuse that by
/// themselves, as RFC 3986 (7.3) advises.
const IDS: [&str; 9] =
    ["'", "\" OR \"\"=\"", "%", "*", "../../profile", "__proto__", "{\"$ne\":null}", "${7*7}", "\u{1F600}"];

/// The length of an id that is too long for any purpose.
const LONG: usize = 2_000;

/// Invalid queries of the list, as the mark of the parameter in the contract and its value.
const QUERIES: [(&str, &str); 13] = [
    ("limit", "abc"),
    ("limit", "-1"),
    ("limit", "0"),
    ("limit", "101"),
    ("limit", "1.5"),
    ("limit", "99999999999"),
    ("limit", ""),
    ("cursor", "abc"),
    ("cursor", "' OR ''='"),
    ("cursor", "9007199254740993"),
    ("state", "nothing"),
    ("state", "'"),
    ("state", "{\"$ne\":null}"),
];

pub(super) fn plan(p: &mut Planner<'_>) {
    let Some(role) = p.buyers().into_iter().next() else { return };
    let Some(actor) = p.actor_with(&role, Pesewas::ZERO) else { return };
    queries(p, actor.clone());
    ids(p, actor.clone());
    keys(p, actor, &role);
    revoked(p, &role);
}

fn case(p: &mut Planner<'_>, address: &str, title: &str, ids: &[&'static str], actor: Actor, asks: Vec<Ask>) {
    let steps = p.offered(asks.into_iter().map(Step::Ask));
    if !steps.is_empty() {
        p.case(address).title(title).serves(ids).actor(actor).steps(steps).add();
    }
}

fn queries(p: &mut Planner<'_>, actor: Actor) {
    let ask = |(mark, value)| Ask::new(0, OperationId::Orders).query(mark, value);
    let mut asks: Vec<Ask> = QUERIES.into_iter().map(ask).collect();
    asks.push(Ask::new(0, OperationId::Orders).query("cursor", "c".repeat(LONG)));
    case(p, "queries", "lists with queries that are none", &["STATUS-DOCUMENTED"], actor, asks);
}

fn ids(p: &mut Planner<'_>, actor: Actor) {
    for (name, operation) in [
        ("status", OperationId::OrderStatus),
        ("order", OperationId::Order),
        ("package", OperationId::Package),
        ("products", OperationId::Products),
    ] {
        let mut asks: Vec<Ask> = IDS.into_iter().map(|id| Ask::new(0, operation).of(id)).collect();
        asks.push(Ask::new(0, operation).of("x".repeat(LONG)));
        let serves = ["STATUS-DOCUMENTED"];
        case(p, &format!("ids/{name}"), "ids that nobody has", &serves, actor.clone(), asks);
    }
}

/// Returns the reads that are possible without having bought.
fn plain(p: &Planner<'_>) -> Vec<Ask> {
    let ask = |operation| Ask::new(0, operation);
    let line = p.catalog.lines.first();
    let products = line.map(|it| ask(OperationId::Products).of(&it.operator));
    let package = line.map(|it| ask(OperationId::Package).of(&it.active[0].id));
    let all = [OperationId::Wallet, OperationId::Profile, OperationId::Orders].map(ask);
    all.into_iter().chain(products).chain(package).collect()
}

/// Plans every read with every kind of key that must be refused.
fn keys(p: &mut Planner<'_>, actor: Actor, role: &str) {
    let bad = [
        Key::Absent,
        Key::Unknown(1),
        Key::Changed(KeyChange::LastChanged),
        Key::Changed(KeyChange::Longer),
        Key::Changed(KeyChange::OtherCase),
    ];
    let all = |p: &Planner<'_>, more: Option<Ask>| -> Vec<Ask> {
        let asks: Vec<Ask> = plain(p).into_iter().chain(more).collect();
        let with = |key: &Key| asks.iter().map(|ask| ask.clone().key(key.clone())).collect::<Vec<_>>();
        // What one reading shows, others do too.
        let places = [InQuery::HeaderName, InQuery::UsualName];
        let in_query = asks.iter().zip(places).map(|(ask, place)| ask.clone().key_in_query(place));
        bad.iter().flat_map(with).chain(in_query).collect()
    };
    let serves = ["AUTH-MISSING", "AUTH-UNKNOWN"];
    if !may_buy(p) {
        let asks = all(p, None);
        return case(p, "keys", "readings with keys that must be refused", &serves, actor, asks);
    }
    let Some(rendered) = p.render(&p.smallest(role), 0) else { return };
    let funds = rendered.price();
    let asks = all(p, Some(Ask::new(0, OperationId::OrderStatus).nth(0)));
    let steps = std::iter::once(Step::Order(rendered.outgoing)).chain(asks.into_iter().map(Step::Ask));
    let steps = p.offered(steps);
    p.case("keys")
        .title("readings with keys that must be refused")
        .serves(&serves)
        .actor(Actor::fresh(role, funds))
        .steps(steps)
        .add();
}

fn revoked(p: &mut Planner<'_>, role: &str) {
    let fixed = || p.environment.accounts.iter().position(|account| account.revoked).map(Actor::Fixed);
    let made = || Some(Actor::revoked(role, Pesewas::new(1_000)));
    let Some(actor) = (if p.has_states() { made() } else { fixed() }) else { return };
    let asks = plain(p);
    case(p, "revoked", "readings with a revoked key", &["AUTH-UNKNOWN"], actor, asks);
}
