//! Judges a recorded history again, without a network.

use spec::Contract;

use super::session::{self, Finished};
use crate::checks;
use crate::exec::discover::OF_AN_ORDER;
use crate::history::History;
use crate::judge::judged::Judged;
use crate::judge::shape::ShapeError;
use crate::judge::summary;

/// The reasons why a history can't be judged.
#[derive(Debug, thiserror::Error)]
pub enum JudgeAgainError {
    /// The history was recorded with another contract.
    #[error(
        "the history was recorded with revision {recorded} of the contract and its digest differs; give that file with --spec"
    )]
    Contract {
        /// The revision that it was recorded with.
        recorded: String,
    },
    /// A schema of the contract can't be used.
    #[error(transparent)]
    Shape(#[from] ShapeError),
}

/// Judges a history without a network.
///
/// # Errors
/// Returns an error if the history was recorded with another contract, or if a schema of the contract can't be used.
pub fn judge(contract: &Contract, mut history: History) -> Result<Finished, JudgeAgainError> {
    if !history.footer.broken_off.is_empty() {
        // As at the end of a run, nothing is expected of an endpoint that was never shown to exist.
        history.header.environment.assume_absent(OF_AN_ORDER);
    }
    let History { header, cases, footer } = &history;
    if header.spec_digest != contract.digest {
        return Err(JudgeAgainError::Contract { recorded: header.spec_revision.clone() });
    }
    let judge = checks::judge(contract)?;
    let options = session::Options::new(header.tier, header.seed);
    let unplanned = session::plan(contract, &header.environment, &options).reasons();
    let judged: Vec<Judged> =
        cases.iter().map(|case| Judged::of(&judge, &header.environment, &case)).collect();
    let judgement = summary::conclude(&judge, header, &judged, footer, &unplanned);
    Ok(Finished { history, judged, judgement })
}
