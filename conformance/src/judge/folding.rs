//! The order of causes, and which of them another one explains.
//!
//! One mistake of a server is seen in many ways: where totals are wrong, wallets and lists are wrong too. What another cause
//! explains stays a finding, and is told beneath that one. A rule says when that is so; nothing is folded without evidence
//! of the run: by what the attribution of findings decided, by what was answered in the same case, or by the same requests.

use std::collections::BTreeSet;

use spec::{Contract, Kind, Severity};

use super::verdict::{Cause, Finding, FindingGroup};

/// How bad a cause is, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Money is lost or made from nothing.
    Money,
    /// The wrong callers get in or see what is not theirs, or the right ones don't get in.
    Safety,
    /// The server breaks down: a status of 500 or more, or no answer.
    Down,
    /// What must be refused is accepted, or the reverse, or with a wrong status.
    Status,
    /// An answer is not what was promised.
    Answer,
    /// The form of an error.
    Detail,
}

/// A cause with everything that was found of it.
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

    /// Whether the attribution charged it to another requirement than the likeliest.
    fn is_charged_elsewhere(&self) -> bool {
        self.findings.iter().all(|it| it.candidates.first() != Some(&self.group.requirement))
    }

    fn places(&self) -> BTreeSet<(&str, Option<usize>)> {
        self.findings.iter().map(|it| (it.case.as_str(), it.exchange)).collect()
    }
}

/// Whether the second explains the first.
type FoldingRule = fn(&Contract, &Caused, &Caused) -> bool;

/// The rules, in the order in which they are tried.
const RULES: [FoldingRule; 5] = [charged_to, follows, same_requests, same_promise, also_alone];

/// The attribution decided that it is the other promise that broke: what shows that promise broken by itself explains it.
fn charged_to(_: &Contract, one: &Caused, other: &Caused) -> bool {
    one.group.requirement == other.group.requirement
        && one.is_charged_elsewhere()
        && !other.is_charged_elsewhere()
}

/// The server's own figures in each case say that it follows from the other promise.
fn follows(_: &Contract, one: &Caused, other: &Caused) -> bool {
    one.group.requirement != other.group.requirement
        && !other.is_charged_elsewhere()
        && one.findings.iter().all(|it| it.context.follows.contains(&other.group.requirement))
}

/// What is wrong with the answer to an order that should not have been accepted, and with no other answer.
fn same_requests(contract: &Contract, one: &Caused, other: &Caused) -> bool {
    let about_answers = contract.catalogue.kind(&one.group.requirement) == Some(Kind::Answer);
    about_answers
        && other.group.example.cause == Cause::Accepted
        && one.group.requirement != other.group.requirement
        && one.places().is_subset(&other.places())
}

/// A wrong refusal, where the same promise is broken by accepting: the worse form of the two is told.
fn same_promise(contract: &Contract, one: &Caused, other: &Caused) -> bool {
    one.group.requirement == other.group.requirement
        && contract.catalogue.kind(&one.group.requirement) == Some(Kind::Refuse)
        && matches!(one.group.example.cause, Cause::Answered(..500))
        && other.group.example.cause == Cause::Accepted
}

/// A wallet that is wrong where requests overlap, and also where one goes after the other: no race is needed for it.
fn also_alone(contract: &Contract, one: &Caused, other: &Caused) -> bool {
    let about_money = |it: &Caused| contract.catalogue.kind(&it.group.requirement) == Some(Kind::Money);
    about_money(one)
        && about_money(other)
        && one.findings.iter().all(|it| it.context.at_once)
        && !other.is_charged_elsewhere()
        && other.findings.iter().any(|it| !it.context.at_once)
}

/// The causes, the worst first, each with what it explains behind it.
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
    // A cause is as bad as the worst that it explains.
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

/// For each cause the one that explains it and is explained by no other.
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
        // Two that explain each other explain neither.
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

    /// A cause of findings at these exchanges, with these candidates, charged to the requirement.
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

    /// Requirement, cause, and the position of what explains it.
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

    /// Wrong totals: the server's own figures explain why it takes a wallet for large enough, and the sums follow.
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
