//! What a recipient's number is, whatever its spelling.

use spec::Contract;

/// A recipient's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Number {
    /// As the page writes them.
    Canonical,
    /// No phone number anywhere.
    Impossible,
    /// Another spelling of one of the country's numbers, or digits of which nobody can say (AMB-MSISDN-FORM).
    OtherForm,
    /// A well-formed number of another country (AMB-MSISDN-FOREIGN).
    Foreign,
}

/// Tells what a number is; `prefix` is what the operator's numbers start with, country code included, where it is known.
#[must_use]
pub(crate) fn number_kind(contract: &Contract, prefix: Option<&str>, number: &str) -> Number {
    let rules = &contract.msisdn;
    let own = format!("{}{}", rules.country_code, rules.sample_prefix);
    let length = rules.country_code.len() + rules.national_digits;
    let ascii_digits = number.bytes().all(|byte| byte.is_ascii_digit());
    if ascii_digits && number.len() == length && number.starts_with(prefix.unwrap_or(&own)) {
        return Number::Canonical;
    }
    let digits = number.chars().filter(|c| c.is_numeric()).count();
    let letters = number.chars().any(|c| c.is_ascii_alphabetic());
    if letters || digits < rules.shortest_possible || digits > rules.longest_possible {
        return Number::Impossible;
    }
    if is_foreign(contract, number) { Number::Foreign } else { Number::OtherForm }
}

/// Whether a number is written internationally and belongs to another country: no country code starts with a zero, and
/// none is as short as the country's own numbers are without theirs.
fn is_foreign(contract: &Contract, number: &str) -> bool {
    let rules = &contract.msisdn;
    let digits = number.strip_prefix('+').unwrap_or(number);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let long = digits.len() > rules.national_digits;
    plain && long && !digits.starts_with('0') && !digits.starts_with(&rules.country_code)
}

/// Whether a number is written as the page's are, whichever network it is of.
#[must_use]
pub(crate) fn is_international(contract: &Contract, number: &str) -> bool {
    let rules = &contract.msisdn;
    number.len() == rules.country_code.len() + rules.national_digits
        && number.starts_with(&rules.country_code)
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number without its spelling, so that the same one is found in any form.
#[must_use]
pub(crate) fn normal_form(contract: &Contract, number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let rules = &contract.msisdn;
    match digits.strip_prefix(&rules.trunk_prefix) {
        Some(national) if national.len() == rules.national_digits => {
            format!("{}{national}", rules.country_code)
        }
        _ if digits.is_empty() => number.to_owned(),
        _ => digits,
    }
}
