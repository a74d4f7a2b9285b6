//! Turns planned cases into a script. Accounts are created by provider states or stand for variables, and the allowed
//! statuses of each order follow from the same rules that judge it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use spec::Meaning;

use super::readings;
use super::script::{Capture, Case, Holds, Request, Script, Text, Variable};
use super::writer::{CaseWriter, ON_THE_WIRE, Party, Source, Why, gateway, key_of};
use crate::history::Transport;
use crate::plan::allowed::allowed;
use crate::plan::case::{self, Actor, Outgoing, Step};

/// The maximum length in bytes of a body in a file that people read.
const LONGEST_BODY: usize = 16 * 1024;

const AT_ONCE: Why = "sends several requests at once";
const DEPENDS: Why = "depends on how the orders before it were answered";
const NO_TEXT: Why = "sends bytes that are no text";
const LONG: Why = "sends a body that is too long for a file to be read";
const IN_DOUBT: Why = "orders again after an order that may be accepted or refused";

/// Returns the boundary cases of a plan as a script.
#[must_use]
pub(crate) fn compose(source: Source<'_>, cases: &[case::Case]) -> Script {
    let mut script = Script {
        made_from: format!(
            "contract {} (digest {:.12}), tier {}, seed {}",
            source.header.spec_revision,
            source.header.spec_digest,
            source.header.tier.name(),
            source.header.seed
        ),
        variables: variables(source, cases),
        ..Script::default()
    };
    let mut left_out: BTreeMap<Why, Vec<String>> = BTreeMap::new();
    for case in cases.iter().filter(|it| !it.is_drawn()) {
        match CaseWriter::new(source, case).written() {
            Ok(requests) => script.cases.push(Case {
                id: case.id.clone(),
                title: case.title.clone(),
                serves: case.serves.iter().map(|it| (*it).to_owned()).collect(),
                requests,
            }),
            Err(why) => left_out.entry(why).or_default().push(case.id.clone()),
        }
    }
    script.left_out = left_out.into_iter().map(|(why, ids)| (why.to_owned(), ids)).collect();
    script
}

fn variables(source: Source<'_>, cases: &[case::Case]) -> Vec<Variable> {
    let given = |name: &str, what: &str, value: Option<&str>| Variable {
        name: name.to_owned(),
        what: what.to_owned(),
        value: value.map(str::to_owned),
    };
    let mut all = vec![given("base_url", "base URL of the server", Some(source.target))];
    all.extend(source.states.map(|url| given("states_url", "provider states of the server", Some(url))));
    let used: BTreeSet<usize> =
        cases.iter().filter(|it| !it.is_drawn()).flat_map(case::Case::fixed).collect();
    for at in used {
        let name = &source.environment().accounts[at].name;
        all.push(given(&key_of(name), &format!("API key of the account `{name}`"), None));
    }
    let access = source.access;
    for (headers, prefix) in [(&access.headers, "gateway"), (&access.states_headers, "states_gateway")] {
        for (header, name) in gateway(headers, prefix) {
            all.push(given(&name, &format!("value of the header `{header}`"), None));
        }
    }
    all
}

impl CaseWriter<'_> {
    fn written(mut self) -> Result<Vec<Request>, Why> {
        for (at, actor) in self.case.actors.iter().enumerate() {
            let party = self.party(at, actor);
            self.parties.push(party);
        }
        for step in &self.case.steps {
            self.step(step)?;
        }
        Ok(self.requests)
    }

    fn step(&mut self, step: &Step) -> Result<(), Why> {
        match step {
            Step::Order(order) => self.order(order),
            Step::Batch(_) => Err(AT_ONCE),
            Step::OrderIf(..) => Err(DEPENDS),
            Step::Revoke(actor) => {
                if let Some(key) = self.parties[*actor].key.clone() {
                    let params = Text::literal(r#"{"state":"revoke","action":"setup","params":{"apiKey":""#)
                        .then(Text::variable(key))
                        .then(Text::literal("\"}}"));
                    self.state("revoke the key", params, Vec::new());
                }
                self.parties[*actor].revoked = true;
                Ok(())
            }
            _ => {
                let reading = readings::of(self, step)?;
                self.requests.extend(reading);
                Ok(())
            }
        }
    }

    /// Adds the requests that create the account of an actor, if provider states do so, and returns what is known about
    /// the actor.
    fn party(&mut self, at: usize, actor: &Actor) -> Party {
        let own = |key: String| Party { base: at, key: Some(key), revoked: false };
        match actor {
            Actor::Fresh { role, balance, revoked } => {
                let mut params = json!({ "role": role, "balance": balance });
                if *revoked {
                    params["revoked"] = json!(true);
                }
                let body = json!({ "state": "account", "action": "setup", "params": params }).to_string();
                let captures = [("key", "apiKey"), ("profile", "profileId")].map(|(name, member)| Capture {
                    variable: format!("{name}_{}", at + 1),
                    path: vec![member.to_owned()],
                });
                // The profile id is needed only to create another key of the profile, and not every handler returns it.
                let wanted =
                    self.case.actors.iter().any(|it| matches!(it, Actor::SecondKey { of } if *of == at));
                let captures = captures.into_iter().take(if wanted { 2 } else { 1 }).collect();
                self.state(&format!("an account: {role} with {balance} GHS"), Text::literal(body), captures);
                Party { revoked: *revoked, ..own(format!("key_{}", at + 1)) }
            }
            Actor::SecondKey { of } => {
                let body = Text::literal(r#"{"state":"key","action":"setup","params":{"profileId":""#)
                    .then(Text::variable(format!("profile_{}", of + 1)))
                    .then(Text::literal("\"}}"));
                let key = format!("key_{}", at + 1);
                let capture = Capture { variable: key.clone(), path: vec!["apiKey".to_owned()] };
                self.state("another key of the account", body, vec![capture]);
                Party { base: *of, ..own(key) }
            }
            Actor::Fixed(account) => own(key_of(&self.source.environment().accounts[*account].name)),
            Actor::Revoked { of } => Party { base: *of, key: self.parties[*of].key.clone(), revoked: true },
            Actor::Nobody => Party { base: at, key: None, revoked: true },
        }
    }

    /// Adds a request to the provider states.
    fn state(&mut self, what: &str, body: Text, captures: Vec<Capture>) {
        let mut headers = vec![("Content-Type".to_owned(), Text::literal("application/json"))];
        let access = self.source.access;
        let more = gateway(&access.states_headers, "states_gateway");
        headers.extend(more.into_iter().map(|(name, variable)| (name.to_owned(), Text::variable(variable))));
        self.requests.push(Request {
            what: what.to_owned(),
            method: "POST".to_owned(),
            url: Text::variable("states_url"),
            headers,
            body: Some(body),
            statuses: STATES_OK.collect(),
            holds: Vec::new(),
            captures,
        });
    }

    /// Adds an order, and tracks its effect on the wallet.
    fn order(&mut self, order: &Outgoing) -> Result<(), Why> {
        let contract = self.source.contract;
        if order.transport != Transport::Plain || order.door.is_some() {
            return Err(ON_THE_WIRE);
        }
        let body = text(&order.body)?;
        let statuses = self.allowed(order)?;
        let accepted = contract.status(Meaning::Accepted);
        let is_sure = statuses.len() == 1 && statuses.contains(&accepted);
        let cost = (order.cost.unpriced == 0).then_some(order.cost.expected + order.cost.open);
        let (mut holds, mut captures) = (Vec::new(), Vec::new());
        let base = self.parties[order.actor].base;
        if is_sure {
            let (data, names) = (contract.fields.data.clone(), &contract.fields.summary);
            let member = |name: &str| vec![data.clone(), name.to_owned()];
            holds.push(Holds::True(vec![contract.fields.success.clone()]));
            holds.extend(cost.map(|cost| Holds::Number(member(&names.total), cost.to_string())));
            self.created.push((base, cost));
            let variable = format!("order_{}", self.created.len());
            captures.push(Capture { variable, path: member(&names.order_id) });
            self.balances[base] = self.balances[base].zip(cost).map(|(balance, cost)| balance - cost);
        } else if statuses.contains(&accepted) {
            self.in_doubt = true;
        }
        let mut headers: Vec<(String, Text)> = order
            .all_headers(contract)
            .into_iter()
            .map(|(name, value)| (name, Text::literal(value)))
            .collect();
        headers.extend(self.key(&order.key, order.actor)?);
        headers.extend(self.gateway());
        let what = if self.case.orders().count() > 1 { "an order" } else { "the order" };
        self.requests.push(Request {
            what: what.to_owned(),
            method: order.method(contract),
            url: self.url(&order.path(contract)),
            headers,
            body: Some(body),
            statuses,
            holds,
            captures,
        });
        Ok(())
    }

    /// Returns the statuses with which a conforming server may answer an order.
    fn allowed(&self, order: &Outgoing) -> Result<BTreeSet<u16>, Why> {
        let party = &self.parties[order.actor];
        let actor = match &self.case.actors[party.base] {
            Actor::Fresh { role, .. } => Actor::Fresh {
                role: role.clone(),
                balance: self.balances[party.base].filter(|_| !self.in_doubt).ok_or(IN_DOUBT)?,
                revoked: party.revoked,
            },
            other => other.clone(),
        };
        // The balance that a fixed account will have when the export is run is unknown here.
        let left = vec![None; self.source.environment().accounts.len()];
        let Source { rules, contract, .. } = self.source;
        let allowed = allowed(rules, contract, self.source.environment(), &left, &actor, order);
        Ok(allowed.statuses.into_keys().collect())
    }
}

/// The statuses with which a handler of provider states reports success.
const STATES_OK: std::ops::RangeInclusive<u16> = 200..=204;

/// Returns a body as text that every format can write.
fn text(body: &[u8]) -> Result<Text, Why> {
    if body.len() > LONGEST_BODY {
        return Err(LONG);
    }
    let acts = |it: char| it.is_control() && !matches!(it, '\n' | '\t');
    match std::str::from_utf8(body) {
        Ok(text) if !text.contains(acts) => Ok(Text::literal(text)),
        _ => Err(NO_TEXT),
    }
}
