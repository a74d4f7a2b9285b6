//! Faults of the response to a created order: status, media type, bytes, fields.

use axum::http::StatusCode;

use super::fault::Fault;
use super::tools::NOT_CREATED;
use crate::answer::{Answer, Cut};
use crate::json::{Json, Object};

const GROUP: &str = "response";

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "status-created",
        group: GROUP,
        wrong: "a created order gets 201",
        breaks: NOT_CREATED,
        needs: &[],
        plant: |rules| rules.created(|_, answer| answer.status = StatusCode::CREATED.as_u16()),
    },
    Fault {
        id: "status-accepted",
        group: GROUP,
        wrong: "a created order of more than ten items gets 202",
        breaks: NOT_CREATED,
        needs: &[],
        plant: |rules| {
            rules.created(|exchange, answer| {
                if super::tools::sent_count(exchange) > 10 {
                    answer.status = StatusCode::ACCEPTED.as_u16();
                }
            });
        },
    },
    Fault {
        id: "type-html",
        group: GROUP,
        wrong: "the summary is sent as text/html",
        breaks: &["RESP-STATUS"],
        needs: &[],
        plant: |rules| rules.created(|_, answer| answer.content_type = Some("text/html; charset=utf-8")),
    },
    Fault {
        id: "type-absent",
        group: GROUP,
        wrong: "the summary is sent without a media type",
        breaks: &["RESP-STATUS"],
        needs: &[],
        plant: |rules| rules.created(|_, answer| answer.content_type = None),
    },
    Fault {
        id: "bytes-byte-order-mark",
        group: GROUP,
        wrong: "a byte order mark stands before the summary",
        breaks: &["RESP-STATUS", "RESP-SHAPE"],
        needs: &[],
        plant: |rules| {
            rules.created(|_, answer| answer.encode = Some(|text| format!("\u{feff}{text}").into()));
        },
    },
    Fault {
        id: "bytes-utf-sixteen",
        group: GROUP,
        wrong: "the summary is sent in UTF-16",
        breaks: &["RESP-STATUS", "RESP-SHAPE"],
        needs: &[],
        plant: |rules| {
            rules.created(|_, answer| {
                answer.encode = Some(|text| text.encode_utf16().flat_map(u16::to_le_bytes).collect())
            });
        },
    },
    Fault {
        id: "bytes-latin-one",
        group: GROUP,
        wrong: "the message has a letter in Latin-1",
        breaks: &["RESP-STATUS", "RESP-SHAPE", "RESP-MESSAGE"],
        needs: &[],
        plant: |rules| {
            rules.created(|_, answer| {
                answer.encode =
                    Some(|text| text.bytes().map(|byte| if byte == b'B' { 0xe9 } else { byte }).collect())
            });
        },
    },
    Fault {
        id: "bytes-two-values",
        group: GROUP,
        wrong: "the summary is sent twice in one body",
        breaks: &["RESP-STATUS", "RESP-SHAPE"],
        needs: &[],
        plant: |rules| {
            rules.created(|_, answer| answer.encode = Some(|text| text.repeat(2).into()));
        },
    },
    Fault {
        id: "bytes-cut",
        group: GROUP,
        wrong: "the connection breaks off in the middle of the summary",
        breaks: &["STATUS-DOCUMENTED", "RESP-STATUS", "RESP-SHAPE"],
        needs: &[],
        plant: |rules| rules.created(|_, answer| answer.cut = Some(Cut::Within)),
    },
    Fault {
        id: "envelope-absent",
        group: GROUP,
        wrong: "the summary comes without the envelope",
        breaks: &["RESP-SHAPE"],
        needs: &[],
        plant: |rules| {
            rules.created(|exchange, answer| {
                if let Some(data) = super::tools::data(exchange, answer) {
                    answer.body = Json::Object(std::mem::take(data));
                }
            });
        },
    },
    Fault {
        id: "envelope-data-in-list",
        group: GROUP,
        wrong: "data is a list of one summary",
        breaks: &["RESP-SHAPE"],
        needs: &[],
        plant: |rules| {
            rules.created(|exchange, answer| {
                envelope(answer, |body| {
                    if let Some(data) = body.get_mut(&exchange.app.contract.fields.data) {
                        *data = Json::List(vec![data.clone()]);
                    }
                });
            });
        },
    },
    Fault {
        id: "envelope-data-null",
        group: GROUP,
        wrong: "data is null",
        breaks: &["RESP-SHAPE"],
        needs: &[],
        plant: |rules| {
            rules.created(|exchange, answer| {
                envelope(answer, |body| body.set(&exchange.app.contract.fields.data, Json::Null));
            });
        },
    },
    Fault {
        id: "envelope-success-absent",
        group: GROUP,
        wrong: "the envelope has no success",
        breaks: &["RESP-SHAPE"],
        needs: &[],
        plant: |rules| {
            rules.created(|exchange, answer| {
                envelope(answer, |body| body.remove(&exchange.app.contract.fields.success));
            });
        },
    },
    Fault {
        id: "envelope-success-text",
        group: GROUP,
        wrong: "success of the envelope is the text \"true\"",
        breaks: &["RESP-SHAPE"],
        needs: &[],
        plant: |rules| {
            rules.created(|exchange, answer| {
                envelope(answer, |body| body.set(&exchange.app.contract.fields.success, "true"));
            });
        },
    },
    Fault {
        id: "success-absent",
        group: GROUP,
        wrong: "the summary has no success",
        breaks: &["RESP-SHAPE"],
        needs: &[],
        plant: |rules| rules.summary(|data, names| data.remove(&names.success)),
    },
    Fault {
        id: "success-false",
        group: GROUP,
        wrong: "success of the summary is false",
        breaks: &["RESP-SHAPE"],
        needs: &[],
        plant: |rules| rules.summary(|data, names| data.set(&names.success, false)),
    },
    Fault {
        id: "message-absent",
        group: GROUP,
        wrong: "the summary has no message",
        breaks: &["RESP-SHAPE", "RESP-MESSAGE"],
        needs: &[],
        plant: |rules| rules.summary(|data, names| data.remove(&names.message)),
    },
    Fault {
        id: "message-empty",
        group: GROUP,
        wrong: "the message is empty",
        breaks: &["RESP-MESSAGE"],
        needs: &[],
        plant: |rules| rules.summary(|data, names| data.set(&names.message, "")),
    },
    Fault {
        id: "message-null",
        group: GROUP,
        wrong: "the message is null",
        breaks: &["RESP-SHAPE", "RESP-MESSAGE"],
        needs: &[],
        plant: |rules| rules.summary(|data, names| data.set(&names.message, Json::Null)),
    },
    Fault {
        id: "order-id-absent",
        group: GROUP,
        wrong: "the summary has no order id",
        breaks: &["RESP-SHAPE", "RESP-ORDER-ID"],
        needs: &[],
        plant: |rules| rules.summary(|data, names| data.remove(&names.order_id)),
    },
    Fault {
        id: "order-id-number",
        group: GROUP,
        wrong: "the order id is a number",
        breaks: &["RESP-SHAPE", "RESP-ORDER-ID"],
        needs: &[],
        plant: |rules| {
            rules.created(|exchange, answer| {
                let name = &exchange.app.contract.fields.summary.order_id;
                let serial = exchange.call.serial.cast_signed();
                if let Some(data) = super::tools::data(exchange, answer) {
                    data.set(name, serial);
                }
            });
        },
    },
    Fault {
        id: "total-absent",
        group: GROUP,
        wrong: "the summary has no total",
        breaks: &["RESP-SHAPE", "RESP-TOTAL", "RESP-LINEAR"],
        needs: &[],
        plant: |rules| rules.summary(|data, names| data.remove(&names.total)),
    },
    Fault {
        id: "total-text",
        group: GROUP,
        wrong: "the total is a text",
        breaks: &["RESP-SHAPE", "RESP-TOTAL", "RESP-LINEAR"],
        needs: &[],
        plant: |rules| {
            rules.summary(|data, names| {
                if let Some(total) = data.get(&names.total).and_then(Json::money) {
                    data.set(&names.total, total.to_string());
                }
            });
        },
    },
    Fault {
        id: "total-null",
        group: GROUP,
        wrong: "the total is null",
        breaks: &["RESP-SHAPE", "RESP-TOTAL", "RESP-LINEAR"],
        needs: &[],
        plant: |rules| rules.summary(|data, names| data.set(&names.total, Json::Null)),
    },
    Fault {
        id: "count-absent",
        group: GROUP,
        wrong: "the summary has no recipient count",
        breaks: &["RESP-SHAPE", "RESP-COUNT"],
        needs: &[],
        plant: |rules| rules.summary(|data, names| data.remove(&names.count)),
    },
    Fault {
        id: "count-text",
        group: GROUP,
        wrong: "the recipient count is a text",
        breaks: &["RESP-SHAPE", "RESP-COUNT"],
        needs: &[],
        plant: |rules| count(rules, |count| Json::from(count.to_string())),
    },
    Fault {
        id: "count-broken",
        group: GROUP,
        wrong: "the recipient count is a half too high",
        breaks: &["RESP-SHAPE", "RESP-COUNT", "ORDER-RECIPIENTS"],
        needs: &[],
        plant: |rules| count(rules, |count| Json::Raw(format!("{count}.5"))),
    },
    Fault {
        id: "count-from-zero",
        group: GROUP,
        wrong: "the recipient count is the index of the last recipient",
        breaks: &["RESP-COUNT", "ORDER-RECIPIENTS"],
        needs: &[],
        plant: |rules| count(rules, |count| Json::from(count - 1)),
    },
    Fault {
        id: "count-at-most-nine",
        group: GROUP,
        wrong: "the recipient count is its last digit",
        breaks: &["RESP-COUNT", "ORDER-RECIPIENTS"],
        needs: &[],
        plant: |rules| count(rules, |count| Json::from(count % 10)),
    },
];

fn envelope(answer: &mut Answer, change: impl FnOnce(&mut Object)) {
    if let Some(body) = answer.body.object() {
        change(body);
    }
}

fn count(rules: &mut crate::rules::Rules, change: fn(i64) -> Json) {
    rules.summary(move |data, names| {
        if let Some(Json::Int(count)) = data.get(&names.count).cloned() {
            data.set(&names.count, change(count));
        }
    });
}
