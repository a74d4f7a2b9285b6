//! The results of runs over time as small line charts. A table has the same content for screen readers.

use maud::{Markup, html};

use crate::report::text::duration;
use crate::report::trend::Point;
use crate::report::view::{View, verdict_name};

/// The width and height of a picture, in its units.
const SIZE: (u64, u64) = (600, 40);

/// The maximum number of runs in the table.
const ROWS: usize = 12;

/// A figure over time: its name, its values, and the last value as text.
struct Line {
    name: &'static str,
    values: Vec<u64>,
    last: String,
}

/// Renders the lines; nothing if there are fewer than two runs.
pub(super) fn section(view: &View) -> Markup {
    let points = &view.trend;
    let Some(last) = points.last().filter(|_| points.len() > 1) else { return html! {} };
    let all = |value: fn(&Point) -> u64| points.iter().map(value).collect::<Vec<_>>();
    let pesewas = |it: &Point| u64::try_from(it.charged.get()).unwrap_or_default();
    let lines = [
        Line { name: "Causes that fail", values: all(|it| it.failed), last: last.failed.to_string() },
        Line { name: "Requirements kept", values: all(|it| it.passed), last: last.passed.to_string() },
        Line { name: "Charged, in GHS", values: all(pesewas), last: last.charged.to_string() },
        Line {
            name: "Median of an accepted order",
            values: all(|it| it.p50_us.unwrap_or_default()),
            last: last.p50_us.map_or_else(|| "not known".to_owned(), duration),
        },
    ];
    html! {
        section #trend aria-labelledby="trend-title" {
            h2 #trend-title { "Trend" }
            p.lead { "The last " (points.len()) " runs, this one at the right." }
            div.trend { @for line in &lines { (picture(line)) } }
            details {
                summary { "The last runs" }
                div.scroll tabindex="0" role="group" aria-label="The last runs" {
                    table.figures {
                        thead { tr { th scope="col" { "Start" } th scope="col" { "Verdict" } th scope="col" { "Causes" } th scope="col" { "Charged" } th scope="col" { "Median" } } }
                        tbody {
                            @for point in points.iter().rev().take(ROWS) {
                                tr {
                                    th scope="row" { (crate::report::text::visible(&point.time)) }
                                    td { (verdict_name(point.verdict)) } td { (point.failed) } td { (point.charged) }
                                    td { (point.p50_us.map_or_else(String::new, duration)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn picture(line: &Line) -> Markup {
    let (width, height) = SIZE;
    let most = line.values.iter().copied().max().unwrap_or_default().max(1);
    let gaps = (line.values.len() as u64).saturating_sub(1).max(1);
    let at = |(nth, value): (usize, &u64)| {
        let x = (nth as u64).saturating_mul(width) / gaps;
        let y = height - value.saturating_mul(height - 4) / most - 2;
        format!("{x},{y}")
    };
    let points: Vec<String> = line.values.iter().enumerate().map(at).collect();
    html! {
        div {
            p.fine { (line.name) ": " b { (line.last) } }
            svg viewBox={ "0 0 " (width) " " (height) } preserveAspectRatio="none" role="img" aria-label={ (line.name) " over the last runs" } {
                polyline points=(points.join(" ")) {}
            }
        }
    }
}
