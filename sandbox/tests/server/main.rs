//! The sandbox as partners use it: over HTTP, on a port of its own.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod answers;
mod common;
#[path = "../../../xtask/tests/chores/documented.rs"]
mod documented;
mod doors;
mod faults;
mod freedoms;
mod fuzz;
mod limits;
mod orders;
mod program;
mod purchase;
mod races;
mod script;
mod silence;

/// The program must accept the commands that the pages show.
#[test]
fn what_the_pages_show_is_what_the_program_takes() {
    assert!(documented::hold("sandbox", env!("CARGO_BIN_EXE_sandbox")) > 0);
}
