//! Test numbers, like the test cards of payment APIs: each has a known outcome for its recipient.

use spec::contract::Msisdn;

use crate::clock::Micros;
use crate::progress::{ERRORS, Fate, Outcome, Pace};

/// The first digit after the country code of all test numbers; no number that is handed out as an example begins with
/// it.
const FIRST: char = '5';

/// The last two digits of each test number, and how a submission to it goes.
const NUMBERS: &[(u8, Fate)] = &[
    (0, fate(Outcome::Completed, Outcome::Completed, Pace::AtOnce, 0)),
    (1, fate(Outcome::Completed, Outcome::Completed, Pace::After(Micros(5_000_000)), 0)),
    (2, fate(Outcome::Completed, Outcome::Completed, Pace::Never, 0)),
    (10, fate(Outcome::Failed, Outcome::Completed, Pace::Turn, 0)),
    (11, fate(Outcome::Failed, Outcome::Completed, Pace::Turn, 1)),
    (12, fate(Outcome::Failed, Outcome::Completed, Pace::Turn, 2)),
    (13, fate(Outcome::Failed, Outcome::Completed, Pace::Turn, 3)),
    (14, fate(Outcome::Failed, Outcome::Completed, Pace::Turn, 4)),
    (20, fate(Outcome::Failed, Outcome::Failed, Pace::Turn, 0)),
    (21, fate(Outcome::Failed, Outcome::Completed, Pace::AtOnce, 0)),
    (30, fate(Outcome::Reversed, Outcome::Completed, Pace::Turn, 0)),
];

const fn fate(outcome: Outcome, retried: Outcome, pace: Pace, error: usize) -> Fate {
    Fate { outcome, retried, pace, error }
}

/// Returns the number with these last two digits, in international form.
fn number(rule: &Msisdn, last: u8) -> String {
    let width = rule.national_digits.saturating_sub(1);
    format!("{}{FIRST}{last:0width$}", rule.country_code)
}

/// Returns the first number whose delivery fails and whose retry is delivered, in international form.
pub(crate) fn failing(rule: &Msisdn) -> String {
    let fails = |fate: &Fate| (fate.outcome, fate.retried) == (Outcome::Failed, Outcome::Completed);
    let last = NUMBERS.iter().find(|(_, fate)| fails(fate)).map_or(0, |(last, _)| *last);
    number(rule, last)
}

/// Returns how a submission to a number in international form goes; `None` if it is not a test number.
pub(crate) fn of(rule: &Msisdn, msisdn: &str) -> Option<Fate> {
    let national = msisdn.strip_prefix(&rule.country_code)?.strip_prefix(FIRST)?;
    let last: u8 = national.parse().ok()?;
    let found = NUMBERS.iter().find(|(number, _)| *number == last)?;
    (number(rule, last) == msisdn).then_some(found.1)
}

/// Returns every test number in local form, with a description of how a submission to it goes.
pub(crate) fn table(rule: &Msisdn) -> Vec<(String, String)> {
    let row =
        |(last, fate): &(u8, Fate)| (crate::msisdn::national(rule, &number(rule, *last)), describe(fate));
    NUMBERS.iter().map(row).collect()
}

fn describe(fate: &Fate) -> String {
    match (fate.outcome, fate.pace, fate.retried) {
        (Outcome::Completed, Pace::AtOnce, _) => "completes at once".into(),
        (Outcome::Completed, Pace::After(span), _) => format!("completes after {} s", span.0 / 1_000_000),
        (Outcome::Completed, Pace::Never, _) => "stays processing".into(),
        (Outcome::Completed, Pace::Turn, _) => "completes".into(),
        (Outcome::Reversed, ..) => "is reversed, and paid back".into(),
        (Outcome::Failed, _, Outcome::Failed) => "fails, and so does each retry".into(),
        (Outcome::Failed, Pace::AtOnce, _) => "fails at once; its retry completes".into(),
        (Outcome::Failed, ..) => {
            format!("fails: \"{}\"; its retry completes", ERRORS.get(fate.error).unwrap_or(&ERRORS[0]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_has_its_fate_in_every_form_and_no_other_has_one() {
        let contract = spec::embedded().unwrap();
        let rule = &contract.msisdn;
        for ((shown, _), (_, fate)) in table(rule).iter().zip(NUMBERS) {
            let number = crate::msisdn::normalise(rule, shown).unwrap();
            assert_eq!(of(rule, &number), Some(*fate), "{shown}");
        }
        for other in ["233201234567", "233500000003", "233500001010", "233510000010", "", "2335"] {
            assert_eq!(of(rule, other), None, "{other}");
        }
        insta::assert_snapshot!(
            table(rule).iter().map(|(one, two)| format!("{one} {two}\n")).collect::<String>()
        );
    }
}
