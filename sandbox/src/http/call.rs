//! A request as it was read: the operation, its parameters, headers and body.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method};
use futures::StreamExt as _;
use spec::{Contract, OperationId};
use tokio::time::Instant;

use crate::http::limits::Taken;

/// The maximum size of a body in bytes; larger ones are refused.
const LARGEST_BODY: usize = 1 << 20;
/// A larger body is drained before it is refused, so that the client gets to read the response, but only up to this
/// size.
const LARGEST_DRAINED: usize = 1 << 26;

/// The body of a request.
#[derive(Debug)]
pub(crate) enum Payload {
    /// The whole body.
    Whole(Bytes),
    /// A body of this many bytes that was not kept.
    TooLarge(usize),
    /// The client closed the connection before the end of the body.
    Broken,
    /// The client took too long.
    Slow,
    /// The memory for bodies was exhausted.
    NoRoom,
}

impl Payload {
    /// Reads a body to its end, within a time limit. `room` is `None` if the body is not to be kept.
    pub(crate) async fn read(body: Body, time: Duration, room: Option<&mut Taken>) -> Self {
        Self::read_counted(body, time, room, &mut 0).await
    }

    /// Does the same, and counts the pieces in which the body arrived.
    pub(crate) async fn read_counted(
        body: Body,
        time: Duration,
        mut room: Option<&mut Taken>,
        pieces: &mut usize,
    ) -> Self {
        let mut stream = body.into_data_stream();
        let mut whole: Option<Bytes> = None;
        let mut joined = Vec::new();
        let mut size = 0;
        let deadline = Instant::now() + time;
        loop {
            let part = match tokio::time::timeout_at(deadline, stream.next()).await {
                Ok(Some(Ok(part))) => part,
                Ok(None) => break,
                Ok(Some(Err(_))) => return Self::Broken,
                Err(_) => return Self::Slow,
            };
            size += part.len();
            *pieces += 1;
            if size > LARGEST_DRAINED {
                break;
            }
            let Some(room) = &mut room else { continue };
            if size > LARGEST_BODY {
                (joined, whole) = (Vec::new(), None);
                room.clear();
            } else if !room.more(part.len()) {
                return Self::NoRoom;
            } else if joined.is_empty() && whole.is_none() {
                whole = Some(part);
            } else {
                joined.extend_from_slice(&whole.take().unwrap_or_default());
                joined.extend_from_slice(&part);
            }
        }
        match room {
            Some(_) if size <= LARGEST_BODY => Self::Whole(whole.unwrap_or_else(|| joined.into())),
            None if size == 0 => Self::Whole(Bytes::new()),
            _ => Self::TooLarge(size),
        }
    }
}

/// A request to one of the contract's operations.
#[derive(Debug)]
pub(crate) struct Call {
    /// The operation.
    pub(crate) operation: OperationId,
    /// The method as it was sent.
    pub(crate) method: Method,
    /// The path as it was sent.
    pub(crate) path: String,
    /// The values of the path's parameters, in order.
    pub(crate) params: Vec<String>,
    /// The query parameters, in order.
    pub(crate) query: Vec<(String, String)>,
    /// The headers, with names in lower case.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Payload,
    /// The number of the request on the server, from 1.
    pub(crate) serial: u64,
    /// The number of the request on its connection, from 1.
    pub(crate) on_connection: u64,
    /// The number of pieces in which the body arrived.
    pub(crate) pieces: usize,
    /// The bytes as they were received, if a hook needs them.
    pub(crate) raw: Vec<u8>,
}

impl Call {
    /// Returns a path parameter by its position; empty if there is none.
    pub(crate) fn param(&self, at: usize) -> &str {
        self.params.get(at).map_or("", String::as_str)
    }

    /// Returns a query parameter by its mark in the contract.
    pub(crate) fn query(&self, contract: &Contract, mark: &str) -> Option<&str> {
        let name = contract.operation(self.operation).query.get(mark)?;
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns the length of the body in bytes.
    pub(crate) fn length(&self) -> usize {
        match &self.body {
            Payload::Whole(bytes) => bytes.len(),
            Payload::TooLarge(size) => *size,
            Payload::Broken | Payload::Slow | Payload::NoRoom => 0,
        }
    }

    /// Returns the body; empty if it was not kept.
    pub(crate) fn body(&self) -> &[u8] {
        match &self.body {
            Payload::Whole(bytes) => bytes,
            _ => &[],
        }
    }
}
