//! What the program knows of its own making: for which platform, and of which revision.

use std::path::Path;
use std::process::Command;

/// Names the revision where it is built without a repository, as from an archive of the source.
const REVISION: &str = "CONFORMANCE_REVISION";

fn main() {
    println!("cargo::rerun-if-env-changed={REVISION}");
    let variable = |name: &str| std::env::var(name).ok().filter(|it| !it.is_empty());
    if let Some(target) = variable("TARGET") {
        println!("cargo::rustc-env=CONFORMANCE_TARGET={target}");
    }
    // A debug build does not ask: it would be made anew after every commit.
    let release = variable("PROFILE").is_some_and(|it| it == "release");
    if let Some(revision) = variable(REVISION).or_else(|| release.then(repository).flatten()) {
        println!("cargo::rustc-env={REVISION}={revision}");
    }
}

/// The commit that is checked out, with a mark if files differ from it; none outside a repository of ours.
fn repository() -> Option<String> {
    for place in ["src", "../Cargo.lock", "../spec", "../sandbox/src"] {
        println!("cargo::rerun-if-changed={place}");
    }
    git(&["ls-files", "--error-unmatch", "Cargo.toml"])?;
    let moves = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    if Path::new(&moves).exists() {
        println!("cargo::rerun-if-changed={moves}");
    }
    git(&["describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok().filter(|it| it.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
