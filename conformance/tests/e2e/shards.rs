//! A plan in parts: `merge` of all shards must equal the whole run, and files that are not such a set are refused with
//! the reason.

use std::path::PathBuf;
use std::time::Duration;

use conformance::history::Tier;
use conformance::history::recorded;
use conformance::judge::verdict::{Finding, Judgement, Verdict};
use conformance::plan::case::Case;
use conformance::run::judge_again;
use conformance::run::session::{Finished, Options};
use sandbox::{Behaviour, Sandbox};

use crate::common::{
    conformance, contract, fault, faultless, finish, options, program, run, start, states_of, target_at,
};

/// Everything except races and what is polled for, since their outcome depends on timing.
fn timeless(seed: u64) -> Options {
    let rooms = [
        "request/",
        "auth/",
        "role/",
        "count/",
        "balance/",
        "prevalidation/",
        "response/",
        "relate/",
        "combine/",
        "fuzz/",
    ];
    Options { only: rooms.map(str::to_owned).to_vec(), cases: Some(40), ..options(Tier::Smoke, seed) }
}

async fn session(sandbox: &Sandbox, options: &Options) -> (Vec<Case>, Finished) {
    run(contract(), target_at(sandbox.url()), Some(&states_of(sandbox)), options).await.unwrap()
}

fn ids(cases: &[Case]) -> Vec<(u64, String)> {
    cases.iter().map(|case| (case.index, case.id.clone())).collect()
}

/// Returns the content of a judgement, without ids and numbers that a server makes up.
fn story(judgement: &Judgement) -> String {
    let Judgement { verdict, requirements, findings, ambiguities, precedence, ledger, .. } = judgement;
    let found: Vec<_> = findings
        .iter()
        .map(|it| {
            let Finding { case, cause, warning, candidates, .. } = &it.example;
            (&it.requirement, cause, warning, candidates, case, it.occurrences, &it.cases)
        })
        .collect();
    let seen: Vec<_> = ambiguities.iter().map(|it| (&it.id, &it.choices)).collect();
    format!(
        "{verdict:?}\n{requirements:#?}\n{found:#?}\n{seen:#?}\n{precedence:?}\n{ledger:#?}\n{} cases, {} requests",
        judgement.cases, judgement.requests
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn merged_shards_say_what_the_whole_run_says() {
    let faults = [None, Some("count-one-too-many"), Some("total-first-price-times-count")];
    for id in faults {
        // An order is processed at once, so that the states that two readings show do not depend on the time between.
        let sandbox = start(move |config| {
            config.processing = Duration::ZERO;
            config.behaviour = id.map_or_else(Behaviour::default, fault);
        })
        .await;
        let verdict = id.map(|_| Verdict::NotConformant);
        let (plan, whole) = session(&sandbox, &timeless(5)).await;
        if let Some(verdict) = verdict {
            assert_eq!(whole.judgement.verdict, verdict);
        }
        assert!(whole.judgement.ledger.accepted > 0);
        for n in 2..=4 {
            let (mut planned, mut histories, mut worst) = (Vec::new(), Vec::new(), spec::Pesewas::ZERO);
            // The last part comes first, since the order of the files must not matter.
            for k in (1..=n).rev() {
                let (cases, part) = session(&sandbox, &Options { shard: Some((k, n)), ..timeless(5) }).await;
                planned.extend(ids(&cases));
                worst += part.history.header.budget.cost.worst;
                histories.push((PathBuf::from(format!("{k}.ndjson")), part.history));
            }
            planned.sort();
            let mut expected = ids(&plan);
            expected.sort();
            assert_eq!(planned, expected, "every case in one part of {n}");
            assert_eq!(worst, whole.history.header.budget.cost.worst);
            let joined = judge_again::judge(&contract(), recorded::join(histories).unwrap()).unwrap();
            assert_eq!(joined.history.header.shard, None);
            assert_eq!(joined.history.header.budget.cases, whole.history.header.budget.cases);
            assert_eq!(story(&joined.judgement), story(&whole.judgement), "{n} parts");
        }
    }
}

/// Records a shard with the program.
async fn shard(folder: &tempfile::TempDir, name: &str, url: &str, flags: &[&str]) -> String {
    let file = folder.path().join(name).display().to_string();
    let report = format!("ndjson={file}");
    let mut command = program(&["--url", url, "--tier", "probe", "--only", "AUTH-MISSING", "-q"]);
    command.args(flags).args(["--report", &report]);
    let ended = finish(command).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_set_of_shards_is_refused_by_name() {
    let (sandbox, other) = (faultless().await, faultless().await);
    let folder = tempfile::tempdir().unwrap();
    // A contract with another limit has another digest.
    let spec = folder.path().join("openapi.yaml");
    let text = include_str!("../../../spec/openapi.yaml");
    std::fs::write(&spec, text.replace("maxItems: 20", "maxItems: 19")).unwrap();
    let spec = spec.display().to_string();
    let url = sandbox.url();
    let one = shard(&folder, "one", url, &["--seed", "5", "--shard", "1/3"]).await;
    let two = shard(&folder, "two", url, &["--seed", "5", "--shard", "2/3"]).await;
    let seed = shard(&folder, "seed", url, &["--seed", "6", "--shard", "2/3"]).await;
    let half = shard(&folder, "half", url, &["--seed", "5", "--shard", "2/2"]).await;
    let whole = shard(&folder, "whole", url, &["--seed", "5"]).await;
    let edited = shard(&folder, "spec", url, &["--seed", "5", "--shard", "2/3", "--spec", &spec]).await;
    let elsewhere = shard(&folder, "target", other.url(), &["--seed", "5", "--shard", "2/3"]).await;
    let mut told = String::new();
    for histories in [
        &[&one, &two][..],
        &[&two],
        &[&one, &two, &two],
        &[&one, &seed],
        &[&one, &half],
        &[&one, &whole],
        &[&one, &edited],
        &[&one, &elsewhere],
    ] {
        let names: Vec<&str> = histories.iter().map(|it| it.as_str()).collect();
        let ended = conformance(&[&["merge"], &names[..], &["-q"]].concat()).await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stdout.is_empty(), "{ended:?}");
        told += &ended.stderr;
    }
    let root = format!("{}/", folder.path().display());
    told = told.replace(&root, "").replace(url, "[one url]").replace(other.url(), "[another url]");
    let digest = contract().digest.clone();
    told = told.replace(&digest[..12], "[digest]");
    let other = told.find("and 1.1.0 (").map(|at| told[at + 11..at + 23].to_owned()).unwrap();
    insta::assert_snapshot!(told.replace(&other, "[another digest]"));
    // A part can be judged by itself; the verdict is that of the part.
    assert_eq!(conformance(&["judge", &one, "-q"]).await.code, Some(3));
}

/// Returns the plan of a dry run: the id of each case, and the ids that it serves.
fn plan(stdout: &str) -> Vec<(&str, &str)> {
    let heads = stdout.lines().take_while(|line| !line.is_empty()).filter(|line| !line.starts_with(' '));
    heads.filter_map(|line| Some((line.split("  ").next()?, line.rsplit_once('[')?.1))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_change_touches_goes_first() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("openapi.yaml");
    let text = include_str!("../../../spec/openapi.yaml");
    std::fs::write(&base, text.replace("maxItems: 20", "maxItems: 10")).unwrap();
    let base = base.display().to_string();
    let dry = ["--dry-run", "--seed", "5", "--tier", "smoke"];
    let usual = conformance(&dry).await;
    let changed = conformance(&[&dry[..], &["--changed-since", &base]].concat()).await;
    assert_eq!((usual.code, changed.code), (Some(0), Some(0)), "{changed:?}");
    let (usual, moved) = (plan(&usual.stdout), plan(&changed.stdout));
    let touched = |(_, serves): &(&str, &str)| serves.contains("COUNT-") || serves.contains("BODY-ITEMS");
    let first = moved.iter().take_while(|case| touched(case)).count();
    assert!(first > 2 && first == moved.iter().filter(|case| touched(case)).count(), "{moved:#?}");
    assert!(!touched(&usual[0]), "the usual plan begins elsewhere");
    assert!(changed.stderr.contains("BODY-ITEMS, COUNT-HIGH, COUNT-LOW, COUNT-RANGE"), "{}", changed.stderr);
    // Nothing is left out, and the other cases keep their order.
    let (mut sorted, mut all) = (moved.clone(), usual.clone());
    sorted.sort_unstable();
    all.sort_unstable();
    assert_eq!(sorted, all);
}

/// A requirement on every answer has no cases of its own: the cases of the check that judges it go first.
#[tokio::test(flavor = "multi_thread")]
async fn the_fields_of_the_later_revision_bring_the_check_of_answers_first() {
    // The contract from before a field was renamed.
    let before = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("before-the-field.yaml");
    let now = include_str!("../../../spec/openapi.yaml");
    std::fs::write(&before, now.replace("        walletBalanceAfter:\n", "        walletBalanceLater:\n"))
        .unwrap();
    let before = before.to_str().unwrap();
    let ended =
        conformance(&["--dry-run", "--seed", "5", "--tier", "smoke", "--changed-since", before]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(plan(&ended.stdout)[0].0.starts_with("response/"), "{}", ended.stdout);
    assert!(ended.stderr.contains("cases: REV-BALANCE"), "{}", ended.stderr);
    let same = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/openapi.yaml");
    let ended = conformance(&["--dry-run", "--seed", "5", "--tier", "smoke", "--changed-since", same]).await;
    assert!(ended.stderr.contains("the plan keeps its order"), "{}", ended.stderr);
}
