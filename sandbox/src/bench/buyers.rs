//! Simulates buyers: each sends the same order repeatedly on its own connection, either as soon as the last one is
//! answered or at a fixed rate.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use super::error::BenchError;

/// How often orders are sent.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pace {
    /// Each buyer sends the next order when the last one has been answered.
    AsFastAsTheyCan,
    /// This many orders per second by all buyers together, even if earlier ones have not been answered in time.
    ASecond(u64),
}

/// The orders that were accepted.
#[derive(Debug, Clone, Default)]
pub(super) struct Taken {
    /// How long each order took, in microseconds, sorted. For an order that was sent late, the delay is included.
    micros: Vec<u64>,
    elapsed: Duration,
}

impl Taken {
    pub(super) fn of(mut micros: Vec<u64>, elapsed: Duration) -> Self {
        micros.sort_unstable();
        Self { micros, elapsed }
    }

    /// Merges these orders with those of another measurement.
    pub(super) fn and(self, more: Self) -> Self {
        Self::of([self.micros, more.micros].concat(), self.elapsed + more.elapsed)
    }

    /// Returns the number per second.
    pub(super) fn rate(count: u64, elapsed: Duration) -> u64 {
        count * 1_000_000 / u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX).max(1)
    }

    pub(super) fn a_second(&self) -> u64 {
        Self::rate(self.micros.len() as u64, self.elapsed)
    }

    /// Returns the percentile of durations in microseconds, weighted by duration: an order that arrives at a random
    /// moment meets a long duration more often than a short one.
    pub(super) fn at_any_time(&self, percent: u64) -> u64 {
        let (all, mut past) = (self.micros.iter().sum::<u64>(), 0);
        let found = self.micros.iter().find(|micros| {
            past += **micros;
            past * 100 >= all * percent
        });
        found.copied().unwrap_or_default()
    }

    /// Returns the percentile of durations in microseconds.
    pub(super) fn within(&self, percent: usize) -> u64 {
        let at = (self.micros.len() * percent / 100).min(self.micros.len().saturating_sub(1));
        self.micros.get(at).copied().unwrap_or_default()
    }
}

/// A persistent connection.
pub(super) struct Line {
    stream: BufReader<TcpStream>,
}

impl Line {
    pub(super) fn open(address: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::with_capacity(64 << 10, stream) })
    }

    /// Sends a request; returns the first line and the body of the response.
    pub(super) fn ask(&mut self, request: &[u8]) -> std::io::Result<(String, Vec<u8>)> {
        self.stream.get_mut().write_all(request)?;
        let (mut first, mut length, mut line) = (String::new(), 0, String::new());
        self.stream.read_line(&mut first)?;
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? <= 2 {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or_default();
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok((first, body))
    }
}

/// Lets buyers send orders for a time.
///
/// # Errors
/// Returns an error if an order was not answered or not accepted.
pub(super) fn buy(
    address: &str,
    request: &[u8],
    connections: u64,
    pace: Pace,
    time: Duration,
) -> Result<Taken, BenchError> {
    let begun = Instant::now();
    let all = thread::scope(|scope| {
        let buyers: Vec<_> = (0..connections)
            .map(|buyer| {
                scope.spawn(move || one(address, request, turns(pace, buyer, connections), (begun, time)))
            })
            .collect();
        buyers.into_iter().map(|it| it.join().unwrap_or(Err(BenchError::Ended))).collect::<Vec<_>>()
    });
    let elapsed = begun.elapsed();
    let mut micros = Vec::new();
    for taken in all {
        micros.extend(taken?);
    }
    Ok(Taken::of(micros, elapsed))
}

/// Returns when a buyer's first order is due and the interval of the next ones; `None` if it sends without pause.
fn turns(pace: Pace, buyer: u64, connections: u64) -> Option<(Duration, Duration)> {
    match pace {
        Pace::AsFastAsTheyCan => None,
        Pace::ASecond(rate) => {
            let apart = Duration::from_micros(1_000_000 * connections / rate.max(1));
            let first = Duration::from_micros(1_000_000 * buyer / rate.max(1));
            Some((first, apart))
        }
    }
}

fn one(
    address: &str,
    request: &[u8],
    turns: Option<(Duration, Duration)>,
    (begun, time): (Instant, Duration),
) -> Result<Vec<u64>, BenchError> {
    let mut line = Line::open(address)?;
    let mut micros = Vec::new();
    let mut due = turns.map(|(first, _)| begun + first);
    while begun.elapsed() < time {
        let from = due.unwrap_or_else(Instant::now);
        thread::park_timeout(from.saturating_duration_since(Instant::now()));
        let (status, body) = line.ask(request)?;
        if !status.starts_with("HTTP/1.1 200 ") {
            let answer = format!("{status}{}", String::from_utf8_lossy(&body));
            return Err(BenchError::Refused { what: "an order", answer });
        }
        micros.push(u64::try_from(from.elapsed().as_micros()).unwrap_or(u64::MAX));
        due = due.zip(turns).map(|(due, (_, apart))| due + apart);
    }
    Ok(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ones_are_met_more_often_than_they_are() {
        let taken = Taken::of(vec![1, 1, 98, 1, 1, 1, 1], Duration::from_secs(1));
        assert_eq!((taken.within(50), taken.at_any_time(50), taken.at_any_time(5)), (1, 98, 1));
        assert_eq!(
            (taken.a_second(), taken.and(Taken::of(vec![5], Duration::from_secs(3))).a_second()),
            (7, 2)
        );
        assert_eq!((Taken::default().within(99), Taken::default().at_any_time(99)), (0, 0));
    }

    #[test]
    fn those_who_buy_at_a_pace_share_it() {
        let seconds = |it: (Duration, Duration)| (it.0.as_millis(), it.1.as_millis());
        assert_eq!(turns(Pace::ASecond(100), 0, 4).map(seconds), Some((0, 40)));
        assert_eq!(turns(Pace::ASecond(100), 3, 4).map(seconds), Some((30, 40)));
        assert_eq!(turns(Pace::AsFastAsTheyCan, 3, 4), None);
    }
}
