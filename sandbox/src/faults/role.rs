//! Faults of the check which roles may buy.

use axum::http::StatusCode;

use super::fault::{Fault, Need};
use super::tools::{NOT_CREATED, is_buyer, is_other, memory, sent_count};
use crate::answer::Cause;
use crate::json::Json;

const GROUP: &str = "role";

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "role-first-buyer-refused",
        group: GROUP,
        wrong: "the first of the roles that may buy is refused",
        breaks: NOT_CREATED,
        needs: &[Need::EachBuyer],
        plant: |rules| rules.force_refusal(Cause::Role, |exchange, _| is_buyer(exchange, 0)),
    },
    Fault {
        id: "role-second-buyer-refused",
        group: GROUP,
        wrong: "the second of the roles that may buy is refused",
        breaks: NOT_CREATED,
        needs: &[Need::EachBuyer],
        plant: |rules| rules.force_refusal(Cause::Role, |exchange, _| is_buyer(exchange, 1)),
    },
    Fault {
        id: "role-first-buyer-ten-at-most",
        group: GROUP,
        wrong: "the first of the roles that may buy is refused above ten recipients",
        breaks: &["ROLE-AGENT", "COUNT-RANGE", "BALANCE-EXACT", "RESP-LINEAR"],
        needs: &[],
        plant: |rules| {
            rules.force_refusal(Cause::Role, |exchange, lines| is_buyer(exchange, 0) && lines.len() > 10)
        },
    },
    Fault {
        id: "role-second-buyer-ten-at-least",
        group: GROUP,
        wrong: "the second of the roles that may buy is refused below ten recipients",
        breaks: NOT_CREATED,
        needs: &[Need::EachBuyer],
        plant: |rules| {
            rules.force_refusal(Cause::Role, |exchange, lines| is_buyer(exchange, 1) && lines.len() < 10)
        },
    },
    Fault {
        id: "role-first-other-allowed",
        group: GROUP,
        wrong: "the first of the roles that may not buy may",
        breaks: &["ROLE-OTHER", "PROFILE-CONSISTENT"],
        needs: &[Need::OtherRole],
        plant: |rules| rules.skip_refusal(|exchange, cause| cause == Cause::Role && is_other(exchange, 0)),
    },
    Fault {
        id: "role-last-other-allowed",
        group: GROUP,
        wrong: "the second of the roles that may not buy may",
        breaks: &["ROLE-OTHER", "PROFILE-CONSISTENT"],
        needs: &[Need::OtherRole],
        plant: |rules| rules.skip_refusal(|exchange, cause| cause == Cause::Role && is_other(exchange, 1)),
    },
    Fault {
        id: "role-small-orders-for-all",
        group: GROUP,
        wrong: "every role may buy for two recipients",
        breaks: &["ROLE-OTHER", "PROFILE-CONSISTENT"],
        needs: &[Need::OtherRole],
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| cause == Cause::Role && sent_count(exchange) == 2)
        },
    },
    Fault {
        id: "role-of-the-one-before",
        group: GROUP,
        wrong: "a role that may not buy may if the request before came from one that may",
        breaks: &["ROLE-OTHER", "PROFILE-CONSISTENT"],
        needs: &[Need::OtherRole, Need::TwoAccounts],
        plant: |rules| {
            rules.skip_refusal(|exchange, cause| {
                let roles = &exchange.app.contract.roles;
                let before =
                    memory(&exchange.app).get("role").and_then(|role| role.text().map(str::to_owned));
                cause == Cause::Role && before.is_some_and(|role| roles.may_buy(&role))
            });
            rules.rewrite(|exchange, _| {
                memory(&exchange.app).insert("role".into(), Json::from(exchange.role()));
            });
        },
    },
    Fault {
        id: "role-other-unauthorized",
        group: GROUP,
        wrong: "a role that may not buy gets 401",
        breaks: &["ROLE-OTHER", "ERR-CODE"],
        needs: &[Need::OtherRole],
        plant: |rules| rules.status(|cause| cause == Cause::Role, StatusCode::UNAUTHORIZED),
    },
    Fault {
        id: "role-other-not-found",
        group: GROUP,
        wrong: "a role that may not buy gets 404",
        breaks: &["ROLE-OTHER", "STATUS-DOCUMENTED"],
        needs: &[Need::OtherRole],
        plant: |rules| rules.status(|cause| cause == Cause::Role, StatusCode::NOT_FOUND),
    },
    Fault {
        id: "role-other-invalid",
        group: GROUP,
        wrong: "a role that may not buy gets 400",
        breaks: &["ROLE-OTHER"],
        needs: &[Need::OtherRole],
        plant: |rules| rules.status(|cause| cause == Cause::Role, StatusCode::BAD_REQUEST),
    },
];
