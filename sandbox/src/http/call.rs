//! A request as it was read: which operation, and with what.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method};
use futures::StreamExt as _;
use spec::{Contract, OperationId};

/// Larger bodies are refused.
const LARGEST_BODY: usize = 1 << 20;
/// A body is read to its end before it is refused, so that the client gets to read the answer; but not past this.
const LARGEST_DRAINED: usize = 1 << 26;

/// A request's body.
#[derive(Debug)]
pub(crate) enum Payload {
    /// All of it.
    Whole(Bytes),
    /// So many bytes, of which none were kept.
    TooLarge(usize),
    /// The client went away in the middle.
    Broken,
}

impl Payload {
    /// Reads a body to its end; in how many pieces it came too.
    pub(crate) async fn read(body: Body) -> (Self, usize) {
        let mut stream = body.into_data_stream();
        let mut whole: Option<Bytes> = None;
        let mut joined = Vec::new();
        let (mut size, mut pieces) = (0, 0);
        while let Some(part) = stream.next().await {
            let Ok(part) = part else { return (Self::Broken, pieces) };
            size += part.len();
            pieces += 1;
            match (size, whole.take()) {
                (LARGEST_DRAINED.., _) => break,
                (size, _) if size > LARGEST_BODY => joined.clear(),
                (_, None) if joined.is_empty() => whole = Some(part),
                (_, first) => {
                    joined.extend_from_slice(&first.unwrap_or_default());
                    joined.extend_from_slice(&part);
                }
            }
        }
        let payload = if size > LARGEST_BODY {
            Self::TooLarge(size)
        } else {
            Self::Whole(whole.unwrap_or_else(|| joined.into()))
        };
        (payload, pieces)
    }
}

/// A request to one of the contract's operations.
#[derive(Debug)]
pub(crate) struct Call {
    /// What is asked for.
    pub(crate) operation: OperationId,
    /// The method as it was sent.
    pub(crate) method: Method,
    /// The path as it was sent.
    pub(crate) path: String,
    /// Values of the path's parameters, in order.
    pub(crate) params: Vec<String>,
    /// The query, in order.
    pub(crate) query: Vec<(String, String)>,
    /// The headers; their names are in lower case.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Payload,
    /// Its number on the server, from 1.
    pub(crate) serial: u64,
    /// Its number on its connection, from 1.
    pub(crate) on_connection: u64,
    /// In how many pieces the body came.
    pub(crate) pieces: usize,
    /// The bytes as they came in, where a rule wants to see them.
    pub(crate) raw: Vec<u8>,
}

impl Call {
    /// A parameter of the path by its place; empty where there is none.
    pub(crate) fn param(&self, at: usize) -> &str {
        self.params.get(at).map_or("", String::as_str)
    }

    /// A query parameter by its mark in the contract.
    pub(crate) fn query(&self, contract: &Contract, mark: &str) -> Option<&str> {
        let name = contract.operation(self.operation).query.get(mark)?;
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// How long the body was.
    pub(crate) fn length(&self) -> usize {
        match &self.body {
            Payload::Whole(bytes) => bytes.len(),
            Payload::TooLarge(size) => *size,
            Payload::Broken => 0,
        }
    }

    /// The body; empty where it was not kept.
    pub(crate) fn body(&self) -> &[u8] {
        match &self.body {
            Payload::Whole(bytes) => bytes,
            Payload::TooLarge(_) | Payload::Broken => &[],
        }
    }
}
