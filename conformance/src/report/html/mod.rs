//! A page for people who did not run it: one file, no outside requests, readable without scripts.
//!
//! The template escapes every text; a policy in the page's head forbids everything but its own style and script.

mod findings;
mod latency;
mod map;
mod matrix;
mod run;

use base64::Engine as _;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::Run;
use super::view::{OUTCOMES, View, money_rows, money_sentence, outcome_name, verdict_name};
use crate::judge::verdict::{Outcome, Verdict};

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// The page.
#[must_use]
pub fn render(run: &Run<'_>, view: &View) -> String {
    let verdict = verdict_name(view.verdict);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { "Conformance: " (verdict) " · " (view.run.target) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the report" }
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
                    (summary(view))
                    (filter(view))
                    (findings::section(view))
                    (matrix::section(run.contract, view))
                    (map::section(run))
                    (latency::section(run))
                    (questions(view))
                    (run::section(view))
                }
                footer.wide {
                    p { "Made by " (view.tool) " on " time datetime=(view.run.started) { (view.run.started) } "." }
                }
                p #said.hush role="status" {}
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

/// Nothing may load; the style and the script of this page may run, and no other.
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
        ("questions", "Questions", Some(asked(view))),
        ("run", "Run", None),
    ]
}

/// Class of an outcome, for its colour; its name stands beside it always.
const fn outcome_class(outcome: Outcome) -> &'static str {
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

/// An outcome with a sign of its own, so that its colour is not all there is.
fn badge(outcome: Outcome) -> Markup {
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

fn summary(view: &View) -> Markup {
    let tone = match view.verdict {
        Verdict::Conformant => "good",
        Verdict::NotConformant | Verdict::OwnFault | Verdict::Unreachable => "bad",
        Verdict::Incomplete | Verdict::BudgetExhausted => "odd",
    };
    let unexplained = view.ledger.unexplained.is_some_and(|amount| amount.get() != 0);
    html! {
        section.summary aria-labelledby="verdict" {
            div class={ "verdict " (tone) } {
                p.target { (view.run.target) }
                h1 #verdict { (capital(verdict_name(view.verdict))) }
                p.headline { (capital(&view.claim)) "." }
                ul.counts {
                    @for outcome in OUTCOMES {
                        @if view.total(outcome) > 0 {
                            li { span.figure { (view.total(outcome)) } (badge(outcome)) }
                        }
                    }
                }
                @for note in &view.notes { p.note { (capital(note)) } }
                @for (case, message) in &view.own_faults { p.note { b { "Own fault" } " in " code { (case) } ": " (message) } }
            }
            div.money {
                h2 { "Money" span.unit { "GHS" } }
                table {
                    caption.hush { "What was planned, allowed, charged and read, in GHS" }
                    tbody {
                        @for (name, amount) in money_rows(&view.budget, &view.ledger) {
                            tr.alarm[name == "unexplained" && unexplained] { th scope="row" { (capital(name)) } td { (amount) } }
                        }
                    }
                }
                p { (capital(&money_sentence(&view.budget, &view.ledger))) "." }
            }
        }
    }
}

fn filter(view: &View) -> Markup {
    html! {
        form #filter.filter role="search" aria-label="Findings and requirements" hidden {
            label for="words" { "Search findings and requirements" }
            input #words type="search" autocomplete="off" placeholder="COUNT-HIGH, 422, balance …";
            fieldset {
                legend { "Show" }
                @for outcome in OUTCOMES {
                    @if view.total(outcome) > 0 {
                        label.choice { input type="checkbox" name="outcome" value=(outcome_class(outcome)) checked; (badge(outcome)) }
                    }
                }
            }
            p #shown role="status" {}
        }
    }
}

fn asked(view: &View) -> usize {
    let seen = view.ambiguities.iter().filter(|ambiguity| !ambiguity.choices.is_empty()).count();
    seen + usize::from(view.precedence_question().is_some())
}

fn questions(view: &View) -> Markup {
    html! {
        section #questions aria-labelledby="questions-title" {
            h2 #questions-title { "Questions for the API's team" }
            p.lead { "What the API's pages leave open, and what this server was seen to do. None of it is a failure." }
            @if asked(view) == 0 { p { "None: no open question was touched." } }
            ol.questions {
                @for ambiguity in view.ambiguities.iter().filter(|ambiguity| !ambiguity.choices.is_empty()) {
                    li {
                        p.ask { (ambiguity.question) " " code { (ambiguity.id) } }
                        ul {
                            @for (choice, number, case) in &ambiguity.choices {
                                li { "Seen: " b { (choice) } ", " (super::text::count(*number, "time", "times")) @if !case.is_empty() { ", first in " code { (case) } } }
                            }
                        }
                    }
                }
                @if let Some(question) = view.precedence_question() {
                    li { p.ask { (question) " " code { "AMB-PRECEDENCE" } } }
                }
            }
            @let open: Vec<_> = view.ambiguities.iter().filter(|ambiguity| ambiguity.choices.is_empty()).collect();
            @if !open.is_empty() {
                details {
                    summary { "Not touched by this run: " (open.len()) }
                    ul { @for ambiguity in open { li { (ambiguity.question) " " code { (ambiguity.id) } } } }
                }
            }
        }
    }
}

/// A sentence's first letter as a capital, unless it starts with a name such as `data.orderId`.
fn capital(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default();
    if first.trim_end_matches([':', '.', ',']).contains(['.', '_', '/', '$', '-', ':']) {
        return text.to_owned();
    }
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
