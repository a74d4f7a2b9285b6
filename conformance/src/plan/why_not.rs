//! Reasons why something is not planned, in the words in which a report explains requirements without evidence.

use spec::Pesewas;

/// The least and the most that a suitable wallet holds, in GHS; `None` if prices are unknown.
pub(crate) type Wanted = Option<(Pesewas, Pesewas)>;

/// The reason why there is no case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub(crate) enum WhyNot {
    /// There is no account to send with.
    #[error("no key was given")]
    NoKey,
    /// There is no account that may buy.
    #[error("no key of a role that may buy")]
    NoBuyer,
    /// There is no account that may not buy.
    #[error("no key of a role that may not buy")]
    NoOther,
    /// There is no account of the role that a requirement is about.
    #[error("no key of role {0}")]
    NoKeyOf(String),
    /// There is no account of the role that an order needs as its sender.
    #[error("no key of role {0} was given")]
    NoSender(String),
    /// There is no account of a profile other than the one that owns the order.
    #[error("no key of a second profile")]
    NoStranger,
    /// The ids of the packages are unknown.
    #[error("no package is known that can be bought; --package ID or an accounts file names one")]
    NoCatalog,
    /// The catalog has no package, product or operator of the kind that is needed.
    #[error("the catalog has nothing to plan it with")]
    NothingToBuy,
    /// The cost of an order can't be computed in advance.
    #[error("the packages' prices are not known")]
    NoPrices,
    /// The order costs nothing, so no wallet is too small for it.
    #[error("an order of nothing is never short")]
    NeverShort,
    /// No fixed account of the role can pay this much any more.
    #[error("no {0} account has enough left in its wallet{needed}", needed = needed(*.1))]
    Spent(String, Option<Pesewas>),
    /// No choice of packages costs what a fixed account is left with; with the least that it could hold for that, if
    /// prices are known.
    #[error("no {0} account is left with a balance that an order of this catalog meets{held}", held = held(*.1))]
    Unmet(String, Option<Pesewas>),
    /// Every fixed account of the role holds at least this much.
    #[error("no {0} account is left with less than {1} GHS")]
    NonePoorer(String, Pesewas),
    /// The balance of the fixed account is unknown.
    #[error("the balance of the {0} account is not known")]
    NoBalance(String),
    /// Every fixed account is too rich or too poor for a race.
    #[error("no buying account whose known balance pays for only a few orders{wanted}", wanted = wanted(.0))]
    NoSmallWallet(Wanted),
    /// There is no way to make a recipient fail.
    #[error(
        "no provider state makes a recipient fail, and no `failing_recipient` is named in an accounts file"
    )]
    NoFailure,
    /// The case would send an order that may be accepted, which the probe tier does not do.
    #[error("the probe tier sends only what a conforming server refuses")]
    ProbeOnlyRefused,
    /// The case is about created orders, which the probe tier does not have.
    #[error("the probe tier creates no order")]
    ProbeBuysNothing,
    /// The case asks an open question, which the smoke tier does not do.
    #[error("the smoke tier leaves open questions open")]
    SmokeAsksNothing,
    /// The check is new and plans no case yet.
    #[error("no case is planned for it yet")]
    #[allow(dead_code, reason = "only the template of `cargo xtask new` names it")]
    NotWritten,
}

impl WhyNot {
    /// Returns true if another reason asks for a smaller sum of the same role: a wallet with that sum already gives a
    /// case.
    #[must_use]
    pub(crate) fn outdone_by(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Spent(role, Some(more)), Self::Spent(same, Some(less)))
            | (Self::Unmet(role, Some(more)), Self::Unmet(same, Some(less))) => role == same && less < more,
            _ => false,
        }
    }
}

fn needed(sum: Option<Pesewas>) -> String {
    sum.map(|it| format!(": {it} GHS would do")).unwrap_or_default()
}

fn held(sum: Option<Pesewas>) -> String {
    sum.map(|it| format!(": one that holds {it} GHS would do")).unwrap_or_default()
}

fn wanted(wanted: &Wanted) -> String {
    match wanted {
        Some((least, most)) if least == most => format!(": one that holds {least} GHS would do"),
        Some((least, most)) => format!(": one that holds {least} to {most} GHS would do"),
        None => String::new(),
    }
}
