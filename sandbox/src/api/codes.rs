//! Chooses the code of a refusal. The pages name a few codes; all others are the server's choice.

use spec::{Contract, Meaning};

use crate::answer::{Answer, Cause};
use crate::json::Json;
use crate::rules::freedoms::{CodeSpelling, Codes, Unread};

/// Replaces the code of an error by the one that this server uses for its cause.
pub(crate) fn rename(codes: &Codes, contract: &Contract, answer: &mut Answer) {
    let Some(cause) = answer.cause else { return };
    let fields = &contract.fields;
    let detail = answer.body.object().and_then(|body| body.get_mut(&fields.error)).and_then(Json::object);
    let Some(detail) = detail else { return };
    let name = &fields.error_detail.code;
    if let Some(given) = detail.get(name).and_then(Json::text) {
        let word = word(codes, contract, cause).unwrap_or_else(|| given.to_owned());
        detail.set(name, spell(codes.spelling, cause, word));
    }
}

/// Returns this server's own code for a cause; `None` if it uses the default.
fn word(codes: &Codes, contract: &Contract, cause: Cause) -> Option<String> {
    let word = match cause {
        Cause::Role if codes.forbidden => "FORBIDDEN",
        Cause::NoOperator | Cause::NoPackage | Cause::NoOrder if codes.not_found => "NOT_FOUND",
        Cause::Json => return unread(codes.unread, contract),
        Cause::Balance if codes.by_cause => "INSUFFICIENT_BALANCE",
        Cause::Count(_) if codes.by_cause => "INVALID_ITEM_COUNT",
        cause if codes.by_cause && cause.meaning() == Some(Meaning::Invalid) => "VALIDATION_FAILED",
        _ => return None,
    };
    Some(word.to_owned())
}

/// Returns the code for a body that can't be read; `None` for the default.
fn unread(word: Unread, contract: &Contract) -> Option<String> {
    match word {
        Unread::Named => None,
        Unread::Word(word) => Some(word.to_owned()),
        Unread::Refused => {
            let responses = &contract.buy().responses;
            let invalid = responses.iter().find(|response| response.meaning == Meaning::Invalid)?;
            invalid.error_codes.last().cloned()
        }
    }
}

/// Spells a code. The code for a refused key is named by the pages and keeps its spelling.
fn spell(spelling: CodeSpelling, cause: Cause, word: String) -> String {
    match spelling {
        _ if cause.meaning() == Some(Meaning::Unauthorized) => word,
        CodeSpelling::Capitals => word,
        CodeSpelling::Small => word.to_ascii_lowercase(),
        CodeSpelling::Dotted => word.to_ascii_lowercase().replace('_', "."),
    }
}
