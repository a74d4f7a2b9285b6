//! The commands that the pages for people show: each crate's tests hold those of its program to what the program takes.
//!
//! Shared by the test programs of several crates, so it knows none of them.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Pages whose commands must work.
const PAGES: [&str; 8] = [
    "BENCHMARKS.md",
    "README.md",
    "CONTRIBUTING.md",
    "ARCHITECTURE.md",
    "docs/sandbox.md",
    "docs/scale-out.md",
    "docs/staging.md",
    "generated/README.md",
];

/// One command of a page.
#[derive(Debug, Clone)]
pub(crate) struct Documented {
    /// Where it stands.
    pub(crate) page: &'static str,
    /// The program that it runs: a binary of this repository, or anything else as it is called.
    pub(crate) program: String,
    /// What that is given, as a shell would split it.
    pub(crate) arguments: Vec<String>,
}

/// Every line of a `sh` block, what a manifest runs the tester with, and every `cargo run`, `cargo xtask` and
/// `conformance` within a sentence.
pub(crate) fn commands() -> Vec<Documented> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let root = above.into_iter().find(|it| it.join("Cargo.lock").is_file()).expect("a repository");
    let mut found = Vec::new();
    for page in PAGES {
        let text = std::fs::read_to_string(root.join(page)).unwrap_or_else(|error| panic!("{page}: {error}"));
        let (mut prose, mut shell, mut manifest, mut fence) =
            (String::new(), String::new(), String::new(), None);
        for line in text.lines() {
            if let Some(language) = line.strip_prefix("```") {
                fence = fence.is_none().then(|| language.to_owned());
            } else if fence.as_deref() == Some("sh") {
                shell += &format!("{line}\n");
            } else if fence.as_deref() == Some("yaml") {
                manifest += &format!("{}\n", line.trim().replace("$((JOB_COMPLETION_INDEX + 1))", "1"));
            } else if fence.is_none() {
                prose += &format!("{line} ");
            }
        }
        let spans = prose.split('`').skip(1).step_by(2);
        let spans = spans.filter(|span| span.contains("cargo ") || span.starts_with("conformance "));
        let spans: Vec<&str> = spans.filter(|span| !span.contains("CHORE")).collect();
        let (shell, manifest) = (shell.replace("\\\n", " "), manifest.replace("\\\n", " "));
        let scripts = manifest.lines().filter(|line| line.starts_with("conformance "));
        for line in shell.lines().chain(scripts).chain(spans) {
            let mut words = split(line).into_iter().skip_while(|word| is_assignment(word));
            if let Some(head) = words.next() {
                found.push(ours(page, &head, words.collect()));
            }
        }
    }
    found
}

/// Whether the shell sets a variable here.
fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|it| it.is_ascii_uppercase() || it == '_')
    })
}

/// Words as a shell splits them; a comment ends the line.
fn split(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in line.chars() {
        match (letter, quote) {
            (end, Some(begin)) if end == begin => quote = None,
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            ('#', None) if word.is_none() => break,
            (space, None) if space.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    // What comes after a command that failed, or reads what it wrote, is another one.
    let end = words.iter().position(|word| ["||", "&&", "|", ";"].contains(&word.as_str()));
    words.truncate(end.unwrap_or(words.len()));
    words
}

/// Which of our programs a command runs, and with what.
fn ours(page: &'static str, head: &str, words: Vec<String>) -> Documented {
    let told = |program: &str, arguments: &[String]| Documented {
        page,
        program: program.to_owned(),
        arguments: arguments.to_vec(),
    };
    match (head, words.first().map(String::as_str)) {
        ("cargo", Some("xtask")) => match words.get(1).map(String::as_str) {
            // The sandbox measures itself.
            Some("bench") if words.get(2).is_some_and(|it| it == "sandbox") => {
                told("sandbox", &[&words[1..2], &words[3..]].concat())
            }
            // What these are given is handed on as it is.
            Some("bench" | "clients" | "coverage" | "faults" | "value") => told("selftest", &words[1..]),
            _ => told("xtask", &words[1..]),
        },
        ("cargo", Some("run")) => {
            let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
            let after = |flag: &str| words[..end].iter().skip_while(|word| *word != flag).nth(1);
            let program = after("--bin").or_else(|| after("-p")).map_or("", String::as_str);
            told(program, words.get(end + 1..).unwrap_or_default())
        }
        _ => told(head, &words),
    }
}

/// Holds every command of a program to what its binary takes; how many that were. `--help` at the end, or before `--`, lets a
/// program read all flags before it and do nothing.
pub(crate) fn hold(program: &str, binary: &str) -> usize {
    let mut held = BTreeSet::new();
    for Documented { page, arguments, .. } in commands().into_iter().filter(|it| it.program == program) {
        let end = arguments.iter().position(|it| it == "--").unwrap_or(arguments.len());
        let mut words = arguments.clone();
        words.insert(end, "--help".to_owned());
        let output = Command::new(binary).args(&words).output().expect("the program starts");
        assert!(
            output.status.success(),
            "{page}: `{program} {}` is not what the program takes:\n{}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        held.insert(arguments.join(" "));
    }
    held.len()
}
