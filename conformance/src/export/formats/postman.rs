//! A collection in Postman's format 2.1, which newman can run: a folder for each case, with tests of the answers.

use serde_json::{Value, json};

use crate::export::script::{Case, Holds, Request, Script, Text};

const SCHEMA: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";

/// Renders the collection.
pub(super) fn render(script: &Script) -> String {
    let variables = script.variables.iter().map(|it| {
        json!({ "key": it.name, "value": it.value.as_deref().unwrap_or_default(), "description": it.what })
    });
    let collection = json!({
        "info": {
            "name": "buy-bulk",
            "description": format!("Boundary cases of {}", script.made_from),
            "schema": SCHEMA,
        },
        "variable": variables.collect::<Vec<_>>(),
        "item": script.cases.iter().map(folder).collect::<Vec<_>>(),
    });
    format!("{collection:#}\n")
}

fn folder(case: &Case) -> Value {
    json!({
        "name": case.id,
        "description": format!("{} ({})", case.title, case.serves.join(", ")),
        "item": case.requests.iter().map(item).collect::<Vec<_>>(),
    })
}

fn item(request: &Request) -> Value {
    let headers = request.headers.iter().map(|(name, text)| json!({ "key": name, "value": value(text) }));
    let mut sent = json!({
        "method": request.method,
        "header": headers.collect::<Vec<_>>(),
        "url": value(&request.url),
    });
    if let Some(body) = &request.body {
        sent["body"] = json!({ "mode": "raw", "raw": value(body) });
    }
    let mut item = json!({
        "name": request.what,
        "request": sent,
        "event": [{ "listen": "test", "script": { "type": "text/javascript", "exec": tests(request) } }],
    });
    if request.body.is_some() && !request.is_typed() {
        // Postman would otherwise add a content type.
        item["protocolProfileBehavior"] = json!({ "disabledSystemHeaders": { "content-type": true } });
    }
    item
}

fn value(text: &Text) -> String {
    text.render(str::to_owned, |name| format!("{{{{{name}}}}}"))
}

/// Returns the lines of a request's tests.
fn tests(request: &Request) -> Vec<String> {
    let quoted = |text: &str| Value::from(text).to_string();
    let member = |path: &[String]| format!("pm.response.json().{}", path.join("."));
    let mut lines = vec![format!(
        "pm.test({}, () => pm.expect([{}]).to.include(pm.response.code));",
        quoted(&format!("{} gives {}", request.what, request.allowed())),
        request.joined(", ")
    )];
    for holds in &request.holds {
        let (what, expression) = match holds {
            Holds::True(path) => {
                (format!("{} is true", path.join(".")), format!("pm.expect({}).to.equal(true)", member(path)))
            }
            Holds::Number(path, number) => (
                format!("{} is {number}", path.join(".")),
                format!("pm.expect(Number({})).to.equal({number})", member(path)),
            ),
            Holds::Contains(text) => {
                let wanted = text.render(quoted, |name| format!("pm.variables.get({})", quoted(name)));
                (
                    "the body names the order".to_owned(),
                    format!("pm.expect(pm.response.text()).to.include({wanted})"),
                )
            }
        };
        lines.push(format!("pm.test({}, () => {expression});", quoted(&what)));
    }
    for capture in &request.captures {
        lines.push(format!(
            "pm.collectionVariables.set({}, {});",
            quoted(&capture.variable),
            member(&capture.path)
        ));
    }
    lines
}
