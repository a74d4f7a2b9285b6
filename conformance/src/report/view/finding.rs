//! A finding with everything that is needed to act on it.

use serde::Serialize;
use sha2::{Digest, Sha256};
use spec::Contract;

use super::about::{self, AtOnce};
use super::environment::sender;
use super::names::severity_name;
use super::place::{Place, places};
use crate::history::{Answer, Exchange, Header, LostHow};
use crate::judge::verdict::{Finding, FindingGroup, Outcome};
use crate::report::Run;
use crate::report::curl::{self, Command};
use crate::report::program::Program;
use crate::report::text::{duration, excerpt, shell_word, visible};

/// The maximum number of characters of a body that a finding shows.
const BODY_EXCERPT: usize = 600;

/// The minimum number of characters of a sentence that are shown, however narrow the window is.
const FEWEST_WORDS: usize = 24;

/// If the received line repeats this many bytes of the body, the body is not shown again.
const TOLD: usize = 60;

/// One cause of failures or warnings.
#[derive(Debug, Clone, Serialize)]
pub struct FindingView {
    /// The id: the requirement and a digest of the cause, the same in every run.
    pub id: String,
    /// The requirement that the finding counts against.
    pub(crate) requirement: String,
    /// The statement of the requirement.
    pub(crate) statement: String,
    /// The sentence of a page that promises it; `None` for a warning, since no page promises what is only worth a
    /// warning.
    pub(crate) says: Option<Says>,
    /// The severity of breaking the requirement, as one word.
    pub(crate) severity: &'static str,
    /// `Fail`, `Known` or `Warning`.
    pub(crate) outcome: Outcome,
    /// The ticket, if a baseline knows the failure.
    pub(crate) known: Option<String>,
    /// What is wrong, in one line.
    pub(crate) summary: String,
    /// What tells it apart from other failures of the requirement; a baseline refers to it.
    pub(crate) cause: String,
    /// The ways in which it was seen, independent of the seed; a baseline refers to them too.
    pub(crate) ways: Vec<String>,
    /// The id of the finding that explains it, if any.
    pub(crate) under: Option<String>,
    /// Where the contract states the requirement.
    pub(crate) places: Vec<Place>,
    /// What was allowed, with the reasons.
    pub(crate) expected: Vec<ExpectedView>,
    /// What was received instead, in one line.
    pub(crate) actual: String,
    /// Further lines about the difference.
    pub(crate) detail: Vec<String>,
    /// The smallest example; `None` if the record does not have its case.
    pub(crate) example: Option<ExampleView>,
    /// The positions of the requests that it is about among those of the case: several if orders were sent at once.
    #[serde(skip)]
    pub(crate) about: Vec<usize>,
    /// The number of occurrences.
    pub(crate) occurrences: u64,
    /// The case of the example.
    pub(crate) case: String,
    /// Some of the cases in which it was seen.
    pub(crate) cases: Vec<String>,
    /// The command that sends the case of the example again.
    pub(crate) replay: String,
}

/// A sentence of a page with its address, to be shown to a team that disputes the finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Says {
    /// The words of the page.
    pub(crate) text: String,
    /// The file and line of the page.
    #[serde(flatten)]
    pub(crate) place: Place,
}

/// The text in place of the sentence in a warning.
pub(crate) const NO_PAGE: &str = "no page promises it, so this is no failure";

impl Says {
    /// Returns the plainest sentence behind a requirement; `None` if it quotes no page.
    pub(super) fn of(contract: &Contract, id: &str) -> Option<Self> {
        let quote = contract.catalogue.requirement(id)?.quotes.as_ref()?.first()?;
        let (file, line) = quote.address()?;
        let text = quote.text.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(Self { text: visible(&text), place: Place { file: file.to_owned(), line } })
    }

    /// Returns `"the words" (file:line)` in at most this many columns; words that do not fit are cut off.
    pub(crate) fn in_one_line(&self, columns: usize) -> String {
        let address = format!("({}:{})", self.place.file, self.place.line);
        // The four characters are the quotation marks, the space and the ellipsis.
        let room = columns.saturating_sub(address.chars().count() + 4).max(FEWEST_WORDS);
        let (words, rest) = match self.text.char_indices().nth(room) {
            Some((cut, _)) => (self.text[..cut].trim_end(), "…"),
            None => (self.text.as_str(), ""),
        };
        format!("\"{words}{rest}\" {address}")
    }
}

/// Something that is allowed, with the statements that allow it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ExpectedView {
    /// The status or effect.
    pub(crate) what: String,
    /// The id and the statement of each reason.
    pub(crate) because: Vec<(String, String)>,
}

/// The exchange that a finding is about.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ExampleView {
    /// The title of the case.
    pub(crate) title: String,
    /// The account that sent it.
    pub(crate) sender: String,
    /// The position in the case; `None` if it is the only request.
    pub(crate) position: Option<String>,
    /// The request as a command line to paste.
    pub(crate) request: Command,
    /// The orders that were sent at once, this one among them, as one script to paste; `None` for a single request.
    pub(crate) at_once: Option<AtOnce>,
    /// The ids of the request in the server's logs; `None` if no trace headers were sent.
    pub(crate) trace: Option<TraceView>,
    /// The status and the time, or why there is no answer.
    pub(crate) answer: String,
    /// The status; `None` if no answer was received.
    pub(crate) status: Option<u16>,
    /// The start of the body; `None` if the received line has it already.
    pub(crate) body: Option<String>,
}

/// The ids of a request in the logs of a server that records trace contexts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct TraceView {
    /// The id that all requests of the case share.
    pub(crate) trace_id: String,
    /// The id of this request.
    pub(crate) parent_id: String,
}

/// Returns the command that sends a case again.
#[must_use]
pub(crate) fn replay(program: &Program, header: &Header, case: &str) -> String {
    let again =
        header.again.iter().map(|word| format!(" {}", shell_word(&visible(word)))).collect::<String>();
    program.line(&format!("replay {}{again} --seed {}", shell_word(&visible(case)), header.seed))
}

/// Returns the id of a finding: the requirement and six hexadecimal digits of a digest of the cause.
#[must_use]
pub fn finding_id(group: &FindingGroup) -> String {
    let digest = Sha256::digest(group.example.cause.to_string());
    let short: String = digest.iter().take(3).map(|byte| format!("{byte:02x}")).collect();
    format!("{}~{short}", visible(&group.requirement))
}

pub(super) fn finding(run: &Run<'_>, group: &FindingGroup) -> FindingView {
    let Finding { warning, cause, summary, expected, actual, detail, case, .. } = &group.example;
    let catalogue = &run.contract.catalogue;
    let (example, about) = example(run, group).unzip();
    let outcome = match (&group.known, warning) {
        (Some(_), _) => Outcome::Known,
        (None, true) => Outcome::Warning,
        (None, false) => Outcome::Fail,
    };
    FindingView {
        id: finding_id(group),
        requirement: visible(&group.requirement),
        statement: catalogue.statement(&group.requirement).to_owned(),
        says: Says::of(run.contract, &group.requirement).filter(|_| outcome != Outcome::Warning),
        severity: severity_name(catalogue.severity(&group.requirement)),
        outcome,
        known: group.known.as_deref().map(visible),
        summary: visible(summary),
        cause: visible(&cause.to_string()),
        ways: group.ways.iter().map(|way| visible(way)).collect(),
        under: group.under.and_then(|at| run.judgement.findings.get(at)).map(finding_id),
        places: places(run.contract, &group.requirement),
        expected: expected
            .iter()
            .map(|expected| ExpectedView {
                what: visible(&expected.what),
                because: expected
                    .because
                    .iter()
                    .map(|id| (visible(id), catalogue.statement(id).to_owned()))
                    .collect(),
            })
            .collect(),
        actual: visible(actual),
        detail: detail.iter().map(|line| visible(line)).collect(),
        example,
        about: about.unwrap_or_default(),
        occurrences: group.occurrences,
        case: visible(case),
        cases: group.cases.iter().map(|case| visible(case)).collect(),
        replay: replay(run.program, &run.history.header, case),
    }
}

/// Returns the exchange that shows a finding best, and the positions of all that it is about.
fn example(run: &Run<'_>, group: &FindingGroup) -> Option<(ExampleView, Vec<usize>)> {
    let finding = &group.example;
    let case = run.history.cases.find(finding.index, &finding.case)?;
    let about = about::about(run.contract, &case, group);
    let at = about::clearest(&case, &about)?;
    let exchange = &case.exchanges[at];
    let header = &run.history.header;
    let mut request =
        curl::command(run.contract, &header.target, &exchange.request).reached_by(&header.again);
    let batch = exchange
        .batch
        .map_or(1, |batch| case.exchanges.iter().filter(|other| other.batch == Some(batch)).count());
    if batch > 1 {
        request.notes.push(format!("was sent at once with {} more", batch - 1));
    }
    let body = exchange.answer.response().map(|response| response.body.text());
    let told =
        |body: &str| !body.is_empty() && finding.actual.contains(&body[..body.floor_char_boundary(TOLD)]);
    let body = body.filter(|body| !told(body)).map(|body| excerpt(&body, BODY_EXCERPT));
    let view = ExampleView {
        title: visible(&case.title),
        sender: exchange
            .actor
            .and_then(|actor| case.accounts.get(actor))
            .map_or_else(|| "nobody".to_owned(), sender),
        position: (case.exchanges.len() > 1)
            .then(|| format!("request {} of {} of the case", at + 1, case.exchanges.len())),
        request,
        at_once: about::at_once(run, &case, at),
        trace: exchange
            .trace
            .as_ref()
            .map(|it| TraceView { trace_id: visible(it.trace_id()), parent_id: visible(it.parent_id()) }),
        answer: answer(exchange),
        status: exchange.answer.response().map(|response| response.status),
        body,
    };
    Some((view, about))
}

fn answer(exchange: &Exchange) -> String {
    let took = duration(exchange.done_us.saturating_sub(exchange.sent_us));
    match &exchange.answer {
        Answer::Response(response) => {
            let kind = response.header("content-type").map_or_else(|| "no content type".to_owned(), visible);
            format!("{} {kind} after {took}", response.status)
        }
        Answer::Lost(lost) => {
            let how = match lost.how {
                LostHow::Timeout => "no answer",
                LostHow::Reset => "connection broken",
                LostHow::Garbled => "not HTTP",
                LostHow::Stopped => "not waited for",
            };
            format!("{how} after {took}: {}", visible(&lost.detail))
        }
        Answer::Unsent(why) => format!("never sent: {}", visible(why)),
    }
}
