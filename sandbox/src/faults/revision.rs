//! Faults of the fields of the later revision.

use spec::Pesewas;

use super::fault::{Fault, Need};
use super::tools::{memory, shift, slot};
use crate::json::{Json, Object};
use crate::rules::Rules;

const GROUP: &str = "revision";
const NEEDS: &[Need] = &[Need::Revision];
const BALANCE: &[&str] = &["REV-BALANCE"];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "revision-status-completed",
        group: GROUP,
        wrong: "the status is completed",
        breaks: &["REV-STATUS"],
        needs: NEEDS,
        plant: |rules| revised(rules, |data, names| data.set(&names.status, "completed")),
    },
    Fault {
        id: "revision-status-number",
        group: GROUP,
        wrong: "the status is a number",
        breaks: &["REV-STATUS", "RESP-SHAPE"],
        needs: NEEDS,
        plant: |rules| revised(rules, |data, names| data.set(&names.status, 1)),
    },
    Fault {
        id: "revision-after-a-pesewa-off",
        group: GROUP,
        wrong: "the balance after is a pesewa too high",
        breaks: BALANCE,
        needs: NEEDS,
        plant: |rules| revised(rules, |data, names| shift(data, &names.balance_after, 1)),
    },
    Fault {
        id: "revision-after-is-before",
        group: GROUP,
        wrong: "the balance after is the balance before",
        breaks: BALANCE,
        needs: NEEDS,
        plant: |rules| {
            revised(rules, |data, names| {
                let before = data.get(&names.balance_before).cloned();
                data.set(&names.balance_after, before.unwrap_or(Json::Null));
            });
        },
    },
    Fault {
        id: "revision-balances-swapped",
        group: GROUP,
        wrong: "the balances before and after stand in each other's place",
        breaks: BALANCE,
        needs: NEEDS,
        plant: |rules| {
            revised(rules, |data, names| {
                let fields =
                    [&names.balance_before, &names.balance_after].map(|name| data.get(name).cloned());
                if let [Some(before), Some(after)] = fields {
                    data.set(&names.balance_before, after);
                    data.set(&names.balance_after, before);
                }
            });
        },
    },
    Fault {
        id: "revision-balances-shifted",
        group: GROUP,
        wrong: "both balances are those of ten cedis more: they differ by the total and are not true",
        breaks: BALANCE,
        needs: &[Need::Revision, Need::Balance],
        plant: |rules| {
            revised(rules, |data, names| {
                shift(data, &names.balance_before, 1000);
                shift(data, &names.balance_after, 1000);
            });
        },
    },
    Fault {
        id: "revision-balances-texts",
        group: GROUP,
        wrong: "both balances are texts",
        breaks: &["REV-BALANCE", "RESP-SHAPE"],
        needs: NEEDS,
        plant: |rules| {
            revised(rules, |data, names| {
                for name in [&names.balance_before, &names.balance_after] {
                    if let Some(amount) = data.get(name).and_then(Json::money) {
                        data.set(name, amount.to_string());
                    }
                }
            });
        },
    },
    Fault {
        id: "revision-before-remembered",
        group: GROUP,
        wrong: "the balance before is that of the account's first order",
        breaks: BALANCE,
        needs: &[Need::Revision, Need::Sequence],
        plant: |rules| {
            rules.freedoms.shown.later_revision = true;
            rules.created(|exchange, answer| {
                let names = &exchange.app.contract.fields.summary;
                let Some(account) = &exchange.account else { return };
                let Some(data) = super::tools::data(exchange, answer) else { return };
                let before = data.get(&names.balance_before).and_then(Json::money);
                let total = data.get(&names.total).and_then(Json::money).unwrap_or_default();
                let mut memory = memory(&exchange.app);
                let first = memory.entry(slot(account, "before")).or_insert_with(|| before.into());
                let first: Option<Pesewas> = first.money();
                data.set(&names.balance_before, first);
                data.set(&names.balance_after, first.map(|first| first - total));
            });
        },
    },
];

fn revised(rules: &mut Rules, change: fn(&mut Object, &spec::fields::SummaryNames)) {
    rules.freedoms.shown.later_revision = true;
    rules.summary(change);
}
