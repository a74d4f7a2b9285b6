//! The settings of the run: enough to repeat it.

use maud::{Markup, html};

use super::parts::capital;
use crate::report::text::duration;
use crate::report::view::{View, end_name, sent_sentence};

pub(super) fn section(view: &View) -> Markup {
    let run = &view.run;
    html! {
        section #run aria-labelledby="run-title" {
            h2 #run-title { "Run" }
            dl.facts {
                (fact("Target", &html! { (run.target) }))
                (fact("Contract", &html! { "revision " (run.spec_revision) ", " code { (run.spec_file) } }))
                (fact("Digest", &html! { code.long { (run.spec_digest) } }))
                (fact("Seed and tier", &html! {
                    (run.seed) ", " (run.tier.name())
                    @if let Some((part, of)) = run.shard { ", part " (part) " of " (of) }
                }))
                (fact("Start and length", &html! { (run.started) ", " (duration(run.elapsed_us)) ", " (end_name(run.end)) }))
                (fact("Sent", &html! { (sent_sentence(run.cases, run.smaller, run.requests)) }))
                (fact("Accounts", &html! {
                    (capital(&view.environment.summary)) "."
                    @if !view.environment.accounts.is_empty() { ul { @for account in &view.environment.accounts { li { (account) } } } }
                }))
                @if !view.environment.endpoints.is_empty() { (fact("The server has", &list(&view.environment.endpoints))) }
                @if !view.environment.lacking.is_empty() { (fact("The server lacks", &list(&view.environment.lacking))) }
                @if !run.left.is_empty() { (fact("Not sent", &list(&run.left))) }
            }
        }
    }
}

fn fact(name: &str, value: &Markup) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

fn list(items: &[String]) -> Markup {
    html! { ul { @for item in items { li { code { (item) } } } } }
}
