//! Faults that appear only with amounts far larger than a sample's: rich wallets, expensive orders.

use spec::Pesewas;

use super::fault::{Fault, Need};
use super::tools::{NOT_CREATED, WRONG_DEBIT, WRONG_TOTAL, pay, pay_charge, sum};
use crate::answer::Cause;
use crate::exchange::Exchange;
use crate::store::wallet;

const GROUP: &str = "magnitude";
const NEEDS: &[Need] = &[Need::Balance, Need::Variation];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "magnitude-rich-other-allowed",
        group: GROUP,
        wrong: "a role that may not buy may with a hundred thousand cedis in its wallet",
        breaks: &["ROLE-OTHER", "PROFILE-CONSISTENT"],
        needs: &[Need::OtherRole, Need::Balance, Need::Variation],
        plant: |rules| {
            rules.hooks.see_wallet = true;
            rules.skip_refusal(|exchange, cause| cause == Cause::Role && holds(exchange, 10_000_000));
        },
    },
    Fault {
        id: "magnitude-balance-of-32-bits",
        group: GROUP,
        wrong: "a balance past 2^31 pesewas is taken for one below nothing",
        breaks: NOT_CREATED,
        needs: NEEDS,
        plant: |rules| {
            rules.hooks.see_wallet = true;
            rules.force_refusal(Cause::Balance, |exchange, _| holds(exchange, 1 << 31));
        },
    },
    Fault {
        id: "magnitude-debit-of-24-bits",
        group: GROUP,
        wrong: "a balance has 24 bits, as in a short float: of a rich wallet the last pesewas get lost",
        breaks: WRONG_DEBIT,
        needs: NEEDS,
        plant: |rules| {
            rules.hooks.see_wallet = true;
            rules.steps.debit = pay_charge;
            rules.steps.charge = |exchange, _, total| {
                let Some(before) = exchange.wallet.map(Pesewas::get) else { return total };
                let after = before - total.get();
                let lost = (64 - after.leading_zeros()).saturating_sub(24);
                Pesewas::new(before - (after >> lost << lost))
            };
        },
    },
    Fault {
        id: "magnitude-total-capped",
        group: GROUP,
        wrong: "no order costs more than 150.00",
        breaks: WRONG_TOTAL,
        needs: NEEDS,
        plant: |rules| rules.steps.total = |_, lines| sum(lines).min(Pesewas::new(15_000)),
    },
    Fault {
        id: "magnitude-thousands-cut",
        group: GROUP,
        wrong: "from a thousand cedis on the wallet is shown in whole cedis",
        breaks: &["WALLET-CONSISTENT", "MONEY-DEBIT", "MONEY-REJECT", "PROFILE-CONSISTENT"],
        needs: &[Need::Balance, Need::Wallet, Need::Variation],
        plant: |rules| {
            rules.steps.wallet = |_, mut wallet| {
                if wallet.available >= Pesewas::new(100_000) {
                    wallet.available = Pesewas::new(wallet.available.get() / 100 * 100);
                }
                wallet
            };
        },
    },
    Fault {
        id: "magnitude-rich-any-count",
        group: GROUP,
        wrong: "an account with five thousand cedis may have any number of items",
        breaks: &["COUNT-HIGH"],
        needs: NEEDS,
        plant: |rules| {
            rules.hooks.see_wallet = true;
            rules.skip_refusal(|exchange, cause| {
                matches!(cause, Cause::Count(2..)) && holds(exchange, 500_000)
            });
        },
    },
    Fault {
        id: "magnitude-rich-credit",
        group: GROUP,
        wrong: "an account with a hundred cedis may go below nothing",
        breaks: &["BALANCE-SHORT", "MONEY-RACE"],
        needs: NEEDS,
        plant: |rules| {
            rules.steps.debit = |connection, purchase, now| {
                let holds = wallet::read(connection, purchase.account.profile)?.available;
                let rich = holds >= Pesewas::new(10_000);
                let needed = if rich { Pesewas::ZERO } else { purchase.total };
                pay(connection, purchase, needed, purchase.total, now)
            };
        },
    },
    Fault {
        id: "magnitude-dear-total-a-pesewa-off",
        group: GROUP,
        wrong: "the total of an order past a hundred cedis is a pesewa too high",
        breaks: WRONG_TOTAL,
        needs: NEEDS,
        plant: |rules| {
            rules.steps.total = |_, lines| {
                let total = sum(lines);
                total + Pesewas::new(i64::from(total > Pesewas::new(10_000)))
            };
        },
    },
];

/// Returns true if the caller's available balance is at least this many pesewas.
fn holds(exchange: &Exchange, pesewas: i64) -> bool {
    exchange.wallet.is_some_and(|holds| holds >= Pesewas::new(pesewas))
}
