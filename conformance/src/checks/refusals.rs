//! Explains wrong refusals over a whole run: finds the feature that all wrongly refused valid orders have and no
//! accepted one has, and thereby the requirement that the server breaks.

use std::collections::{BTreeMap, BTreeSet};

use spec::Contract;

use super::check::Check;
use crate::judge::feature::Feature;
use crate::judge::part::{Outcome, PlacedOrder};
use crate::judge::verdict::{Decisive, Marks};
use crate::judge::whole::Whole;
use crate::order::reading;

/// The check of wrong refusals.
pub(crate) const CHECK: Check = Check {
    name: "refusals",
    cites: &["ROUTE-POST", "COUNT-RANGE", "BALANCE-EXACT", "AUTH-HEADER"],
    judge_run: Some(judge_run),
    ..Check::NOTHING
};

/// Returns the requirement that is about a feature, if there is one.
fn promise<'c>(contract: &'c Contract, feature: &Feature) -> Option<&'c str> {
    match feature {
        Feature::Chunked | Feature::ContentType(_) => Some("ROUTE-POST"),
        Feature::KeyHeader(_) => Some("AUTH-HEADER"),
        Feature::ExactBalance => Some("BALANCE-EXACT"),
        Feature::Count(_) => Some("COUNT-RANGE"),
        Feature::Role(role) => {
            let about = contract.catalogue.requirements.iter().find(|it| it.role.as_ref() == Some(role));
            about.map(|it| it.id.as_str())
        }
        _ => None,
    }
}

/// Returns true if a valid order was refused. Acceptance with an undocumented status is not a refusal.
fn is_refused(order: &PlacedOrder) -> bool {
    matches!(order.outcome, Outcome::Wrong(status) if !reading::is_success(status))
}

/// How often valid orders with a feature were sent, and how often they were refused.
#[derive(Default)]
struct Times {
    sent: usize,
    refused: usize,
}

fn judge_run(run: &Whole<'_>, marks: &mut Marks) {
    let orders = run.parts.iter().flat_map(|part| &part.orders);
    // A request that got no answer, or used another method or path than the documented one, was neither accepted nor
    // refused.
    let told = |order: &&PlacedOrder| order.outcome != Outcome::Open && !order.at_once();
    let valid: Vec<&PlacedOrder> = orders.filter(|order| order.valid).filter(told).collect();
    let refused: Vec<&&PlacedOrder> = valid.iter().filter(|order| is_refused(order)).collect();
    if refused.is_empty() {
        return;
    }
    let statuses: BTreeSet<u16> = refused
        .iter()
        .filter_map(|order| match order.outcome {
            Outcome::Wrong(status) => Some(status),
            _ => None,
        })
        .collect();
    let found = if refused.len() == valid.len() {
        // No valid order was accepted at all.
        Some(("ROUTE-POST", None))
    } else {
        shared(run.contract, &valid, refused.len())
    };
    marks.decisive = found.map(|(requirement, feature)| Decisive {
        requirement: requirement.to_owned(),
        feature: feature.cloned(),
        statuses: statuses.into_iter().collect(),
    });
}

/// Returns the one requirement whose feature every refused order has and no accepted order has. How an order is sent
/// comes before its sender and its content, since a case about the former varies nothing else.
fn shared<'r>(
    contract: &'r Contract,
    valid: &[&'r PlacedOrder],
    refused: usize,
) -> Option<(&'r str, Option<&'r Feature>)> {
    let mut times: BTreeMap<&Feature, Times> = BTreeMap::new();
    for order in valid {
        for feature in &order.features {
            let times = times.entry(feature).or_default();
            times.sent += 1;
            times.refused += usize::from(is_refused(order));
        }
    }
    let decisive: Vec<(&str, &Feature)> = times
        .into_iter()
        .filter(|(feature, times)| {
            // A single order proves nothing about its role or count.
            let enough = times.refused > 1 || matches!(feature, Feature::Chunked | Feature::ContentType(_));
            enough && times.sent == times.refused && times.refused == refused
        })
        .filter_map(|(feature, _)| Some((promise(contract, feature)?, feature)))
        .collect();
    let on_the_wire =
        decisive.iter().find(|(_, it)| matches!(it, Feature::Chunked | Feature::ContentType(_)));
    let promises: BTreeSet<&str> = decisive.iter().map(|(id, _)| *id).collect();
    let only = decisive.first().filter(|_| promises.len() == 1);
    on_the_wire.or(only).map(|(id, feature)| (*id, Some(*feature)))
}
