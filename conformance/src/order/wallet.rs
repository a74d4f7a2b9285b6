//! The balances that a wallet may have: a set, since a lost answer leaves two of them possible.

use std::collections::BTreeSet;

use spec::Pesewas;

/// The most possibilities that are followed; beyond that the wallet counts as unknown.
const MOST: usize = 512;

/// A balance, with the totals of lost orders that may still be paid from it, ascending: after giving up on an answer
/// the client does not know when the server acts.
type State = (Pesewas, Vec<Pesewas>);

/// The possible spendable balances; `None` if nothing is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wallet(Option<BTreeSet<State>>);

impl Wallet {
    /// Returns a wallet with this balance, or an unknown one.
    #[must_use]
    pub(crate) fn new(balance: Option<Pesewas>) -> Self {
        Self(balance.map(|balance| BTreeSet::from([(balance, Vec::new())])))
    }

    /// Returns the balance if only one is possible.
    #[must_use]
    pub(crate) fn exact(&self) -> Option<Pesewas> {
        self.bounds().filter(|(least, most)| least == most).map(|(least, _)| least)
    }

    /// Returns the least and the most that the wallet may hold; `None` if it is unknown.
    #[must_use]
    pub(crate) fn bounds(&self) -> Option<(Pesewas, Pesewas)> {
        let set = self.0.as_ref()?;
        Some((set.first()?.0, set.last()?.0))
    }

    /// Returns true if the wallet may hold exactly this balance; always true for an unknown wallet.
    #[must_use]
    pub(crate) fn may_be(&self, balance: Pesewas) -> bool {
        self.0.as_ref().is_none_or(|set| set.iter().any(|it| it.0 == balance))
    }

    /// Makes the wallet unknown.
    pub(crate) fn forget(&mut self) {
        self.0 = None;
    }

    /// Sets the balance that was read. A lost order that was not paid by then may still be paid afterwards.
    pub(crate) fn read(&mut self, balance: Pesewas) {
        let before = self.0.take().unwrap_or_default();
        let kept: BTreeSet<State> = before.iter().filter(|it| it.0 == balance).cloned().collect();
        if kept.is_empty() {
            let pending = before.into_iter().map(|it| it.1).max_by_key(Vec::len).unwrap_or_default();
            self.0 = Some(BTreeSet::from([(balance, pending)]));
        } else {
            self.0 = Some(kept);
        }
        self.pay_pending();
    }

    /// Subtracts an order that was paid from the wallet.
    pub(crate) fn debit(&mut self, amount: Pesewas) {
        if let Some(set) = self.0.take() {
            self.0 = Some(set.into_iter().map(|(balance, pending)| (balance - amount, pending)).collect());
        }
    }

    /// Subtracts one of two amounts, since it is unknown which of them an order was charged.
    pub(crate) fn debit_either(&mut self, one: Pesewas, other: Pesewas) {
        let mut with_other = self.clone();
        self.debit(one);
        with_other.debit(other);
        if let (Some(set), Some(more)) = (&mut self.0, with_other.0) {
            set.extend(more);
            if set.len() > MOST {
                self.0 = None;
            }
        }
    }

    /// Adds the possibility that an order is paid, now or later; it is not paid if the balance does not cover it.
    pub(crate) fn maybe_debit(&mut self, amount: Pesewas) {
        let Some(set) = self.0.take() else { return };
        let lost = |(balance, mut pending): State| {
            pending.push(amount);
            pending.sort_unstable();
            (balance, pending)
        };
        self.0 = Some(set.into_iter().map(lost).collect());
        self.pay_pending();
    }

    /// Adds the balances that are possible after lost orders are paid.
    fn pay_pending(&mut self) {
        let Some(set) = &mut self.0 else { return };
        let mut open: Vec<State> = set.iter().cloned().collect();
        while let Some((balance, pending)) = open.pop() {
            for (at, amount) in pending.iter().enumerate().filter(|(_, amount)| **amount <= balance) {
                let mut rest = pending.clone();
                rest.remove(at);
                let paid = (balance - *amount, rest);
                if set.insert(paid.clone()) {
                    open.push(paid);
                }
            }
            if set.len() > MOST {
                self.0 = None;
                return;
            }
        }
    }

    /// Keeps the balances that agree with what an answer revealed, such as that the wallet held at least an amount;
    /// ignored if none would be left.
    pub(crate) fn learn(&mut self, keep: impl Fn(Pesewas) -> bool) {
        if let Some(set) = &mut self.0 {
            let kept: BTreeSet<State> = set.iter().filter(|it| keep(it.0)).cloned().collect();
            if !kept.is_empty() {
                *set = kept;
            }
            self.pay_pending();
        }
    }

    /// Returns the possible balances, ascending.
    #[must_use]
    pub(crate) fn possible(&self) -> BTreeSet<Pesewas> {
        self.0.iter().flatten().map(|it| it.0).collect()
    }
}

/// Returns true if some of `parts`, each taken at most once, add up to `sum` (AMB-HELD: refunds of failed recipients).
#[must_use]
pub(crate) fn is_subset_sum(sum: Pesewas, parts: &[Pesewas]) -> bool {
    let mut reachable = BTreeSet::from([Pesewas::ZERO]);
    for part in parts {
        let more: Vec<Pesewas> =
            reachable.iter().map(|so_far| *so_far + *part).filter(|it| *it <= sum).collect();
        reachable.extend(more);
        if reachable.len() > 20_000 {
            // There are too many sums to follow, so any amount counts as possible.
            return true;
        }
    }
    reachable.contains(&sum)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn p(pesewas: i64) -> Pesewas {
        Pesewas::new(pesewas)
    }

    #[test]
    fn a_lost_answer_leaves_two_balances_open() {
        let mut wallet = Wallet::new(Some(p(100)));
        wallet.maybe_debit(p(60));
        assert_eq!(wallet.bounds(), Some((p(40), p(100))));
        assert_eq!(wallet.exact(), None);
        // The second order of the same size can't have been paid as well.
        wallet.maybe_debit(p(60));
        assert_eq!(wallet.possible(), BTreeSet::from([p(40), p(100)]));
        wallet.learn(|balance| balance < p(60));
        assert_eq!(wallet.exact(), Some(p(40)));
        wallet.learn(|_| false);
        assert_eq!(wallet.exact(), Some(p(40)), "a contradiction teaches nothing");
    }

    #[test]
    fn a_lost_order_may_be_paid_after_a_reading() {
        let mut wallet = Wallet::new(Some(p(100)));
        wallet.maybe_debit(p(30));
        wallet.read(p(100));
        assert_eq!(wallet.possible(), BTreeSet::from([p(70), p(100)]));
        wallet.debit(p(50));
        assert_eq!(wallet.possible(), BTreeSet::from([p(20), p(50)]));
        wallet.read(p(20));
        assert_eq!(wallet.exact(), Some(p(20)), "it was paid, and is not paid again");
        wallet.maybe_debit(p(20));
        wallet.read(p(60));
        assert_eq!(wallet.bounds(), Some((p(40), p(60))), "after a refund it is still open");
    }

    #[test]
    fn too_many_possibilities_are_none() {
        let mut wallet = Wallet::new(Some(p(1 << 20)));
        (0..8).for_each(|at| wallet.maybe_debit(p(1 << at)));
        assert_eq!(wallet.possible().len(), 256);
        wallet.maybe_debit(p(1 << 9));
        assert_eq!(wallet.bounds(), Some((p((1 << 20) - 255 - (1 << 9)), p(1 << 20))));
        wallet.maybe_debit(p(1 << 10));
        assert_eq!(wallet.bounds(), None);
    }

    #[test]
    fn an_unknown_wallet_may_hold_anything() {
        let mut wallet = Wallet::new(None);
        wallet.debit(p(5));
        assert!(wallet.may_be(p(7)));
        assert_eq!(wallet.bounds(), None);
    }

    proptest! {
        #[test]
        fn subset_sums(parts in proptest::collection::vec(1_i64..50, 0..8), mask in any::<u8>()) {
            let parts: Vec<Pesewas> = parts.into_iter().map(p).collect();
            let chosen: Pesewas =
                parts.iter().enumerate().filter(|(i, _)| mask & (1 << i) != 0).map(|(_, part)| *part).sum();
            prop_assert!(is_subset_sum(chosen, &parts));
            let all: Pesewas = parts.iter().copied().sum();
            prop_assert!(!is_subset_sum(all + p(1), &parts));
        }
    }
}
