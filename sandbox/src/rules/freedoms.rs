//! The switches for everything that the contract leaves open; `Default` is the position the sandbox takes unless told
//! otherwise.

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
    /// The operator, the product and every recipient are valid.
    Recipients,
    /// The balance is sufficient; this check comes before the debit, which refuses as well.
    Balance,
}

/// How an order with the same number twice is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duplicates {
    /// It is accepted, and both recipients are charged.
    Taken,
    /// It is refused as invalid.
    Invalid,
    /// It is refused as a conflict.
    Conflict,
}

/// Which of several fields with the same name in one object is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Repeated {
    /// The last one.
    #[default]
    Last,
    /// The first one.
    First,
    /// None: the body is refused as invalid JSON.
    Refused,
}

/// The error code for a body that can't be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Unread {
    /// The code that the contract names.
    #[default]
    Named,
    /// The code of an invalid order.
    Refused,
    /// Another word.
    Word(&'static str),
}

/// The spelling of error codes.
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
    /// It does not show them.
    Hidden,
    /// As a list, with the fields that the document describes.
    Indexed,
    /// As a list under the same name, without positions.
    WithoutIndex,
    /// As a list called `items`, with the numbers called `msisdn`.
    Items,
    /// As a list called `beneficiaries`, with the numbers called `phone`.
    Beneficiaries,
    /// As an object with one field per number.
    ByNumber,
    /// As a list inside another object.
    Nested,
}

/// How the profile names its balances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProfileBalances {
    /// As the wallet does.
    Named,
    /// With `wallet` in front of the wallet's names.
    WalletNamed,
    /// The available balance alone, called `balance`.
    One,
    /// In an object called `wallet`.
    Nested,
}

/// The cursor of the last page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LastCursor {
    /// An empty string.
    Empty,
    /// Null.
    Null,
    /// No cursor field.
    Absent,
    /// A cursor like any other, which leads to an empty page.
    Given,
}

/// All switches, grouped by subject.
#[derive(Default)]
pub(crate) struct Freedoms {
    /// Which requests are served, and when.
    pub(crate) service: Service,
    /// How a body is read.
    pub(crate) reading: Reading,
    /// What makes an order invalid, and in which order the checks are made.
    pub(crate) checks: Checks,
    /// When money moves.
    pub(crate) wallet: Wallet,
    /// Which codes refusals have.
    pub(crate) codes: Codes,
    /// What responses look like.
    pub(crate) shown: Shown,
    /// How responses are transmitted.
    pub(crate) wire: Wire,
}

/// Which requests are served, and when.
#[derive(Default)]
pub(crate) struct Service {
    /// The operations that this server does not have.
    pub(crate) absent: BTreeSet<OperationId>,
    /// Whether responses are delayed by a few milliseconds.
    pub(crate) latency: bool,
    /// The interval at which requests of an account are throttled: `Some(n)` means every n-th request.
    pub(crate) throttle: Option<u64>,
    /// Whether a wrong method is answered like an unknown path.
    pub(crate) wrong_method_not_found: bool,
    /// Whether a path with an encoded slash is redirected to the path that it spells.
    pub(crate) clean_paths: bool,
    /// Whether a request that does not accept JSON is refused.
    pub(crate) strict_accept: bool,
    /// Whether an order whose length is not given in advance (a chunked body) is refused.
    pub(crate) length_required: bool,
}

/// How a body is read.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reading {
    /// Whether `application/json` is the only media type accepted.
    pub(crate) strict_media_type: bool,
    /// Whether a byte order mark before UTF-8 is skipped.
    pub(crate) byte_order_mark: bool,
    /// Whether UTF-16 and UTF-32 are decoded.
    pub(crate) other_encodings: bool,
    /// Whether invalid UTF-8 is replaced by U+FFFD.
    pub(crate) replace_broken_text: bool,
    /// Which of several fields with the same name is used.
    pub(crate) repeated: Repeated,
    /// Whether `NaN` and the infinities are accepted as numbers.
    pub(crate) not_a_number: bool,
    /// Whether field names are matched case-insensitively.
    pub(crate) names_in_any_case: bool,
    /// Whether an object with the keys 0, 1 and so on is accepted as a list.
    pub(crate) index_keys_as_list: bool,
    /// Whether a number is accepted in place of the string that it spells.
    pub(crate) numbers_as_texts: bool,
    /// Whether a list of one string is accepted in place of the string.
    pub(crate) unwrap_lists_of_one: bool,
    /// Whether blanks around ids and numbers are removed.
    pub(crate) trim_blanks: bool,
}

impl Reading {
    /// Returns true if any value is accepted that does not have exactly the documented form.
    pub(crate) const fn coerces(&self) -> bool {
        self.names_in_any_case
            || self.index_keys_as_list
            || self.numbers_as_texts
            || self.unwrap_lists_of_one
            || self.trim_blanks
    }
}

/// What makes an order invalid, and in which order the checks are made.
pub(crate) struct Checks {
    /// The checks in order; a purchase is refused by the first one that it fails.
    pub(crate) order: Vec<Check>,
    /// How an order with a repeated number is treated.
    pub(crate) duplicates: Duplicates,
    /// Whether properties that the contract does not define are refused.
    pub(crate) refuse_extra_properties: bool,
    /// The meaning of the refusal if `items` is absent or not a list.
    pub(crate) items_absent: Meaning,
    /// Returns the international form of a recipient's number, or `None` if it is not a number that can be reached.
    pub(crate) msisdn: fn(&Msisdn, &str) -> Option<String>,
}

/// When money moves.
#[derive(Default)]
pub(crate) struct Wallet {
    /// Whether money is held at creation and debited as recipients complete.
    pub(crate) hold: bool,
    /// Whether what is held stays held after the end of an order.
    pub(crate) hold_for_good: bool,
    /// Whether failed recipients are refunded.
    pub(crate) refund_failed: bool,
    /// Whether some recipients fail without a request to do so.
    pub(crate) some_fail: bool,
}

/// Which codes refusals have, beyond those that the pages name.
#[derive(Default)]
pub(crate) struct Codes {
    /// Whether a role that may not buy gets a code of its own.
    pub(crate) forbidden: bool,
    /// Whether all objects that are not found get the same code.
    pub(crate) not_found: bool,
    /// Whether a low balance, a wrong count and a failed validation each get a code of their own.
    pub(crate) by_cause: bool,
    /// The code for a body that can't be read.
    pub(crate) unread: Unread,
    /// The spelling of codes.
    pub(crate) spelling: CodeSpelling,
}

/// What responses look like.
pub(crate) struct Shown {
    /// The spelling of numbers.
    pub(crate) spelling: Spelling,
    /// Whether objects have fields that the contract does not define.
    pub(crate) extra_fields: bool,
    /// Whether the summary has the fields of the later revision.
    pub(crate) later_revision: bool,
    /// Whether only required fields are shown.
    pub(crate) bare: bool,
    /// Whether fields of an order that have no value yet are left out instead of being null.
    pub(crate) unreached_absent: bool,
    /// How an order shows its recipients.
    pub(crate) recipients: Recipients,
    /// Formats a recipient's number, given its international form and the form that was sent.
    pub(crate) number: fn(&Msisdn, &str, &str) -> String,
    /// How the profile names its balances.
    pub(crate) profile_balances: ProfileBalances,
    /// Whether the profile shows balances from a cache.
    pub(crate) profile_cached: bool,
    /// The direction of the order list.
    pub(crate) list_direction: Direction,
    /// Whether a cursor is a position in the list, so that a new order moves all that follow it.
    pub(crate) list_by_position: bool,
    /// Whether a page knows that nothing follows it; otherwise every full page claims that more follows.
    pub(crate) list_looks_ahead: bool,
    /// The cursor of the last page.
    pub(crate) last_cursor: LastCursor,
    /// Whether cursors end in signs that a query must escape.
    pub(crate) cursor_signs: bool,
    /// Formats a state.
    pub(crate) state_name: fn(State) -> String,
    /// Returns the name of a recipient's state, if it differs from the name of an order's state.
    pub(crate) recipient_state: Option<fn(State) -> &'static str>,
    /// Generates the short reference of an order.
    pub(crate) reference: Reference,
}

/// How responses are transmitted.
pub(crate) struct Wire {
    /// The spelling of response heads.
    pub(crate) head: HeadStyle,
    /// The media type of responses.
    pub(crate) media_type: &'static str,
    /// Whether bodies are sent in chunks, with the name of the coding in capitals.
    pub(crate) chunked: bool,
    /// Whether bodies are compressed with gzip for clients that accept it.
    pub(crate) gzip: bool,
    /// Whether the connection is closed after each response.
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
            profile_cached: false,
            list_direction: Direction::NewestFirst,
            list_by_position: false,
            list_looks_ahead: true,
            last_cursor: LastCursor::Empty,
            cursor_signs: false,
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
