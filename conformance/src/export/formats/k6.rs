//! A script for k6, which sends every case once and fails if a check fails.

use std::fmt::Write as _;

use serde_json::Value;

use crate::export::script::{Case, Holds, Request, Script, Text};
use crate::report::text::visible;

/// The start of the script, before the cases.
const HEAD: &str = r#"import http from 'k6/http';
import { check, group } from 'k6';

// Every case once; a check that does not hold fails the run.
export const options = { vus: 1, iterations: 1, thresholds: { checks: ['rate==1.0'] } };

// A body that is no JSON has no members, and the check that reads one says so.
function member(response, path) {
  try {
    return path.reduce((value, name) => value[name], response.json());
  } catch (_) {
    return undefined;
  }
}
"#;

/// Renders the script.
pub(super) fn render(script: &Script) -> String {
    let mut out = format!("// Boundary cases of {}.\n{HEAD}\nconst v = {{\n", script.made_from);
    for variable in &script.variables {
        let value = quoted(variable.value.as_deref().unwrap_or_default());
        let name = &variable.name;
        _ = writeln!(
            out,
            "  {name}: __ENV.{} || {value}, // {}",
            name.to_ascii_uppercase(),
            visible(&variable.what)
        );
    }
    out.push_str("};\n\nexport default function () {\n");
    for case in &script.cases {
        group(case, &mut out);
    }
    out.push_str("}\n");
    out
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Returns an expression whose value is the text.
fn value(text: &Text) -> String {
    let parts = text.0.iter().map(|part| Text(vec![part.clone()]).render(quoted, |name| format!("v.{name}")));
    parts.collect::<Vec<_>>().join(" + ")
}

fn group(case: &Case, out: &mut String) {
    _ = writeln!(
        out,
        "  // {} ({})\n  group({}, () => {{",
        visible(&case.title),
        case.serves.join(", "),
        quoted(&case.id)
    );
    out.push_str("    let r;\n");
    for request in &case.requests {
        send(request, out);
    }
    out.push_str("  });\n");
}

fn send(request: &Request, out: &mut String) {
    let headers = request.headers.iter().map(|(name, text)| format!("{}: {}", quoted(name), value(text)));
    let body = request.body.as_ref().map_or_else(|| "null".to_owned(), value);
    _ = writeln!(
        out,
        "    r = http.request({}, {}, {body}, {{ headers: {{ {} }} }});",
        quoted(&request.method),
        value(&request.url),
        headers.collect::<Vec<_>>().join(", ")
    );
    let path = |path: &[String]| serde_json::json!(path).to_string();
    let statuses = format!("{} gives {}", request.what, request.allowed());
    let mut checks =
        vec![format!("{}: () => [{}].includes(r.status)", quoted(&statuses), request.joined(", "))];
    for holds in &request.holds {
        checks.push(match holds {
            Holds::True(members) => {
                format!(
                    "{}: () => member(r, {}) === true",
                    quoted(&format!("{} is true", members.join("."))),
                    path(members)
                )
            }
            Holds::Number(members, number) => format!(
                "{}: () => Number(member(r, {})) === {number}",
                quoted(&format!("{} is {number}", members.join("."))),
                path(members)
            ),
            Holds::Contains(text) => {
                format!(
                    "{}: () => String(r.body).includes({})",
                    quoted("the body names the order"),
                    value(text)
                )
            }
        });
    }
    _ = writeln!(out, "    check(r, {{ {} }});", checks.join(", "));
    for capture in &request.captures {
        _ = writeln!(out, "    v.{} = member(r, {});", capture.variable, path(&capture.path));
    }
}
