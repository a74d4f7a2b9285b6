//! What a pipeline needs besides a verdict: stopping early, running failed cases again, runs with few keys, and hints
//! for misspelt words.

use sandbox::Sandbox;
use serde_json::Value;

use crate::common::{Ended, accounts_file, conformance, fault, faultless, finish, program, start, states_of};

fn with<'a>(sandbox: &'a Sandbox, states: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["--url", sandbox.url(), "--states", states, "--seed", "1"], more].concat()
}

/// The run stops after one cause, as with `--max-failures 1`.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_failure_is_enough() {
    let sandbox = start(|config| config.behaviour = fault("count-unbounded")).await;
    let states = states_of(&sandbox);
    let ended =
        conformance(&with(&sandbox, &states, &["--tier", "smoke", "--fail-fast", "--no-shrink"])).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("stopped at --max-failures"), "{}", ended.stdout);
    let both = conformance(&with(&sandbox, &states, &["--fail-fast", "--max-failures", "2"])).await;
    assert_eq!(both.code, Some(2), "{both:?}");
}

/// Returns how a run ended and its JSON report.
async fn reported(args: Vec<&str>) -> (Ended, Value) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    let flag = format!("json={}", path.display());
    let ended = conformance(&[&args[..], &["--report", &flag]].concat()).await;
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    (ended, serde_json::from_slice(&text).unwrap())
}

/// Only the failed cases are sent again: on the same server they fail again, on a corrected one nothing fails.
#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_tried_again() {
    let sandbox = start(|config| config.behaviour = fault("count-unbounded")).await;
    let fixed = faultless().await;
    let (states, fixed_states) = (states_of(&sandbox), states_of(&fixed));
    let folder = tempfile::tempdir().unwrap();
    let history = folder.path().join("history.ndjson").display().to_string();
    let flag = format!("ndjson={history}");
    let first =
        conformance(&with(&sandbox, &states, &["--tier", "smoke", "--report", &flag, "--no-shrink"])).await;
    assert_eq!(first.code, Some(1), "{first:?}");
    let again = ["--rerun-failed", &history];
    let at = |sandbox: &Sandbox, states: &str| {
        ["--url", sandbox.url(), "--states", states].map(str::to_owned).to_vec()
    };
    let own = at(&sandbox, &states);
    let own: Vec<&str> = own.iter().map(String::as_str).chain(again).collect();
    let (ended, report) = reported(own).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!((report["run"]["tier"].as_str(), report["run"]["seed"].as_u64()), (Some("smoke"), Some(1)));
    let (cases, all) = (report["run"]["cases"].as_u64().unwrap(), first.stdout.contains("NOT CONFORMANT"));
    assert!(all && (1..=40).contains(&cases), "only what failed: {cases}");
    let other = at(&fixed, &fixed_states);
    let other: Vec<&str> = other.iter().map(String::as_str).chain(again).collect();
    let (ended, report) = reported(other).await;
    assert_eq!(ended.code, Some(3), "nothing fails, and most was not tried: {ended:?}");
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(0));
    // A history without a failure leaves nothing to do; another seed would give another plan.
    let good = folder.path().join("good.ndjson").display().to_string();
    let flag = format!("ndjson={good}");
    let ended = conformance(&with(&fixed, &fixed_states, &["--only", "COUNT-HIGH", "--report", &flag])).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let ended =
        conformance(&["--url", fixed.url(), "--states", &fixed_states, "--rerun-failed", &good]).await;
    assert_eq!((ended.code, ended.stdout), (Some(0), format!("nothing failed in {good}\n")));
    let ended = conformance(&with(&sandbox, &states, &["--rerun-failed", &history])).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
}

/// With few keys, requirements that may stay incomplete are named in the report, and everything else counts.
#[tokio::test(flavor = "multi_thread")]
async fn what_may_stay_open_is_named_in_the_report() {
    // Each run starts with full wallets.
    let run = async |more: &[&str]| {
        let sandbox = start(|config| config.states = false).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("accounts.toml");
        // The accounts that may not buy are left out.
        let text = accounts_file(&sandbox);
        let accounts: Vec<&str> = text.split("[[account]]\n").collect();
        let kept = accounts.iter().filter(|it| !it.contains("\"customer\"") && !it.contains("\"staff\""));
        std::fs::write(&path, kept.copied().collect::<Vec<_>>().join("[[account]]\n")).unwrap();
        let path = path.display().to_string();
        let base = ["--url", sandbox.url(), "--accounts", &path, "--seed", "1", "--tier", "smoke"];
        reported([&base[..], more].concat()).await
    };
    let (ended, _) = run(&[]).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let (ended, report) = run(&["--allow-incomplete", "role-other=no customers on staging"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended.stdout.contains("only what --allow-incomplete names was not tested (1"),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.contains("allowed: no customers on staging"), "{}", ended.stdout);
    let groups = report["groups"].as_array().unwrap();
    let requirements = groups.iter().flat_map(|it| it["requirements"].as_array().unwrap());
    let allowed: Vec<_> = requirements.filter(|it| it.get("allowed").is_some()).collect();
    assert_eq!(allowed.len(), 1);
    assert_eq!(allowed[0]["id"], "ROLE-OTHER");
    // An allowed requirement that was exercised is reported; any other gap still counts.
    let more = &["--allow-incomplete", "ROLE-OTHER=why", "--allow-incomplete", "COUNT-HIGH=why"];
    let (ended, _) = run(more).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("--allow-incomplete COUNT-HIGH is not needed"), "{}", ended.stdout);
    let (ended, _) = run(&["--allow-incomplete", "COUNT-HIGH=why"]).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
}

/// Misspelt flags, commands, ids and cases get a suggestion; letter case is ignored for ids.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_misspelt_is_told() {
    let sandbox = faultless().await;
    let states = states_of(&sandbox);
    let mut text = String::new();
    for args in [
        &["--teir", "smoke"][..],
        &["docter"],
        &["explain", "cuont-high"],
        &["explain", "COUNT"],
        &["--only", "count-hgih"],
        &["--only", "COUNT-HIGH", "--only", "CONUT-LOW"],
        &["--only", "conut/high"],
        &["--only", "nothing-like-it"],
        &["--allow-incomplete", "ROLE-OTHER"],
        &["--allow-incomplete", "roleothr=why"],
        &["--shapes", "/nowhere/shapes"],
        &["--update-shapes"],
        &["replay", "count/high/Agnet/21", "--seed", "1"],
        &["replay", "count/high", "--seed", "1"],
    ] {
        let mut all = args.to_vec();
        if !["explain", "docter"].contains(&args[0]) {
            all.extend(["--url", sandbox.url(), "--states", &states]);
        }
        let ended = finish(program(&all)).await;
        assert_eq!(ended.code, Some(2), "{args:?}: {ended:?}");
        text += &format!("$ conformance {}\n{}\n", args.join(" "), ended.stderr);
    }
    insta::assert_snapshot!(text.replace(sandbox.url(), "[url]"));
    // Ids in another letter case are the same.
    for only in ["count-high", "Count/High/agent/21", "AMB-duplicate"] {
        let ended = conformance(&with(&sandbox, &states, &["--only", only, "--dry-run"])).await;
        assert_eq!(ended.code, Some(0), "{only}: {ended:?}");
    }
}
