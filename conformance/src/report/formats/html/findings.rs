//! The findings: what is wrong, why, and how to reproduce it.

use maud::{Markup, html};

use super::parts::{badge, capital, outcome_class};
use super::steps;
use crate::judge::verdict::Outcome;
use crate::report::Run;
use crate::report::curl::KEY_VARIABLE;
use crate::report::text::{count, grouped};
use crate::report::view::{AtOnce, ExampleView, FindingView, NO_PAGE, View};

pub(super) fn section(run: &Run<'_>, view: &View) -> Markup {
    html! {
        section #findings aria-labelledby="findings-title" {
            h2 #findings-title { "Findings" }
            @if view.findings.is_empty() {
                p.lead { "There are no findings." }
            } @else {
                p.lead { "There is one finding for each cause, the most harmful first. A finding that another one explains follows it." }
            }
            @for finding in &view.findings { (article(run, view, finding)) }
        }
    }
}

fn article(run: &Run<'_>, view: &View, finding: &FindingView) -> Markup {
    html! {
        article.finding.explained[finding.under.is_some()] #(finding.id) data-outcome=(outcome_class(finding.outcome)) data-item="finding" data-group=(view.group_of(&finding.requirement)) data-severity=(finding.severity) aria-labelledby={ (finding.id) "-title" } {
            (head(finding))
            dl.versus {
                div {
                    dt { "Expected" }
                    @if finding.expected.is_empty() { dd { "nothing of this kind" } }
                    @for expected in &finding.expected {
                        dd {
                            (expected.what)
                            @for (id, statement) in &expected.because { " " abbr title=(statement) { (id) } }
                        }
                    }
                }
                div { dt { "Received" } dd { (breakable(&finding.actual)) } }
            }
            @if !finding.detail.is_empty() {
                pre.diff tabindex="0" aria-label="Differences" {
                    @for line in &finding.detail { (diff(line)) }
                }
            }
            details {
                summary { "Evidence, and how to reproduce it" }
                @if let Some(example) = &finding.example { (evidence(example)) }
                (steps::section(run, finding))
                h4 { "Replay the whole case" }
                (pasted(&finding.replay, " the replay command"))
                p.fine {
                    "Cases: "
                    @for (at, case) in finding.cases.iter().enumerate() { @if at > 0 { ", " } code { (case) } }
                    @let more = finding.occurrences.saturating_sub(finding.cases.len() as u64);
                    @if more > 0 { " and " (grouped(more)) " more" }
                    ". Finding " code { (finding.id) } "."
                }
            }
        }
    }
}

/// Renders what is wrong, and the promise that it breaks.
fn head(finding: &FindingView) -> Markup {
    html! {
        header {
            p.meta {
                (badge(finding.outcome))
                " " a.id href={ "#" (finding.requirement) } { (finding.requirement) }
                " " span.times { "seen " (count(finding.occurrences, "time", "times")) }
                @if let Some(ticket) = &finding.known { " " span.times { "known as " (ticket) } }
                " " a.link href={ "#" (finding.id) } aria-label={ "Link to finding " (finding.id) } { (finding.id) }
            }
            h3 id={ (finding.id) "-title" } { (capital(&finding.summary)) }
            @if let Some(cause) = &finding.under { p.fine { "Explained by " a href={ "#" (cause) } { (cause) } "." } }
            p.promise {
                (finding.statement)
                @if let Some(says) = &finding.says { " " q { (says.text) } " " code.place { (says.place.file) ":" (says.place.line) } }
                @else if finding.outcome == Outcome::Warning { " " (capital(NO_PAGE)) "." }
                @for place in finding.places.iter().take(2) { " " code.place { (place.file) ":" (place.line) } }
            }
        }
    }
}

fn evidence(example: &ExampleView) -> Markup {
    html! {
        @match &example.at_once {
            Some(at_once) => (together(example, at_once)),
            None => (alone(example)),
        }
        h4 { "The answer" @if example.at_once.is_some() { @if let Some(position) = &example.position { " to " (position) } } }
        p.fine { (capital(&example.answer)) }
        @if let Some(body) = example.body.as_deref().filter(|body| !body.is_empty()) {
            pre tabindex="0" aria-label="Body of the answer" { (body) }
        }
    }
}

/// Renders a request that shows the finding by itself.
fn alone(example: &ExampleView) -> Markup {
    html! {
        h4 { "The smallest request" }
        p.fine {
            (capital(&example.title)) ", by " (example.sender)
            @if let Some(position) = &example.position { ", " (position) }
            ". Put that caller's key into " code { "$" (KEY_VARIABLE) } "."
            @for note in &example.request.notes { " " (capital(note)) "." }
            @if let Some(trace) = &example.trace {
                " In the server's logs it has the trace id " code { (trace.trace_id) } " and the parent id " code { (trace.parent_id) } "."
            }
        }
        (pasted(&example.request.line, " the curl command"))
        @if let Some(line) = &example.request.powershell {
            div.powershell {
                h4 { "The same in PowerShell" }
                (pasted(line, " the PowerShell command"))
            }
        }
    }
}

/// Renders the orders that were sent at once.
fn together(example: &ExampleView, at_once: &AtOnce) -> Markup {
    html! {
        h4 { "The " (count(at_once.orders, "order", "orders")) " that were sent at once" }
        p.fine {
            (capital(&example.title)) ", by " (example.sender) ". The script sends the orders at once and waits for the answers. "
            "A race may need several attempts; the replay command below sends the whole case. "
            "Put that caller's key into " code { "$" (KEY_VARIABLE) } "."
            @for note in &at_once.notes { " " (capital(note)) "." }
            @if let Some(trace) = &example.trace {
                " In the server's logs the requests of the case have the trace id " code { (trace.trace_id) } "."
            }
        }
        div.script { (pasted(&at_once.script, " the script")) }
    }
}

fn pasted(line: &str, label: &str) -> Markup {
    html! {
        div.paste {
            pre tabindex="0" aria-label="Command" { (line) }
            button.copy type="button" hidden { span { "Copy" } span.hush { (label) } }
        }
    }
}

/// JSON has no spaces at which a line could break, so it may break after its commas.
fn breakable(text: &str) -> Markup {
    html! {
        @for (at, part) in text.split(",\"").enumerate() { @if at > 0 { "," wbr; "\"" } (part) }
    }
}

fn diff(line: &str) -> Markup {
    let class = match line.as_bytes().first() {
        Some(b'+') => "more",
        Some(b'-') => "less",
        _ => "same",
    };
    html! { span class=(class) { (line) } "\n" }
}
