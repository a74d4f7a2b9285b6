//! The archive of a release, made of a program that plays the tester: what is in it, and that it is tried.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

const TARGET: &str = "x86_64-unknown-linux-musl";

/// A shell script in place of the program: it needs nothing but itself, as the real one.
fn program(folder: &Path, script: &str) -> PathBuf {
    let path = folder.join("player");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path
}

fn dist(out: &Path, program: &Path, more: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["dist", "--target", TARGET, "--out"])
        .arg(out)
        .arg("--program")
        .arg(program)
        .args(more)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

/// What the script says to `--version`, whoever asks.
const RIGHT: &str = concat!("echo conformance ", env!("CARGO_PKG_VERSION"), "; echo \"said: $*\"");

fn listed(archive: &Path) -> Vec<String> {
    let file = std::fs::File::open(archive).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let entries = archive.entries().unwrap().map(|entry| {
        let entry = entry.unwrap();
        format!("{:o} {}", entry.header().mode().unwrap(), entry.path().unwrap().display())
    });
    entries.collect()
}

#[test]
fn an_archive_has_the_program_its_papers_and_its_checksum() {
    let folder = tempfile::tempdir().unwrap();
    let player = program(folder.path(), RIGHT);
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    let (code, said) = dist(&first, &player, &["--tag", concat!("v", env!("CARGO_PKG_VERSION"))]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("said: --tier smoke --seed 1"), "what comes out of the archive is used: {said}");
    let name = format!("conformance-{TARGET}");
    let archive = first.join(format!("{name}.tar.gz"));
    let files = listed(&archive);
    for wanted in ["755 NAME/conformance", "644 NAME/LICENSE-MIT", "644 NAME/man/conformance-judge.1"] {
        let wanted = wanted.replace("NAME", &name);
        assert!(files.contains(&wanted), "no {wanted} in {files:#?}");
    }
    assert_eq!(files.iter().filter(|it| it.contains("/completions/")).count(), 5);
    let bytes = std::fs::read(&archive).unwrap();
    let digest: String = Sha256::digest(&bytes).iter().map(|it| format!("{it:02x}")).collect();
    let checksum = std::fs::read_to_string(first.join(format!("{name}.tar.gz.sha256"))).unwrap();
    assert_eq!(checksum, format!("{digest}  {name}.tar.gz\n"), "as `sha256sum --check` reads it");
    // Whoever packs the same files gets the same archive.
    assert_eq!(dist(&second, &player, &[]).0, Some(0));
    assert_eq!(std::fs::read(second.join(format!("{name}.tar.gz"))).unwrap(), bytes);
}

#[test]
fn a_program_that_does_not_work_on_its_own_is_not_shipped() {
    let folder = tempfile::tempdir().unwrap();
    for (script, told) in [
        (RIGHT.replace(env!("CARGO_PKG_VERSION"), "0.0.0"), "not of version"),
        (format!("{RIGHT}; [ \"$1\" != --tier ]"), "`conformance --tier smoke --seed 1` does not work"),
        // It finds nothing that this environment has.
        (format!("[ -n \"$CARGO_MANIFEST_DIR\" ] || exit 1; {RIGHT}"), "does not work on its own"),
    ] {
        let (code, said) = dist(&folder.path().join("out"), &program(folder.path(), &script), &[]);
        assert!(code == Some(1) && said.contains(told), "{script}: {said}");
    }
    let (code, said) = dist(folder.path(), &program(folder.path(), RIGHT), &["--tag", "v99.0.0"]);
    assert!(code == Some(1) && said.contains("the tag is v99.0.0"), "{said}");
}

/// What `cargo binstall` looks for, the action fetches and the image is made of: the names that archives have.
#[test]
fn whoever_fetches_an_archive_knows_its_name() {
    let read = |path: &str| std::fs::read_to_string(xtask::root().join(path)).unwrap();
    let manifest: toml::Table = read("conformance/Cargo.toml").parse().unwrap();
    let binstall = &manifest["package"]["metadata"]["binstall"];
    let filled = |key: &str| {
        let text =
            binstall[key].as_str().unwrap().replace("{ name }", "conformance").replace("{ target }", TARGET);
        text.replace("{ bin }", "conformance").replace("{ binary-ext }", "")
    };
    assert!(filled("pkg-url").ends_with(&format!("/v{{ version }}/conformance-{TARGET}.tar.gz")));
    assert_eq!(filled("bin-dir"), format!("conformance-{TARGET}/conformance"));
    let release = read(".github/workflows/release.yml");
    let action = read("action.yml");
    let built: Vec<&str> = release.split("{target: ").skip(1).filter_map(|it| it.split(',').next()).collect();
    let fetched: Vec<&str> = action.split("target=").skip(1).filter_map(|it| it.split(' ').next()).collect();
    assert!(fetched.len() == 5 && fetched.iter().all(|it| built.contains(it)), "{fetched:?} of {built:?}");
    for image in release.split("dist/conformance-").skip(1).filter_map(|it| it.split(".tar.gz").next()) {
        assert!(built.contains(&image), "{image}");
    }
}
