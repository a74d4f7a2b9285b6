//! Every test that the table of trials names must exist.

use std::path::Path;

#[test]
fn every_trial_names_a_test_that_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("../docs/trials.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|it| it.starts_with("| ") && it.contains(".rs`")).collect();
    assert!(rows.len() > 50, "{} rows", rows.len());
    for row in rows {
        let cell = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let names: Vec<&str> = cell.split('`').filter(|it| !it.trim().is_empty()).collect();
        let [file, test] = names[..] else { panic!("{row}: a file and a test") };
        let source = std::fs::read_to_string(root.join("tests").join(file)).unwrap_or_default();
        assert!(source.contains(&format!("fn {test}()")), "{file} has no test {test}");
    }
}
