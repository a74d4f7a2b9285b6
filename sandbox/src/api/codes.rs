//! The word that a refusal has as its code. The pages name a few; every other is the server's choice.

use spec::{Contract, Meaning};

use crate::answer::{Answer, Cause};
use crate::json::Json;
use crate::rules::freedoms::{CodeSpelling, Codes, Unread};

/// Gives an error the code that this server has for its cause.
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

/// The word for a cause, where this server has one of its own.
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

/// The word for a body that can't be read.
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

/// How a word is written; the one for a key that is refused is named by the pages, letter by letter.
fn spell(spelling: CodeSpelling, cause: Cause, word: String) -> String {
    match spelling {
        _ if cause.meaning() == Some(Meaning::Unauthorized) => word,
        CodeSpelling::Capitals => word,
        CodeSpelling::Small => word.to_ascii_lowercase(),
        CodeSpelling::Dotted => word.to_ascii_lowercase().replace('_', "."),
    }
}
