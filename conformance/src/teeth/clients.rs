//! Testing the judge of clients: right clients in four languages must be left in peace, and each wrong one must be caught by
//! the rule that it names in its first lines, and by no other.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use spec::{ClientRule, Contract};

use super::TeethError;
use crate::client::end::Codes;
use crate::client::error::ClientError;
use crate::client::judge::{Judged, judge};
use crate::client::session::{self, Chosen};
use crate::client::start::Program;
use crate::client::task::TaskKind;

/// Where the clients stand.
pub const FOLDER: &str = "conformance/tests/clients";

/// The folder of each language, and what it is called.
const LANGUAGES: [(&str, &str); 4] =
    [("node", "Node.js"), ("python", "Python"), ("rust", "Rust"), ("shell", "shell")];

/// Lines at the top of a client in which it says what it is.
const HEAD: usize = 8;

/// How long a client may take; less than a user gets, since some of them never end.
const TIMEOUT: Duration = Duration::from_secs(8);

/// One client of the tests.
#[derive(Debug, Clone)]
pub struct Client {
    /// Language and name: `python/retry-on-post`.
    pub name: String,
    /// What is wrong with it; nothing with a right one.
    pub wrong: Option<String>,
    /// Rules that it breaks.
    pub breaks: BTreeSet<String>,
    /// Tasks that it is asked to do.
    pub tasks: Vec<TaskKind>,
    path: PathBuf,
}

/// What clients are run with.
#[derive(Debug, Clone)]
pub struct Tools {
    /// Python that has the package requests.
    pub python: String,
    /// Node.js.
    pub node: String,
}

/// A client with what was found.
#[derive(Debug)]
pub struct Caught {
    /// The client.
    pub client: Client,
    /// Every scenario.
    pub judged: Vec<Judged>,
}

impl Tools {
    /// What of the tools this machine does not have, each with the language that it is for.
    #[must_use]
    pub fn missing(&self) -> Vec<(&'static str, String)> {
        let there = |words: &[&str]| {
            let output = std::process::Command::new(words[0]).args(&words[1..]).output();
            output.is_ok_and(|it| it.status.success())
        };
        let program = std::env::current_exe().ok().as_deref().and_then(built);
        let ours = |name: &str| program.as_ref().is_some_and(|it| it.join(name).is_file());
        let mut missing = Vec::new();
        let mut want = |there: bool, language, what: String| {
            if !there {
                missing.push((language, what));
            }
        };
        want(there(&[&self.node, "--eval", "fetch"]), "node", format!("`{}`, Node.js with fetch", self.node));
        want(
            there(&[&self.python, "-c", "import requests"]),
            "python",
            format!("`{}`, Python with the package requests", self.python),
        );
        want(ours("buy-bulk") && ours("examples/partner"), "rust", "the programs of `generated`".to_owned());
        want(there(&["curl", "--version"]), "shell", "`curl`".to_owned());
        missing
    }
}

/// The clients whose names begin so; all of them without any beginning.
///
/// # Errors
/// The folder can't be read.
pub fn chosen(folder: &Path, filter: &[String]) -> Result<Vec<Client>, TeethError> {
    let failed = |source| TeethError::Clients { folder: folder.display().to_string(), source };
    let mut clients = Vec::new();
    for (language, _) in LANGUAGES {
        for entry in std::fs::read_dir(folder.join(language)).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_file() {
                let text = std::fs::read_to_string(&path).map_err(failed)?;
                clients.extend(Client::read(language, &path, &text));
            }
        }
    }
    clients.retain(|it| filter.is_empty() || filter.iter().any(|name| it.name.starts_with(name.as_str())));
    clients.sort_by(|a, b| (a.wrong.is_some(), &a.name).cmp(&(b.wrong.is_some(), &b.name)));
    Ok(clients)
}

impl Client {
    /// Reads the first lines of a file; `None` if it is not a client of its own.
    fn read(language: &str, path: &Path, text: &str) -> Option<Self> {
        let says = |name: &str| {
            let mut lines = text.lines().take(HEAD);
            lines.find_map(|it| it.trim_start_matches(['#', '/', ' ']).strip_prefix(name)?.strip_prefix(": "))
        };
        let tasks = says("tasks")?
            .split(", ")
            .filter_map(|it| TaskKind::ALL.into_iter().find(|task| task.name() == it));
        let name = path.file_stem()?.to_string_lossy();
        Some(Self {
            name: format!("{language}/{name}"),
            wrong: says("wrong").map(str::to_owned),
            breaks: says("breaks").into_iter().flat_map(|it| it.split(", ")).map(str::to_owned).collect(),
            tasks: tasks.collect(),
            path: path.to_owned(),
        })
    }

    fn program(&self, tools: &Tools) -> Program {
        let with = match self.path.extension().and_then(|it| it.to_str()) {
            Some("py") => &tools.python,
            Some("mjs") => &tools.node,
            _ => "sh",
        };
        let mut environment = Vec::new();
        if let Some(folder) = std::env::current_exe().ok().as_deref().and_then(built) {
            environment.push(("BUILT".to_owned(), folder.display().to_string()));
        }
        // A cache of its own would be written beside the sources.
        environment.push(("PYTHONDONTWRITEBYTECODE".to_owned(), "1".to_owned()));
        Program {
            command: vec![with.to_owned(), self.path.display().to_string()],
            environment,
            timeout: TIMEOUT,
            codes: Codes::default(),
        }
    }
}

/// The folder that programs are built into: that of this program, or above that of a test.
fn built(program: &Path) -> Option<PathBuf> {
    let folder = program.parent()?;
    Some(if folder.ends_with("deps") { folder.parent()? } else { folder }.to_path_buf())
}

impl Caught {
    /// Rules that were broken, failing or warning.
    #[must_use]
    pub fn ids(&self) -> BTreeSet<String> {
        self.judged.iter().flat_map(|it| it.findings.iter().map(|finding| finding.id.clone())).collect()
    }

    /// Whether it breaks what it says, and nothing else.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.ids() == self.client.breaks && !self.judged.is_empty()
    }

    /// Names of the scenarios that show something.
    fn shown_in(&self) -> Vec<&str> {
        let shown = self.judged.iter().filter(|it| !it.findings.is_empty());
        shown.map(|it| it.recording.head.scenario.as_str()).collect()
    }

    /// A line for a terminal, with a line for each finding where details are wanted.
    #[must_use]
    pub fn line(&self, details: bool) -> String {
        let word = if self.is_exact() { "ok" } else { "WRONG" };
        let set = |ids: &BTreeSet<String>| ids.iter().cloned().collect::<Vec<_>>().join(", ");
        let mut out = format!("{word:<6} {:<34} found [{}]", self.client.name, set(&self.ids()));
        if !self.is_exact() {
            _ = write!(out, " declared [{}]", set(&self.client.breaks));
        }
        for judged in self.judged.iter().filter(|_| details || !self.is_exact()) {
            for it in &judged.findings {
                let scenario = &judged.recording.head.scenario;
                _ = write!(
                    out,
                    "\n         {scenario}: {} {}; expected {}; received {}",
                    it.id, it.summary, it.expected, it.received
                );
                if let Some(end) = judged.recording.end.as_ref().filter(|it| !it.stderr.is_empty()) {
                    let last = end.stderr.trim_end().lines().last().unwrap_or_default();
                    _ = write!(out, "\n             stderr: {last}");
                }
            }
        }
        out
    }
}

/// Judges clients, several at a time; `tell` hears of each that is over, in the order in which they are given.
///
/// # Errors
/// A client can't be started.
pub async fn matrix(
    contract: &Arc<Contract>,
    rules: &[ClientRule],
    clients: &[Client],
    tools: &Tools,
    jobs: usize,
    tell: impl Fn(&Caught),
) -> Result<Vec<Caught>, TeethError> {
    let one = |client: &Client| {
        let client = client.clone();
        async move {
            let choice = Chosen { tasks: client.tasks.clone(), ..Chosen::default() };
            let scenarios = session::chosen(&choice)?;
            let program = client.program(tools);
            let recordings = session::run(contract, &scenarios, &program, 2, |_| {}).await?;
            let judged = judge(contract, rules, recordings);
            Ok::<_, ClientError>(Caught { client, judged })
        }
    };
    let mut running = futures::stream::iter(clients).map(one).buffered(jobs.max(1));
    let mut caught = Vec::new();
    while let Some(client) = running.next().await {
        let client = client?;
        tell(&client);
        caught.push(client);
    }
    Ok(caught)
}

/// The matrix as a page.
#[must_use]
pub fn markdown(rules: &[ClientRule], caught: &[Caught]) -> String {
    let (right, wrong): (Vec<&Caught>, Vec<&Caught>) =
        caught.iter().partition(|it| it.client.wrong.is_none());
    let language = |it: &Caught| {
        let (folder, _) = it.client.name.split_once('/').unwrap_or_default();
        LANGUAGES.iter().find(|(name, _)| *name == folder).map_or("", |(_, language)| language)
    };
    let mut out = "# Clients that the judge of clients is tested with\n\nWritten by `cargo xtask clients --write`; CI holds it \
                   fresh. Right clients must be left in peace in every scenario of their tasks, and each wrong one must be \
                   caught by the rule that it breaks, and by no other. They stand in `conformance/tests/clients`.\n\n\
                   ## Right clients\n\n| client | language | tasks | scenarios | found |\n|---|---|---|---|---|\n"
        .to_owned();
    for it in right {
        let tasks = it.client.tasks.iter().map(|task| task.name()).collect::<Vec<_>>().join(", ");
        let found = if it.ids().is_empty() { "nothing".to_owned() } else { listed(&it.ids()) };
        _ = writeln!(
            out,
            "| `{}` | {} | {tasks} | {} | {found} |",
            it.client.name,
            language(it),
            it.judged.len()
        );
    }
    _ = writeln!(
        out,
        "\n## Wrong clients\n\n{} of {} caught by the rule that they break, and by no other.\n",
        wrong.iter().filter(|it| it.is_exact()).count(),
        wrong.len()
    );
    out += "| client | language | what is wrong | caught by | in |\n|---|---|---|---|---|\n";
    for it in &wrong {
        let caught = if it.ids().is_empty() { "**nothing**".to_owned() } else { listed(&it.ids()) };
        let shown = it.shown_in();
        let first = shown.iter().take(2).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let more = if shown.len() > 2 { " and more" } else { "" };
        let what = it.client.wrong.clone().unwrap_or_default();
        _ = writeln!(out, "| `{}` | {} | {what} | {caught} | {first}{more} |", it.client.name, language(it));
    }
    out += "\n## Rules\n\n| rule | what a good client does | wrong clients |\n|---|---|---|\n";
    for rule in rules {
        let number = wrong.iter().filter(|it| it.ids().contains(&rule.id)).count();
        let only = if rule.can_fail() { "" } else { " (only warns)" };
        _ = writeln!(out, "| {} | {}{only} | {number} |", rule.id, rule.statement);
    }
    out
}

fn listed(ids: &BTreeSet<String>) -> String {
    ids.iter().map(|it| format!("**{it}**")).collect::<Vec<_>>().join(", ")
}
