//! What a wallet may hold: a set of possible balances, since an answer that got lost leaves two of them open.

use std::collections::BTreeSet;

use spec::Pesewas;

/// Past this many possibilities the wallet counts as unknown.
const MOST: usize = 512;

/// The spendable balances that are possible; `None` where nothing is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wallet(Option<BTreeSet<Pesewas>>);

impl Wallet {
    /// A wallet with a known balance, or with none known.
    #[must_use]
    pub fn new(balance: Option<Pesewas>) -> Self {
        Self(balance.map(|balance| BTreeSet::from([balance])))
    }

    /// The balance, where only one is possible.
    #[must_use]
    pub fn exact(&self) -> Option<Pesewas> {
        match &self.0 {
            Some(set) if set.len() == 1 => set.first().copied(),
            _ => None,
        }
    }

    /// The least and the most that it may hold.
    #[must_use]
    pub fn bounds(&self) -> Option<(Pesewas, Pesewas)> {
        let set = self.0.as_ref()?;
        Some((*set.first()?, *set.last()?))
    }

    /// Whether it may hold exactly this; an unknown wallet may.
    #[must_use]
    pub fn may_be(&self, balance: Pesewas) -> bool {
        self.0.as_ref().is_none_or(|set| set.contains(&balance))
    }

    /// Nothing is known any more.
    pub fn forget(&mut self) {
        self.0 = None;
    }

    /// It was read.
    pub fn set(&mut self, balance: Pesewas) {
        self.0 = Some(BTreeSet::from([balance]));
    }

    /// An order was paid from it.
    pub fn debit(&mut self, amount: Pesewas) {
        if let Some(set) = &mut self.0 {
            *set = set.iter().map(|balance| *balance - amount).collect();
        }
    }

    /// An order may have been paid from it: where it could not have been afforded, it was not.
    pub fn maybe_debit(&mut self, amount: Pesewas) {
        let Some(set) = &mut self.0 else { return };
        let paid: Vec<Pesewas> =
            set.iter().map(|balance| *balance - amount).filter(|rest| *rest >= Pesewas::ZERO).collect();
        set.extend(paid);
        if set.len() > MOST {
            self.0 = None;
        }
    }

    /// Lays down that it held at least, or less than, an amount; ignored where nothing would be left.
    pub fn learn(&mut self, keep: impl Fn(Pesewas) -> bool) {
        if let Some(set) = &mut self.0 {
            let kept: BTreeSet<Pesewas> = set.iter().copied().filter(|balance| keep(*balance)).collect();
            if !kept.is_empty() {
                *set = kept;
            }
        }
    }

    /// The possible balances.
    pub fn possible(&self) -> impl Iterator<Item = Pesewas> {
        self.0.iter().flatten().copied()
    }
}

/// Whether some of `parts`, taken at most once each, add up to `sum` (AMB-HELD: refunds of failed recipients).
#[must_use]
pub fn is_subset_sum(sum: Pesewas, parts: &[Pesewas]) -> bool {
    let mut reachable = BTreeSet::from([Pesewas::ZERO]);
    for part in parts {
        let more: Vec<Pesewas> =
            reachable.iter().map(|so_far| *so_far + *part).filter(|it| *it <= sum).collect();
        reachable.extend(more);
        if reachable.len() > 20_000 {
            // Too many to tell them apart: then any amount is one of them for all that can be said.
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
        // The second of the same size can't have been paid twice.
        wallet.maybe_debit(p(60));
        assert_eq!(wallet.possible().collect::<Vec<_>>(), vec![p(40), p(100)]);
        wallet.learn(|balance| balance < p(60));
        assert_eq!(wallet.exact(), Some(p(40)));
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
