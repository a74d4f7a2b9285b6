//! The ways in which a cause was seen, independent of the seed; a baseline binds an accepted failure to them.
//!
//! A requirement can fail for one cause in several ways: a revoked key works, or any key does. Accepting one of these
//! does not accept the other. The planned case names the way, without its numbers and roles; a made-up key names it
//! more precisely. Generated cases name none, since they repeat what a planned case shows.

use std::collections::BTreeSet;

use crate::history::{CaseRecord, KeyUse, planned_of};

/// The origins of generated cases.
const GENERATED: [&str; 3] = ["fuzz", "combine", "relate"];

/// Returns the way of a case; `None` for a generated case.
#[must_use]
pub(crate) fn of_case(case: &CaseRecord) -> Option<String> {
    let mut segments = planned_of(&case.id).split('/');
    let origin = segments.next().filter(|it| !it.is_empty() && !GENERATED.contains(it))?;
    if is_at_once(case) {
        // Which of the races shows a fault is a matter of timing.
        return Some(origin.to_owned());
    }
    let is_role = |segment: &str| {
        case.accounts
            .iter()
            .filter_map(|it| it.role.as_deref())
            .any(|role| role.eq_ignore_ascii_case(segment))
    };
    let told = segments.filter(|it| !it.bytes().all(|byte| byte.is_ascii_digit()) && !is_role(it));
    Some(std::iter::once(origin).chain(told).collect::<Vec<_>>().join("/"))
}

/// Returns the way of a request with a made-up key; `None` for any other key.
#[must_use]
pub(crate) fn of_key(key: &KeyUse) -> Option<String> {
    match key {
        KeyUse::Bad(what) => Some(format!("key: {what}")),
        _ => None,
    }
}

/// Returns true if requests of a case overlapped.
#[must_use]
pub(crate) fn is_at_once(case: &CaseRecord) -> bool {
    case.exchanges.iter().any(|it| it.batch.is_some())
}

/// Returns every way in which a run could have seen a cause.
#[must_use]
pub(crate) fn of_run(cases: impl Iterator<Item = impl std::borrow::Borrow<CaseRecord>>) -> BTreeSet<String> {
    let mut ways = BTreeSet::new();
    for case in cases {
        let case = case.borrow();
        if case.exchanges.is_empty() {
            continue;
        }
        ways.extend(of_case(case));
        ways.extend(case.exchanges.iter().filter_map(|it| of_key(&it.request.key)));
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::AccountFacts;

    fn case(id: &str) -> CaseRecord {
        CaseRecord {
            index: 0,
            id: id.to_owned(),
            origin: String::new(),
            title: String::new(),
            serves: Vec::new(),
            coordinates: None,
            accounts: vec![AccountFacts {
                role: Some("SuperAgent".to_owned()),
                ..AccountFacts::unknown("a")
            }],
            exchanges: Vec::new(),
            skipped: None,
        }
    }

    #[test]
    fn a_way_has_no_number_no_role_and_no_attempt() {
        let rows = [
            ("auth/revoked", Some("auth/revoked")),
            ("count/range/SuperAgent/10", Some("count/range")),
            ("response/awkward/superagent/2", Some("response/awkward")),
            ("prevalidation/item/msisdn-blank/20/10#2", Some("prevalidation/item/msisdn-blank")),
            ("request/json/truncated-100@smaller", Some("request/json/truncated-100")),
            ("fuzz/body/3", None),
            ("combine/12", None),
        ];
        for (id, way) in rows {
            assert_eq!(of_case(&case(id)).as_deref(), way, "{id}");
        }
        assert_eq!(of_key(&KeyUse::Bad("longer".into())).as_deref(), Some("key: longer"));
        assert_eq!(of_key(&KeyUse::Own), None);
    }
}
