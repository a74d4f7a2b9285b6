//! Hurl: a file for each case, and one with the variables. Bodies are written as one-line strings, so that their bytes
//! are exact.

use std::fmt::Write as _;

use crate::export::script::{Case, File, Holds, Request, Script, Text};
use crate::report::text::visible;

/// Renders the files.
pub(super) fn render(script: &Script) -> Vec<File> {
    let mut files: Vec<File> = script.cases.iter().enumerate().map(|(at, it)| file(script, at, it)).collect();
    let variables = script.variables.iter().map(|it| {
        let value = it.value.as_deref().unwrap_or_default();
        format!("# {}\n{}={value}\n", visible(&it.what), it.name)
    });
    files.push(("variables.env".to_owned(), variables.collect()));
    files
}

fn file(script: &Script, at: usize, case: &Case) -> File {
    let width = script.cases.len().to_string().len();
    let name: String = case.id.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '-' }).collect();
    let mut out =
        format!("# {}: {}\n# serves {}\n", visible(&case.id), visible(&case.title), case.serves.join(", "));
    for request in &case.requests {
        out.push('\n');
        entry(request, &mut out);
    }
    (format!("{:0width$}-{name}.hurl", at + 1), out)
}

fn entry(request: &Request, out: &mut String) {
    let value = |text: &Text| text.render(escaped, |name| format!("{{{{{name}}}}}"));
    _ = writeln!(out, "# {}\n{} {}", visible(&request.what), request.method, value(&request.url));
    for (name, text) in &request.headers {
        _ = writeln!(out, "{name}: {}", value(text));
    }
    if let Some(body) = &request.body {
        _ = writeln!(out, "`{}`", value(body));
    }
    out.push_str("HTTP *\n");
    if !request.captures.is_empty() {
        out.push_str("[Captures]\n");
    }
    for capture in &request.captures {
        _ = writeln!(out, "{}: jsonpath \"{}\"", capture.variable, path(&capture.path));
    }
    out.push_str("[Asserts]\n");
    _ = match request.statuses.len() {
        1 => writeln!(out, "status == {}", request.allowed()),
        _ => writeln!(out, "status toString matches /^({})$/", request.joined("|")),
    };
    for holds in &request.holds {
        _ = match holds {
            Holds::True(members) => writeln!(out, "jsonpath \"{}\" == true", path(members)),
            Holds::Number(members, number) => writeln!(out, "jsonpath \"{}\" == {number}", path(members)),
            Holds::Contains(text) => writeln!(out, "body contains \"{}\"", value(text)),
        };
    }
}

fn path(members: &[String]) -> String {
    format!("$.{}", members.join("."))
}

/// Escapes a text, so that no character is special in a body, a header value or a URL.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for character in text.chars() {
        match character {
            '\\' | '`' | '#' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            // Two braces in a row would begin a variable.
            '{' if before == '{' => out.push_str("\\u{7b}"),
            other => out.push(other),
        }
        before = character;
    }
    out
}
