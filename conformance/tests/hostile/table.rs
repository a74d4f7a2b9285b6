//! The table of `docs/hostile.md`.

use std::fmt::Write as _;

use crate::row::Row;
use crate::trial::Said;

/// Returns the table: one row for each server, with the result of its run.
pub(crate) fn of(all: &[(&Row, Said)]) -> String {
    let mut out =
        String::from("| a server that | exit code | fails | seconds | MiB |\n|---|---|---|---|---|\n");
    for (row, said) in all {
        let fails = if said.failing.is_empty() { "-".to_owned() } else { said.failing.join(", ") };
        let memory = said.memory.map_or_else(|| "?".to_owned(), |it| (it >> 10).to_string());
        let _ = writeln!(out, "| {} | {} | {fails} | {:.1} | {memory} |", row.name, said.code, said.seconds);
    }
    out
}
