//! Parses phone numbers: which forms are accepted, and what they are in international form.

use spec::contract::Msisdn;

/// Returns the international form, without a plus, of a number in international, local, plus-prefixed or spaced form.
pub(crate) fn normalise(rule: &Msisdn, text: &str) -> Option<String> {
    let compact: String = text.chars().filter(|char| *char != ' ').collect();
    let international = |digits: &str| {
        (digits.len() == rule.country_code.len() + rule.national_digits
            && digits.starts_with(&rule.country_code)
            && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| digits.to_owned())
    };
    if let Some(rest) = compact.strip_prefix('+') {
        return international(rest);
    }
    if let Some(number) = international(&compact) {
        return Some(number);
    }
    let national = compact.strip_prefix(&rule.trunk_prefix)?;
    (national.len() == rule.national_digits)
        .then(|| format!("{}{national}", rule.country_code))
        .and_then(|it| international(&it))
}

/// Does the same as [`normalise`], and also accepts the international form of other countries, with a plus or without.
pub(crate) fn any_country(rule: &Msisdn, text: &str) -> Option<String> {
    normalise(rule, text).or_else(|| {
        let compact: String = text.chars().filter(|char| *char != ' ').collect();
        let digits = compact.strip_prefix('+').unwrap_or(&compact);
        let foreign = (rule.shortest_possible..=rule.longest_possible).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with(&rule.country_code)
            && !digits.starts_with(&rule.trunk_prefix);
        foreign.then(|| digits.to_owned())
    })
}

/// Accepts only the international form itself.
pub(crate) fn canonical_only(rule: &Msisdn, text: &str) -> Option<String> {
    normalise(rule, text).filter(|number| number == text)
}

/// The first national digits of the networks of an operator that takes numbers of its own alone.
const OWN: [&str; 3] = ["24", "54", "55"];

/// Does the same as [`normalise`] for the numbers of some networks only.
pub(crate) fn of_own_networks(rule: &Msisdn, text: &str) -> Option<String> {
    let own = |number: &String| {
        number.strip_prefix(&rule.country_code).is_some_and(|it| OWN.iter().any(|own| it.starts_with(own)))
    };
    normalise(rule, text).filter(own)
}

/// Of this many numbers one belongs to nobody, with no pattern in which.
const NOBODYS: u64 = 16;

/// Does the same as [`normalise`] for the numbers that somebody has.
pub(crate) fn looked_up(rule: &Msisdn, text: &str) -> Option<String> {
    normalise(rule, text).filter(|number| {
        let number: u64 = number.parse().unwrap_or_default();
        !(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32).is_multiple_of(NOBODYS)
    })
}

/// Returns the local form of a number in international form; a number of another country is returned unchanged.
pub(crate) fn national(rule: &Msisdn, number: &str) -> String {
    let national = number.strip_prefix(&rule.country_code);
    national.map_or_else(|| number.to_owned(), |national| format!("{}{national}", rule.trunk_prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_numbers_are_looked_up_in_vain() {
        let rule = &spec::embedded().unwrap().msisdn;
        let unknown = (0..1600).filter(|it| looked_up(rule, &format!("23320{it:07}")).is_none()).count();
        assert!((50..150).contains(&unknown), "{unknown}");
    }

    #[test]
    fn forms() {
        let contract = spec::embedded().unwrap();
        let rule = &contract.msisdn;
        for form in ["233201234567", "+233201234567", "0201234567", "020 123 4567", "+233 20 123 4567"] {
            assert_eq!(normalise(rule, form).as_deref(), Some("233201234567"), "{form}");
        }
        for not in [
            "",
            " ",
            "+",
            "0",
            "23320123456",
            "2332012345678",
            "+0201234567",
            "abc",
            "23320123456a",
            "٢٣٣٢٠١٢٣٤٥٦٧",
            "020123456é",
        ] {
            assert_eq!(normalise(rule, not), None, "{not}");
        }
        assert_eq!(canonical_only(rule, "0201234567"), None);
        assert_eq!(national(rule, "233201234567"), "0201234567");
        assert_eq!(national(rule, "447911123456"), "447911123456");
        for (form, number) in [
            ("+44 7911 123456", Some("447911123456")),
            ("2348031234567", Some("2348031234567")),
            ("0201234567", Some("233201234567")),
            ("23320123456", None),
            ("0044791112345", None),
            ("441234", None),
            ("4412345678901234", None),
            ("44a1234567", None),
        ] {
            assert_eq!(any_country(rule, form).as_deref(), number, "{form}");
        }
    }
}
