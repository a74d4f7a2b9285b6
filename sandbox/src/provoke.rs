//! The behaviour that a caller requests, by the header `X-Sandbox` or by the provider state `provoke` of an account.

use std::time::Duration;

use crate::config::Behaviour;
use crate::faults;
use crate::rules::Rules;

/// The header that requests a behaviour.
pub(crate) const HEADER: &str = "x-sandbox";
/// The longest delay that can be requested.
const SLOWEST: Duration = Duration::from_secs(60);

/// A response instead of the server's own; the operation is not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instead {
    /// An error with this status.
    Status(u16),
    /// A response that throttles the caller.
    Throttle,
    /// A connection that is closed without a response.
    Drop,
}

/// What happens to the response after the operation has run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// It is lost.
    Drop,
    /// It is cut in the middle of its JSON.
    Malformed,
}

/// The behaviour for one request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Provocation {
    /// The delay before the request is handled.
    pub(crate) slow: Duration,
    /// The response instead of the server's own.
    pub(crate) instead: Option<Instead>,
    /// What happens to the response.
    pub(crate) after: Option<After>,
    /// The freedoms and the fault for this request.
    pub(crate) behaviour: Behaviour,
}

/// The reason why a behaviour can't be provided.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum ProvokeError {
    #[error(
        "X-Sandbox: `{0}` is none of slow=SECONDS, status=CODE, throttle, drop, drop=before, malformed, \
         freedom=NAME, fault=ID"
    )]
    Unknown(String),
    #[error("X-Sandbox: `{0}` is not a time from 0 to 60 s, like 3s or 250ms")]
    Time(String),
    #[error("X-Sandbox: `{0}` is not the status of an error, from 400 to 599")]
    Status(String),
    #[error("X-Sandbox: unknown freedom `{0}`; sandbox --list-freedoms shows them")]
    Freedom(String),
    #[error("X-Sandbox: unknown fault `{0}`; sandbox --list-faults shows them")]
    Fault(String),
    #[error("X-Sandbox: the freedoms `{0}` and `{1}` exclude each other; take one")]
    Clash(String, String),
    #[error(
        "X-Sandbox: this is a matter of the whole connection; start the sandbox with --freedom or --fault"
    )]
    Whole,
}

impl Provocation {
    /// Parses directives, separated by commas.
    ///
    /// # Errors
    /// Returns an error if a directive is unknown, or two of them exclude each other.
    pub(crate) fn parse(text: &str) -> Result<Self, ProvokeError> {
        let mut met = Self::default();
        for directive in text.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            match (name.trim(), value.trim()) {
                ("slow", value) => {
                    met.slow = seconds(value).ok_or_else(|| ProvokeError::Time(value.into()))?;
                }
                ("status", value) => {
                    let status = value.parse().ok().filter(|it| (400..=599).contains(it));
                    let status = status.ok_or_else(|| ProvokeError::Status(value.into()))?;
                    met.instead = Some(Instead::Status(status));
                }
                ("throttle", "") => met.instead = Some(Instead::Throttle),
                ("drop", "before") => met.instead = Some(Instead::Drop),
                ("drop", "" | "after") => met.after = Some(After::Drop),
                ("malformed", "") => met.after = Some(After::Malformed),
                ("freedom", name) => {
                    let freedom = name.parse().map_err(|_| ProvokeError::Freedom(name.into()))?;
                    met.behaviour.freedoms.insert(freedom);
                }
                ("fault", id) => {
                    let fault = faults::by_id(id).ok_or_else(|| ProvokeError::Fault(id.into()))?;
                    met.behaviour.fault = Some(fault);
                }
                _ => return Err(ProvokeError::Unknown(directive.into())),
            }
        }
        match met.behaviour.clash() {
            Some((one, two)) => Err(ProvokeError::Clash(one.to_string(), two.to_string())),
            None => Ok(met),
        }
    }

    /// Returns the rules for this request; `None` if they are the server's own.
    ///
    /// # Errors
    /// Returns an error if the rules could only apply to the whole connection.
    pub(crate) fn rules(&self, contract: &spec::Contract) -> Result<Option<Rules>, ProvokeError> {
        if self.behaviour.is_default() {
            return Ok(None);
        }
        let rules = crate::correct::behaving(contract, &self.behaviour);
        if rules.hooks.see_raw || !rules.freedoms.wire.head.is_plain() {
            return Err(ProvokeError::Whole);
        }
        Ok(Some(rules))
    }
}

/// Parses a time like `3s`, `250ms` or `3`; returns `None` above the longest delay.
pub(crate) fn seconds(text: &str) -> Option<Duration> {
    let time = match text.strip_suffix("ms") {
        Some(millis) => Duration::from_millis(millis.parse().ok()?),
        None => Duration::from_secs(text.strip_suffix('s').unwrap_or(text).parse().ok()?),
    };
    (time <= SLOWEST).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_read_together() {
        let met = Provocation::parse("slow=250ms, drop , freedom=gzip").unwrap();
        assert_eq!((met.slow, met.instead, met.after), (Duration::from_millis(250), None, Some(After::Drop)));
        assert_eq!(met.behaviour.freedoms.len(), 1);
        assert_eq!(Provocation::parse("status=503").unwrap().instead, Some(Instead::Status(503)));
        assert_eq!(Provocation::parse("drop=before").unwrap().instead, Some(Instead::Drop));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, says) in [
            ("fast", "`fast` is none of"),
            ("slow=61", "`61` is not a time"),
            ("slow=-1s", "`-1s` is not a time"),
            ("status=200", "`200` is not the status of an error"),
            ("freedom=none", "unknown freedom `none`"),
            ("fault=none", "unknown fault `none`"),
            ("freedom=count-first,freedom=wallet-first", "exclude each other"),
        ] {
            let error = Provocation::parse(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
        let contract = spec::embedded().unwrap();
        let whole = Provocation::parse("freedom=header-capitals").unwrap();
        assert_eq!(whole.rules(&contract).err(), Some(ProvokeError::Whole));
    }
}
