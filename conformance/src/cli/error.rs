//! Why a command came to nothing: the errors of all rooms, told apart by whose fault they are.

use crate::exit::Exit;
use crate::history::recorded::RecordError;
use crate::report::output::ReportError;
use crate::run::judge_again::JudgeAgainError;
use crate::run::session::SessionError;
use crate::sut::TargetError;

/// Why a command came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Flags, files or configuration.
    #[error("{0}")]
    Usage(String),
    /// The target can't be reached or is something else.
    #[error("{0}")]
    Unreachable(String),
    /// Our own fault.
    #[error("{0}")]
    Own(String),
}

impl Failure {
    /// The exit code's name.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Unreachable(_) => Exit::Unreachable,
            Self::Own(_) => Exit::OwnFault,
        }
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        match &error {
            SessionError::Discover(inner) if inner.unreachable() => Self::Unreachable(error.to_string()),
            SessionError::Client(_) => Self::Own(error.to_string()),
            _ => Self::Usage(error.to_string()),
        }
    }
}

impl From<TargetError> for Failure {
    fn from(error: TargetError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Render(..) => Self::Own(error.to_string()),
            _ => Self::Usage(error.to_string()),
        }
    }
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<JudgeAgainError> for Failure {
    fn from(error: JudgeAgainError) -> Self {
        Self::Usage(error.to_string())
    }
}
