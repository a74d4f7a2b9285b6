//! The questions that the API's pages leave open, for the API's team.

use maud::{Markup, html};
use spec::QuestionKind;

use crate::report::text::count;
use crate::report::view::View;

/// Returns the number of open questions that the run answered.
pub(super) fn asked(view: &View) -> usize {
    let seen = view.ambiguities.iter().filter(|ambiguity| !ambiguity.choices.is_empty()).count();
    seen + usize::from(view.precedence_question().is_some())
}

pub(super) fn section(view: &View) -> Markup {
    html! {
        section #questions aria-labelledby="questions-title" {
            h2 #questions-title { "Questions for the API's team" }
            p.lead { "The API's pages leave these questions open. Each is followed by what this server did. Nothing here is a failure." }
            @if asked(view) == 0 { p { "This run answered no open question." } }
            ol.questions {
                @for ambiguity in view.ambiguities.iter().filter(|ambiguity| !ambiguity.choices.is_empty()) {
                    li {
                        p.ask { (ambiguity.question) " " code { (ambiguity.id) } }
                        ul {
                            @for (choice, number, case) in &ambiguity.choices {
                                li { "Seen: " b { (choice) } ", " (count(*number, "time", "times")) @if !case.is_empty() { ", first in " code { (case) } } }
                            }
                        }
                    }
                }
                @if let Some(question) = view.precedence_question() {
                    @let ids = view.ambiguities.iter().filter(|it| it.kind == QuestionKind::Precedence);
                    li { p.ask { (question) @for ambiguity in ids { " " code { (ambiguity.id) } } } }
                }
            }
            @let open: Vec<_> = view.ambiguities.iter().filter(|ambiguity| ambiguity.choices.is_empty()).collect();
            @if !open.is_empty() {
                details {
                    summary { "Not answered by this run: " (open.len()) }
                    ul { @for ambiguity in open { li { (ambiguity.question) " " code { (ambiguity.id) } } } }
                }
            }
        }
    }
}
