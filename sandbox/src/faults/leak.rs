//! Faults that reveal what must not be shown.

use super::fault::Fault;
use super::tools::is_created;
use crate::answer::{Answer, Cause};
use crate::exchange::Exchange;
use crate::json::Json;

const GROUP: &str = "leak";
const BREAKS: &[&str] = &["ERR-LEAK"];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "leak-key-unauthorized",
        group: GROUP,
        wrong: "401 says which key it was",
        breaks: BREAKS,
        needs: &[],
        plant: |rules| {
            rules.refusal(|exchange, answer, cause| {
                if matches!(cause, Cause::UnknownKey | Cause::RevokedKey) {
                    say(exchange, answer, &format!("Unknown API key {}", key(exchange)));
                }
            });
        },
    },
    Fault {
        id: "leak-key-refused",
        group: GROUP,
        wrong: "an order refused is told with the headers that it came with",
        breaks: BREAKS,
        needs: &[],
        plant: |rules| {
            rules.refusal(|exchange, answer, cause| {
                if cause.position().is_some() {
                    let name = &exchange.app.contract.key.header;
                    say(exchange, answer, &format!("Refused; headers: {name}: {}", key(exchange)));
                }
            });
        },
    },
    Fault {
        id: "leak-key-header",
        group: GROUP,
        wrong: "a header of every answer repeats the key",
        breaks: BREAKS,
        needs: &[],
        plant: |rules| {
            rules.rewrite(|exchange, answer| answer.headers.push(("x-debug-key", key(exchange).to_owned())));
        },
    },
    Fault {
        id: "leak-key-created",
        group: GROUP,
        wrong: "the summary of a created order has the key in a field of its own",
        breaks: BREAKS,
        needs: &[],
        plant: |rules| {
            rules.rewrite(|exchange, answer| {
                let key = key(exchange).to_owned();
                if is_created(exchange, answer)
                    && let Some(data) = super::tools::data(exchange, answer)
                {
                    data.set("requestedBy", key);
                }
            });
        },
    },
    Fault {
        id: "leak-stack-json",
        group: GROUP,
        wrong: "a body that is no JSON is told with a stack trace",
        breaks: BREAKS,
        needs: &[],
        plant: |rules| {
            rules.refusal(|exchange, answer, cause| {
                if cause == Cause::Json {
                    let trace = "SyntaxError: Unexpected end of JSON input\n    at JSON.parse (<anonymous>)\n    \
                                 at parseBody (/srv/app/dist/http/body.js:41:17)\n    \
                                 at process.processTicksAndRejections (node:internal/process/task_queues:95:5)";
                    say(exchange, answer, trace);
                }
            });
        },
    },
    Fault {
        id: "leak-stack-java",
        group: GROUP,
        wrong: "a body that is no JSON is told with a stack trace of Java",
        breaks: BREAKS,
        needs: &[],
        plant: |rules| {
            rules.refusal(|exchange, answer, cause| {
                if cause == Cause::Json {
                    let trace = "Unexpected end-of-input\n\tat gh.netconnect.bulk.Parser.parse(Parser.java:88)\n\t\
                                 at gh.netconnect.bulk.Route.post(Route.java:41)";
                    say(exchange, answer, trace);
                }
            });
        },
    },
    Fault {
        id: "leak-stack-field",
        group: GROUP,
        wrong: "errors have a field with a stack trace",
        breaks: BREAKS,
        needs: &[],
        plant: |rules| {
            rules.detail(|detail, _, _| {
                let trace = "Error: order refused\n    at validateItems (/srv/app/dist/bulk/validate.js:88:11)\n    \
                             at async handler (/srv/app/dist/bulk/route.js:23:5)";
                detail.set("stack", trace);
            });
        },
    },
];

fn key(exchange: &Exchange) -> &str {
    let header = exchange.call.headers.get(exchange.app.contract.key.header.as_str());
    header.and_then(|key| key.to_str().ok()).unwrap_or_default()
}

/// Replaces the message of an error.
fn say(exchange: &Exchange, answer: &mut Answer, message: &str) {
    let fields = &exchange.app.contract.fields;
    let detail = answer.body.object().and_then(|body| body.get_mut(&fields.error));
    if let Some(detail) = detail.and_then(Json::object) {
        detail.set(&fields.error_detail.message, message);
    }
}
