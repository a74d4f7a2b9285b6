//! What a planted fault is: one record, and what is needed to see it.

use std::fmt;

use crate::rules::Rules;

/// One thing that is wrong on purpose.
pub struct Fault {
    /// Its name on the command line.
    pub id: &'static str,
    /// The room that it stands in.
    pub group: &'static str,
    /// What is wrong, in one line.
    pub wrong: &'static str,
    /// Requirement ids that a tester may rightly report for it.
    pub breaks: &'static [&'static str],
    /// What is needed to see it.
    pub needs: &'static [Need],
    pub(crate) plant: fn(&mut Rules),
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fault({})", self.id)
    }
}

/// What is needed to see a fault, beside a key that may buy and a catalog.
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
    /// Balances that are known or can be had on demand.
    Balance,
    /// The packages' prices from another source than the package endpoint.
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
    /// Requests at the same time.
    Concurrency,
    /// Several orders of one account in a row.
    Sequence,
    /// Bytes that an HTTP client would not send by itself.
    RawHttp,
    /// The fields of the later revision; the fault switches them on.
    Revision,
    /// A plan that varies what one sample of its kind leaves out.
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

/// A name that is not a fault's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown fault `{0}`; --list-faults shows them")]
pub struct UnknownFault(pub String);

/// One list of ids from a shared one and some more.
macro_rules! ids {
    ($base:path, $($more:literal),+ $(,)?) => {{
        const MORE: &[&str] = &[$($more),+];
        const IDS: [&str; $base.len() + MORE.len()] = crate::faults::fault::join($base, MORE);
        &IDS
    }};
}
pub(super) use ids;

/// One list of ids from two; see [`ids!`].
pub(super) const fn join<const N: usize>(base: &[&'static str], more: &[&'static str]) -> [&'static str; N] {
    let mut all = [""; N];
    let mut at = 0;
    while at < N {
        all[at] = if at < base.len() { base[at] } else { more[at - base.len()] };
        at += 1;
    }
    all
}
