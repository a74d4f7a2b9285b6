//! Faults of the check whether the balance is sufficient.

use axum::http::StatusCode;
use spec::{Meaning, Pesewas};

use super::fault::{Fault, Need};
use super::tools::pay;
use crate::answer::{Answer, Cause};
use crate::json::Object;
use crate::purchase::{Booked, Booking, Purchase, book};
use crate::store::wallet;

const GROUP: &str = "balance";
const SHORT: &[&str] = &["BALANCE-SHORT", "MONEY-RACE"];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "balance-must-exceed",
        group: GROUP,
        wrong: "a balance equal to the total is not enough",
        breaks: &["BALANCE-EXACT", "MONEY-RACE"],
        needs: &[Need::Balance],
        plant: |rules| {
            rules.steps.debit = |connection, purchase, now| {
                pay(connection, purchase, purchase.total + Pesewas::ONE, purchase.charge, now)
            };
        },
    },
    Fault {
        id: "balance-reserve",
        group: GROUP,
        wrong: "one cedi must stay in the wallet",
        breaks: &["BALANCE-EXACT", "MONEY-RACE"],
        needs: &[Need::Balance],
        plant: |rules| {
            rules.steps.debit = |connection, purchase, now| {
                pay(connection, purchase, purchase.total + Pesewas::new(100), purchase.charge, now)
            };
        },
    },
    Fault {
        id: "balance-in-whole-cedis",
        group: GROUP,
        wrong: "balance and total are compared in whole cedis",
        breaks: SHORT,
        needs: &[Need::Balance],
        plant: |rules| {
            rules.steps.debit = |connection, purchase, now| {
                let needed = Pesewas::new(purchase.total.get() / 100 * 100);
                pay(connection, purchase, needed, purchase.charge, now)
            };
        },
    },
    Fault {
        id: "balance-unchecked-for-eleven",
        group: GROUP,
        wrong: "the balance is not checked for orders of eleven",
        breaks: SHORT,
        needs: &[Need::Balance],
        plant: |rules| {
            rules.steps.debit = |connection, purchase, now| {
                let unchecked = purchase.lines.len() == 11;
                let needed = if unchecked { Pesewas::ZERO } else { purchase.total };
                pay(connection, purchase, needed, purchase.charge, now)
            };
        },
    },
    Fault {
        id: "balance-one-pesewa-short",
        group: GROUP,
        wrong: "a balance one pesewa below the total is enough",
        breaks: SHORT,
        needs: &[Need::Balance],
        plant: |rules| {
            rules.steps.debit = |connection, purchase, now| {
                pay(connection, purchase, purchase.total - Pesewas::ONE, purchase.charge, now)
            };
        },
    },
    Fault {
        id: "balance-unchecked",
        group: GROUP,
        wrong: "the balance is not looked at",
        breaks: SHORT,
        needs: &[Need::Balance],
        plant: |rules| {
            rules.steps.debit = |connection, purchase, now| {
                wallet::add(connection, purchase.account.profile, -purchase.charge, now)
            };
        },
    },
    Fault {
        id: "balance-for-dearest-item",
        group: GROUP,
        wrong: "the balance must do for the dearest item only",
        breaks: SHORT,
        needs: &[Need::Balance],
        plant: |rules| {
            rules.steps.debit = |connection, purchase, now| {
                let needed = purchase.lines.iter().map(|line| line.price).max().unwrap_or_default();
                pay(connection, purchase, needed, purchase.charge, now)
            };
        },
    },
    Fault {
        id: "balance-for-first-item",
        group: GROUP,
        wrong: "the balance must do for the first item only",
        breaks: SHORT,
        needs: &[Need::Balance],
        plant: |rules| {
            rules.steps.debit = |connection, purchase, now| {
                let needed = purchase.lines.first().map_or(Pesewas::ZERO, |line| line.price);
                pay(connection, purchase, needed, purchase.charge, now)
            };
        },
    },
    Fault {
        id: "balance-zero-unlimited",
        group: GROUP,
        wrong: "a balance of zero is taken for one that is not known, and passes",
        breaks: SHORT,
        needs: &[Need::Balance],
        plant: |rules| {
            rules.steps.debit = |connection, purchase, now| {
                let available = wallet::read(connection, purchase.account.profile)?.available;
                let needed = if available == Pesewas::ZERO { Pesewas::ZERO } else { purchase.total };
                pay(connection, purchase, needed, purchase.charge, now)
            };
        },
    },
    Fault {
        id: "balance-second-buyer-credit",
        group: GROUP,
        wrong: "the second of the roles that may buy has credit",
        breaks: SHORT,
        needs: &[Need::Balance, Need::EachBuyer],
        plant: |rules| {
            rules.steps.book = |booking, order| {
                let second = booking.app.contract.roles.buyers.get(1) == Some(&order.account.role);
                if second { on_credit(booking, order) } else { book(booking, order) }
            };
        },
    },
    Fault {
        id: "balance-short-invalid",
        group: GROUP,
        wrong: "a balance that does not do gets 400",
        breaks: SHORT,
        needs: &[Need::Balance],
        plant: |rules| rules.status(|cause| cause == Cause::Balance, StatusCode::BAD_REQUEST),
    },
    Fault {
        id: "balance-short-forbidden",
        group: GROUP,
        wrong: "a balance that does not do gets 403",
        breaks: SHORT,
        needs: &[Need::Balance],
        plant: |rules| rules.status(|cause| cause == Cause::Balance, StatusCode::FORBIDDEN),
    },
    Fault {
        id: "balance-short-crash",
        group: GROUP,
        wrong: "a balance that does not do gets 500",
        breaks: &["BALANCE-SHORT", "MONEY-RACE", "STATUS-DOCUMENTED"],
        needs: &[Need::Balance],
        plant: |rules| rules.status(|cause| cause == Cause::Balance, StatusCode::INTERNAL_SERVER_ERROR),
    },
    Fault {
        id: "balance-short-success-false",
        group: GROUP,
        wrong: "a balance that does not do gets the status of success around `success: false`",
        breaks: &[
            "BALANCE-SHORT",
            "MONEY-RACE",
            "MONEY-DEBIT",
            "RESP-SHAPE",
            "RESP-STATUS",
            "RESP-MESSAGE",
            "RESP-ORDER-ID",
            "RESP-REFERENCE",
            "RESP-TOTAL",
            "RESP-COUNT",
            "ERR-ENVELOPE",
        ],
        needs: &[Need::Balance],
        plant: |rules| {
            rules.refusal(|exchange, answer, cause| {
                let contract = &exchange.app.contract;
                if cause == Cause::Balance {
                    let names = &contract.fields.summary;
                    let data = Object::new()
                        .with(&names.success, false)
                        .with(&names.message, "Insufficient wallet balance");
                    *answer = Answer::success(contract, contract.status(Meaning::Accepted), data);
                    answer.cause = Some(cause);
                }
            });
        },
    },
];

/// Debits without checking the balance.
fn on_credit(booking: Booking, mut order: Purchase) -> Booked {
    Box::pin(async move {
        let app = booking.app.clone();
        app.store
            .call(move |connection| {
                let now = booking.app.clock.now();
                let balance = wallet::add(connection, order.account.profile, -order.charge, now)?;
                booking.record(connection, &mut order, balance, now)
            })
            .await
    })
}
