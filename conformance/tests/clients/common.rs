//! Starts the program and the clients.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Returns the folder of these tests.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

/// Returns `conformance client` with some arguments.
pub(crate) fn client(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conformance"));
    let built = Path::new(env!("CARGO_BIN_EXE_conformance")).parent().unwrap();
    command.arg("client").args(words).env("BUILT", built).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Returns the command that runs a client's language, or `None` with a message if this machine does not have it.
pub(crate) fn interpreter(file: &Path) -> Option<Vec<&'static str>> {
    let (words, probe): (&[&str], &[&str]) = match file.extension()?.to_str()? {
        "py" => (&["python3"], &["python3", "-c", "import requests"]),
        "mjs" => (&["node"], &["node", "--eval", "fetch"]),
        "sh" => (&["sh"], &["curl", "--version"]),
        _ => return None,
    };
    let found = Command::new(probe[0]).args(&probe[1..]).output().is_ok_and(|it| it.status.success());
    if !found {
        eprintln!("passed over, for want of `{}`: {}", probe.join(" "), file.display());
    }
    found.then(|| words.to_vec())
}

/// Judges a client of this folder; returns the output and the ids of the findings.
pub(crate) fn judged(file: &str, words: &[&str]) -> Option<(Output, Vec<String>)> {
    let path = folder().join(file);
    let interpreter = interpreter(&path)?;
    let dir = tempfile::tempdir().unwrap();
    let report = dir.path().join("report.json");
    let json = format!("json={}", report.display());
    let mut command = client(words);
    command.args(["--report", &json, "--timeout", "30", "--"]).args(interpreter).arg(&path);
    let output = command.output().unwrap();
    let view: serde_json::Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    let ids =
        view["causes"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect();
    Some((output, ids))
}
