//! The gate as a pull request meets it: a clean checkout and one command.

use std::path::Path;
use std::process::Command;

/// A checkout of what stands here in spec/, and of nothing else.
fn checkout() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&xtask::root().join("spec"), &folder.path().join("spec"));
    git(folder.path(), &["init", "--quiet", "--initial-branch", "main"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "--message", "as it stands"]);
    folder
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=x", "-c", "user.email=x@example.com"];
    let output = Command::new("git").args(identity).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// `cargo xtask ...` in a checkout: cargo says by this variable where the chore's crate is.
fn xtask(checkout: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(arguments)
        .env("CARGO_MANIFEST_DIR", checkout.join("xtask"))
        .env_remove("GITHUB_ACTIONS")
        .env_remove("GITHUB_STEP_SUMMARY")
        .current_dir(checkout)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

fn edit(checkout: &Path, from: &str, to: &str) {
    let file = checkout.join("spec/openapi.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "`{from}` is not in the spec any more");
    std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn the_gate_passes_as_it_stands_and_fails_on_a_breaking_edit() {
    let folder = checkout();
    let gate = ["ci", "--only", "lint,compat"];
    let (code, said) = xtask(folder.path(), &gate);
    assert_eq!(code, Some(0), "{said}");
    edit(folder.path(), "maxItems: 20", "maxItems: 10");
    let (code, said) = xtask(folder.path(), &gate);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("breaking request-max-items-lowered"), "{said}");
    assert!(said.lines().any(|line| line.starts_with("compat") && line.ends_with("FAILED")), "{said}");
    // The same, told by the commit that it was branched from, with the line of the edit.
    let (code, said) = xtask(folder.path(), &["compat", "--base", "main", "--format", "github"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with("::error file=spec/openapi.yaml,line="), "{said}");
    assert!(said.contains("20 -> 10") && said.contains("touches BODY-ITEMS, COUNT-HIGH"), "{said}");
    // Meant and waived, it passes.
    let waiver = "  - rule: request-max-items-lowered\n    reason: agreed with every partner\n    \
                  pointer: /components/schemas/BuyBulkRequest/properties/items/maxItems\n    expires: 9999-12-31\n";
    let allow = folder.path().join("spec/compat-allow.yaml");
    let waivers = std::fs::read_to_string(&allow).unwrap().replace("waivers: []", "waivers:");
    std::fs::write(&allow, waivers + waiver).unwrap();
    let (code, said) = xtask(folder.path(), &["compat"]);
    assert!(code == Some(0) && said.contains("waived until 9999-12-31: agreed with every partner"), "{said}");
}

#[test]
fn the_gate_passes_on_the_later_revision_of_the_page_and_not_on_the_way_back() {
    let folder = checkout();
    let (first, later) = ("spec/blessed/1.0.0", "spec/blessed/1.1.0");
    let take = |revision: &str| copy(&folder.path().join(revision), &folder.path().join("spec"));
    // As it was when only the first revision was blessed.
    let set_aside = folder.path().join("later");
    copy(&folder.path().join(later), &set_aside);
    std::fs::remove_dir_all(folder.path().join(later)).unwrap();
    // What has been waived since is about the later one.
    std::fs::write(folder.path().join("spec/compat-allow.yaml"), "waivers: []\n").unwrap();
    take(first);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "--message", "the first revision"]);
    copy(&set_aside, &folder.path().join("spec"));
    let (code, said) = xtask(folder.path(), &["ci", "--only", "compat"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("0 breaking, 0 dangerous, 6 harmless"), "{said}");
    assert!(said.contains("walletBalanceAfter added"), "{said}");
    // Released, it is what the next change is compared with.
    copy(&set_aside, &folder.path().join(later));
    take(first);
    let (code, said) = xtask(folder.path(), &["ci", "--only", "compat"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("breaking response-optional-field-removed"), "{said}");
}
