//! The key: missing, unknown, revoked, close to a valid one; and its header's name in any letter case.

use super::check::Check;
use crate::history::Power;
use crate::order::facts::{Auth, Facts};
use crate::order::rule::{Applies, Rule};
use crate::plan::case::{Actor, Step};
use crate::plan::draft::{Draft, Key};
use crate::plan::key::{KeyChange, UNKNOWN_KEYS};
use crate::plan::planner::{Planner, Watch};
use spec::{Meaning, Pesewas};

/// The check.
pub const CHECK: Check = Check {
    name: "auth",
    cites: &["AUTH-MISSING", "AUTH-UNKNOWN", "AUTH-HEADER"],
    rules: RULES,
    plan: Some(plan),
    ..Check::NOTHING
};

const RULES: &[Rule] = &[
    refuse("AUTH-MISSING", |facts, _| is(facts, Auth::Missing)),
    refuse("AUTH-UNKNOWN", |facts, _| is(facts, Auth::Bad)),
];

const fn refuse(id: &'static str, applies: fn(&Facts, &spec::Contract) -> Applies) -> Rule {
    Rule::refuses(id, Meaning::Unauthorized, applies)
}

fn is(facts: &Facts, auth: Auth) -> Applies {
    Applies::surely(facts.auth == auth)
}

fn plan(p: &mut Planner<'_>) {
    let role = p.buyers().first().or(p.contract.roles.buyers.first()).cloned().unwrap_or_default();
    let count = p.contract.limits.min_items;
    let good = || Draft::good(&role, count);
    p.order("missing", "no key", &["AUTH-MISSING"], &good().key(Key::Absent), Watch::Wallet);
    for (at, (_, what)) in UNKNOWN_KEYS.iter().enumerate() {
        p.order(
            &format!("unknown/{at}"),
            what,
            &["AUTH-UNKNOWN"],
            &good().key(Key::Unknown(at)),
            Watch::Wallet,
        );
    }
    if p.world.power == Power::None {
        return p.cannot(&["AUTH-HEADER"], "no key was given");
    }
    for change in KeyChange::ALL {
        let address = format!("changed/{change:?}").to_lowercase();
        p.order(&address, change.what(), &["AUTH-UNKNOWN"], &good().key(Key::Changed(change)), Watch::Wallet);
    }
    revoked(p, &role);
    for role in p.buyers() {
        for upper in [false, true] {
            let address = format!("header/{role}/{}", if upper { "upper" } else { "mixed" });
            let draft = Draft::good(&role, count).key(Key::HeaderCase(upper));
            p.order(
                &address,
                "the key header's name in another letter case",
                &["AUTH-HEADER"],
                &draft,
                Watch::Wallet,
            );
        }
    }
}

fn revoked(p: &mut Planner<'_>, role: &str) {
    let actor = if p.has_states() {
        Actor::Fresh { role: role.to_owned(), balance: Pesewas::new(100_000), revoked: true }
    } else {
        match p.world.accounts.iter().position(|account| account.revoked) {
            Some(at) => Actor::Fixed(at),
            None => return,
        }
    };
    let draft = Draft::good(role, p.contract.limits.min_items);
    let Some(mut rendered) = p.render(&draft, 0) else { return };
    // Nobody is charged for a revoked key on a conforming server.
    rendered.outgoing.cost.refused();
    p.push(
        "revoked",
        "a revoked key",
        &["AUTH-UNKNOWN"],
        None,
        vec![actor],
        vec![Step::Order(rendered.outgoing)],
        None,
    );
}
