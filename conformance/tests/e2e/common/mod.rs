//! Starts servers, runs against them, and the program as a process.

#![allow(missing_docs, unreachable_pub, reason = "shared by the tests of this program alone")]

pub mod proxy;
pub mod recording;
pub mod tiny;
pub mod tls;

use std::collections::BTreeSet;
use std::process::{Command, Output};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use conformance::history::{AccountFacts, Tier};
use conformance::judge::verdict::{Judgement, Outcome};
use conformance::plan::case::Case;
use conformance::report::event::Silent;
use conformance::run::session::{self, Finished, Options, SessionError};
use conformance::secret::Secret;
use conformance::sut::{self, Target, parse_url};
use sandbox::{Behaviour, Config, Freedom, Sandbox, faults};
use spec::{Contract, Pesewas};

pub fn contract() -> Arc<Contract> {
    static CONTRACT: LazyLock<Arc<Contract>> = LazyLock::new(|| Arc::new(spec::embedded().unwrap()));
    CONTRACT.clone()
}

/// Starts a sandbox with provider states.
pub async fn start(change: impl FnOnce(&mut Config)) -> Sandbox {
    let mut config = Config::new(contract());
    config.states = true;
    change(&mut config);
    Sandbox::start(config).await.unwrap()
}

pub async fn faultless() -> Sandbox {
    start(|_| ()).await
}

pub fn freedoms(freedoms: &[Freedom]) -> Behaviour {
    Behaviour { freedoms: freedoms.iter().copied().collect(), fault: None }
}

pub fn fault(id: &str) -> Behaviour {
    let fault = faults::by_id(id).unwrap_or_else(|| panic!("no fault {id}"));
    Behaviour { freedoms: BTreeSet::new(), fault: Some(fault) }
}

pub fn states_of(sandbox: &Sandbox) -> String {
    format!("{}/_states", sandbox.url())
}

pub fn options(tier: Tier, seed: u64) -> Options {
    Options { concurrency: 8, timeout: Duration::from_secs(60), ..Options::new(tier, seed) }
}

/// Returns a server of which only the address is known.
pub fn target_at(url: &str) -> Target {
    Target::new(parse_url(url).unwrap())
}

/// Returns a server with one key.
pub fn target_with_key(url: &str, key: &str) -> Target {
    let facts = AccountFacts::unknown("key");
    let mut target = target_at(url);
    target.accounts.push((facts, Secret::new(key.to_owned(), &["netconnect_test_"])));
    target
}

/// Returns a server with an accounts file: every demo account of the sandbox, and its catalog.
pub fn target_with_accounts(sandbox: &Sandbox) -> Target {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accounts.toml");
    std::fs::write(&path, accounts_file(sandbox)).unwrap();
    let file = sut::accounts::load(&path, &contract(), &|_| None).unwrap();
    let mut target = target_at(sandbox.url());
    (target.accounts, target.catalog) = sut::of_file(file);
    target
}

/// Returns the demo accounts and the catalog as an accounts file; the program has to find out roles, balances and
/// prices.
pub fn accounts_file(sandbox: &Sandbox) -> String {
    let demo = sandbox.demo();
    let mut text = String::new();
    for account in &demo.accounts {
        text += &format!("[[account]]\nname = {:?}\nkey = {:?}\n", account.name, account.key.expose());
        if account.revoked {
            text += "revoked = true\n";
        }
    }
    for operator in &demo.catalog.operators {
        text += &format!("[[operators]]\noperatorId = {:?}\n", operator.id);
        for product in &operator.products {
            let status = if product.available { "Available" } else { "Unavailable" };
            text += &format!("[[operators.products]]\nproductId = {:?}\nstatus = \"{status}\"\n", product.id);
            for package in &product.packages {
                let status = if package.active { "Active" } else { "Inactive" };
                text += &format!(
                    "[[operators.products.packages]]\npackageId = {:?}\nstatus = \"{status}\"\n",
                    package.id
                );
            }
        }
    }
    text
}

/// Plans and runs; returns the plan and the result.
pub async fn run(
    contract: Arc<Contract>,
    target: Target,
    states: Option<&str>,
    options: &Options,
) -> Result<(Vec<Case>, Finished), SessionError> {
    let states = states.map(|it| parse_url(it).unwrap());
    let prepared = session::prepare(contract, target, states, options).await?;
    let cases = prepared.cases.clone();
    let finished = prepared.run(options, &mut Silent).await?;
    Ok((cases, finished))
}

/// Runs against a sandbox with its provider states.
pub async fn judge(sandbox: &Sandbox, options: &Options) -> Finished {
    let states = states_of(sandbox);
    run(contract(), target_at(sandbox.url()), Some(&states), options).await.unwrap().1
}

/// Returns the ids of the requirements that fail.
pub fn failing(judgement: &Judgement) -> BTreeSet<&str> {
    of(judgement, Outcome::Fail)
}

pub fn of(judgement: &Judgement, outcome: Outcome) -> BTreeSet<&str> {
    judgement.requirements.iter().filter(|it| it.outcome == outcome).map(|it| it.id.as_str()).collect()
}

/// Summarises the findings for the message of a failing test.
pub fn told(judgement: &Judgement) -> String {
    let line = |it: &conformance::judge::verdict::FindingGroup| {
        let example = &it.example;
        format!(
            "\n{} ({}) {}\n  expected {:?}\n  actual {}\n  {:?} in {}",
            it.requirement,
            example.cause,
            example.summary,
            example.expected,
            example.actual,
            example.detail,
            example.case
        )
    };
    judgement.findings.iter().map(line).collect::<String>() + &judgement.notes.join("\n")
}

/// Asserts that nothing fails and that there are no warnings except for those named.
#[track_caller]
pub fn assert_silent(judgement: &Judgement, warnings: &[&str], what: &str) {
    assert!(failing(judgement).is_empty(), "{what}: {}", told(judgement));
    let said: BTreeSet<&str> = judgement.findings.iter().map(|it| it.requirement.as_str()).collect();
    let allowed: BTreeSet<&str> = warnings.iter().copied().collect();
    assert!(said.is_subset(&allowed), "{what}: {}", told(judgement));
    assert!(judgement.own_faults.is_empty(), "{what}: {:?}", judgement.own_faults);
}

/// Exit code and output of the program.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ended {
    /// Returns the text for a snapshot, with values that change from run to run replaced.
    pub fn shown(&self, replace: &[(&str, &str)]) -> String {
        let mut text = format!("exit code {:?}\n{}{}", self.code, self.stderr, self.stdout);
        for (from, to) in replace {
            text = text.replace(from, to);
        }
        text
    }
}

/// Returns the program, without variables of the caller's environment that it would read.
pub fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conformance"));
    command.args(args).env_remove("CONFORMANCE_API_KEY").env_remove("RUST_LOG").env("NO_COLOR", "1");
    // Without this variable the program calls itself by its own name, not by cargo.
    command.env_remove("CARGO");
    for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(name);
    }
    command.env_remove("GITHUB_ACTIONS").env_remove("GITHUB_STEP_SUMMARY");
    command
}

/// Runs the program to its end, beside the servers of this test.
pub async fn conformance(args: &[&str]) -> Ended {
    finish(program(args)).await
}

pub async fn finish(mut command: Command) -> Ended {
    let ended: Ended = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap().into();
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    ended
}

/// Returns the sum of the wallets of all demo accounts, as the server at an address reports them.
pub async fn held(url: &str) -> Pesewas {
    _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().build().unwrap();
    let mut sum = Pesewas::ZERO;
    // The demo accounts are the same in every sandbox.
    let demo = faultless().await;
    for account in demo.demo().accounts.iter().filter(|it| !it.revoked) {
        let request = client.get(format!("{url}/api/v1/wallet-balance"));
        let text =
            request.header("X-API-KEY", account.key.expose()).send().await.unwrap().text().await.unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        sum += pesewas(&json["data"]["availableBalance"].to_string());
    }
    sum
}

/// Parses an amount as the program prints it.
pub fn pesewas(text: &str) -> Pesewas {
    Pesewas::from_decimal(text.trim()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Returns true if the long form of a test was requested.
pub fn long(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|it| it == "full")
}
