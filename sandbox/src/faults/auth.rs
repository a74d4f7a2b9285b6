//! Faults of authentication: missing, unknown, revoked and almost valid keys.

use std::sync::Arc;

use axum::http::StatusCode;
use spec::{Contract, Meaning, OperationId};

use super::fault::{Fault, Need};
use super::tools::crash;
use crate::answer::Cause;
use crate::http::call::Call;
use crate::keys::{Account, Keys, authenticate};

const GROUP: &str = "auth";

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        id: "key-missing-is-guest",
        group: GROUP,
        wrong: "a purchase without a key is made for the first account there is",
        breaks: &["AUTH-MISSING"],
        needs: &[],
        plant: |rules| {
            rules.steps.authenticate =
                |contract, keys, call| or_guest(contract, keys, call, |cause| cause == Cause::MissingKey)
        },
    },
    Fault {
        id: "key-missing-invalid",
        group: GROUP,
        wrong: "a missing key gets the status of an invalid request",
        breaks: &["AUTH-MISSING", "ERR-CODE"],
        needs: &[],
        plant: |rules| rules.status(|cause| cause == Cause::MissingKey, StatusCode::BAD_REQUEST),
    },
    Fault {
        id: "key-missing-forbidden",
        group: GROUP,
        wrong: "a missing key gets 403",
        breaks: &["AUTH-MISSING", "ERR-CODE"],
        needs: &[],
        plant: |rules| rules.status(|cause| cause == Cause::MissingKey, StatusCode::FORBIDDEN),
    },
    Fault {
        id: "key-missing-judged-last",
        group: GROUP,
        wrong: "without a key a purchase still gets 500",
        breaks: &["AUTH-MISSING", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| {
            rules.instead(|exchange| {
                let header = exchange.app.contract.key.header.as_str();
                let missing = !exchange.call.headers.contains_key(header);
                (missing && exchange.is(OperationId::BuyBulk)).then(|| crash(exchange))
            });
        },
    },
    Fault {
        id: "key-empty-is-guest",
        group: GROUP,
        wrong: "an empty key is as good as one that works",
        // If valid keys exist, an empty one buys for another account, whatever the caller's own role and balance.
        breaks: &[
            "AUTH-UNKNOWN",
            "AUTH-MISSING",
            "ROLE-OTHER",
            "BALANCE-SHORT",
            "MONEY-DEBIT",
            "ORDER-STATUS",
        ],
        needs: &[],
        plant: |rules| {
            rules.steps.authenticate = |contract, keys, call| {
                let empty = key(contract, call).is_empty();
                or_guest(contract, keys, call, |cause| cause == Cause::UnknownKey && empty)
            };
        },
    },
    Fault {
        id: "key-prefix-is-enough",
        group: GROUP,
        wrong: "any key that starts with the prefix of test keys works",
        breaks: &["AUTH-UNKNOWN", "AUTH-HEADER"],
        needs: &[],
        plant: |rules| {
            rules.steps.authenticate = |contract, keys, call| {
                let known = key(contract, call).starts_with(&contract.key.test_prefix);
                or_guest(contract, keys, call, |cause| cause == Cause::UnknownKey && known)
            };
        },
    },
    Fault {
        id: "key-longer-works",
        group: GROUP,
        wrong: "a key with something behind it works",
        breaks: &["AUTH-UNKNOWN"],
        needs: &[],
        plant: |rules| {
            rules.steps.authenticate =
                |contract, keys, call| or_like(contract, keys, call, |valid, sent| sent.starts_with(valid));
        },
    },
    Fault {
        id: "key-wildcard-works",
        group: GROUP,
        wrong: "a key is looked up as a pattern, in which % stands for any text",
        breaks: &["AUTH-UNKNOWN"],
        needs: &[],
        plant: |rules| {
            rules.steps.authenticate = |contract, keys, call| {
                or_like(contract, keys, call, |valid, sent| {
                    sent.strip_suffix('%').is_some_and(|it| it.len() > 24 && valid.starts_with(it))
                })
            };
        },
    },
    Fault {
        id: "key-first-word-works",
        group: GROUP,
        wrong: "what follows a key and a blank is ignored",
        breaks: &["AUTH-UNKNOWN"],
        needs: &[],
        plant: |rules| {
            rules.steps.authenticate = |contract, keys, call| {
                or_like(contract, keys, call, |valid, sent| {
                    sent.split_once(' ').is_some_and(|(first, _)| first == valid)
                })
            };
        },
    },
    Fault {
        id: "key-shorter-works",
        group: GROUP,
        wrong: "the first part of a key works",
        breaks: &["AUTH-UNKNOWN"],
        needs: &[],
        plant: |rules| {
            rules.steps.authenticate = |contract, keys, call| {
                or_like(contract, keys, call, |valid, sent| sent.len() > 24 && valid.starts_with(sent))
            };
        },
    },
    Fault {
        id: "key-any-case-works",
        group: GROUP,
        wrong: "keys are compared without regard to letter case",
        breaks: &["AUTH-UNKNOWN", "AUTH-HEADER"],
        needs: &[],
        plant: |rules| {
            rules.steps.authenticate =
                |contract, keys, call| or_like(contract, keys, call, str::eq_ignore_ascii_case);
        },
    },
    Fault {
        id: "key-upper-case-works",
        group: GROUP,
        wrong: "a key in capitals works as well",
        breaks: &["AUTH-UNKNOWN", "AUTH-HEADER"],
        needs: &[],
        plant: |rules| {
            rules.steps.authenticate = |contract, keys, call| {
                or_like(contract, keys, call, |valid, sent| valid.to_ascii_uppercase() == sent)
            };
        },
    },
    Fault {
        id: "key-of-either-environment",
        group: GROUP,
        wrong: "a key works with the prefix of the other environment too",
        breaks: &["AUTH-UNKNOWN"],
        needs: &[],
        plant: |rules| {
            rules.steps.authenticate = |contract, keys, call| {
                let scheme = &contract.key;
                let swapped = |valid: &str| {
                    Some(format!("{}{}", scheme.live_prefix, valid.strip_prefix(&scheme.test_prefix)?))
                };
                or_like(contract, keys, call, |valid, sent| swapped(valid).as_deref() == Some(sent))
            };
        },
    },
    Fault {
        id: "key-without-prefix-works",
        group: GROUP,
        wrong: "a key works without its prefix too",
        breaks: &["AUTH-UNKNOWN"],
        needs: &[],
        plant: |rules| {
            rules.steps.authenticate = |contract, keys, call| {
                let prefix = &contract.key.test_prefix;
                or_like(contract, keys, call, |valid, sent| valid.strip_prefix(prefix) == Some(sent))
            };
        },
    },
    Fault {
        id: "key-any-case-behind-prefix",
        group: GROUP,
        wrong: "behind its prefix a key is compared without regard to letter case",
        breaks: &["AUTH-UNKNOWN"],
        needs: &[],
        plant: |rules| {
            rules.steps.authenticate = |contract, keys, call| {
                let scheme = &contract.key;
                let sent = key(contract, call);
                let prefixed =
                    [&scheme.test_prefix, &scheme.live_prefix].iter().any(|it| sent.starts_with(*it));
                if !prefixed {
                    return authenticate(contract, keys, call);
                }
                or_like(contract, keys, call, str::eq_ignore_ascii_case)
            };
        },
    },
    Fault {
        id: "key-header-lower-case-only",
        group: GROUP,
        wrong: "the header of the key is found only if its name is written in small letters",
        breaks: &["AUTH-HEADER"],
        needs: &[Need::RawHttp],
        plant: |rules| {
            rules.hooks.see_raw = true;
            rules.steps.authenticate = |contract, keys, call| {
                let name = contract.key.header.to_ascii_lowercase();
                let raw = String::from_utf8_lossy(&call.raw);
                let shouted = raw.lines().take_while(|line| !line.is_empty()).any(|line| {
                    let (header, _) = line.split_once(':').unwrap_or_default();
                    header.eq_ignore_ascii_case(&name) && header != name
                });
                if shouted { Err(Cause::MissingKey) } else { authenticate(contract, keys, call) }
            };
        },
    },
    Fault {
        id: "key-revoked-works",
        group: GROUP,
        wrong: "a revoked key still works",
        breaks: &["AUTH-UNKNOWN"],
        needs: &[Need::RevokedKey],
        plant: |rules| {
            rules.steps.authenticate = |contract, keys, call| or_revoked(contract, keys, call, |_| true);
        },
    },
    Fault {
        id: "key-revoked-works-for-second-buyer",
        group: GROUP,
        wrong: "a revoked key of the second role that may buy still works",
        breaks: &["AUTH-UNKNOWN"],
        needs: &[Need::RevokedKey, Need::EachBuyer],
        plant: |rules| {
            rules.steps.authenticate = |contract, keys, call| {
                or_revoked(contract, keys, call, |it| Some(&it.role) == contract.roles.buyers.get(1))
            };
        },
    },
    Fault {
        id: "key-revoked-forbidden",
        group: GROUP,
        wrong: "a revoked key gets 403",
        breaks: &["AUTH-UNKNOWN", "ERR-CODE"],
        needs: &[Need::RevokedKey],
        plant: |rules| rules.status(|cause| cause == Cause::RevokedKey, StatusCode::FORBIDDEN),
    },
    Fault {
        id: "key-unknown-forbidden",
        group: GROUP,
        wrong: "an unknown key gets 403",
        breaks: &["AUTH-UNKNOWN", "ERR-CODE"],
        needs: &[],
        plant: |rules| rules.status(|cause| cause == Cause::UnknownKey, StatusCode::FORBIDDEN),
    },
    Fault {
        id: "key-unknown-not-found",
        group: GROUP,
        wrong: "an unknown key gets 404",
        breaks: &["AUTH-UNKNOWN", "STATUS-DOCUMENTED", "ERR-CODE"],
        needs: &[],
        plant: |rules| rules.status(|cause| cause == Cause::UnknownKey, StatusCode::NOT_FOUND),
    },
    Fault {
        id: "key-malformed-crash",
        group: GROUP,
        wrong: "a key without one of the known prefixes gets 500",
        breaks: &["AUTH-UNKNOWN", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| {
            rules.instead(|exchange| {
                let scheme = &exchange.app.contract.key;
                let header = exchange.call.headers.get(scheme.header.as_str());
                let malformed = header.is_some_and(|key| {
                    let key = key.as_bytes();
                    ![&scheme.test_prefix, &scheme.live_prefix]
                        .iter()
                        .any(|it| key.starts_with(it.as_bytes()))
                });
                (malformed && exchange.is(OperationId::BuyBulk)).then(|| crash(exchange))
            });
        },
    },
    Fault {
        id: "key-checked-after-body",
        group: GROUP,
        wrong: "with an unknown key a body that is no JSON gets 500",
        breaks: &["AUTH-UNKNOWN", "STATUS-DOCUMENTED"],
        needs: &[],
        plant: |rules| {
            rules.rewrite(|exchange, answer| {
                let unknown = answer.cause.and_then(Cause::meaning) == Some(Meaning::Unauthorized);
                if unknown
                    && exchange.is(OperationId::BuyBulk)
                    && crate::api::reading::strict(exchange.call.body()).is_err()
                {
                    *answer = crash(exchange);
                }
            });
        },
    },
];

fn key<'c>(contract: &Contract, call: &'c Call) -> &'c str {
    call.headers.get(contract.key.header.as_str()).and_then(|key| key.to_str().ok()).unwrap_or_default()
}

/// Authenticates; if that fails for such a cause, uses any other account that may buy.
fn or_guest(
    contract: &Contract,
    keys: &Keys,
    call: &Call,
    such: impl Fn(Cause) -> bool,
) -> Result<Arc<Account>, Cause> {
    authenticate(contract, keys, call).or_else(|cause| {
        let guest =
            |(account, revoked): &&(Arc<Account>, bool)| !revoked && contract.roles.may_buy(&account.role);
        let found = keys.iter().map(|(_, entry)| entry).find(guest).map(|it| it.0.clone());
        found.filter(|_| such(cause)).ok_or(cause)
    })
}

/// Authenticates; if the key is revoked, uses its account all the same if it is one that `works` chooses.
fn or_revoked(
    contract: &Contract,
    keys: &Keys,
    call: &Call,
    works: impl Fn(&Account) -> bool,
) -> Result<Arc<Account>, Cause> {
    authenticate(contract, keys, call).or_else(|cause| {
        let account = keys.get(key(contract, call)).map(|(account, _)| account.clone());
        account.filter(|it| cause == Cause::RevokedKey && works(it)).ok_or(cause)
    })
}

/// Authenticates; if the key is unknown, uses the account of a key that resembles it.
fn or_like(
    contract: &Contract,
    keys: &Keys,
    call: &Call,
    like: impl Fn(&str, &str) -> bool,
) -> Result<Arc<Account>, Cause> {
    authenticate(contract, keys, call).or_else(|cause| {
        let sent = key(contract, call);
        let resembles = |(valid, (_, revoked)): &(&str, &(Arc<Account>, bool))| !revoked && like(valid, sent);
        let found = keys.iter().find(resembles).map(|(_, entry)| entry.0.clone());
        found.filter(|_| cause == Cause::UnknownKey).ok_or(cause)
    })
}
