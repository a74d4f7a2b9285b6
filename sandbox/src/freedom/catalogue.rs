//! Every freedom as one record: its name, its exclusive switches, a description, and how it changes the rules.

use spec::{Meaning, OperationId};

use crate::http::wire::Interim;
use crate::ids;
use crate::json::Spelling;
use crate::msisdn;
use crate::progress::State;
use crate::rules::freedoms::{
    Check, CodeSpelling, Duplicates, Freedoms, LastCursor, ProfileBalances, Recipients, Repeated, Unread,
};
use crate::store::orders::Direction;

/// A switch that has one position at a time: freedoms that set the same switch exclude each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Switch {
    /// The order of checks.
    Order,
    /// How a repeated number is treated.
    Duplicates,
    /// Which numbers are accepted.
    Numbers,
    /// Which of several fields with the same name is used.
    Repeated,
    /// The code for a body that can't be read.
    UnreadCode,
    /// The spelling of codes.
    CodeSpelling,
    /// The spelling of amounts.
    MoneySpelling,
    /// The form of short references.
    References,
    /// How recipients are shown.
    Recipients,
    /// How recipients' numbers are shown.
    NumbersShown,
    /// The names of the profile's balances.
    ProfileBalances,
    /// The cursor of the last page.
    LastCursor,
    /// The interim response before a response.
    Interim,
    /// The media type of responses.
    MediaType,
}

/// Declares the freedoms: variant, name, switches, description, and the change of the rules.
macro_rules! freedoms {
    ($($variant:ident $name:literal [$($switch:ident)*] $text:literal $turn:expr;)*) => {
        /// A legal alternative to the sandbox's default behaviour.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Freedom { $(#[doc = $text] $variant,)* }

        impl Freedom {
            /// Every freedom.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the name on the command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Returns a one-line description of the server's behaviour.
            #[must_use]
            pub const fn describe(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Returns the switches that this freedom shares with others.
            pub(super) const fn switches(self) -> &'static [Switch] {
                match self { $(Self::$variant => &[$(Switch::$switch,)*],)* }
            }

            /// Sets the switches.
            pub(crate) fn apply(self, to: &mut Freedoms) {
                let turn: fn(&mut Freedoms) = match self { $(Self::$variant => $turn,)* };
                turn(to);
            }
        }
    };
}

freedoms! {
    // Which requests are served, and when.
    Latency "latency" [] "answers take up to three milliseconds longer"
        |to| to.service.latency = true;
    Throttle "throttle" [] "every ninth request of an account gets 429 and Retry-After"
        |to| to.service.throttle = Some(9);
    NoCompanions "no-companions" [] "only the purchase exists"
        |to| to.service.absent.extend(OperationId::ALL.into_iter().filter(|id| *id != OperationId::BuyBulk));
    NoRetry "no-retry" [] "recipients can't be retried"
        |to| to.service.absent.extend([OperationId::Retry]);
    WrongMethodNotFound "wrong-method-not-found" [] "a method that a path does not take gets 404"
        |to| to.service.wrong_method_not_found = true;
    CleanPaths "clean-paths" [] "a path with an encoded slash is answered with a redirect to the path that it spells"
        |to| to.service.clean_paths = true;
    StrictAccept "strict-accept" [] "a request that accepts no JSON gets 406"
        |to| to.service.strict_accept = true;
    LengthRequired "length-required" [] "an order without Content-Length gets 411"
        |to| to.service.length_required = true;

    // How a body is read.
    StrictMediaType "strict-media-type" [] "only application/json is taken, all else gets 415"
        |to| to.reading.strict_media_type = true;
    ByteOrderMark "byte-order-mark" [] "a byte order mark before the body is skipped"
        |to| to.reading.byte_order_mark = true;
    OtherEncodings "other-encodings" [] "bodies in UTF-16 and UTF-32 are read"
        |to| to.reading.other_encodings = true;
    BrokenTextReplaced "broken-text-replaced" [] "bytes of a body that are no UTF-8 are read as U+FFFD"
        |to| to.reading.replace_broken_text = true;
    FirstOfRepeated "first-of-repeated" [Repeated] "of fields with the same name the first counts"
        |to| to.reading.repeated = Repeated::First;
    RefuseRepeated "refuse-repeated" [Repeated] "a body with two fields of the same name is no JSON"
        |to| to.reading.repeated = Repeated::Refused;
    NotANumberTaken "not-a-number-taken" [] "NaN and Infinity are read as JSON"
        |to| to.reading.not_a_number = true;
    NamesInAnyCase "names-in-any-case" [] "fields are found in any letter case"
        |to| to.reading.names_in_any_case = true;
    IndexKeysAsList "index-keys-as-list" [] "items in an object with the names 0, 1 and so on are taken for a list"
        |to| to.reading.index_keys_as_list = true;
    NumbersAsTexts "numbers-as-texts" [] "a number is taken for the text that it spells"
        |to| to.reading.numbers_as_texts = true;
    ListsOfOneUnwrapped "lists-of-one-unwrapped" [] "an id or a number in a list of one is taken out of it"
        |to| to.reading.unwrap_lists_of_one = true;
    BlanksTrimmed "blanks-trimmed" [] "blanks around ids and numbers are dropped"
        |to| to.reading.trim_blanks = true;

    // What makes an order invalid, and in which order the checks are made.
    CountFirst "count-first" [Order] "the item count is judged before the role and before the rest of the body"
        |to| to.checks.order = vec![Check::Count, Check::Role, Check::Body, Check::Recipients];
    WalletFirst "wallet-first" [Order] "the wallet is judged before the recipients, and the role last"
        |to| to.checks.order = vec![Check::Body, Check::Count, Check::Balance, Check::Recipients, Check::Role];
    RefuseDuplicates "refuse-duplicates" [Duplicates] "a number that stands twice in an order is an invalid request"
        |to| to.checks.duplicates = Duplicates::Invalid;
    ConflictDuplicates "conflict-duplicates" [Duplicates] "a number that stands twice in an order is a conflict"
        |to| to.checks.duplicates = Duplicates::Conflict;
    RefuseExtraProperties "refuse-extra-properties" [] "unknown properties of a request are refused"
        |to| to.checks.refuse_extra_properties = true;
    ItemsAbsentIsCount "items-absent-is-count" [] "items that are absent or no list count as none"
        |to| to.checks.items_absent = Meaning::Count;
    StrictMsisdn "strict-msisdn" [Numbers] "only numbers in international form are taken"
        |to| to.checks.msisdn = msisdn::canonical_only;
    ForeignNumbers "foreign-numbers" [Numbers] "well-formed numbers of other countries are taken"
        |to| to.checks.msisdn = msisdn::any_country;
    OwnNetworks "own-networks" [Numbers] "only numbers of the networks 24, 54 and 55 are taken"
        |to| to.checks.msisdn = msisdn::of_own_networks;
    NumberLookup "number-lookup" [Numbers] "one number in sixteen is looked up in vain, and refused"
        |to| to.checks.msisdn = msisdn::looked_up;

    // When money moves.
    Hold "hold" [] "money is held at creation and leaves the wallet as recipients complete"
        |to| to.wallet.hold = true;
    HoldForGood "hold-for-good" [] "money is held at creation and stays held after the end of an order"
        |to| {
            to.wallet.hold = true;
            to.wallet.hold_for_good = true;
        };
    RefundFailed "refund-failed" [] "failed recipients are paid back"
        |to| to.wallet.refund_failed = true;
    SomeFail "some-fail" [] "one recipient in five fails some time after the order, and is paid back"
        |to| {
            to.wallet.some_fail = true;
            to.wallet.refund_failed = true;
        };

    // The codes of refusals; the code of 401 is named by the pages.
    ForbiddenCode "forbidden-code" [] "403 has the code FORBIDDEN"
        |to| to.codes.forbidden = true;
    NotFoundCode "not-found-code" [] "404 has the code NOT_FOUND, whatever was not found"
        |to| to.codes.not_found = true;
    CodesByCause "codes-by-cause" [] "402, 422 and a validation that failed have a code each"
        |to| to.codes.by_cause = true;
    UnreadAsRefused "unread-as-refused" [UnreadCode] "a body that is no JSON has the code of an order refused"
        |to| to.codes.unread = Unread::Refused;
    UnreadAsBadRequest "unread-as-bad-request" [UnreadCode] "a body that is no JSON has the code BAD_REQUEST"
        |to| to.codes.unread = Unread::Word("BAD_REQUEST");
    UnreadAsParseError "unread-as-parse-error" [UnreadCode] "a body that is no JSON has the code PARSE_ERROR"
        |to| to.codes.unread = Unread::Word("PARSE_ERROR");
    CodesInSmallLetters "codes-in-small-letters" [CodeSpelling] "codes are written like order_not_found"
        |to| to.codes.spelling = CodeSpelling::Small;
    CodesWithDots "codes-with-dots" [CodeSpelling] "codes are written like order.not.found"
        |to| to.codes.spelling = CodeSpelling::Dotted;

    // What responses look like.
    ExtraFields "extra-fields" [] "every object in an answer has fields that the contract does not know"
        |to| to.shown.extra_fields = true;
    LaterRevision "later-revision" [] "the summary has status and the balances before and after"
        |to| to.shown.later_revision = true;
    IntegerMoney "integer-money" [MoneySpelling]
        "numbers are spelt otherwise: 38.00 for 38, 37.50 for 37.5, 3.0 for 3"
        |to| to.shown.spelling = Spelling::Decimal;
    AlphanumericReferences "alphanumeric-references" [References] "short references have letters"
        |to| to.shown.reference = |_, number| ids::alphanumeric(number);
    ReusedReferences "reused-references" [References] "one short reference in a thousand is that of the order before"
        |to| to.shown.reference = |_, number| ids::digits(if number % 1000 == 20 { number - 1 } else { number });
    UppercaseStates "uppercase-states" [] "states are written in capitals"
        |to| to.shown.state_name = |state| state.name().to_ascii_uppercase();
    FloatMoney "float-money" [MoneySpelling] "amounts are written as floats are: 38.0 for 38, 37.5 for 37.5"
        |to| to.shown.spelling = Spelling::Float;
    BareAnswers "bare-answers" [] "answers have no field that the document does not require"
        |to| to.shown.bare = true;
    UnreachedAbsent "unreached-absent" [] "fields of an order that have no value yet are left out, rather than null"
        |to| to.shown.unreached_absent = true;
    NoRecipients "no-recipients" [Recipients] "orders don't show their recipients"
        |to| to.shown.recipients = Recipients::Hidden;
    RecipientsWithoutIndex "recipients-without-index" [Recipients] "recipients have no position"
        |to| to.shown.recipients = Recipients::WithoutIndex;
    RecipientsAsItems "recipients-as-items" [Recipients] "recipients are called items, their numbers msisdn"
        |to| to.shown.recipients = Recipients::Items;
    RecipientsAsBeneficiaries "recipients-as-beneficiaries" [Recipients]
        "recipients are called beneficiaries, their numbers phone"
        |to| to.shown.recipients = Recipients::Beneficiaries;
    RecipientsInOtherWords "recipients-in-other-words" [] "the states of recipients are queued, sent, ok and error"
        |to| {
            to.shown.recipient_state = Some(|state| match state {
                State::Pending => "queued",
                State::Processing => "sent",
                State::Completed => "ok",
                State::Failed | State::Reversed => "error",
            });
        };
    RecipientsByNumber "recipients-by-number" [Recipients Duplicates]
        "recipients are an object with a field for each number, and a number can't stand twice in an order"
        |to| {
            to.shown.recipients = Recipients::ByNumber;
            to.checks.duplicates = Duplicates::Invalid;
        };
    RecipientsNested "recipients-nested" [Recipients] "recipients are called bulkRecipients, inside of bulk"
        |to| to.shown.recipients = Recipients::Nested;
    NationalNumbersShown "national-numbers-shown" [NumbersShown] "orders show numbers with a zero in place of the country"
        |to| to.shown.number = |rule, number, _| msisdn::national(rule, number);
    PlusNumbersShown "plus-numbers-shown" [NumbersShown] "orders show numbers with a plus"
        |to| to.shown.number = |_, number, _| format!("+{number}");
    SentNumbersShown "sent-numbers-shown" [NumbersShown] "orders show numbers as they were sent"
        |to| to.shown.number = |_, _, sent| sent.to_owned();
    ProfileCached "profile-cached" [] "the profile shows its balances as they were up to half a second ago"
        |to| to.shown.profile_cached = true;
    ProfileWalletNames "profile-wallet-names" [ProfileBalances] "the profile's balances are called walletAvailableBalance and so on"
        |to| to.shown.profile_balances = ProfileBalances::WalletNamed;
    ProfileOneBalance "profile-one-balance" [ProfileBalances] "the profile has the spendable balance alone, called balance"
        |to| to.shown.profile_balances = ProfileBalances::One;
    ProfileWalletNested "profile-wallet-nested" [ProfileBalances] "the profile's balances stand in an object called wallet"
        |to| to.shown.profile_balances = ProfileBalances::Nested;
    ListOldestFirst "list-oldest-first" [] "the list of orders starts with the oldest"
        |to| to.shown.list_direction = Direction::OldestFirst;
    ListByPosition "list-by-position" [] "a cursor is a position in the list, so that an order made between two pages moves the second"
        |to| to.shown.list_by_position = true;
    ListEndsEmpty "list-ends-empty" [] "a full page says that more follows, so that the last page may be empty"
        |to| to.shown.list_looks_ahead = false;
    LastCursorNull "last-cursor-null" [LastCursor] "the cursor of the last page is null"
        |to| to.shown.last_cursor = LastCursor::Null;
    LastCursorAbsent "last-cursor-absent" [LastCursor] "the last page has no cursor"
        |to| to.shown.last_cursor = LastCursor::Absent;
    LastCursorGiven "last-cursor-given" [LastCursor] "the last page has a cursor too, which leads to an empty page"
        |to| to.shown.last_cursor = LastCursor::Given;
    CursorSigns "cursor-signs" [] "cursors have signs that a query must escape"
        |to| to.shown.cursor_signs = true;

    // How responses are transmitted.
    EarlyHints "early-hints" [Interim] "103 comes ahead of each answer"
        |to| to.wire.head.interim = Some(Interim::EarlyHints);
    ContinueUnasked "continue-unasked" [Interim] "100 comes ahead of each answer, though nobody asked for it"
        |to| to.wire.head.interim = Some(Interim::Continue);
    HeaderCapitals "header-capitals" [] "names of headers are written like Content-Type"
        |to| to.wire.head.capitals = true;
    ChunkedAnswers "chunked-answers" [] "answers come in chunks, with Transfer-Encoding: Chunked"
        |to| to.wire.chunked = true;
    Gzip "gzip" [] "answers are in gzip for a client that accepts it"
        |to| to.wire.gzip = true;
    MediaTypeBare "media-type-bare" [MediaType] "answers are application/json, without parameters"
        |to| to.wire.media_type = "application/json";
    MediaTypeCapitals "media-type-capitals" [MediaType] "answers are Application/JSON;Charset=UTF-8"
        |to| to.wire.media_type = "Application/JSON;Charset=UTF-8";
    ConnectionClosed "connection-closed" [] "the connection is closed after each answer"
        |to| to.wire.close = true;
}
