//! Suggests what may have been meant by an unknown word.

/// Returns what may have been meant, or else the known words. The text begins with a colon; it is empty if there are no
/// known words.
#[must_use]
pub(crate) fn hint(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(near) => format!(": did you mean `{near}`?"),
        None if known.is_empty() => String::new(),
        None => format!(": one of {}", known.join(", ")),
    }
}

/// Returns the known word that is most similar to this one, ignoring letter case, hyphens, underscores and spaces;
/// `None` if none is similar.
#[must_use]
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['_', '-', ' '], "");
    let distance = |other: &&str| strsim::damerau_levenshtein(&plain(word), &plain(other));
    known
        .iter()
        .copied()
        .min_by_key(|other| distance(other))
        .filter(|other| distance(other) <= word.chars().count() / 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_been_meant() {
        let known = ["COUNT-HIGH", "COUNT-LOW", "ROLE-OTHER"];
        for (word, wanted) in [
            ("count-high", Some("COUNT-HIGH")),
            ("COUNTHIGH", Some("COUNT-HIGH")),
            ("COUNT_HIHG", Some("COUNT-HIGH")),
            ("roleother", Some("ROLE-OTHER")),
            ("BALANCE", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &known), wanted, "{word}");
        }
        assert_eq!(hint("count-lwo", &known), ": did you mean `COUNT-LOW`?");
        assert_eq!(hint("money", &known), ": one of COUNT-HIGH, COUNT-LOW, ROLE-OTHER");
        assert_eq!(hint("money", &[]), "");
    }
}
