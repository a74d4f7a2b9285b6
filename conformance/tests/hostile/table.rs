//! The table of `docs/hostile.md`.

use std::fmt::Write as _;

use crate::row::Row;
use crate::trial::Said;

/// A row for each server, as a run of all of them found it.
pub(crate) fn of(all: &[(&Row, Said)]) -> String {
    let mut out = String::from(
        "| a server that | exit code | fails | seconds | MiB | what is read of it |\n|---|---|---|---|---|---|\n",
    );
    for (row, said) in all {
        let fails = if said.failing.is_empty() { "-".to_owned() } else { said.failing.join(", ") };
        let memory = said.memory.map_or_else(|| "?".to_owned(), |it| (it >> 10).to_string());
        let _ = writeln!(
            out,
            "| {} | {} | {fails} | {:.1} | {memory} | {} |",
            row.name,
            said.code,
            said.seconds,
            in_a_cell(&said.words)
        );
    }
    out
}

/// The first lines of what is read, in a cell of a table.
fn in_a_cell(words: &str) -> String {
    let lines: Vec<&str> = words.lines().filter(|it| !it.trim().is_empty()).take(3).collect();
    let text: String = lines.join("; ").chars().take(300).collect();
    text.replace('|', "\\|").replace('<', "&lt;")
}
