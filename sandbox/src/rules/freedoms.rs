//! Switches of what the contract leaves open, each in the position that the sandbox takes unless told otherwise.

use std::collections::BTreeSet;

use spec::contract::Msisdn;
use spec::{Meaning, OperationId};

use crate::http::wire::HeadStyle;
use crate::json::Spelling;
use crate::progress::State;
use crate::purchase::Reference;
use crate::store::orders::Direction;

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

/// Which of several fields of the same name in one object counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Repeated {
    /// The last.
    #[default]
    Last,
    /// The first.
    First,
    /// None: the body is no JSON.
    Refused,
}

/// The code for a body that can't be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Unread {
    /// The one that the contract names.
    #[default]
    Named,
    /// That of an order that is refused.
    Refused,
    /// A word of its own.
    Word(&'static str),
}

/// How codes are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum CodeSpelling {
    /// `ORDER_NOT_FOUND`.
    #[default]
    Capitals,
    /// `order_not_found`.
    Small,
    /// `order.not.found`.
    Dotted,
}

/// How an order shows its recipients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recipients {
    /// Not at all.
    Hidden,
    /// A list, with the fields that the document describes.
    Indexed,
    /// A list under the same name, without positions.
    WithoutIndex,
    /// A list called `items`, numbers called `msisdn`.
    Items,
    /// A list called `beneficiaries`, numbers called `phone`.
    Beneficiaries,
    /// An object with a field for each number.
    ByNumber,
    /// A list inside of another object.
    Nested,
}

/// How the profile calls its balances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProfileBalances {
    /// As the wallet does.
    Named,
    /// With `wallet` before the wallet's names.
    WalletNamed,
    /// The spendable one alone, called `balance`.
    One,
    /// In an object called `wallet`.
    Nested,
}

/// The cursor of the last page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LastCursor {
    /// An empty text.
    Empty,
    /// Null.
    Null,
    /// None.
    Absent,
    /// One like any other, which leads to an empty page.
    Given,
}

/// Every switch, by what it is about.
#[derive(Default)]
pub(crate) struct Freedoms {
    /// Which requests are served at all, and when.
    pub(crate) service: Service,
    /// How a body is read.
    pub(crate) reading: Reading,
    /// What makes an order invalid, and which check comes first.
    pub(crate) checks: Checks,
    /// When money moves.
    pub(crate) wallet: Wallet,
    /// Which codes refusals have.
    pub(crate) codes: Codes,
    /// What answers look like.
    pub(crate) shown: Shown,
    /// How answers travel.
    pub(crate) wire: Wire,
}

/// Which requests are served at all, and when.
#[derive(Default)]
pub(crate) struct Service {
    /// Operations that this server does not have.
    pub(crate) absent: BTreeSet<OperationId>,
    /// Whether answers take a few milliseconds longer.
    pub(crate) latency: bool,
    /// Every so-many-th request of an account is told to come back.
    pub(crate) throttle: Option<u64>,
    /// Whether a method that a path does not take is answered like a path that is not there.
    pub(crate) wrong_method_not_found: bool,
    /// Whether a request is refused that accepts no JSON.
    pub(crate) strict_accept: bool,
    /// Whether an order is refused whose length is not told.
    pub(crate) length_required: bool,
}

/// How a body is read.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reading {
    /// Whether only `application/json` is taken.
    pub(crate) strict_media_type: bool,
    /// Whether a byte order mark before UTF-8 is skipped.
    pub(crate) byte_order_mark: bool,
    /// Whether UTF-16 and UTF-32 are read.
    pub(crate) other_encodings: bool,
    /// Whether bytes that are no text are replaced by U+FFFD.
    pub(crate) replace_broken_text: bool,
    /// Which of several fields of the same name counts.
    pub(crate) repeated: Repeated,
    /// Whether `NaN` and the infinities are taken for numbers.
    pub(crate) not_a_number: bool,
    /// Whether names of fields are matched without regard to letter case.
    pub(crate) names_in_any_case: bool,
    /// Whether an object with the names 0, 1 and so on is taken for a list.
    pub(crate) index_keys_as_list: bool,
    /// Whether a number is taken for the text that it spells.
    pub(crate) numbers_as_texts: bool,
    /// Whether a list of one text is taken for the text.
    pub(crate) unwrap_lists_of_one: bool,
    /// Whether blanks around ids and numbers are dropped.
    pub(crate) trim_blanks: bool,
}

impl Reading {
    /// Whether a value is taken for what it is not quite.
    pub(crate) const fn coerces(&self) -> bool {
        self.names_in_any_case
            || self.index_keys_as_list
            || self.numbers_as_texts
            || self.unwrap_lists_of_one
            || self.trim_blanks
    }
}

/// What makes an order invalid, and which check comes first.
pub(crate) struct Checks {
    /// The checks in their order; a purchase is refused by the first that it fails.
    pub(crate) order: Vec<Check>,
    /// What becomes of a number that stands twice.
    pub(crate) duplicates: Duplicates,
    /// Whether properties that the contract does not know are refused.
    pub(crate) refuse_extra_properties: bool,
    /// What an order is refused as whose items are absent or no list.
    pub(crate) items_absent: Meaning,
    /// The international form of a recipient's number, if it is one that can be reached.
    pub(crate) msisdn: fn(&Msisdn, &str) -> Option<String>,
}

/// When money moves.
#[derive(Default)]
pub(crate) struct Wallet {
    /// Whether money is held at creation and leaves as recipients complete.
    pub(crate) hold: bool,
    /// Whether failed recipients are paid back.
    pub(crate) refund_failed: bool,
    /// Whether some recipients fail though nobody asked for it.
    pub(crate) some_fail: bool,
}

/// Which codes refusals have, beyond those that the pages name.
#[derive(Default)]
pub(crate) struct Codes {
    /// Whether a role that may not buy has a code of its own.
    pub(crate) forbidden: bool,
    /// Whether all that was not found has the same code.
    pub(crate) not_found: bool,
    /// Whether a short wallet, a wrong count and a validation that failed have a code each.
    pub(crate) by_cause: bool,
    /// The code for a body that can't be read.
    pub(crate) unread: Unread,
    /// How codes are written.
    pub(crate) spelling: CodeSpelling,
}

/// What answers look like.
pub(crate) struct Shown {
    /// How numbers are spelt.
    pub(crate) spelling: Spelling,
    /// Whether objects have fields that the contract does not know.
    pub(crate) extra_fields: bool,
    /// Whether the summary has the fields of the later revision.
    pub(crate) later_revision: bool,
    /// Whether only what the document requires is shown.
    pub(crate) bare: bool,
    /// Whether fields of an order that have no value yet are left out, rather than null.
    pub(crate) unreached_absent: bool,
    /// How an order shows its recipients.
    pub(crate) recipients: Recipients,
    /// How a recipient's number is shown, given its international form and how it was sent.
    pub(crate) number: fn(&Msisdn, &str, &str) -> String,
    /// How the profile calls its balances.
    pub(crate) profile_balances: ProfileBalances,
    /// Which way the list of orders runs.
    pub(crate) list_direction: Direction,
    /// Whether a page knows that nothing follows; else a full page says that more does.
    pub(crate) list_looks_ahead: bool,
    /// The cursor of the last page.
    pub(crate) last_cursor: LastCursor,
    /// How states are written.
    pub(crate) state_name: fn(State) -> String,
    /// What the states of recipients are called, where it is not what those of orders are.
    pub(crate) recipient_state: Option<fn(State) -> &'static str>,
    /// How orders are called for short.
    pub(crate) reference: Reference,
}

/// How answers travel.
pub(crate) struct Wire {
    /// How heads are written.
    pub(crate) head: HeadStyle,
    /// The media type of answers.
    pub(crate) media_type: &'static str,
    /// Whether bodies are sent in chunks, with the coding's name in capitals.
    pub(crate) chunked: bool,
    /// Whether bodies are sent in gzip to clients that take it.
    pub(crate) gzip: bool,
    /// Whether the connection is closed after each answer.
    pub(crate) close: bool,
}

impl Default for Checks {
    fn default() -> Self {
        Self {
            order: vec![Check::Role, Check::Body, Check::Count, Check::Recipients],
            duplicates: Duplicates::Taken,
            refuse_extra_properties: false,
            items_absent: Meaning::Invalid,
            msisdn: crate::msisdn::normalise,
        }
    }
}

impl Default for Shown {
    fn default() -> Self {
        Self {
            spelling: Spelling::Shortest,
            extra_fields: false,
            later_revision: false,
            bare: false,
            unreached_absent: false,
            recipients: Recipients::Indexed,
            number: |_, number, _| number.to_owned(),
            profile_balances: ProfileBalances::Named,
            list_direction: Direction::NewestFirst,
            list_looks_ahead: true,
            last_cursor: LastCursor::Empty,
            state_name: |state| state.name().to_owned(),
            recipient_state: None,
            reference: |_, number| crate::ids::digits(number),
        }
    }
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            head: HeadStyle::default(),
            media_type: crate::answer::JSON,
            chunked: false,
            gzip: false,
            close: false,
        }
    }
}
