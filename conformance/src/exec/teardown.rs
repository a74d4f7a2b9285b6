//! Tears down what was set up, by the convention of Pact: the same state and params are sent to the same URL with the
//! action `teardown`, along with the answer to the setup, so that a handler knows which account is meant.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use serde_json::value::RawValue;

use super::states::{Made, MadeAnswer, NOT_IMPLEMENTED, Request, SetUp, StateTrouble, States};

/// The longest total duration of the teardown.
const LONGEST: Duration = Duration::from_secs(60);

/// The same for a run that was stopped, since the user who stopped it does not want to wait long.
const LONGEST_STOPPED: Duration = Duration::from_secs(10);

/// The same if the handler no longer answers.
const LONGEST_GONE: Duration = Duration::from_secs(2);

/// The number of requests at a time.
const AT_ONCE: usize = 8;

/// The order of the teardown: what was derived from a state goes before it.
const ORDER: [&str; 4] = ["recipient", "key", "account", "catalog"];

/// A handler's answer to tearing down one state.
enum Said {
    Done,
    /// The handler does not know how, so it is not asked again about this kind of state.
    Unknown,
    Failed(StateTrouble),
}

impl States {
    /// Returns the number of states that are set up.
    #[must_use]
    pub(crate) fn count(&self) -> usize {
        self.set_up.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Tears down everything that was set up, and returns a line for each kind of state for which this failed. If a
    /// handler does not know teardown, there is nothing to tear down.
    pub(crate) async fn tear_down(&self) -> Vec<String> {
        let mut by_state: BTreeMap<&str, Vec<SetUp>> = BTreeMap::new();
        for set_up in std::mem::take(&mut *self.set_up.lock().unwrap_or_else(PoisonError::into_inner)) {
            by_state.entry(set_up.state).or_default().push(set_up);
        }
        let longest = match self.is_stopped() {
            _ if self.gone().is_some() => LONGEST_GONE,
            true => LONGEST_STOPPED,
            false => LONGEST,
        };
        let until = tokio::time::Instant::now() + longest;
        let mut lines = Vec::new();
        for state in ORDER {
            let Some(all) = by_state.remove(state) else { continue };
            let (count, mut done) = (all.len(), 0);
            let work = self.of_state(&all, &mut done);
            let trouble = match tokio::time::timeout_at(until, work).await {
                Ok(None) => continue,
                Ok(Some(trouble)) => trouble.to_string(),
                Err(_) => format!("it took more than {} s", longest.as_secs()),
            };
            lines.push(format!(
                "{} of {count} provider states `{state}` were not torn down: {trouble}",
                count - done
            ));
        }
        lines
    }

    /// Tears down states of one kind, and returns the first error.
    async fn of_state(&self, all: &[SetUp], done: &mut usize) -> Option<StateTrouble> {
        let mut first = None;
        for some in all.chunks(AT_ONCE) {
            let answers = futures::future::join_all(some.iter().map(|it| self.one(it))).await;
            for answer in answers {
                match answer {
                    Said::Done => *done += 1,
                    Said::Unknown if *done == 0 => return None,
                    // The handler knows teardown, but no longer has this state.
                    Said::Unknown => *done += 1,
                    Said::Failed(trouble) => {
                        // If one request gets no answer, the others would get none either.
                        let gone = matches!(trouble, StateTrouble::Unanswered(_));
                        first.get_or_insert(trouble);
                        if gone {
                            return first;
                        }
                    }
                }
            }
        }
        first
    }

    async fn one(&self, set_up: &SetUp) -> Said {
        let params = match with_made(&set_up.params, set_up.made.as_ref()) {
            Ok(params) => params,
            Err(error) => return Said::Failed(StateTrouble::Unwritable(error)),
        };
        let request = Request { state: set_up.state, action: "teardown", params: &params };
        let body = match serde_json::to_vec(&request) {
            Ok(body) => body,
            Err(error) => return Said::Failed(StateTrouble::Unwritable(error)),
        };
        match self.once(&body).await {
            // A handler that ignores the action sets up another account, and would do so for each request.
            Ok(bytes) if serde_json::from_slice::<MadeAnswer>(&bytes).is_ok() => Said::Unknown,
            Ok(_) => Said::Done,
            Err(StateTrouble::Refused { status: 400..=428 | 430..=499 | NOT_IMPLEMENTED, .. }) => {
                Said::Unknown
            }
            Err(trouble) => Said::Failed(trouble),
        }
    }
}

/// Returns the params together with what the setup answered.
fn with_made(params: &RawValue, made: Option<&Made>) -> serde_json::Result<Box<RawValue>> {
    let mut all: BTreeMap<&str, Box<RawValue>> = serde_json::from_str(params.get())?;
    if let Some(made) = made {
        all.insert("apiKey", serde_json::value::to_raw_value(made.key.expose())?);
        if let Some(profile) = &made.profile {
            all.insert("profileId", serde_json::value::to_raw_value(profile)?);
        }
    }
    serde_json::value::to_raw_value(&all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn params_keep_their_text_and_name_what_was_made() {
        let params = RawValue::from_string(r#"{"role":"Agent","balance":0.10}"#.to_owned()).unwrap();
        let made = Made { key: Secret::new("netconnect_test_1".into(), &[]), profile: Some("p".into()) };
        let text = with_made(&params, Some(&made)).unwrap();
        let wanted = r#"{"apiKey":"netconnect_test_1","balance":0.10,"profileId":"p","role":"Agent"}"#;
        assert_eq!(text.get(), wanted);
        assert_eq!(with_made(&params, None).unwrap().get(), r#"{"balance":0.10,"role":"Agent"}"#);
    }
}
