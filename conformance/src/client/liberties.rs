//! Scenarios about the liberties that servers may take within the contract: all of a kind together, each alone, and
//! every pair.

use sandbox::Freedom;

use crate::client::scenario::{Account, Scenario, Setup};
use crate::client::task::TaskKind::{self, Balance, Buy, BuyAndWait};

const PLAIN: Setup = Setup::PLAIN;
const TOGETHER: &str = "READ-TOGETHER";

/// Returns a scenario for each liberty alone, which runs only if `--only` names it.
#[must_use]
pub(crate) fn alone() -> Vec<Scenario> {
    let mut all = Vec::new();
    for group in GROUPS {
        for freedom in group.freedoms {
            let name = format!("freedom/{freedom}");
            all.extend(group.tasks.iter().map(|task| group.scenario(name.clone(), *task, &[*freedom])));
        }
    }
    all
}

/// Returns the scenarios of `--pairs`: few servers in which every two compatible liberties occur together.
#[must_use]
pub(crate) fn pairs() -> Vec<Scenario> {
    let all = usual();
    let mut left: Vec<(Freedom, Freedom)> = Vec::new();
    for (at, one) in all.iter().enumerate() {
        left.extend(all[at + 1..].iter().filter(|two| !one.excludes(**two)).map(|two| (*one, *two)));
    }
    let mut sets: Vec<Vec<Freedom>> = Vec::new();
    while let Some((one, two)) = left.first().copied() {
        let mut set = vec![one, two];
        // Liberties that are in the most missing pairs come first, so that few servers cover all pairs.
        let missing = |it: &Freedom| left.iter().filter(|pair| pair.0 == *it || pair.1 == *it).count();
        let mut order = all.clone();
        order.sort_by_key(|it| std::cmp::Reverse(missing(it)));
        for freedom in order {
            if !set.contains(&freedom) && !set.iter().any(|it| it.excludes(freedom)) {
                set.push(freedom);
            }
        }
        left.retain(|(one, two)| !(set.contains(one) && set.contains(two)));
        set.sort();
        sets.push(set);
    }
    let scenarios = sets.iter().enumerate().map(|(at, set)| Scenario {
        blames: Some(TOGETHER),
        freedoms: set.clone(),
        ..Scenario::plain(&format!("pairs/{}", at + 1), Buy, &told(set))
    });
    scenarios.collect()
}

/// Returns the liberties that are tried by default.
fn usual() -> Vec<Freedom> {
    GROUPS.iter().filter(|it| it.name != INTERIM).flat_map(|it| it.freedoms).copied().collect()
}

/// Liberties of one kind, with the rule that a client breaks if it can't handle them, and the tasks in which they are
/// visible.
struct Group {
    name: &'static str,
    blames: &'static str,
    tasks: &'static [TaskKind],
    setup: Setup,
    freedoms: &'static [Freedom],
}

/// Interim responses before the final one. Common libraries can't handle them (urllib3 takes 103 for the final
/// response, undici fails at 100), and their users can't change that, so these scenarios run only if they are named.
const INTERIM: &str = "interim";

const GROUPS: &[Group] = &[
    Group {
        name: "fields",
        blames: "READ-FIELDS",
        tasks: &[Buy, Balance],
        setup: PLAIN,
        freedoms: &[Freedom::ExtraFields, Freedom::LaterRevision, Freedom::BareAnswers],
    },
    Group {
        name: "numbers",
        blames: "READ-NUMBERS",
        tasks: &[Buy, Balance],
        setup: PLAIN,
        freedoms: &[Freedom::IntegerMoney, Freedom::FloatMoney],
    },
    Group {
        name: "http",
        blames: "READ-HTTP",
        tasks: &[Buy],
        setup: PLAIN,
        freedoms: &[
            Freedom::Latency,
            Freedom::HeaderCapitals,
            Freedom::ChunkedAnswers,
            Freedom::Gzip,
            Freedom::MediaTypeBare,
            Freedom::MediaTypeCapitals,
            Freedom::ConnectionClosed,
            Freedom::StrictAccept,
            Freedom::LengthRequired,
        ],
    },
    Group {
        name: INTERIM,
        blames: "READ-INTERIM",
        tasks: &[Buy],
        setup: PLAIN,
        freedoms: &[Freedom::EarlyHints, Freedom::ContinueUnasked],
    },
    Group {
        name: "codes",
        blames: "READ-CODES",
        tasks: &[Buy],
        setup: Setup { account: Account::Poor, ..PLAIN },
        freedoms: &[
            Freedom::CodesByCause,
            Freedom::ForbiddenCode,
            Freedom::NotFoundCode,
            Freedom::CodesInSmallLetters,
            Freedom::CodesWithDots,
            Freedom::WalletFirst,
        ],
    },
    Group {
        name: "shapes",
        blames: "READ-STATES",
        tasks: &[BuyAndWait],
        setup: PLAIN,
        freedoms: &[
            Freedom::UppercaseStates,
            Freedom::UnreachedAbsent,
            Freedom::AlphanumericReferences,
            Freedom::Hold,
            Freedom::HoldForGood,
            Freedom::RefundFailed,
            Freedom::NoRecipients,
            Freedom::RecipientsWithoutIndex,
            Freedom::RecipientsAsItems,
            Freedom::RecipientsAsBeneficiaries,
            Freedom::RecipientsByNumber,
            Freedom::RecipientsNested,
            Freedom::NationalNumbersShown,
            Freedom::PlusNumbersShown,
            Freedom::SentNumbersShown,
        ],
    },
];

impl Group {
    fn scenario(&self, name: String, task: TaskKind, freedoms: &[Freedom]) -> Scenario {
        let orders = usize::from(task == Balance);
        Scenario {
            name: format!("{name}{}", if task == self.tasks[0] { "" } else { "/balance" }),
            blames: Some(self.blames),
            setup: Setup { orders, ..self.setup },
            freedoms: freedoms.to_vec(),
            ..Scenario::plain("", task, &told(freedoms))
        }
    }
}

/// Returns a few scenarios per kind that together have every liberty at least once.
pub(crate) fn together() -> Vec<Scenario> {
    let mut all = Vec::new();
    for group in GROUPS.iter().filter(|it| it.name != INTERIM) {
        let mut left = group.freedoms.to_vec();
        let mut number = 0;
        while !left.is_empty() {
            let mut set: Vec<Freedom> = Vec::new();
            for freedom in left.clone() {
                if !set.iter().any(|it| it.excludes(freedom)) {
                    set.push(freedom);
                }
            }
            left.retain(|it| !set.contains(it));
            number += 1;
            let name = format!("liberties/{}-{number}", group.name);
            all.extend(group.tasks.iter().map(|task| group.scenario(name.clone(), *task, &set)));
        }
    }
    all
}

/// Describes a server that takes these liberties.
fn told(freedoms: &[Freedom]) -> String {
    match freedoms {
        [one] => one.describe().to_owned(),
        _ => freedoms.iter().map(|it| it.name()).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_liberty_of_a_group_is_taken_and_pairs_have_each_two() {
        let sets = pairs();
        let has = |one: &Freedom, two: &Freedom| {
            sets.iter().any(|it| it.freedoms.contains(one) && it.freedoms.contains(two))
        };
        let all = usual();
        for one in &all {
            assert!(together().iter().any(|it| it.freedoms.contains(one)), "{one}");
            for two in all.iter().filter(|two| *two != one && !one.excludes(**two)) {
                assert!(has(one, two), "{one} and {two}");
            }
        }
        assert!(sets.len() < 40, "{} servers", sets.len());
    }
}
