//! The sandbox as its partners meet it: over HTTP, on a port of its own.

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

/// The commands that README and its like show are ones that the program takes.
#[test]
fn what_the_pages_show_is_what_the_program_takes() {
    assert!(documented::hold("sandbox", env!("CARGO_BIN_EXE_sandbox")) > 0);
}
