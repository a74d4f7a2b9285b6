//! From flags to what a run sets out from: contract, target, options, and the built-in sandbox where no server is named.

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
use crate::history::{AccountFacts, Catalog, Journal, Tier, store};
use crate::report::text::visible;
use crate::report::view::tier_name;
use crate::run::built_in_sandbox;
use crate::run::session::{Options, SessionError};
use crate::secret::{Secret, unsendable};
use crate::sut::{self, Named, Target, TargetError, parse_base, parse_url, shown, shown_in};

/// The contract that a command is to use.
///
/// # Errors
/// It is wrong; every mistake with its place.
pub(crate) fn load(path: Option<&Path>) -> Result<Contract, Failure> {
    Ok(path.map_or_else(spec::embedded, |path| spec::from_paths(path, None))?)
}

/// What a run sets out from: the target, its provider states, the options, and the sandbox that it may have started.
#[derive(Debug)]
pub(crate) struct Setup {
    /// The contract.
    pub(crate) contract: Arc<Contract>,
    /// The server.
    pub(crate) target: Target,
    /// Its provider states.
    pub(crate) states: Option<Url>,
    /// How the run goes.
    pub(crate) options: Options,
    /// The built-in sandbox; stops when dropped.
    pub(crate) sandbox: Option<sandbox::Sandbox>,
}

impl Setup {
    /// What the flags say; starts the sandbox where they name no server.
    ///
    /// # Errors
    /// A flag or a file is wrong, or the sandbox can't be started.
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

/// What can be bought, as the flags or the environment name it.
fn named(args: &TargetArgs) -> Named {
    let ids =
        |texts: &[String]| texts.iter().map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect();
    Named { operators: ids(&args.operator), products: ids(&args.product), packages: ids(&args.package) }
}

/// The handler of provider states.
fn states(args: &TargetArgs) -> Result<Option<Url>, TargetError> {
    Ok(args.states.as_deref().map(parse_url).transpose()?)
}

/// Waits for a server that is starting, and says what it waits for.
async fn wait(contract: &Contract, target: &Target, limit: Duration) -> Result<(), Failure> {
    let client = Client::new(target, limit).map_err(SessionError::from)?;
    let mut tell = |reason: &str| {
        let (target, reason) = (target.shown(), visible(&shown_in(reason)));
        eprintln!("waiting up to {} s for {target}: {reason}", limit.as_secs());
    };
    until_up(contract, &client, limit, &mut tell).await;
    Ok(())
}

/// How a run is to go; `first` are the ids whose cases go before the others.
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
        // The built-in sandbox goes with the run.
        tear_down: args.target.url.is_some() && !args.target.keep_states,
        stop: Stop::default(),
        journal: Journal::none(),
    }
}

/// Accounts with their keys, and what can be bought as far as a file says so.
type Accounts = (Vec<(AccountFacts, Secret)>, Option<Catalog>);

/// Those of the accounts file, or the single key of the environment; none where the server makes accounts itself.
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
        accounts.push((AccountFacts::unknown("key"), Secret::new(key.clone(), &prefixes)));
    }
    Ok((accounts, None))
}

/// Flags that choose the same target and plan again.
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
    if args.plan.tier != Tier::Standard {
        flag("--tier", tier_name(args.plan.tier).to_owned());
    }
    if let Some(cases) = args.plan.cases {
        flag("--cases", cases.to_string());
    }
    if let Some(cap) = args.money.max_spend {
        flag("--max-spend", cap.to_string());
    }
    again
}

/// The clock is read once: everything else is relative to it.
#[expect(clippy::disallowed_methods, reason = "the one place where a run reads the wall clock")]
fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A seed short enough to be typed again.
fn random_seed() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    std::hash::RandomState::new().build_hasher().finish() % 1_000_000
}
