//! Faults of totals: which prices are added up, and how.

use std::collections::BTreeSet;

use spec::Pesewas;

use super::fault::{Fault, Need, ids};
use super::tools::{WRONG_TOTAL, is_buyer, sum};
use crate::json::Json;
use crate::store::orders::Line;

const GROUP: &str = "price";

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "price-of-first-buyer-for-all",
        group: GROUP,
        wrong: "every role pays and is shown the price of the first that may buy",
        breaks: &["RESP-TOTAL", "CATALOG-PRICE", "BALANCE-EXACT"],
        needs: &[Need::EachBuyer, Need::Prices],
        plant: |rules| {
            rules.steps.price = |exchange, package| {
                let first = exchange.app.contract.roles.buyers.first();
                first.map_or(Pesewas::ZERO, |role| package.price(role))
            };
        },
    },
    Fault {
        id: "price-of-second-buyer-for-all",
        group: GROUP,
        wrong: "every role pays and is shown the price of the second that may buy",
        breaks: &["RESP-TOTAL", "CATALOG-PRICE", "BALANCE-SHORT"],
        needs: &[Need::EachBuyer, Need::Prices],
        plant: |rules| {
            rules.steps.price = |exchange, package| {
                let last = exchange.app.contract.roles.buyers.get(1);
                last.map_or(Pesewas::ZERO, |role| package.price(role))
            };
        },
    },
    Fault {
        id: "total-first-buyers-price",
        group: GROUP,
        wrong: "the second of the roles that may buy is shown its price and pays the first's",
        breaks: WRONG_TOTAL,
        needs: &[Need::EachBuyer],
        plant: |rules| {
            rules.lines(|exchange, lines| {
                let app = &exchange.app;
                for line in lines {
                    if let (Some(package), Some(role)) =
                        (app.catalog().packages.get(&line.package), app.contract.roles.buyers.first())
                    {
                        line.price = package.price(role);
                    }
                }
            });
        },
    },
    Fault {
        id: "total-first-price-times-count",
        group: GROUP,
        wrong: "the total is the first item's price times the count",
        breaks: WRONG_TOTAL,
        needs: &[],
        plant: |rules| {
            rules.steps.total =
                |_, lines| lines.first().map_or(Pesewas::ZERO, |first| first.price * lines.len() as i64);
        },
    },
    Fault {
        id: "total-highest-price-times-count",
        group: GROUP,
        wrong: "the total is the highest price times the count",
        breaks: WRONG_TOTAL,
        needs: &[],
        plant: |rules| {
            rules.steps.total =
                |_, lines| lines.iter().map(|line| line.price).max().unwrap_or_default() * lines.len() as i64;
        },
    },
    Fault {
        id: "total-without-last",
        group: GROUP,
        wrong: "the last item is left out of the total",
        breaks: WRONG_TOTAL,
        needs: &[],
        plant: |rules| rules.steps.total = |_, lines| sum(lines.iter().rev().skip(1)),
    },
    Fault {
        id: "total-of-first-ten",
        group: GROUP,
        wrong: "items past the tenth are left out of the total",
        breaks: WRONG_TOTAL,
        needs: &[],
        plant: |rules| rules.steps.total = |_, lines| sum(lines.iter().take(10)),
    },
    Fault {
        id: "total-each-package-once",
        group: GROUP,
        wrong: "a package that stands twice is charged once",
        breaks: WRONG_TOTAL,
        needs: &[],
        plant: |rules| rules.steps.total = |_, lines| sum(firsts(lines, |line| &line.package)),
    },
    Fault {
        id: "total-each-number-once",
        group: GROUP,
        wrong: "a number that stands twice is charged once",
        breaks: WRONG_TOTAL,
        needs: &[],
        plant: |rules| rules.steps.total = |_, lines| sum(firsts(lines, |line| &line.msisdn)),
    },
    Fault {
        id: "total-bulk-discount",
        group: GROUP,
        wrong: "from ten items on the total is five percent less",
        breaks: WRONG_TOTAL,
        needs: &[],
        plant: |rules| {
            rules.steps.total = |_, lines| match sum(lines).get() {
                total if lines.len() >= 10 => Pesewas::new(total - total / 20),
                total => Pesewas::new(total),
            };
        },
    },
    Fault {
        id: "total-most-for-one-less",
        group: GROUP,
        wrong: "an order of the most items gets one of them for nothing",
        breaks: WRONG_TOTAL,
        needs: &[],
        plant: |rules| {
            rules.steps.total = |exchange, lines| {
                let full = lines.len() == exchange.app.contract.limits.max_items;
                sum(lines.iter().skip(usize::from(full)))
            };
        },
    },
    Fault {
        id: "total-surcharge-on-one-package",
        group: GROUP,
        wrong: "one package of the second operator's first product costs a pesewa more than it is shown for",
        breaks: WRONG_TOTAL,
        needs: &[Need::Prices],
        plant: |rules| {
            rules.lines(|exchange, lines| {
                let catalog = exchange.app.catalog();
                let product = catalog.operators.get(1).and_then(|it| it.products.first());
                let dear = product.and_then(|it| it.packages.get(2)).map(|it| it.id.clone());
                for line in lines.iter_mut().filter(|it| Some(&it.package) == dear.as_ref()) {
                    line.price += Pesewas::ONE;
                }
            });
        },
    },
    Fault {
        id: "total-fee",
        group: GROUP,
        wrong: "the total has a fee of 0.05 that no price tells of",
        breaks: WRONG_TOTAL,
        needs: &[],
        plant: |rules| rules.steps.total = |_, lines| sum(lines) + Pesewas::new(5),
    },
    Fault {
        id: "total-thirteen-a-pesewa-more",
        group: GROUP,
        wrong: "the total of thirteen items is a pesewa too high",
        breaks: WRONG_TOTAL,
        needs: &[],
        plant: |rules| {
            rules.steps.total = |_, lines| sum(lines) + Pesewas::new(i64::from(lines.len() == 13));
        },
    },
    Fault {
        id: "total-whole-cedis",
        group: GROUP,
        wrong: "the total is cut to whole cedis",
        breaks: WRONG_TOTAL,
        needs: &[],
        plant: |rules| rules.steps.total = |_, lines| Pesewas::new(sum(lines).get() / 100 * 100),
    },
    Fault {
        id: "total-rounded-to-ten",
        group: GROUP,
        wrong: "the total is rounded to ten pesewas",
        breaks: WRONG_TOTAL,
        needs: &[],
        plant: |rules| rules.steps.total = |_, lines| Pesewas::new((sum(lines).get() + 5) / 10 * 10),
    },
    Fault {
        id: "total-cut-floats",
        group: GROUP,
        wrong: "prices pass through floats and are cut: 4.35 becomes 4.34",
        breaks: WRONG_TOTAL,
        needs: &[],
        plant: |rules| rules.lines(|_, lines| lines.iter_mut().for_each(|line| line.price = cut(line.price))),
    },
    Fault {
        id: "total-added-as-floats",
        group: GROUP,
        wrong: "the total in the answer is a sum of floats, with the noise that they leave",
        breaks: &["RESP-TOTAL", "RESP-LINEAR", "RESP-SHAPE", "MONEY-DEBIT", "ORDER-STATUS", "ORDER-LIST"],
        needs: &[],
        plant: |rules| {
            rules.lines(|exchange, lines| {
                let noisy = float_sum(lines);
                super::tools::memory(&exchange.app)
                    .insert(format!("{}", exchange.call.serial), Json::Raw(noisy));
            });
            rules.created(|exchange, answer| {
                let noisy = super::tools::memory(&exchange.app).remove(&format!("{}", exchange.call.serial));
                let name = &exchange.app.contract.fields.summary.total;
                if let (Some(data), Some(noisy)) = (super::tools::data(exchange, answer), noisy) {
                    data.set(name, noisy);
                }
            });
        },
    },
    Fault {
        id: "total-in-pesewas",
        group: GROUP,
        wrong: "the total in the answer is a number of pesewas",
        breaks: &["RESP-TOTAL", "MONEY-DEBIT", "MONEY-RACE", "ORDER-STATUS", "ORDER-LIST", "REV-BALANCE"],
        needs: &[],
        plant: |rules| {
            rules.summary(|data, names| {
                if let Some(total) = data.get(&names.total).and_then(Json::money) {
                    data.set(&names.total, total.get());
                }
            });
        },
    },
    Fault {
        id: "total-depends-on-order",
        group: GROUP,
        wrong: "where the first item is dearer than the last the total is a pesewa too high",
        breaks: WRONG_TOTAL,
        needs: &[],
        plant: |rules| {
            rules.steps.total = |_, lines| {
                let falls = lines.first().map(|line| line.price) > lines.last().map(|line| line.price);
                sum(lines) + Pesewas::new(i64::from(falls))
            };
        },
    },
    Fault {
        id: "total-second-buyer-discount",
        group: GROUP,
        wrong: "the second of the roles that may buy gets a tenth off the total",
        breaks: ids![WRONG_TOTAL, "PROFILE-CONSISTENT"],
        needs: &[Need::EachBuyer],
        plant: |rules| {
            rules.steps.total = |exchange, lines| match sum(lines).get() {
                total if is_buyer(exchange, 1) => Pesewas::new(total - total / 10),
                total => Pesewas::new(total),
            };
        },
    },
];

/// Returns the first line of each group of lines with the same value.
fn firsts(lines: &[Line], same: fn(&Line) -> &String) -> impl Iterator<Item = &Line> {
    let mut seen = BTreeSet::new();
    lines.iter().filter(move |line| seen.insert(same(line)))
}

#[expect(clippy::float_arithmetic, clippy::cast_possible_truncation, reason = "this is the fault")]
fn cut(price: Pesewas) -> Pesewas {
    let cedis: f64 = price.to_string().parse().unwrap_or_default();
    Pesewas::new((cedis * 100.0) as i64)
}

#[expect(clippy::float_arithmetic, reason = "this is the fault")]
fn float_sum(lines: &[Line]) -> String {
    let cedis = |line: &Line| line.price.to_string().parse::<f64>().unwrap_or_default();
    lines.iter().map(cedis).fold(0.0, |sum, price| sum + price).to_string()
}
