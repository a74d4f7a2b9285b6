//! Finds, over a whole run, the rule by which a server decides what the pages leave open. Among orders that may be
//! accepted or refused because of a number, the refused ones are compared with the accepted ones, and the coordinate
//! that distinguishes them is reported.

use std::collections::{BTreeMap, BTreeSet};

use super::check::Check;
use crate::judge::feature::Feature;
use crate::judge::part::{Outcome, PlacedOrder};
use crate::judge::verdict::Marks;
use crate::judge::whole::{Whole, observation};

/// The check of open questions over a whole run.
pub(crate) const CHECK: Check =
    Check { name: "anomaly", cites: &["AMB-MSISDN-FORM"], judge_run: Some(judge_run), ..Check::NOTHING };

/// How often orders with a feature were accepted and refused.
#[derive(Default)]
struct Times {
    accepted: usize,
    refused: usize,
}

fn judge_run(run: &Whole<'_>, marks: &mut Marks) {
    let orders = run.parts.iter().flat_map(|part| part.orders.iter().map(move |order| (order, *part)));
    let open: Vec<_> = orders.filter(|(order, _)| is_about_a_number(order)).collect();
    let refused = open.iter().filter(|(order, _)| order.outcome == Outcome::Refused).count();
    if refused == 0 || refused == open.len() {
        return;
    }
    let mut times: BTreeMap<&Feature, Times> = BTreeMap::new();
    for (order, _) in &open {
        for feature in order.features.iter().filter(|it| is_coordinate(it)) {
            let times = times.entry(feature).or_default();
            times.accepted += usize::from(order.outcome == Outcome::Accepted);
            times.refused += usize::from(order.outcome == Outcome::Refused);
        }
    }
    // A kind of coordinate explains the refusals if each of them has a value of it that no accepted order has.
    let apart = |feature: &Feature| times.get(feature).is_some_and(|it| it.accepted == 0 && it.refused > 0);
    let kinds: [fn(&Feature) -> bool; 3] = [
        |it| matches!(it, Feature::Prefix(_)),
        |it| matches!(it, Feature::Role(_)),
        |it| matches!(it, Feature::Count(_)),
    ];
    for kind in kinds {
        let value = |order: &PlacedOrder| order.features.iter().find(|it| kind(it) && apart(it)).cloned();
        let all = open.iter().filter(|(order, _)| order.outcome == Outcome::Refused);
        let values: Option<BTreeSet<Feature>> = all.map(|(order, _)| value(order)).collect();
        let Some(values) = values else { continue };
        let named: Vec<String> = values.iter().map(ToString::to_string).collect();
        let case = open.iter().find(|(order, _)| order.outcome == Outcome::Refused);
        let case = case.and_then(|(_, part)| Some(part.placed.as_ref()?.base.clone())).unwrap_or_default();
        let choice = format!("refused where it was {}, and accepted elsewhere", named.join(", or "));
        return marks.observations.push(observation("AMB-MSISDN-FORM", &choice, case));
    }
}

/// Returns true if an order may be accepted or refused because of how a number is written, and for no other reason.
fn is_about_a_number(order: &PlacedOrder) -> bool {
    let spelled = order.features.contains(&Feature::OtherSpelling);
    let alone = order.features.iter().all(|it| !it.is_odd() || *it == Feature::OtherSpelling);
    let decided = matches!(order.outcome, Outcome::Accepted | Outcome::Refused);
    spelled && alone && decided && order.must_refuse.is_empty() && !order.at_once()
}

fn is_coordinate(feature: &Feature) -> bool {
    matches!(feature, Feature::Prefix(_) | Feature::Role(_) | Feature::Count(_))
}
