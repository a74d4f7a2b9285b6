//! `client`: judges a program that uses the API, or a recording of one.

use std::fmt::Write as _;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use spec::{ClientRule, Contract};

use crate::cli::client_args::{ClientArgs, ClientCommand, ClientOutputArgs, ClientRunArgs, TIMEOUT};
use crate::cli::error::Failure;
use crate::cli::finish::apart;
use crate::cli::options::load;
use crate::cli::signals;
use crate::cli::stdout::{say, tell};
use crate::client::error::ClientError;
use crate::client::history::{self, Recording};
use crate::client::judge::judge;
use crate::client::report::view::{Subject, View};
use crate::client::report::{files, terminal};
use crate::client::rules;
use crate::client::scenario::Scenario;
use crate::client::session::{self, Chosen};
use crate::client::stage::Stage;
use crate::client::start::Program as Client;
use crate::client::task::TaskKind;
use crate::exit::Exit;
use crate::report::file;
use crate::report::look::{Look, Verbosity};
use crate::report::output::{Format, Written};
use crate::report::program::Program;
use crate::report::text::{shell_word, visible};

/// How often an ongoing recording is written to its file.
const WRITTEN: Duration = Duration::from_millis(300);

/// Runs the `client` command.
///
/// # Errors
/// Returns an error if the client can't be judged. A client that breaks a rule is a verdict, not an error.
pub(crate) async fn run(args: ClientArgs, program: &Program) -> Result<Exit, Failure> {
    match args.instead {
        None => started(&args.run, program).await,
        Some(ClientCommand::Judge { recordings, output }) => recorded(&recordings, &output, program),
        Some(ClientCommand::Serve { scenario, port, record }) => {
            serve(&scenario, port, record.as_deref()).await
        }
    }
}

/// Runs the client in each of the chosen scenarios, and judges it.
async fn started(args: &ClientRunArgs, program: &Program) -> Result<Exit, Failure> {
    let contract = Arc::new(load(None)?);
    let scenarios = chosen(args)?;
    if args.list {
        say(&listed(&scenarios))?;
        return Ok(Exit::Conformant);
    }
    if args.command.is_empty() {
        return Err(Failure::NoClient);
    }
    let ready = Ready::new(&contract, &args.output, program)?;
    let client = Client {
        command: args.command.clone(),
        environment: Vec::new(),
        timeout: Duration::from_secs(args.timeout),
        codes: args.exit_codes.clone().unwrap_or_default(),
    };
    let told = |done: &Recording| {
        if !args.output.quiet {
            tell(&format!("{:<28} {}", done.head.scenario, visible(&done.head.about)));
        }
    };
    let running = session::run(&contract, &scenarios, &client, usize::from(args.jobs), told);
    let recordings = tokio::select! {
        recordings = running => recordings?,
        signal = signals::first() => {
            tell(&format!("{}: {signal}: stopped before all scenarios were run; nothing is judged", program.name()));
            return Ok(Exit::Incomplete);
        }
    };
    let name = args.command.iter().map(|it| shell_word(it)).collect::<Vec<_>>().join(" ");
    let again = (program.line("client --only "), behind(args, &name));
    let file = own_file(&args.command);
    let again = Some((again.0.as_str(), again.1.as_str()));
    ready.conclude(recordings, Subject { name: &name, date: "", file: file.as_deref(), again })
}

/// Returns the chosen scenarios. If scenarios are named and no task is, scenarios of any task match.
fn chosen(args: &ClientRunArgs) -> Result<Vec<Scenario>, ClientError> {
    let tasks = if args.task.is_empty() && !args.list { vec![TaskKind::Buy] } else { args.task.clone() };
    let choice = Chosen { tasks, only: args.only.clone(), pairs: args.pairs, seed: args.seed };
    session::chosen(&choice).or_else(|error| {
        if args.task.is_empty() && !args.only.is_empty() {
            return session::chosen(&Chosen { tasks: Vec::new(), ..choice.clone() });
        }
        Err(error)
    })
}

/// Returns the arguments that follow the name of a scenario in the command that runs it again.
fn behind(args: &ClientRunArgs, name: &str) -> String {
    let codes = args.exit_codes.as_ref().map(|it| format!(" --exit-codes {it}")).unwrap_or_default();
    let timeout =
        if args.timeout == TIMEOUT { String::new() } else { format!(" --timeout {}", args.timeout) };
    let seed = if args.seed == 0 { String::new() } else { format!(" --seed {}", args.seed) };
    format!("{codes}{timeout}{seed} -- {name}")
}

/// Returns the first word of a command that is a file below the current directory, relative to that directory.
fn own_file(command: &[String]) -> Option<String> {
    let here = std::env::current_dir().and_then(|it| it.canonicalize()).ok()?;
    let below = |word: &String| {
        let file = Path::new(word).canonicalize().ok().filter(|it| it.is_file())?;
        Some(file.strip_prefix(&here).ok()?.to_str()?.replace(std::path::MAIN_SEPARATOR, "/"))
    };
    command.iter().find_map(below)
}

/// Judges recordings that were made elsewhere.
fn recorded(paths: &[PathBuf], output: &ClientOutputArgs, program: &Program) -> Result<Exit, Failure> {
    let contract = Arc::new(load(None)?);
    let ready = Ready::new(&contract, output, program)?;
    let mut recordings = Vec::new();
    for path in paths {
        let wrong = |source| ClientError::Record { path: path.clone(), source };
        let file = std::fs::File::open(path).map_err(|error| wrong(error.into()))?;
        recordings.extend(history::read(BufReader::new(file)).map_err(wrong)?);
    }
    let names: Vec<String> = paths.iter().map(|it| it.display().to_string()).collect();
    let name = names.join(" ");
    ready.conclude(recordings, Subject { name: &name, date: "", file: None, again: None })
}

/// Serves one scenario until a signal ends it.
async fn serve(name: &str, port: u16, record: Option<&Path>) -> Result<Exit, Failure> {
    let contract = Arc::new(load(None)?);
    let choice = Chosen { only: vec![name.to_owned()], ..Chosen::default() };
    let scenarios = session::chosen(&choice)?;
    let exact = scenarios.iter().find(|it| it.name == name);
    let scenario = exact.ok_or_else(|| session::unknown(name, &scenarios))?;
    if let Some(path) = record {
        file::writable(path)?;
    }
    let stage = Stage::set(&contract, scenario, port).await?;
    // The key belongs to the sandbox, so it is printed for use by the client.
    let mut shown = format!("{}: {}\n\n", scenario.name, scenario.about);
    for (variable, value) in stage.task.environment(&stage.front.url, stage.key.expose()) {
        _ = writeln!(shown, "export {variable}={}", shell_word(&value));
    }
    say(&(shown + "\nRun the client once; a recording is about one task.\nCtrl-C ends it\n"))?;
    let lines = |stage: &Stage| {
        let recording = Recording { head: stage.head.clone(), exchanges: stage.front.recorded(), end: None };
        recording.lines().unwrap_or_default()
    };
    let mut written = String::new();
    let stopped = signals::first();
    tokio::pin!(stopped);
    loop {
        let over = tokio::select! {
            _ = &mut stopped => true,
            () = tokio::time::sleep(WRITTEN) => false,
        };
        let now = lines(&stage);
        if let Some(path) = record.filter(|_| now != written) {
            file::whole(path, now.as_bytes())?;
            written = now;
        }
        if over {
            break;
        }
    }
    stage.strike().await;
    Ok(Exit::Conformant)
}

/// Formats the scenarios as a table: name, task, description.
fn listed(scenarios: &[Scenario]) -> String {
    let mut out = String::new();
    for it in scenarios {
        _ = writeln!(out, "{:<28} {:<13} {}", it.name, it.task.name(), it.about);
    }
    out
}

/// What the end of the command needs, checked before a client is started.
struct Ready<'a> {
    contract: &'a Contract,
    rules: Vec<ClientRule>,
    output: &'a ClientOutputArgs,
    files: Vec<(Format, PathBuf)>,
    program: &'a Program,
}

impl<'a> Ready<'a> {
    fn new(
        contract: &'a Contract,
        output: &'a ClientOutputArgs,
        program: &'a Program,
    ) -> Result<Self, Failure> {
        let files = files::plan(&output.report)?;
        apart(files.iter().map(|(_, path)| path.as_path()))?;
        files.iter().try_for_each(|(_, path)| file::writable(path))?;
        Ok(Self { contract, rules: rules(contract)?, output, files, program })
    }

    /// Judges the recordings, prints the result and writes the reports.
    fn conclude(&self, recordings: Vec<Recording>, subject: Subject<'_>) -> Result<Exit, Failure> {
        let judged = judge(self.contract, &self.rules, recordings);
        let date = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let view = View::of(self.contract, &self.rules, &judged, Subject { date: &date, ..subject });
        let aside = self.files.iter().any(|(_, path)| file::is_stdout(path));
        let term = if aside { console::Term::stderr() } else { console::Term::stdout() };
        let look = Look::of(&term, self.output.color, Verbosity::of(self.output.quiet, self.output.verbose));
        let show = |text: &str| {
            if aside {
                tell(text.trim_end());
                return Ok(());
            }
            say(text)
        };
        let shown = show(&terminal::render(&view, &look));
        let Written { files, failures } = files::write(&self.files, &view, &judged);
        for path in files.iter().filter(|path| !file::is_stdout(path) && !self.output.quiet) {
            show(&format!("wrote {}\n", path.display()))?;
        }
        let exit = match (view.conforms, view.is_empty()) {
            (true, _) => Exit::Conformant,
            (_, true) => Exit::Incomplete,
            _ => Exit::NotConformant,
        };
        // A client that breaks a rule takes precedence over a report that can't be written.
        let failed = shown.err().into_iter().chain(failures.into_iter().map(Failure::from));
        let mut ended = Ok(exit);
        for failure in failed {
            match exit {
                Exit::NotConformant => tell(&format!("{}: {}", self.program.name(), failure.told())),
                _ => ended = Err(failure),
            }
        }
        ended
    }
}
