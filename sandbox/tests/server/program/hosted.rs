//! The page about hosting: systemd must accept the unit, and the program must read the variables.

use std::path::Path;
use std::process::Command;

use super::output;

fn page(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

/// Returns the code blocks of a page in a language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let begins = format!("```{language}\n");
    page.split(&begins)
        .skip(1)
        .filter_map(|rest| rest.split_once("\n```"))
        .map(|(block, _)| block.into())
        .collect()
}

#[test]
fn the_unit_is_one_that_systemd_understands() {
    let units = blocks(&page("docs/sandbox.md"), "ini");
    let [unit] = units.as_slice() else { panic!("{units:?}") };
    let installed = "/usr/local/bin/sandbox";
    assert!(unit.contains(installed), "{unit}");
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        println!("there is no systemd-analyze here, so the unit is not looked at");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sandbox.service");
    std::fs::write(&file, unit.replace(installed, env!("CARGO_BIN_EXE_sandbox"))).unwrap();
    let verified = Command::new("systemd-analyze").arg("verify").arg(&file).output().unwrap();
    // systemd-analyze exits with 0 if there are only warnings.
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    let ours: Vec<_> = said.lines().filter(|line| line.contains("sandbox")).collect();
    assert!(verified.status.success() && ours.is_empty(), "{said}");
}

#[tokio::test]
async fn variables_that_are_named_are_read() {
    let mut known = String::from("[env: SANDBOX_ADMIN_TOKEN=");
    for arguments in [&["--help"][..], &["health", "--help"]] {
        known += &String::from_utf8(output(arguments).await.stdout).unwrap();
    }
    for path in ["docs/sandbox.md", "sandbox/Dockerfile"] {
        let text = page(path);
        let letter = |it: char| it.is_ascii_uppercase() || it == '_';
        let named =
            text.match_indices("SANDBOX_").map(|(at, _)| text[at..].split(|it| !letter(it)).next().unwrap());
        for name in named {
            assert!(known.contains(&format!("[env: {name}=")), "{path}: {name} is not read");
        }
    }
}
