//! The page of an export: how to run it, which variables to set, and what is left out.

use std::fmt::Write as _;

use super::formats::Format;
use super::script::Script;
use crate::report::text::count;

/// Renders the page.
pub(super) fn render(script: &Script, format: Format) -> String {
    let cases = count(script.cases.len() as u64, "case", "cases");
    let mut out = format!(
        "# Boundary cases of buy-bulk for {}\n\n{cases}, made from {}. Each request allows every status that a conforming server may \
         answer with. Orders are charged as any others.\n\n```sh\n{}\n```\n\n",
        format.name(),
        script.made_from,
        command(script, format)
    );
    out.push_str("| variable | stands for |\n|---|---|\n");
    for variable in &script.variables {
        let value =
            variable.value.as_ref().map(|it| format!(" (`{it}` unless it is given)")).unwrap_or_default();
        let name = match format {
            Format::K6 | Format::Curl => variable.name.to_ascii_uppercase(),
            Format::Hurl | Format::Postman => variable.name.clone(),
        };
        _ = writeln!(out, "| `{name}` | {}{value} |", variable.what);
    }
    if script.left_out.is_empty() {
        return out;
    }
    out.push_str("\n## What is left out\n\n`conformance` itself sends these too.\n");
    for (why, ids) in &script.left_out {
        let number = count(ids.len() as u64, "case", "cases");
        _ = writeln!(out, "\n### {number}: {why}\n");
        for id in ids {
            _ = writeln!(out, "- `{id}`");
        }
    }
    out
}

/// Returns the command that runs the export in its folder.
fn command(script: &Script, format: Format) -> String {
    let keys = script.variables.iter().filter(|it| it.value.is_none());
    match format {
        Format::Hurl => {
            let note = if keys.count() > 0 { " # once the keys stand in it" } else { "" };
            format!("hurl --test --variables-file variables.env *.hurl{note}")
        }
        Format::Postman => {
            let given = keys.map(|it| format!(" --env-var {}=\"…\"", it.name));
            format!("newman run collection.json{}", given.collect::<String>())
        }
        Format::K6 => {
            let given = keys.map(|it| format!(" -e {}=\"…\"", it.name.to_ascii_uppercase()));
            format!("k6 run{} script.js", given.collect::<String>())
        }
        Format::Curl => {
            let given = keys.map(|it| format!("{}=… ", it.name.to_ascii_uppercase()));
            format!("{}sh run.sh", given.collect::<String>())
        }
    }
}
