//! Writes a recipient's number: plain, in forms that a server may accept or refuse, and in forms that only look right.

use spec::Contract;
use spec::contract::Msisdn;

use super::defect::NumberForm;
use super::near::{Lookalike, NETWORKS};

/// The starts of numbers that the regulators of Britain and of the United States reserve for fiction, and how many
/// digits follow. No subscriber receives what is bought for them.
const FICTION: [(&str, usize); 2] = [("447700900", 3), ("120255501", 2)];

/// Returns a number of another country that ends like a plain one, so that the recipients of an order remain distinct.
fn foreign(rules: &Msisdn, nth: usize, plain: &str) -> String {
    let others = || FICTION.into_iter().filter(|(start, _)| !start.starts_with(&rules.country_code));
    let (start, digits) = others().cycle().nth(nth).unwrap_or(FICTION[0]);
    let last = plain.chars().skip(plain.chars().count().saturating_sub(digits));
    start.chars().chain(last).collect()
}

/// Writes a plain number in a form.
pub(super) fn spelled(contract: &Contract, form: NumberForm, plain: &str) -> String {
    let rules = &contract.msisdn;
    let national = plain.strip_prefix(&rules.country_code).unwrap_or(plain);
    match form {
        NumberForm::Letters => "not-a-number".into(),
        NumberForm::TooShort => plain.chars().take(rules.shortest_possible.saturating_sub(2)).collect(),
        NumberForm::TooLong => format!("{plain}{}", "0".repeat(rules.longest_possible)),
        NumberForm::Blank => "   ".into(),
        NumberForm::Local => format!("{}{national}", rules.trunk_prefix),
        NumberForm::Plus => format!("+{plain}"),
        NumberForm::Spaced => {
            let (code, rest) = plain.split_at(rules.country_code.len().min(plain.len()));
            format!("{code} {rest}")
        }
        NumberForm::UnicodeDigits => plain
            .chars()
            .map(|digit| digit.to_digit(10).and_then(|it| char::from_u32(0x0660 + it)).unwrap_or(digit))
            .collect(),
        NumberForm::Foreign => foreign(rules, 0, plain),
        NumberForm::ForeignShorter => foreign(rules, 1, plain),
        NumberForm::ForeignPlus => format!("+{}", foreign(rules, 0, plain)),
        NumberForm::Like(like) => lookalike(like, plain),
        NumberForm::Network(at) => of_network(rules, at, national),
        NumberForm::NetworkBroken(at) => {
            of_network(rules, at, national).chars().take(rules.shortest_possible.saturating_sub(2)).collect()
        }
        NumberForm::Repeating(digit) => {
            let kept = rules.country_code.len() + rules.sample_prefix.len();
            let start: String = plain.chars().take(kept).collect();
            let digit = char::from_digit(u32::from(digit) % 10, 10).unwrap_or('0');
            start.chars().chain(std::iter::repeat(digit)).take(plain.chars().count()).collect()
        }
        NumberForm::Eleven => plain.chars().take(plain.chars().count().saturating_sub(1)).collect(),
        NumberForm::Thirteen => format!("{plain}7"),
        NumberForm::ZeroAndCode => format!("{}{plain}", rules.trunk_prefix),
        NumberForm::CodeTwice => format!("{}{plain}", rules.country_code),
        NumberForm::LineEnd => format!("{plain}\n"),
    }
}

/// Returns a number of a network with the given national digits behind the network's own.
fn of_network(rules: &Msisdn, at: usize, national: &str) -> String {
    let network = NETWORKS[at % NETWORKS.len()];
    format!("{}{network}{}", rules.country_code, national.get(network.len()..).unwrap_or_default())
}

/// Returns text that is not a number but passes for one if a pattern is not anchored, or if only the length and the
/// start are checked.
fn lookalike(like: Lookalike, plain: &str) -> String {
    let last = plain.chars().count().saturating_sub(1);
    let with = |at: usize, letter: char| -> String {
        plain.chars().enumerate().map(|(place, digit)| if place == at { letter } else { digit }).collect()
    };
    match like {
        Lookalike::LettersInside => with(last / 2 + 1, 'x'),
        // Read as a zero, an O here makes another number, unless the digit in its place is a zero.
        Lookalike::LetterForZero => with(last / 2 + 2, 'O'),
        Lookalike::LettersLast => {
            let kept = plain.chars().count().saturating_sub(3);
            plain.chars().take(kept).chain("abc".chars()).collect()
        }
        Lookalike::LettersBehind => format!("{plain}abc"),
        Lookalike::LettersBefore => format!("abc{plain}"),
        Lookalike::TwoNumbers => format!("{plain},{plain}"),
        Lookalike::OneOfManyLines => format!("abc\n{plain}\nabc"),
        Lookalike::Tagged => format!("<b>{plain}</b>"),
        Lookalike::Exponent => format!("{plain}e0"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_right_and_is_not() {
        let contract = spec::embedded().unwrap();
        let of = |form| spelled(&contract, form, "233201234567");
        let like = |like| of(NumberForm::Like(like));
        assert_eq!(like(Lookalike::LettersInside), "233201x34567");
        assert_eq!(like(Lookalike::LetterForZero), "2332012O4567");
        assert_eq!(like(Lookalike::LettersLast), "233201234abc");
        assert_eq!(like(Lookalike::TwoNumbers), "233201234567,233201234567");
        assert_eq!(of(NumberForm::Network(3)), "233251234567");
        assert_eq!(of(NumberForm::NetworkBroken(3)), "23325");
        assert_eq!(of(NumberForm::Repeating(2)), "233202222222");
        assert_eq!(of(NumberForm::CodeTwice), "233233201234567");
        assert_eq!(of(NumberForm::LineEnd), "233201234567\n");
    }

    #[test]
    fn every_network_has_numbers_of_the_right_length() {
        let contract = spec::embedded().unwrap();
        for at in 0..NETWORKS.len() {
            let number = spelled(&contract, NumberForm::Network(at), "233201234567");
            assert!(number.len() == 12 && number.bytes().all(|it| it.is_ascii_digit()), "{number}");
        }
    }
}
