//! Stops a run in two stages: first nothing more is sent and every pause ends, then answers are no longer waited for
//! either.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// A signal that a run is to stop. Clones share one signal.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    sending: CancellationToken,
    waiting: CancellationToken,
}

impl Stop {
    /// Returns a signal that is set when this one is, and can be set without it, so that a run which stops by itself
    /// stops no other.
    #[must_use]
    pub(crate) fn child(&self) -> Self {
        Self { sending: self.sending.child_token(), waiting: self.waiting.child_token() }
    }

    /// Ends sending and every pause. Requests in flight are still waited for.
    pub(crate) fn set(&self) {
        self.sending.cancel();
    }

    /// Ends everything that `set` ends, and the waiting for requests in flight as well.
    pub(crate) fn give_up(&self) {
        self.sending.cancel();
        self.waiting.cancel();
    }

    /// Returns true if nothing more is to be sent.
    #[must_use]
    pub(crate) fn is_set(&self) -> bool {
        self.sending.is_cancelled()
    }

    /// Returns the result of a piece of work, or `None` if the run is to stop first.
    pub(crate) async fn unless_set<F: Future>(&self, work: F) -> Option<F::Output> {
        self.sending.run_until_cancelled(work).await
    }

    /// Returns the result of something in flight, or `None` once it is no longer waited for.
    pub(crate) async fn unless_given_up<F: Future>(&self, work: F) -> Option<F::Output> {
        self.waiting.run_until_cancelled(work).await
    }

    /// Returns the result of something in flight, or `None` if it is not there at `grace` after the signal.
    pub(crate) async fn unless_overdue<F: Future>(&self, work: F, grace: Duration) -> Option<F::Output> {
        let overdue = async {
            self.sending.cancelled().await;
            tokio::time::sleep(grace).await;
        };
        tokio::select! {
            done = self.unless_given_up(work) => done,
            () = overdue => None,
        }
    }

    /// Waits. Returns false if the run is to stop.
    pub(crate) async fn pause(&self, pause: Duration) -> bool {
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
            // What was sent before the signal is still answered.
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
