//! The report as an HTML page for readers who did not run it: one file without external requests, readable without
//! scripts.
//!
//! The template escapes every text, and a policy in the page's head forbids everything but the page's own style and
//! script.

mod body;
mod findings;
mod latency;
mod map;
mod matrix;
mod parts;
mod questions;
mod run;
mod steps;
mod summary;
mod trend;

use base64::Engine as _;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

pub(crate) use self::parts::capital;
use crate::report::Run;
use crate::report::view::View;

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// Renders the page.
#[must_use]
pub fn render(run: &Run<'_>, view: &View) -> String {
    let verdict = view.verdict_label();
    page(
        &format!("Conformance: {verdict} · {}", view.run.target),
        &html! {
            header.top {
                div.wide {
                    p.name { "Conformance report" }
                    nav aria-label="Sections" {
                        ul {
                            @for (id, name, number) in sections(view) {
                                li { a href={ "#" (id) } { (name) @if let Some(number) = number { " " span.number { (number) } } } }
                            }
                        }
                    }
                    button #theme type="button" hidden { "Dark" }
                }
            }
            main #main.wide {
                (summary::section(view))
                (summary::filter(view))
                (findings::section(run, view))
                (matrix::section(run.contract, view))
                (map::section(run))
                (latency::section(run))
                (trend::section(view))
                (questions::section(view))
                (run::section(view))
            }
            footer.wide {
                p { "Made by " (view.tool) " on " time datetime=(view.run.started) { (view.run.started) } "." }
            }
            p #said.hush role="status" {}
            script { (PreEscaped(SCRIPT)) }
        },
    )
}

/// Returns a whole page, whose head loads nothing.
pub(crate) fn page(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the report" }
                (body)
            }
        }
    };
    page.into_string()
}

/// Returns the Content-Security-Policy: nothing may load, and only the style and the script of this page are allowed.
fn policy() -> String {
    let hash = |text: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; \
         form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn sections(view: &View) -> [(&'static str, &'static str, Option<usize>); 6] {
    let requirements = view.groups.iter().map(|group| group.requirements.len()).sum();
    [
        ("findings", "Findings", Some(view.findings.len())),
        ("requirements", "Requirements", Some(requirements)),
        ("map", "Map", None),
        ("latency", "Latency", None),
        ("questions", "Questions", Some(questions::asked(view))),
        ("run", "Run", None),
    ]
}
