//! Tries the program from an archive with nothing else around it: no Rust, no repository, no environment.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use super::{PROGRAM, archive};
use crate::Error;

/// Unpacks an archive into an empty folder and runs the program there: it prints its version and judges its own
/// sandbox. Returns what it printed, for a person to read.
///
/// # Errors
/// The program does not start there, is of another version, or finds a failure in its own sandbox.
pub(super) fn of(packed: &Path, folder: &str, version: &str) -> Result<Vec<String>, Error> {
    let empty = tempfile::tempdir().map_err(Error::file(packed))?;
    archive::unpack(packed, empty.path())?;
    let program = empty.path().join(folder).join(format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX));
    let told = said(&program, &["--version", "--verbose"])?;
    if told.lines().next() != Some(&format!("{PROGRAM} {version}")) {
        return Err(Error::Failed(format!(
            "the program in the archive is not of version {version}:\n{told}"
        )));
    }
    let start = Instant::now();
    let judged = said(&program, &["--tier", "smoke", "--seed", "1"])?;
    let verdict = judged.lines().rfind(|line| !line.is_empty()).unwrap_or_default();
    let took = start.elapsed().as_millis();
    let lines = told.lines().map(str::to_owned);
    Ok(lines.chain([format!("{verdict}, after {took} ms")]).collect())
}

/// Runs a program in its own folder with an empty environment, and returns what it prints.
///
/// # Errors
/// The program can't be started, or ends with a failure.
pub(super) fn said(program: &Path, words: &[&str]) -> Result<String, Error> {
    let program = program.canonicalize().map_err(Error::file(program))?;
    let mut command = Command::new(&program);
    command.args(words).env_clear().current_dir(program.parent().unwrap_or(Path::new(".")));
    // Windows can't open a socket without this variable.
    if let Some(system) = std::env::var_os("SystemRoot") {
        command.env("SystemRoot", system);
    }
    let output = command.output().map_err(Error::file(&program))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    let (words, status) = (words.join(" "), output.status);
    let told = text(&output.stderr) + &text(&output.stdout);
    Err(Error::Failed(format!("`{PROGRAM} {words}` does not work on its own ({status}):\n{told}")))
}
