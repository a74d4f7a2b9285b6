//! Values that are nearly right: ids one character away from a right one, and text that a loose pattern takes for a
//! number.

/// The first national digits of the mobile networks of Ghana, by the numbering plan of its National Communications
/// Authority.
pub(crate) const NETWORKS: [&str; 14] =
    ["20", "23", "24", "25", "26", "27", "28", "50", "53", "54", "55", "56", "57", "59"];

/// A way in which an id is nearly right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Near {
    /// Its last character is changed.
    LastChanged,
    /// A character in its middle is changed.
    MiddleChanged,
    /// Its last character is missing.
    Cut,
    /// One character is appended.
    Longer,
    /// It is written twice.
    Doubled,
    /// It is in the other letter case.
    OtherCase,
    /// It is the id of the parent, or of a child, of the right object.
    Relatives,
    /// It has the same form but belongs to nothing, like an id of another table.
    SameForm,
}

impl Near {
    /// Every variant.
    pub(crate) const ALL: [Self; 8] = [
        Self::LastChanged,
        Self::MiddleChanged,
        Self::Cut,
        Self::Longer,
        Self::Doubled,
        Self::OtherCase,
        Self::Relatives,
        Self::SameForm,
    ];

    /// Applies the change to an id; `relative` is the id of a related object.
    #[must_use]
    pub(crate) fn of(self, id: &str, relative: &str) -> String {
        let count = id.chars().count();
        let other = |c: char| if c == '7' { '8' } else { '7' };
        let changed = |at: usize| -> String {
            id.chars().enumerate().map(|(place, c)| if place == at { other(c) } else { c }).collect()
        };
        match self {
            Self::LastChanged => changed(count.saturating_sub(1)),
            Self::MiddleChanged => changed(count / 2),
            Self::Cut => id.chars().take(count.saturating_sub(1)).collect(),
            Self::Longer => format!("{id}7"),
            Self::Doubled => format!("{id}{id}"),
            Self::OtherCase => {
                let upper = id.to_ascii_uppercase();
                if upper == id { id.to_ascii_lowercase() } else { upper }
            }
            Self::Relatives => relative.to_owned(),
            Self::SameForm => {
                let (start, rest) = id.split_at(id.char_indices().nth(3).map_or(0, |(at, _)| at));
                format!("{start}{}", rest.chars().rev().collect::<String>())
            }
        }
    }
}

/// Returns true if a conforming server may accept an id that is nearly right. A running number has neighbours that
/// exist, and the letter case of a UUID (RFC 9562, section 4) or of another hexadecimal number does not matter.
#[must_use]
pub(crate) fn may_be_taken(near: Near, id: &str) -> bool {
    let digits = id.bytes().all(|it| it.is_ascii_digit());
    let hexadecimal = id.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-');
    match near {
        Near::OtherCase => hexadecimal,
        Near::Relatives | Near::Doubled => false,
        _ => digits,
    }
}

/// Text that can't be a phone number but looks like one to a loose pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lookalike {
    /// A letter among the digits.
    LettersInside,
    /// The letter O in place of a digit.
    LetterForZero,
    /// Letters in place of the last digits.
    LettersLast,
    /// Letters after a number.
    LettersBehind,
    /// Letters before a number.
    LettersBefore,
    /// Two numbers separated by a comma.
    TwoNumbers,
    /// A number on a line of its own, between lines of letters.
    OneOfManyLines,
    /// A number inside an HTML tag.
    Tagged,
    /// A number with an exponent.
    Exponent,
}

impl Lookalike {
    /// Every variant.
    pub(crate) const ALL: [Self; 9] = [
        Self::LettersInside,
        Self::LetterForZero,
        Self::LettersLast,
        Self::LettersBehind,
        Self::LettersBefore,
        Self::TwoNumbers,
        Self::OneOfManyLines,
        Self::Tagged,
        Self::Exponent,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_an_id_is_another_thing_or_nobody_asks_for_it() {
        let taken = |id: &str| -> Vec<Near> {
            Near::ALL.into_iter().filter(|near| may_be_taken(*near, id)).collect()
        };
        assert!(taken("k57exampleoperator").is_empty());
        assert_eq!(taken("550e8400-e29b-41d4-a716-446655440000"), [Near::OtherCase]);
        assert_eq!(taken("64b7f0c2e1d3a4b5c6d7e8f9"), [Near::OtherCase]);
        assert_eq!(taken("1042").len(), 6);
    }
}
