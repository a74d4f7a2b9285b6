//! Requirements that a run may leave without a conclusion (`--allow-incomplete`). They are named one by one, each with
//! a reason that the report repeats.

use spec::Contract;

use crate::hint::hint;
use crate::judge::verdict::{Judgement, Outcome, RequirementVerdict, Verdict};

/// A requirement that may stay without a conclusion, and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// The requirement's id, in any letter case.
    id: String,
    /// The reason, for the readers of the report.
    reason: String,
}

/// The error for a text that is not an allowance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AllowanceError {
    /// The reason is missing.
    #[error("not ID=REASON, as in ROLE-OTHER='no key of a customer here': what is left out needs a reason")]
    NoReason,
    /// There is no requirement with this id.
    #[error("--allow-incomplete: there is no requirement `{id}`{hint}")]
    Unknown {
        /// The id that was given.
        id: String,
        /// A suggestion: the id that may have been meant.
        hint: String,
    },
}

impl Allowance {
    /// Returns the requirement's id.
    #[must_use]
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

impl std::str::FromStr for Allowance {
    type Err = AllowanceError;

    fn from_str(text: &str) -> Result<Self, AllowanceError> {
        match text.split_once('=').map(|(id, reason)| (id.trim(), reason.trim())) {
            Some((id, reason)) if !id.is_empty() && !reason.is_empty() => {
                Ok(Self { id: id.to_owned(), reason: reason.to_owned() })
            }
            _ => Err(AllowanceError::NoReason),
        }
    }
}

/// Checks that each allowance names a requirement, and writes the ids as the catalogue does.
///
/// # Errors
/// Returns an error if there is no requirement with one of the ids.
pub(crate) fn known(allowances: &[Allowance], contract: &Contract) -> Result<Vec<Allowance>, AllowanceError> {
    let ids: Vec<&str> = contract.catalogue.requirements.iter().map(|it| it.id.as_str()).collect();
    let known = |it: &Allowance| match ids.iter().find(|id| id.eq_ignore_ascii_case(&it.id)) {
        Some(id) => Ok(Allowance { id: (*id).to_owned(), reason: it.reason.clone() }),
        None => {
            let near = crate::hint::nearest(&it.id, &ids);
            let hint = near
                .map_or_else(|| "; the command `list` names them".to_owned(), |near| hint(&it.id, &[near]));
            Err(AllowanceError::Unknown { id: it.id.clone(), hint })
        }
    };
    allowances.iter().map(known).collect()
}

/// Marks the requirements without a conclusion that are allowed to have none, and computes the verdict again with
/// `verdict`. A note names each allowance that is not needed.
pub(crate) fn apply(
    allowances: &[Allowance],
    judgement: &mut Judgement,
    verdict: impl FnOnce(&[RequirementVerdict]) -> Verdict,
) {
    for Allowance { id, reason } in allowances {
        let Some(requirement) = judgement.requirements.iter_mut().find(|it| it.id == *id) else { continue };
        match requirement.outcome {
            Outcome::NotExercised | Outcome::Inconclusive => requirement.allowed = Some(reason.clone()),
            Outcome::Fail => {}
            _ => judgement.notes.push(format!(
                "--allow-incomplete {id} is not needed: the run came to a conclusion about it"
            )),
        }
    }
    if !allowances.is_empty() {
        judgement.verdict = verdict(&judgement.requirements);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_needed_and_a_known_id() {
        let contract = spec::embedded().unwrap();
        let read = |text: &str| match text.parse::<Allowance>() {
            Ok(it) => known(&[it], &contract).map(|it| format!("{} {}", it[0].id, it[0].reason)),
            Err(error) => Err(error),
        };
        assert_eq!(read("role-other=no key = no test").unwrap(), "ROLE-OTHER no key = no test");
        for text in ["ROLE-OTHER", "ROLE-OTHER=", "ROLE-OTHER= ", "=why"] {
            assert_eq!(read(text), Err(AllowanceError::NoReason), "{text}");
        }
        let error = read("ROLE-OTER=why").unwrap_err().to_string();
        assert_eq!(
            error,
            "--allow-incomplete: there is no requirement `ROLE-OTER`: did you mean `ROLE-OTHER`?"
        );
        let error = read("xyz=why").unwrap_err().to_string();
        assert!(error.ends_with("the command `list` names them"), "{error}");
    }
}
