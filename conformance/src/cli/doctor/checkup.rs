//! The findings of `doctor`, and the exit code that a run would end with as far as they show.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use spec::{Contract, Level, OperationId, Pesewas};

use crate::exit::Exit;
use crate::history::{AccountFacts, Capability, Environment, Tier};
use crate::plan::lacking::Lacking;
use crate::plan::reach::Reach;
use crate::report::text::{count, visible};
use crate::report::view::sender;
use crate::run::session::{self, Options, Prepared};

/// What `doctor` found out.
#[derive(Debug)]
pub(super) struct Checkup {
    /// The base URL, without its secrets.
    pub(super) target: String,
    /// Every endpoint as `GET /path`, and whether the server has it, if known.
    pub(super) endpoints: Vec<(String, Option<bool>)>,
    pub(super) environment: Environment,
    /// The tier that a run would use.
    pub(super) tier: Tier,
    pub(super) tiers: Vec<(Tier, Reach)>,
    /// The price of the cheapest order, by role.
    pub(super) cheapest: Vec<(String, Pesewas)>,
    pub(super) lacking: Vec<Lacking>,
    /// Documented requirements that a run of the tier would leave without a conclusion, and that `--allow-incomplete`
    /// does not name.
    pub(super) open: Vec<String>,
    /// The number of requirements, and the number of those that bind every server.
    pub(super) requirements: u64,
    pub(super) documented: u64,
    pub(super) cap: Option<Pesewas>,
    /// The reason why orders at this server cost real money, if they do.
    pub(super) live: Option<String>,
    pub(super) exit: Exit,
}

impl Checkup {
    pub(super) fn of(
        contract: &Contract,
        prepared: &Prepared,
        options: &Options,
        allowed: &BTreeSet<&str>,
    ) -> Self {
        let environment = &prepared.header.environment;
        let mut cheapest = Vec::new();
        let tiers = Tier::ALL.into_iter().map(|tier| {
            let planner = session::plan(contract, environment, &Options { tier, ..options.clone() });
            cheapest = planner.cheapest_orders();
            (tier, planner.reach())
        });
        let tiers: Vec<(Tier, Reach)> = tiers.collect();
        let of_tier = tiers.iter().find(|(tier, _)| *tier == options.tier);
        let open = of_tier.map(|(_, reach)| &reach.leaves).into_iter().flatten();
        let open = open.filter(|id| !allowed.contains(id.as_str())).cloned().collect();
        let endpoints = OperationId::ALL.into_iter().map(|it| {
            let operation = contract.operation(it);
            let is_there =
                if it == OperationId::BuyBulk { Some(true) } else { environment.endpoints.get(&it).copied() };
            (format!("{} {}", operation.method, operation.path), is_there)
        });
        let requirements = &contract.catalogue.requirements;
        Self {
            target: visible(&prepared.header.target),
            endpoints: endpoints.collect(),
            tier: options.tier,
            cheapest,
            tiers,
            lacking: prepared.lacking.clone(),
            open,
            requirements: requirements.len() as u64,
            documented: requirements.iter().filter(|it| it.level == Level::Documented).count() as u64,
            environment: environment.clone(),
            cap: None,
            live: None,
            exit: Exit::Conformant,
        }
    }

    /// Returns how a run would end if it found nothing wrong.
    pub(super) fn verdict(&self) -> Exit {
        let least = self.reach().map(|it| it.least).unwrap_or_default();
        match self.cap {
            _ if !self.open.is_empty() => Exit::Incomplete,
            Some(cap) if cap < least => Exit::BudgetExhausted,
            _ => Exit::Conformant,
        }
    }

    /// Returns what a run of the selected tier would exercise and cost.
    pub(super) fn reach(&self) -> Option<&Reach> {
        self.tiers.iter().find(|(tier, _)| *tier == self.tier).map(|(_, reach)| reach)
    }

    /// Returns the verdict in a sentence.
    pub(super) fn headline(&self) -> String {
        let (tier, code) = (self.tier.name(), self.exit.code());
        let open = self.open.len() as u64;
        match self.exit {
            Exit::Incomplete => format!(
                "INCOMPLETE: a {tier} run would leave up to {open} of {} open (exit code {code})",
                count(self.documented, "documented requirement", "documented requirements")
            ),
            Exit::BudgetExhausted => format!(
                "BUDGET TOO SMALL: what every requirement takes comes to {} GHS, and the cap is {} GHS (exit code {code})",
                self.reach().map(|it| it.least).unwrap_or_default(),
                self.cap.unwrap_or_default()
            ),
            _ => format!("READY: a {tier} run can exercise every documented requirement (exit code {code})"),
        }
    }

    /// Returns all findings as JSON.
    pub(super) fn json(&self) -> Value {
        let accounts = self.environment.accounts.iter();
        let accounts = accounts.map(|it| {
            json!({"name": it.name, "role": it.role, "balance": it.balance, "profile": it.profile, "revoked": it.revoked})
        });
        let tiers = self.tiers.iter().map(|(tier, it)| {
            json!({
                "tier": tier.name(), "cases": it.cases, "cost": it.cost, "least": it.least,
                "exercises": it.exercises, "leaves": it.leaves,
            })
        });
        let lacking = self.lacking.iter().map(|it| json!({"what": it.what, "how": it.how, "adds": it.adds}));
        let endpoints: serde_json::Map<String, Value> =
            self.endpoints.iter().map(|(name, is_there)| (name.clone(), json!(is_there))).collect();
        let refused = self.environment.refused.iter().map(ToString::to_string);
        let cheapest: serde_json::Map<String, Value> =
            self.cheapest.iter().map(|(role, price)| (role.clone(), json!(price))).collect();
        json!({
            "target": self.target,
            "exitCode": self.exit.code(),
            "headline": self.headline(),
            "endpoints": endpoints,
            "power": self.environment.capability,
            "accounts": accounts.collect::<Vec<_>>(),
            "refused": refused.collect::<Vec<_>>(),
            "catalog": self.environment.catalog,
            "cheapestOrder": cheapest,
            "cap": self.cap,
            "live": self.live,
            "tier": self.tier.name(),
            "tiers": tiers.collect::<Vec<_>>(),
            "open": self.open,
            "lacking": lacking.collect::<Vec<_>>(),
        })
    }

    /// Returns the accounts that a run can act as, one line each.
    pub(super) fn who(&self) -> Vec<(String, String)> {
        match self.environment.capability {
            Capability::None => {
                vec![("nobody".to_owned(), "only what needs no key can be judged".to_owned())]
            }
            Capability::States => {
                vec![("anybody".to_owned(), "provider states make any role with any balance".to_owned())]
            }
            Capability::Accounts => {
                let accounts = self.environment.accounts.iter();
                let unsaid = "; --role says it, or `role` in the accounts file";
                let hint = |it: &AccountFacts| if it.role.is_none() && !it.revoked { unsaid } else { "" };
                accounts.map(|it| (visible(&it.name), sender(it) + hint(it))).collect()
            }
        }
    }
}
