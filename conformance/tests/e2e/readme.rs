//! What README shows of a run is what a run of today prints: times, ids and amounts aside, line by line.

use crate::common::{conformance, fault, start, states_of};

const README: &str = include_str!("../../../README.md");

/// The text that README shows.
fn shown() -> Vec<&'static str> {
    let (_, rest) = README.split_once("### What a run prints").unwrap();
    let block = rest.split("```").nth(1).unwrap();
    block.lines().map(str::trim_end).filter(|it| !it.is_empty()).collect()
}

/// A line without what differs from run to run: every number, and what stands behind an ellipsis or a closing quotation mark.
fn lasting(line: &str) -> String {
    // An id has letters too.
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

/// Whether this is the first line of what it says: further ones depend on where the text is wrapped.
fn begins(line: &str) -> bool {
    !line.starts_with("               ")
}

/// Up to where a line is the same in every run: times and counts have words of several lengths, and ids letters.
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
    // The outcomes of a group depend on nothing but the server.
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
