//! The map: what was answered for each number of items and class of balance, in one table per role, and whether it was
//! allowed.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};
use spec::{Contract, Meaning};

use super::parts::capital;
use crate::checks;
use crate::history::Answer;
use crate::judge::scene::Scene;
use crate::report::Run;
use crate::report::text::{count, visible};

/// The classes of balance, from poor to rich; other classes come after them.
const WEALTH: [&str; 5] = ["zero", "short", "exact", "over", "plenty"];

/// The maximum number of cases that are listed for a place.
const CASES: usize = 4;

/// The statuses that were received for a place of the map, each with its count. Status 0 is a lost answer.
type Statuses = BTreeMap<u16, u64>;

/// A place of the map.
#[derive(Default)]
struct Cell {
    statuses: Statuses,
    /// The statuses that were not allowed for their requests, each with its count.
    wrong: Statuses,
    /// The first cases, those that were not allowed first: id, status, and whether it was allowed.
    cases: Vec<(String, u16, bool)>,
}

struct Sheet {
    role: String,
    cells: BTreeMap<(usize, String), Cell>,
}

impl Cell {
    fn note(&mut self, case: &str, status: u16, allowed: bool) {
        *self.statuses.entry(status).or_default() += 1;
        if !allowed {
            *self.wrong.entry(status).or_default() += 1;
        }
        self.cases.push((visible(case), status, allowed));
        self.cases.sort_by_key(|(.., allowed)| *allowed);
        self.cases.truncate(CASES);
    }
}

/// The sign of a place that was not tried, the same as that of a requirement that was not exercised.
const GAP: &str = "○";

/// The look of a place: its colour, and a sign for readers who don't see the colour.
#[derive(Debug, Clone, Copy)]
enum Look {
    Accepted,
    Refused,
    Wrong,
    Lost,
}

impl Look {
    const ALL: [Self; 4] = [Self::Accepted, Self::Refused, Self::Wrong, Self::Lost];

    fn of(contract: &Contract, cell: &Cell, shown: u16) -> Self {
        match contract.buy().response(shown).map(|response| response.meaning) {
            _ if !cell.wrong.is_empty() => Self::Wrong,
            _ if shown == 0 => Self::Lost,
            Some(Meaning::Accepted) => Self::Accepted,
            _ => Self::Refused,
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Wrong => "wrong",
            Self::Lost => "lost",
        }
    }

    const fn sign(self) -> &'static str {
        match self {
            Self::Accepted | Self::Refused => "✓",
            Self::Wrong => "✕",
            Self::Lost => "?",
        }
    }

    /// Returns what stands before the sign in the legend.
    fn sample(self, contract: &Contract) -> String {
        match self {
            Self::Accepted => contract.status(Meaning::Accepted).to_string(),
            Self::Refused => "4xx".to_owned(),
            Self::Wrong => String::new(),
            Self::Lost => label(0),
        }
    }

    const fn meaning(self) -> &'static str {
        match self {
            Self::Accepted => "accepted, as allowed",
            Self::Refused => "refused, as allowed",
            Self::Wrong => "not allowed",
            Self::Lost => "no answer, so not judged",
        }
    }
}

pub(super) fn section(run: &Run<'_>) -> Markup {
    let sheets = sheets(run);
    let mut totals = Statuses::new();
    for (status, number) in sheets.iter().flat_map(|sheet| sheet.cells.values()).flat_map(|it| &it.statuses) {
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
                p.lead { "No case of this run has a place on the map." }
            } @else {
                p.lead {
                    "Each table is for one role. A cell shows how the server answered an order with this number of items, from a caller "
                    "whose balance is of this class compared with the total of the order. A cell leads to its cases. A cell with "
                    "different statuses shows one that was not allowed, if there is one."
                }
                (legend(run.contract, &totals))
                div.sheets { @for sheet in &sheets { (table(run.contract, sheet, &rows, &columns)) } }
                @for sheet in &sheets { (cases(sheet)) }
            }
        }
    }
}

/// Explains the colours and signs of the cells, and lists the statuses.
fn legend(contract: &Contract, totals: &Statuses) -> Markup {
    html! {
        ul.legend aria-label="Legend" {
            @for look in Look::ALL {
                @if !matches!(look, Look::Lost) || totals.contains_key(&0) {
                    li { span class={ "status " (look.class()) } aria-hidden="true" { (look.sample(contract)) span.sign { (look.sign()) } } " " (look.meaning()) }
                }
            }
            li { span.status.gapped aria-hidden="true" { (GAP) } " not tried" }
            li { span.status.plain aria-hidden="true" { "*" } " different statuses" }
            li { span.status.plain.outside aria-hidden="true" { (contract.limits.max_items + 1) } " a number of items outside the limits" }
        }
        ul.statuses aria-label="Statuses" {
            @for (status, number) in totals {
                li { b { (label(*status)) } " " (meaning(contract, *status)) ", " (count(*number, "time", "times")) }
            }
        }
    }
}

fn sheets(run: &Run<'_>) -> Vec<Sheet> {
    let blank = |role: &String| Sheet { role: role.clone(), cells: BTreeMap::new() };
    let rules = checks::rules();
    let environment = &run.history.header.environment;
    let mut sheets: Vec<Sheet> = run.contract.roles.all.iter().map(blank).collect();
    for case in run.history.cases.iter() {
        let Some(at) = case.coordinates.as_ref().filter(|_| !case.is_step()) else { continue };
        let scene = Scene::of(run.contract, environment, &case, &rules);
        let Some(seen) = scene.seen.iter().find(|seen| seen.is_order()) else { continue };
        let status = match &seen.exchange.answer {
            Answer::Response(response) => response.status,
            Answer::Lost(_) => 0,
            Answer::Unsent(_) => continue,
        };
        let allowed = seen.allowed.as_ref().is_none_or(|it| it.statuses.contains_key(&status));
        let known = sheets.iter().position(|sheet| sheet.role == at.role).unwrap_or_else(|| {
            sheets.push(blank(&at.role));
            sheets.len() - 1
        });
        sheets[known]
            .cells
            .entry((at.count, at.balance.clone()))
            .or_default()
            .note(&case.id, status, allowed);
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
                        @for column in columns { (cell(contract, &anchor(sheet, *items, column), sheet.cells.get(&(*items, (*column).to_owned())))) }
                    }
                }
            }
        }
    }
}

/// Returns how much a status matters when a place has several: an undocumented one matters most. An invalid request
/// matters least, since it is likely to be about something that the map does not show. At equal weight the most common
/// status is shown, then the lower one.
fn weight(contract: &Contract, status: u16) -> u8 {
    match contract.buy().response(status).map(|response| response.meaning) {
        None => 2,
        Some(Meaning::Invalid | Meaning::Unauthorized) => 0,
        Some(_) => 1,
    }
}

fn cell(contract: &Contract, anchor: &str, cell: Option<&Cell>) -> Markup {
    // If some answers were not allowed, only those are candidates.
    let telling = cell.and_then(|cell| {
        let all = if cell.wrong.is_empty() { &cell.statuses } else { &cell.wrong };
        all.iter().rev().max_by_key(|it| (weight(contract, *it.0), *it.1)).map(|it| (cell, *it.0))
    });
    let Some((cell, status)) = telling else {
        return html! { td.gapped { span aria-hidden="true" { (GAP) } span.hush { "not tried" } } };
    };
    let said: Vec<_> = cell
        .statuses
        .iter()
        .map(|(status, number)| format!("{} {}", label(*status), count(*number, "time", "times")))
        .collect();
    let look = Look::of(contract, cell, status);
    html! {
        td {
            a class={ "status " (look.class()) } href={ "#" (anchor) } title=(said.join(", ")) {
                (label(status)) span.sign aria-hidden="true" { (look.sign()) @if cell.statuses.len() > 1 { "*" } }
                span.hush { ", " (look.meaning()) ": " (said.join(", ")) }
            }
        }
    }
}

/// Returns the anchor of the cases of a place.
fn anchor(sheet: &Sheet, items: usize, column: &str) -> String {
    let word = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    format!("map-{}-{items}-{}", word(&sheet.role), word(column))
}

/// Renders the cases of every place of a sheet.
fn cases(sheet: &Sheet) -> Markup {
    html! {
        details.cases {
            summary { "Cases with the role " (visible(&sheet.role)) }
            dl {
                @for ((items, column), cell) in &sheet.cells {
                    div #(anchor(sheet, *items, column)) {
                        dt { (count(*items as u64, "item", "items")) ", " (visible(column)) }
                        dd {
                            @for (at, (id, status, allowed)) in cell.cases.iter().enumerate() {
                                @if at > 0 { ", " }
                                code { (id) } " " (label(*status)) @if !allowed { b { " not allowed" } }
                            }
                            @let more = cell.statuses.values().sum::<u64>().saturating_sub(cell.cases.len() as u64);
                            @if more > 0 { " and " (more) " more" }
                        }
                    }
                }
            }
        }
    }
}

fn label(status: u16) -> String {
    if status == 0 { "lost".to_owned() } else { status.to_string() }
}

/// Returns the CSS class of a status with this meaning; `None` stands for an undocumented status.
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
