//! All standard scenarios: the disturbances between a client and a correct server, and the liberties of such a server.

use sandbox::Freedom;

use crate::client::liberties;
use crate::client::scenario::{
    Account, Asked, Ground, Instead, On, Packages, Scenario, Served, Setup, Trouble, What,
};
use crate::client::task::TaskKind::{self, Balance, Buy, BuyAndWait};

/// The status of a server that limits the rate of requests.
const THROTTLED: u16 = 429;
/// The status of a server with an internal error.
const BROKEN: u16 = 500;
/// The status of a gateway that received an invalid response.
const BAD_GATEWAY: u16 = 502;
/// The status of a server that is temporarily unavailable.
const UNAVAILABLE: u16 = 503;
/// The status of a gateway that received no response in time.
const GATEWAY_TIMEOUT: u16 = 504;
/// The statuses of redirects: many clients follow the first with a GET, and the second with the same request.
const FOUND: u16 = 302;
const TEMPORARY_REDIRECT: u16 = 307;

/// A wait in seconds that is longer than any client waits.
const LONG: u64 = 3600;
/// The delay of a slow answer, in milliseconds.
const SLOW: u64 = 600;
/// The delay in milliseconds after which an order reaches the server although the gateway timed out: longer than a
/// client takes to look for the order.
const LATE: u64 = 1500;

const fn instead(status: u16, wait: Asked, served: Served) -> What {
    What::Status(Instead { status, wait, served })
}

const fn purchases(times: u32, what: What) -> Trouble {
    Trouble { on: On::Purchases, times, what }
}

const fn readings(times: u32, what: What) -> Trouble {
    Trouble { on: On::Readings, times, what }
}

/// Name, task, description, disturbance.
type Disturbed = (&'static str, TaskKind, &'static str, Trouble);

/// Scenarios with one disturbance each.
const DISTURBED: &[Disturbed] = &[
    ("slow/answer", Buy, "the answer comes late", purchases(1, What::Slow(SLOW))),
    ("slow/dripping", Buy, "the answer comes a few bytes at a time", purchases(1, What::Drip)),
    (
        "lost/closed-after",
        Buy,
        "the order is placed, and the connection is closed without an answer",
        purchases(1, What::Close(Served::Yes)),
    ),
    (
        "lost/reset-after",
        Buy,
        "the order is placed, and the connection is reset",
        purchases(1, What::Reset(Served::Yes)),
    ),
    (
        "lost/reset-before",
        Buy,
        "the connection is reset before the server sees the order",
        purchases(1, What::Reset(Served::No)),
    ),
    (
        "lost/silence-after",
        Buy,
        "the order is placed, and no answer comes",
        purchases(1, What::Silence(Served::Yes)),
    ),
    ("lost/cut", Buy, "the order is placed, and half of the answer comes", purchases(1, What::Cut)),
    (
        "lost/gateway-timeout",
        Buy,
        "the order is placed, and a gateway answers that it was not answered in time",
        purchases(1, instead(GATEWAY_TIMEOUT, Asked::Nothing, Served::Yes)),
    ),
    (
        "lost/bad-gateway",
        Buy,
        "a gateway can't reach the server, and does not say whether the order did",
        purchases(1, instead(BAD_GATEWAY, Asked::Nothing, Served::No)),
    ),
    (
        "lost/broken-after",
        Buy,
        "the order is placed, and the server breaks down before it says so",
        purchases(1, instead(BROKEN, Asked::Nothing, Served::Yes)),
    ),
    (
        "lost/arrives-late",
        Buy,
        "a gateway answers that it was not answered in time, and the order reaches the server a moment later",
        purchases(1, What::Late(GATEWAY_TIMEOUT, LATE)),
    ),
    (
        "wait/throttled-seconds",
        Buy,
        "the server asks to come back in a second",
        purchases(1, instead(THROTTLED, Asked::Seconds(1), Served::No)),
    ),
    (
        "wait/throttled-date",
        Buy,
        "the server asks to come back at a moment that it names",
        purchases(1, instead(THROTTLED, Asked::Date(1), Served::No)),
    ),
    (
        "wait/throttled-unsaid",
        Buy,
        "the server is asked too often, and does not say how long to wait",
        purchases(u32::MAX, instead(THROTTLED, Asked::Nothing, Served::No)),
    ),
    (
        "wait/throttled-long",
        Buy,
        "the server asks to come back in an hour",
        purchases(u32::MAX, instead(THROTTLED, Asked::Seconds(LONG), Served::No)),
    ),
    (
        "wait/unavailable",
        Buy,
        "the server can't act now, and asks to come back in a second",
        purchases(1, instead(UNAVAILABLE, Asked::Seconds(1), Served::No)),
    ),
    (
        "redirect/same-method",
        Buy,
        "the order is redirected to another host, to be sent there as it is",
        purchases(u32::MAX, What::Redirect(TEMPORARY_REDIRECT)),
    ),
    (
        "redirect/found",
        Buy,
        "the order is redirected to another host, where most clients read",
        purchases(u32::MAX, What::Redirect(FOUND)),
    ),
    (
        "follow/unavailable",
        BuyAndWait,
        "the order is placed, and its status can't be read at first",
        readings(2, instead(UNAVAILABLE, Asked::Nothing, Served::No)),
    ),
    (
        "follow/throttled",
        BuyAndWait,
        "the order is placed, and whoever reads it is asked to come back in a second",
        readings(1, instead(THROTTLED, Asked::Seconds(1), Served::No)),
    ),
    ("balance/slow", Balance, "the balance comes late", readings(1, What::Slow(SLOW))),
    ("balance/reset", Balance, "the first reading is lost", readings(1, What::Reset(Served::No))),
    (
        "balance/throttled",
        Balance,
        "the first reading is asked to come back in a second",
        readings(1, instead(THROTTLED, Asked::Seconds(1), Served::No)),
    ),
    (
        "balance/redirect",
        Balance,
        "the reading is redirected to another host",
        readings(u32::MAX, What::Redirect(FOUND)),
    ),
];

/// Name, task, description, setup.
type Prepared = (&'static str, TaskKind, &'static str, Setup);

const PLAIN: Setup = Setup::PLAIN;

const PREPARED: &[Prepared] = &[
    ("plain/two", Buy, "two recipients, and nothing happens", PLAIN),
    ("plain/twenty", Buy, "as many recipients as an order takes", Setup { recipients: 20, ..PLAIN }),
    ("refused/revoked-key", Buy, "the key was revoked", Setup { account: Account::Revoked, ..PLAIN }),
    (
        "refused/role",
        Buy,
        "the key is of a role that may not buy",
        Setup { account: Account::Other, ..PLAIN },
    ),
    ("refused/poor", Buy, "the wallet can't pay", Setup { account: Account::Poor, ..PLAIN }),
    ("refused/package", Buy, "a package is no longer sold", Setup { packages: Packages::Withdrawn, ..PLAIN }),
    ("refused/number", Buy, "a recipient is no phone number", Setup { bad_number: true, ..PLAIN }),
    (
        "refused/too-many",
        Buy,
        "there are more recipients than an order takes; two orders are as good as none",
        Setup { recipients: 21, ..PLAIN },
    ),
    ("follow/delivered", BuyAndWait, "every recipient is delivered", PLAIN),
    ("follow/failed", BuyAndWait, "one of the recipients fails", Setup { fails: true, ..PLAIN }),
    ("follow/stuck", BuyAndWait, "the recipients stay pending", Setup { stuck: true, ..PLAIN }),
    ("balance/plain", Balance, "nothing happens", Setup { orders: 1, ..PLAIN }),
    ("balance/revoked-key", Balance, "the key was revoked", Setup { account: Account::Revoked, ..PLAIN }),
];

/// Name, number of earlier orders, liberties of the list, description.
type Paged = (&'static str, usize, &'static [Freedom], &'static str);

/// The answer is lost, and the order is at the end of a list of several pages that starts with the oldest order.
const PAGED: &[Paged] = &[
    (
        "lost/among-many",
        24,
        &[],
        "the answer is lost, and the order is on the last page of a list that starts with the oldest",
    ),
    (
        "lost/among-hundreds",
        104,
        &[Freedom::CursorSigns, Freedom::LastCursorAbsent],
        "the same behind more orders than the largest page has, with cursors that must be escaped",
    ),
    ("lost/cursor-null", 24, &[Freedom::LastCursorNull], "the same, and the cursor of the last page is null"),
    (
        "lost/cursor-given",
        24,
        &[Freedom::LastCursorGiven],
        "the same, and the last page has a cursor too, which leads to an empty page",
    ),
];

/// Returns every scenario that runs by default, in the order of the report.
#[must_use]
pub(crate) fn standard() -> Vec<Scenario> {
    let mut all: Vec<Scenario> = PREPARED
        .iter()
        .map(|(name, task, about, setup)| Scenario { setup: *setup, ..Scenario::plain(name, *task, about) })
        .collect();
    all.extend(DISTURBED.iter().map(|(name, task, about, trouble)| Scenario {
        troubles: vec![*trouble],
        ..Scenario::plain(name, *task, about)
    }));
    all.push(Scenario {
        setup: Setup { packages: Packages::Awkward, ..PLAIN },
        blames: Some(AMOUNT),
        ..Scenario::plain("plain/awkward-prices", Buy, "prices that floats don't add up")
    });
    all.extend(PAGED.iter().map(|(name, orders, freedoms, about)| Scenario {
        setup: Setup { orders: *orders, ..PLAIN },
        troubles: vec![purchases(1, What::Close(Served::Yes))],
        freedoms: freedoms.iter().copied().chain([Freedom::ListOldestFirst]).collect(),
        ..Scenario::plain(name, Buy, about)
    }));
    all.push(Scenario {
        freedoms: vec![Freedom::NoCompanions],
        ..Scenario::plain("follow/unreadable", BuyAndWait, "the server has no endpoint but the purchase")
    });
    all.push(Scenario { ground: Ground::Closed, ..Scenario::plain("refused/closed", Buy, "nobody listens") });
    all.push(Scenario {
        ground: Ground::Untrusted,
        ..Scenario::plain("tls/untrusted", Buy, "the server's certificate is trusted by nobody")
    });
    all.extend(liberties::together());
    all
}

const AMOUNT: &str = "AMOUNT-EXACT";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::client::liberties::{alone, pairs};

    #[test]
    fn every_scenario_has_a_name_of_its_own_and_blames_a_rule_that_there_is() {
        let contract = spec::embedded().unwrap();
        let rules = spec::client_rules(&contract.limits).unwrap();
        let mut names = BTreeSet::new();
        for scenario in standard().into_iter().chain(alone()).chain(pairs()) {
            assert!(names.insert(scenario.name.clone()), "{}", scenario.name);
            assert!(!scenario.about.is_empty());
            let known = |id: &&'static str| rules.iter().any(|rule| rule.id == *id);
            assert!(scenario.blames.as_ref().is_none_or(known), "{}", scenario.name);
        }
        for task in TaskKind::ALL {
            assert!(standard().iter().any(|it| it.task == task));
        }
    }
}
