//! Misbehaving servers against the program as a process. It must end in bounded time and memory, with every report, a
//! documented exit code, a correct ledger, and findings about what happened only.
//!
//! By default a few servers of each kind are tried. `CONFORMANCE_HOSTILE=full` tries all of them, and with
//! `CONFORMANCE_HOSTILE_TABLE=FILE` also writes the table of `docs/hostile.md`: `cargo xtask hostile` does both.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[allow(dead_code, reason = "shared with the other end-to-end tests")]
#[path = "../e2e/common/mod.rs"]
mod common;
mod fuzz;
mod row;
mod rows;
mod server;
mod table;
mod trial;

use self::row::Row;

/// Tries rows one after the other, so that a failure of one does not hide the others.
async fn all(rows: impl Iterator<Item = &'static Row>) -> Vec<(&'static Row, trial::Said)> {
    let only = std::env::var("CONFORMANCE_HOSTILE_ONLY").unwrap_or_default();
    let from = std::env::var("CONFORMANCE_HOSTILE_FROM").unwrap_or_default();
    let mut said = Vec::new();
    let mut wrong = Vec::new();
    for row in rows.skip_while(|it| !it.name.contains(&from)).filter(|it| it.name.contains(&only)) {
        let trial = tokio::spawn(trial::of(row));
        match trial.await {
            Ok(Some(it)) => said.push((row, it)),
            Ok(None) => {}
            Err(_) => wrong.push(row.name),
        }
    }
    assert!(wrong.is_empty(), "wrong: {wrong:?}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_each_kind() {
    if !common::long(LENGTH) {
        all(rows::all().filter(|it| it.short)).await;
    }
}

/// Set to `full`, it makes the tests try every row.
const LENGTH: &str = "CONFORMANCE_HOSTILE";

#[tokio::test(flavor = "multi_thread")]
async fn all_of_them() {
    if !common::long(LENGTH) {
        return;
    }
    let said = all(rows::all()).await;
    if let Some(path) = std::env::var_os("CONFORMANCE_HOSTILE_TABLE") {
        std::fs::write(path, table::of(&said)).unwrap();
    }
}

#[test]
fn every_row_has_a_name_of_its_own_and_there_are_enough() {
    let names: std::collections::BTreeSet<&str> = rows::all().map(|it| it.name).collect();
    assert_eq!(names.len(), rows::all().count());
    assert!(names.len() >= 60, "{}", names.len());
}
