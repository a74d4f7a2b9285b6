//! `cargo xtask lint`: rules for the spec beyond what its reader checks.
//!
//! The reader (`spec::from_texts`) refuses what programs can't use. These rules check what people and generators need:
//! descriptions, valid examples, existing keywords, and nothing that the generator refuses or silently drops. All
//! findings are reported at once, each with its line.

mod examples;
mod generator;
mod keywords;
mod names;
mod parts;
mod words;

use std::fmt;
use std::path::PathBuf;

use spec::diff::Document;
use spec::{Contract, Problem};

use crate::{Error, repo};
use parts::Part;

/// Command line of `cargo xtask lint`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The OpenAPI document, with `requirements.yaml` beside it.
    #[arg(long, value_name = "FILE")]
    pub spec: Option<PathBuf>,
}

/// Lints the spec and prints the findings.
///
/// # Errors
/// A file can't be read, or there are findings.
pub fn run(args: &Args) -> Result<(), Error> {
    let openapi = args.spec.clone().unwrap_or_else(|| repo::root().join("spec/openapi.yaml"));
    let requirements = openapi.with_file_name("requirements.yaml");
    let (names, texts) = (
        (repo::name(&openapi), repo::name(&requirements)),
        (repo::read(&openapi)?, repo::read(&requirements)?),
    );
    let findings = lint((&names.0, &texts.0), (&names.1, &texts.1));
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => {
            println!("{} keeps all {} rules", names.0, rules().count());
            Ok(())
        }
        count => Err(Error::Failed(format!("{count} finding(s) in {}", names.0))),
    }
}

/// One violation of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where it is, and what to write instead.
    pub problem: Problem,
    /// The name of the rule.
    pub rule: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.problem, self.rule)
    }
}

/// A rule: its name and its check.
struct Rule {
    id: &'static str,
    check: fn(&mut Notes<'_>),
}

const RULES: &[Rule] = &[
    Rule { id: "unknown-keyword", check: keywords::unknown },
    Rule { id: "beside-reference", check: keywords::beside_reference },
    Rule { id: "dangling-reference", check: keywords::dangling },
    Rule { id: "operation-words", check: words::operations },
    Rule { id: "description", check: words::descriptions },
    Rule { id: "uncited-requirement", check: words::uncited },
    Rule { id: "unfounded-requirement", check: words::unfounded },
    Rule { id: "misquoted", check: words::quotes },
    Rule { id: "open-question", check: words::questions },
    Rule { id: "colliding-names", check: names::colliding },
    Rule { id: "path-parameter", check: names::path_parameters },
    Rule { id: "required-property", check: names::required },
    Rule { id: "security-scheme", check: names::security },
    Rule { id: "unused-component", check: names::unused },
    Rule { id: "generator-refuses", check: generator::refuses },
    Rule { id: "mixed-errors", check: generator::mixed_errors },
    Rule { id: "mixed-successes", check: generator::mixed_successes },
    Rule { id: "pattern-on-id", check: generator::pattern_on_id },
    Rule { id: "closed-response", check: generator::closed_response },
    Rule { id: "example-missing", check: examples::missing },
    Rule { id: "example-wrong", check: examples::wrong },
    Rule { id: "example-code", check: examples::codes },
];

/// Returns the names of all rules; `contract` is the name for what the reader refuses.
pub fn rules() -> impl Iterator<Item = &'static str> {
    std::iter::once("contract").chain(RULES.iter().map(|rule| rule.id))
}

/// Returns everything that is wrong with a contract, ordered by file and line; each text is given with its name.
#[must_use]
pub fn lint(openapi: (&str, &str), requirements: (&str, &str)) -> Vec<Finding> {
    let contract = spec::from_texts(openapi, requirements);
    let mut findings: Vec<Finding> = match &contract {
        Ok(_) => Vec::new(),
        Err(problems) => {
            problems.0.iter().cloned().map(|problem| Finding { problem, rule: "contract" }).collect()
        }
    };
    if let Ok(document) = Document::from_text(openapi.0, openapi.1) {
        let parts = parts::of(&document);
        let catalogue = Document::from_text(requirements.0, requirements.1).ok();
        for rule in RULES {
            let mut notes = Notes {
                document: &document,
                catalogue: catalogue.as_ref(),
                contract: contract.as_ref().ok(),
                parts: &parts,
                rule: rule.id,
                findings: &mut findings,
            };
            (rule.check)(&mut notes);
        }
    }
    findings.sort();
    findings.dedup();
    findings
}

/// What a rule reads, and where it reports.
struct Notes<'a> {
    document: &'a Document,
    /// The requirements, if the file is YAML.
    catalogue: Option<&'a Document>,
    /// The contract, if the reader accepts it.
    contract: Option<&'a Contract>,
    parts: &'a [Part],
    rule: &'static str,
    findings: &'a mut Vec<Finding>,
}

impl Notes<'_> {
    /// Reports a problem at a pointer of the document.
    fn put(&mut self, pointer: &str, message: impl Into<String>) {
        self.put_in(self.document, pointer, message);
    }

    fn put_in(&mut self, document: &Document, pointer: &str, message: impl Into<String>) {
        let problem = Problem {
            file: document.file.clone(),
            line: document.places.line(pointer),
            pointer: pointer.to_owned(),
            message: message.into(),
        };
        self.findings.push(Finding { problem, rule: self.rule });
    }
}
