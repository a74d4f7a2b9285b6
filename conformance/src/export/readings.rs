//! Turns the readings of a case into requests of a script.

use std::collections::BTreeSet;

use spec::{Meaning, OperationId};

use super::script::{Holds, Request, Text};
use super::writer::{CaseWriter, Why};
use crate::order::path::encode;
use crate::plan::case::Step;
use crate::plan::key::Key;
use crate::sut::NOBODYS_ID;

const WAITS: Why = "waits for what becomes of its order, or reads page after page";
const IN_ANOTHER_WAY: Why = "reads in another way than the plain one";

/// Returns the request of a reading; `None` if the server lacks the endpoint, or if it is unknown what the answer
/// should be.
pub(super) fn of(case: &CaseWriter<'_>, step: &Step) -> Result<Option<Request>, Why> {
    let reading = match step {
        Step::Wallet(actor) => Reading::new(OperationId::Wallet, *actor).holding(wallet(case, *actor)),
        Step::Profile(actor) => Reading::new(OperationId::Profile, *actor),
        Step::Package(actor, id) => Reading::new(OperationId::Package, *actor)
            .of(Text::literal(encode(id)))
            .there(catalog(case, |package, _| package == id)),
        Step::Products(actor, id) => Reading::new(OperationId::Products, *actor)
            .of(Text::literal(encode(id)))
            .there(catalog(case, |_, operator| operator == id)),
        Step::ReadUnknown(actor) => {
            Reading::new(OperationId::OrderStatus, *actor).of(Text::literal(NOBODYS_ID)).there(false)
        }
        Step::Read { actor, nth, status } => {
            let operation = if *status { OperationId::OrderStatus } else { OperationId::Order };
            // Once an order may have been refused, it is unknown which order is the n-th.
            let Some((owner, cost)) = case.created.get(*nth).filter(|_| !case.in_doubt) else {
                return Ok(None);
            };
            let is_own = case.parties[*actor].base == *owner;
            let fields = &case.source.contract.fields;
            let amount = vec![fields.data.clone(), fields.order_read.amount.clone()];
            let holds = cost.filter(|_| is_own).map(|cost| Holds::Number(amount, cost.to_string()));
            Reading::new(operation, *actor)
                .of(Text::variable(format!("order_{}", nth + 1)))
                .there(is_own)
                .holding(holds)
        }
        Step::List { actor, limit: None, follow: false } => {
            let base = case.parties[*actor].base;
            let newest = case.created.iter().rposition(|it| it.0 == base).filter(|_| !case.in_doubt);
            let listed = newest.map(|at| Holds::Contains(Text::variable(format!("order_{}", at + 1))));
            Reading::new(OperationId::Orders, *actor).holding(listed)
        }
        Step::List { .. } | Step::Watch { .. } | Step::Retry { .. } | Step::FailRecipient(_) => {
            return Err(WAITS);
        }
        _ => return Err(IN_ANOTHER_WAY),
    };
    reading.request(case)
}

/// A reading that is being built.
struct Reading {
    operation: OperationId,
    actor: usize,
    value: Option<Text>,
    is_there: bool,
    holds: Option<Holds>,
}

impl Reading {
    const fn new(operation: OperationId, actor: usize) -> Self {
        Self { operation, actor, value: None, is_there: true, holds: None }
    }

    fn of(self, value: Text) -> Self {
        Self { value: Some(value), ..self }
    }

    fn there(self, is_there: bool) -> Self {
        Self { is_there, ..self }
    }

    fn holding(self, holds: Option<Holds>) -> Self {
        Self { holds, ..self }
    }

    fn request(self, case: &CaseWriter<'_>) -> Result<Option<Request>, Why> {
        let operation = case.source.contract.operation(self.operation);
        let party = &case.parties[self.actor];
        let meaning = match (party.revoked, self.is_there) {
            (true, _) => Meaning::Unauthorized,
            (false, true) => Meaning::Ok,
            (false, false) => Meaning::NotFound,
        };
        let Some(status) =
            operation.status(meaning).filter(|_| !case.source.environment().lacks(self.operation))
        else {
            return Ok(None);
        };
        let mut headers: Vec<(String, Text)> = case.key(&Key::Own, self.actor)?.into_iter().collect();
        headers.extend(case.gateway());
        let url = match (&self.value, operation.path.split_once('{')) {
            (Some(value), Some((before, rest))) => {
                let behind = rest.split_once('}').map_or("", |it| it.1);
                case.url(before).then(value.clone()).then(Text::literal(behind))
            }
            _ => case.url(&operation.path),
        };
        Ok(Some(Request {
            what: format!("read {}", self.operation.name()),
            method: operation.method.clone(),
            url,
            headers,
            body: None,
            statuses: BTreeSet::from([status]),
            holds: self.holds.filter(|_| meaning == Meaning::Ok).into_iter().collect(),
            captures: Vec::new(),
        }))
    }
}

/// Returns the condition on the wallet's balance; `None` if the balance is unknown.
fn wallet(case: &CaseWriter<'_>, actor: usize) -> Option<Holds> {
    let balance = case.balances[case.parties[actor].base].filter(|_| !case.in_doubt)?;
    let fields = &case.source.contract.fields;
    let path = vec![fields.data.clone(), fields.wallet.available.clone()];
    Some(Holds::Number(path, balance.to_string()))
}

/// Returns true if the catalog has a package for which, with its operator, `is` returns true.
fn catalog(case: &CaseWriter<'_>, is: impl Fn(&str, &str) -> bool) -> bool {
    let operators = case.source.environment().catalog.iter().flat_map(|it| &it.operators);
    let mut packages = operators.flat_map(|operator| {
        let packages = operator.products.iter().flat_map(|it| &it.packages);
        packages.map(|it| (it.id.as_str(), operator.id.as_str()))
    });
    packages.any(|(package, operator)| is(package, operator))
}
