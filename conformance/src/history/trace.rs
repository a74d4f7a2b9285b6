//! Identifies a request in the logs of the server that receives it, by a W3C trace context and the id of its case.
//!
//! Every request of a case has the trace id of the case and a parent id of its own. Both are digests of the seed, the
//! id of the case and the position of the request in it, so that a repeated run sends the same ids.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The header of the trace context, as defined by <https://www.w3.org/TR/trace-context/>.
pub(crate) const TRACE_HEADER: &str = "traceparent";

/// The header with the id of the case.
pub(crate) const CASE_HEADER: &str = "x-conformance-case";

/// The number of bytes of a case's id that are sent, since servers limit the length of headers.
const LONGEST_CASE: usize = 96;

/// A trace context, written as `00-TRACE-PARENT-01`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Trace(String);

impl Trace {
    /// Returns the trace context of the n-th request of a case.
    #[must_use]
    pub fn of(seed: u64, case: &str, nth: u64) -> Self {
        let of_case = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(case);
        let of_request = of_case.clone().chain_update([0]).chain_update(nth.to_be_bytes());
        let (trace, parent) = (of_case.finalize(), of_request.finalize());
        // Version 0, with the flag `sampled`, which asks samplers to keep the trace.
        Self(format!("00-{}-{}-01", hex(&trace[..16]), hex(&parent[..8])))
    }

    /// Returns the id that all requests of the case share.
    #[must_use]
    pub(crate) fn trace_id(&self) -> &str {
        self.0.split('-').nth(1).unwrap_or_default()
    }

    /// Returns the id of this one request.
    #[must_use]
    pub(crate) fn parent_id(&self) -> &str {
        self.0.split('-').nth(2).unwrap_or_default()
    }

    /// Returns the headers of a request of a case, followed by those that carry its trace context, if it has one.
    #[must_use]
    pub(crate) fn beside(
        this: Option<&Self>,
        case: &str,
        headers: &[(String, String)],
    ) -> Vec<(String, String)> {
        let own = this
            .map(|it| [(TRACE_HEADER.to_owned(), it.0.clone()), (CASE_HEADER.to_owned(), sendable(case))]);
        headers.iter().cloned().chain(own.into_iter().flatten()).collect()
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the bytes in hexadecimal. An id that consists of zeros only is invalid, so its last digit becomes a 1.
fn hex(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    if bytes.iter().all(|byte| *byte == 0) { format!("{}1", &digits[1..]) } else { digits }
}

/// Returns a case's id as a header's value: visible ASCII only, and cut to a bounded length.
fn sendable(case: &str) -> String {
    case.chars().map(|it| if it.is_ascii_graphic() { it } else { '_' }).take(LONGEST_CASE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_context_is_valid_and_the_same_in_every_run() {
        let trace = Trace::of(1, "count/high/Agent/21", 0);
        assert_eq!(trace.to_string(), "00-4a381d69cbba3ac20f235c227c018334-e0cf26b8c020747c-01");
        assert_eq!(format!("00-{}-{}-01", trace.trace_id(), trace.parent_id()), trace.to_string());
        assert_eq!(trace, Trace::of(1, "count/high/Agent/21", 0));
        let second = Trace::of(1, "count/high/Agent/21", 1);
        assert_eq!(second.trace_id(), trace.trace_id(), "requests of a case share a trace");
        assert_ne!(second.parent_id(), trace.parent_id());
        for other in [Trace::of(2, "count/high/Agent/21", 0), Trace::of(1, "count/high/Agent/22", 0)] {
            assert_ne!(other.trace_id(), trace.trace_id());
        }
    }

    #[test]
    fn no_id_is_zero() {
        assert_eq!(hex(&[0; 8]), "0000000000000001");
        assert_eq!(hex(&[0, 16]), "0010");
    }

    #[test]
    fn an_id_of_a_case_can_be_sent_whatever_it_is() {
        let value = |case: &str| Trace::beside(Some(&Trace::of(1, case, 0)), case, &[])[1].1.clone();
        assert_eq!(value("count/high/Agent/21@small"), "count/high/Agent/21@small");
        assert_eq!(value("a b\r\nx: é"), "a_b__x:__");
        assert_eq!(value(&"é".repeat(200)).len(), 96);
    }
}
