//! What each command does, from its flags to its exit code.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::args::{Cli, Command, FaultsArgs, JudgeArgs, OutputArgs, RunArgs};
use crate::cli::error::Failure;
use crate::cli::explain;
use crate::cli::finish::{Ready, conclude, verbosity};
use crate::cli::options::{Setting, again, load, setting};
use crate::cli::stdout::say;
use crate::exit::Exit;
use crate::history::recorded;
use crate::report::event::{Silent, Sink};
use crate::report::look::{Color, Look, Verbosity};
use crate::report::output;
use crate::report::progress::Progress;
use crate::run::session::{self, Options, SessionError};
use crate::run::{built_in_sandbox, judge_again};
use crate::sut::Target;
use crate::teeth;

/// Does what the command line says.
///
/// # Errors
/// It came to nothing.
pub async fn run(cli: Cli) -> Result<Exit, Failure> {
    match cli.command {
        None => judge_server(cli.run).await,
        Some(Command::Judge(args)) => judge_again(&args, false),
        Some(Command::Merge(args)) => judge_again(&args, true),
        Some(Command::Replay(args)) => crate::cli::replay::run(args.run, &args.case).await,
        Some(Command::List) => {
            say(&explain::list(&load(None)?, width()))?;
            Ok(Exit::Conformant)
        }
        Some(Command::Explain { id, spec }) => explain_id(&id, spec.as_deref()).await,
        Some(Command::Faults(args)) => faults(&args).await,
        Some(Command::Coverage) => coverage().await,
        Some(Command::Bench(args)) => crate::speed::run(&args).await,
        Some(Command::Completions { shell }) => {
            let mut command = <Cli as clap::CommandFactory>::command();
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut command, "conformance", &mut script);
            say(&String::from_utf8_lossy(&script))?;
            Ok(Exit::Conformant)
        }
        Some(Command::Man { command }) => {
            say(&man(command.as_deref())?)?;
            Ok(Exit::Conformant)
        }
    }
}

/// The man page of the program or of one of its commands.
fn man(name: Option<&str>) -> Result<String, Failure> {
    let mut command = <Cli as clap::CommandFactory>::command();
    command.build();
    if let Some(name) = name {
        let found = command.find_subcommand(name).cloned();
        command = found.ok_or_else(|| {
            Failure::Usage(format!("there is no command `{name}`; `conformance --help` lists them"))
        })?;
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(|error| Failure::Own(error.to_string()))?;
    let page = String::from_utf8_lossy(&page);
    // The tables behind the flags keep their lines; the renderer would fill and stretch them.
    let page = page.replace(".SH EXTRA\n", ".SH NOTES\n.nf\n").replace(".SH VERSION\n", ".fi\n.SH VERSION\n");
    Ok(page)
}

/// Explains an id, with what is sent for it to a server of full power: our own sandbox is asked what it has, and no order is
/// sent.
async fn explain_id(id: &str, spec: Option<&Path>) -> Result<Exit, Failure> {
    let contract = Arc::new(load(spec)?);
    let id = explain::known(&contract, id).map_err(Failure::Usage)?;
    let (sandbox, url, states) =
        built_in_sandbox::sandbox(contract.clone(), sandbox::Behaviour::default()).await?;
    let target = Target { states: Some(states.clone()), ..Target::new(url) };
    let options = Options { only: vec![id.clone()], ..teeth::options(1) };
    let cases = match session::prepare(contract.clone(), target, Some(states), &options).await {
        Ok(prepared) => prepared.cases,
        Err(SessionError::NothingMatches(_)) => Vec::new(),
        Err(other) => return Err(other.into()),
    };
    sandbox.stop().await;
    say(&explain::explain(&contract, &id, &cases, width()))?;
    Ok(Exit::Conformant)
}

/// Columns of standard output.
fn width() -> usize {
    Look::of(&console::Term::stdout(), Color::Never, Verbosity::Normal).width
}

async fn judge_server(args: RunArgs) -> Result<Exit, Failure> {
    let Setting { contract, target, states, options, sandbox } = setting(&args).await?;
    let again = again(&args, &target, states.as_ref());
    let mut prepared = session::prepare(contract.clone(), target, states, &options).await?;
    prepared.header.again = again;
    if let Some(revision) = args.plan.changed_since.as_ref().filter(|_| !args.output.quiet) {
        let first = prepared.brought_forward(&options.first);
        eprintln!(
            "{}",
            crate::cli::changed_since::note(revision, &options.first, first, prepared.cases.len())
        );
    }
    if args.plan.dry_run {
        say(&explain::dry_run(&prepared.header, &prepared.cases, &prepared.unplanned))?;
        return Ok(Exit::Conformant);
    }
    let ready = Ready::new(&contract, &args.output)?;
    let mut sink = progress(&args.output);
    let finished = prepared.run(&options, sink.as_mut()).await?;
    drop(sink);
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    conclude(&contract, finished, &ready, &args.output)
}

fn judge_again(args: &JudgeArgs, merge: bool) -> Result<Exit, Failure> {
    let contract = load(args.spec.as_deref())?;
    if !merge && args.histories.len() > 1 {
        return Err(Failure::Usage("`judge` takes one history; `merge` joins several".into()));
    }
    let ready = Ready::new(&contract, &args.output)?;
    let read = |path: &PathBuf| Ok((path.clone(), recorded::read(path)?));
    let histories = args.histories.iter().map(read).collect::<Result<Vec<_>, recorded::RecordError>>();
    let mut histories = histories.map_err(|error| Failure::Usage(error.to_string()))?;
    let history = match histories.pop() {
        Some((_, history)) if !merge => history,
        last => {
            histories.extend(last);
            recorded::join(histories).map_err(|error| Failure::Usage(error.to_string()))?
        }
    };
    let finished =
        judge_again::judge(&contract, history).map_err(|error| Failure::Usage(error.to_string()))?;
    conclude(&contract, finished, &ready, &args.output)
}

/// The matrix as it is committed, below the folder that a chore runs in.
const MATRIX: &str = "conformance/KILL_MATRIX.md";

/// Cases that say something each, for the tests of judging; likewise.
const RECORDED: &str = "conformance/tests/histories/recorded.ndjson";

async fn faults(args: &FaultsArgs) -> Result<Exit, Failure> {
    let contract = Arc::new(load(None)?);
    if args.record {
        let tell = |server: &str, kept| {
            if kept > 0 {
                println!("{kept:>4} cases: {}", if server.is_empty() { "faultless" } else { server });
            }
        };
        let text = teeth::recorded::record(&contract, args.seed, tell).await?;
        output::whole(Path::new(RECORDED), text.as_bytes())?;
        println!("wrote {RECORDED}");
        return Ok(Exit::Conformant);
    }
    let chosen = teeth::chosen(&args.filter);
    if chosen.is_empty() {
        return Err(Failure::Usage(format!(
            "no fault matches {}; `sandbox --list-faults` shows them",
            args.filter.join(", ")
        )));
    }
    let start = std::time::Instant::now();
    if let Some(runs) = args.rounds {
        let mut chancy = 0;
        for fault in &chosen {
            let rounds = teeth::rounds(&contract, fault, runs).await?;
            println!("{}", rounds.line(fault.id));
            chancy += usize::from(!rounds.reliable());
        }
        println!("{} faults, {runs} runs each, in {} s", chosen.len(), start.elapsed().as_secs());
        return Ok(if chancy == 0 { Exit::Conformant } else { Exit::NotConformant });
    }
    let kills =
        teeth::matrix(&contract, chosen, args.jobs, args.seed, |kill| println!("{}", teeth::line(kill)))
            .await?;
    let exact = kills.iter().filter(|it| it.exact()).count();
    println!("{exact} of {} faults killed by declared ids in {} s", kills.len(), start.elapsed().as_secs());
    let text = teeth::markdown(&kills);
    if args.write {
        output::whole(Path::new(MATRIX), text.as_bytes())?;
        println!("wrote {MATRIX}");
    } else if args.check && std::fs::read_to_string(MATRIX).ok().as_ref() != Some(&text) {
        eprintln!("{MATRIX} is stale; `cargo xtask faults --write` renews it");
        return Ok(Exit::NotConformant);
    }
    Ok(if exact == kills.len() { Exit::Conformant } else { Exit::NotConformant })
}

async fn coverage() -> Result<Exit, Failure> {
    let contract = Arc::new(load(None)?);
    let rows = teeth::coverage(&contract, 1).await?;
    println!("{:<22} {:>8} {:>10} {:>7}  checks", "id", "default", "freedoms", "faults");
    let mut bare = Vec::new();
    for row in &rows {
        println!(
            "{:<22} {:>8} {:>10} {:>7}  {}",
            row.id,
            row.default,
            row.freedoms,
            row.faults,
            row.checks.join(", ")
        );
        if row.checks.is_empty() || row.default + row.freedoms == 0 {
            bare.push(row.id.as_str());
        }
    }
    if bare.is_empty() {
        println!("{} ids, each with a check that cites it and cases that exercise it", rows.len());
        return Ok(Exit::Conformant);
    }
    eprintln!("without a check or never exercised: {}", bare.join(", "));
    Ok(Exit::NotConformant)
}

/// Who watches: a bar on a terminal, lines elsewhere, nobody where quiet is asked for.
fn progress(args: &OutputArgs) -> Box<dyn Sink + Send> {
    if args.quiet {
        return Box::new(Silent);
    }
    let term = console::Term::stderr();
    let look = Look::of(&term, args.color, verbosity(args));
    let start = std::time::Instant::now();
    let clock = Box::new(move || start.elapsed());
    if term.is_term() {
        Box::new(Progress::bar(indicatif::ProgressDrawTarget::stderr(), look, clock))
    } else {
        Box::new(Progress::lines(Box::new(std::io::stderr()), look, clock))
    }
}
