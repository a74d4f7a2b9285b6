//! How a command fails: its exit code, and a hint for the user.

use generated::{Error, SetupError};

/// Why a command did not succeed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Api(#[from] Error),
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Recipients(String),
    /// The order was placed, and its outcome is not known yet.
    #[error(
        "the order was placed, and was not seen to end in time; `buy-bulk status {0} --wait 60` follows it"
    )]
    UnderWay(String),
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        Self::Api(error.into())
    }
}

impl Failure {
    /// Returns the exit code, by the table at the end of `--help`.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Api(Error::Setup(_) | Error::Input(_)) | Self::Usage(_) => 2,
            Self::Api(Error::NotSent(_) | Error::Throttled(_)) => 4,
            Self::Api(Error::OutcomeUnknown(_)) => 5,
            Self::Api(Error::Unexpected(_)) => 3,
            Self::Api(_) => 1,
            Self::Recipients(_) => 6,
            Self::UnderWay(_) => 7,
        }
    }

    /// Returns what to do about the failure, unless the message says so already.
    pub(crate) const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Api(Error::Setup(SetupError::NoKey)) => Some("or --key-file FILE takes it from a file"),
            Self::Api(Error::Unauthorized(_)) => Some("check the key, and that it belongs to this URL"),
            Self::Api(Error::Insufficient(_)) => Some("`buy-bulk wallet` shows what can be spent"),
            Self::Api(Error::Forbidden(_)) => Some("`buy-bulk profile` shows the role of this key"),
            Self::Api(Error::OutcomeUnknown(_)) => Some("`buy-bulk orders` lists what was placed"),
            _ => None,
        }
    }
}
