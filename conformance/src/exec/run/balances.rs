//! The balances of fixed accounts, according to answers and readings, for the cases that follow.

use spec::{Meaning, OperationId, Pesewas};

use super::runner::Runner;
use crate::exec::budget::Lease;
use crate::history::{Answer, CaseRecord, Exchange};
use crate::order::reading;
use crate::plan::case::Actor;

impl Runner {
    /// Notes the balances of the fixed accounts of a case after it.
    pub(super) async fn remember(&self, actors: &[Actor], record: &CaseRecord) {
        let mut balances = self.balances.lock().await;
        for (position, actor) in actors.iter().enumerate() {
            let Actor::Fixed(at) = actor else { continue };
            let own = record.exchanges.iter().filter(|it| it.actor == Some(position));
            let balance = own.fold(balances[*at], |balance, exchange| self.after(balance, exchange));
            let accounts = &self.environment.accounts;
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
                let said = reading::total(contract, response);
                // Where no wallet can be read, a refund of recipients that fail (AMB-HELD) would not be seen.
                let seen = !self.environment.lacks(OperationId::Wallet);
                balance.zip(said).filter(|_| seen).map(|(balance, total)| balance - total)
            }
            // A reading beside orders shows some moment among them.
            (Answer::Response(response), OperationId::Wallet) if exchange.batch.is_none() => {
                reading::available(contract, response).or(balance)
            }
            _ => balance,
        }
    }

    /// Notes what the wallets of a case lost beyond what its answers say.
    pub(super) fn charge(&self, record: &CaseRecord, lease: &mut Lease) {
        // A retry that got no answer may be charged later.
        let may_charge =
            |it: &&Exchange| it.answer.response().is_none_or(|it| !reading::is_refusal(it.status));
        let retries = record.exchanges.iter().filter(|it| it.operation == OperationId::Retry);
        let mut unseen = retries.filter(may_charge).count();
        let accounts = &record.accounts;
        for (wallet, account) in accounts.iter().enumerate() {
            let same = |actor: usize| record.wallet_of(actor) == wallet;
            if !same(wallet) {
                continue;
            }
            // The balance that was known of a fixed account may have changed since.
            let mut before = account.balance.filter(|_| account.fresh);
            let (mut said, mut retried) = (Pesewas::ZERO, 0);
            let own = record.exchanges.iter().filter(|it| it.actor.is_some_and(same));
            for exchange in own {
                match (&exchange.answer, exchange.operation) {
                    // It is unknown whether the order was charged, and the budget counts it as such.
                    (Answer::Lost(_), OperationId::BuyBulk) => before = None,
                    (Answer::Response(it), OperationId::BuyBulk) if reading::is_success(it.status) => {
                        said += reading::total(&self.contract, it).unwrap_or_default();
                    }
                    (Answer::Response(it), OperationId::Retry) if reading::is_success(it.status) => {
                        retried += 1
                    }
                    (Answer::Response(it), OperationId::Wallet) if exchange.batch.is_none() => {
                        let read = reading::available(&self.contract, it);
                        if let Some((before, read)) = before.zip(read) {
                            self.budget.observe(said, before - read);
                            unseen -= retried;
                        }
                        (said, retried, before) = (Pesewas::ZERO, 0, read);
                    }
                    _ => {}
                }
            }
        }
        if unseen == 0 {
            self.budget.retries_seen(lease);
        }
    }
}
