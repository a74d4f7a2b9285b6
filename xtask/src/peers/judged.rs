//! Judges partner programs as clients: it shows which rules a client breaks that was generated from the document with
//! default settings.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::ask::scratch;
use super::setup::build;
use crate::Error;

/// Number of scenarios that are named for each rule.
const NAMED: usize = 3;

/// Judges a program in every scenario of every task. Returns how many it passes, and which rules it breaks in which
/// scenarios.
pub(super) fn as_client(partner: &Command) -> Result<String, Error> {
    let dir = scratch()?;
    let report = dir.path().join("client.json");
    let mut judge = Command::new(build(&["-p", "conformance", "--bin", "conformance"])?);
    judge.args(["client", "--quiet", "--task", "buy,buy-and-wait,balance"]);
    judge.arg("--report").arg(format!("json={}", report.display())).arg("--").arg(partner.get_program());
    judge.args(partner.get_args());
    if let Some(folder) = partner.get_current_dir() {
        judge.current_dir(folder);
    }
    for (name, value) in partner.get_envs() {
        if let Some(value) = value {
            judge.env(name, value);
        }
    }
    let ended = judge.output().map_err(|error| Error::Usage(format!("conformance client: {error}")))?;
    // Exit codes 0 and 1 are verdicts; any other means that nothing was judged.
    if !matches!(ended.status.code(), Some(0 | 1)) {
        return Err(Error::Failed(String::from_utf8_lossy(&ended.stderr).into_owned()));
    }
    told(&report)
}

/// Summarises a report in one line.
fn told(report: &Path) -> Result<String, Error> {
    let text = std::fs::read_to_string(report).map_err(Error::file(report))?;
    let view: Value = serde_json::from_str(&text)
        .map_err(|error| Error::Internal(format!("{}: {error}", report.display())))?;
    let list = |name: &str| view.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let scenarios = list("scenarios");
    let failed = scenarios.iter().filter(|it| it.get("outcome").is_some_and(|it| it == "fail")).count();
    let mut out = format!("{} of {} scenarios", scenarios.len() - failed, scenarios.len());
    for cause in list("causes") {
        let text = |name: &str| cause.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let seen = cause.get("scenarios").and_then(Value::as_array).cloned().unwrap_or_default();
        let names: Vec<&str> = seen.iter().take(NAMED).filter_map(Value::as_str).collect();
        let more =
            if seen.len() > NAMED { format!(" and {} more", seen.len() - NAMED) } else { String::new() };
        let word = if cause.get("fails") == Some(&Value::Bool(true)) { "" } else { " (warning)" };
        out += &format!("; {}{word} in {}{more}", text("id"), names.join(", "));
    }
    Ok(out)
}
