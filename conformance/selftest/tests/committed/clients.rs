//! The committed matrix of clients: it lists every client, and every rule is broken by one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use selftest::clients;

/// Returns a path of the repository.
fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn all() -> Vec<clients::Client> {
    clients::chosen(&at(clients::FOLDER), &[]).unwrap()
}

#[test]
fn the_matrix_has_every_client_and_nothing_is_left_uncaught() {
    let page = std::fs::read_to_string(at("docs/clients.md")).unwrap();
    let clients = all();
    assert!(clients.iter().filter(|it| it.wrong.is_some()).count() >= 40);
    for client in &clients {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{}` |", client.name)));
        let row =
            row.unwrap_or_else(|| panic!("no row of {}; `cargo xtask clients --write` adds it", client.name));
        assert_eq!(client.wrong.is_some(), !client.breaks.is_empty(), "{}", client.name);
        for id in &client.breaks {
            assert!(row.contains(&format!("**{id}**")), "{row}");
        }
    }
    let rows = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, clients.len(), "a row of a client that there is no more");
}

#[test]
fn every_rule_of_the_standard_scenarios_catches_a_client() {
    let rules = spec::client_rules(&spec::embedded().unwrap().limits).unwrap();
    let broken: BTreeSet<String> = all().into_iter().flat_map(|it| it.breaks).collect();
    let known: BTreeSet<String> = rules.iter().map(|it| it.id.clone()).collect();
    assert!(broken.is_subset(&known), "{:?}", broken.difference(&known));
    let never: Vec<&String> = known.difference(&broken).collect();
    // Only scenarios that must be named on the command line break these rules.
    assert_eq!(never, ["READ-INTERIM", "READ-TOGETHER"]);
}
