//! The map: what was answered for each number of items and class of balance, one sheet per role.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};
use spec::{Contract, Meaning};

use super::parts::capital;
use crate::history::Answer;
use crate::report::Run;
use crate::report::text::{count, visible};

/// Classes of balance in the order of wealth; others stand behind them.
const WEALTH: [&str; 5] = ["zero", "short", "exact", "over", "plenty"];

/// What came for a point of the map, with how often; a status of 0 is a lost answer.
type Statuses = BTreeMap<u16, u64>;

struct Sheet {
    role: String,
    cells: BTreeMap<(usize, String), Statuses>,
}

pub(super) fn section(run: &Run<'_>) -> Markup {
    let sheets = sheets(run);
    let mut totals = Statuses::new();
    for (status, number) in sheets.iter().flat_map(|sheet| sheet.cells.values()).flatten() {
        *totals.entry(*status).or_default() += number;
    }
    let classes: BTreeSet<_> =
        sheets.iter().flat_map(|sheet| sheet.cells.keys().map(|(_, class)| class.as_str())).collect();
    let mut columns: Vec<_> = WEALTH.iter().filter(|class| classes.contains(*class)).copied().collect();
    columns.extend(classes.iter().filter(|class| !WEALTH.contains(*class)));
    let rows: BTreeSet<_> =
        sheets.iter().flat_map(|sheet| sheet.cells.keys().map(|(items, _)| *items)).collect();
    html! {
        section #map aria-labelledby="map-title" {
            h2 #map-title { "Map of answers" }
            @if sheets.is_empty() {
                p.lead { "No case had a place on it." }
            } @else {
                p.lead {
                    "What came back for an order of so many items, from a caller of that role, with a balance of that class against the total. "
                    "An asterisk marks a place that was answered in more than one way, where invalid requests count least; " span.gapped { "a hatched cell" } " was not tried."
                }
                ul.legend aria-label="Statuses" {
                    @for (status, number) in &totals {
                        li { span class={ "status " (class(run.contract, *status)) } { (label(*status)) } " " (meaning(run.contract, *status)) ", " (count(*number, "time", "times")) }
                    }
                }
                div.sheets { @for sheet in &sheets { (table(run.contract, sheet, &rows, &columns)) } }
            }
        }
    }
}

fn sheets(run: &Run<'_>) -> Vec<Sheet> {
    let blank = |role: &String| Sheet { role: role.clone(), cells: BTreeMap::new() };
    let mut sheets: Vec<Sheet> = run.contract.roles.all.iter().map(blank).collect();
    for case in run.history.cases.iter() {
        let Some(at) = case.coordinates.as_ref().filter(|_| !case.is_step()) else { continue };
        let purchase =
            case.exchanges.iter().find(|exchange| run.contract.operation(exchange.operation).purchase);
        let status = match purchase.map(|exchange| &exchange.answer) {
            Some(Answer::Response(response)) => response.status,
            Some(Answer::Lost(_)) => 0,
            Some(Answer::Unsent(_)) | None => continue,
        };
        let known = sheets.iter().position(|sheet| sheet.role == at.role).unwrap_or_else(|| {
            sheets.push(blank(&at.role));
            sheets.len() - 1
        });
        let cell = sheets[known].cells.entry((at.count, at.balance.clone())).or_default();
        *cell.entry(status).or_default() += 1;
    }
    sheets.retain(|sheet| !sheet.cells.is_empty());
    sheets
}

fn table(contract: &Contract, sheet: &Sheet, rows: &BTreeSet<usize>, columns: &[&str]) -> Markup {
    html! {
        table.sheet {
            caption { (visible(&sheet.role)) }
            thead {
                tr {
                    th scope="col" { "Items" }
                    @for column in columns { th scope="col" { (capital(&visible(column))) } }
                }
            }
            tbody {
                @for items in rows {
                    @let allowed = (contract.limits.min_items..=contract.limits.max_items).contains(items);
                    tr.outside[!allowed] {
                        th scope="row" { (items) }
                        @for column in columns { (cell(contract, sheet.cells.get(&(*items, (*column).to_owned())))) }
                    }
                }
            }
        }
    }
}

/// Which of several answers a place shows: an undocumented one tells most, and an invalid request least, since it is likely
/// to be about something that is not on the map; of equal weight the commonest, then the lower status.
fn weight(contract: &Contract, status: u16) -> u8 {
    match contract.buy().response(status).map(|response| response.meaning) {
        None => 2,
        Some(Meaning::Invalid | Meaning::Unauthorized) => 0,
        Some(_) => 1,
    }
}

fn cell(contract: &Contract, statuses: Option<&Statuses>) -> Markup {
    let telling = statuses.and_then(|all| all.iter().rev().max_by_key(|it| (weight(contract, *it.0), *it.1)));
    let Some((status, _)) = telling else {
        return html! { td.gapped { span.hush { "not tried" } } };
    };
    let all: Vec<_> = statuses.into_iter().flatten().collect();
    if let [(_, number)] = all[..] {
        return html! { td { span class={ "status " (class(contract, *status)) } { (label(*status)) @if *number > 1 { span.hush { ", " (number) " times" } } } } };
    }
    let said: Vec<_> = all
        .iter()
        .map(|(status, number)| format!("{} {}", label(**status), count(**number, "time", "times")))
        .collect();
    html! { td { span class={ "status mixed " (class(contract, *status)) } title=(said.join(", ")) { (label(*status)) span aria-hidden="true" { "*" } span.hush { " of " (said.join(", ")) } } } }
}

fn label(status: u16) -> String {
    if status == 0 { "lost".to_owned() } else { status.to_string() }
}

/// Class of a status by what the contract says it stands for.
fn class(contract: &Contract, status: u16) -> &'static str {
    class_of(contract.buy().response(status).map(|response| response.meaning), status)
}

/// Class of a status that stands for this; without a meaning it is not documented.
pub(super) const fn class_of(meaning: Option<Meaning>, status: u16) -> &'static str {
    match meaning {
        Some(Meaning::Accepted | Meaning::Ok) => "s-accepted",
        Some(Meaning::Invalid) => "s-invalid",
        Some(Meaning::Unauthorized) => "s-unauthorized",
        Some(Meaning::Insufficient) => "s-insufficient",
        Some(Meaning::Forbidden) => "s-forbidden",
        Some(Meaning::Count) => "s-count",
        Some(Meaning::NotFound | Meaning::Conflict) => "s-invalid",
        None if status == 0 => "s-lost",
        None => "s-odd",
    }
}

fn meaning(contract: &Contract, status: u16) -> String {
    let documented =
        contract.buy().response(status).map(|response| response.description.trim_end_matches('.').to_owned());
    documented
        .unwrap_or_else(|| if status == 0 { "No answer".to_owned() } else { "Not documented".to_owned() })
}
