//! Judges whether the amounts that a program prints are those of the server.

use spec::{OperationId, Pesewas};

use super::finding::{Finding, finding};
use super::scene::{Known, Scene, field, read_whole};
use crate::client::history::{Exchange, Said};
use crate::client::task::TaskKind;

/// The word before the total of an order.
const TOTAL: &str = "total";

pub(super) fn judge(scene: &Scene<'_>) -> Option<Finding> {
    let end = scene.recording.end.as_ref().filter(|it| it.said == Some(Said::Done))?;
    let fields = &scene.contract.fields;
    let (word, said, at) = match scene.task()?.kind {
        TaskKind::Buy | TaskKind::BuyAndWait => {
            let purchases = scene.purchases();
            let accepted = purchases.iter().rfind(|it| it.known == Known::Accepted)?;
            let answer = read_whole(accepted.exchange)?;
            (TOTAL, field(scene.contract, answer, &fields.summary.total)?, accepted.index)
        }
        TaskKind::Balance => {
            let read = scene.of(&[OperationId::Wallet, OperationId::Profile]);
            let shown = |(at, it): &(usize, &Exchange)| {
                let answer = read_whole(it)?;
                let text = field(scene.contract, answer, &fields.wallet.available)?;
                Some(("available", text, *at))
            };
            read.iter().rev().find_map(shown)?
        }
    };
    let amount = Pesewas::from_decimal(&said).ok()?;
    let currency = scene.contract.currency.to_ascii_lowercase();
    let right = |(line, printed): &(String, String)| {
        let in_pesewas = printed.parse::<i64>().is_ok_and(|it| it == amount.get());
        // A whole number after `total` need not be an amount: it may be the number of recipients.
        let a_count = word == TOTAL && !printed.contains('.') && !line.contains(&currency);
        in_pesewas || a_count || Pesewas::from_decimal(printed).ok() == Some(amount)
    };
    // Several amounts may be printed, such as those of single recipients; one of them must be right.
    let lines = end.stdout.lines().map(str::to_ascii_lowercase);
    let printed: Vec<_> =
        lines.filter_map(|line| Some((line.clone(), behind(&line, word, &currency)?))).collect();
    let (_, wrong) = printed.first().filter(|_| !printed.iter().any(right))?;
    let what = "an amount is shown otherwise than the server said it";
    Some(finding("AMOUNT-EXACT", what, &format!("{word} {amount}"), format!("{word} {wrong}")).at(at))
}

/// Returns the number after a word of a line, if only the rest of the word, punctuation and the currency are between
/// them.
fn behind(line: &str, word: &str, currency: &str) -> Option<String> {
    let lower = line.to_ascii_lowercase();
    let start = lower.find(word)?;
    // `subtotal` is another word.
    if lower.get(..start)?.ends_with(|it: char| it.is_ascii_alphabetic()) {
        return None;
    }
    let at = start + word.len();
    let rest = lower.get(at..)?.trim_start_matches(|it: char| it.is_ascii_alphabetic());
    let start = rest.find(|it: char| it.is_ascii_digit())?;
    let between = rest.get(..start)?;
    if between.contains(|it: char| it.is_ascii_alphabetic()) && !between.contains(currency) {
        return None;
    }
    let number: String = rest
        .get(start..)?
        .chars()
        .filter(|it| *it != ',')
        .take_while(|it| it.is_ascii_digit() || *it == '.')
        .collect();
    Some(number.trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::behind;

    #[test]
    fn an_amount_is_found_behind_its_word_and_nowhere_else() {
        let total = |line: &str| behind(line, "total", "ghs");
        assert_eq!(total("total       4.70 GHS").as_deref(), Some("4.70"));
        assert_eq!(
            total(r#"{"totalAmount": 1.2000000000000002, "n": 2}"#).as_deref(),
            Some("1.2000000000000002")
        );
        assert_eq!(total("Total: GHS 1,234.50.").as_deref(), Some("1234.50"));
        assert_eq!(total("total for 2 recipients"), None);
        assert_eq!(total("subtotal 2.35"), None);
        assert_eq!(total("nothing"), None);
    }
}
