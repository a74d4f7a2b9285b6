//! Faults of error envelopes and codes.

use axum::http::StatusCode;
use spec::{Meaning, OperationId};

use super::fault::{Fault, Need, ids};
use super::tools::{REFUSED, error_detail};
use crate::answer::{Answer, Cause};
use crate::json::{Json, Object};

const GROUP: &str = "errors";

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "error-claims-success",
        group: GROUP,
        wrong: "an error says success: true",
        breaks: &["ERR-ENVELOPE"],
        needs: &[],
        plant: |rules| {
            rules.refusal(|exchange, answer, _| {
                if let Some(body) = answer.body.object() {
                    body.set(&exchange.app.contract.fields.success, true);
                }
            });
        },
    },
    Fault {
        id: "error-unauthorized-html",
        group: GROUP,
        wrong: "401 comes as a page of HTML",
        breaks: &["ERR-ENVELOPE", "ERR-CODE"],
        needs: &[],
        plant: |rules| {
            rules.refusal(|_, answer, cause| {
                if cause.meaning() == Some(Meaning::Unauthorized) {
                    replace(answer, "text/html", b"<html><body><h1>Unauthorized</h1></body></html>");
                }
            });
        },
    },
    Fault {
        id: "error-short-empty",
        group: GROUP,
        wrong: "402 has no body",
        breaks: &["ERR-ENVELOPE", "ERR-CODE"],
        needs: &[Need::Balance],
        plant: |rules| {
            rules.refusal(|_, answer, cause| {
                if cause == Cause::Balance {
                    replace(answer, "application/json", b"");
                }
            });
        },
    },
    Fault {
        id: "error-in-a-200",
        group: GROUP,
        wrong: "every order that is refused gets 200, with the error in the body",
        breaks: ids![
            REFUSED,
            "AUTH-MISSING",
            "AUTH-UNKNOWN",
            "ROLE-OTHER",
            "MONEY-RACE",
            "STATUS-DOCUMENTED"
        ],
        needs: &[],
        plant: |rules| {
            rules.refusal(|exchange, answer, _| {
                if exchange.is(OperationId::BuyBulk) {
                    answer.status = StatusCode::OK.as_u16();
                }
            });
        },
    },
    Fault {
        id: "error-plain-text",
        group: GROUP,
        wrong: "errors are sent as text/plain",
        breaks: &["ERR-ENVELOPE"],
        needs: &[],
        plant: |rules| rules.refusal(|_, answer, _| answer.content_type = Some("text/plain")),
    },
    Fault {
        id: "error-is-text",
        group: GROUP,
        wrong: "the error is a text rather than an object",
        breaks: &["ERR-ENVELOPE", "ERR-CODE"],
        needs: &[],
        plant: |rules| {
            rules.refusal(|exchange, answer, _| {
                if let Some(body) = answer.body.object() {
                    body.set(&exchange.app.contract.fields.error, "Request refused");
                }
            });
        },
    },
    Fault {
        id: "error-count-framework",
        group: GROUP,
        wrong: "422 comes as the framework makes it: a list of details",
        breaks: &["ERR-ENVELOPE", "ERR-CODE"],
        needs: &[],
        plant: |rules| {
            rules.refusal(|_, answer, cause| {
                if matches!(cause, Cause::Count(_)) {
                    let detail = Object::new().with("loc", "items").with("msg", "wrong length");
                    answer.body = Object::new().with("detail", vec![Json::from(detail)]).into();
                }
            });
        },
    },
    Fault {
        id: "error-success-absent",
        group: GROUP,
        wrong: "an error has no success field",
        breaks: &["ERR-ENVELOPE"],
        needs: &[],
        plant: |rules| {
            rules.refusal(|exchange, answer, _| {
                if let Some(body) = answer.body.object() {
                    body.remove(&exchange.app.contract.fields.success);
                }
            });
        },
    },
    Fault {
        id: "error-forbidden-message-absent",
        group: GROUP,
        wrong: "403 has no message",
        breaks: &["ERR-ENVELOPE"],
        needs: &[Need::OtherRole],
        plant: |rules| {
            rules.detail(|detail, names, cause| {
                if cause == Cause::Role {
                    detail.remove(&names.message);
                }
            });
        },
    },
    Fault {
        id: "error-code-absent",
        group: GROUP,
        wrong: "errors have no code",
        breaks: &["ERR-ENVELOPE", "ERR-CODE"],
        needs: &[],
        plant: |rules| rules.detail(|detail, names, _| detail.remove(&names.code)),
    },
    Fault {
        id: "error-code-status",
        group: GROUP,
        wrong: "the code is the status, as a number",
        breaks: &["ERR-ENVELOPE", "ERR-CODE"],
        needs: &[],
        plant: |rules| {
            rules.refusal(|exchange, answer, _| {
                let status = i64::from(answer.status);
                if let Some(detail) = error_detail(exchange, answer) {
                    detail.set(&exchange.app.contract.fields.error_detail.code, status);
                }
            });
        },
    },
    Fault {
        id: "error-code-small-letters",
        group: GROUP,
        wrong: "codes are written in small letters",
        breaks: &["ERR-CODE"],
        needs: &[],
        plant: |rules| {
            rules.detail(|detail, names, _| {
                if let Some(code) = detail.get(&names.code).and_then(Json::text).map(str::to_lowercase) {
                    detail.set(&names.code, code);
                }
            });
        },
    },
    Fault {
        id: "error-code-unauthorized-as-refused",
        group: GROUP,
        wrong: "401 has the code of an order refused",
        breaks: &["ERR-CODE"],
        needs: &[],
        plant: |rules| {
            rules.detail(|detail, names, cause| {
                if cause.meaning() == Some(Meaning::Unauthorized) {
                    detail.set(&names.code, "BUY_DATA_BULK_FAILED");
                }
            });
        },
    },
    Fault {
        id: "error-code-unauthorized-as-invalid-key",
        group: GROUP,
        wrong: "401 has the code INVALID_API_KEY",
        breaks: &["ERR-CODE"],
        needs: &[],
        plant: |rules| {
            rules.detail(|detail, names, cause| {
                if cause.meaning() == Some(Meaning::Unauthorized) {
                    detail.set(&names.code, "INVALID_API_KEY");
                }
            });
        },
    },
    Fault {
        id: "error-code-forbidden-as-unauthorized",
        group: GROUP,
        wrong: "403 has the code of a key that is refused",
        breaks: &["ERR-CODE"],
        needs: &[Need::OtherRole],
        plant: |rules| {
            rules.detail(|detail, names, cause| {
                if cause == Cause::Role {
                    detail.set(&names.code, "UNAUTHORIZED");
                }
            });
        },
    },
    Fault {
        id: "error-code-count-as-json",
        group: GROUP,
        wrong: "a wrong count has the code of a body that is no JSON",
        breaks: &["ERR-CODE"],
        needs: &[],
        plant: |rules| {
            rules.detail(|detail, names, cause| {
                if matches!(cause, Cause::Count(_)) {
                    detail.set(&names.code, "INVALID_JSON");
                }
            });
        },
    },
];

fn replace(answer: &mut Answer, kind: &'static str, bytes: &[u8]) {
    answer.content_type = Some(kind);
    answer.bytes = Some(bytes.to_vec());
}
