//! The steps of the case that a finding shows: the sender, the request and the time of each on a common axis, so that
//! overlapping requests are visible. Below are each request and answer in full, and the total of an order by the price
//! list.

use std::collections::BTreeMap;

use maud::{Markup, html};
use spec::Pesewas;

use super::body;
use super::map::class_of;
use super::parts::capital;
use crate::history::{AccountFacts, Answer, CaseRecord, Catalog, Exchange, KeyUse, Request, TRACE_HEADER};
use crate::order::reading;
use crate::report::Run;
use crate::report::text::{count, duration, visible};
use crate::report::view::FindingView;

/// The maximum number of steps that are shown. If a case has more, a line says so.
const MOST: usize = 48;

/// The width of the axis, in units of the picture.
const AXIS: u64 = 1_000;

/// The minimum width of a bar, so that short requests are visible too.
const THINNEST: u64 = 6;

/// What the steps of a section share.
struct Steps<'a> {
    run: &'a Run<'a>,
    finding: &'a FindingView,
    case: &'a CaseRecord,
    /// The senders of the steps, each once.
    senders: Vec<String>,
    /// The time when the first request was sent, and the time from there to the last answer, in microseconds.
    axis: (u64, u64),
}

/// Renders the steps of a finding's case; nothing if the record does not have the case.
pub(super) fn section(run: &Run<'_>, finding: &FindingView) -> Markup {
    let group = run.judgement.findings.iter().find(|it| crate::report::view::finding_id(it) == finding.id);
    let found = group.and_then(|it| run.history.cases.find(it.example.index, &it.example.case));
    let Some(case) = found.filter(|case| !case.exchanges.is_empty()) else { return html! {} };
    let first = case.exchanges.iter().map(|it| it.sent_us).min().unwrap_or_default();
    let last = case.exchanges.iter().map(|it| it.done_us).max().unwrap_or_default();
    let axis = (first, last.saturating_sub(first).max(1));
    let mut steps = Steps { run, finding, case: &case, senders: Vec::new(), axis };
    for exchange in &case.exchanges {
        let sender = steps.sender(exchange);
        if !steps.senders.contains(&sender) {
            steps.senders.push(sender);
        }
    }
    steps.all()
}

impl Steps<'_> {
    fn all(&self) -> Markup {
        let shown = self.case.exchanges.iter().enumerate().take(MOST);
        let more = self.case.exchanges.len().saturating_sub(MOST);
        html! {
            h4 { "Step by step" }
            p.fine {
                (capital(&visible(&self.case.title))) ". The bars share one axis of " (duration(self.axis.1))
                "; requests whose bars overlap were under way at the same time."
                @if let [sender] = &self.senders[..] { " All requests are by " (sender) "." }
                @if !self.finding.about.is_empty() { " A marked step (▸) is one that the finding is about." }
            }
            // Narrow screens lay the rows out as blocks; the roles keep it a table for screen readers.
            div.scroll tabindex="0" role="group" aria-label="Steps of the case" {
                table.steps role="table" {
                    thead role="rowgroup" { tr role="row" {
                        th scope="col" role="columnheader" { "Step" }
                        @if self.senders.len() > 1 { th scope="col" role="columnheader" { "By" } }
                        th scope="col" role="columnheader" { "Request" }
                        th scope="col" role="columnheader" { "From the start to " (duration(self.axis.1)) }
                        th scope="col" role="columnheader" { "Answer" }
                        th scope="col" role="columnheader" { "Amount" }
                    } }
                    tbody role="rowgroup" { @for (at, exchange) in shown.clone() { (self.row(at, exchange)) } }
                }
            }
            @if more > 0 { p.fine { (count(more as u64, "more step is", "more steps are")) " in the history and in the HAR file." } }
            @for (at, exchange) in shown { (self.step(at, exchange)) }
        }
    }

    fn is_about(&self, at: usize) -> bool {
        self.finding.about.contains(&at)
    }

    /// Returns true if the finding is about a single request, whose answer has something wrong.
    fn is_alone(&self) -> bool {
        self.finding.about.len() == 1
    }

    fn anchor(&self, at: usize) -> String {
        format!("{}-step-{}", self.finding.id, at + 1)
    }

    fn row(&self, at: usize, exchange: &Exchange) -> Markup {
        let (from, whole) = (exchange.sent_us.saturating_sub(self.axis.0), self.axis.1);
        let took = exchange.done_us.saturating_sub(exchange.sent_us);
        let scaled = |us: u64| us.saturating_mul(AXIS) / whole;
        let x = scaled(from).min(AXIS - THINNEST);
        let said = format!("sent after {}, took {}", duration(from), duration(took));
        html! {
            tr.about[self.is_about(at)] role="row" {
                th.step-number scope="row" role="rowheader" {
                    span.marker aria-hidden="true" { @if self.is_about(at) { "▸" } }
                    @if self.is_about(at) { span.hush { "What the finding is about: " } }
                    a href={ "#" (self.anchor(at)) } { (at + 1) }
                }
                @if self.senders.len() > 1 { td.by role="cell" { (self.sender(exchange)) } }
                td.request role="cell" { (visible(&exchange.request.method)) " " (exchange.operation.name()) }
                td.axis role="cell" {
                    svg viewBox={ "0 0 " (AXIS) " 12" } preserveAspectRatio="none" role="img" aria-label=(said) {
                        line x1="0" y1="6" x2=(AXIS) y2="6" {}
                        rect x=(x) y="1" width=(scaled(took).clamp(THINNEST, AXIS - x)) height="10" {}
                    }
                }
                td.answer role="cell" { (self.status(exchange)) }
                td.says role="cell" { (self.says(exchange)) }
            }
        }
    }

    fn sender(&self, exchange: &Exchange) -> String {
        let account = exchange.actor.and_then(|actor| self.case.accounts.get(actor));
        match (&exchange.request.key, account) {
            (KeyUse::Absent, _) => "nobody".to_owned(),
            (KeyUse::Bad(what), _) => visible(what),
            (_, Some(AccountFacts { role: Some(role), name, .. })) if role != name => {
                format!("{} ({})", visible(role), visible(name))
            }
            (_, Some(account)) => visible(&account.name),
            (_, None) => "nobody".to_owned(),
        }
    }

    fn status(&self, exchange: &Exchange) -> Markup {
        let (label, status) = match &exchange.answer {
            Answer::Response(response) => (response.status.to_string(), response.status),
            Answer::Lost(_) => ("lost".to_owned(), 0),
            Answer::Unsent(_) => ("not sent".to_owned(), 0),
        };
        let meaning = self.run.contract.operation(exchange.operation).response(status).map(|it| it.meaning);
        html! { span class={ "status " (class_of(meaning, status)) } { (label) } }
    }

    /// Returns the part of an answer that matters for the money.
    fn says(&self, exchange: &Exchange) -> String {
        let contract = self.run.contract;
        let Some(response) = exchange.answer.response() else { return String::new() };
        if contract.operation(exchange.operation).purchase {
            return reading::total(contract, response).map(|it| format!("total {it}")).unwrap_or_default();
        }
        let available = reading::available(contract, response);
        available.map(|it| format!("{it} available")).unwrap_or_default()
    }

    fn step(&self, at: usize, exchange: &Exchange) -> Markup {
        let is_about = self.is_about(at);
        let request = &exchange.request;
        html! {
            details.step #(self.anchor(at)) open[is_about && self.is_alone()] {
                summary {
                    "Step " (at + 1) ": " (visible(&request.method)) " " (visible(&request.path))
                    @if is_about && self.is_alone() { ", which the finding is about" }
                    @else if is_about { ", sent at once with the others (▸)" }
                }
                div.pair.alone[request.body.0.is_empty()] {
                    div {
                        p.fine {
                            "Request"
                            @for (name, value) in &request.headers { br; code { (visible(name)) ": " (visible(value)) } }
                            @if let Some(trace) = &exchange.trace { br; code { (TRACE_HEADER) ": " (visible(&trace.to_string())) } }
                        }
                        @if !request.body.0.is_empty() { (body::json(&request.body.text(), &body::Marks::default())) }
                        @if let Some(sum) = self.sum(exchange) { p.fine { (sum) } }
                    }
                    div { (self.answer(exchange, is_about && self.is_alone())) }
                }
            }
        }
    }

    fn answer(&self, exchange: &Exchange, is_about: bool) -> Markup {
        let took = duration(exchange.done_us.saturating_sub(exchange.sent_us));
        let marks = if is_about { body::Marks::of(self.finding) } else { body::Marks::default() };
        match &exchange.answer {
            Answer::Response(response) => html! {
                p.fine {
                    "Answer " (response.status) " after " (took)
                    @for (name, value) in &response.headers { br; code { (visible(name)) ": " (visible(value)) } }
                }
                @if !response.body.0.is_empty() { (body::json(&response.body.text(), &marks)) }
                @if is_about && !self.finding.expected.is_empty() {
                    p.fine { "Expected: " @for (at, it) in self.finding.expected.iter().enumerate() { @if at > 0 { ", or " } b { (it.what) } } "." }
                }
            },
            Answer::Lost(lost) => html! { p.fine { "No answer after " (took) ": " (visible(&lost.detail)) } },
            Answer::Unsent(why) => html! { p.fine { "Not sent: " (visible(why)) } },
        }
    }

    /// Returns the total of an order by the price list, such as `2 × 0.10 + 1 × 0.25 = 0.45`.
    fn sum(&self, exchange: &Exchange) -> Option<String> {
        if !self.run.contract.operation(exchange.operation).purchase {
            return None;
        }
        let role = exchange.actor.and_then(|actor| self.case.accounts.get(actor))?.role.as_deref()?;
        let prices = self.prices(role);
        let packages = packages(self.run, &exchange.request)?;
        let mut sum = Pesewas::ZERO;
        let mut parts = Vec::new();
        for (package, times) in &packages {
            let price = *prices.get(package.as_str())?;
            sum += Pesewas::new(price.get().checked_mul(*times)?);
            parts.push(format!("{times} × {price} ({})", visible(package)));
        }
        (!parts.is_empty())
            .then(|| format!("By the price list for {}: {} = {sum} GHS.", visible(role), parts.join(" + ")))
    }

    fn prices(&self, role: &str) -> BTreeMap<&str, Pesewas> {
        let catalog = self.run.history.header.environment.catalog.as_ref();
        catalog
            .into_iter()
            .flat_map(Catalog::packages)
            .filter_map(|it| Some((it.id.as_str(), *it.price.get(role)?)))
            .collect()
    }
}

/// Returns the packages of an order as sent, each with its count.
fn packages(run: &Run<'_>, request: &Request) -> Option<BTreeMap<String, i64>> {
    use crate::order::facts::{Facts, packages};
    use crate::order::wallet::Wallet;
    let catalog = run.history.header.environment.catalog.as_ref();
    let facts = Facts::of(run.contract, catalog, None, Wallet::new(None), false, request);
    let order = facts.order()?;
    Some(packages(order).into_iter().map(|(id, times)| (id.to_owned(), times)).collect())
}
