//! What one sample of its kind leaves out: a generator for each dimension that a fault may hide in. Several checks judge
//! what is sent here.
//!
//! A fault may show with one role, at one amount, for one network, after the end of an order, on another path only. A
//! generator varies one such dimension through all its values, with everything else as plain as it can be. Most of what is
//! accepted here is sent by provider states, where money is free; with fixed accounts what a conforming server refuses
//! goes out all the same.

mod agree;
mod alone;
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
    /// Its address: `magnitude`.
    pub name: &'static str,
    /// What it sends.
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
    Generator { name: "formats", plan: formats::plan },
    Generator { name: "content", plan: content::plan },
    Generator { name: "agree", plan: agree::plan },
    Generator { name: "time", plan: time::plan },
    Generator { name: "doors", plan: doors::plan },
    Generator { name: "pieces", plan: pieces::plan },
    Generator { name: "life", plan: life::plan },
    Generator { name: "readings", plan: readings::plan },
];

/// Plans what each generator sends but those that are left out.
pub(super) fn plan(p: &mut Planner<'_>, without: &[String]) {
    if p.tier == Tier::Smoke || p.buyers().is_empty() || p.shop.shelves.is_empty() {
        return;
    }
    for generator in ALL.iter().filter(|it| !without.iter().any(|name| name == it.name)) {
        p.origin = generator.name;
        (generator.plan)(p);
    }
}
