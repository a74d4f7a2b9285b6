//! A response before it is written: status, headers and body, and why a request was refused.

use axum::http::StatusCode;
use spec::{Contract, Meaning, OperationId};

use crate::json::{Json, Object};
use crate::store::StoreError;

/// The media type of responses, unless a freedom spells it differently.
pub(crate) const JSON: &str = "application/json; charset=utf-8";

/// A field of an order request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// The operator's id.
    Operator,
    /// The product's id.
    Product,
    /// The list of recipients.
    Items,
    /// A whole entry, by its position.
    Item(usize),
    /// The package's id in an entry.
    Package(usize),
    /// The recipient's number in an entry.
    Msisdn(usize),
    /// A field that the contract does not define.
    Unknown,
}

/// The cause of a refusal. Positions count from 0.
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
    /// Returns the contract's meaning of the cause; `None` if the contract has none for it.
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

    /// Returns the status of a cause for which the contract defines none.
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

    /// Returns true if the cause is the server's current state rather than the request.
    pub(crate) const fn is_passing(self) -> bool {
        matches!(self, Self::Throttled | Self::RateLimited | Self::Slow | Self::NoRoom | Self::Unavailable)
    }

    /// Returns the position of the item at fault, if there is one.
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

    /// Returns true if the package of an item can't be bought.
    pub(crate) const fn is_package(self) -> bool {
        matches!(self, Self::PackageUnknown(_) | Self::PackageElsewhere(_) | Self::PackageInactive(_))
    }
}

/// A refusal, with a message for the sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The cause.
    pub(crate) cause: Cause,
    /// The message for a person.
    pub(crate) message: String,
}

impl Refusal {
    /// Creates a refusal for a cause.
    pub(crate) fn new(cause: Cause, message: impl Into<String>) -> Self {
        Self { cause, message: message.into() }
    }

    /// Returns the refusal for an order that does not exist or belongs to another profile.
    pub(crate) fn order_not_found() -> Self {
        Self::new(Cause::NoOrder, "Order not found")
    }
}

/// Turns an error of the store into a refusal without details, since the caller can't do anything about it. Nothing was
/// changed in the store.
impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Insufficient | StoreError::Conflict => Self::new(Cause::Internal, error.to_string()),
            _ => Self::new(Cause::Unavailable, "The database can't be used now, and nothing was changed"),
        }
    }
}

/// The point at which a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The response is withheld and the connection stays open until the client closes it.
    Never,
    /// Before the first byte of the response.
    Before,
    /// After the headers, before the end of the body.
    Within,
}

/// A response before it is written.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The cause of the error, if it is a refusal.
    pub(crate) cause: Option<Cause>,
    /// The body as JSON.
    pub(crate) body: Json,
    /// The media type with its parameters.
    pub(crate) content_type: Option<&'static str>,
    /// Further headers, with names in lower case.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Bytes to send instead of the JSON body.
    pub(crate) bytes: Option<Vec<u8>>,
    /// An encoder for a body that is not sent as UTF-8.
    pub(crate) encode: Option<fn(&str) -> Vec<u8>>,
    /// Where the connection is cut, if it is.
    pub(crate) cut: Option<Cut>,
    /// Whether only the first half of the body is sent, as if it were complete.
    pub(crate) malformed: bool,
}

impl Answer {
    /// Creates a response with `status` and the success envelope around `data`.
    pub(crate) fn success(contract: &Contract, status: u16, data: impl Into<Json>) -> Self {
        let fields = &contract.fields;
        let body = Object::new().with(&fields.success, true).with(&fields.data, data);
        Self::new(status, None, body.into())
    }

    /// Creates the success response of an operation.
    pub(crate) fn ok(contract: &Contract, operation: OperationId, data: impl Into<Json>) -> Self {
        let status = contract.operation(operation).status(Meaning::Ok);
        Self::success(contract, status.unwrap_or(StatusCode::OK.as_u16()), data)
    }

    /// Creates the error response of a refusal; `operation` is `None` if no route was found.
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

    /// Creates an error response with any status.
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

/// Returns the error code of a cause: the first code of the operation's response with its meaning, but the last one if
/// the request is invalid for another reason than a body that does not parse, or has no meaning on a purchase.
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
