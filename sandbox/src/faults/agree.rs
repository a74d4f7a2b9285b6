//! Faults of values that must agree after each kind of refusal, and of values that must differ between orders.

use spec::OperationId;

use super::fault::{Fault, Need};
use super::tools::{memory, shift, slot};
use crate::answer::Cause;
use crate::exchange::Exchange;
use crate::json::Json;
use crate::rules::Rules;

const GROUP: &str = "agree";

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "agree-held-by-a-refusal",
        group: GROUP,
        wrong: "an order that is refused for a recipient leaves ten pesewas held for good",
        breaks: &["MONEY-REJECT", "PRE-ATOMIC", "WALLET-CONSISTENT"],
        needs: &[Need::Wallet, Need::Variation],
        plant: |rules| {
            after(rules, |cause| cause.position().is_some());
            rules.steps.wallet = |exchange, mut wallet| {
                if refused(exchange) {
                    wallet.held += spec::Pesewas::new(10);
                }
                wallet
            };
        },
    },
    Fault {
        id: "agree-profile-pays-for-a-refusal",
        group: GROUP,
        wrong: "after an order refused for its count the profile shows ten pesewas less than the wallet",
        breaks: &["PROFILE-CONSISTENT"],
        needs: &[Need::Profile, Need::Variation],
        plant: |rules| {
            after(rules, |cause| matches!(cause, Cause::Count(_)));
            rules.data(OperationId::Profile, |exchange, data| {
                if refused(exchange) {
                    let names = &exchange.app.contract.fields.profile;
                    shift(data, &names.available, -10);
                    shift(data, &names.total, -10);
                }
            });
        },
    },
    Fault {
        id: "agree-profile-suspended-by-a-refusal",
        group: GROUP,
        wrong: "after an order that the wallet could not pay the profile is Suspended, and its key works",
        breaks: &["PROFILE-CONSISTENT"],
        needs: &[Need::Profile, Need::Variation],
        plant: |rules| {
            after(rules, |cause| cause == Cause::Balance);
            rules.data(OperationId::Profile, |exchange, data| {
                if refused(exchange) {
                    data.set(&exchange.app.contract.fields.profile.status, "Suspended");
                }
            });
        },
    },
    Fault {
        id: "agree-role-lost-by-a-refusal",
        group: GROUP,
        wrong: "after an order of no known operator the profile has a role that may not buy",
        breaks: &["PROFILE-CONSISTENT"],
        needs: &[Need::Profile, Need::Variation],
        plant: |rules| {
            after(rules, |cause| cause == Cause::OperatorUnknown);
            rules.data(OperationId::Profile, |exchange, data| {
                let contract = &exchange.app.contract;
                if let Some(other) = contract.roles.others().next().filter(|_| refused(exchange)) {
                    data.set(&contract.fields.role, other.to_owned());
                }
            });
        },
    },
];

/// Remembers for each account that an order was refused for such a cause.
fn after(rules: &mut Rules, such: fn(Cause) -> bool) {
    rules.refusal(move |exchange, _, cause| {
        if let (Some(account), true) = (&exchange.account, such(cause)) {
            memory(&exchange.app).insert(slot(account, "refused"), Json::Null);
        }
    });
}

fn refused(exchange: &Exchange) -> bool {
    let account = exchange.account.as_ref();
    account.is_some_and(|account| memory(&exchange.app).contains_key(&slot(account, "refused")))
}
