//! Faults of the wallet, profile and catalog endpoints: they show something other than what is true.

use spec::{OperationId, Pesewas};

use super::fault::{Fault, Need};
use super::tools::{crash, memory, shift, slot};
use crate::answer::{Answer, Cause};
use crate::json::Json;

const GROUP: &str = "account";
const WALLET: &[Need] = &[Need::Wallet];
const PROFILE: &[Need] = &[Need::Profile];
/// The requirements that may be reported for a wallet that shows wrong balances.
const UNTRUE: &[&str] =
    &["WALLET-CONSISTENT", "PROFILE-CONSISTENT", "MONEY-DEBIT", "MONEY-REJECT", "MONEY-RACE", "REV-BALANCE"];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "wallet-total-off",
        group: GROUP,
        wrong: "the wallet's total is a pesewa more than available and held",
        breaks: &["WALLET-CONSISTENT", "PROFILE-CONSISTENT"],
        needs: WALLET,
        plant: |rules| {
            rules.data(OperationId::Wallet, |exchange, data| {
                shift(data, &exchange.app.contract.fields.wallet.total, 1);
            });
        },
    },
    Fault {
        id: "wallet-other-currency",
        group: GROUP,
        wrong: "the wallet is in USD",
        breaks: &["WALLET-CONSISTENT"],
        needs: WALLET,
        plant: |rules| {
            rules.data(OperationId::Wallet, |exchange, data| {
                data.set(&exchange.app.contract.fields.wallet.currency, "USD");
            });
        },
    },
    Fault {
        id: "wallet-of-another-profile",
        group: GROUP,
        wrong: "the wallet names another profile",
        breaks: &["WALLET-CONSISTENT", "PROFILE-CONSISTENT"],
        needs: WALLET,
        plant: |rules| {
            rules.data(OperationId::Wallet, |exchange, data| {
                data.set(&exchange.app.contract.fields.wallet.profile, crate::ids::opaque("pf7", 0));
            });
        },
    },
    Fault {
        id: "wallet-stale",
        group: GROUP,
        wrong: "the wallet shows what it showed the first time",
        breaks: UNTRUE,
        needs: WALLET,
        plant: |rules| {
            rules.steps.wallet = |exchange, mut wallet| {
                if let Some(account) = &exchange.account {
                    let mut memory = memory(&exchange.app);
                    let first =
                        memory.entry(slot(account, "wallet")).or_insert_with(|| wallet.available.into());
                    wallet.available = first.money().unwrap_or_default();
                }
                wallet
            };
        },
    },
    Fault {
        id: "wallet-one-behind",
        group: GROUP,
        wrong: "the wallet shows what it held one read ago",
        breaks: UNTRUE,
        needs: WALLET,
        plant: |rules| {
            rules.steps.wallet = |exchange, mut wallet| {
                if let Some(account) = &exchange.account {
                    let now = Json::from(wallet.available);
                    let before = memory(&exchange.app).insert(slot(account, "wallet"), now);
                    wallet.available = before.and_then(|it| it.money()).unwrap_or(wallet.available);
                }
                wallet
            };
        },
    },
    Fault {
        id: "wallet-in-pesewas",
        group: GROUP,
        wrong: "the wallet's balances are numbers of pesewas",
        breaks: UNTRUE,
        needs: WALLET,
        plant: |rules| {
            rules.steps.wallet = |_, mut wallet| {
                wallet.available = wallet.available * 100;
                wallet.held = wallet.held * 100;
                wallet
            };
        },
    },
    Fault {
        id: "wallet-float-noise",
        group: GROUP,
        wrong: "the wallet's balances carry the noise of floats",
        breaks: UNTRUE,
        needs: WALLET,
        plant: |rules| {
            rules.data(OperationId::Wallet, |exchange, data| {
                let names = &exchange.app.contract.fields.wallet;
                for name in [&names.available, &names.total] {
                    if let Some(amount) = data.get(name).and_then(Json::money) {
                        data.set(name, Json::Raw(format!("{amount}0000000001")));
                    }
                }
            });
        },
    },
    Fault {
        id: "profile-stale",
        group: GROUP,
        wrong: "the profile shows the balances that it showed the first time",
        breaks: &["PROFILE-CONSISTENT"],
        needs: &[Need::Profile, Need::Wallet],
        plant: |rules| {
            rules.rewrite(|exchange, answer| {
                let account = exchange.account.as_ref().filter(|_| exchange.is(OperationId::Profile));
                if let Some(account) = account {
                    let mut memory = memory(&exchange.app);
                    let first = memory.entry(slot(account, "profile")).or_insert_with(|| answer.body.clone());
                    answer.body = first.clone();
                }
            });
        },
    },
    Fault {
        id: "profile-stops-following",
        group: GROUP,
        wrong: "the profile shows the balances of its third read from then on",
        breaks: &["PROFILE-CONSISTENT"],
        needs: &[Need::Profile, Need::Wallet, Need::Variation],
        plant: |rules| {
            rules.rewrite(|exchange, answer| {
                let account = exchange.account.as_ref().filter(|_| exchange.is(OperationId::Profile));
                let Some(account) = account else { return };
                let mut memory = memory(&exchange.app);
                let (reads, shown) = (slot(account, "profile reads"), slot(account, "profile"));
                let before = if let Some(Json::Int(before)) = memory.get(&reads) { *before } else { 0 };
                memory.insert(reads, Json::Int(before + 1));
                match memory.get(&shown).filter(|_| before >= 3) {
                    Some(kept) => answer.body = kept.clone(),
                    None => _ = memory.insert(shown, answer.body.clone()),
                }
            });
        },
    },
    Fault {
        id: "profile-balance-off",
        group: GROUP,
        wrong: "the profile shows a pesewa more than the wallet",
        breaks: &["PROFILE-CONSISTENT"],
        needs: &[Need::Profile, Need::Wallet],
        plant: |rules| {
            rules.data(OperationId::Profile, |exchange, data| {
                let names = &exchange.app.contract.fields.profile;
                shift(data, &names.available, 1);
                shift(data, &names.total, 1);
            });
        },
    },
    Fault {
        id: "profile-role-always-first",
        group: GROUP,
        wrong: "every profile has the first of the roles",
        breaks: &["PROFILE-CONSISTENT"],
        needs: &[Need::Profile, Need::OtherRole],
        plant: |rules| {
            rules.data(OperationId::Profile, |exchange, data| {
                let contract = &exchange.app.contract;
                data.set(&contract.fields.role, contract.roles.all.first().cloned());
            });
        },
    },
    Fault {
        id: "profile-role-unknown",
        group: GROUP,
        wrong: "the profile's role is a word that the contract does not have",
        breaks: &["PROFILE-CONSISTENT"],
        needs: PROFILE,
        plant: |rules| {
            rules.data(OperationId::Profile, |exchange, data| {
                data.set(&exchange.app.contract.fields.role, "reseller");
            });
        },
    },
    Fault {
        id: "package-price-of-first-buyer",
        group: GROUP,
        wrong: "packages show the first role's price to everybody",
        breaks: &["CATALOG-PRICE", "RESP-TOTAL"],
        needs: &[Need::Packages, Need::EachBuyer],
        plant: |rules| {
            rules.data(OperationId::Package, |exchange, data| {
                let app = &exchange.app;
                let catalog = app.catalog();
                let package = catalog.packages.get(exchange.call.param(0));
                let price =
                    package.zip(app.contract.roles.buyers.first()).map(|(package, role)| package.price(role));
                data.set(&app.contract.fields.package_read.price, price.unwrap_or_default());
            });
        },
    },
    Fault {
        id: "package-price-rounded",
        group: GROUP,
        wrong: "packages show prices in whole cedis",
        breaks: &["CATALOG-PRICE", "RESP-TOTAL"],
        needs: &[Need::Packages],
        plant: |rules| {
            rules.data(OperationId::Package, |exchange, data| {
                let name = &exchange.app.contract.fields.package_read.price;
                if let Some(price) = data.get(name).and_then(Json::money) {
                    data.set(name, Pesewas::new((price.get() + 99) / 100 * 100));
                }
            });
        },
    },
    Fault {
        id: "package-price-in-pesewas",
        group: GROUP,
        wrong: "packages show prices in pesewas",
        breaks: &["CATALOG-PRICE", "RESP-TOTAL"],
        needs: &[Need::Packages],
        plant: |rules| {
            rules.data(OperationId::Package, |exchange, data| {
                let name = &exchange.app.contract.fields.package_read.price;
                if let Some(price) = data.get(name).and_then(Json::money) {
                    data.set(name, price.get());
                }
            });
        },
    },
    Fault {
        id: "package-unknown-null",
        group: GROUP,
        wrong: "an unknown package is answered with null",
        breaks: &["CATALOG-SCOPE"],
        needs: &[Need::Packages],
        plant: |rules| {
            rules.rewrite(|exchange, answer| {
                if answer.cause == Some(Cause::NoPackage) {
                    *answer = Answer::ok(&exchange.app.contract, OperationId::Package, Json::Null);
                }
            });
        },
    },
    Fault {
        id: "package-unknown-crash",
        group: GROUP,
        wrong: "an unknown package gets 500",
        breaks: &["CATALOG-SCOPE", "STATUS-DOCUMENTED"],
        needs: &[Need::Packages],
        plant: |rules| {
            rules.rewrite(|exchange, answer| {
                if answer.cause == Some(Cause::NoPackage) {
                    *answer = crash(exchange);
                }
            });
        },
    },
    Fault {
        id: "operator-unknown-empty",
        group: GROUP,
        wrong: "an unknown operator has no products, rather than not being found",
        breaks: &["CATALOG-SCOPE"],
        needs: &[Need::Products],
        plant: |rules| {
            rules.rewrite(|exchange, answer| {
                if answer.cause == Some(Cause::NoOperator) {
                    *answer = Answer::ok(&exchange.app.contract, OperationId::Products, Vec::new());
                }
            });
        },
    },
    Fault {
        id: "products-of-all-operators",
        group: GROUP,
        wrong: "every operator lists the products of all",
        breaks: &["CATALOG-SCOPE"],
        needs: &[Need::Products],
        plant: |rules| {
            rules.rewrite(|exchange, answer| {
                let data =
                    answer.body.object().and_then(|body| body.get_mut(&exchange.app.contract.fields.data));
                let own = exchange.call.param(0);
                if let (true, Some(list)) = (exchange.is(OperationId::Products), data.and_then(Json::list)) {
                    let catalog = exchange.app.catalog();
                    let others = catalog.operators.iter().filter(|operator| operator.id != own);
                    for operator in others {
                        list.extend(crate::api::products::products(&exchange.app.contract, operator));
                    }
                }
            });
        },
    },
];
