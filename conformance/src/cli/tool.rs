//! The tools of an export as values of a flag, each with its line of help.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::export::Format;

/// Reads the name of a tool.
pub(super) fn parser() -> impl TypedValueParser<Value = Format> {
    let values = Format::ALL.map(|it| PossibleValue::new(it.name()).help(it.about()));
    PossibleValuesParser::new(values).try_map(|name| name.parse::<Format>())
}
