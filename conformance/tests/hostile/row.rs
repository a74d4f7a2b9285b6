//! One way of misbehaving, and what may be reported about it.

use crate::server::{About, Ask, Deed, Step};

/// How a server is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Front {
    /// Plain HTTP on 127.0.0.1.
    Plain,
    /// Plain HTTP on [::1] only.
    V6,
    /// Plain HTTP, under an https URL.
    PlainAsTls,
    /// TLS, under an http URL.
    TlsAsPlain,
    /// TLS with a certificate of an unknown authority.
    SelfSigned,
    /// TLS with a certificate that has expired.
    Expired,
    /// TLS with a certificate for another name.
    WrongName,
    /// A host name that does not exist.
    NoName,
    /// A port that accepts no more connections.
    FullQueue,
    /// A port on which nobody listens.
    Nobody,
    /// Only the handler of provider states misbehaves.
    States,
}

/// The expected result of a run against the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The server is correct: RFC 9110 and RFC 9112 allow its behaviour.
    Right,
    /// Exactly these requirements fail.
    Fails(&'static [&'static str]),
    /// Nothing fails, and not everything could be judged.
    Open,
    /// There is no run, and the exit code shows that.
    NoRun,
    /// These requirements may fail, depending on how far the run gets.
    AtMost(&'static [&'static str]),
}

/// One way of misbehaving.
pub(crate) struct Row {
    /// A short description, which is unique.
    pub(crate) name: &'static str,
    pub(crate) front: Front,
    pub(crate) deed: Deed,
    pub(crate) verdict: Verdict,
    /// Whether the short form tries it.
    pub(crate) short: bool,
    /// Words that the output must contain.
    pub(crate) says: &'static [&'static str],
}

/// A server that behaves correctly.
const NOTHING: Deed = Deed { about: About::Everything, hears: true, steps: right };

fn right(ask: &Ask<'_>) -> Vec<Step> {
    vec![Step::Send(ask.right())]
}

impl Row {
    pub(crate) const fn new(name: &'static str, verdict: Verdict) -> Self {
        Self { name, front: Front::Plain, deed: NOTHING, verdict, short: false, says: &[] }
    }

    pub(crate) const fn at(self, front: Front) -> Self {
        Self { front, ..self }
    }

    /// A correct server processes the request, and then these steps follow.
    pub(crate) const fn heard(self, about: About, steps: fn(&Ask<'_>) -> Vec<Step>) -> Self {
        Self { deed: Deed { about, hears: true, steps }, ..self }
    }

    /// These steps follow, and no server processes the request.
    pub(crate) const fn unheard(self, about: About, steps: fn(&Ask<'_>) -> Vec<Step>) -> Self {
        Self { deed: Deed { about, hears: false, steps }, ..self }
    }

    pub(crate) const fn says(self, says: &'static [&'static str]) -> Self {
        Self { says, ..self }
    }

    pub(crate) const fn short(self) -> Self {
        Self { short: true, ..self }
    }
}
