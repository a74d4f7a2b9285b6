//! Why something is not planned, as a report says it of the requirements that stay without evidence.

use spec::Pesewas;

/// The least and the most that a wallet holds that would do, where prices tell.
pub type Wanted = Option<(Pesewas, Pesewas)>;

/// Why there is no case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum WhyNot {
    /// Nobody to send as.
    #[error("no key was given")]
    NoKey,
    /// Nobody who may buy.
    #[error("no key of a role that may buy")]
    NoBuyer,
    /// Nobody who may not.
    #[error("no key of a role that may not buy")]
    NoOther,
    /// Nobody of the role that a requirement is about.
    #[error("no key of role {0}")]
    NoKeyOf(String),
    /// Nobody of the role that an order is to be sent by.
    #[error("no key of role {0} was given")]
    NoSender(String),
    /// Whose order it is, and nobody else.
    #[error("no key of a second profile")]
    NoStranger,
    /// The ids of packages are known to nobody.
    #[error("the server's catalog is not known; an accounts file may tell it")]
    NoCatalog,
    /// No package, product or operator of the kind that is needed.
    #[error("the catalog has nothing to plan it with")]
    NothingToBuy,
    /// What an order costs can't be said before.
    #[error("the packages' prices are not known")]
    NoPrices,
    /// A wallet that is short of nothing.
    #[error("an order of nothing is never short")]
    NeverShort,
    /// No fixed account of a role can pay so much any more.
    #[error("no {0} account has enough left in its wallet{needed}", needed = needed(*.1))]
    Spent(String, Option<Pesewas>),
    /// No choice of packages costs what a fixed account has.
    #[error("no {0} account has a balance that an order of this catalog meets{wanted}", wanted = wanted(.1))]
    Unmet(String, Wanted),
    /// What a fixed account has is not known.
    #[error("the balance of the {0} account is not known")]
    NoBalance(String),
    /// Every fixed account is too rich or too poor for a race.
    #[error("no buying account whose known balance pays for only a few orders{wanted}", wanted = wanted(.0))]
    NoSmallWallet(Wanted),
    /// Recipients can't be made to fail.
    #[error(
        "no provider state makes a recipient fail, and no `failing_recipient` is named in an accounts file"
    )]
    NoFailure,
    /// A case of the probe tier would be an order that may be accepted.
    #[error("the probe tier sends only what a conforming server refuses")]
    ProbeOnlyRefused,
    /// A case that is about created orders.
    #[error("the probe tier creates no order")]
    ProbeBuysNothing,
    /// An ambiguity in a smoke test.
    #[error("the smoke tier leaves open questions open")]
    SmokeAsksNothing,
    /// A check that was just laid out.
    #[error("no case is planned for it yet")]
    NotWritten,
}

impl WhyNot {
    /// Whether another reason says the same of a smaller sum: whoever has that, has a case.
    #[must_use]
    pub fn outdone_by(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Spent(role, Some(more)), Self::Spent(same, Some(less))) => role == same && less < more,
            _ => false,
        }
    }
}

fn needed(sum: Option<Pesewas>) -> String {
    sum.map(|it| format!(": {it} GHS would do")).unwrap_or_default()
}

fn wanted(wanted: &Wanted) -> String {
    match wanted {
        Some((least, most)) if least == most => format!(": one that holds {least} GHS would do"),
        Some((least, most)) => format!(": one that holds {least} to {most} GHS would do"),
        None => String::new(),
    }
}
