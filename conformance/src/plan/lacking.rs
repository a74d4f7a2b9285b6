//! Finds what a plan lacks: keys, wallets and ids that were not given, each with the requirements that it would add.

use std::collections::{BTreeMap, BTreeSet};

use spec::contract::Roles;

use super::case::Case;
use super::planner::Planner;
use super::why_not::{Wanted, WhyNot};
use crate::history::Capability;

/// Something that would allow more requirements to be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// What is missing, such as `a key of role Customer`.
    pub what: String,
    /// How the user can give it.
    pub how: String,
    /// The requirements for which nothing is planned without it.
    pub adds: Vec<&'static str>,
}

impl std::fmt::Display for Lacking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.adds[..] {
            ids if ids.len() > 12 => write!(f, "{} would add {} requirements", self.what, ids.len()),
            ids => write!(f, "{} would add {}", self.what, ids.join(", ")),
        }
    }
}

/// How a further account is given.
const ACCOUNT: &str = "an [[account]] of --accounts FILE";

/// Returns what is missing and how it is given; `None` if nothing that can be given would help.
fn needed(why: &WhyNot, roles: &Roles, capability: Capability) -> Option<(String, String)> {
    let one_of = |wanted: bool| {
        let fitting = roles.all.iter().filter(|it| roles.may_buy(it) == wanted);
        fitting.map(String::as_str).collect::<Vec<_>>().join(" or ")
    };
    let any_key = match capability {
        Capability::None => "CONFORMANCE_API_KEY, --accounts FILE or --states URL",
        _ => ACCOUNT,
    };
    let (what, how) = match why {
        WhyNot::NoKey => ("a key".to_owned(), any_key),
        WhyNot::NoBuyer => (format!("a key of role {}", one_of(true)), any_key),
        WhyNot::NoOther => (format!("a key of role {}", one_of(false)), ACCOUNT),
        WhyNot::NoKeyOf(role) | WhyNot::NoSender(role) => (format!("a key of role {role}"), ACCOUNT),
        WhyNot::NoStranger => ("a key of a second profile".to_owned(), ACCOUNT),
        WhyNot::NoCatalog => (
            "an id of a package that can be bought".to_owned(),
            "--package ID, with --operator and --product where the server has no page of packages",
        ),
        WhyNot::NothingToBuy => {
            ("a catalog of more kinds".to_owned(), "[[operators]] of --accounts FILE; --package ID")
        }
        WhyNot::NoPrices => {
            ("the prices of the packages".to_owned(), "`price` of the packages in --accounts FILE")
        }
        WhyNot::Spent(role, sum) => {
            let sum = sum.map_or_else(|| "more".to_owned(), |it| format!("at least {it} GHS"));
            (format!("a wallet of role {role} that holds {sum}"), ACCOUNT)
        }
        WhyNot::Unmet(role, sum) => {
            (format!("a wallet of role {role} that holds {}", held(&sum.map(|it| (it, it)))), ACCOUNT)
        }
        WhyNot::NonePoorer(role, sum) => {
            (format!("a wallet of role {role} that holds less than {sum} GHS"), ACCOUNT)
        }
        WhyNot::NoBalance(role) => {
            (format!("the balance of the account of role {role}"), "`balance` in --accounts FILE")
        }
        WhyNot::NoSmallWallet(sum) => {
            (format!("a wallet of a role that may buy with only {}", held(sum)), ACCOUNT)
        }
        WhyNot::NoFailure => ("a provider state that makes a recipient fail".to_owned(), "--states URL"),
        WhyNot::NeverShort
        | WhyNot::ProbeOnlyRefused
        | WhyNot::ProbeBuysNothing
        | WhyNot::SmokeAsksNothing
        | WhyNot::NotWritten => return None,
    };
    Some((what, how.to_owned()))
}

/// Describes the balance that a wallet needs.
fn held(wanted: &Wanted) -> String {
    match wanted {
        Some((least, most)) if least == most => format!("{least} GHS"),
        Some((least, most)) => format!("{least} to {most} GHS"),
        None => "about what a small order costs".to_owned(),
    }
}

impl Planner<'_> {
    /// Returns that roles of accounts are not known, if a key of some role is missing and one of these may have it.
    fn unknown_roles(&self, why: &WhyNot) -> Option<(String, String)> {
        if !matches!(why, WhyNot::NoBuyer | WhyNot::NoOther | WhyNot::NoKeyOf(_) | WhyNot::NoSender(_)) {
            return None;
        }
        let unknown = self.environment.accounts.iter().filter(|it| !it.revoked && it.role.is_none());
        let names: Vec<&str> = unknown.map(|it| it.name.as_str()).collect();
        let what = match &names[..] {
            [] => return None,
            [one] => format!("the role of the account {one}, which no profile shows,"),
            several => format!("the roles of the accounts {}, which no profile shows,", several.join(", ")),
        };
        Some((what, "`role` beside the key in --accounts FILE, --role for a single key".to_owned()))
    }

    /// Returns what would allow requirements to be tried that no case serves, the one that adds most first.
    #[must_use]
    pub(crate) fn lacking(&self) -> Vec<Lacking> {
        let served: BTreeSet<&str> = self.cases.iter().flat_map(Case::exercises).collect();
        let mut found: BTreeMap<(String, String), Vec<&'static str>> = BTreeMap::new();
        for (id, whys) in self.unplanned() {
            if served.contains(id) || self.contract.catalogue.requirement(id).is_none() {
                continue;
            }
            for why in whys.iter().filter(|why| !whys.iter().any(|other| why.outdone_by(other))) {
                let needed = self
                    .unknown_roles(why)
                    .or_else(|| needed(why, &self.contract.roles, self.environment.capability));
                if let Some(needed) = needed {
                    let adds = found.entry(needed).or_default();
                    if !adds.contains(id) {
                        adds.push(id);
                    }
                }
            }
        }
        let place = |id: &str| self.contract.catalogue.requirements.iter().position(|it| it.id == id);
        let mut lacking: Vec<Lacking> = Vec::new();
        for ((what, how), mut adds) in found {
            adds.sort_by_key(|id| place(id));
            lacking.push(Lacking { what, how, adds });
        }
        lacking
            .sort_by_key(|it| (std::cmp::Reverse(it.adds.len()), it.adds.first().and_then(|id| place(id))));
        lacking
    }
}
