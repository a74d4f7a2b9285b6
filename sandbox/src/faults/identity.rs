//! Faults of order ids.

use std::sync::atomic::Ordering;

use super::fault::{Fault, Need};
use crate::ids;

const GROUP: &str = "identity";

/// The requirements that may be reported if two orders share an id: the later order can't be read.
const SHARED: &[&str] = &[
    "RESP-ORDER-ID",
    "ORDER-STATUS",
    "ORDER-RECIPIENTS",
    "ORDER-PROGRESS",
    "ORDER-SAME",
    "ORDER-LIST",
    "ORDER-RETRY",
    "MONEY-RACE",
];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "id-for-two-orders",
        group: GROUP,
        wrong: "each id is given to two orders in a row",
        breaks: SHARED,
        needs: &[Need::Sequence],
        plant: |rules| rules.steps.order_id = |_, _, seq| ids::opaque("kr7", seq / 2),
    },
    Fault {
        id: "id-repeats-after-eight",
        group: GROUP,
        wrong: "there are eight ids, given in turn",
        breaks: SHARED,
        needs: &[Need::Sequence],
        plant: |rules| rules.steps.order_id = |_, _, seq| ids::opaque("kr7", seq % 8),
    },
    Fault {
        id: "id-counted-per-account",
        group: GROUP,
        wrong: "each account counts its orders anew: ids of two accounts are the same",
        breaks: SHARED,
        needs: &[Need::TwoAccounts],
        plant: |rules| {
            rules.steps.order_id = |_, purchase, _| {
                ids::opaque("kr7", purchase.account.orders.load(Ordering::Relaxed).cast_signed())
            };
        },
    },
    Fault {
        id: "id-of-the-content",
        group: GROUP,
        wrong: "the id is made of packages and numbers: the same order twice has one id",
        breaks: SHARED,
        needs: &[Need::Sequence],
        plant: |rules| {
            rules.steps.order_id = |_, purchase, _| {
                let text: String =
                    purchase.lines.iter().map(|line| format!("{}{}", line.package, line.msisdn)).collect();
                let mixed = text.bytes().fold(0, |mixed, byte| ids::scatter(mixed ^ u64::from(byte)));
                ids::opaque("kr7", (mixed ^ purchase.account.profile.cast_unsigned()).cast_signed())
            };
        },
    },
    Fault {
        id: "id-empty",
        group: GROUP,
        wrong: "the order id in the answer is empty",
        breaks: &["ORDER-LIST", "RESP-ORDER-ID", "ORDER-STATUS"],
        needs: &[],
        plant: |rules| rules.summary(|data, names| data.set(&names.order_id, "")),
    },
    Fault {
        id: "id-of-no-order",
        group: GROUP,
        wrong: "the order id in the answer is not the one under which the order is found",
        breaks: &[
            "ORDER-STATUS",
            "ORDER-LIST",
            "ORDER-RECIPIENTS",
            "ORDER-PROGRESS",
            "ORDER-SAME",
            "ORDER-RETRY",
            "MONEY-RACE",
        ],
        needs: &[Need::Order],
        plant: |rules| {
            rules.created(|exchange, answer| {
                let name = &exchange.app.contract.fields.summary.order_id;
                let other = ids::opaque("kr8", exchange.call.serial.cast_signed());
                if let Some(data) = super::tools::data(exchange, answer) {
                    data.set(name, other);
                }
            });
        },
    },
];
