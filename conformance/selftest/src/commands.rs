//! What each command does, from its flags to its exit code. The files that they write are named from the root of the
//! repository.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use conformance::client;
use conformance::exit::Exit;
use conformance::run::session::Options;
use sandbox::Fault;
use spec::Contract;

use crate::args::{Cli, ClientsArgs, Command, FaultsArgs, ValueArgs};
use crate::error::{Failure, SelftestError};
use crate::kill_matrix::{self, Kill};
use crate::run::options;
use crate::value::{self, Means};
use crate::{bench, clients, coverage, learn, recorded, rounds};

/// The path of the committed kill matrix.
const MATRIX: &str = "conformance/KILL_MATRIX.md";

/// The path of the committed table of faults found per cap on spending.
const VALUE: &str = "docs/value.md";

/// The path of the committed table of clients and the rules that catch them.
const CLIENTS: &str = "docs/clients.md";

/// The path of the committed order in which accepted orders are sent.
const WORTH: &str = "conformance/src/plan/worth.txt";

/// The path of the recorded cases that the tests of judging judge again.
const RECORDED: &str = "conformance/tests/histories/recorded.ndjson";

/// Runs the command that the command line names.
///
/// # Errors
/// Returns an error if the command fails for another reason than that it found something.
pub(crate) async fn run(cli: Cli) -> Result<Exit, Failure> {
    match cli.command {
        Command::Faults(args) => faults(&args).await,
        Command::Value(args) => value(&args).await,
        Command::Clients(args) => clients(&args).await,
        Command::Coverage => coverage().await,
        Command::Bench(args) => Ok(bench::run(&args).await?),
    }
}

/// Writes a committed file.
fn write(path: &'static str, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|source| Failure::Write { path, source })?;
    println!("wrote {path}");
    Ok(())
}

/// `faults`: judges planted faults, once or with many seeds, or records the cases that the tests of judging judge
/// again.
///
/// # Errors
/// Returns an error if no fault matches, a fault can't be judged, or a file can't be written.
async fn faults(args: &FaultsArgs) -> Result<Exit, Failure> {
    let contract = Arc::new(spec::embedded()?);
    if args.record {
        return record(&contract, args.seed).await;
    }
    let chosen = kill_matrix::chosen(&args.filter);
    if chosen.is_empty() {
        return Err(Failure::NoFault(args.filter.join(", ")));
    }
    match args.rounds {
        Some(runs) => many(&contract, &chosen, runs).await,
        None => matrix(&contract, chosen, args).await,
    }
}

/// Records the cases for the tests of judging.
async fn record(contract: &Arc<Contract>, seed: u64) -> Result<Exit, Failure> {
    let tell = |server: &str, kept| {
        if kept > 0 {
            println!("{kept:>4} cases: {}", if server.is_empty() { "faultless" } else { server });
        }
    };
    let text = recorded::record(contract, seed, tell).await?;
    write(RECORDED, &text)?;
    Ok(Exit::Conformant)
}

/// Judges each fault with many seeds, and fails if one is not caught often enough.
async fn many(contract: &Arc<Contract>, faults: &[&'static Fault], runs: u32) -> Result<Exit, Failure> {
    let start = Instant::now();
    let mut reliable = true;
    for fault in faults {
        let rounds = rounds::rounds(contract, fault, runs).await?;
        println!("{}", rounds.line(fault.id));
        reliable &= rounds.reliable();
    }
    println!("{} faults, {runs} runs each, in {} s", faults.len(), start.elapsed().as_secs());
    Ok(if reliable { Exit::Conformant } else { Exit::NotConformant })
}

/// Judges each fault once, and writes the matrix or compares it with the committed one.
async fn matrix(
    contract: &Arc<Contract>,
    faults: Vec<&'static Fault>,
    args: &FaultsArgs,
) -> Result<Exit, Failure> {
    let start = Instant::now();
    let tell = |kill: &Kill| println!("{}", kill.line());
    let options = Options { only: args.only.clone(), without: args.without.clone(), ..options(args.seed) };
    let kills = kill_matrix::matrix(contract, faults, args.jobs, &options, tell).await?;
    let exact = kills.iter().filter(|it| it.exact()).count();
    println!("{exact} of {} faults killed by declared ids in {} s", kills.len(), start.elapsed().as_secs());
    let several = kill_matrix::several(&kills);
    println!("{several} of them are reported as several causes, races aside");
    let text = kill_matrix::markdown(&kills);
    if args.write {
        write(MATRIX, &text)?;
    } else if args.check && std::fs::read_to_string(MATRIX).ok().as_ref() != Some(&text) {
        eprintln!("{MATRIX} is stale; `cargo xtask faults --write` renews it");
        return Ok(Exit::NotConformant);
    }
    if several > kill_matrix::SEVERAL {
        eprintln!("{several} faults are reported as several causes; at most {} may be", kill_matrix::SEVERAL);
        return Ok(Exit::NotConformant);
    }
    Ok(if exact == kills.len() { Exit::Conformant } else { Exit::NotConformant })
}

/// `value`: measures how many faults each cap on spending lets a run find; writes the table, or fails if the committed
/// one is stale.
///
/// # Errors
/// Returns an error if no fault or cap matches, a fault can't be judged, or a file can't be written.
async fn value(args: &ValueArgs) -> Result<Exit, Failure> {
    let contract = Arc::new(spec::embedded()?);
    let chosen = kill_matrix::chosen(&args.filter);
    let wanted = |it: &Means| match args.learn {
        true => *it == Means::Accounts(None),
        false => args.cap.is_empty() || args.cap.contains(&it.flag()),
    };
    let means: Vec<Means> = Means::ALL.into_iter().filter(wanted).collect();
    if chosen.is_empty() || means.is_empty() {
        return Err(Failure::NoFault(
            args.filter.iter().chain(&args.cap).cloned().collect::<Vec<_>>().join(", "),
        ));
    }
    let start = Instant::now();
    let tell = |worth: &value::Worth| {
        if !worth.found || args.cases {
            println!("{}", worth.line(args.cases));
        }
    };
    let worths = value::measure(&contract, &chosen, &means, args.jobs, tell).await?;
    if args.learn {
        let prices = value::prices(&contract, Means::Accounts(None)).await?;
        let text = learn::learn(&worths, &prices, &contract.roles.buyers);
        write(WORTH, &text)?;
        return Ok(Exit::Conformant);
    }
    let text = value::markdown(&worths);
    println!("{text}\n{} runs in {} s", worths.len(), start.elapsed().as_secs());
    if args.write {
        write(VALUE, &text)?;
    } else if args.check && std::fs::read_to_string(VALUE).ok().as_ref() != Some(&text) {
        eprintln!("{VALUE} is stale; `cargo xtask value --write` renews it");
        return Ok(Exit::NotConformant);
    }
    Ok(Exit::Conformant)
}

/// `coverage`: shows which checks and how many cases exercise each id; fails if one has no check or no case.
///
/// # Errors
/// Returns an error if a sandbox can't be judged.
async fn coverage() -> Result<Exit, Failure> {
    let contract = Arc::new(spec::embedded()?);
    let rows = coverage::coverage(&contract, 1).await?;
    println!("{:<22} {:>8} {:>10} {:>7}  checks", "id", "default", "freedoms", "faults");
    let mut bare = Vec::new();
    for row in &rows {
        let (id, checks) = (&row.id, row.checks.join(", "));
        println!("{id:<22} {:>8} {:>10} {:>7}  {checks}", row.default, row.freedoms, row.faults);
        if row.checks.is_empty() || row.default + row.freedoms == 0 {
            bare.push(id.as_str());
        }
    }
    if bare.is_empty() {
        println!("{} ids, each with a check that cites it and cases that exercise it", rows.len());
        return Ok(Exit::Conformant);
    }
    eprintln!("without a check or never exercised: {}", bare.join(", "));
    Ok(Exit::NotConformant)
}

/// `clients`: judges the correct and the faulty clients of the tests, and writes their matrix or compares it with the
/// committed one.
///
/// # Errors
/// Returns an error if no client matches, a tool that clients need is missing, a client can't be judged, or a file
/// can't be written.
async fn clients(args: &ClientsArgs) -> Result<Exit, Failure> {
    let contract = Arc::new(spec::embedded()?);
    let tools = clients::Tools { python: args.python.clone(), node: args.node.clone() };
    let mut chosen = clients::chosen(Path::new(clients::FOLDER), &args.filter)?;
    for (language, what) in tools.missing() {
        if args.write || args.check {
            return Err(Failure::NoTool(what));
        }
        println!("passed over, for want of {what}: {language}");
        chosen.retain(|it| !it.name.starts_with(&format!("{language}/")));
    }
    if chosen.is_empty() {
        return Err(Failure::NoClients(args.filter.join(", ")));
    }
    let start = Instant::now();
    let rules = client::rules(&contract).map_err(SelftestError::from)?;
    let tell = |caught: &clients::Caught| println!("{}", caught.line(args.details));
    let caught = clients::matrix(&contract, &rules, &chosen, &tools, args.jobs, tell).await?;
    let exact = caught.iter().filter(|it| it.is_exact()).count();
    println!("{exact} of {} clients judged as declared in {} s", caught.len(), start.elapsed().as_secs());
    let text = clients::markdown(&rules, &caught);
    if args.write {
        write(CLIENTS, &text)?;
    } else if args.check && std::fs::read_to_string(CLIENTS).ok().as_ref() != Some(&text) {
        eprintln!("{CLIENTS} is stale; `cargo xtask clients --write` renews it");
        return Ok(Exit::NotConformant);
    }
    Ok(if exact == caught.len() { Exit::Conformant } else { Exit::NotConformant })
}
