//! Orders that were read again in a later case than the one that placed them, as at the end of a run: an order is found under
//! its id however many newer ones its account has, and shows what it showed.

use std::collections::BTreeMap;

use crate::judge::again::{Again, Shown};
use crate::judge::findings::ghs;
use crate::judge::part::Created;
use crate::judge::verdict::{Finding, Marks};
use crate::judge::whole::{Whole, finding, pass};

pub(super) fn judge_run(run: &Whole<'_>, marks: &mut Marks) {
    let mut placed: BTreeMap<&str, Vec<&Created>> = BTreeMap::new();
    for created in run.parts.iter().flat_map(|it| &it.created) {
        if let Some(id) = created.id.as_deref() {
            placed.entry(id).or_default().push(created);
        }
    }
    for again in run.parts.iter().flat_map(|it| &it.again) {
        // An id that was given out twice is judged for that.
        let Some([created]) = placed.get(again.id.as_str()).map(Vec::as_slice) else { continue };
        let wrong = differences(created, &again.shown);
        if wrong.is_empty() {
            marks.marks.push(pass("ORDER-STATUS"));
        }
        marks.findings.extend(wrong.into_iter().map(|it| found(created, again, it)));
    }
}

/// What is wrong with an order that was read again: the candidates, the cause, what was said and what is wanted.
type Wrong = (&'static [&'static str], &'static str, String, String);

fn differences(created: &Created, shown: &Shown) -> Vec<Wrong> {
    let (amount, reference, recipients) = match shown {
        Shown::Status(status) => {
            let said = format!("an order that the run placed earlier is answered with {status}");
            return vec![(&["ORDER-STATUS"], "not found", said, "the order".to_owned())];
        }
        Shown::Order { amount, reference, recipients } => (amount, reference, recipients),
    };
    let mut wrong: Vec<Wrong> = Vec::new();
    if let Some((amount, total)) = amount.zip(created.total).filter(|(amount, total)| amount != total) {
        let said = format!("the order's amount is {}", ghs(amount));
        wrong.push((&["ORDER-STATUS", "RESP-TOTAL"], "amount", said, ghs(total)));
    }
    if let (Some(shown), Some(given)) = (reference, &created.reference)
        && shown != given
    {
        let said = format!("the order's reference is {shown}");
        wrong.push((&["ORDER-STATUS", "RESP-REFERENCE"], "reference", said, given.clone()));
    }
    match (recipients, created.recipients) {
        (Some(now), Some(before)) if *now != before => {
            let said = format!("{now} recipients are shown, and {before} were before");
            wrong.push((&["ORDER-RECIPIENTS"], "count", said, before.to_string()));
        }
        (None, Some(before)) => {
            let said = "recipients that an order has shown are not shown any more".to_owned();
            wrong.push((&["ORDER-RECIPIENTS"], "gone", said, before.to_string()));
        }
        _ => {}
    }
    wrong
}

fn found(created: &Created, again: &Again, (ids, cause, said, wanted): Wrong) -> Finding {
    let detail = format!("{:?} was created in {}", again.id, created.at.0);
    finding(ids, cause, &said, &wanted, &again.at, detail)
}

#[cfg(test)]
mod tests {
    use spec::Pesewas;

    use super::*;
    use crate::judge::part::Part;

    fn found(shown: Shown, times: usize) -> Vec<String> {
        let created = || Created {
            at: ("a".into(), 0, 0),
            payer: 0,
            owner: None,
            done_us: 10,
            id: Some("k1".into()),
            reference: Some("514220".into()),
            total: Some(Pesewas::new(200)),
            recipients: Some(2),
            priced: None,
        };
        let again = Again { at: ("b".into(), 9, 1), id: "k1".into(), shown };
        let created = (0..times).map(|_| created()).collect();
        let parts = [Part { created, ..Part::default() }, Part { again: vec![again], ..Part::default() }];
        let contract = spec::embedded().unwrap();
        let mut marks = Marks::default();
        judge_run(&Whole::new(&contract, &parts), &mut marks);
        assert_eq!(marks.marks.len(), usize::from(marks.findings.is_empty() && times == 1));
        marks.findings.into_iter().map(|it| format!("{} {}", it.candidates[0], it.cause)).collect()
    }

    #[test]
    fn an_old_order_is_found_and_shows_what_it_did() {
        let order = |amount: i64, reference: &str, recipients| Shown::Order {
            amount: Some(Pesewas::new(amount)),
            reference: Some(reference.to_owned()),
            recipients,
        };
        let none: [&str; 0] = [];
        assert_eq!(found(order(200, "514220", Some(2)), 1), none);
        assert_eq!(found(Shown::Order { amount: None, reference: None, recipients: Some(2) }, 1), none);
        assert_eq!(found(Shown::Status(404), 1), ["ORDER-STATUS not found"]);
        assert_eq!(found(order(100, "514220", Some(2)), 1), ["ORDER-STATUS amount"]);
        assert_eq!(found(order(200, "514221", Some(2)), 1), ["ORDER-STATUS reference"]);
        assert_eq!(found(order(200, "514220", Some(1)), 1), ["ORDER-RECIPIENTS count"]);
        assert_eq!(found(order(200, "514220", None), 1), ["ORDER-RECIPIENTS gone"]);
        // Which of two orders it is can't be told.
        assert_eq!(found(Shown::Status(404), 2), none);
    }
}
