//! Explains requirements, ambiguities and checks in text for people.

use std::fmt::Write as _;

use spec::{Ambiguity, Contract, Level, Quote, Requirement, Source};

use crate::checks;
use crate::hint::nearest;
use crate::order::rule::Refusal;
use crate::plan::case::Case;
use crate::report::program::Program;

/// The largest number of cases that an explanation lists.
const CASES: usize = 8;

/// Renders the parts of a contract as text for people.
#[derive(Debug)]
pub(crate) struct Explainer<'a> {
    /// The program as it was called, for commands that the reader can type.
    pub(crate) program: &'a Program,
    /// The contract.
    pub(crate) contract: &'a Contract,
    /// The width of the text, in columns.
    pub(crate) width: usize,
}

impl Explainer<'_> {
    /// Lists the requirements by group, the ambiguities, and the checks.
    #[must_use]
    pub(crate) fn list(&self) -> String {
        let mut out = String::new();
        let mut hang = |first: &str, text: &str| hang(&mut out, first, text, self.width);
        let mut group = "";
        for requirement in &self.contract.catalogue.requirements {
            if requirement.group != group {
                group = &requirement.group;
                hang("", "");
                hang("", group);
            }
            hang(&format!("  {:<18} ", requirement.id), &requirement.statement);
        }
        hang("", "");
        hang("", "open questions");
        for ambiguity in &self.contract.catalogue.ambiguities {
            hang(&format!("  {:<22} ", ambiguity.id), &ambiguity.question);
        }
        hang("", "");
        hang("", "checks");
        for check in checks::ALL {
            hang(&format!("  {:<18} ", check.name), &check.cites.join(", "));
        }
        hang("", "");
        let explain = self.program.line("explain ID");
        hang("", &format!("`{explain}` tells what is sent for an id and what is allowed."));
        out.trim_start().to_owned()
    }

    /// Explains one id in full; `cases` are those that are sent for it to a server with provider states.
    #[must_use]
    pub(crate) fn explain(&self, id: &str, cases: &[Case]) -> String {
        let mut out = String::new();
        let mut say = |label: &str, text: &str| hang(&mut out, &format!("{label:<14}"), text, self.width);
        for (label, text) in self.what(id).into_iter().chain(self.how(id)) {
            say(label, &text);
        }
        match cases.len() {
            0 => say("  sent", "nothing of its own: it is judged in the answers to everything else"),
            1 => say("  sent", "1 case, to a server with provider states"),
            many => say("  sent", &format!("{many} cases, to a server with provider states")),
        }
        for case in cases.iter().take(CASES) {
            say("", &format!("{}: {}", case.id, case.title));
        }
        if !cases.is_empty() {
            let more = if cases.len() > CASES { "…; " } else { "" };
            let dry_run = self.program.line(&format!("--only {id} --dry-run"));
            say("", &format!("{more}`{dry_run}` shows every request"));
        }
        let faults: Vec<&str> =
            sandbox::faults::all().filter(|it| it.breaks.contains(&id)).map(|it| it.id).collect();
        if !faults.is_empty() {
            say("  proved by", &format!("the faults {}", faults.join(", ")));
        }
        out
    }

    /// Returns what the catalogue says about an id, as labels and texts.
    fn what<'t>(&self, id: &'t str) -> Vec<(&'t str, String)> {
        let catalogue = &self.contract.catalogue;
        if let Some(requirement) = catalogue.requirement(id) {
            let needs: Vec<String> = requirement.needs.iter().map(ToString::to_string).collect();
            let needs = if needs.is_empty() { "nothing but a URL".to_owned() } else { needs.join(", ") };
            let mut lines = vec![(id, String::new()), ("  says", requirement.statement.clone())];
            lines.extend(quoted(requirement));
            lines.extend(
                requirement.warns.iter().map(|it| ("  only warns", format!("{it} No page says so."))),
            );
            lines.extend([
                ("  source", source(requirement.source).to_owned()),
                ("  binds", level(requirement.level).to_owned()),
                ("  needs", needs),
            ]);
            return lines;
        }
        let Some(ambiguity) = catalogue.ambiguity(id) else { return Vec::new() };
        let or_nothing = |text: Option<&String>| text.map_or("nothing", String::as_str).to_owned();
        vec![
            (id, String::new()),
            ("  asks", ambiguity.question.clone()),
            ("  accepted", accepted(ambiguity)),
            ("  warns", or_nothing(ambiguity.warns.as_ref())),
            ("  fails", or_nothing(ambiguity.fails.as_ref())),
        ]
    }

    /// Returns where the contract cites an id, which checks judge it, and which responses they allow.
    fn how<'t>(&self, id: &str) -> Vec<(&'t str, String)> {
        let contract = self.contract;
        let place = |pointer: String| format!("{}:{} ({pointer})", contract.file(), contract.line(&pointer));
        let places = contract.cited_at(id).into_iter().map(|pointer| ("  stated at", place(pointer)));
        let cited = checks::ALL.iter().filter(|it| it.cites.contains(&id)).map(|it| it.name);
        let checked = ("  checked by", cited.collect::<Vec<_>>().join(", "));
        let rules = checks::rules().into_iter().filter(|rule| rule.id == id);
        let allowed = rules.map(|rule| ("  allowed", allowed(contract, rule.refusal)));
        places.chain([checked]).chain(allowed).collect()
    }
}

/// Returns the sentences of the documentation that a requirement rests on, each with its file and line.
fn quoted(requirement: &Requirement) -> Vec<(&'static str, String)> {
    let Some(quotes) = &requirement.quotes else {
        return vec![(
            "  quotes",
            "nothing: this revision of the contract is older than its quotes".to_owned(),
        )];
    };
    if quotes.is_empty() {
        return vec![("  quotes", "no page says so: it is never more than a warning".to_owned())];
    }
    let place = |(file, line): (&str, usize)| format!(" ({file}:{line})");
    let words = |quote: &Quote| quote.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line =
        |quote: &Quote| format!("\"{}\"{}", words(quote), quote.address().map_or_else(String::new, place));
    let labels = std::iter::once("  quotes").chain(std::iter::repeat(""));
    labels.zip(quotes.iter().map(line)).collect()
}

/// Describes what a conforming server may do where the documentation is ambiguous: the statuses, and the same in words.
fn accepted(ambiguity: &Ambiguity) -> String {
    let statuses: Vec<String> = ambiguity.accepts.iter().map(ToString::to_string).collect();
    match (statuses.is_empty(), ambiguity.accepted.is_empty()) {
        (true, true) => "either; what was seen is told".to_owned(),
        (true, false) => ambiguity.accepted.clone(),
        (false, true) => statuses.join(", "),
        (false, false) => format!("{}: {}", statuses.join(", "), ambiguity.accepted),
    }
}

/// Appends a wrapped text with a hanging indent: `first` starts the first line, and further lines align with its text.
fn hang(out: &mut String, first: &str, text: &str, width: usize) {
    let indent = first.chars().count();
    let rest = " ".repeat(indent);
    let options =
        textwrap::Options::new(width.max(indent + 20)).initial_indent(first).subsequent_indent(&rest);
    for line in textwrap::wrap(text, options.word_splitter(textwrap::WordSplitter::NoHyphenation)) {
        _ = writeln!(out, "{}", line.trim_end());
    }
}

/// An id that belongs to no requirement and no ambiguity.
#[derive(Debug, thiserror::Error)]
#[error("there is no requirement `{id}`; {}", self.hint())]
pub(crate) struct UnknownId {
    id: String,
    /// Similar ids: the nearest one, or those of the same group.
    near: Vec<String>,
}

impl UnknownId {
    fn hint(&self) -> String {
        if self.near.is_empty() {
            return "the command `list` shows all".to_owned();
        }
        format!("did you mean {}?", self.near.join(", "))
    }
}

/// Returns the id as the catalogue spells it.
///
/// # Errors
/// Returns an error with similar ids if no requirement or ambiguity has this id.
pub(crate) fn known(contract: &Contract, id: &str) -> Result<String, UnknownId> {
    let catalogue = &contract.catalogue;
    let asked = id.to_ascii_uppercase();
    let requirements = catalogue.requirements.iter().map(|it| it.id.as_str());
    let ids = || requirements.clone().chain(catalogue.ambiguities.iter().map(|it| it.id.as_str()));
    if ids().any(|it| it == asked) {
        return Ok(asked);
    }
    let part = asked.split('-').next().unwrap_or(&asked);
    let mut near: Vec<String> = ids().filter(|it| it.starts_with(part)).map(str::to_owned).collect();
    if let Some(nearest) = nearest(&asked, &ids().collect::<Vec<_>>()) {
        // The id is misspelt, rather than the name of a group.
        near = vec![nearest.to_owned()];
    }
    Err(UnknownId { near, id: asked })
}

/// Describes the responses that a rule allows.
fn allowed(contract: &Contract, refusal: Refusal) -> String {
    match refusal {
        Refusal::With(meaning) => {
            let status = contract.status(meaning);
            let description = contract.buy().response(status).map_or("", |it| it.description.as_str());
            format!("{status} {description}")
        }
        Refusal::Open(open) => {
            let statuses: Vec<String> =
                contract.catalogue.accepts(open).iter().map(ToString::to_string).collect();
            format!("{} ({open})", statuses.join(" or "))
        }
        Refusal::Any => "any documented refusal, or acceptance".to_owned(),
    }
}

const fn source(source: Source) -> &'static str {
    match source {
        Source::Page => "the page of buy-bulk",
        Source::Companion => "the neighbouring pages of the same reference",
        Source::Http => "RFC 9110 and RFC 8259",
        Source::Revision => "the later revision of the page",
        Source::Task => "what a client under test agrees to",
    }
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Documented => "every server; a run that could not exercise it is incomplete",
        Level::Companion => "a server that has the endpoint",
        Level::Provisional => "a server that offers what the page names without shaping it",
        Level::Revision => "a server that sends the later revision's fields",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(contract: &Contract, id: &str) -> String {
        Explainer { program: &Program::installed(), contract, width: 400 }.explain(id, &[])
    }

    #[test]
    fn a_requirement_quotes_its_sentences_with_their_addresses() {
        let contract = spec::embedded().unwrap();
        let text = explained(&contract, "COUNT-HIGH");
        let quote = "  quotes      \"422- Item count not between 2 and 20\" (spec/pages/buy-bulk.txt:49)\n";
        assert!(text.contains(quote), "{text}");
        assert!(!text.contains("only warns"), "{text}");
        for requirement in &contract.catalogue.requirements {
            let text = explained(&contract, &requirement.id);
            for quote in requirement.quotes.iter().flatten() {
                let (file, line) = quote.address().unwrap();
                assert!(text.contains(&format!("({file}:{line})")), "{text}");
            }
        }
    }

    #[test]
    fn what_can_only_warn_is_told() {
        let mut contract = spec::embedded().unwrap();
        let text = explained(&contract, "ORDER-RECIPIENTS");
        let warns = contract.catalogue.requirement("ORDER-RECIPIENTS").unwrap().warns.clone().unwrap();
        assert!(text.contains(&format!("  only warns  {warns} No page says so.\n")), "{text}");

        let requirement =
            contract.catalogue.requirements.iter_mut().find(|it| it.id == "COUNT-HIGH").unwrap();
        requirement.quotes = Some(Vec::new());
        let text = explained(&contract, "COUNT-HIGH");
        assert!(text.contains("  quotes      no page says so: it is never more than a warning\n"), "{text}");
    }

    #[test]
    fn an_open_question_tells_what_is_accepted_what_warns_and_what_fails() {
        let contract = spec::embedded().unwrap();
        let rows = [
            (
                "AMB-COERCION",
                [
                    "  accepted    200, 400: A refusal",
                    "  warns       Accepting it",
                    "  fails       nothing\n",
                ],
            ),
            (
                "AMB-CHUNKED-LENGTH",
                [
                    "  accepted    200, 411: The order",
                    "  warns       nothing\n",
                    "  fails       Taking it for an empty body",
                ],
            ),
            (
                "AMB-CODE",
                ["  accepted    Any; each is listed", "  warns       nothing\n", "  fails       nothing\n"],
            ),
        ];
        for (id, lines) in rows {
            let text = explained(&contract, id);
            for line in lines {
                assert!(text.contains(line), "{id}: no {line:?} in\n{text}");
            }
        }
    }
}
