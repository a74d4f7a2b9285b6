//! One way of misbehaving, and what may be said of it.

use crate::server::{About, Ask, Deed, Step};

/// How a server is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Front {
    /// Plain HTTP on 127.0.0.1.
    Plain,
    /// Plain HTTP on [::1] alone.
    V6,
    /// Plain HTTP, under a URL that says https.
    PlainAsTls,
    /// TLS, under a URL that says http.
    TlsAsPlain,
    /// TLS with a certificate that nobody signed.
    SelfSigned,
    /// TLS with a certificate that has expired.
    Expired,
    /// TLS with a certificate for another name.
    WrongName,
    /// A name that nobody has.
    NoName,
    /// A port where no connection is taken any more.
    FullQueue,
    /// A port where nobody listens.
    Nobody,
    /// Only the handler of provider states misbehaves.
    States,
}

/// What a run against such a server comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing is wrong with it: RFC 9110 and RFC 9112 allow this.
    Right,
    /// These requirements fail, and no other.
    Fails(&'static [&'static str]),
    /// Nothing fails, and not everything could be judged.
    Open,
    /// There is no run: the exit code says so.
    NoRun,
    /// These may fail, by how far the run comes.
    AtMost(&'static [&'static str]),
}

/// One way of misbehaving.
pub(crate) struct Row {
    /// In a few words, of its own.
    pub(crate) name: &'static str,
    pub(crate) front: Front,
    pub(crate) deed: Deed,
    pub(crate) verdict: Verdict,
    /// Whether the short form tries it.
    pub(crate) short: bool,
    /// Words that whoever runs it must read.
    pub(crate) says: &'static [&'static str],
}

/// A server that passes everything on.
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

    /// A right server carries out what is asked, and then this happens.
    pub(crate) const fn heard(self, about: About, steps: fn(&Ask<'_>) -> Vec<Step>) -> Self {
        Self { deed: Deed { about, hears: true, steps }, ..self }
    }

    /// This happens, and nobody carries out what is asked.
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
