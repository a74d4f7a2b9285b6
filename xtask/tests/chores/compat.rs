//! Cases of the gate: `compat/NNN-name.patch` beside its expected output, there and back.
//!
//! A patch is a unified diff without line numbers: `--- openapi.yaml` or `--- requirements.yaml` says which file, `@@`
//! starts a hunk, and its context and removed lines must stand in the file exactly once. A hunk under `@@ both` is applied
//! to both sides: it prepares what the others change. The base is the blessed revision 1.1.0, which never changes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use spec::diff::{Change, Revision, compare, rules};

/// The base of most cases, read once.
static BLESSED: OnceLock<Revision> = OnceLock::new();

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat")
}

/// Names of the files that end so, in order.
fn cases(extension: &str) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .expect("the folder of the cases")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter_map(|name| name.strip_suffix(extension).map(str::to_owned))
        .collect();
    names.sort();
    names
}

/// The two texts of a revision.
#[derive(Clone)]
struct Texts {
    openapi: String,
    requirements: String,
}

impl Texts {
    fn blessed() -> Self {
        let folder = xtask::repo::root().join("spec/blessed/1.1.0");
        let read = |name| std::fs::read_to_string(folder.join(name)).expect("a blessed text");
        Self { openapi: read("openapi.yaml"), requirements: read("requirements.yaml") }
    }

    fn revision(&self) -> Revision {
        Revision::from_texts(("openapi.yaml", &self.openapi), ("requirements.yaml", &self.requirements))
            .unwrap_or_else(|problems| panic!("{problems}"))
    }

    fn replace(&mut self, file: &str, old: &str, new: &str) {
        let text = match file {
            "openapi.yaml" => &mut self.openapi,
            "requirements.yaml" => &mut self.requirements,
            other => panic!("no file `{other}`"),
        };
        // A line is found as a whole.
        let within = format!("\n{text}");
        let found = within.matches(&format!("\n{old}")).count();
        assert_eq!(found, 1, "a hunk must fit in exactly one place:\n{old}");
        *text = within.replacen(&format!("\n{old}"), &format!("\n{new}"), 1).split_off(1);
    }
}

/// Both sides of a case.
fn sides(patch: &str) -> (Revision, Revision) {
    let (mut base, mut new) = (Texts::blessed(), Texts::blessed());
    let mut file = "openapi.yaml";
    let mut lines = patch.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("--- ") {
            file = name;
        } else if let Some(mark) = line.strip_prefix("@@") {
            let (mut old, mut fresh) = (String::new(), String::new());
            while let Some(line) = lines.next_if(|line| !line.starts_with("@@") && !line.starts_with("--- "))
            {
                let (sign, text) = line.split_at_checked(1).unwrap_or((" ", ""));
                if sign != "+" {
                    old.push_str(&format!("{text}\n"));
                }
                if sign != "-" {
                    fresh.push_str(&format!("{text}\n"));
                }
            }
            if mark.trim() == "both" {
                base.replace(file, &old, &fresh);
            }
            new.replace(file, &old, &fresh);
        } else {
            panic!("neither a file nor a hunk: {line}");
        }
    }
    let shared = || BLESSED.get_or_init(|| Texts::blessed().revision()).clone();
    (if patch.contains("@@ both") { base.revision() } else { shared() }, new.revision())
}

fn read(name: &str) -> String {
    std::fs::read_to_string(folder().join(format!("{name}.patch"))).expect("a patch")
}

fn listed(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "nothing\n".to_owned();
    }
    changes.iter().map(|change| format!("{change}\n")).collect()
}

#[test]
fn every_case_is_judged_as_expected_there_and_back_and_every_rule_has_one() {
    let names = cases(".patch");
    assert!(names.len() >= 60, "only {} cases", names.len());
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path("../compat");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut seen = BTreeSet::new();
    for name in &names {
        let (base, new) = sides(&read(name));
        let (there, back) = (compare(&base, &new), compare(&new, &base));
        settings.bind(|| {
            insta::assert_snapshot!(
                name.as_str(),
                format!("there\n{}\nback\n{}", listed(&there), listed(&back))
            );
        });
        let mut mirrored: Vec<_> = there.iter().map(|change| change.rule.mirror).collect();
        let mut undone: Vec<_> = back.iter().map(|change| change.rule.id).collect();
        mirrored.sort_unstable();
        undone.sort_unstable();
        assert_eq!(mirrored, undone, "{name}: the change undone is not judged by the mirrors");
        seen.extend(there.iter().flat_map(|change| [change.rule.id, change.rule.mirror]));
    }
    assert_eq!(cases(".snap"), names, "an expectation without its case, or the reverse");
    let idle: Vec<_> = rules::all().map(|rule| rule.id).filter(|id| !seen.contains(id)).collect();
    assert!(idle.is_empty(), "no case for {idle:#?}");
}
