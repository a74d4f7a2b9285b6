//! What the contract leaves open, as switches: each makes a server that is different and just as right.

use std::fmt;
use std::str::FromStr;

use spec::{Meaning, OperationId};

use crate::json::Spelling;
use crate::rules::freedoms::{Check, Duplicates, Freedoms};

/// Declares the freedoms with their names and what they do.
macro_rules! freedoms {
    ($($variant:ident $name:literal $text:literal,)*) => {
        /// A legal alternative to what the sandbox does by default.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Freedom { $(#[doc = $text] $variant,)* }

        impl Freedom {
            /// Every freedom.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name on the command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What the server then does, in one line.
            #[must_use]
            pub const fn describe(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

freedoms! {
    CountFirst "count-first" "the item count is judged before the role and before the rest of the body",
    WalletFirst "wallet-first" "the wallet is judged before the recipients, and the role last",
    ExtraFields "extra-fields" "every object in an answer has fields that the contract does not know",
    Latency "latency" "answers take up to three milliseconds longer",
    LaterRevision "later-revision" "the summary has status and the balances before and after",
    IntegerMoney "integer-money" "numbers are spelt otherwise: 38.00 for 38, 37.50 for 37.5, 3.0 for 3",
    AlphanumericReferences "alphanumeric-references" "short references have letters",
    Throttle "throttle" "every ninth request of an account gets 429 and Retry-After",
    NoCompanions "no-companions" "only the purchase exists",
    RefuseDuplicates "refuse-duplicates" "a number that stands twice in an order is an invalid request",
    ConflictDuplicates "conflict-duplicates" "a number that stands twice in an order is a conflict",
    RefuseExtraProperties "refuse-extra-properties" "unknown properties of a request are refused",
    StrictMediaType "strict-media-type" "only application/json is taken",
    ItemsAbsentIsCount "items-absent-is-count" "items that are absent or no list count as none",
    StrictMsisdn "strict-msisdn" "only numbers in international form are taken",
    Hold "hold" "money is held at creation and leaves the wallet as recipients complete",
    RefundFailed "refund-failed" "failed recipients are paid back",
    UppercaseStates "uppercase-states" "states are written in capitals",
    ReusedReferences "reused-references" "short references repeat",
    NoRetry "no-retry" "recipients can't be retried",
    NoRecipients "no-recipients" "orders don't show their recipients",
}

impl Freedom {
    /// Whether two freedoms can't be taken together.
    #[must_use]
    pub fn excludes(self, other: Self) -> bool {
        let pairs = [
            (Self::CountFirst, Self::WalletFirst),
            (Self::RefuseDuplicates, Self::ConflictDuplicates),
            (Self::AlphanumericReferences, Self::ReusedReferences),
        ];
        pairs.contains(&(self, other)) || pairs.contains(&(other, self))
    }

    /// Turns the switches of this freedom.
    pub(crate) fn apply(self, to: &mut Freedoms) {
        let Freedoms { service, checks, wallet, shown } = to;
        match self {
            Self::CountFirst => {
                checks.order = vec![Check::Count, Check::Role, Check::Body, Check::Recipients]
            }
            Self::WalletFirst => {
                checks.order =
                    vec![Check::Body, Check::Count, Check::Balance, Check::Recipients, Check::Role];
            }
            Self::ExtraFields => shown.extra_fields = true,
            Self::Latency => service.latency = true,
            Self::LaterRevision => shown.later_revision = true,
            Self::IntegerMoney => shown.spelling = Spelling::Decimal,
            Self::AlphanumericReferences => shown.reference = |_, number| crate::ids::alphanumeric(number),
            Self::Throttle => service.throttle = Some(9),
            Self::NoCompanions => {
                service.absent.extend(OperationId::ALL.into_iter().filter(|id| *id != OperationId::BuyBulk));
            }
            Self::RefuseDuplicates => checks.duplicates = Duplicates::Invalid,
            Self::ConflictDuplicates => checks.duplicates = Duplicates::Conflict,
            Self::RefuseExtraProperties => checks.refuse_extra_properties = true,
            Self::StrictMediaType => checks.strict_media_type = true,
            Self::ItemsAbsentIsCount => checks.items_absent = Meaning::Count,
            Self::StrictMsisdn => checks.msisdn = crate::msisdn::canonical_only,
            Self::Hold => wallet.hold = true,
            Self::RefundFailed => wallet.refund_failed = true,
            Self::UppercaseStates => shown.state_name = |state| state.name().to_ascii_uppercase(),
            Self::ReusedReferences => shown.reference = |_, number| crate::ids::digits(number % 7),
            Self::NoRetry => service.absent.extend([OperationId::Retry]),
            Self::NoRecipients => shown.recipients = false,
        }
    }
}

impl fmt::Display for Freedom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is not a freedom's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown freedom `{0}`; --list-freedoms shows them")]
pub struct UnknownFreedom(String);

impl FromStr for Freedom {
    type Err = UnknownFreedom;

    fn from_str(name: &str) -> Result<Self, UnknownFreedom> {
        Self::ALL.iter().copied().find(|it| it.name() == name).ok_or_else(|| UnknownFreedom(name.to_owned()))
    }
}
