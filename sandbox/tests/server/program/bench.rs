//! `cargo xtask bench sandbox`: tests that it measures what it says. The figures depend on the machine and are not
//! tested.

use super::output;

#[tokio::test]
async fn purchases_are_measured_while_others_list() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().to_str().unwrap();
    let arguments =
        ["bench", "--only", "crowded", "--rounds", "1", "--rate", "50", "--listed", "1000", "--folder", at];
    let ended = output(&arguments).await;
    let (told, said) = (String::from_utf8(ended.stdout).unwrap(), String::from_utf8(ended.stderr).unwrap());
    assert!(ended.status.success(), "{said}");
    let bought = |row: &str| -> u64 {
        let row = told.lines().find(|line| line.starts_with(row)).unwrap_or_else(|| panic!("{told}"));
        row.split('|').nth(2).unwrap().trim().parse().unwrap()
    };
    for row in ["| 16 buyers |", "| 16 buyers while 8 clients list |"] {
        assert!((1..=60).contains(&bought(row)), "{told}");
    }
    let pages = told.lines().find(|line| line.contains(" pages a second were listed")).unwrap();
    assert!(!pages.starts_with("0 "), "{pages}");
    // The databases are removed at the end.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_folder_that_can_not_be_is_named() {
    let ended = output(&["bench", "--folder", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]).await;
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(
        ended.status.code() == Some(2) && said.contains("--folder") && said.contains("Cargo.toml"),
        "{said}"
    );
}
