//! The comparison as an HTML page: one file without external requests or scripts.

use maud::{Markup, html};

use super::rows;
use crate::report::compare::{Change, Comparison, State};
use crate::report::formats::html::{capital, page};

/// Renders the page.
#[must_use]
pub fn render(comparison: &Comparison) -> String {
    let headline = comparison.headline();
    let title = format!("Conformance compared: {headline}");
    page(
        &title,
        &html! {
            main #main.wide {
                section.summary.alone aria-labelledby="verdict" {
                    div class={ "verdict " (tone(comparison)) } {
                        p.target { (comparison.new.run.target) }
                        h1 #verdict { (capital(&headline)) }
                        p.headline { "Before: " (comparison.old.claim) ". Now: " (comparison.new.claim) "." }
                    }
                }
                section aria-labelledby="figures-title" {
                    h2 #figures-title { "The two runs" }
                    table.figures {
                        thead { tr { th scope="col" { span.hush { "Figure" } } th scope="col" { "Before" } th scope="col" { "Now" } } }
                        tbody {
                            @for [name, old, new] in rows::figures(comparison) {
                                tr { th scope="row" { (capital(&name)) } td { (old) } td { (new) } }
                            }
                        }
                    }
                }
                @for state in State::ALL {
                    @if comparison.in_state(state).next().is_some() { (changes(comparison, state)) }
                }
                @for (name, lines) in rows::lists(comparison) {
                    section { h2 { (name) } ul { @for line in &lines { li { (line) } } } }
                }
            }
        },
    )
}

fn tone(comparison: &Comparison) -> &'static str {
    let has = |state: State| comparison.in_state(state).next().is_some();
    match () {
        () if has(State::New) || has(State::Widened) => "bad",
        () if has(State::Changed) || has(State::Still) || has(State::NotTried) => "odd",
        () if !comparison.dropped.is_empty() => "odd",
        () => "good",
    }
}

fn changes(comparison: &Comparison, state: State) -> Markup {
    html! {
        section {
            h2 { (capital(state.name())) }
            ul.changes { @for change in comparison.in_state(state) { (one(change)) } }
        }
    }
}

fn one(change: &Change) -> Markup {
    html! {
        li {
            p { b { (change.requirement) } " " (change.summary) }
            p.fine {
                "Seen " (change.old) " times before, " (change.new) " now. Finding " code { (change.id) } "."
                @if change.known { " Known to the baseline." }
                @if let Some(note) = &change.note { " " (capital(note)) "." }
            }
        }
    }
}
