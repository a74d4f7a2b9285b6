//! Runs the output of `conformance export` with the tools that it is written for: it must pass against the sandbox, and
//! fail against a sandbox with a planted fault.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::setup::{Setup, build};
use super::tools::{Server, Tools, output};
use crate::Error;

/// Faults that the boundary cases reveal with any tool: a count, a wallet and a debit.
const FAULTS: [&str; 3] = ["count-unbounded", "balance-unchecked", "debit-twice"];

/// Sets the arguments that run a tool against a server.
type Run = fn(Command, &Path, url: &str) -> Result<Command, Error>;

pub(super) fn hurl(setup: &Setup, tools: &Tools) -> Result<String, Error> {
    exported(setup, tools, ("hurl", "hurl"), |mut command, dir, url| {
        command.args(["--test", "--variables-file", "variables.env"]);
        command.arg("--variable").arg(format!("base_url={url}"));
        command.arg("--variable").arg(format!("states_url={url}/_states"));
        let entries = std::fs::read_dir(dir).map_err(Error::file(dir))?;
        let files = entries.filter_map(|it| Some(it.ok()?.path()));
        let mut files: Vec<PathBuf> =
            files.filter(|it| it.extension().is_some_and(|it| it == "hurl")).collect();
        files.sort();
        command.args(files);
        Ok(command)
    })
}

pub(super) fn newman(setup: &Setup, tools: &Tools) -> Result<String, Error> {
    exported(setup, tools, ("newman", "postman"), |mut command, _, url| {
        command
            .args(["run", "collection.json", "--reporters", "cli", "--bail", "--env-var"])
            .arg(format!("base_url={url}"));
        command.arg("--env-var").arg(format!("states_url={url}/_states"));
        Ok(command)
    })
}

pub(super) fn k6(setup: &Setup, tools: &Tools) -> Result<String, Error> {
    exported(setup, tools, ("k6", "k6"), |mut command, _, url| {
        command.args(["run", "--quiet", "-e"]).arg(format!("BASE_URL={url}"));
        command.arg("-e").arg(format!("STATES_URL={url}/_states")).arg("script.js");
        Ok(command)
    })
}

pub(super) fn curl(setup: &Setup, tools: &Tools) -> Result<String, Error> {
    exported(setup, tools, ("sh", "curl"), |mut command, _, url| {
        command.arg("run.sh").env("BASE_URL", url).env("STATES_URL", format!("{url}/_states"));
        Ok(command)
    })
}

/// Exports the smoke tier in a format and runs it with a program.
fn exported(
    setup: &Setup,
    tools: &Tools,
    (program, format): (&str, &str),
    run: Run,
) -> Result<String, Error> {
    let scratch = super::ask::scratch()?;
    let dir = scratch.path().join("out");
    let mut export = Command::new(build(&["-p", "conformance", "--bin", "conformance"])?);
    export.args(["export", "--tier", "smoke", "--format", format, "--url", setup.url()]);
    export.arg("--states").arg(format!("{}/_states", setup.url())).arg("--out").arg(&dir);
    let said = output(export)?;
    let at = |url: &str| output(run(tools.command(program, &dir)?, &dir, url)?);
    at(setup.url())?;
    for fault in FAULTS {
        let mut sandbox = Command::new(build(&["-p", "sandbox", "--bin", "sandbox"])?);
        sandbox.args(["--port", "0", "--states", "--speed", "100", "--log", "off", "--fault", fault]);
        let wrong = Server::start(sandbox, "Listening on ")?;
        if at(&wrong.url).is_ok() {
            return Err(Error::Failed(format!("it passes at a sandbox with the fault {fault}")));
        }
    }
    let cases = said.split(" in ").next().unwrap_or_default().trim_start_matches("wrote ");
    Ok(format!("{cases} pass; it fails at each of {}", FAULTS.join(", ")))
}
