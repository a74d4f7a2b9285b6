//! The HTML report: one file, without scripts or external resources.

use base64::Engine as _;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::view::{Cause, View, outcome_name};
use crate::client::task::TaskKind;
use crate::report::text::visible;

const STYLE: &str = include_str!("client.css");

/// Renders the page.
pub(super) fn render(view: &View) -> String {
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'none'"
    );
    let class = if view.conforms { "pass" } else { "fail" };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="color-scheme" content="light dark";
                title { "Client: " (visible(&view.headline)) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    p.faint { "Conformance of a client: " (visible(&view.subject)) }
                    h1 class=(class) { (visible(&view.headline)) }
                    p { (visible(&view.certificate)) }
                }
                main {
                    @if !view.causes.is_empty() { h2 { "Findings" } }
                    @for cause in &view.causes { (finding(cause)) }
                    (scenarios(view))
                }
            }
        }
    };
    page.into_string()
}

fn finding(cause: &Cause) -> Markup {
    let word = if cause.fails { "fail" } else { "warning" };
    html! {
        article id=(cause.id) {
            h3 { span class=(word) { (word) } " " (cause.id) ": " (visible(&cause.summary)) }
            dl {
                dt { "rule" } dd { (cause.statement) }
                dt { "says" }
                dd {
                    @if cause.says.is_empty() { "good practice: no page says it, so it only warns" }
                    @for said in &cause.says { div { q { (said.text) } " " span.faint { (said.at) } } }
                }
                dt { "expected" } dd { (visible(&cause.expected)) }
                dt { "received" } dd { (visible(&cause.received)) }
                dt { "seen in" } dd { (cause.scenarios.join(", ")) }
                @if let Some(again) = &cause.again { dt { "again" } dd { code { (visible(again)) } } }
            }
            p.faint { (cause.scenarios.first().map(String::as_str).unwrap_or_default()) ": " (cause.about) }
            div.scroll tabindex="0" role="region" aria-label={ "Timeline of " (cause.id) } {
                table.timeline {
                    thead { tr { th { "ms" } th { "who" } th { "what" } } }
                    tbody {
                        @for moment in &cause.timeline {
                            tr class=[moment.shown.then_some("shown")] {
                                td.at { (moment.millis) } td { (moment.who) } td.what { (visible(&moment.what)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn scenarios(view: &View) -> Markup {
    html! {
        h2 { "Scenarios" }
        div.scroll tabindex="0" role="region" aria-label="Scenarios" {
            table.scenarios {
                thead { tr { th { "scenario" } th { "task" } th { "what happens" } th { "outcome" } th { "rules" } } }
                tbody {
                    @for row in &view.scenarios {
                        tr {
                            td.name { (visible(&row.name)) }
                            td.task { (row.task.map_or("recorded", TaskKind::name)) }
                            td.about { (visible(&row.about)) }
                            td class=(outcome_name(row.outcome)) { (outcome_name(row.outcome)) }
                            td { (row.ids.join(", ")) }
                        }
                    }
                }
            }
        }
    }
}
