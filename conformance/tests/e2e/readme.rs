//! The output in README must be what a run prints today: line by line, except for times, ids and amounts.

use crate::common::{conformance, fault, start, states_of};

const README: &str = include_str!("../../../README.md");

/// Returns the lines that README shows.
fn shown() -> Vec<&'static str> {
    let (_, rest) = README.split_once("### What a run prints").unwrap();
    let block = rest.split("```").nth(1).unwrap();
    block.lines().map(str::trim_end).filter(|it| !it.is_empty()).collect()
}

/// Returns a line without what differs from run to run: numbers, trace ids, and the text after an ellipsis.
fn lasting(line: &str) -> String {
    // Trace ids contain letters too.
    let line = line.split('…').next().unwrap_or_default();
    let line = line.split_inclusive("  trace ").next().unwrap_or_default();
    let mut out = String::new();
    for character in line.chars() {
        match character {
            '0'..='9' if out.ends_with('#') => {}
            '0'..='9' => out.push('#'),
            '.' | ',' if out.ends_with('#') => {}
            other => out.push(other),
        }
    }
    out
}

/// Returns true if this is the first line of an entry: where later lines begin depends on the wrapping.
fn begins(line: &str) -> bool {
    !line.starts_with("               ")
}

/// Returns the start of a line that is the same in every run: the words for times and counts vary in length, and ids
/// have letters.
fn start_of(line: &str) -> String {
    let line = lasting(line);
    let end = ["#", "\"", "http:"].iter().filter_map(|it| line.find(it)).min().unwrap_or(line.len());
    line[..end].trim_end().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_readme_shows_is_what_a_run_prints() {
    let (_, rest) = README.split_once("### What a run prints").unwrap();
    let id = rest.split("--fault ").nth(1).and_then(|it| it.split('`').next()).unwrap();
    let seed = rest.split("--seed ").nth(1).and_then(|it| it.split('`').next()).unwrap();
    let sandbox = start(|config| config.behaviour = fault(id)).await;
    let states = states_of(&sandbox);
    let ended = conformance(&["--url", sandbox.url(), "--states", &states, "--seed", seed]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    // README starts the program through cargo.
    let printed = ended.stdout.replace("conformance replay", "cargo run -p conformance -- replay");
    let printed: Vec<&str> = printed.lines().map(str::trim_end).collect();
    let mut from = 0;
    for line in shown().into_iter().filter(|it| begins(it) && start_of(it).trim() != "") {
        let wanted = start_of(line);
        let at = printed[from..].iter().position(|it| start_of(it).starts_with(&wanted));
        let at =
            at.unwrap_or_else(|| panic!("no run prints `{line}` behind line {from}\n{}", printed.join("\n")));
        from += at + 1;
    }
    // The outcomes of a group depend only on the server.
    let groups = |lines: &[&str]| -> Vec<String> {
        let behind = lines.iter().skip_while(|it| !it.starts_with("Requirements"));
        behind
            .take_while(|it| !it.starts_with("Summary"))
            .filter(|it| it.contains("pass"))
            .map(|it| (*it).to_owned())
            .collect()
    };
    assert_eq!(groups(&shown()), groups(&printed));
    assert!(groups(&printed).len() > 5);
}
