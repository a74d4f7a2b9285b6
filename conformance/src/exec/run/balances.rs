//! What fixed accounts hold, as far as answers and readings tell, for the cases that follow.

use spec::{Meaning, OperationId, Pesewas};

use super::runner::Runner;
use crate::history::{Answer, CaseRecord, Exchange};
use crate::order::reading::{self, Amount};
use crate::plan::case::Actor;

impl Runner {
    /// Takes note of what the fixed accounts of a case hold after it.
    pub(super) async fn remember(&self, actors: &[Actor], record: &CaseRecord) {
        let mut balances = self.balances.lock().await;
        for (position, actor) in actors.iter().enumerate() {
            let Actor::Fixed(at) = actor else { continue };
            let own = record.exchanges.iter().filter(|it| it.actor == Some(position));
            let balance = own.fold(balances[*at], |balance, exchange| self.after(balance, exchange));
            let accounts = &self.world.accounts;
            for (other, facts) in accounts.iter().enumerate() {
                if other == *at || facts.shares_wallet_with(&accounts[*at]) {
                    balances[other] = balance;
                }
            }
        }
    }

    fn after(&self, balance: Option<Pesewas>, exchange: &Exchange) -> Option<Pesewas> {
        let contract = &self.contract;
        match (&exchange.answer, exchange.operation) {
            (Answer::Lost(_), OperationId::BuyBulk) => None,
            (Answer::Response(response), OperationId::BuyBulk)
                if response.status == contract.status(Meaning::Accepted) =>
            {
                let summary = reading::summary(contract, response);
                let said = summary.and_then(|it| it.total.as_ref().and_then(Amount::pesewas));
                balance.zip(said).map(|(balance, total)| balance - total)
            }
            (Answer::Response(response), OperationId::Wallet) => {
                let read = reading::wallet(contract, response).and_then(|it| it.available.pesewas());
                read.or(balance)
            }
            _ => balance,
        }
    }
}
