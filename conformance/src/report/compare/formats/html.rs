//! The comparison as an HTML page: one file without external requests or scripts.

use maud::{Markup, html};

use super::rows;
use crate::report::compare::{Change, Comparison, State};
use crate::report::formats::html::{capital, page};

/// Renders the page.
#[must_use]
pub fn render(comparison: &Comparison) -> String {
    let headline = comparison.headline();
    let figures: Vec<_> =
        rows::figures(comparison).into_iter().map(|[name, old, new]| [capital(&name), old, new]).collect();
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
                    (table("The two runs", ["Figure", "Before", "Now"], &figures))
                }
                @for state in State::ALL {
                    @if comparison.in_state(state).next().is_some() { (changes(comparison, state)) }
                }
                @for it in rows::tables(comparison) {
                    section { h2 { (it.heading) } (table(it.heading, it.columns, &it.rows)) }
                }
                @for (name, lines) in rows::remarks(comparison) {
                    section { h2 { (name) } ul { @for line in &lines { li { (capital(line)) } } } }
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

/// Renders rows that have a value before and now.
fn table(label: &str, columns: [&str; 3], rows: &[[String; 3]]) -> Markup {
    html! {
        div.scroll tabindex="0" role="group" aria-label=(label) {
            table.figures {
                thead { tr { @for column in columns { th scope="col" { (column) } } } }
                tbody {
                    @for [name, old, new] in rows {
                        tr {
                            th scope="row" { (name) }
                            @for value in [old, new] { td { @if value.is_empty() { "–" } @else { (value) } } }
                        }
                    }
                }
            }
        }
    }
}

fn one(change: &Change) -> Markup {
    html! {
        li {
            p { b { (change.requirement) } " " (change.summary) }
            p.fine {
                (capital(&rows::seen(change))) ". Finding " code { (change.id) } "."
                @if change.known { " Known to the baseline." }
                @if let Some(cause) = &change.under { " Explained by " code { (cause) } "." }
                @if let Some(note) = &change.note { " " (capital(note)) "." }
            }
            @if matches!(change.state, State::New | State::Widened | State::Changed) {
                p.fine { "To send its case again: " code { (change.replay) } }
            }
        }
    }
}
