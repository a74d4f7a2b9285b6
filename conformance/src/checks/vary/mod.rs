//! Generators that vary one dimension each in which a fault may hide, beyond the single sample that a check sends.
//! Several checks judge what is sent here.
//!
//! A fault may show only with one role, at one amount, for one network, after the end of an order, or on another path.
//! A generator varies one such dimension through all its values and keeps everything else as simple as possible. With
//! provider states, orders that are to be accepted cost no real money. With fixed accounts, what a conforming server
//! refuses is sent all the same, and of the accepted orders those for one role, after everything else that a cap on
//! spending has to pay for.

mod agree;
mod alone;
mod claims;
mod content;
mod doors;
mod formats;
mod life;
mod magnitude;
mod means;
mod near;
mod networks;
mod pieces;
mod readings;
mod time;
mod twice;
mod words;

use crate::history::Tier;
use crate::plan::planner::Planner;

/// One dimension, and how it is varied.
#[derive(Debug, Clone, Copy)]
pub struct Generator {
    /// The name, with which the ids of its cases begin: `magnitude`.
    pub name: &'static str,
    /// Plans what it sends.
    plan: fn(&mut Planner<'_>),
}

/// Every generator.
pub const ALL: &[Generator] = &[
    Generator { name: "magnitude", plan: magnitude::plan },
    Generator { name: "alone", plan: alone::plan },
    Generator { name: "near", plan: near::plan },
    Generator { name: "networks", plan: networks::plan },
    Generator { name: "twice", plan: twice::plan },
    Generator { name: "words", plan: words::plan },
    Generator { name: "claims", plan: claims::plan },
    Generator { name: "formats", plan: formats::plan },
    Generator { name: "content", plan: content::plan },
    Generator { name: "agree", plan: agree::plan },
    Generator { name: "time", plan: time::plan },
    Generator { name: "doors", plan: doors::plan },
    Generator { name: "pieces", plan: pieces::plan },
    Generator { name: "life", plan: life::plan },
    Generator { name: "readings", plan: readings::plan },
];

/// Plans what each generator sends, except those in `without`.
pub(super) fn plan(p: &mut Planner<'_>, without: &[String]) {
    if p.tier == Tier::Smoke || p.buyers().is_empty() || p.catalog.lines.is_empty() {
        return;
    }
    let wanted = |it: &Generator| !without.iter().any(|name| name == it.name);
    for (at, generator) in ALL.iter().enumerate().filter(|(_, it)| wanted(it)) {
        (p.origin, p.varies, p.turn) = (generator.name, true, at);
        (generator.plan)(p);
    }
    p.varies = false;
}
