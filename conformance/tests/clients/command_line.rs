//! Output and exit codes of `conformance client`, apart from the verdicts on clients.

use crate::common::{client, text};

fn ends(words: &[&str]) -> (Option<i32>, String) {
    let output = client(words).output().unwrap();
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn bad_words_are_refused_with_what_to_do() {
    for (words, told) in [
        (&[][..], "give the client behind `--`"),
        (&["--", "./no-such-client"], "can't be started"),
        (&["--only", "nonsense", "--", "true"], "no scenario matches nonsense; `client --list` shows them"),
        (
            &["--only", "lost/close-after", "--", "true"],
            "no scenario matches lost/close-after: did you mean `lost/closed-after`?",
        ),
        (
            &["--only", "lost/", "--task", "balance", "--", "true"],
            "no scenario matches lost/ for the task balance",
        ),
        (&["--exit-codes", "fine=0", "--", "true"], "`fine=0` is not NAME=CODE"),
        (&["--report", "har=x", "--", "true"], "there is no har report of a client"),
        (&["judge", "no-such-file"], "no-such-file can't be read"),
        (&["serve", "lost"], "no scenario matches lost; `client --list` shows them"),
        (&["--only", "", "--", "true"], "a value is required for '--only <SCENARIO>'"),
        (&["--report", "html=a", "--report", "json=a", "--", "true"], "two reports would go to a"),
        (&["serve", "plain/tow"], "did you mean `plain/two`?"),
    ] {
        let (code, said) = ends(words);
        assert_eq!(code, Some(2), "{words:?}: {said}");
        assert!(said.contains(told), "{words:?}: {said}");
    }
}

#[test]
fn scenarios_are_listed_and_the_help_tells_the_task() {
    let (code, said) = ends(&["--list"]);
    assert_eq!(code, Some(0));
    assert!(said.contains("lost/closed-after") && said.contains("buy-and-wait"), "{said}");
    assert!(ends(&["--list", "--only", "freedom/gzip"]).1.starts_with("freedom/gzip"));
    let (code, said) = ends(&["--help"]);
    assert_eq!(code, Some(0));
    assert!(said.contains("NETCONNECT_PACKAGE_IDS"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_client_that_does_nothing_of_the_kind_is_no_pass() {
    let (code, said) = ends(&["--only", "plain/two", "--", "sh", "-c", "exit 3"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("NOTHING JUDGED"), "{said}");
    let (code, said) = ends(&["--only", "plain/two", "--", "true"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("END-DONE"), "nothing was sent, and it says that it is done: {said}");
    let (code, said) =
        ends(&["--only", "refused/closed", "--exit-codes", "not-done=7", "--", "sh", "-c", "exit 7"]);
    assert_eq!(code, Some(0), "{said}");
}

#[cfg(unix)]
#[test]
fn the_task_is_told_on_standard_input_too_and_no_report_shows_the_key() {
    let dir = tempfile::tempdir().unwrap();
    let reports = format!("dir={}", dir.path().display());
    let script = r#"read -r line; case $line in *"$NETCONNECT_API_KEY"*) echo "$line" "$NETCONNECT_API_KEY"; exit 1;; *) exit 2;; esac"#;
    let (code, said) = ends(&["--only", "refused/closed", "--report", &reports, "--", "sh", "-c", script]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("KEY-OUTPUT"), "{said}");
    let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|it| it.unwrap().path()).collect();
    assert_eq!(names.len(), 6, "{names:?}");
    for file in names {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains("_7Kq2"), "{}: {text}", file.display());
        assert!(text.len() > 100, "{}", file.display());
    }
}

/// The client does nothing and reports success; the working directory contains its source.
#[cfg(unix)]
#[test]
fn sarif_points_at_the_program_and_names_the_command_that_shows_it_again() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("src")).unwrap();
    std::fs::write(dir.path().join("src/shop.sh"), "exit 7").unwrap();
    let run = |words: &[&str]| {
        let some =
            ["--only", "refused/closed", "--exit-codes", "done=7", "--report", "sarif=found.sarif", "--"];
        let output = client(&[&some[..], words].concat()).current_dir(dir.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        let sarif = std::fs::read_to_string(dir.path().join("found.sarif")).unwrap();
        let schema = serde_json::from_str(include_str!("../schemas/sarif-2.1.0.json")).unwrap();
        let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        let errors: Vec<_> = validator.iter_errors(&sarif).map(|it| it.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        (sarif["runs"][0]["results"][0].clone(), text(&output.stdout))
    };
    let place = |result: &serde_json::Value| result["locations"][0]["physicalLocation"].clone();
    let (result, said) = run(&["sh", "src/shop.sh"]);
    assert_eq!((&result["ruleId"], &result["level"]), (&"END-REFUSED".into(), &"error".into()));
    assert_eq!(place(&result)["artifactLocation"]["uri"], "src/shop.sh");
    let again = "client --only refused/closed --exit-codes done=7 -- sh src/shop.sh";
    assert!(result["message"]["text"].as_str().unwrap().ends_with(again), "{result}");
    // The terminal wraps lines at its width, and where depends on how the program was called.
    let unbroken = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(unbroken.contains(again), "{said}");
    let (result, _) = run(&["sh", "-c", "exit 7"]);
    let place = place(&result);
    let uri = "built-in-contract/client-requirements.yaml";
    assert_eq!(place["artifactLocation"]["uri"], uri, "no file that could be somebody's");
    assert!(place["region"]["startLine"].as_u64().unwrap() > 1, "{place}");
}

#[cfg(unix)]
#[test]
fn a_scenario_that_is_named_needs_no_task() {
    let (code, said) = ends(&["--only", "balance/plain", "--", "sh", "-c", "exit 3"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("balance/plain"), "{said}");
}

#[cfg(unix)]
#[test]
fn whoever_stops_the_run_stops_the_client() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pid");
    let script = format!("echo $$ > {}; sleep 600", file.display());
    let mut command = client(&["--only", "plain/two", "--timeout", "600", "--", "sh", "-c", &script]);
    let mut running = command.stderr(std::process::Stdio::null()).spawn().unwrap();
    let started = || std::fs::read_to_string(&file).ok().filter(|it| it.ends_with('\n'));
    let pid = loop {
        if let Some(pid) = started() {
            break pid.trim().to_owned();
        }
        assert!(running.try_wait().unwrap().is_none(), "it ended before its client began");
        std::thread::yield_now();
    };
    let kill =
        |words: &[&str]| std::process::Command::new("kill").args(words).output().unwrap().status.success();
    assert!(kill(&["-TERM", &running.id().to_string()]));
    assert_eq!(running.wait().unwrap().code(), Some(3));
    // A killed process disappears only after the system has noticed it; until its parent asks for it, it is a zombie.
    let runs = || {
        let all = std::process::Command::new("ps").args(["-eo", "pgid=,stat="]).output().unwrap();
        let all = text(&all.stdout);
        let mut rows = all.lines().filter_map(|line| line.trim().split_once(' '));
        rows.any(|(group, state)| group == pid && !state.trim().starts_with('Z'))
    };
    let mut looks = 0;
    while runs() {
        looks += 1;
        assert!(looks < 1_000, "the client still runs");
    }
}
