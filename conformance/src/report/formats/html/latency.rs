//! The latency of answers by status.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use hdrhistogram::Histogram;
use maud::{Markup, html};
use spec::{Contract, Meaning, OperationId};

use super::map::class_of;
use crate::history::Answer;
use crate::report::Run;
use crate::report::text::{count, duration, grouped};

/// The width of a bar and the height of the tallest, in units of the picture.
const BAR: (u64, u64) = (8, 40);

/// Times longer than this (ten minutes, in microseconds) are counted as this.
const LONGEST: u64 = 600_000_000;

/// The minimum number of slots; with fewer, the bars would be too wide.
const SLOTS: u64 = 24;

/// The latencies of the answers of one status, in microseconds.
struct Row {
    status: u16,
    times: Histogram<u64>,
}

pub(super) fn section(run: &Run<'_>) -> Markup {
    let (buy, other) = (rows(run, true), rows(run, false));
    html! {
        section #latency aria-labelledby="latency-title" {
            h2 #latency-title { "Latency" }
            @if buy.is_empty() && other.is_empty() {
                p.lead { "No request was answered." }
            } @else {
                p.lead { "The time from sending a request to the end of its answer. The columns 90 % and 99 % say how long these shares of the answers took at most. "
                    "The bars show how many answers took how long, on a logarithmic scale that all rows of a table share." }
            }
            @if !buy.is_empty() { (table(run.contract, "Orders", true, &buy)) }
            @if !other.is_empty() { (table(run.contract, "Reads and everything else", false, &other)) }
        }
    }
}

fn rows(run: &Run<'_>, purchases: bool) -> Vec<Row> {
    let mut rows = BTreeMap::<u16, Histogram<u64>>::new();
    for case in run.history.cases.iter() {
        for exchange in case.own().filter(|it| (it.operation == OperationId::BuyBulk) == purchases) {
            let Answer::Response(response) = &exchange.answer else { continue };
            let took = exchange.done_us.saturating_sub(exchange.sent_us).max(1);
            if let Entry::Vacant(place) = rows.entry(response.status) {
                let Ok(empty) = Histogram::new_with_bounds(1, LONGEST, 3) else { continue };
                place.insert(empty);
            }
            if let Some(times) = rows.get_mut(&response.status) {
                times.saturating_record(took);
            }
        }
    }
    rows.into_iter().map(|(status, times)| Row { status, times }).collect()
}

/// Returns the number of the slot that a time falls into; each doubling of the time has four slots.
const fn slot(micros: u64) -> u64 {
    if micros < 4 {
        return micros;
    }
    let octave = micros.ilog2();
    // The slot within the doubling is given by the two bits after the leading one.
    (octave as u64 - 1) * 4 + ((micros >> (octave - 2)) & 3)
}

fn table(contract: &Contract, title: &str, purchases: bool, rows: &[Row]) -> Markup {
    let first = rows.iter().map(|row| slot(row.times.min())).min().unwrap_or_default();
    let last = rows.iter().map(|row| slot(row.times.max())).max().unwrap_or_default();
    let last = last.max(first + SLOTS);
    let shortest = rows.iter().map(|row| row.times.min()).min().unwrap_or_default();
    let longest = rows.iter().map(|row| row.times.max()).max().unwrap_or_default();
    html! {
        // As in the matrix, narrow screens lay the rows out as blocks, and the roles keep it a table.
        div.scroll tabindex="0" role="region" aria-label={ "Latency: " (title) } {
            table.latency role="table" {
                caption { (title) }
                thead role="rowgroup" {
                    tr role="row" {
                        th scope="col" role="columnheader" { "Status" }
                        th.number scope="col" role="columnheader" { "Answers" }
                        th.number scope="col" role="columnheader" { "Median" }
                        th.number scope="col" role="columnheader" { "90 %" }
                        th.number scope="col" role="columnheader" { "99 %" }
                        th.number scope="col" role="columnheader" { "Slowest" }
                        th scope="col" role="columnheader" { "From " (duration(shortest)) " to " (duration(longest)) }
                    }
                }
                tbody role="rowgroup" { @for row in rows { (table_row(row, class_of(meaning(contract, purchases, row.status), row.status), first, last)) } }
            }
        }
    }
}

/// Returns the documented meaning of a status, for orders or for the other operations; `None` if it is undocumented.
fn meaning(contract: &Contract, purchases: bool, status: u16) -> Option<Meaning> {
    let operations = OperationId::ALL.into_iter().filter(|id| (*id == OperationId::BuyBulk) == purchases);
    operations.into_iter().find_map(|id| contract.operation(id).response(status)).map(|it| it.meaning)
}

fn table_row(row: &Row, class: &str, first: u64, last: u64) -> Markup {
    let times = &row.times;
    html! {
        tr role="row" {
            th scope="row" role="rowheader" { span class={ "status " (class) } { (row.status) } }
            td.number role="cell" { (grouped(times.len())) }
            td.number role="cell" { (duration(times.value_at_quantile(0.5))) }
            td.number role="cell" { (duration(times.value_at_quantile(0.9))) }
            td.number role="cell" { (duration(times.value_at_quantile(0.99))) }
            td.number role="cell" { (duration(times.max())) }
            td role="cell" { (picture(row, first, last)) }
        }
    }
}

fn picture(row: &Row, first: u64, last: u64) -> Markup {
    let mut bars = BTreeMap::<u64, u64>::new();
    for step in row.times.iter_recorded() {
        *bars.entry(slot(step.value_iterated_to()).clamp(first, last)).or_default() += step.count_at_value();
    }
    let most = bars.values().max().copied().unwrap_or(1);
    let (width, height) = (BAR.0 * (last - first + 1), BAR.1);
    let said = format!(
        "{}, median {}",
        count(row.times.len(), "answer", "answers"),
        duration(row.times.value_at_quantile(0.5))
    );
    html! {
        svg viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height) role="img" aria-label=(said) preserveAspectRatio="none" {
            line x1="0" x2=(width) y1=(height) y2=(height) {}
            @for (at, number) in &bars {
                // Each bar is tall enough to be visible, however tall the others are.
                @let tall = (number * height / most).max(2);
                rect x=((at - first) * BAR.0 + 1) y=(height - tall) width=(BAR.0 - 2) height=(tall) rx="1" {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::slot;

    #[test]
    fn slots_follow_each_other() {
        assert_eq!([0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 16].map(slot), [0, 1, 2, 3, 4, 5, 7, 8, 8, 9, 12]);
        assert!((0..10_000).all(|micros| slot(micros + 1) - slot(micros) <= 1));
    }
}
