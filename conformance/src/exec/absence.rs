//! Waits for a server to which no connection can be made. A request that never left may be sent once it is back; if that
//! takes too long, the run ends.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::time::Instant;

use super::http::SendError;
use super::stop::Stop;

/// The time after which a server to which no connection can be made counts as gone.
pub(crate) const LONGEST: Duration = Duration::from_secs(15);

/// The first pause before a request is sent again, and the longest; each is twice as long as the one before.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(1)];

/// The number of connections in a row that fail before this is reported: a single one may be chance.
const HANDFUL: u32 = 4;

/// Whether connections to the server can be made, as it is reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Presence {
    /// They can, as far as is known.
    #[default]
    There,
    /// They can't, for this reason.
    Away(String),
    /// They can again, after this time.
    Back(Duration),
}

/// What the senders of a run know about connections that could not be made.
#[derive(Debug, Clone)]
pub(crate) struct Absence {
    stop: Stop,
    longest: Duration,
    pauses: [Duration; 2],
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Held by the one sender that tries whether the server is back; the others wait for it.
    trying: Mutex<()>,
    gone: AtomicBool,
    told: watch::Sender<Presence>,
}

impl Absence {
    /// Returns the knowledge of a run that ends with this signal, which is set if the server is gone.
    #[must_use]
    pub(crate) fn new(stop: Stop) -> Self {
        Self { stop, longest: LONGEST, pauses: PAUSES, shared: Arc::default() }
    }

    /// Returns true if the run ended because no connection could be made.
    #[must_use]
    pub(crate) fn is_gone(&self) -> bool {
        self.shared.gone.load(Ordering::Relaxed)
    }

    /// Subscribes to what is reported.
    #[must_use]
    pub(crate) fn watch(&self) -> watch::Receiver<Presence> {
        self.shared.told.subscribe()
    }

    /// Returns what came of a request, sent again until a connection is made. `error` returns why there is no answer.
    ///
    /// A request is sent again only if no connection was made, so that nothing is sent twice.
    pub(super) async fn outlast<T, F: Future<Output = T>>(
        &self,
        first: T,
        error: impl Fn(&T) -> Option<&SendError>,
        again: impl Fn() -> F,
    ) -> T {
        let why = |it: &T| error(it).filter(|it| is_unconnected(it)).map(ToString::to_string);
        let mut last = first;
        if why(&last).is_none() {
            return last;
        }
        let _trying = self.shared.trying.lock().await;
        let begun = Instant::now();
        let ([mut pause, longest], mut failed) = (self.pauses, 1);
        while !self.is_gone() && !self.stop.is_set() {
            last = again().await;
            let Some(why) = why(&last) else {
                if failed >= HANDFUL {
                    self.shared.told.send_replace(Presence::Back(begun.elapsed()));
                }
                return last;
            };
            failed += 1;
            if failed == HANDFUL {
                self.shared.told.send_replace(Presence::Away(why));
            }
            if begun.elapsed() >= self.longest {
                self.shared.gone.store(true, Ordering::Relaxed);
                self.stop.set();
            } else if !self.stop.pause(pause).await {
                break;
            }
            pause = (pause * 2).min(longest);
        }
        last
    }
}

/// Returns true if no connection was made, so that the request never left.
const fn is_unconnected(error: &SendError) -> bool {
    matches!(error, SendError::Unconnected(_) | SendError::ConnectTimeout(_))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;

    const REFUSED: SendError = SendError::ConnectTimeout(Duration::ZERO);

    /// Sends a request to a server to which a connection can be made at the n-th try; returns what came of it, the number
    /// of tries, and what is known then.
    async fn sent(back_at: u32, longest: Duration) -> (Result<u32, SendError>, u32, Absence) {
        let pauses = [Duration::from_micros(1); 2];
        let absence = Absence { longest, pauses, ..Absence::new(Stop::default()) };
        let tries = AtomicU32::new(1);
        let again = || async {
            let nth = tries.fetch_add(1, Ordering::Relaxed) + 1;
            if nth < back_at { Err(REFUSED) } else { Ok(nth) }
        };
        let came =
            absence.outlast(Err(REFUSED), |it: &Result<u32, SendError>| it.as_ref().err(), again).await;
        (came, tries.load(Ordering::Relaxed), absence)
    }

    #[tokio::test]
    async fn a_server_that_restarts_is_waited_for() {
        for (back_at, told) in [(2, false), (4, false), (5, true), (9, true)] {
            let (came, tries, absence) = sent(back_at, Duration::from_secs(3_600)).await;
            assert_eq!((came.ok(), tries), (Some(back_at), back_at));
            assert!(!absence.is_gone() && !absence.stop.is_set());
            let said = absence.watch().borrow().clone();
            assert_eq!(matches!(said, Presence::Back(_)), told, "{back_at}: {said:?}");
        }
    }

    #[tokio::test]
    async fn a_server_that_stays_away_ends_the_run_and_nobody_waits_twice() {
        let (came, tries, absence) = sent(u32::MAX, Duration::ZERO).await;
        assert!(came.is_err() && absence.is_gone() && absence.stop.is_set());
        assert_eq!(tries, 2, "it is tried once more in any case");
        let late = AtomicU32::new(0);
        let again = || async {
            late.fetch_add(1, Ordering::Relaxed);
            Err(REFUSED)
        };
        let came = absence.outlast(Err(REFUSED), |it: &Result<(), SendError>| it.as_ref().err(), again).await;
        assert_eq!((came.is_err(), late.into_inner()), (true, 0));
    }

    #[tokio::test]
    async fn what_may_have_left_is_never_sent_again() {
        let absence = Absence::new(Stop::default());
        let twice = AtomicU32::new(0);
        let again = || async {
            twice.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        let lost = Err(SendError::Timeout(Duration::ZERO));
        let came = absence.outlast(lost, |it: &Result<(), SendError>| it.as_ref().err(), again).await;
        assert!(matches!(came, Err(SendError::Timeout(_))));
        assert_eq!(twice.into_inner(), 0);
    }
}
