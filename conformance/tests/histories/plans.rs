//! The planned cases for several targets and tiers: a change of a plan shows as a diff of lines.
//!
//! Combinations, pairs of related orders, random cases and those of the generators have tests of their own; they are
//! only counted here.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use conformance::checks::vary;
use conformance::history::{AccountFacts, Capability, Environment, Tier};
use conformance::plan::case::{Actor, Case, Outgoing, Step};
use conformance::plan::key::{Key, UNKNOWN_KEYS};
use conformance::run::session::{self, Options};
use sha2::{Digest as _, Sha256};
use spec::{OperationId, Pesewas};

use crate::catalog::{catalog, contract};

/// Returns a server with every companion endpoint, and these accounts.
fn environment(capability: Capability, accounts: &[(&str, i64, bool)]) -> Environment {
    let account = |(role, balance, revoked): &(&str, i64, bool)| AccountFacts {
        name: role.to_ascii_lowercase(),
        role: Some((*role).to_owned()),
        balance: Some(Pesewas::new(*balance)),
        profile: Some(format!("profile of {role}")),
        revoked: *revoked,
        fresh: false,
        wallet: None,
        earlier: None,
    };
    let endpoints = OperationId::ALL.into_iter().filter(|it| *it != OperationId::BuyBulk);
    Environment {
        capability,
        accounts: accounts.iter().map(account).collect(),
        catalog: Some(catalog()),
        endpoints: endpoints.map(|it| (it, true)).collect(),
        extra_states: Vec::new(),
        refused: Vec::new(),
    }
}

fn plan(environment: &Environment, tier: Tier) -> String {
    let options = Options { cases: Some(0), ..Options::new(tier, 1) };
    let planner = session::plan(contract(), environment, &options);
    let mut out = String::new();
    let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
    for case in &planner.cases {
        let varied = vary::ALL.iter().any(|it| it.name == case.origin);
        if varied || ["relate", "combine", "fuzz"].contains(&case.origin) {
            *counted.entry(case.origin).or_default() += 1;
        } else {
            out += &line(case);
        }
    }
    counted.iter().for_each(|(origin, cases)| _ = writeln!(out, "{origin}: {cases} cases"));
    for (id, whys) in planner.reasons() {
        whys.iter().for_each(|why| _ = writeln!(out, "cannot {id}: {why}"));
    }
    out
}

fn line(case: &Case) -> String {
    let cost = case.cost;
    let mut out = format!("{}: {}\n  for {}", case.id, case.title, case.serves.join(" "));
    _ = write!(
        out,
        "; {}/{} bought for {}+{}, at worst {}",
        cost.purchases, cost.orders, cost.expected, cost.open, cost.worst
    );
    if cost.unpriced > 0 {
        _ = write!(out, ", {} unpriced", cost.unpriced);
    }
    if let Some(at) = &case.coordinates {
        _ = write!(out, "; on the map at {} {} {}", at.role, at.count, at.balance);
    }
    let actors: Vec<String> = case.actors.iter().map(actor).collect();
    _ = writeln!(out, "\n  as {}", actors.join(", "));
    case.steps.iter().for_each(|it| _ = writeln!(out, "  {}", step(it)));
    out
}

fn actor(actor: &Actor) -> String {
    match actor {
        Actor::Fresh { role, balance, revoked } => {
            format!("{role} with {balance}{}", if *revoked { ", revoked" } else { "" })
        }
        other => format!("{other:?}"),
    }
}

fn step(one: &Step) -> String {
    match one {
        Step::Order(order) => format!("order {}", outgoing(order)),
        Step::Batch(steps) => format!("at once: {}", steps.iter().map(step).collect::<Vec<_>>().join("; ")),
        other => format!("{other:?}"),
    }
}

/// Returns a body with its recipients numbered from 1, so that one case more in a plan does not change the others.
fn renumbered(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut known: Vec<&[u8]> = Vec::new();
    for run in body.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()) {
        if run.len() < 9 || !run[0].is_ascii_digit() {
            out.extend(run);
            continue;
        }
        let nth = known.iter().position(|it| *it == run).unwrap_or_else(|| {
            known.push(run);
            known.len() - 1
        });
        out.extend(format!("{}#{nth}", run.len()).into_bytes());
    }
    out
}

/// Describes the key of an order, unless it is the caller's own.
fn key(planned: &Key) -> String {
    let scheme = &contract().key;
    match planned {
        Key::Own => String::new(),
        Key::Unknown(at) => {
            let key = planned.header(scheme, None).unwrap().key;
            format!(", Literal {{ key: {:?}, what: {:?} }}", key.expose(), UNKNOWN_KEYS[*at].1)
        }
        Key::HeaderCase(_) => format!(", {:?}", planned.used(scheme, None)),
        other => format!(", {other:?}"),
    }
}

fn outgoing(order: &Outgoing) -> String {
    let digest: String =
        Sha256::digest(renumbered(&order.body)).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let mut out = format!("by {}, {} bytes {digest}", order.actor, order.body.len());
    out += &key(&order.key);
    if order.transport != conformance::history::Transport::Plain {
        _ = write!(out, ", {:?}", order.transport);
    }
    for (name, value) in &order.headers {
        _ = write!(out, ", {name}: {value}");
    }
    out
}

const SIX: [(&str, i64, bool); 6] = [
    ("Agent", 400_000, false),
    ("SuperAgent", 400_000, false),
    ("Customer", 10_000, false),
    ("Agent", 1_000, false),
    ("Agent", 0, false),
    ("Agent", 10_000, true),
];

#[test]
fn by_provider_states() {
    let environment = environment(Capability::States, &[]);
    insta::assert_snapshot!("states-standard", plan(&environment, Tier::Standard));
    insta::assert_snapshot!("states-smoke", plan(&environment, Tier::Smoke));
    insta::assert_snapshot!("states-probe", plan(&environment, Tier::Probe));
}

#[test]
fn with_an_accounts_file() {
    let environment = environment(Capability::Accounts, &SIX);
    insta::assert_snapshot!("accounts-standard", plan(&environment, Tier::Standard));
    insta::assert_snapshot!("accounts-smoke", plan(&environment, Tier::Smoke));
    insta::assert_snapshot!("accounts-probe", plan(&environment, Tier::Probe));
}

#[test]
fn with_less() {
    let mut some = environment(Capability::Accounts, &SIX[..1]);
    insta::assert_snapshot!("one-key", plan(&some, Tier::Standard));
    some.endpoints.values_mut().for_each(|it| *it = false);
    insta::assert_snapshot!("one-key-no-companions", plan(&some, Tier::Standard));
    some.catalog = None;
    insta::assert_snapshot!("one-key-no-catalog", plan(&some, Tier::Standard));
    let mut states = environment(Capability::States, &[]);
    states.endpoints.values_mut().for_each(|it| *it = false);
    insta::assert_snapshot!("states-no-companions", plan(&states, Tier::Standard));
    let mut nobody = environment(Capability::None, &[]);
    nobody.catalog = None;
    insta::assert_snapshot!("nobody", plan(&nobody, Tier::Standard));
}
