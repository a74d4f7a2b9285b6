//! Judges how a program ends: by itself, without remaining processes, and with an exit code that agrees with what it
//! could know.

use serde_json::Value;
use spec::OperationId;

use super::finding::{Finding, finding};
use super::lookup::{Lookup, lookup};
use super::scene::{Known, Scene, read_whole};
use crate::client::history::{End, Exchange, Said, Sent};
use crate::client::task::TaskKind;

pub(super) fn judge(scene: &Scene<'_>) -> Vec<Finding> {
    let Some(end) = &scene.recording.end else { return Vec::new() };
    let mut findings = Vec::new();
    if end.left_running {
        let what = "something that the program started still runs";
        findings.push(finding(
            "END-RUNNING",
            what,
            "nothing left running",
            "a process in its group after it ended",
        ));
    }
    let judged = by_itself(end).or_else(|| {
        let task = scene.task()?;
        let said = end.said?;
        if said == Said::NotOffered {
            return None;
        }
        match task.kind {
            TaskKind::Balance => balance(scene, said),
            TaskKind::Buy | TaskKind::BuyAndWait => bought(scene, said, task.kind),
        }
    });
    findings.extend(judged.map(|it| blamed(scene, it)));
    findings
}

/// Attributes a finding to the rule that the scenario is about, if there is one.
fn blamed(scene: &Scene<'_>, mut finding: Finding) -> Finding {
    if let Some(id) = scene.recording.head.blames.as_ref().filter(|_| finding.id != UNKNOWN) {
        finding.usual = Some(std::mem::replace(&mut finding.id, id.clone()));
    }
    finding
}

const UNKNOWN: &str = "END-UNKNOWN";

fn by_itself(end: &End) -> Option<Finding> {
    if end.stopped {
        let received = format!("still running after {} s (--timeout), and stopped", end.at_us / 1_000_000);
        return Some(finding("END-TIME", "the program does not end by itself", "an end in time", received));
    }
    if end.said.is_none() {
        let received =
            end.code.map_or_else(|| "ended by a signal".to_owned(), |code| format!("exit code {code}"));
        let what = "the program ends with a code that stands for nothing";
        return Some(finding("END-CODE", what, "0, 1, 2 or 3, or what --exit-codes says", received));
    }
    None
}

/// Describes what an exit code says.
fn told(said: Said) -> &'static str {
    match said {
        Said::Done => "the task is done",
        Said::NotDone => "the task is certainly not done",
        Said::Unknown => "it can't tell",
        Said::NotOffered => "it does not do this task",
    }
}

/// The correct ends of a situation, and the rule that the others break.
struct Right {
    id: &'static str,
    summary: &'static str,
    said: &'static [Said],
    /// Ends that only cause a warning.
    tolerated: &'static [Said],
}

impl Right {
    fn judge(&self, said: Said) -> Option<Finding> {
        if self.said.contains(&said) {
            return None;
        }
        let expected: Vec<&str> = self.said.iter().map(|it| told(*it)).collect();
        let found = finding(self.id, self.summary, &expected.join(", or: "), told(said));
        Some(if self.tolerated.contains(&said) { found.only_warns() } else { found })
    }
}

const DONE: Right = Right {
    id: "END-DONE",
    summary: "the task is done, and the program does not say so",
    said: &[Said::Done],
    tolerated: &[],
};
const REFUSED: Right = Right {
    id: "END-REFUSED",
    summary: "nothing was placed, and the program does not say so",
    said: &[Said::NotDone],
    tolerated: &[Said::Unknown],
};
const OPEN: Right = Right {
    id: UNKNOWN,
    summary: "the order may have been placed or not, and the program says otherwise",
    said: &[Said::Unknown],
    tolerated: &[],
};
const FOUND: Right = Right {
    id: UNKNOWN,
    summary: "the order was placed, the program could read that, and says that it was not",
    said: &[Said::Done, Said::Unknown],
    tolerated: &[],
};
const ABSENT: Right = Right {
    id: UNKNOWN,
    summary: "the program read that the order was not placed, and says that it was",
    said: &[Said::NotDone, Said::Unknown],
    tolerated: &[],
};
const EARLY: Right = Right {
    id: UNKNOWN,
    summary: "the list did not show the order yet, and the program says that it knows",
    said: &[Said::Unknown],
    tolerated: &[Said::NotDone],
};
const PENDING: Right = Right {
    id: "END-PENDING",
    summary: "the order is still under way, and the program says otherwise",
    said: &[Said::Unknown],
    tolerated: &[],
};
const FAILED: Right = Right {
    id: "END-FAILED",
    summary: "a recipient has failed, and the program does not say so",
    said: &[Said::NotDone],
    tolerated: &[Said::Unknown],
};

fn bought(scene: &Scene<'_>, said: Said, kind: TaskKind) -> Option<Finding> {
    let purchases = scene.purchases();
    let accepted = || purchases.iter().filter(|it| it.known == Known::Accepted);
    if let Some(first) = accepted().next() {
        let placed: usize = accepted().map(|it| it.recipients.len()).sum();
        // A task with more recipients than an order takes may be split, and the orders must then cover all of them.
        if placed < scene.asked_for().len() {
            let what = "a part of what was asked for is bought, and the program says that all of it is";
            let received = format!("orders for {placed} of {} recipients", scene.asked_for().len());
            let part =
                finding("SEND-COUNT", what, "orders for all recipients, or another exit code", received);
            return (said == Said::Done).then(|| part.at(first.index));
        }
        return if kind == TaskKind::Buy { DONE.judge(said) } else { followed(scene, said, first.exchange) }
            .map(|it| it.at(first.index));
    }
    let Some(last) = purchases.last() else {
        if scene.recording.head.impossible || scene.had_trouble() {
            return REFUSED.judge(said);
        }
        return Some(finding(
            DONE.id,
            "nothing was in the way, and no order was sent",
            "an order",
            told(said),
        ));
    };
    let unknown = purchases.iter().rfind(|it| it.known == Known::Nothing);
    if let Some(lost) = unknown {
        let left = lost.exchange.answer.as_ref().filter(|it| it.sent == Sent::Abandoned);
        if left.is_some_and(|it| scene.says_success(it)) && said == Said::Done {
            return None;
        }
        let right = match lookup(scene, lost, u64::MAX) {
            Lookup::Wallet => return None,
            Lookup::Found => &FOUND,
            Lookup::Absent => &ABSENT,
            Lookup::Early => &EARLY,
            Lookup::None | Lookup::Partly => &OPEN,
        };
        let partly = lookup(scene, lost, u64::MAX) == Lookup::Partly;
        let found = right.judge(said).map(|it| it.at(lost.index))?;
        return Some(if partly && said == Said::NotDone { partly_read(found) } else { found });
    }
    let right = match last.known {
        Known::Redirected | Known::Unable => Right { said: &[Said::NotDone, Said::Unknown], ..REFUSED },
        _ => REFUSED,
    };
    right.judge(said).map(|it| it.at(last.index))
}

/// A client that reads one page of several and concludes that the order is missing has not read the whole list.
fn partly_read(mut finding: Finding) -> Finding {
    finding.id = "LOOKUP-WHOLE".to_owned();
    finding.summary = "a part of the list of orders was read, and the order counts as not placed".to_owned();
    finding
}

/// Judges the end of a program that follows a placed order.
fn followed(scene: &Scene<'_>, said: Said, bought: &Exchange) -> Option<Finding> {
    let reads = scene.of(&[OperationId::Order, OperationId::OrderStatus, OperationId::Orders]);
    let seen = reads.iter().rev().filter(|(_, it)| it.at_us > bought.at_us);
    let id = scene.placed(bought).unwrap_or_default();
    let shown = |(_, it): &(usize, &Exchange)| {
        let answer = read_whole(it).filter(|answer| scene.says_success(answer))?;
        order(scene, &answer.body, &id)
    };
    let Some(order) = seen.filter_map(shown).next() else { return PENDING.judge(said) };
    let states = states(scene, order);
    let words = &scene.contract.states;
    if states.iter().any(|it| words.is_under_way(it)) {
        return PENDING.judge(said);
    }
    let delivered = |it: &String| words.delivered.as_ref().is_some_and(|word| word.eq_ignore_ascii_case(it));
    if states.iter().any(|it| !delivered(it)) { FAILED.judge(said) } else { DONE.judge(said) }
}

/// Returns the object in an answer that is the order, alone or within a list.
fn order(scene: &Scene<'_>, body: &str, id: &str) -> Option<Value> {
    let name = &scene.contract.fields.order_read.id;
    let mut left: Vec<Value> = serde_json::from_str(body).into_iter().collect();
    while let Some(value) = left.pop() {
        match value {
            Value::Object(fields) if fields.get(name).and_then(Value::as_str) == Some(id) => {
                return Some(Value::Object(fields));
            }
            Value::Object(fields) => left.extend(fields.into_iter().map(|(_, value)| value)),
            Value::Array(list) => left.extend(list),
            _ => {}
        }
    }
    None
}

/// Returns every text in an order that is a known state, in lower case.
fn states(scene: &Scene<'_>, order: Value) -> Vec<String> {
    let mut states = Vec::new();
    let mut left = vec![order];
    while let Some(value) = left.pop() {
        match value {
            Value::String(text) if scene.contract.states.knows(&text) => {
                states.push(text.to_ascii_lowercase())
            }
            Value::Array(list) => left.extend(list),
            Value::Object(fields) => left.extend(fields.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    states
}

fn balance(scene: &Scene<'_>, said: Said) -> Option<Finding> {
    let reads = scene.of(&[OperationId::Wallet, OperationId::Profile]);
    let read =
        |(_, it): &&(usize, &Exchange)| read_whole(it).is_some_and(|answer| scene.says_success(answer));
    if let Some((at, _)) = reads.iter().find(read) {
        return DONE.judge(said).map(|it| it.at(*at));
    }
    if reads.is_empty() && !scene.had_trouble() && !scene.recording.head.impossible {
        return Some(finding(
            DONE.id,
            "nothing was in the way, and no balance was read",
            "a reading",
            told(said),
        ));
    }
    // A reading changes nothing, so it makes no difference whether it was not done or its outcome is unknown.
    Right { said: &[Said::NotDone, Said::Unknown], ..REFUSED }.judge(said)
}
