//! Requests before the first case: reads, and requests that every server of this API refuses. None of them is
//! recorded.

use std::time::Duration;

use spec::{Contract, Meaning, OperationId};

use crate::exec::client::Client;
use crate::exec::http::{OutboundRequest, SendError};
use crate::exec::patience::soon;
pub(super) use crate::exec::states::NOT_UP;
use crate::history::{Response, Transport};
use crate::order::reading;
use crate::plan::key::{Key, KeyHeader};
use crate::secret::{Redactor, Secret};

/// The number of tries of a read that is lost or asked to wait.
const TRIES: u32 = 3;

/// The number of tries of a read that gets no answer, since each takes the whole time limit.
const SILENT_TRIES: u32 = 2;

/// The longest pause before a request is repeated.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Sends the requests of discovery.
#[derive(Debug, Clone, Copy)]
pub(in crate::exec) struct Scout<'a> {
    pub(in crate::exec) contract: &'a Contract,
    pub(in crate::exec) client: &'a Client,
    pub(in crate::exec) redactor: &'a Redactor,
}

impl Scout<'_> {
    /// Reads a path, and repeats that if the answer is lost, asks to wait or comes from a proxy alone.
    pub(super) async fn read(&self, path: &str, key: Option<&Secret>) -> Result<Response, SendError> {
        self.ask("GET", path, key).await
    }

    /// Reads what an operation shows to a key; `None` if the status is not that of its success.
    pub(super) async fn shown(&self, operation: OperationId, path: &str, key: &Secret) -> Option<Response> {
        let ok = self.contract.operation(operation).status(Meaning::Ok);
        self.read(path, Some(key)).await.ok().filter(|it| Some(it.status) == ok)
    }

    /// Sends a request without a body, and repeats it as [`read`](Self::read) does. The request must be safe to
    /// repeat.
    pub(super) async fn ask(
        &self,
        method: &str,
        path: &str,
        key: Option<&Secret>,
    ) -> Result<Response, SendError> {
        let mut tries = 1;
        loop {
            let answer = self.once(method, path, key, b"").await;
            let (most, pause) = match &answer {
                Ok(response) if self.is_to_wait(response) => (TRIES, soon(response)),
                Ok(_) => return answer,
                Err(error) if error.never_left() => return answer,
                Err(SendError::Timeout(_)) => (SILENT_TRIES, Duration::ZERO),
                Err(_) => (TRIES, Duration::from_millis(50)),
            };
            if tries == most || !self.client.pause(pause.min(LONGEST_PAUSE)).await {
                return answer;
            }
            tries += 1;
        }
    }

    fn is_to_wait(&self, response: &Response) -> bool {
        reading::is_throttle(self.contract, response.status) || NOT_UP.contains(&response.status)
    }

    /// Sends a request once.
    pub(super) async fn once(
        &self,
        method: &str,
        path: &str,
        key: Option<&Secret>,
        body: &[u8],
    ) -> Result<Response, SendError> {
        let key = key.and_then(|key| Key::Own.header(&self.contract.key, Some(key)));
        self.send(method, path, key.as_ref(), body).await
    }

    /// Reads a path once, with the key's header in exactly the documented letter case.
    pub(super) async fn read_as_documented(&self, path: &str, key: &Secret) -> Result<Response, SendError> {
        let key = Key::Own.header(&self.contract.key, Some(key));
        let key = key.map(|it| KeyHeader { exact: true, ..it });
        self.send("GET", path, key.as_ref(), b"").await
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        key: Option<&KeyHeader>,
        body: &[u8],
    ) -> Result<Response, SendError> {
        let typed = [("content-type".to_owned(), "application/json".to_owned())];
        let request = OutboundRequest {
            method,
            url: &self.client.url(path),
            headers: if body.is_empty() { &[] } else { &typed },
            key,
            body,
            transport: Transport::Plain,
        };
        self.client.ask(&request, self.redactor).await
    }
}
