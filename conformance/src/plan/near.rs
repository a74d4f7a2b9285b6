//! What is nearly right: ids a character away from one that is, and what looks like a number to a careless pattern.

/// First national digits of the mobile networks of Ghana, by the numbering plan of its National Communications Authority.
pub const NETWORKS: [&str; 14] =
    ["20", "23", "24", "25", "26", "27", "28", "50", "53", "54", "55", "56", "57", "59"];

/// An id that is nearly right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Near {
    /// Its last character is another.
    LastChanged,
    /// One of its characters in the middle is another.
    MiddleChanged,
    /// Its last character is missing.
    Cut,
    /// One character follows.
    Longer,
    /// It stands there twice.
    Doubled,
    /// In the other letter case.
    OtherCase,
    /// The id of what it belongs to, or of what belongs to it.
    Relatives,
    /// Of the same form, and of nothing: as another table's would be.
    SameForm,
}

impl Near {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::LastChanged,
        Self::MiddleChanged,
        Self::Cut,
        Self::Longer,
        Self::Doubled,
        Self::OtherCase,
        Self::Relatives,
        Self::SameForm,
    ];

    /// What it makes of an id; `relative` is the id of something else.
    #[must_use]
    pub fn of(self, id: &str, relative: &str) -> String {
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

/// Whether a conforming server may take what is near an id: a running number has neighbours that nobody named, and to a UUID (RFC 9562, 4) or another hexadecimal number its letter case is nothing.
#[must_use]
pub fn may_be_taken(near: Near, id: &str) -> bool {
    let digits = id.bytes().all(|it| it.is_ascii_digit());
    let hexadecimal = id.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-');
    match near {
        Near::OtherCase => hexadecimal,
        Near::Relatives | Near::Doubled => false,
        _ => digits,
    }
}

/// What can't be a phone number and looks like one to a careless pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lookalike {
    /// A letter among the digits.
    LettersInside,
    /// The letter O among the digits.
    LetterForZero,
    /// Letters behind a number.
    LettersBehind,
    /// Letters before a number.
    LettersBefore,
    /// Two numbers with a comma between them.
    TwoNumbers,
    /// A number on a line of its own, words on others.
    OneOfManyLines,
    /// A number in a tag.
    Tagged,
    /// With an exponent.
    Exponent,
}

impl Lookalike {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::LettersInside,
        Self::LetterForZero,
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
