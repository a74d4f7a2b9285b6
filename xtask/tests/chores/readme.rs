//! The pages for people: every command that they show exists, and the manifests parse.

use std::collections::BTreeSet;

use crate::documented;

#[test]
fn every_chore_of_the_pages_is_one() {
    assert!(documented::hold("xtask", env!("CARGO_BIN_EXE_xtask")) >= 5);
}

/// What the other crates' tests hold, what needs no program of ours, and nothing that nobody looks at.
#[test]
fn every_command_of_the_pages_is_held_by_somebody() {
    let programs: BTreeSet<String> = documented::commands().into_iter().map(|it| it.program).collect();
    let known = [
        "xtask",
        "conformance",
        "sandbox",
        "buy-bulk",
        "selftest",
        "cargo",
        "export",
        "python3",
        "npm",
        "kubectl",
        "actionlint",
        "curl",
        "docker",
    ];
    let unknown: Vec<_> =
        programs.iter().filter(|it| !known.contains(&it.as_str()) && !it.ends_with("/pip")).collect();
    assert!(unknown.is_empty(), "no test runs {unknown:?}");
    for ours in &known[..5] {
        assert!(programs.contains(*ours), "no page shows {ours}");
    }
}

/// The manifests of the pages: what Kubernetes reads is YAML, and its Job runs as many parts as its command says.
#[test]
fn the_indexed_job_runs_every_part_once() {
    let page = std::fs::read_to_string(xtask::root().join("docs/scale-out.md")).unwrap();
    let blocks = page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let jobs: Vec<serde_json::Value> = blocks.map(|block| serde_yaml::from_str(block).unwrap()).collect();
    let [parts, merge] = &jobs[..] else { panic!("{} manifests", jobs.len()) };
    assert_eq!(parts.pointer("/spec/completionMode"), Some(&"Indexed".into()));
    for job in [parts, merge] {
        assert_eq!(job.pointer("/kind"), Some(&"Job".into()));
        // What was bought must not be bought again.
        assert_eq!(job.pointer("/spec/backoffLimit"), Some(&0.into()));
        assert_eq!(job.pointer("/spec/template/spec/restartPolicy"), Some(&"Never".into()));
        let names = |pointer: &str| -> BTreeSet<String> {
            let list = job.pointer(pointer).and_then(serde_json::Value::as_array).unwrap();
            list.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
        };
        let mounted = names("/spec/template/spec/containers/0/volumeMounts");
        assert_eq!(mounted, names("/spec/template/spec/volumes"));
    }
    let script = parts.pointer("/spec/template/spec/containers/0/args/0").unwrap().as_str().unwrap();
    let count = parts.pointer("/spec/completions").unwrap();
    assert!(script.contains(&format!("--shard \"$((JOB_COMPLETION_INDEX + 1))/{count}\"")), "{script}");
}
