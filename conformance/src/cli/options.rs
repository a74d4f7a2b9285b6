//! From flags to what a run sets out from: contract, target, options, and a sandbox of our own where no server is named.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use spec::Contract;
use url::Url;

use crate::cli::args::RunArgs;
use crate::cli::error::Failure;
use crate::history::{AccountFacts, Tier};
use crate::report::view::tier_name;
use crate::run::built_in_sandbox;
use crate::run::session::Options;
use crate::secret::Secret;
use crate::sut::{Target, parse_url, shown};

/// The contract that a command is to use.
///
/// # Errors
/// It is wrong; every mistake with its place.
pub fn load(path: Option<&Path>) -> Result<Contract, Failure> {
    path.map_or_else(spec::embedded, |path| spec::from_paths(path, None))
        .map_err(|error| Failure::Usage(error.to_string()))
}

/// What a run sets out from: the target, its provider states, the options, and the sandbox that it may have started.
#[derive(Debug)]
pub struct Setting {
    /// The contract.
    pub contract: Arc<Contract>,
    /// The server.
    pub target: Target,
    /// Its provider states.
    pub states: Option<Url>,
    /// How the run goes.
    pub options: Options,
    /// A sandbox of our own; stops when dropped.
    pub sandbox: Option<sandbox::Sandbox>,
}

/// From flags to a setting; starts the sandbox where no server is named.
///
/// # Errors
/// A flag or a file is wrong, or the sandbox can't be started.
pub async fn setting(args: &RunArgs) -> Result<Setting, Failure> {
    let contract = Arc::new(load(args.target.spec.as_deref())?);
    let first = match &args.plan.changed_since {
        Some(revision) => {
            crate::cli::changed_since::since(revision, args.target.spec.as_deref()).map_err(Failure::Usage)?
        }
        None => Vec::new(),
    };
    let options = Options {
        tier: args.plan.tier,
        seed: args.plan.seed.unwrap_or_else(random_seed),
        cases: args.plan.cases,
        time_limit: args.pace.time_limit.map(Duration::from_secs),
        concurrency: usize::from(args.pace.concurrency),
        rate: args.pace.rate,
        timeout: Duration::from_secs(args.pace.timeout),
        shard: args.plan.shard,
        only: args.plan.only.clone(),
        first,
        shrink: !args.plan.no_shrink,
        started_ms: now_ms(),
        memory: crate::history::store::BOUND,
    };
    let (mut accounts, mut catalog) = (Vec::new(), None);
    if let Some(path) = &args.target.accounts {
        let environment = |name: &str| std::env::var(name).ok();
        let file = crate::sut::accounts::load(path, &contract, &environment)
            .map_err(|error| Failure::Usage(error.to_string()))?;
        (accounts, catalog) = crate::sut::of_file(file);
    } else if let (Some(key), Some(_), None) = (&args.target.api_key, &args.target.url, &args.target.states) {
        let facts = AccountFacts::unknown("key");
        let prefixes = [contract.key.test_prefix.as_str(), contract.key.live_prefix.as_str()];
        accounts.push((facts, Secret::new(key.clone(), &prefixes)));
    }
    let (url, states, sandbox) = match &args.target.url {
        Some(url) => (parse_url(url)?, args.target.states.as_deref().map(parse_url).transpose()?, None),
        None => {
            let (sandbox, url, states) =
                built_in_sandbox::sandbox(contract.clone(), sandbox::Behaviour::default()).await?;
            (url, Some(states), Some(sandbox))
        }
    };
    let target = Target {
        url,
        states: states.clone(),
        accounts,
        catalog,
        cap: args.money.max_spend,
        allow_live: args.money.allow_live,
    };
    Ok(Setting { contract, target, states, options, sandbox })
}

/// Flags that choose the same target and plan again.
#[must_use]
pub fn again(args: &RunArgs, target: &Target, states: Option<&Url>) -> Vec<String> {
    let mut again = Vec::new();
    let mut flag = |name: &str, value: String| again.extend([name.to_owned(), value]);
    if args.target.url.is_some() {
        flag("--url", target.shown());
        if let Some(states) = states {
            flag("--states", shown(states));
        }
    }
    for (name, path) in [("--accounts", &args.target.accounts), ("--spec", &args.target.spec)] {
        if let Some(path) = path {
            flag(name, path.display().to_string());
        }
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
