//! How long a client waits before it asks again.

use spec::OperationId;

use super::finding::{Finding, finding};
use super::scene::{Scene, header, read_whole};
use crate::client::history::{Answer, Exchange};

/// What a clock may be off, in microseconds.
const TOLERANCE: u64 = 50_000;
/// Tries that are looked at for growing pauses, at least.
const TRIES: usize = 4;
/// Readings that are looked at for their pace, at least, and the least pause between them in microseconds.
const POLLS: (usize, u64) = (12, 100_000);

/// What an order is followed by.
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

/// Requests for the same, in their order.
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

/// Whether the same is asked again sooner than the server wants.
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

/// How many microseconds an answer asks to wait at least, and in what words.
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
    // The second of the answer's own date may be over already.
    let left = until.duration_since(now).ok()?.as_secs().saturating_sub(1);
    Some((left.saturating_mul(1_000_000), said))
}

/// Pauses between tries, in microseconds.
fn pauses(group: &[Placed<'_>]) -> Vec<u64> {
    group.windows(2).map(|pair| pair[1].1.at_us.saturating_sub(pair[0].1.at_us)).collect()
}

/// Whether tries of what fails get further apart.
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

/// Whether the same is read without a pause.
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
