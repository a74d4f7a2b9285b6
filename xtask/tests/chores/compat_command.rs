//! `cargo xtask compat` as a person and a pipeline meet it: exit codes, formats, waivers, commits.

use std::process::Command;

use jiff::civil::date;
use spec::diff::Revision;
use xtask::compat::render::{Format, render};
use xtask::compat::waiver::Waivers;
use xtask::compat::{Report, source};

fn compat(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("compat")
        .args(arguments)
        .output()
        .expect("xtask starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn blessed(version: &str) -> Revision {
    source::load(&format!("spec/blessed/{version}")).expect("a blessed revision")
}

/// The page's first revision against an edit of it that breaks, endangers and does no harm.
fn edited() -> (Revision, Revision) {
    let folder = xtask::repo::root().join("spec/blessed/1.1.0");
    let read = |name| std::fs::read_to_string(folder.join(name)).expect("a blessed text");
    let (openapi, requirements) = (read("openapi.yaml"), read("requirements.yaml"));
    let openapi = openapi
        .replace("maxItems: 20", "maxItems: 10")
        .replace("enum: [Available, Unavailable]", "enum: [Available, Unavailable, 'Sold out: 100%']")
        .replace("  version: 1.1.0", "  version: 1.2.0");
    let new =
        Revision::from_texts(("spec/openapi.yaml", &openapi), ("spec/requirements.yaml", &requirements));
    (blessed("1.1.0"), new.expect("a revision"))
}

const MAX_ITEMS: &str = "
waivers:
  - rule: request-max-items-lowered
    pointer: /components/schemas/BuyBulkRequest/properties/items/maxItems
    reason: nobody sent more than ten in the last year
    ticket: API-12
    expires: 2027-03-31
";

#[test]
fn the_later_revision_passes_and_its_reverse_fails() {
    let (first, later) = ("spec/blessed/1.0.0", "spec/blessed/1.1.0");
    let allow = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&allow, "waivers: []\n").unwrap();
    let allow = allow.path().to_str().unwrap();
    let (code, out, _) = compat(&["--base", first, "--spec", later, "--fail-on", "warn", "--allow", allow]);
    assert!(code == 0 && out.contains("0 breaking, 0 dangerous, 6 harmless"), "{code} {out}");
    let (code, out, error) = compat(&["--base", later, "--spec", first, "--allow", allow]);
    assert!(code == 1 && out.contains("5 breaking"), "{code} {out}");
    assert!(error.contains("undo them, or waive what is meant"), "{error}");
    assert!(error.contains(&format!("pointer in {allow}")), "{error}");
}

#[test]
fn what_cannot_be_read_is_a_mistake_of_usage() {
    for (arguments, way_out) in [
        (&["--base", "no-such-revision"][..], "neither a path nor a git revision with spec/openapi.yaml"),
        (&["--base", "no-such-file.yaml"], "no file or folder `no-such-file.yaml`"),
        (&["--base", "spec/blessed"], "the folder `spec/blessed` has no openapi.yaml"),
        (&["--spec", "spec/requirements.yaml"], "spec/requirements.yaml is no OpenAPI document"),
        (&["--spec", "README.md"], "README.md:5: not YAML"),
        (&["--base=-x"], "neither a path nor a git revision"),
        (&["--base", "--upload-pack=x"], "unexpected argument"),
        (&["--allow", "no-such-file"], "no-such-file"),
        (&["--format", "xml"], "possible values"),
        (&["--today", "soon"], "YYYY-MM-DD"),
    ] {
        let (code, out, error) = compat(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(error.contains(way_out), "{arguments:?}: {error}");
    }
}

#[test]
fn each_format() {
    let (base, new) = edited();
    let waivers = Waivers::read("spec/compat-allow.yaml", MAX_ITEMS).unwrap();
    for (name, waivers) in [("plain", Waivers::default()), ("waived", waivers)] {
        let report = Report::new(&base, &new, &waivers, date(2027, 3, 31));
        for format in [Format::Text, Format::Json, Format::Github, Format::Md] {
            insta::assert_snapshot!(format!("{name}_{format:?}"), render(&report, format).unwrap());
        }
    }
}

#[test]
fn a_waiver_ends_when_its_day_is_over_or_its_change_is_gone() {
    let (base, new) = edited();
    let waivers = Waivers::read("allow.yaml", MAX_ITEMS).unwrap();
    let report = Report::new(&base, &new, &waivers, date(2027, 4, 1));
    assert!(report.changes.iter().all(|(_, waiver)| waiver.is_none()));
    assert_eq!(report.complaints.len(), 1);
    insta::assert_snapshot!("expired", report.complaints[0]);
    let report = Report::new(&base, &base, &waivers, date(2027, 1, 1));
    insta::assert_snapshot!("stale", report.complaints[0]);
}

#[test]
fn a_waiver_says_what_and_why() {
    let wrong = "
waivers:
  - {rule: no-such-rule, pointer: /x, reason: y, expires: 2027-01-01}
  - {rule: version-changed, pointer: /x, reason: ' ', expires: 2027-01-01}
  - {rule: version-changed, pointer: /x, reason: y}
  - {rule: version-changed, pointer: /x, reason: y, expires: some day}
  - {rule: version-changed, pointer: /x, reason: y, expires: 2027-01-01, until: 2028-01-01}
";
    insta::assert_snapshot!(Waivers::read("allow.yaml", wrong).unwrap_err());
    assert!(Waivers::read("allow.yaml", "waivers: 5\n").is_err());
    assert!(Waivers::read("allow.yaml", "waivers: []\nallowed: []\n").is_err());
}

#[test]
fn a_base_may_be_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=x", "-c", "user.email=x@example.com"];
        let output =
            Command::new("git").args(identity).args(arguments).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let blessed = xtask::repo::root().join("spec/blessed/1.0.0");
    std::fs::create_dir(folder.path().join("spec")).unwrap();
    for name in ["openapi.yaml", "requirements.yaml"] {
        std::fs::copy(blessed.join(name), folder.path().join("spec").join(name)).unwrap();
    }
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "x"]);
    let revision = source::from_commit(folder.path(), "HEAD").unwrap();
    assert_eq!(revision.version(), "1.0.0");
    assert_eq!(revision.openapi.file, "HEAD:spec/openapi.yaml");
    assert!(source::from_commit(folder.path(), "HEAD~1").is_err());
    assert!(source::from_commit(folder.path(), "--help").is_err());
}
