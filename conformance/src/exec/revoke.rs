//! The provider state that revokes a key while it is in use.

use std::collections::BTreeMap;

use super::states::{Request, StateError, StateTrouble, States};
use crate::secret::Secret;
use crate::sut::shown;

impl States {
    /// Revokes a key. The state is not remembered for teardown: there is nothing to tear down, and its params contain
    /// the key.
    ///
    /// # Errors
    /// Returns an error in the same cases as [`States::account`].
    pub(crate) async fn revoke(&self, key: &Secret) -> Result<(), StateError> {
        let state = "revoke";
        let error = |trouble| StateError { state: state.to_owned(), url: shown(&self.url), trouble };
        let params = BTreeMap::from([("apiKey", key.expose())]);
        let params =
            serde_json::value::to_raw_value(&params).map_err(|it| error(StateTrouble::Unwritable(it)))?;
        let request = Request { state, action: "setup", params: &params };
        let body = serde_json::to_vec(&request).map_err(|it| error(StateTrouble::Unwritable(it)))?;
        let answer = self.stop.unless_given_up(self.once(&body)).await;
        answer.unwrap_or(Err(StateTrouble::Stopped)).map(drop).map_err(error)
    }
}
