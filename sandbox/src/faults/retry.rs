//! Faults of the retry of a failed recipient.

use spec::OperationId;

use super::fault::{Fault, Need};
use super::tools::crash;
use crate::store::{orders, wallet};

const GROUP: &str = "retry";
const NEEDS: &[Need] = &[Need::Retry, Need::Order, Need::FailingRecipient];
const RETRY: &[&str] = &["ORDER-RETRY"];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "retry-debits-again",
        group: GROUP,
        wrong: "a recipient that is retried is paid for again",
        breaks: &["ORDER-RETRY", "MONEY-DEBIT"],
        needs: NEEDS,
        plant: |rules| {
            rules.hooks.retried = Some(|app, connection, order, position| {
                let recipients = orders::recipients(connection, order.seq)?;
                let price = recipients.iter().find(|it| it.position == position).map(|it| it.price);
                wallet::add(connection, order.profile, -price.unwrap_or_default(), app.clock.now())
                    .map(|_| ())
            });
        },
    },
    Fault {
        id: "retry-debits-order",
        group: GROUP,
        wrong: "a retry debits the whole order again",
        breaks: &["ORDER-RETRY", "MONEY-DEBIT"],
        needs: NEEDS,
        plant: |rules| {
            rules.hooks.retried = Some(|app, connection, order, _| {
                wallet::add(connection, order.profile, -order.total, app.clock.now()).map(|_| ())
            });
        },
    },
    Fault {
        id: "retry-refunds-again",
        group: GROUP,
        wrong: "a recipient that was refunded when it failed is refunded once more when it is retried",
        breaks: &["ORDER-RETRY", "MONEY-DEBIT"],
        needs: NEEDS,
        plant: |rules| {
            rules.freedoms.wallet.refund_failed = true;
            rules.hooks.retried = Some(|app, connection, order, position| {
                let recipients = orders::recipients(connection, order.seq)?;
                let price = recipients.iter().find(|it| it.position == position).map(|it| it.price);
                // What the retry took back, and the price once more.
                let back = price.unwrap_or_default() * 2;
                wallet::add(connection, order.profile, back, app.clock.now()).map(|_| ())
            });
        },
    },
    Fault {
        id: "retry-submits-all",
        group: GROUP,
        wrong: "a retry submits every recipient of the order again",
        breaks: &["ORDER-RETRY", "ORDER-PROGRESS"],
        needs: NEEDS,
        plant: |rules| {
            rules.hooks.retried = Some(|app, connection, order, _| {
                let now = app.clock.now();
                let again = |other| orders::resubmit(connection, order.seq, other, app.pause, now);
                (0..order.count).try_for_each(again)
            });
        },
    },
    Fault {
        id: "retry-submits-neighbour",
        group: GROUP,
        wrong: "a retry submits the next recipient too",
        breaks: &["ORDER-RETRY", "ORDER-PROGRESS"],
        needs: NEEDS,
        plant: |rules| {
            rules.hooks.retried = Some(|app, connection, order, position| {
                let next = (position + 1) % order.count.max(1);
                orders::resubmit(connection, order.seq, next, app.pause, app.clock.now())
            });
        },
    },
    Fault {
        id: "retry-refused",
        group: GROUP,
        wrong: "a failed recipient can't be retried: 409",
        breaks: RETRY,
        needs: NEEDS,
        plant: |rules| {
            rules.hooks.retried = Some(|_, _, _, _| Err(crate::store::StoreError::Conflict));
        },
    },
    Fault {
        id: "retry-crash",
        group: GROUP,
        wrong: "the retry of a failed recipient gets 500",
        breaks: &["ORDER-RETRY", "STATUS-DOCUMENTED"],
        needs: NEEDS,
        plant: |rules| {
            rules.rewrite(|exchange, answer| {
                if exchange.is(OperationId::Retry) && answer.cause.is_none() {
                    *answer = crash(exchange);
                }
            });
        },
    },
    Fault {
        id: "retry-of-anothers",
        group: GROUP,
        wrong: "anybody can retry a recipient of another account's order",
        breaks: &["ORDER-RETRY", "ORDER-PRIVATE"],
        needs: &[Need::Retry, Need::Order, Need::TwoAccounts],
        plant: |rules| {
            rules.steps.may_see =
                |exchange, account, owner| account.profile == owner || exchange.is(OperationId::Retry);
        },
    },
];
