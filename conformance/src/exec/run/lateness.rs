//! How late the wallets of a server show a debit: what the cases of a run have found out, and how long each may wait.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a case waits while another one finds out how late wallets may be.
const MEANWHILE: Duration = Duration::from_millis(2_000);

/// How much longer than ever before a wallet is waited for once it is known how late wallets may be.
const LEEWAY: Duration = Duration::from_millis(1_000);

/// How long all cases of a run may wait together.
const IN_ALL: Duration = Duration::from_secs(60);

/// How late the wallets of a server were seen to be.
#[derive(Debug)]
pub(super) struct LateWallets {
    /// How long the first case waits.
    first: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Whether a case has begun to wait for as long as it takes.
    tried: bool,
    /// Whether that case still waits.
    trying: bool,
    /// The longest time after which a wallet showed a debit.
    longest: Option<Duration>,
    /// How long cases have waited until now.
    waited: Duration,
}

impl LateWallets {
    /// Returns wallets of which nothing is known; the first case waits at most so long.
    pub(super) fn new(first: Duration) -> Self {
        Self { first, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // After a panic elsewhere the state holds plain values, which are still right.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how long a case may wait, and whether it is the one that finds out how late wallets may be.
    pub(super) fn begin(&self) -> (Duration, bool) {
        let mut state = self.state();
        if !state.tried {
            (state.tried, state.trying) = (true, true);
            return (self.first, true);
        }
        let left = IN_ALL.saturating_sub(state.waited);
        let known = state.longest.map_or(Duration::ZERO, |it| it + LEEWAY);
        (if state.trying { MEANWHILE.max(known) } else { known }.min(left), false)
    }

    /// Takes note of how long a case waited, and whether its wallet then showed the debit.
    pub(super) fn end(&self, waited: Duration, is_first: bool, came_right: bool) {
        let mut state = self.state();
        state.waited += waited;
        state.trying &= !is_first;
        if came_right {
            state.longest = state.longest.max(Some(waited));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn one_case_finds_out_how_late_wallets_are_and_the_others_wait_no_longer() {
        let wallets = LateWallets::new(SECOND * 12);
        assert_eq!(wallets.begin(), (SECOND * 12, true));
        assert_eq!(wallets.begin(), (MEANWHILE, false), "while the first one waits");
        wallets.end(MEANWHILE, false, false);
        wallets.end(SECOND * 9, true, true);
        assert_eq!(wallets.begin(), (SECOND * 9 + LEEWAY, false));
        wallets.end(SECOND * 45, false, true);
        assert_eq!(wallets.begin(), (SECOND * 4, false), "what is left of what all may wait");
    }

    #[test]
    fn nobody_waits_for_wallets_that_never_come_right() {
        let wallets = LateWallets::new(SECOND * 12);
        assert!(wallets.begin().1);
        wallets.end(SECOND * 12, true, false);
        assert_eq!(wallets.begin(), (Duration::ZERO, false));
    }
}
