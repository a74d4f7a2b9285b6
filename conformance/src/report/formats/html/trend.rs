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
    /// The value of each run; `None` if it is not known.
    values: Vec<Option<u64>>,
    last: String,
}

/// Renders the lines; nothing if there are fewer than two runs.
pub(super) fn section(view: &View) -> Markup {
    let points = &view.trend;
    let Some(last) = points.last().filter(|_| points.len() > 1) else { return html! {} };
    let all = |value: fn(&Point) -> Option<u64>| points.iter().map(value).collect::<Vec<_>>();
    let pesewas = |it: &Point| u64::try_from(it.charged.get()).ok();
    let lines = [
        Line { name: "Failing causes", values: all(|it| Some(it.failed)), last: last.failed.to_string() },
        Line {
            name: "Requirements that passed",
            values: all(|it| Some(it.passed)),
            last: last.passed.to_string(),
        },
        Line { name: "Charged, in GHS", values: all(pesewas), last: last.charged.to_string() },
        Line {
            name: "Median of an accepted order",
            values: all(|it| it.p50_us),
            last: last.p50_us.map_or_else(|| "not known".to_owned(), duration),
        },
    ];
    html! {
        section #trend aria-labelledby="trend-title" {
            h2 #trend-title { "Trend" }
            p.lead { "The last " (points.len()) " runs; this one is at the right. A gap means that a value is not known." }
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
                                    td { (point.p50_us.map_or_else(|| "not known".to_owned(), duration)) }
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
    html! {
        div {
            p.fine { (line.name) ": " b { (line.last) } }
            svg viewBox={ "0 0 " (width) " " (height) } preserveAspectRatio="none" role="img" aria-label={ (line.name) " over the last runs" } {
                @for points in pieces(&line.values) { polyline points=(points) {} }
            }
        }
    }
}

/// Returns the points of the pieces of a line, which has a gap where a value is not known. A value between two gaps
/// becomes a piece of two equal points, which is drawn as a dot.
fn pieces(values: &[Option<u64>]) -> Vec<String> {
    let (width, height) = SIZE;
    let most = values.iter().flatten().copied().max().unwrap_or_default().max(1);
    let gaps = (values.len() as u64).saturating_sub(1).max(1);
    let at = |(nth, value): (usize, u64)| {
        let x = (nth as u64).saturating_mul(width) / gaps;
        let y = height - value.saturating_mul(height - 4) / most - 2;
        format!("{x},{y}")
    };
    let places: Vec<(usize, Option<u64>)> = values.iter().copied().enumerate().collect();
    let known = places.split(|(_, value)| value.is_none()).filter(|piece| !piece.is_empty());
    let points = known
        .map(|piece| piece.iter().filter_map(|(nth, value)| Some(at((*nth, (*value)?)))).collect::<Vec<_>>());
    points
        .map(|mut points| {
            if points.len() == 1 {
                points.extend(points.first().cloned());
            }
            points.join(" ")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn an_unknown_value_leaves_a_gap() {
        assert_eq!(pieces(&[Some(10), Some(5)]), ["0,2 600,20"]);
        assert_eq!(
            pieces(&[Some(10), None, Some(5), Some(5), None, Some(0), None]),
            ["0,2 0,2", "200,20 300,20", "500,38 500,38"]
        );
        assert_eq!(pieces(&[None, None]), Vec::<String>::new());
    }
}
