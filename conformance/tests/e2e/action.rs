//! The action, as a workflow of another repository uses it: its own script, in a folder without any files of this
//! repository.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_yaml::Value;

use crate::common::proxy::{Fate, Proxy};
use crate::common::{Ended, fault, faultless, start, states_of};

fn action() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../action.yml");
    serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Returns a step by its id.
fn step<'a>(action: &'a Value, id: &str) -> &'a Value {
    let steps = action["runs"]["steps"].as_sequence().unwrap();
    steps.iter().find(|it| it["id"] == id).unwrap()
}

/// Returns what a runner substitutes for `${{ inputs.NAME }}`.
fn filled(action: &Value, text: &str, inputs: &BTreeMap<&str, String>) -> String {
    let name = text.strip_prefix("${{ inputs.").and_then(|it| it.strip_suffix(" }}"));
    let name = name.unwrap_or_else(|| panic!("{text}: only inputs are passed on"));
    let declared = &action["inputs"][name];
    assert!(declared.is_mapping(), "no input {name}");
    inputs.get(name).cloned().unwrap_or_else(|| declared["default"].as_str().unwrap().to_owned())
}

/// Result of the step: how it ended, its outputs, and the folder of its reports.
struct Ran {
    ended: Ended,
    outputs: String,
    folder: tempfile::TempDir,
}

impl Ran {
    fn report(&self) -> String {
        let path = self.folder.path().join("temp/conformance-report/report.json");
        std::fs::read_to_string(path).unwrap_or_default()
    }
}

/// Runs the step with these inputs, in a checkout that has only these files.
async fn ran(inputs: &[(&'static str, &str)], files: &[(&str, &str)]) -> Ran {
    let inputs: BTreeMap<&str, String> = inputs.iter().map(|(name, it)| (*name, (*it).to_owned())).collect();
    let (action, folder) = (action(), tempfile::tempdir().unwrap());
    for name in inputs.keys() {
        assert!(action["inputs"][*name].is_mapping(), "no input {name}");
    }
    let (checkout, temp) = (folder.path().join("checkout"), folder.path().join("temp"));
    std::fs::create_dir_all(&checkout).unwrap();
    std::fs::create_dir_all(temp.join("conformance-program")).unwrap();
    for (name, text) in files {
        std::fs::write(checkout.join(name), text).unwrap();
    }
    let program = temp.join("conformance-program/conformance");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_conformance"), program).unwrap();
    let step = step(&action, "run");
    let mut command = Command::new("bash");
    // These are the arguments of a GitHub runner.
    command.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c"]).arg(step["run"].as_str().unwrap());
    command.current_dir(&checkout).env_clear();
    command.env("PATH", std::env::var("PATH").unwrap()).env("HOME", folder.path());
    command.env("RUNNER_TEMP", &temp).env("GITHUB_OUTPUT", temp.join("output")).env("GITHUB_ACTIONS", "true");
    command.env("GITHUB_STEP_SUMMARY", temp.join("summary"));
    for (name, text) in step["env"].as_mapping().unwrap() {
        command.env(name.as_str().unwrap(), filled(&action, text.as_str().unwrap(), &inputs));
    }
    let ended: Ended = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap().into();
    let outputs = std::fs::read_to_string(temp.join("output")).unwrap_or_default();
    let kept: Vec<_> = std::fs::read_dir(&checkout).unwrap().collect();
    assert_eq!(kept.len(), files.len(), "the checkout stays as it was: {kept:?}");
    Ran { ended, outputs, folder }
}

fn verdict(ran: &Ran) -> &str {
    let line = ran.outputs.lines().find_map(|it| it.strip_prefix("verdict="));
    line.unwrap_or_else(|| panic!("{:?}", ran.ended))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_input_reaches_the_program() {
    let sandbox = start(|config| config.behaviour = fault("count-unbounded")).await;
    let states = states_of(&sandbox);
    let target = [("url", sandbox.url()), ("states", states.as_str()), ("seed", "4")];
    let first = ran(&[&target[..], &[("tier", "smoke"), ("shard", "1/1")]].concat(), &[]).await;
    assert_eq!((first.ended.code, verdict(&first)), (Some(1), "not-conformant"), "{:?}", first.ended);
    assert!(first.report().contains("\"seed\": 4") || first.report().contains("\"seed\":4"));
    assert!(first.ended.stdout.contains("::error"), "annotations come by themselves");
    let summary = std::fs::read_to_string(first.folder.path().join("temp/summary")).unwrap();
    assert!(summary.contains("COUNT-HIGH"));
    // A configuration file in the checkout, and known failures.
    let known = "[[known]]\nrequirement = \"COUNT-HIGH\"\ncause = \"accepted\"\nreason = \"being fixed\"\nticket = \"A-1\"\nexpires = 2099-01-01\n";
    let config = format!("tier = \"smoke\"\nurl = {:?}\nstates = {states:?}\n", sandbox.url());
    let files = [("conformance.toml", config.as_str()), ("known.toml", known)];
    let inputs = [("config", "conformance.toml"), ("baseline", "known.toml"), ("seed", "4")];
    let known = ran(&inputs, &files).await;
    assert_eq!(verdict(&known), "conformant", "{:?}", known.ended);
    let wrong = ran(&[("tier", "all")], &[]).await;
    assert_eq!((wrong.ended.code, verdict(&wrong)), (Some(2), "usage"));
}

/// A key, the ids that may be bought, what may stay incomplete, and headers that a gateway requires: secrets are passed
/// by the environment and never printed.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_and_headers_are_passed_on_and_never_shown() {
    const SECRETS: [&str; 2] = ["Bearer gateway-s3cr3t-value", "tenant: with colons-s3cr3t"];
    let sandbox = faultless().await;
    let wanted = |it: &crate::common::proxy::Message| {
        let is = |name: &str, value: &str| it.header(name).as_deref() == Some(value);
        match is("authorization", SECRETS[0]) && is("x-tenant", SECRETS[1]) {
            true => Fate::Pass,
            false => Fate::Answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"),
        }
    };
    let gateway = Proxy::start(sandbox.url(), Box::new(wanted)).await;
    let demo = sandbox.demo();
    let key = demo.accounts.iter().find(|it| it.name == "agent").unwrap().key.expose().to_owned();
    let package = &demo.catalog.operators[0].products[0].packages[0].id;
    let headers = format!("Authorization: {}\n\nX-Tenant: {}\n", SECRETS[0], SECRETS[1]);
    let open = ["ROLE-SUPERAGENT", "ROLE-OTHER", "BALANCE-EXACT", "BALANCE-SHORT", "MONEY-RACE"];
    let allowed = open.map(|id| format!("{id}=one key = one role\n")).concat();
    let inputs = [
        ("url", gateway.url.as_str()),
        ("api-key", key.as_str()),
        ("package", package.as_str()),
        ("headers", headers.as_str()),
        ("allow-incomplete", allowed.as_str()),
        ("tier", "smoke"),
        ("seed", "1"),
    ];
    let ran = ran(&inputs, &[]).await;
    assert_eq!((ran.ended.code, verdict(&ran)), (Some(0), "conformant"), "{:?}", ran.ended);
    let mut all = format!("{:?}{}", ran.ended, ran.outputs);
    for entry in std::fs::read_dir(ran.folder.path().join("temp/conformance-report")).unwrap() {
        all += &String::from_utf8_lossy(&std::fs::read(entry.unwrap().path()).unwrap());
    }
    for secret in SECRETS.iter().copied().chain([key.as_str()]) {
        assert!(!all.contains(secret), "{secret} is shown");
    }
}

/// The run is compared with the last report, and its own report is kept for the next run.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_compared_with_the_one_before() {
    let sandbox = start(|config| config.behaviour = fault("count-unbounded")).await;
    let right = faultless().await;
    let states = states_of(&sandbox);
    let ran =
        ran(&[("url", sandbox.url()), ("states", &states), ("seed", "4"), ("tier", "smoke")], &[]).await;
    let temp = ran.folder.path().join("temp");
    let (summary, last) = (temp.join("summary"), temp.join("conformance-last/report.json"));
    let script = step(&action(), "compare")["run"].as_str().unwrap().to_owned();
    let compare = || {
        std::fs::write(&summary, "").unwrap();
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", &script]);
        command.env("RUNNER_TEMP", &temp).env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary);
        let ended: Ended = command.output().unwrap().into();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        std::fs::read_to_string(&summary).unwrap()
    };
    assert_eq!(compare(), "", "there is no report before the first");
    assert_eq!(std::fs::read_to_string(&last).unwrap(), ran.report(), "it is the last one of the next run");
    let report = temp.join("conformance-report/report.json");
    let new = format!("json={}", report.display());
    let states = states_of(&right);
    let args =
        ["--url", right.url(), "--states", &states, "--tier", "smoke", "--seed", "4", "--report", &new];
    let ended = crate::common::conformance(&args).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let told = compare();
    assert!(told.contains("COUNT-HIGH") && told.to_lowercase().contains("fixed"), "{told}");
    std::fs::write(&last, "no report").unwrap();
    compare();
}

/// A release on disk, whose program prints the commit that it was built from; tests what the step does with a reference
/// to it.
struct Release(tempfile::TempDir);

const ARCHIVE: &str = "conformance-x86_64-unknown-linux-musl.tar.gz";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

impl Release {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = format!(
            "mkdir -p source v9.8.7 conformance-x && cd conformance-x\n\
             printf '#!/bin/sh\\necho revision: {COMMIT}\\n' > conformance && chmod +x conformance\n\
             cd .. && tar -czf v9.8.7/{ARCHIVE} conformance-x\n\
             cd v9.8.7 && sha256sum {ARCHIVE} > SHA256SUMS\n\
             printf '[workspace.package]\\nversion = \"9.8.7\"\\n' > ../source/Cargo.toml\n"
        );
        let made =
            Command::new("sh").args(["-e", "-c", &script]).current_dir(folder.path()).status().unwrap();
        assert!(made.success());
        Self(folder)
    }

    /// Returns the step's exit code at this reference, whether the program is there afterwards, and the output.
    fn at(&self, reference: &str) -> (Option<i32>, bool, String) {
        let (folder, temp) = (self.0.path(), tempfile::tempdir().unwrap());
        let output = temp.path().join("output");
        std::fs::write(&output, "").unwrap();
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c"]);
        command.arg(step(&action(), "program")["run"].as_str().unwrap());
        command.env("RUNNER_TEMP", temp.path()).env("GITHUB_OUTPUT", &output);
        command.env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64");
        command.env("RELEASES", format!("file://{}", folder.display())).env("REF", reference);
        command.env("SOURCE", folder.join("source")).current_dir(temp.path());
        let ended: Ended = command.output().unwrap().into();
        let ready = std::fs::read_to_string(&output).unwrap() == "ready=true\n";
        let program = temp.path().join("conformance-program/conformance");
        assert!(!ready || Command::new(program).output().unwrap().status.success());
        (ended.code, ready, ended.stdout)
    }
}

#[test]
fn a_tag_has_its_program_and_a_commit_that_it_was_made_of() {
    let release = Release::new();
    for (reference, ready) in [
        ("v9.8.7", true),
        (COMMIT, true),
        ("ffffffffffffffffffffffffffffffffffffffff", false),
        ("v9.8.6", false),
        ("main", false),
        ("v9", false),
        ("", false),
    ] {
        let (code, found, told) = release.at(reference);
        assert_eq!((code, found), (Some(0), ready), "{reference}: {told}");
    }
}

/// A changed archive must be neither used nor replaced by a build, which would hide it.
#[test]
fn an_archive_that_was_changed_ends_the_step() {
    for (file, told) in [(ARCHIVE, "::error::"), ("SHA256SUMS", "says nothing")] {
        let release = Release::new();
        std::fs::write(release.0.path().join("v9.8.7").join(file), "changed").unwrap();
        let (code, ready, stdout) = release.at("v9.8.7");
        assert_eq!((code, ready), (Some(1), false), "{file}");
        assert!(stdout.contains(told), "{stdout}");
    }
}

/// The action builds in its own folder, and with the toolchain of this repository.
#[test]
fn it_is_built_apart_from_the_caller() {
    let action = action();
    let build =
        action["runs"]["steps"].as_sequence().unwrap().iter().find(|it| it["name"] == "Build").unwrap();
    assert_eq!(build["working-directory"], "${{ github.action_path }}");
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let manifest = std::fs::read_to_string(manifest).unwrap();
    let version = manifest.lines().find_map(|it| it.strip_prefix("rust-version = \"")).unwrap();
    let version = version.trim_end_matches('"');
    assert!(build["run"].as_str().unwrap().contains(&format!("toolchain={version}\n")), "{version}");
}
