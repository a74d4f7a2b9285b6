//! Simulates clients that page through all orders, a full page at a time, repeatedly and without a pause.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::buyers::Line;
use super::error::BenchError;
use super::target::BenchTarget;

/// The running clients.
pub(super) struct Listers {
    threads: Vec<JoinHandle<Result<u64, BenchError>>>,
    begun: Instant,
}

/// Starts the clients, which continue until `stop` is set.
pub(super) fn start(target: &BenchTarget, count: usize, stop: &Arc<AtomicBool>) -> Listers {
    let threads = (0..count).map(|_| {
        let (address, stop) = (target.address.clone(), stop.clone());
        let (first, mark) = (target.list(""), format!("\"{}\":\"", target.cursor));
        let next = target.list("CURSOR");
        thread::spawn(move || list(&address, (&first, &next), &mark, &stop))
    });
    Listers { threads: threads.collect(), begun: Instant::now() }
}

fn list(
    address: &str,
    (first, next): (&str, &str),
    mark: &str,
    stop: &AtomicBool,
) -> Result<u64, BenchError> {
    let mut line = Line::open(address)?;
    let (mut request, mut pages) = (first.to_owned(), 0);
    while !stop.load(Ordering::Relaxed) {
        let (status, body) = line.ask(request.as_bytes())?;
        if !status.starts_with("HTTP/1.1 200 ") {
            return Err(BenchError::Refused { what: "a page", answer: status });
        }
        pages += 1;
        // The cursor is cut out of the text, since what a client does with a page is not measured.
        let body = String::from_utf8_lossy(&body);
        let cursor = body.rsplit_once(mark).and_then(|(_, rest)| rest.split('"').next());
        request = match cursor.filter(|it| !it.is_empty()) {
            Some(cursor) => next.replace("CURSOR", cursor),
            None => first.to_owned(),
        };
    }
    Ok(pages)
}

impl Listers {
    /// Returns the number of pages that were read, and the elapsed time.
    pub(super) fn end(self) -> Result<(u64, Duration), BenchError> {
        let mut pages = 0;
        for thread in self.threads {
            pages += thread.join().unwrap_or(Err(BenchError::Ended))?;
        }
        Ok((pages, self.begun.elapsed()))
    }
}
