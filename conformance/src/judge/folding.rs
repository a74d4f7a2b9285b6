//! The order in which causes are reported, and which of them another cause explains.
//!
//! One mistake of a server shows in many ways: where totals are wrong, wallets and lists are wrong too. A cause that
//! another one explains stays a finding and is reported beneath that one. The rules below say when that is so. Nothing
//! is folded without evidence from the run: what the attribution of findings decided, what was answered in the same
//! case, or that both are about the same requests.

use std::collections::BTreeSet;

use spec::{Contract, Kind, Severity};

use super::verdict::{Cause, Finding, FindingGroup};

/// How bad a cause is, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Money is lost or created from nothing.
    Money,
    /// The wrong callers get access or see data of others, or the right callers get no access.
    Safety,
    /// The server breaks down: a status of 500 or more, or no answer.
    Down,
    /// What must be refused is accepted or the reverse, or the refusal has a wrong status.
    Status,
    /// The content of an answer differs from what was promised.
    Answer,
    /// The form of an error is wrong.
    Detail,
}

/// A cause with all its findings.
#[derive(Debug)]
pub(super) struct Caused {
    pub(super) group: FindingGroup,
    pub(super) findings: Vec<Finding>,
}

impl Caused {
    fn rank(&self, contract: &Contract) -> Rank {
        let example = &self.group.example;
        let severity = contract.catalogue.severity(&self.group.requirement);
        let down =
            example.context.down || matches!(example.cause, Cause::Unanswered | Cause::Answered(500..));
        match severity {
            _ if example.context.exposes => Rank::Safety,
            Severity::Money if !down => Rank::Money,
            Severity::Safety if !down => Rank::Safety,
            _ if down => Rank::Down,
            Severity::Refusal => Rank::Status,
            Severity::Answer if matches!(example.cause, Cause::Accepted | Cause::Answered(_)) => Rank::Status,
            Severity::Detail => Rank::Detail,
            _ => Rank::Answer,
        }
    }

    fn is_failure(&self) -> bool {
        !self.group.example.warning
    }

    /// Returns true if every finding was attributed to another requirement than its likeliest candidate.
    fn is_charged_elsewhere(&self) -> bool {
        self.findings.iter().all(|it| it.candidates.first() != Some(&self.group.requirement))
    }

    fn places(&self) -> BTreeSet<(&str, Option<usize>)> {
        self.findings.iter().map(|it| (it.case.as_str(), it.exchange)).collect()
    }
}

/// A rule that returns true if the second cause explains the first.
type FoldingRule = fn(&Contract, &Caused, &Caused) -> bool;

/// The rules, in the order in which they are tried.
const RULES: [FoldingRule; 6] =
    [charged_to, follows, same_requests, same_promise, also_alone, refused_with_success];

/// A cause that was attributed to another requirement than its likeliest candidate is explained by a cause that shows
/// that requirement broken directly.
fn charged_to(_: &Contract, one: &Caused, other: &Caused) -> bool {
    one.group.requirement == other.group.requirement
        && one.is_charged_elsewhere()
        && !other.is_charged_elsewhere()
}

/// The server's own figures in each of the cases say that the first cause follows from the other requirement's breach.
fn follows(_: &Contract, one: &Caused, other: &Caused) -> bool {
    one.group.requirement != other.group.requirement
        && !other.is_charged_elsewhere()
        && one.findings.iter().all(|it| it.context.follows.contains(&other.group.requirement))
}

/// A fault in the answers is explained by the acceptance of orders that should have been refused, if it occurs with no
/// other answers.
fn same_requests(contract: &Contract, one: &Caused, other: &Caused) -> bool {
    let about_answers = contract.catalogue.kind(&one.group.requirement) == Some(Kind::Answer);
    about_answers
        && other.group.example.cause == Cause::Accepted
        && one.group.requirement != other.group.requirement
        && one.places().is_subset(&other.places())
}

/// A wrong refusal is explained by an acceptance that breaks the same requirement: the worse of the two is reported
/// first.
fn same_promise(contract: &Contract, one: &Caused, other: &Caused) -> bool {
    one.group.requirement == other.group.requirement
        && contract.catalogue.kind(&one.group.requirement) == Some(Kind::Refuse)
        && matches!(one.group.example.cause, Cause::Answered(..500))
        && other.group.example.cause == Cause::Accepted
}

/// A wallet that is wrong where requests overlap is explained by one that is also wrong without overlap: no race is
/// needed.
fn also_alone(contract: &Contract, one: &Caused, other: &Caused) -> bool {
    let about_money = |it: &Caused| contract.catalogue.kind(&it.group.requirement) == Some(Kind::Money);
    about_money(one)
        && about_money(other)
        && one.findings.iter().all(|it| it.context.at_once)
        && !other.is_charged_elsewhere()
        && other.findings.iter().any(|it| !it.context.at_once)
}

/// Refusals with one status that says success are one mistake: the server puts its errors into answers of success. The first
/// requirement in the catalogue's order of names stands for all.
fn refused_with_success(contract: &Contract, one: &Caused, other: &Caused) -> bool {
    let status = |it: &Caused| match it.group.example.cause {
        Cause::Answered(status @ 200..=299) => Some(status),
        _ => None,
    };
    let refuses = |it: &Caused| contract.catalogue.kind(&it.group.requirement) == Some(Kind::Refuse);
    refuses(one)
        && refuses(other)
        && status(one).is_some()
        && status(one) == status(other)
        && (other.rank(contract), &other.group.requirement) < (one.rank(contract), &one.group.requirement)
}

/// Returns the causes, the worst first, each followed by those that it explains.
pub(super) fn in_order(contract: &Contract, mut causes: Vec<Caused>) -> Vec<FindingGroup> {
    let key = |it: &Caused| {
        (
            it.group.example.warning,
            it.rank(contract),
            std::cmp::Reverse(it.group.occurrences),
            it.group.requirement.clone(),
        )
    };
    causes.sort_by_key(key);
    let parents = parents(contract, &causes);
    // A cause ranks as high as the worst cause that it explains.
    let mut roots: Vec<usize> = (0..causes.len()).filter(|at| parents[*at].is_none()).collect();
    let first = |root: usize| (0..causes.len()).find(|at| *at == root || parents[*at] == Some(root));
    roots.sort_by_key(|root| first(*root));
    let mut order = Vec::with_capacity(causes.len());
    for root in roots {
        let under = order.len();
        order.push((root, None));
        let explained = (0..causes.len()).filter(|at| parents[*at] == Some(root));
        order.extend(explained.map(|at| (at, Some(under))));
    }
    let mut groups: Vec<Option<FindingGroup>> = causes.into_iter().map(|it| Some(it.group)).collect();
    let take =
        |(at, under): (usize, Option<usize>)| groups[at].take().map(|group| FindingGroup { under, ..group });
    order.into_iter().filter_map(take).collect()
}

/// Returns for each cause the position of the unexplained cause that explains it, directly or through others.
fn parents(contract: &Contract, causes: &[Caused]) -> Vec<Option<usize>> {
    let parent = |one: usize| {
        let others = || (0..causes.len()).filter(move |other| *other != one && causes[*other].is_failure());
        let explained = causes[one].is_failure();
        let by = |rule: &FoldingRule| others().find(|other| rule(contract, &causes[one], &causes[*other]));
        RULES.iter().filter(|_| explained).find_map(by)
    };
    let direct: Vec<Option<usize>> = (0..causes.len()).map(parent).collect();
    let root = |start: usize| {
        let mut at = start;
        // Two causes that explain each other are both treated as unexplained.
        for _ in 0..causes.len() {
            match direct[at] {
                Some(next) => at = next,
                None => return Some(at).filter(|root| *root != start),
            }
        }
        None
    };
    (0..causes.len()).map(root).collect()
}

#[cfg(test)]
mod tests {
    use super::super::verdict::Context;
    use super::*;

    /// Returns a cause with findings at these exchanges and with these candidates, attributed to the requirement.
    fn caused(requirement: &str, candidates: &[&str], cause: &str, places: &[(&str, usize)]) -> Caused {
        let finding = |(case, exchange): &(&str, usize)| Finding {
            candidates: candidates.iter().map(|it| (*it).to_owned()).collect(),
            suspects: Vec::new(),
            warning: false,
            cause: cause.into(),
            summary: String::new(),
            expected: Vec::new(),
            actual: String::new(),
            detail: Vec::new(),
            case: (*case).to_owned(),
            index: 0,
            exchange: Some(*exchange),
            context: Context::default(),
        };
        let findings: Vec<Finding> = places.iter().map(finding).collect();
        let group = FindingGroup {
            requirement: requirement.to_owned(),
            example: findings[0].clone(),
            occurrences: findings.len() as u64,
            cases: Vec::new(),
            known: None,
            ways: Vec::new(),
            under: None,
        };
        Caused { group, findings }
    }

    fn with(mut caused: Caused, change: impl Fn(&mut Context)) -> Caused {
        caused.findings.iter_mut().for_each(|it| change(&mut it.context));
        change(&mut caused.group.example.context);
        caused
    }

    /// Returns the requirement and cause of each group, and the position of the group that explains it.
    fn told(causes: Vec<Caused>) -> Vec<(String, String, Option<usize>)> {
        let groups = in_order(&spec::embedded().unwrap(), causes);
        groups.into_iter().map(|it| (it.requirement, it.example.cause.to_string(), it.under)).collect()
    }

    fn row(requirement: &str, cause: &str, under: Option<usize>) -> (String, String, Option<usize>) {
        (requirement.to_owned(), cause.to_owned(), under)
    }

    #[test]
    fn the_worst_comes_first() {
        let down = |it: &mut Context| it.down = true;
        let private =
            with(caused("ORDER-PRIVATE", &["ORDER-PRIVATE"], "listed", &[("e", 0)]), |it| it.exposes = true);
        let all = vec![
            caused("RESP-SHAPE", &["RESP-SHAPE"], "shape", &[("a", 0), ("b", 0)]),
            caused("COUNT-HIGH", &["COUNT-HIGH"], "accepted", &[("c", 0)]),
            with(caused("BODY-JSON", &["BODY-JSON"], "answered 500", &[("d", 0)]), down),
            private,
            caused("MONEY-DEBIT", &["MONEY-DEBIT"], "wallet", &[("f", 0)]),
        ];
        let order: Vec<String> = told(all).into_iter().map(|it| it.0).collect();
        assert_eq!(order, ["MONEY-DEBIT", "ORDER-PRIVATE", "BODY-JSON", "COUNT-HIGH", "RESP-SHAPE"]);
    }

    /// With wrong totals, the server's own figures explain why it took a wallet to be sufficient, and the wrong sums
    /// follow.
    #[test]
    fn what_follows_from_a_wrong_total_is_told_beneath_it_and_is_as_bad() {
        let short = caused("BALANCE-SHORT", &["BALANCE-SHORT"], "accepted", &[("b", 0)]);
        let explained = with(short, |it| it.follows = vec!["RESP-TOTAL".to_owned()]);
        let total = || caused("RESP-TOTAL", &["RESP-TOTAL"], "wrong", &[("a", 0), ("b", 0)]);
        let sums = caused("RESP-TOTAL", &["RESP-LINEAR", "RESP-TOTAL"], "totals", &[("a", 0)]);
        let high = caused("COUNT-HIGH", &["COUNT-HIGH"], "accepted", &[("c", 0)]);
        assert_eq!(
            told(vec![high, explained, total(), sums]),
            [
                row("RESP-TOTAL", "wrong", None),
                row("BALANCE-SHORT", "accepted", Some(0)),
                row("RESP-TOTAL", "totals", Some(0)),
                row("COUNT-HIGH", "accepted", None),
            ]
        );
        let unexplained = caused("BALANCE-SHORT", &["BALANCE-SHORT"], "accepted", &[("b", 0)]);
        assert!(told(vec![unexplained, total()]).iter().all(|it| it.2.is_none()), "another bug beside it");
    }

    #[test]
    fn an_answer_is_explained_where_its_order_should_not_have_been_accepted_and_nowhere_else() {
        let high = || caused("COUNT-HIGH", &["COUNT-HIGH"], "accepted", &[("a", 0), ("b", 0)]);
        let count = |places| caused("RESP-COUNT", &["RESP-COUNT"], "count", places);
        assert_eq!(told(vec![high(), count(&[("a", 0)])])[1], row("RESP-COUNT", "count", Some(0)));
        assert_eq!(told(vec![high(), count(&[("a", 0), ("c", 0)])])[1], row("RESP-COUNT", "count", None));
    }

    #[test]
    fn a_race_is_explained_by_a_wallet_that_is_wrong_without_one() {
        let at_once = |it: &mut Context| it.at_once = true;
        let race = || with(caused("MONEY-RACE", &["MONEY-RACE"], "overspent", &[("r", 0)]), at_once);
        let debit = || caused("MONEY-DEBIT", &["MONEY-DEBIT"], "wallet", &[("a", 0), ("b", 0)]);
        assert_eq!(told(vec![race(), debit()])[1], row("MONEY-RACE", "overspent", Some(0)));
        let only_at_once = with(debit(), at_once);
        assert!(told(vec![race(), only_at_once]).iter().all(|it| it.2.is_none()));
    }

    #[test]
    fn a_wrong_refusal_stands_beneath_an_acceptance_and_a_breakdown_does_not() {
        let accepted = || caused("PRE-PACKAGE", &["PRE-PACKAGE"], "accepted", &[("a", 0), ("b", 0)]);
        let answered = |cause| caused("PRE-PACKAGE", &["PRE-PACKAGE"], cause, &[("c", 0)]);
        assert_eq!(told(vec![accepted(), answered("answered 422")])[1].2, Some(0));
        assert!(told(vec![accepted(), answered("answered 500")]).iter().all(|it| it.2.is_none()));
    }
}
