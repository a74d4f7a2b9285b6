//! Stopping a run: first nothing more is sent and every pause ends, then nothing is waited for any more either.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// Whether a run is to stop; clones are one.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    sending: CancellationToken,
    waiting: CancellationToken,
}

impl Stop {
    /// One that is set where this one is, and can be without it: a run that ends by itself ends no other.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { sending: self.sending.child_token(), waiting: self.waiting.child_token() }
    }

    /// Nothing more is sent, and every pause ends. What is in flight is waited for.
    pub fn set(&self) {
        self.sending.cancel();
    }

    /// Nor is anything waited for any more.
    pub fn give_up(&self) {
        self.sending.cancel();
        self.waiting.cancel();
    }

    /// Whether nothing more is to be sent.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.sending.is_cancelled()
    }

    /// What a piece of work comes to, or nothing if the run is to stop first.
    pub async fn unless_set<F: Future>(&self, work: F) -> Option<F::Output> {
        self.sending.run_until_cancelled(work).await
    }

    /// What something in flight comes to, or nothing if it is not waited for any longer.
    pub async fn unless_given_up<F: Future>(&self, work: F) -> Option<F::Output> {
        self.waiting.run_until_cancelled(work).await
    }

    /// What something in flight comes to, or nothing if it is not there so long after the run is to stop.
    pub async fn unless_overdue<F: Future>(&self, work: F, grace: Duration) -> Option<F::Output> {
        let overdue = async {
            self.sending.cancelled().await;
            tokio::time::sleep(grace).await;
        };
        tokio::select! {
            done = self.unless_given_up(work) => done,
            () = overdue => None,
        }
    }

    /// Waits; false if the run is to stop.
    pub async fn pause(&self, pause: Duration) -> bool {
        self.unless_set(tokio::time::sleep(pause)).await.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_ends_by_itself_ends_no_other() {
        let stop = Stop::default();
        let (one, other) = (stop.child(), stop.child());
        one.set();
        assert!(one.is_set() && !other.is_set() && !stop.is_set());
        stop.set();
        assert!(other.is_set() && stop.child().is_set());
    }

    #[tokio::test]
    async fn a_pause_ends_at_once_and_what_is_in_flight_does_not() {
        let stop = Stop::default();
        assert!(stop.pause(Duration::from_millis(1)).await);
        let (answer, comes) = tokio::sync::oneshot::channel();
        let later = stop.clone();
        let stopping = async {
            later.set();
            // What was sent before is answered all the same.
            answer.send(7).unwrap();
        };
        let pause = stop.pause(Duration::from_secs(1 << 30));
        let (paused, answered, ()) = tokio::join!(pause, stop.unless_given_up(comes), stopping);
        assert_eq!((paused, answered), (false, Some(Ok(7))));
        assert!(stop.is_set() && !stop.pause(Duration::from_secs(1 << 30)).await);
        stop.give_up();
        assert_eq!(stop.unless_given_up(std::future::pending::<()>()).await, None);
    }
}
