//! Classifies a recipient's number, however it is spelled.

use spec::Contract;

/// The kind of a recipient's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Number {
    /// It is written as on the page.
    Canonical,
    /// It can't be a phone number anywhere.
    Impossible,
    /// It is another spelling of one of the country's numbers, or digits that can't be classified (AMB-MSISDN-FORM).
    OtherForm,
    /// It is a well-formed number of another country (AMB-MSISDN-FOREIGN).
    Foreign,
}

/// Returns the kind of a number; `prefix` is what the operator's numbers start with, including the country code, if
/// known.
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

/// Returns true if a number is written internationally and belongs to another country: no country code starts with a
/// zero, and no international number is as short as the country's own numbers without their code.
fn is_foreign(contract: &Contract, number: &str) -> bool {
    let rules = &contract.msisdn;
    let digits = number.strip_prefix('+').unwrap_or(number);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let long = digits.len() > rules.national_digits;
    plain && long && !digits.starts_with('0') && !digits.starts_with(&rules.country_code)
}

/// Returns true if a number is written as on the page, whatever its network.
#[must_use]
pub(crate) fn is_international(contract: &Contract, number: &str) -> bool {
    let rules = &contract.msisdn;
    number.len() == rules.country_code.len() + rules.national_digits
        && number.starts_with(&rules.country_code)
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns a number in a form that is independent of its spelling, so that the same number is found in any form.
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

/// Returns a phone number in normal form; `None` if the text is not a number of the country.
#[must_use]
pub(super) fn phone(contract: &Contract, text: &str) -> Option<String> {
    let spelling = |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')');
    if !text.chars().all(spelling) {
        return None;
    }
    let rules = &contract.msisdn;
    let number = normal_form(contract, text);
    let length = rules.country_code.len() + rules.national_digits;
    (number.len() == length && number.starts_with(&rules.country_code)).then_some(number)
}
