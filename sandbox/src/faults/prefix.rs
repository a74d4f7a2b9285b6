//! Faults with the numbers of one network only.

use spec::Pesewas;

use super::fault::{Fault, Need};
use super::tools::{WRONG_DEBIT, WRONG_TOTAL, pay_charge, sent_count, sent_number, sum};
use crate::answer::Cause;
use crate::exchange::Exchange;

const GROUP: &str = "prefix";
const NEEDS: &[Need] = &[Need::Variation];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "prefix-59-crash",
        group: GROUP,
        wrong: "a number of the network 59 gets 500",
        breaks: &["STATUS-DOCUMENTED"],
        needs: NEEDS,
        plant: |rules| {
            rules.crash_on(|exchange| {
                (0..sent_count(exchange)).any(|at| is_of(exchange, &sent_number(exchange, at), "59"))
            });
        },
    },
    Fault {
        id: "prefix-24-unexamined",
        group: GROUP,
        wrong: "whatever begins like a number of the network 24 passes for a number",
        breaks: &["PRE-MSISDN"],
        needs: NEEDS,
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| {
                matches!(cause, Cause::Msisdn(at) if is_of(exchange, &sent_number(exchange, at), "24"))
            });
        },
    },
    Fault {
        id: "prefix-57-paid-twice",
        group: GROUP,
        wrong: "a number of the network 57 is paid for twice",
        breaks: WRONG_DEBIT,
        needs: &[Need::Balance, Need::Variation],
        plant: |rules| {
            rules.steps.debit = pay_charge;
            rules.steps.charge = |exchange, lines, total| {
                total + sum(lines.iter().filter(|line| is_of(exchange, &line.msisdn, "57")))
            };
        },
    },
    Fault {
        id: "prefix-26-dropped",
        group: GROUP,
        wrong: "a number of the network 26 is dropped without a word",
        breaks: &["RESP-COUNT", "RESP-TOTAL", "ORDER-RECIPIENTS", "RESP-LINEAR"],
        needs: NEEDS,
        plant: |rules| {
            rules.lines(|exchange, lines| lines.retain(|line| !is_of(exchange, &line.msisdn, "26")));
        },
    },
    Fault {
        id: "prefix-24-shown-as-another",
        group: GROUP,
        wrong: "orders show a number of the network 24 as one of the network 20",
        breaks: &["ORDER-RECIPIENTS"],
        needs: &[Need::Order, Need::Variation],
        plant: |rules| {
            rules.lines(|exchange, lines| {
                let rule = &exchange.app.contract.msisdn;
                for line in lines.iter_mut().filter(|line| is_of(exchange, &line.msisdn, "24")) {
                    let rest = &line.msisdn[rule.country_code.len() + 2..];
                    line.shown = format!("{}{}{rest}", rule.country_code, rule.sample_prefix);
                }
            });
        },
    },
    Fault {
        id: "prefix-54-dearer",
        group: GROUP,
        wrong: "a number of the network 54 costs a pesewa more",
        breaks: WRONG_TOTAL,
        needs: NEEDS,
        plant: |rules| {
            rules.lines(|exchange, lines| {
                for line in lines.iter_mut().filter(|line| is_of(exchange, &line.msisdn, "54")) {
                    line.price += Pesewas::ONE;
                }
            });
        },
    },
];

/// Returns true if a number belongs to a network.
fn is_of(exchange: &Exchange, number: &str, network: &str) -> bool {
    let national = number.strip_prefix(exchange.app.contract.msisdn.country_code.as_str());
    national.is_some_and(|it| it.starts_with(network))
}
