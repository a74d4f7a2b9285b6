//! What is committed agrees with this program: the matrix of clients, and the commands of the pages for people.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod clients;
#[path = "../../../../xtask/tests/chores/documented.rs"]
mod documented;

/// The program must accept the commands that the pages show.
#[test]
fn what_the_pages_show_is_what_the_program_takes() {
    assert!(documented::hold("selftest", env!("CARGO_BIN_EXE_selftest")) > 0);
}
