//! `doctor`: what a run would find, cost and exercise, and what is missing for more. It reads, and orders nothing.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use spec::{Contract, Level, OperationId, Pesewas};

use crate::cli::args::RunArgs;
use crate::cli::error::Failure;
use crate::cli::options::Setup;
use crate::cli::signals;
use crate::cli::stdout::say;
use crate::exit::Exit;
use crate::history::{Power, Tier, World};
use crate::plan::lacking::Lacking;
use crate::plan::reach::Reach;
use crate::report::allowance;
use crate::report::look::{Color, Look, Verbosity};
use crate::report::program::Program;
use crate::report::text::{count, visible};
use crate::report::view::tier_name;
use crate::run::session::{self, Options, Prepared};

mod page;

/// What was found out.
#[derive(Debug)]
pub(super) struct Checkup {
    /// Base URL, as a report may show it.
    target: String,
    /// Every endpoint as `GET /path`, and whether it is there where that is known.
    endpoints: Vec<(String, Option<bool>)>,
    world: World,
    /// The tier that a run would have.
    tier: Tier,
    tiers: Vec<(Tier, Reach)>,
    /// The cheapest order by role.
    cheapest: Vec<(String, Pesewas)>,
    lacking: Vec<Lacking>,
    /// Documented requirements that a run of the tier would leave open, and that may not stay so.
    open: Vec<String>,
    /// How many requirements there are, and how many of them bind every server.
    requirements: u64,
    documented: u64,
    cap: Option<Pesewas>,
    /// What makes orders here cost real money.
    live: Option<String>,
    exit: Exit,
}

/// Finds out what a run would do, and tells it.
///
/// # Errors
/// As a run before its first case.
pub(crate) async fn run(mut args: RunArgs, as_json: bool, program: &Program) -> Result<Exit, Failure> {
    // Nothing is ordered, so there is nothing to account for.
    args.output.no_journal = true;
    let Setup { contract, target, states, options, sandbox } = Setup::of(&args).await?;
    signals::watch(program.clone(), options.stop.clone(), options.journal.clone());
    let allowed = allowance::known(&args.output.allow_incomplete, &contract)?;
    let allowed: BTreeSet<&str> = allowed.iter().map(|it| it.id()).collect();
    let needs_cap = target.cap.is_none() && !target.is_loopback();
    let (cap, live) = (target.cap, target.live(&contract));
    let prepared = session::prepare(contract.clone(), target, states, &options).await?;
    let mut checkup = Checkup::of(&contract, &prepared, &options, &allowed);
    (checkup.cap, checkup.live) = (cap, live);
    checkup.exit = checkup.verdict();
    if needs_cap {
        checkup.lacking.insert(0, no_cap());
    }
    prepared.leave(&options).await;
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    let look = Look::of(&console::Term::stdout(), Color::Never, Verbosity::Normal);
    let text = if as_json { format!("{:#}\n", checkup.json()) } else { page::page(&checkup, look.width) };
    say(&text)?;
    Ok(checkup.exit)
}

/// What a run on another machine does not begin without.
fn no_cap() -> Lacking {
    Lacking {
        what: "a cap on spending, without which no run begins on another machine".to_owned(),
        how: "--max-spend GHS".to_owned(),
        adds: Vec::new(),
    }
}

impl Checkup {
    fn of(contract: &Contract, prepared: &Prepared, options: &Options, allowed: &BTreeSet<&str>) -> Self {
        let world = &prepared.header.world;
        let mut cheapest = Vec::new();
        let tiers = Tier::ALL.into_iter().map(|tier| {
            let planner = session::plan(contract, world, &Options { tier, ..options.clone() });
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
                if it == OperationId::BuyBulk { Some(true) } else { world.endpoints.get(&it).copied() };
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
            world: world.clone(),
            cap: None,
            live: None,
            exit: Exit::Conformant,
        }
    }

    /// How a run would end that finds nothing wrong.
    fn verdict(&self) -> Exit {
        let least = self.reach().map(|it| it.least).unwrap_or_default();
        match self.cap {
            _ if !self.open.is_empty() => Exit::Incomplete,
            Some(cap) if cap < least => Exit::BudgetExhausted,
            _ => Exit::Conformant,
        }
    }

    fn reach(&self) -> Option<&Reach> {
        self.tiers.iter().find(|(tier, _)| *tier == self.tier).map(|(_, reach)| reach)
    }

    /// The verdict in a sentence.
    fn headline(&self) -> String {
        let (tier, code) = (tier_name(self.tier), self.exit.code());
        let open = self.open.len() as u64;
        match self.exit {
            Exit::Incomplete => format!(
                "INCOMPLETE: a {tier} run would leave {open} of {} open (exit code {code})",
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

    /// Everything for programs.
    fn json(&self) -> Value {
        let accounts = self.world.accounts.iter();
        let accounts = accounts.map(|it| {
            json!({"name": it.name, "role": it.role, "balance": it.balance, "profile": it.profile, "revoked": it.revoked})
        });
        let tiers = self.tiers.iter().map(|(tier, it)| {
            json!({
                "tier": tier_name(*tier), "cases": it.cases, "cost": it.cost, "least": it.least,
                "exercises": it.exercises, "leaves": it.leaves,
            })
        });
        let lacking = self.lacking.iter().map(|it| json!({"what": it.what, "how": it.how, "adds": it.adds}));
        let endpoints: serde_json::Map<String, Value> =
            self.endpoints.iter().map(|(name, is_there)| (name.clone(), json!(is_there))).collect();
        let refused = self.world.refused.iter().map(ToString::to_string);
        let cheapest: serde_json::Map<String, Value> =
            self.cheapest.iter().map(|(role, price)| (role.clone(), json!(price))).collect();
        json!({
            "target": self.target,
            "exitCode": self.exit.code(),
            "headline": self.headline(),
            "endpoints": endpoints,
            "power": self.world.power,
            "accounts": accounts.collect::<Vec<_>>(),
            "refused": refused.collect::<Vec<_>>(),
            "catalog": self.world.catalog,
            "cheapestOrder": cheapest,
            "cap": self.cap,
            "live": self.live,
            "tier": tier_name(self.tier),
            "tiers": tiers.collect::<Vec<_>>(),
            "open": self.open,
            "lacking": lacking.collect::<Vec<_>>(),
        })
    }

    /// Who we could be, a line each.
    fn who(&self) -> Vec<(String, String)> {
        match self.world.power {
            Power::None => vec![("nobody".to_owned(), "only what needs no key can be judged".to_owned())],
            Power::States => {
                vec![("anybody".to_owned(), "provider states make any role with any balance".to_owned())]
            }
            Power::Accounts => {
                let accounts = self.world.accounts.iter();
                accounts.map(|it| (visible(&it.name), crate::report::view::sender(it))).collect()
            }
        }
    }
}
