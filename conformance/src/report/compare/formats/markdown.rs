//! The comparison as Markdown, for a pull request or the summary page of a pipeline step.

use super::rows;
use crate::report::compare::{Change, Comparison, State};
use crate::report::formats::markdown::{code, escape};

/// The maximum length in bytes: comments on GitHub end at 65,536 characters, and the list stops well before.
const ROOM: usize = 48_000;

/// Renders the summary.
#[must_use]
pub fn render(comparison: &Comparison) -> String {
    let mut out =
        format!("## Conformance: {}\n\n| | before | now |\n|---|---|---|\n", escape(&comparison.headline()));
    for [name, old, new] in rows::figures(comparison) {
        out += &format!("| {name} | {} | {} |\n", escape(&old), escape(&new));
    }
    for state in State::ALL {
        for (at, change) in comparison.in_state(state).enumerate() {
            if at == 0 {
                out += &format!("\n### {}\n\n", capital(state.name()));
            }
            if out.len() > ROOM {
                out += "- … and more in the full comparison\n";
                break;
            }
            out += &line(change);
        }
    }
    for (name, lines) in rows::lists(comparison) {
        out += &format!("\n### {name}\n\n");
        for (at, line) in lines.iter().enumerate() {
            if out.len() > ROOM {
                out += &format!("- … and {} more in the full comparison\n", lines.len() - at);
                break;
            }
            out += &format!("- {}\n", escape(line));
        }
    }
    out
}

fn line(change: &Change) -> String {
    let known = if change.known { ", known" } else { "" };
    let note = change.note.as_ref().map(|note| format!(" ({})", escape(note))).unwrap_or_default();
    let id = code(&change.id);
    let (requirement, summary) = (&change.requirement, escape(&change.summary));
    format!("- {requirement} {summary}{note}: {}, as {id}{known}\n", rows::seen(change))
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
