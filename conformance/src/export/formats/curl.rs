//! A script of curl lines for any POSIX shell, which prints a line of TAP for each case. Members of an answer are read
//! with awk, so that the script needs nothing else but curl.

use std::fmt::Write as _;

use crate::export::script::{Case, Holds, Request, Script, Text};
use crate::report::text::{shell_word, visible};

/// The functions that the lines of the cases call.
const FUNCTIONS: &str = include_str!("curl.sh");

/// Renders the script.
pub(super) fn render(script: &Script) -> String {
    let mut out = format!("#!/bin/sh\n# Boundary cases of {}.\nset -u\n\n", script.made_from);
    for variable in &script.variables {
        let name = variable.name.to_ascii_uppercase();
        _ = writeln!(out, "# {}", visible(&variable.what));
        _ = match &variable.value {
            Some(value) => writeln!(out, "{name}=${{{name}:-{}}}", shell_word(value)),
            None => writeln!(
                out,
                ": \"${{{name}:?is not set: {}}}\"",
                visible(&variable.what).replace(['`', '"', '$', '\\'], "")
            ),
        };
    }
    _ = writeln!(out, "\n{FUNCTIONS}\necho 1..{}", script.cases.len());
    for case in &script.cases {
        one(case, &mut out);
    }
    out.push_str("\n[ \"$failed\" -eq 0 ] || { echo \"# $failed of $number cases failed\"; exit 1; }\n");
    out
}

fn one(case: &Case, out: &mut String) {
    _ = writeln!(
        out,
        "\n# {} ({})\nbegin {}",
        visible(&case.title),
        case.serves.join(", "),
        shell_word(&visible(&case.id))
    );
    for request in &case.requests {
        ask(request, out);
    }
    out.push_str("end\n");
}

/// Renders a text as one shell word.
fn word(text: &Text) -> String {
    text.render(shell_word, |name| format!("\"${{{}}}\"", name.to_ascii_uppercase()))
}

fn ask(request: &Request, out: &mut String) {
    _ = write!(
        out,
        "ask '{}' {} -X {}",
        request.joined(" "),
        shell_word(&visible(&request.what)),
        request.method
    );
    for (name, text) in &request.headers {
        // curl leaves out a header without a value unless it is written with a semicolon.
        let is_empty = text.0 == Text::literal("").0;
        let header = if is_empty {
            Text::literal(format!("{name};"))
        } else {
            Text::literal(format!("{name}: ")).then(text.clone())
        };
        _ = write!(out, " -H {}", word(&header));
    }
    if let Some(body) = &request.body {
        if !request.is_typed() {
            out.push_str(" -H 'Content-Type:'");
        }
        _ = write!(out, " --data-raw {}", word(body));
    }
    _ = writeln!(out, " {}", word(&request.url));
    for holds in &request.holds {
        let name = |path: &[String]| shell_word(&path.join("."));
        _ = match holds {
            Holds::True(path) => writeln!(out, "is_true {}", name(path)),
            Holds::Number(path, number) => writeln!(out, "is_number {} {number}", name(path)),
            Holds::Contains(text) => writeln!(out, "contains {}", word(text)),
        };
    }
    for capture in &request.captures {
        let path = shell_word(&capture.path.join("."));
        _ = writeln!(out, "{}=$(member {path})", capture.variable.to_ascii_uppercase());
    }
}
