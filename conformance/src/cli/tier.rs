//! The tiers as values of a flag, each with its help text.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::history::Tier;

const fn about(tier: Tier) -> &'static str {
    match tier {
        Tier::Probe => "Only requests that a conforming server refuses: costs nothing there",
        Tier::Smoke => "Each boundary once",
        Tier::Standard => "Boundaries, pairs of factors, fuzz and races",
        Tier::Full => "As standard, with triples of factors and more of everything",
    }
}

/// Returns a parser for the name of a tier.
pub(super) fn parser() -> impl TypedValueParser<Value = Tier> {
    let values = Tier::ALL.map(|it| PossibleValue::new(it.name()).help(about(it)));
    PossibleValuesParser::new(values).try_map(|name| name.parse::<Tier>())
}
