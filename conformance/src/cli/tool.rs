//! The export formats as values of a flag, each with its help text.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::export::Format;

/// Returns a parser for the name of a format.
pub(super) fn parser() -> impl TypedValueParser<Value = Format> {
    let values = Format::ALL.map(|it| PossibleValue::new(it.name()).help(it.about()));
    PossibleValuesParser::new(values).try_map(|name| name.parse::<Format>())
}
