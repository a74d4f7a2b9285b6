//! The key: missing, unknown, revoked, or close to a valid one; and the letter case of its header's name.

use super::check::Check;
use crate::history::{Capability, KeyUse};
use crate::judge::findings::Findings;
use crate::judge::scene::Scene;
use crate::order::door::is_denied;
use crate::order::facts::{Auth, Facts};
use crate::order::reading::is_success;
use crate::order::rule::{Applies, Rule};
use crate::plan::case::{Actor, Step};
use crate::plan::key::{Key, KeyChange, UNKNOWN_KEYS};
use crate::plan::order_draft::OrderDraft;
use crate::plan::planner::Planner;
use crate::plan::why_not::WhyNot;
use spec::{Meaning, Pesewas};

/// The check of the key.
pub(crate) const CHECK: Check = Check {
    name: "auth",
    cites: &["AUTH-MISSING", "AUTH-UNKNOWN", "AUTH-HEADER"],
    rules: RULES,
    plan: Some(plan),
    judge: Some(judge),
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
    let with = |key: Key| OrderDraft::good(&role, count).key(key);
    p.case("missing").title("no key").serves(&["AUTH-MISSING"]).order(&with(Key::Absent)).add();
    for (at, (_, what)) in UNKNOWN_KEYS.iter().enumerate() {
        let draft = with(Key::Unknown(at));
        p.case(format!("unknown/{at}")).title(*what).serves(&["AUTH-UNKNOWN"]).order(&draft).add();
    }
    if p.environment.capability == Capability::None {
        return p.cannot(&["AUTH-HEADER"], &WhyNot::NoKey);
    }
    for change in KeyChange::ALL {
        let address = format!("changed/{change:?}").to_lowercase();
        let draft = with(Key::Changed(change));
        p.case(address).title(change.what()).serves(&["AUTH-UNKNOWN"]).order(&draft).add();
    }
    if p.has_states() {
        p.buyers().iter().enumerate().for_each(|(nth, role)| revoked(p, nth, role));
    } else {
        revoked(p, 0, &role);
    }
    for role in p.buyers() {
        for upper in [false, true] {
            let draft = OrderDraft::good(&role, count).key(Key::HeaderCase(upper));
            p.case(format!("header/{role}/{}", if upper { "upper" } else { "mixed" }))
                .title("the key header's name in another letter case")
                .serves(&["AUTH-HEADER"])
                .order(&draft)
                .add();
        }
    }
}

/// What a read without a valid key must get.
const REFUSAL: &str = "a refusal as unauthorized";

/// Checks that reads without a valid key are refused too, since the key is required on every route.
fn judge(scene: &Scene<'_>, findings: &mut Findings<'_>) {
    for seen in scene.seen.iter().filter(|it| !it.is_order() && !it.authorised(scene.case)) {
        let Some(response) = seen.response() else { continue };
        let id = if seen.exchange.request.key == KeyUse::Absent { "AUTH-MISSING" } else { "AUTH-UNKNOWN" };
        if response.status == scene.contract.status(Meaning::Unauthorized) {
            findings.pass(id);
        } else if response.status == scene.contract.status(Meaning::Forbidden) {
            let path = &scene.contract.operation(seen.exchange.operation).path;
            let summary = format!("the reading of {path} was refused with {}", response.status);
            findings.fail(&[id], "reading forbidden", summary).at(seen).wanted(REFUSAL, id).put();
        } else if is_success(response.status) {
            let path = &scene.contract.operation(seen.exchange.operation).path;
            let (cause, summary) = if is_denied(scene.contract, response) {
                ("error in a success", format!("the reading of {path} was refused with {}", response.status))
            } else {
                ("reading", format!("{path} was shown without a key that works"))
            };
            findings.fail(&[id], cause, summary).at(seen).wanted(REFUSAL, id).put();
        }
    }
}

fn revoked(p: &mut Planner<'_>, nth: usize, role: &str) {
    let fixed = || p.environment.accounts.iter().position(|account| account.revoked).map(Actor::Fixed);
    let made = Actor::revoked(role, Pesewas::new(100_000));
    let Some(actor) = (if p.has_states() { Some(made) } else { fixed() }) else { return };
    let Some(mut rendered) = p.render(&OrderDraft::good(role, p.contract.limits.min_items), 0) else {
        return;
    };
    // On a conforming server an order with a revoked key charges no account.
    rendered.outgoing.cost.refused();
    p.case(if nth == 0 { "revoked".to_owned() } else { format!("revoked/{role}") })
        .title("a revoked key")
        .serves(&["AUTH-UNKNOWN"])
        .actor(actor)
        .steps([Step::Order(rendered.outgoing)])
        .add();
}
