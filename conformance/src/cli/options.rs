//! Turns flags into the inputs of a run: contract, target, options, and the built-in sandbox if no server is named.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use spec::Contract;
use url::Url;

use crate::cli::args::{RunArgs, TargetArgs};
use crate::cli::changed_since;
use crate::cli::error::Failure;
use crate::cli::journal;
use crate::exec::client::Client;
use crate::exec::discover::until_up;
use crate::exec::stop::Stop;
use crate::hint::hint;
use crate::history::{AccountFacts, Catalog, Journal, Tier, store};
use crate::report::text::visible;
use crate::run::built_in_sandbox;
use crate::run::session::{Options, SessionError};
use crate::secret::{Secret, unsendable};
use crate::sut::{self, Named, Target, TargetError, parse_base, parse_url, shown, shown_in};

/// Loads the contract that a command uses: the file at `path`, or the built-in one.
///
/// # Errors
/// Returns an error if the contract is invalid; it lists every mistake with its position.
pub(crate) fn load(path: Option<&Path>) -> Result<Contract, Failure> {
    Ok(path.map_or_else(spec::embedded, |path| spec::from_paths(path, None))?)
}

/// The inputs of a run: the target, its provider states, the options, and the sandbox if one was started.
#[derive(Debug)]
pub(crate) struct Setup {
    /// The contract.
    pub(crate) contract: Arc<Contract>,
    /// The server under test.
    pub(crate) target: Target,
    /// The URL of its provider-state handler.
    pub(crate) states: Option<Url>,
    /// How the run proceeds.
    pub(crate) options: Options,
    /// The built-in sandbox; stops when dropped.
    pub(crate) sandbox: Option<sandbox::Sandbox>,
}

impl Setup {
    /// Builds the inputs from the flags; starts the sandbox if they name no server.
    ///
    /// # Errors
    /// Returns an error if a flag or a file is invalid, or the sandbox can't be started.
    pub(crate) async fn of(args: &RunArgs) -> Result<Self, Failure> {
        let contract = Arc::new(load(args.target.spec.as_deref())?);
        let first = match &args.plan.changed_since {
            Some(revision) => changed_since::since(revision, args.target.spec.as_deref())?,
            None => Vec::new(),
        };
        let mut options = options(args, first);
        let (accounts, catalog) = accounts(&args.target, &contract)?;
        let (url, states, sandbox) = match &args.target.url {
            Some(url) => (parse_base(url).map_err(TargetError::from)?, states(&args.target)?, None),
            None => {
                let (sandbox, url, states) =
                    built_in_sandbox::sandbox(contract.clone(), sandbox::Behaviour::default()).await?;
                (url, Some(states), Some(sandbox))
            }
        };
        let mut access = args.access.read(&contract)?;
        access.note(&[&[&url][..], states.as_slice().iter().collect::<Vec<_>>().as_slice()].concat());
        let target = Target {
            url,
            states: states.clone(),
            accounts,
            catalog,
            named: named(&args.target),
            cap: args.money.max_spend,
            allow_live: args.money.allow_live,
            access,
        };
        let environment = |name: &str| std::env::var(name).ok();
        options.journal = journal::journal(&args.output, &target, options.started_ms, &environment)?;
        if let (Some(limit), Some(_)) = (args.pace.wait, &args.target.url) {
            wait(&contract, &target, Duration::from_secs(limit)).await?;
        }
        Ok(Self { contract, target, states, options, sandbox })
    }
}

/// Returns what can be bought, as far as flags or environment variables name it.
fn named(args: &TargetArgs) -> Named {
    let ids =
        |texts: &[String]| texts.iter().map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect();
    Named { operators: ids(&args.operator), products: ids(&args.product), packages: ids(&args.package) }
}

/// Returns the URL of the provider-state handler.
fn states(args: &TargetArgs) -> Result<Option<Url>, TargetError> {
    Ok(args.states.as_deref().map(parse_url).transpose()?)
}

/// Waits for a server that is starting, and prints what it waits for.
async fn wait(contract: &Contract, target: &Target, limit: Duration) -> Result<(), Failure> {
    let client = Client::new(target, limit).map_err(SessionError::from)?;
    let mut tell = |reason: &str| {
        let (target, reason) = (target.shown(), visible(&shown_in(reason)));
        eprintln!("waiting up to {} s for {target}: {reason}", limit.as_secs());
    };
    until_up(contract, &client, limit, &mut tell).await;
    Ok(())
}

/// Returns the options of a run; the cases of the ids in `first` are sent before the others.
fn options(args: &RunArgs, first: Vec<String>) -> Options {
    Options {
        tier: args.plan.tier,
        seed: args.plan.seed.unwrap_or_else(random_seed),
        cases: args.plan.cases,
        time_limit: args.pace.time_limit.map(Duration::from_secs),
        concurrency: usize::from(args.pace.concurrency),
        rate: args.pace.rate,
        timeout: Duration::from_secs(args.pace.timeout),
        max_wait: Duration::from_secs(args.pace.max_wait),
        settle: Duration::from_secs(args.pace.settle),
        shard: args.plan.shard,
        only: args.plan.only.clone(),
        without: Vec::new(),
        these: Vec::new(),
        first,
        max_failures: args.plan.max_failures.or(args.plan.fail_fast.then_some(1)),
        exhaustive: args.plan.exhaustive,
        shrink: !args.plan.no_shrink,
        started_ms: now_ms(),
        memory: store::BOUND,
        // The built-in sandbox ends with the run, so its states need no teardown.
        tear_down: args.target.url.is_some() && !args.target.keep_states,
        stop: Stop::default(),
        journal: Journal::none(),
    }
}

/// Accounts with their keys, and the catalog if the accounts file has one.
type Accounts = (Vec<(AccountFacts, Secret)>, Option<Catalog>);

/// Returns the accounts of the accounts file, or the single key of the environment; none if the server creates accounts
/// on demand.
fn accounts(args: &TargetArgs, contract: &Contract) -> Result<Accounts, Failure> {
    if let Some(path) = &args.accounts {
        let environment = |name: &str| std::env::var(name).ok();
        return Ok(sut::of_file(sut::accounts::load(path, contract, &environment)?));
    }
    let mut accounts = Vec::new();
    if let (Some(key), Some(_), None) = (&args.api_key, &args.url, &args.states) {
        if let Some(trouble) = unsendable(key) {
            return Err(TargetError::Key { place: "CONFORMANCE_API_KEY", trouble }.into());
        }
        let prefixes = [contract.key.test_prefix.as_str(), contract.key.live_prefix.as_str()];
        let role = args.role.as_deref().map(|role| known_role(role, contract)).transpose()?;
        let facts = AccountFacts { role, ..AccountFacts::unknown("key") };
        accounts.push((facts, Secret::new(key.clone(), &prefixes)));
    } else if args.role.is_some() {
        return Err(TargetError::RoleOfNobody.into());
    }
    Ok((accounts, None))
}

/// Returns a role as the contract spells it.
fn known_role(role: &str, contract: &Contract) -> Result<String, TargetError> {
    let roles: Vec<&str> = contract.roles.all.iter().map(String::as_str).collect();
    let known = roles.iter().find(|it| it.eq_ignore_ascii_case(role.trim()));
    known
        .map(|it| (*it).to_owned())
        .ok_or_else(|| TargetError::Role { role: visible(role), meant: hint(role, &roles) })
}

/// Returns the flags to repeat a run without those that only narrow it: target, connection, accounts, contract, tier,
/// number of cases and cap. The seed is in the header of the history.
#[must_use]
pub(crate) fn again(args: &RunArgs, target: &Target, states: Option<&Url>) -> Vec<String> {
    let mut again = Vec::new();
    let mut flag = |name: &str, value: String| again.extend([name.to_owned(), value]);
    if args.target.url.is_some() {
        flag("--url", target.shown());
        if let Some(states) = states {
            flag("--states", shown(states));
        }
    }
    again.extend(args.access.again());
    let mut flag = |name: &str, value: String| again.extend([name.to_owned(), value]);
    for (name, path) in [("--accounts", &args.target.accounts), ("--spec", &args.target.spec)] {
        if let Some(path) = path {
            flag(name, path.display().to_string());
        }
    }
    for (name, ids) in [
        ("--operator", &args.target.operator),
        ("--product", &args.target.product),
        ("--package", &args.target.package),
    ] {
        ids.iter().for_each(|id| flag(name, id.clone()));
    }
    if let Some(role) = &args.target.role {
        flag("--role", role.clone());
    }
    if args.plan.tier != Tier::Standard {
        flag("--tier", args.plan.tier.name().to_owned());
    }
    if let Some(cases) = args.plan.cases {
        flag("--cases", cases.to_string());
    }
    if let Some(cap) = args.money.max_spend {
        flag("--max-spend", cap.to_string());
    }
    again
}

/// Returns the start time of a run; every other time in the run is relative to it.
#[expect(clippy::disallowed_methods, reason = "the one place where a run reads the wall clock")]
fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Returns a random seed that is short enough to be typed.
fn random_seed() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    std::hash::RandomState::new().build_hasher().finish() % 1_000_000
}
