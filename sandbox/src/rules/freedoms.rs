//! Switches of what the contract leaves open, each in the position that the sandbox takes unless told otherwise.

use std::collections::BTreeSet;

use spec::contract::Msisdn;
use spec::{Meaning, OperationId};

use crate::json::Spelling;
use crate::progress::State;
use crate::purchase::Reference;

/// One check of a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// The role may buy.
    Role,
    /// The body is an order.
    Body,
    /// The number of items is in range.
    Count,
    /// Operator, product and every recipient can be bought for.
    Recipients,
    /// The wallet can pay, before the debit itself finds out.
    Balance,
}

/// What becomes of an order with the same number twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duplicates {
    /// It is bought for twice.
    Taken,
    /// It is an invalid request.
    Invalid,
    /// It is a conflict.
    Conflict,
}

/// Every switch, by what it is about.
pub(crate) struct Freedoms {
    /// Which requests are served at all, and when.
    pub(crate) service: Service,
    /// What makes an order invalid, and which check comes first.
    pub(crate) checks: Checks,
    /// When money moves.
    pub(crate) wallet: Wallet,
    /// What answers look like.
    pub(crate) shown: Shown,
}

/// Which requests are served at all, and when.
pub(crate) struct Service {
    /// Operations that this server does not have.
    pub(crate) absent: BTreeSet<OperationId>,
    /// Whether answers take a few milliseconds longer.
    pub(crate) latency: bool,
    /// Every so-many-th request of an account is told to come back.
    pub(crate) throttle: Option<u64>,
}

/// What makes an order invalid, and which check comes first.
pub(crate) struct Checks {
    /// The checks in their order; a purchase is refused by the first that it fails.
    pub(crate) order: Vec<Check>,
    /// What becomes of a number that stands twice.
    pub(crate) duplicates: Duplicates,
    /// Whether properties that the contract does not know are refused.
    pub(crate) refuse_extra_properties: bool,
    /// Whether only `application/json` is taken.
    pub(crate) strict_media_type: bool,
    /// What an order is refused as whose items are absent or no list.
    pub(crate) items_absent: Meaning,
    /// The international form of a recipient's number, if it is one that can be reached.
    pub(crate) msisdn: fn(&Msisdn, &str) -> Option<String>,
}

/// When money moves.
pub(crate) struct Wallet {
    /// Whether money is held at creation and leaves as recipients complete.
    pub(crate) hold: bool,
    /// Whether failed recipients are paid back.
    pub(crate) refund_failed: bool,
}

/// What answers look like.
pub(crate) struct Shown {
    /// How numbers are spelt.
    pub(crate) spelling: Spelling,
    /// Whether objects have fields that the contract does not know.
    pub(crate) extra_fields: bool,
    /// Whether the summary has the fields of the later revision.
    pub(crate) later_revision: bool,
    /// Whether an order shows its recipients.
    pub(crate) recipients: bool,
    /// How states are written.
    pub(crate) state_name: fn(State) -> String,
    /// How orders are called for short.
    pub(crate) reference: Reference,
}

impl Default for Freedoms {
    fn default() -> Self {
        Self {
            service: Service { absent: BTreeSet::new(), latency: false, throttle: None },
            checks: Checks {
                order: vec![Check::Role, Check::Body, Check::Count, Check::Recipients],
                duplicates: Duplicates::Taken,
                refuse_extra_properties: false,
                strict_media_type: false,
                items_absent: Meaning::Invalid,
                msisdn: crate::msisdn::normalise,
            },
            wallet: Wallet { hold: false, refund_failed: false },
            shown: Shown {
                spelling: Spelling::Shortest,
                extra_fields: false,
                later_revision: false,
                recipients: true,
                state_name: |state| state.name().to_owned(),
                reference: |_, number| crate::ids::digits(number),
            },
        }
    }
}
