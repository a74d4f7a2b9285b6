//! The top of the page: the verdict, the money, and the filter for the rest.

use maud::{Markup, html};

use super::parts::{badge, capital, outcome_class, with_flags};
use crate::judge::verdict::Verdict;
use crate::report::view::{OUTCOMES, SEVERITIES, View, money_rows, money_sentence};

pub(super) fn section(view: &View) -> Markup {
    let tone = match view.verdict {
        Verdict::Conformant => "good",
        Verdict::NotConformant | Verdict::OwnFault | Verdict::Unreachable => "bad",
        Verdict::Incomplete | Verdict::BudgetExhausted | Verdict::BaselineOutOfDate => "odd",
    };
    let unexplained = view.ledger.unexplained.is_some_and(|amount| amount.get() != 0);
    html! {
        section.summary aria-labelledby="verdict" {
            div class={ "verdict " (tone) } {
                p.target { (view.run.target) }
                p.fine {
                    time datetime=(view.run.started) { (view.run.started.get(..10).unwrap_or_default()) " " (view.run.started.get(11..16).unwrap_or_default()) " UTC" }
                    ", tier " (view.run.tier.name()) ", seed " (view.run.seed) ", contract " (view.run.spec_revision) " "
                    code { (view.run.spec_digest.get(..12).unwrap_or_default()) }
                }
                h1 #verdict { (capital(&view.verdict_label())) }
                p.headline { (capital(&view.claim)) "." }
                ul.counts {
                    @for outcome in OUTCOMES {
                        @if view.total(outcome) > 0 {
                            li { span.figure { (view.total(outcome)) } (badge(outcome)) }
                        }
                    }
                }
                @if !view.next.is_empty() {
                    div.next {
                        h2 { "What to do next" }
                        ul { @for step in &view.next { li { (with_flags(&capital(&step.what))) @if let Some(line) = &step.line { ": " code { (line) } } @else { "." } } } }
                    }
                }
                @for note in &view.notes { p.note { (capital(note)) } }
                @for line in &view.drift { p.note { "Shape: " (line) } }
                @for (case, message) in &view.own_faults { p.note { b { "Internal error" } " in " code { (case) } ": " (message) } }
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

pub(super) fn filter(view: &View) -> Markup {
    html! {
        form #filter.filter role="search" aria-label="Findings and requirements" hidden {
            label for="words" { "Search findings and requirements" }
            input #words type="search" autocomplete="off" placeholder="COUNT-HIGH, 422, balance …";
            div.by-group {
                label for="group" { "Group" }
                select #group {
                    option value="" { "all" }
                    @for group in &view.groups { option value=(group.name) { (group.name) } }
                }
                label for="severity" { "Severity" }
                select #severity {
                    option value="" { "all" }
                    @for (_, name, means) in SEVERITIES { option value=(name) title=(means) { (name) } }
                }
            }
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
