//! Reads a wallet again that did not show the debit of an accepted order. If it shows it some time later, the wallet was
//! shown too late and the debit is right; if it never does, the order was not debited. A reading costs nothing.

use std::time::Duration;

use spec::{OperationId, Pesewas};

use super::case::CaseRunner;
use crate::history::{Answer, Exchange, KeyUse};
use crate::order::door::{self, Made};
use crate::order::reading;
use crate::order::wallet::is_subset_sum;

/// The pauses before the readings, in milliseconds.
const PAUSES_MS: [u64; 11] = [0, 50, 100, 250, 500, 1_000, 1_500, 2_000, 2_000, 2_300, 2_300];

/// A wallet as the exchanges of a case show it.
#[derive(Debug, Default)]
struct Shown {
    /// What it holds after the accepted orders; `None` if that is unknown.
    left: Option<Pesewas>,
    /// The totals of the accepted orders.
    paid: Vec<Pesewas>,
    /// The last reading since the last order, and who made it.
    read: Option<(Pesewas, usize)>,
    /// Whether something happened to it that nobody can follow.
    unclear: bool,
}

impl Shown {
    /// Returns the actor who read the wallet, if it was last shown without the debit of some accepted order.
    fn reader(&self) -> Option<usize> {
        let ((read, actor), left) = self.read.zip(self.left.filter(|_| !self.unclear))?;
        (read > left && is_subset_sum(read - left, &self.paid)).then_some(actor)
    }
}

impl CaseRunner<'_> {
    /// Reads each wallet again that lacks the debit of an accepted order, and then each profile that differs from its wallet.
    pub(super) async fn explain_late_balances(&mut self) {
        self.explain_late_wallet().await;
        self.explain_late_profile().await;
    }

    /// Reads each wallet again that lacks the debit of an accepted order, until it shows it.
    async fn explain_late_wallet(&mut self) {
        // Once the next case may use the wallet, a reading of it explains nothing.
        if self.remembered || self.created.is_empty() || self.shuts_out() {
            return;
        }
        for wallet in 0..self.record.accounts.len() {
            if self.record.wallet_of(wallet) != wallet || self.shown(wallet).reader().is_none() {
                continue;
            }
            let (limit, is_first) = self.runner.late_wallets.begin();
            let (waited, came_right) = self.wait_for_debit(wallet, limit).await;
            self.runner.late_wallets.end(waited, is_first, came_right);
        }
    }

    /// Reads a wallet until it shows every debit, and returns how long that took and whether it did.
    async fn wait_for_debit(&mut self, wallet: usize, limit: Duration) -> (Duration, bool) {
        let mut waited = Duration::ZERO;
        for pause in PAUSES_MS.map(Duration::from_millis) {
            let Some(actor) = self.shown(wallet).reader() else { return (waited, true) };
            if waited + pause > limit || !self.runner.stop.pause(pause).await {
                return (waited, false);
            }
            waited += pause;
            let path = self.runner.contract.operation(OperationId::Wallet).path.clone();
            if self.get(OperationId::Wallet, actor, path).await.is_err() {
                return (waited, false);
            }
        }
        (waited, self.shown(wallet).reader().is_none())
    }

    fn shown(&self, wallet: usize) -> Shown {
        let account = &self.record.accounts[wallet];
        // The balance that was known of a fixed account may have changed before the case.
        let mut shown = Shown { left: account.balance.filter(|_| account.fresh), ..Shown::default() };
        let own = |it: &&Exchange| it.actor.is_some_and(|actor| self.record.wallet_of(actor) == wallet);
        for exchange in self.record.exchanges.iter().filter(own) {
            self.follow(&mut shown, exchange);
        }
        shown
    }

    fn follow(&self, shown: &mut Shown, exchange: &Exchange) {
        let contract = &self.runner.contract;
        let own_key = matches!(exchange.request.key, KeyUse::Own | KeyUse::OwnHeaderCase(_));
        match (exchange.operation, &exchange.answer) {
            (OperationId::BuyBulk, Answer::Lost(_)) | (OperationId::Retry, _) => shown.unclear = true,
            (OperationId::BuyBulk, Answer::Response(response)) => {
                let total = reading::total(contract, response);
                match (door::made(contract, &exchange.request, response), total) {
                    (Made::Yes, Some(total)) if own_key => {
                        shown.read = None;
                        shown.left = shown.left.map(|it| it - total);
                        shown.paid.push(total);
                    }
                    (Made::No, _) if response.status < 500 => {}
                    _ => shown.unclear = true,
                }
            }
            (OperationId::Wallet, Answer::Response(response)) if own_key && exchange.wave.is_none() => {
                let Some(read) = reading::available(contract, response) else { return };
                shown.read = exchange.actor.map(|actor| (read, actor));
                if shown.paid.is_empty() && shown.left.is_none() {
                    shown.left = Some(read);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_lacks_a_debit_if_what_it_has_too_much_was_paid() {
        let amounts = |all: &[i64]| all.iter().copied().map(Pesewas::new).collect();
        let shown = |left: i64, paid: &[i64], read: i64| Shown {
            left: Some(Pesewas::new(left)),
            paid: amounts(paid),
            read: Some((Pesewas::new(read), 0)),
            unclear: false,
        };
        for (left, paid, read, lacks) in [
            (70, &[20, 10][..], 100, true),
            (70, &[20, 10], 80, true),
            (70, &[20, 10], 70, false),
            (70, &[20, 10], 75, false),
            (70, &[20, 10], 60, false),
        ] {
            assert_eq!(shown(left, paid, read).reader().is_some(), lacks, "{read}");
        }
        let unclear = Shown { unclear: true, ..shown(70, &[30], 100) };
        assert_eq!(unclear.reader(), None);
    }
}
