//! What a recording contains, and what the server did.

use std::path::Path;

use conformance::history::{Answer, CaseRecord, History, recorded};
use conformance::judge::verdict::Ledger;
use conformance::run::judge_again;
use spec::{OperationId, Pesewas};

use super::proxy::Proxy;
use super::{contract, pesewas};

/// Reads a recording in the way `judge` does.
pub fn read(path: &Path) -> History {
    recorded::read(path).unwrap_or_else(|error| panic!("{error}"))
}

/// Returns the ledger of a recording, as `judge` computes it.
pub fn ledger(path: &Path) -> Ledger {
    judge_again::judge(&contract(), read(path)).unwrap().judgement.ledger
}

/// Returns the charge that a response states for an order.
pub fn charged_by(body: &[u8]) -> Option<Pesewas> {
    let json: serde_json::Value = serde_json::from_slice(body).ok()?;
    Some(pesewas(&json["data"]["totalAmount"].to_string()))
}

/// Returns the sum of the charges that the responses of a case state.
pub fn charged(case: &CaseRecord) -> Pesewas {
    let orders = case.exchanges.iter().filter(|it| it.operation == OperationId::BuyBulk);
    let said = orders.filter_map(|it| match &it.answer {
        Answer::Response(response) if response.status == 200 => charged_by(&response.body.0),
        _ => None,
    });
    said.sum()
}

/// Returns what a server behind a proxy charged, whether or not its responses were received.
pub fn charged_behind(proxy: &Proxy) -> Pesewas {
    let answered = proxy.log().into_iter().filter(|(request, _)| request.is_purchase());
    let answers = answered.filter_map(|(_, answer)| answer);
    answers.filter(|it| it.start_line().contains(" 200 ")).filter_map(|it| charged_by(&it.body)).sum()
}
