//! Judges how long a client waits before it repeats a request.

use spec::OperationId;

use super::finding::{Finding, finding};
use super::scene::{Scene, header, read_whole};
use crate::client::history::{Answer, Exchange};

/// The tolerance for the measured times, in microseconds.
const TOLERANCE: u64 = 50_000;
/// The least number of tries for which growing pauses are required.
const TRIES: usize = 4;
/// The least number of readings whose rate is judged, and their least mean interval, in microseconds.
const POLLS: (usize, u64) = (12, 100_000);

/// The operations by which an order is followed.
const FOLLOWS: [OperationId; 3] = [OperationId::Order, OperationId::OrderStatus, OperationId::Orders];

pub(super) fn judge(scene: &Scene<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = asked(scene).into_iter().collect();
    let alike = alike(scene);
    if findings.is_empty() {
        findings.extend(alike.iter().find_map(|it| backoff(it)));
    }
    let followed = |it: &&Vec<Placed<'_>>| {
        let first = it.first().and_then(|(at, _)| scene.operation(*at));
        first.is_some_and(|it| FOLLOWS.contains(&it))
    };
    findings.extend(alike.iter().filter(followed).find_map(|it| pace(it)));
    findings
}

type Placed<'a> = (usize, &'a Exchange);

/// Groups requests by method and target, each group in the order of arrival.
fn alike<'a>(scene: &Scene<'a>) -> Vec<Vec<Placed<'a>>> {
    let mut groups: Vec<Vec<Placed<'a>>> = Vec::new();
    for (at, exchange) in scene.exchanges() {
        let same = |it: &&mut Vec<Placed<'_>>| {
            it.iter().any(|(_, one)| one.method == exchange.method && one.target == exchange.target)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push((at, exchange)),
            None => groups.push(vec![(at, exchange)]),
        }
    }
    groups
}

/// Returns a finding if a request is repeated sooner than the server asked.
fn asked(scene: &Scene<'_>) -> Option<Finding> {
    for group in alike(scene) {
        for (at, exchange) in &group {
            let Some(answer) = read_whole(exchange) else { continue };
            let Some((least, said)) = asks(answer) else { continue };
            let next = group.iter().find(|(later, _)| later > at);
            let Some((later, again)) = next else { continue };
            let waited = again.at_us.saturating_sub(answer.at_us);
            if waited + TOLERANCE < least {
                let received = format!("the next try after {} ms", waited / 1000);
                let expected = format!("Retry-After: {said}, so nothing sooner");
                let what = "the server asks to wait, and the client comes back sooner";
                return Some(finding("WAIT-ASKED", what, &expected, received).at(*later));
            }
        }
    }
    None
}

/// Returns the least wait that an answer asks for, in microseconds, and the value of its header.
fn asks(answer: &Answer) -> Option<(u64, &str)> {
    if (200..400).contains(&answer.status) {
        return None;
    }
    let said = header(&answer.headers, "retry-after")?.trim();
    if let Ok(seconds) = said.parse::<u64>() {
        return Some((seconds.saturating_mul(1_000_000), said));
    }
    let until = httpdate::parse_http_date(said).ok()?;
    let now = httpdate::parse_http_date(header(&answer.headers, "date")?).ok()?;
    // The date of the answer has whole seconds, so its second may be almost over.
    let left = until.duration_since(now).ok()?.as_secs().saturating_sub(1);
    Some((left.saturating_mul(1_000_000), said))
}

/// Returns the intervals between requests, in microseconds.
fn pauses(group: &[Placed<'_>]) -> Vec<u64> {
    group.windows(2).map(|pair| pair[1].1.at_us.saturating_sub(pair[0].1.at_us)).collect()
}

/// Returns a finding if the pauses between failed tries do not grow.
fn backoff(group: &[Placed<'_>]) -> Option<Finding> {
    let failed =
        |it: &Exchange| read_whole(it).is_none_or(|answer| answer.status == 429 || answer.status >= 500);
    let tries: Vec<Placed<'_>> = group.iter().filter(|(_, it)| failed(it)).copied().collect();
    let pauses = pauses(&tries);
    let (first, last) = (*pauses.first()?, *pauses.last()?);
    if tries.len() < TRIES || last.saturating_mul(2) > first.saturating_mul(3) {
        return None;
    }
    let received = format!(
        "{} tries, the last pause {} ms after a first of {} ms",
        tries.len(),
        last / 1000,
        first / 1000
    );
    let what = "tries do not get further apart";
    Some(finding("WAIT-BACKOFF", what, "pauses that grow", received).only_warns().at(tries.last()?.0))
}

/// Returns a finding if the same is read without pauses.
fn pace(group: &[Placed<'_>]) -> Option<Finding> {
    let fine = |it: &Exchange| read_whole(it).is_some_and(|answer| (200..300).contains(&answer.status));
    let read: Vec<Placed<'_>> = group.iter().filter(|(_, it)| fine(it)).copied().collect();
    let (first, last) = (read.first()?.1.at_us, read.last()?.1.at_us);
    let mean = last.saturating_sub(first) / (read.len().max(2) as u64 - 1);
    if read.len() < POLLS.0 || mean >= POLLS.1 {
        return None;
    }
    let received = format!("{} readings, one each {} ms", read.len(), mean / 1000);
    let what = "an order is followed without a pause to speak of";
    Some(
        finding("WAIT-POLL", what, "a few readings a second at most", received)
            .only_warns()
            .at(read.last()?.0),
    )
}
