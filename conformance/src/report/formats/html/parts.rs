//! Parts that several sections share: the look of an outcome, and capital letters.

use maud::{Markup, html};

use crate::judge::verdict::Outcome;
use crate::report::view::outcome_name;

/// Returns the CSS class of an outcome, which determines its colour. The name is always shown too.
pub(super) const fn outcome_class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Fail => "fail",
        Outcome::Known => "known",
        Outcome::Warning => "warning",
        Outcome::Inconclusive => "inconclusive",
        Outcome::Pass => "pass",
        Outcome::NotExercised => "gap",
        Outcome::NotApplicable => "none",
    }
}

/// Renders an outcome with a sign of its own, so that it does not depend on colour alone.
pub(super) fn badge(outcome: Outcome) -> Markup {
    let sign = match outcome {
        Outcome::Fail => "✕",
        Outcome::Known => "◆",
        Outcome::Warning => "!",
        Outcome::Inconclusive => "?",
        Outcome::Pass => "✓",
        Outcome::NotExercised => "○",
        Outcome::NotApplicable => "–",
    };
    html! { span class={ "badge " (outcome_class(outcome)) } { span aria-hidden="true" { (sign) } " " (outcome_name(outcome)) } }
}

/// Capitalizes the first letter of a sentence, unless it starts with a name such as `data.orderId`.
pub(crate) fn capital(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default();
    if first.trim_end_matches([':', '.', ',']).contains(['.', '_', '/', '$', '-', ':']) {
        return text.to_owned();
    }
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// Renders a text whose flags (`--states`) are not broken at their hyphens.
pub(super) fn with_flags(text: &str) -> Markup {
    html! {
        @for (at, word) in text.split(' ').enumerate() {
            @if at > 0 { " " }
            @if word.starts_with("--") { span.flag { (word) } } @else { (word) }
        }
    }
}
