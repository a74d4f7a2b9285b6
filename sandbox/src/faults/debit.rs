//! Faults of the amount that is debited.

use std::collections::BTreeSet;
use std::time::Duration;

use spec::Pesewas;

use super::fault::{Fault, Need, ids};
use super::tools::{WRONG_DEBIT, pay_charge, sum};
use crate::purchase::{Booked, Booking, Purchase};
use crate::store::StoreError;
use crate::store::wallet::{self, Debited};

const GROUP: &str = "debit";
const NEEDS: &[Need] = &[Need::Balance];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "debit-nothing",
        group: GROUP,
        wrong: "nothing leaves the wallet",
        breaks: WRONG_DEBIT,
        needs: NEEDS,
        plant: |rules| {
            rules.steps.debit = pay_charge;
            rules.steps.charge = |_, _, _| Pesewas::ZERO;
        },
    },
    Fault {
        id: "debit-twice",
        group: GROUP,
        wrong: "the total leaves the wallet twice",
        breaks: WRONG_DEBIT,
        needs: NEEDS,
        plant: |rules| {
            rules.steps.debit = pay_charge;
            rules.steps.charge = |_, _, total| total * 2;
        },
    },
    Fault {
        id: "debit-first-item",
        group: GROUP,
        wrong: "only the first item is paid for",
        breaks: WRONG_DEBIT,
        needs: NEEDS,
        plant: |rules| {
            rules.steps.debit = pay_charge;
            rules.steps.charge = |_, lines, _| sum(lines.iter().take(1));
        },
    },
    Fault {
        id: "debit-whole-cedis",
        group: GROUP,
        wrong: "what leaves the wallet is cut to whole cedis",
        breaks: WRONG_DEBIT,
        needs: NEEDS,
        plant: |rules| {
            rules.steps.debit = pay_charge;
            rules.steps.charge = |_, _, total| Pesewas::new(total.get() / 100 * 100);
        },
    },
    Fault {
        id: "debit-fee",
        group: GROUP,
        wrong: "0.05 more than the total leaves the wallet",
        breaks: WRONG_DEBIT,
        needs: NEEDS,
        plant: |rules| {
            rules.steps.debit = pay_charge;
            rules.steps.charge = |_, _, total| total + Pesewas::new(5);
        },
    },
    Fault {
        id: "debit-first-buyers-price",
        group: GROUP,
        wrong: "the answer shows the second role's total, and the first role's leaves the wallet",
        breaks: WRONG_DEBIT,
        needs: &[Need::Balance, Need::EachBuyer],
        plant: |rules| {
            rules.steps.debit = pay_charge;
            rules.steps.charge = |exchange, lines, total| {
                let app = &exchange.app;
                let first = app.contract.roles.buyers.first();
                let catalog = app.catalog();
                let prices = lines.iter().filter_map(|line| catalog.packages.get(&line.package));
                first.map_or(total, |role| prices.map(|package| package.price(role)).sum())
            };
        },
    },
    Fault {
        id: "debit-each-number-once",
        group: GROUP,
        wrong: "a number that stands twice is paid for once",
        breaks: WRONG_DEBIT,
        needs: NEEDS,
        plant: |rules| {
            rules.steps.debit = pay_charge;
            rules.steps.charge = |_, lines, _| {
                let mut seen = BTreeSet::new();
                sum(lines.iter().filter(|line| seen.insert(&line.msisdn)))
            };
        },
    },
    Fault {
        id: "debit-seventeen-twice",
        group: GROUP,
        wrong: "an order of seventeen items is paid for twice",
        breaks: WRONG_DEBIT,
        needs: NEEDS,
        plant: |rules| {
            rules.steps.debit = pay_charge;
            rules.steps.charge = |_, lines, total| if lines.len() == 17 { total * 2 } else { total };
        },
    },
    Fault {
        id: "debit-large-totals-cut",
        group: GROUP,
        wrong: "no more than 25.00 leaves the wallet for one order",
        breaks: WRONG_DEBIT,
        needs: NEEDS,
        plant: |rules| {
            rules.steps.debit = pay_charge;
            rules.steps.charge = |_, _, total| total.min(Pesewas::new(2500));
        },
    },
    Fault {
        id: "debit-later",
        group: GROUP,
        wrong: "the money leaves the wallet a third of a second after the answer",
        breaks: ids![WRONG_DEBIT, "PROFILE-CONSISTENT"],
        needs: NEEDS,
        plant: |rules| rules.steps.book = later,
    },
];

fn later(booking: Booking, mut purchase: Purchase) -> Booked {
    Box::pin(async move {
        let (app, profile, charge) = (booking.app.clone(), purchase.account.profile, purchase.charge);
        let created = app
            .store
            .call(move |connection| {
                let now = booking.app.clock.now();
                let before = wallet::read(connection, profile)?.available;
                if before < charge {
                    return Err(StoreError::Insufficient);
                }
                booking.record(connection, &mut purchase, Debited { before, after: before - charge }, now)
            })
            .await?;
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(333)).await;
            let now = app.clock.now();
            // The server may have stopped by now, so an error is ignored.
            let _ = app.store.call(move |connection| wallet::add(connection, profile, -charge, now)).await;
        });
        Ok(created)
    })
}
