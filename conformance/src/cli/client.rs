//! `client`: judges a program that uses the API, or what was recorded of one.

use std::fmt::Write as _;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use spec::{ClientRule, Contract};

use crate::cli::client_args::{ClientArgs, ClientCommand, ClientOutputArgs, ClientRunArgs};
use crate::cli::error::Failure;
use crate::cli::options::load;
use crate::cli::signals;
use crate::cli::stdout::{say, tell};
use crate::client::error::ClientError;
use crate::client::history::{self, Recording};
use crate::client::judge::judge;
use crate::client::report::view::{Subject, View};
use crate::client::report::{files, terminal};
use crate::client::scenario::Scenario;
use crate::client::session::{self, Chosen};
use crate::client::stage::Stage;
use crate::client::start::Program as Client;
use crate::exit::Exit;
use crate::report::file;
use crate::report::look::{Look, Verbosity};
use crate::report::output::{Format, Written};
use crate::report::program::Program;
use crate::report::text::{shell_word, visible};

/// How often a recording that goes on is written.
const WRITTEN: Duration = Duration::from_millis(300);

/// Does what the command line says.
///
/// # Errors
/// The client can't be judged; what it does wrong is no error.
pub(crate) async fn run(args: ClientArgs, program: &Program) -> Result<Exit, Failure> {
    match args.instead {
        None => started(&args.run, program).await,
        Some(ClientCommand::Judge { recordings, output }) => recorded(&recordings, &output, program),
        Some(ClientCommand::Serve { scenario, port, record }) => {
            serve(&scenario, port, record.as_deref()).await
        }
    }
}

/// The rules for clients under a contract.
///
/// # Errors
/// They can't be read: a fault of this program.
pub(crate) fn rules(contract: &Contract) -> Result<Vec<ClientRule>, ClientError> {
    spec::client_rules(&contract.limits).map_err(|error| ClientError::Rules(error.to_string()))
}

/// Runs the client over the scenarios that are chosen.
async fn started(args: &ClientRunArgs, program: &Program) -> Result<Exit, Failure> {
    let contract = Arc::new(load(None)?);
    let choice = Chosen {
        tasks: if args.list { Vec::new() } else { args.task.clone() },
        only: args.only.clone(),
        pairs: args.pairs,
    };
    let scenarios = session::chosen(&choice)?;
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
    ready.conclude(recordings, &name)
}

/// Judges what was recorded elsewhere.
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
    ready.conclude(recordings, &names.join(" "))
}

/// Is the server of a scenario until it is told to stop.
async fn serve(name: &str, port: u16, record: Option<&Path>) -> Result<Exit, Failure> {
    let contract = Arc::new(load(None)?);
    let choice = Chosen { only: vec![name.to_owned()], ..Chosen::default() };
    let mut scenarios = session::chosen(&choice)?.into_iter();
    let exact = scenarios.find(|it| it.name == name);
    let scenario = exact.ok_or_else(|| ClientError::NoScenario(name.to_owned()))?;
    if let Some(path) = record {
        file::writable(path)?;
    }
    let stage = Stage::set(&contract, &scenario, port).await?;
    // The key is one of the sandbox's own, and is shown so that a client can be given it.
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

/// The scenarios as a table: name, task, what happens.
fn listed(scenarios: &[Scenario]) -> String {
    let mut out = String::new();
    for it in scenarios {
        _ = writeln!(out, "{:<28} {:<13} {}", it.name, it.task.name(), it.about);
    }
    out
}

/// What the end needs, looked at before a client is started.
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
        if files.iter().filter(|(_, path)| file::is_stdout(path)).count() > 1 {
            return Err(Failure::TwoToStdout);
        }
        files.iter().try_for_each(|(_, path)| file::writable(path))?;
        Ok(Self { contract, rules: rules(contract)?, output, files, program })
    }

    /// Judges, shows and writes.
    fn conclude(&self, recordings: Vec<Recording>, name: &str) -> Result<Exit, Failure> {
        let judged = judge(self.contract, &self.rules, recordings);
        let date = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let view = View::of(self.contract, &self.rules, &judged, Subject { name, date: &date });
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
        // What a client does wrong outranks a report that can't be written.
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
