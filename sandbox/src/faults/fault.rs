//! Defines what a planted fault is: one record, with what a tester needs to detect it.

use std::fmt;

use crate::rules::Rules;

/// One deliberate fault.
pub struct Fault {
    /// The name on the command line.
    pub id: &'static str,
    /// The group that the fault belongs to.
    pub group: &'static str,
    /// A one-line description of what is wrong.
    pub wrong: &'static str,
    /// The requirement ids that a tester may rightly report for the fault.
    pub breaks: &'static [&'static str],
    /// What a tester needs to detect the fault.
    pub needs: &'static [Need],
    pub(crate) plant: fn(&mut Rules),
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fault({})", self.id)
    }
}

/// What a tester needs to detect a fault, in addition to a key that may buy and a catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A key of each role that may buy.
    EachBuyer,
    /// A key of every role that may not buy.
    OtherRole,
    /// Keys of two profiles.
    TwoAccounts,
    /// A key that was revoked.
    RevokedKey,
    /// Balances that are known or can be set on demand.
    Balance,
    /// The packages' prices from a source other than the package endpoint.
    Prices,
    /// The wallet endpoint.
    Wallet,
    /// The profile endpoint.
    Profile,
    /// The package endpoint.
    Packages,
    /// The products endpoint.
    Products,
    /// The endpoints of one order.
    Order,
    /// The order list.
    Orders,
    /// The retry endpoint.
    Retry,
    /// A recipient that fails on demand.
    FailingRecipient,
    /// Concurrent requests.
    Concurrency,
    /// Several orders of one account in sequence.
    Sequence,
    /// Bytes that an ordinary HTTP client would not send.
    RawHttp,
    /// The fields of the later revision; the fault enables them.
    Revision,
    /// A plan that varies its requests beyond one sample of each kind.
    Variation,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::EachBuyer => "each role that may buy",
            Self::OtherRole => "the roles that may not buy",
            Self::TwoAccounts => "two accounts",
            Self::RevokedKey => "a revoked key",
            Self::Balance => "known balances",
            Self::Prices => "known prices",
            Self::Wallet => "wallet",
            Self::Profile => "profile",
            Self::Packages => "packages",
            Self::Products => "products",
            Self::Order => "order",
            Self::Orders => "order list",
            Self::Retry => "retry",
            Self::FailingRecipient => "a recipient that fails",
            Self::Concurrency => "concurrency",
            Self::Sequence => "several orders in a row",
            Self::RawHttp => "raw HTTP",
            Self::Revision => "later revision",
            Self::Variation => "variation",
        })
    }
}

/// The error for a name that is not that of a fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown fault `{0}`; --list-faults shows them")]
pub struct UnknownFault(pub String);

/// Joins a shared list of ids and some more ids into one list.
macro_rules! ids {
    ($base:path, $($more:literal),+ $(,)?) => {{
        const MORE: &[&str] = &[$($more),+];
        const IDS: [&str; $base.len() + MORE.len()] = crate::faults::fault::join($base, MORE);
        &IDS
    }};
}
pub(super) use ids;

/// Joins two lists of ids into one; used by [`ids!`].
pub(super) const fn join<const N: usize>(base: &[&'static str], more: &[&'static str]) -> [&'static str; N] {
    let mut all = [""; N];
    let mut at = 0;
    while at < N {
        all[at] = if at < base.len() { base[at] } else { more[at - base.len()] };
        at += 1;
    }
    all
}
