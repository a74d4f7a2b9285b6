//! What goes back: a status, headers and a body, and why a request was refused.

use axum::http::StatusCode;
use spec::{Contract, Meaning, OperationId};

use crate::json::{Json, Object};
use crate::store::StoreError;

/// The media type of answers, unless a server has another spelling of it.
pub(crate) const JSON: &str = "application/json; charset=utf-8";

/// A field of the order sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// The operator's id.
    Operator,
    /// The product's id.
    Product,
    /// The list of recipients.
    Items,
    /// An entry as a whole.
    Item(usize),
    /// The package's id in an entry.
    Package(usize),
    /// The recipient's number in an entry.
    Msisdn(usize),
    /// One that the contract does not have.
    Unknown,
}

/// Why a request is refused. Positions count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    NoRoute,
    WrongMethod,
    Throttled,
    RateLimited,
    Slow,
    NoRoom,
    Unavailable,
    MissingKey,
    UnknownKey,
    RevokedKey,
    Role,
    MediaType,
    NotAcceptable,
    LengthRequired,
    TooLarge,
    Json,
    Object,
    Field(Field),
    Count(usize),
    OperatorUnknown,
    ProductUnknown,
    ProductElsewhere,
    ProductUnavailable,
    PackageUnknown(usize),
    PackageElsewhere(usize),
    PackageInactive(usize),
    Msisdn(usize),
    Duplicate(usize),
    Balance,
    Query,
    NoOperator,
    NoPackage,
    NoOrder,
    NoRecipient,
    NotFailed,
    Internal,
}

impl Cause {
    /// What the contract calls it, where it has a name for it.
    pub(crate) const fn meaning(self) -> Option<Meaning> {
        Some(match self {
            Self::MissingKey | Self::UnknownKey | Self::RevokedKey => Meaning::Unauthorized,
            Self::Role => Meaning::Forbidden,
            Self::Count(_) => Meaning::Count,
            Self::Balance => Meaning::Insufficient,
            Self::NoOperator | Self::NoPackage | Self::NoOrder => Meaning::NotFound,
            Self::NotFailed => Meaning::Conflict,
            Self::NoRoute
            | Self::WrongMethod
            | Self::Throttled
            | Self::RateLimited
            | Self::Slow
            | Self::NoRoom
            | Self::Unavailable
            | Self::MediaType
            | Self::NotAcceptable
            | Self::LengthRequired
            | Self::TooLarge
            | Self::Internal => return None,
            _ => Meaning::Invalid,
        })
    }

    /// The status where the contract has none.
    const fn plain_status(self) -> StatusCode {
        match self {
            Self::NoRoute => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Throttled | Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::NoRoom | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::LengthRequired => StatusCode::LENGTH_REQUIRED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Whether it is a matter of the server's state rather than of the request.
    pub(crate) const fn is_passing(self) -> bool {
        matches!(self, Self::Throttled | Self::RateLimited | Self::Slow | Self::NoRoom | Self::Unavailable)
    }

    /// Which item is to blame, if one is.
    pub(crate) const fn position(self) -> Option<usize> {
        match self {
            Self::Field(Field::Item(at) | Field::Package(at) | Field::Msisdn(at))
            | Self::PackageUnknown(at)
            | Self::PackageElsewhere(at)
            | Self::PackageInactive(at)
            | Self::Msisdn(at)
            | Self::Duplicate(at) => Some(at),
            _ => None,
        }
    }

    /// Whether an item's package can't be bought.
    pub(crate) const fn is_package(self) -> bool {
        matches!(self, Self::PackageUnknown(_) | Self::PackageElsewhere(_) | Self::PackageInactive(_))
    }
}

/// A refused request, and what to tell its sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Why.
    pub(crate) cause: Cause,
    /// For a person.
    pub(crate) message: String,
}

impl Refusal {
    /// Refuses for a cause.
    pub(crate) fn new(cause: Cause, message: impl Into<String>) -> Self {
        Self { cause, message: message.into() }
    }

    /// The refusal of an order that is not there, or not the caller's.
    pub(crate) fn order_not_found() -> Self {
        Self::new(Cause::NoOrder, "Order not found")
    }
}

/// The store can't be used: nothing that the caller could mend, or should read the details of. What it was asked for was
/// not done.
impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Insufficient | StoreError::Conflict => Self::new(Cause::Internal, error.to_string()),
            _ => Self::new(Cause::Unavailable, "The database can't be used now, and nothing was changed"),
        }
    }
}

/// Where a connection breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Nowhere: the answer stays out until the client goes.
    Never,
    /// Before the first byte of the answer.
    Before,
    /// After the headers, before the end of the body.
    Within,
}

/// An answer before it is written.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// Why it is an error, if it is one.
    pub(crate) cause: Option<Cause>,
    /// What it says.
    pub(crate) body: Json,
    /// The media type, with its parameters.
    pub(crate) content_type: Option<&'static str>,
    /// Further headers, names in lower case.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Sent in place of the body.
    pub(crate) bytes: Option<Vec<u8>>,
    /// Turns the text of the body into other bytes than UTF-8.
    pub(crate) encode: Option<fn(&str) -> Vec<u8>>,
    /// Whether and where the connection breaks off.
    pub(crate) cut: Option<Cut>,
    /// Whether the body breaks off in its middle, as if it were whole.
    pub(crate) malformed: bool,
}

impl Answer {
    /// `status` and the success envelope around `data`.
    pub(crate) fn success(contract: &Contract, status: u16, data: impl Into<Json>) -> Self {
        let fields = &contract.fields;
        let body = Object::new().with(&fields.success, true).with(&fields.data, data);
        Self::new(status, None, body.into())
    }

    /// What an operation answers where all is well.
    pub(crate) fn ok(contract: &Contract, operation: OperationId, data: impl Into<Json>) -> Self {
        let status = contract.operation(operation).status(Meaning::Ok);
        Self::success(contract, status.unwrap_or(StatusCode::OK.as_u16()), data)
    }

    /// The error envelope of a refusal; `operation` is unknown where no route was found.
    pub(crate) fn refusal(contract: &Contract, operation: Option<OperationId>, refusal: &Refusal) -> Self {
        let meaning = refusal.cause.meaning();
        let status = operation.zip(meaning).and_then(|(id, meaning)| contract.operation(id).status(meaning));
        let status = status.unwrap_or_else(|| refusal.cause.plain_status().as_u16());
        Self::error(
            contract,
            status,
            &code(contract, operation, refusal.cause),
            &refusal.message,
            Some(refusal.cause),
        )
    }

    /// An error envelope of any status.
    pub(crate) fn error(
        contract: &Contract,
        status: u16,
        code: &str,
        message: &str,
        cause: Option<Cause>,
    ) -> Self {
        let fields = &contract.fields;
        let detail =
            Object::new().with(&fields.error_detail.message, message).with(&fields.error_detail.code, code);
        let body = Object::new().with(&fields.success, false).with(&fields.error, detail);
        Self::new(status, cause, body.into())
    }

    fn new(status: u16, cause: Option<Cause>, body: Json) -> Self {
        Self {
            status,
            cause,
            body,
            content_type: Some(JSON),
            headers: Vec::new(),
            bytes: None,
            encode: None,
            cut: None,
            malformed: false,
        }
    }
}

/// The error code that fits a cause: the operation's first, except that a purchase tells a body that does not parse
/// (its first code) from an order refused (its last).
fn code(contract: &Contract, operation: Option<OperationId>, cause: Cause) -> String {
    let of = |id: OperationId, meaning| {
        contract.operation(id).responses.iter().find(|response| response.meaning == meaning)
    };
    let known = operation.and_then(|id| match (id, cause.meaning()) {
        (OperationId::BuyBulk, None) => of(id, Meaning::Invalid)?.error_codes.last(),
        (_, None) => None,
        (_, Some(Meaning::Invalid)) if cause != Cause::Json => of(id, Meaning::Invalid)?.error_codes.last(),
        (_, Some(meaning)) => of(id, meaning)?.error_codes.first(),
    });
    let plain = match cause {
        Cause::NoRoute => "NOT_FOUND",
        Cause::WrongMethod => "METHOD_NOT_ALLOWED",
        Cause::Throttled | Cause::RateLimited => "RATE_LIMITED",
        Cause::Slow => "REQUEST_TIMEOUT",
        Cause::NoRoom => "OVERLOADED",
        Cause::Unavailable => "UNAVAILABLE",
        Cause::NotAcceptable => "NOT_ACCEPTABLE",
        Cause::LengthRequired => "LENGTH_REQUIRED",
        _ => "INTERNAL_ERROR",
    };
    match cause {
        cause if cause.is_passing() => plain.to_owned(),
        _ => known.cloned().unwrap_or_else(|| plain.to_owned()),
    }
}
