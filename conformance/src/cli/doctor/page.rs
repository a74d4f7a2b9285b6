//! Renders the findings of `doctor` as text for people.

use std::fmt::Write as _;

use super::checkup::Checkup;
use crate::history::{OperatorFacts, PackageFacts};
use crate::report::text::{count, grouped, visible};

/// The width of a label, in columns.
const LABEL: usize = 11;

/// Renders the whole page, with a newline at its end.
pub(super) fn page(checkup: &Checkup, width: usize) -> String {
    let mut page = Page { width, out: String::new() };
    page.wrapped("", &checkup.headline());
    server(checkup, &mut page);
    accounts(checkup, &mut page);
    catalog(checkup, &mut page);
    runs(checkup, &mut page);
    more(checkup, &mut page);
    page.out
}

struct Page {
    width: usize,
    out: String,
}

impl Page {
    fn heading(&mut self, text: &str) {
        _ = writeln!(self.out, "\n{text}");
    }

    fn wrapped(&mut self, first: &str, text: &str) {
        let rest = " ".repeat(textwrap::core::display_width(first));
        let options = textwrap::Options::new(self.width.max(rest.len() + 20))
            .initial_indent(first)
            .subsequent_indent(&rest)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .break_words(false)
            .word_separator(textwrap::WordSeparator::AsciiSpace);
        for line in textwrap::wrap(text, options) {
            _ = writeln!(self.out, "{}", line.trim_end().replace('\u{a0}', " "));
        }
    }

    fn labelled(&mut self, label: &str, text: &str) {
        let label = format!("  {label:<LABEL$}");
        let gap = if label.ends_with(' ') { "" } else { " " };
        self.wrapped(&format!("{label}{gap}"), text);
    }
}

fn server(checkup: &Checkup, page: &mut Page) {
    page.heading("Server");
    page.labelled("url", &format!("{} answers as this API", checkup.target));
    if let Some(reason) = &checkup.live {
        page.labelled(
            "live",
            &format!("{}: orders cost real money; a run needs --allow-live", visible(reason)),
        );
    }
    for (label, wanted) in [("has", Some(true)), ("has not", Some(false)), ("not known", None)] {
        let found = checkup.endpoints.iter().filter(|(_, is_there)| *is_there == wanted);
        let names: Vec<&str> = found.map(|(name, _)| name.as_str()).collect();
        if !names.is_empty() {
            // A method and its path must not be split across lines.
            page.labelled(
                label,
                &names.join(", ").replace(", ", ",\u{0}").replace(' ', "\u{a0}").replace('\u{0}', " "),
            );
        }
    }
}

fn accounts(checkup: &Checkup, page: &mut Page) {
    page.heading("Accounts");
    for (name, what) in checkup.who() {
        page.labelled(&name, &what);
    }
    for refused in &checkup.environment.refused {
        page.labelled("refused", &format!("{}; it would be left out", visible(&refused.to_string())));
    }
}

fn catalog(checkup: &Checkup, page: &mut Page) {
    page.heading("Catalog");
    let Some(catalog) = &checkup.environment.catalog else {
        return page
            .labelled("not known", "no page lists what is sold: name it, or no order can be accepted");
    };
    for operator in &catalog.operators {
        page.labelled(
            "operator",
            &format!("{}: {}", visible(&operator.id), sold(operator, &catalog.unnamed)),
        );
    }
    for (role, price) in &checkup.cheapest {
        page.labelled("cheapest", &format!("an order of {price} GHS as {}", visible(role)));
    }
    if checkup.cheapest.is_empty() {
        let active = catalog.operators.iter().flat_map(|it| &it.products).flat_map(|it| &it.packages);
        let why = match active.into_iter().any(|it| it.active) {
            true => "not known: it takes a price, and a key of a role that may buy",
            false => "none: nothing of this is active, so it can't be bought",
        };
        page.labelled("cheapest", why);
    }
}

/// Describes in a sentence what an operator sells.
fn sold(operator: &OperatorFacts, unnamed: &std::collections::BTreeSet<String>) -> String {
    let (other, own): (Vec<_>, Vec<_>) = operator.products.iter().partition(|it| unnamed.contains(&it.id));
    let packages: Vec<&PackageFacts> = own.iter().flat_map(|it| &it.packages).collect();
    let active = packages.iter().filter(|it| it.active).count();
    let mut said = format!(
        "{}, {active} of {} active",
        count(own.len() as u64, "product", "products"),
        count(packages.len() as u64, "package", "packages")
    );
    let prices = || packages.iter().flat_map(|it| it.price.values());
    if let (Some(least), Some(most)) = (prices().min(), prices().max()) {
        let range = if least == most { least.to_string() } else { format!("{least} to {most}") };
        _ = write!(said, ", {range} GHS each");
    }
    if !other.is_empty() {
        let others = count(other.len() as u64, "other product that is", "other products that are");
        _ = write!(said, "; {others} only named where that must be refused");
    }
    said
}

fn runs(checkup: &Checkup, page: &mut Page) {
    page.heading("What a run would send and cost, in GHS");
    _ = writeln!(
        page.out,
        "  {:<LABEL$}{:>7}{:>8}{:>10}{:>10}{:>11}{:>10}  exercises",
        "tier", "cases", "orders", "accepted", "expected", "at worst", "least"
    );
    for (tier, reach) in &checkup.tiers {
        let cost = reach.cost;
        _ = writeln!(
            page.out,
            "  {:<LABEL$}{:>7}{:>8}{:>10}{:>10}{:>11}{:>10}  {} of {}",
            tier.name(),
            grouped(reach.cases),
            grouped(cost.orders),
            grouped(cost.purchases),
            cost.expected.to_string(),
            cost.worst.to_string(),
            reach.least.to_string(),
            reach.exercises.len(),
            checkup.requirements,
        );
    }
    page.wrapped("  ", "least: what is charged until each requirement that can be exercised has been, once");
    if let Some(cap) = checkup.cap {
        page.labelled(
            "cap",
            &format!("{cap} GHS: until a wallet has shown what is charged, twice an order is set aside"),
        );
    }
}

fn more(checkup: &Checkup, page: &mut Page) {
    if checkup.lacking.is_empty() && checkup.open.is_empty() {
        return;
    }
    page.heading("What is missing, what it would add, and how to give it");
    for lacking in &checkup.lacking {
        let adds =
            if lacking.adds.is_empty() { String::new() } else { format!(": {}", lacking.adds.join(", ")) };
        page.wrapped("  - ", &format!("{}{adds}", visible(&lacking.what)));
        page.wrapped("    ", &visible(&lacking.how));
    }
    let told = |id: &&String| checkup.lacking.iter().any(|it| it.adds.contains(&id.as_str()));
    let rest: Vec<&str> = checkup.open.iter().filter(|id| !told(id)).map(String::as_str).collect();
    if !rest.is_empty() {
        page.wrapped(
            "  - ",
            &format!("left open by this tier, or by what it could be shown with: {}", rest.join(", ")),
        );
    }
}
