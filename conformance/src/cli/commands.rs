//! What each command does, from its flags to its exit code.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use spec::Contract;

use crate::cli::args::{self, Cli, Command, JudgeArgs, OutputArgs, RunArgs, ShowArgs};
use crate::cli::error::Failure;
use crate::cli::explain::{self, Explainer};
use crate::cli::finish::{Ready, conclude, report_alone};
use crate::cli::options::{Setup, again, load};
use crate::cli::stdout::{say, tell};
use crate::cli::{changed_since, client, compare, doctor, dry_run, export, init, replay, signals};
use crate::exec::discover::DiscoverError;
use crate::exit::Exit;
use crate::history::recorded;
use crate::history::{Journal, Tier};
use crate::report::event::{Silent, Sink};
use crate::report::look::{Color, Look, Verbosity, is_dumb};
use crate::report::program::Program;
use crate::report::progress::Progress;
use crate::run::session::{self, Options, SessionError};
use crate::run::{built_in_sandbox, judge_again};
use crate::sut::Target;

/// Runs the command that the command line names.
///
/// # Errors
/// Returns an error if the command fails for another reason than a requirement that the server broke.
pub(crate) async fn run(cli: Cli, program: &Program) -> Result<Exit, Failure> {
    match cli.command {
        None => judge_server(cli.run, &cli.show, program).await,
        Some(Command::Judge(args)) => judge_recorded(&args, program),
        Some(Command::Compare(args)) => compare::run(&args, program),
        Some(Command::Export(args)) => export::run(*args, program).await,
        Some(Command::Merge(args)) => judge_joined(&args, program),
        Some(Command::Replay(args)) => {
            replay::run(args.run, &args.case, args.history.as_deref(), program).await
        }
        Some(Command::Client(args)) => client::run(*args, program).await,
        Some(Command::Doctor(args)) => doctor::run(args.run, args.json, program).await,
        Some(Command::Init { folder }) => show(&init::init(&folder)?),
        Some(Command::List) => {
            let contract = load(None)?;
            show(&Explainer { program, contract: &contract, width: width() }.list())
        }
        Some(Command::Explain { id, spec }) => explain(&id, spec.as_deref(), program).await,
        Some(Command::Completions { shell }) => show(&completions(shell, program)),
        Some(Command::Man { command }) => show(&man(command.as_deref(), program)?),
    }
}

/// Prints a text, and ends with success.
fn show(text: &str) -> Result<Exit, Failure> {
    say(text)?;
    Ok(Exit::Conformant)
}

/// The width of standard output, in columns.
fn width() -> usize {
    Look::of(&console::Term::stdout(), Color::Never, Verbosity::Normal).width
}

fn completions(shell: clap_complete::Shell, program: &Program) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::command(program), program.name(), &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Renders the man page of the program or of one of its commands.
fn man(name: Option<&str>, program: &Program) -> Result<String, Failure> {
    let mut command = args::command(program);
    command.build();
    if let Some(name) = name {
        let found = command.find_subcommand(name).cloned();
        command = found.ok_or_else(|| Failure::NoCommand(name.to_owned()))?;
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(Failure::Man)?;
    let page = String::from_utf8_lossy(&page);
    // The tables after the flags must keep their line breaks; without `.nf`, the renderer would fill and justify them.
    let page = page.replace(".SH EXTRA\n", ".SH NOTES\n.nf\n").replace(".SH VERSION\n", ".fi\n.SH VERSION\n");
    Ok(page)
}

/// Explains an id, with the cases that are sent for it to a server with provider states. The cases are planned against
/// the built-in sandbox, and no order is sent.
async fn explain(id: &str, spec: Option<&Path>, program: &Program) -> Result<Exit, Failure> {
    let contract = Arc::new(load(spec)?);
    let id = explain::known(&contract, id)?;
    let (sandbox, url, states) =
        built_in_sandbox::sandbox(contract.clone(), sandbox::Behaviour::default()).await?;
    let target = Target { states: Some(states.clone()), ..Target::new(url) };
    let options = Options { only: vec![id.clone()], ..Options::new(Tier::Standard, 1) };
    let cases = match session::prepare(contract.clone(), target, Some(states), &options).await {
        Ok(prepared) => prepared.cases,
        Err(SessionError::NothingMatches(_)) => Vec::new(),
        Err(other) => return Err(other.into()),
    };
    sandbox.stop().await;
    show(&Explainer { program, contract: &contract, width: width() }.explain(&id, &cases))
}

/// What `--insecure` implies; printed before a run and noted in its report.
const INSECURE: &str = "--insecure: nothing proves that the answers came from the server, and anybody on the way could read the \
                        keys that were sent to";

/// Writes the reports of a run that could not start because the server is unreachable, for tools that read reports
/// rather than exit codes.
fn report_unreached(
    program: &Program,
    args: &RunArgs,
    (contract, shown): (&Contract, String),
    options: &Options,
    why: &DiscoverError,
) -> Result<(), Failure> {
    if !why.unreachable() {
        // An error in the configuration is the user's to correct and says nothing about the server.
        return Ok(());
    }
    let ready = Ready::new(program, contract, &args.output)?;
    let finished = session::unreached(contract, shown, options, why).map_err(SessionError::from)?;
    report_alone(&finished, &ready);
    Ok(())
}

/// Performs a run: plans, sends, judges and reports.
async fn judge_server(mut args: RunArgs, show_args: &ShowArgs, program: &Program) -> Result<Exit, Failure> {
    let these = match args.plan.rerun_failed.clone() {
        None => Vec::new(),
        Some(history) => match replay::failed(&mut args, &history)? {
            these if these.is_empty() => return show(&format!("nothing failed in {}\n", history.display())),
            these => these,
        },
    };
    let args = &args;
    let Setup { contract, target, states, mut options, sandbox } = Setup::of(args).await?;
    options.these = these;
    signals::watch(program.clone(), options.stop.clone(), options.journal.clone());
    let again = again(args, &target, states.as_ref());
    let insecure = args.access.insecure.then(|| format!("{INSECURE} {}", target.shown()));
    if let Some(warning) = &insecure {
        eprintln!("warning: {warning}");
    }
    let shown = target.shown();
    let mut prepared = match session::prepare(contract.clone(), target, states, &options).await {
        Err(SessionError::Discover(why)) if !(show_args.dry_run || show_args.explain_plan.is_some()) => {
            report_unreached(program, args, (&contract, shown), &options, &why)?;
            return Err(SessionError::Discover(why).into());
        }
        prepared => prepared?,
    };
    prepared.header.again = again;
    if let Some(revision) = args.plan.changed_since.as_ref().filter(|_| !args.output.quiet) {
        let first = prepared.brought_forward(&options.first);
        tell(&changed_since::note(revision, &options.first, first, prepared.cases.len()));
    }
    if show_args.dry_run {
        let shown = if show_args.json {
            dry_run::json(&prepared.header, &prepared.cases)
        } else {
            dry_run::dry_run(&prepared.header, &prepared.cases, &prepared.unplanned)
        };
        prepared.leave(&options).await;
        return show(&shown);
    }
    if let Some(wanted) = &show_args.explain_plan {
        let shown = dry_run::explain_plan(&prepared.cases, wanted);
        prepared.leave(&options).await;
        return show(&shown);
    }
    let ready = match Ready::new(program, &contract, &args.output) {
        Ok(ready) => ready,
        Err(failure) => {
            prepared.leave(&options).await;
            return Err(failure);
        }
    };
    let mut sink = progress(&args.output);
    let mut finished = prepared.run(&options, sink.as_mut()).await?;
    finished.judgement.notes.extend(insecure);
    drop(sink);
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    conclude(finished, &ready, &options.journal)
}

/// `judge`: judges one recorded history.
fn judge_recorded(args: &JudgeArgs, program: &Program) -> Result<Exit, Failure> {
    let contract = load(args.spec.as_deref())?;
    let [path] = args.histories.as_slice() else { return Err(Failure::OneHistory) };
    let ready = Ready::new(program, &contract, &args.output)?;
    judge(&contract, recorded::read(path)?, &ready)
}

/// `merge`: judges the histories of several shards as one run.
fn judge_joined(args: &JudgeArgs, program: &Program) -> Result<Exit, Failure> {
    let contract = load(args.spec.as_deref())?;
    let ready = Ready::new(program, &contract, &args.output)?;
    let read = |path: &PathBuf| Ok((path.clone(), recorded::read(path)?));
    let histories = args.histories.iter().map(read).collect::<Result<Vec<_>, Failure>>()?;
    judge(&contract, recorded::join(histories)?, &ready)
}

fn judge(contract: &Contract, history: recorded::History, ready: &Ready<'_>) -> Result<Exit, Failure> {
    conclude(judge_again::judge(contract, history)?, ready, &Journal::none())
}

/// Chooses how progress is shown: a bar on a terminal, lines elsewhere, nothing with `--quiet`.
fn progress(args: &OutputArgs) -> Box<dyn Sink + Send> {
    if args.quiet {
        return Box::new(Silent);
    }
    let term = console::Term::stderr();
    let look = Look::of(&term, args.color, Verbosity::of(args.quiet, args.verbose));
    let start = std::time::Instant::now();
    let clock = Box::new(move || start.elapsed());
    if term.is_term() && !is_dumb() {
        Box::new(Progress::bar(indicatif::ProgressDrawTarget::stderr(), look, clock))
    } else {
        Box::new(Progress::lines(Box::new(std::io::stderr()), look, clock))
    }
}
