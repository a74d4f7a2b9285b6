//! Tests the judge of clients: no finding may be reported for correct clients in four languages, and each faulty client
//! must be caught by the rules that its first lines declare, and by no others.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use conformance::client::{self, Jobs, Played, TaskKind, judge_several};
use spec::{ClientRule, Contract};

use crate::error::SelftestError;
use crate::warm::Warm;

/// The folder of the clients, from the root of the repository.
pub const FOLDER: &str = "conformance/tests/clients";

/// The folder of each language, and its name.
const LANGUAGES: [(&str, &str); 4] =
    [("node", "Node.js"), ("python", "Python"), ("rust", "Rust"), ("shell", "shell")];

/// The number of lines at the top of a client that may declare its properties.
const HEAD: usize = 8;

/// The number of programs that mostly wait, for each one that works; they take almost no processor time.
const WAITING: usize = 6;

/// The time limit of a client. It is shorter than the default for users, since some of these clients never end.
const TIMEOUT: Duration = Duration::from_secs(8);

/// One client of the tests.
#[derive(Debug, Clone)]
pub struct Client {
    /// The language and the name: `python/retry-on-post`.
    pub name: String,
    /// What is wrong with it; `None` for a correct client.
    pub wrong: Option<String>,
    /// The rules that it breaks.
    pub breaks: BTreeSet<String>,
    /// The tasks that it is given.
    pub tasks: Vec<TaskKind>,
    path: PathBuf,
}

/// The programs that clients are run with.
#[derive(Debug, Clone)]
pub(crate) struct Tools {
    /// Python with the package requests.
    pub(crate) python: String,
    /// Node.js.
    pub(crate) node: String,
}

/// A client with its verdicts.
#[derive(Debug)]
pub(crate) struct Caught {
    /// The client.
    pub(crate) client: Client,
    /// The scenarios that it was run in.
    pub(crate) played: Vec<Played>,
}

impl Tools {
    /// Returns the tools that this machine lacks, each with the language that needs it.
    #[must_use]
    pub(crate) fn missing(&self) -> Vec<(&'static str, String)> {
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

/// Returns the clients whose names start with one of the filters, or all clients if there is no filter.
///
/// # Errors
/// Returns an error if a folder or a file of the clients can't be read.
pub fn chosen(folder: &Path, filter: &[String]) -> Result<Vec<Client>, SelftestError> {
    let failed = |source| SelftestError::Clients { folder: folder.to_owned(), source };
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
    /// Reads the first lines of a file; `None` if it declares no tasks, and so is not a client.
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

    fn started(&self, tools: &Tools, warm: Option<&Warm>) -> client::Client {
        let path = self.path.display().to_string();
        let command = match (self.path.extension().and_then(|it| it.to_str()), warm) {
            (Some("py"), Some(warm)) => warm.command(&path),
            (Some("py"), None) => vec![tools.python.clone(), path],
            (Some("mjs"), _) => vec![tools.node.clone(), path],
            _ => vec!["sh".to_owned(), path],
        };
        let mut environment = Vec::new();
        if let Some(folder) = std::env::current_exe().ok().as_deref().and_then(built) {
            environment.push(("BUILT".to_owned(), folder.display().to_string()));
        }
        // Python would write its cache beside the sources.
        environment.push(("PYTHONDONTWRITEBYTECODE".to_owned(), "1".to_owned()));
        client::Client { command, environment, timeout: TIMEOUT, tasks: self.tasks.clone() }
    }
}

/// Returns the folder that programs are built into: that of this program, or its parent for a test.
fn built(program: &Path) -> Option<PathBuf> {
    let folder = program.parent()?;
    Some(if folder.ends_with("deps") { folder.parent()? } else { folder }.to_path_buf())
}

impl Caught {
    /// Returns the rules with findings, failures and warnings alike.
    #[must_use]
    pub(crate) fn ids(&self) -> BTreeSet<String> {
        self.played.iter().flat_map(|it| it.findings.iter().map(|finding| finding.id.clone())).collect()
    }

    /// Returns true if the client breaks the rules that it declares, and no others.
    #[must_use]
    pub(crate) fn is_exact(&self) -> bool {
        self.ids() == self.client.breaks && !self.played.is_empty()
    }

    /// Returns the names of the scenarios with findings.
    fn shown_in(&self) -> Vec<&str> {
        let shown = self.played.iter().filter(|it| !it.findings.is_empty());
        shown.map(|it| it.scenario.as_str()).collect()
    }

    /// Returns a line for a terminal, with a line for each finding if `details` is set or the verdict is wrong.
    #[must_use]
    pub(crate) fn line(&self, details: bool) -> String {
        let word = if self.is_exact() { "ok" } else { "WRONG" };
        let set = |ids: &BTreeSet<String>| ids.iter().cloned().collect::<Vec<_>>().join(", ");
        let mut out = format!("{word:<6} {:<34} found [{}]", self.client.name, set(&self.ids()));
        if !self.is_exact() {
            _ = write!(out, " declared [{}]", set(&self.client.breaks));
        }
        for Played { scenario, findings, stderr } in
            self.played.iter().filter(|_| details || !self.is_exact())
        {
            for it in findings {
                _ = write!(
                    out,
                    "\n         {scenario}: {} {}; expected {}; received {}",
                    it.id, it.summary, it.expected, it.received
                );
                if !stderr.is_empty() {
                    let last = stderr.trim_end().lines().last().unwrap_or_default();
                    _ = write!(out, "\n             stderr: {last}");
                }
            }
        }
        out
    }
}

/// Judges clients in parallel: `jobs` programs that work, and more that mostly wait. `tell` receives each client when
/// it is done.
///
/// # Errors
/// Returns an error if a client or the server of a scenario can't be started.
pub(crate) async fn matrix(
    contract: &Arc<Contract>,
    rules: &[ClientRule],
    clients: &[Client],
    tools: &Tools,
    jobs: usize,
    tell: impl Fn(&Caught),
) -> Result<Vec<Caught>, SelftestError> {
    let in_python = clients.iter().any(|it| it.path.extension().is_some_and(|it| it == "py"));
    let folder = Path::new(FOLDER);
    let failed = |source| SelftestError::Clients { folder: folder.to_owned(), source };
    let warm = if in_python { Warm::start(&tools.python, folder).map_err(failed)? } else { None };
    let started: Vec<client::Client> = clients.iter().map(|it| it.started(tools, warm.as_ref())).collect();
    let mut caught: BTreeMap<usize, Caught> = BTreeMap::new();
    let keep = |at: usize, played| {
        let over = Caught { client: clients[at].clone(), played };
        tell(&over);
        caught.insert(at, over);
    };
    let jobs = Jobs { working: jobs, waiting: jobs * WAITING };
    judge_several(contract, rules, &started, jobs, keep).await?;
    Ok(caught.into_values().collect())
}

/// Renders the matrix as a page.
#[must_use]
pub(crate) fn markdown(rules: &[ClientRule], caught: &[Caught]) -> String {
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
            it.played.len()
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
