//! The Markdown report, for example for a pull request.

use std::fmt::Write as _;

use super::view::{View, outcome_name};
use crate::client::judge::Outcome;
use crate::report::text::visible;

/// Renders the document.
pub(super) fn render(view: &View) -> String {
    let mut out = format!("# {}\n\n{}\n", safe(&view.headline), safe(&view.certificate));
    if !view.causes.is_empty() {
        out += "\n| rule | | what is wrong | expected | received | seen in |\n|---|---|---|---|---|---|\n";
    }
    for cause in &view.causes {
        let word = if cause.fails { "fail" } else { "warning" };
        _ = writeln!(
            out,
            "| `{}` | {word} | {} | {} | {} | {} |",
            cause.id,
            safe(&cause.summary),
            safe(&cause.expected),
            safe(&cause.received),
            safe(&cause.scenarios.join(", "))
        );
    }
    let rows: Vec<_> = view.scenarios.iter().filter(|it| it.outcome != Outcome::Pass).collect();
    if !rows.is_empty() {
        out += "\n| scenario | outcome | rules |\n|---|---|---|\n";
    }
    for row in rows {
        _ = writeln!(out, "| {} | {} | {} |", safe(&row.name), outcome_name(row.outcome), row.ids.join(", "));
    }
    out
}

/// Escapes a text for a cell of a Markdown table.
fn safe(text: &str) -> String {
    let mut out = String::new();
    for letter in visible(text).chars() {
        match letter {
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '@' | '#' => {
                out.push('\\');
                out.push(letter);
            }
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '&' => out += "&amp;",
            _ => out.push(letter),
        }
    }
    out
}
