//! Rewrites response heads in ways that hyper does not support: interim responses before the final one, and the
//! spelling of header names.

/// An interim response before the final one (RFC 9110, section 15.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interim {
    /// A 100, whether or not the client asked for it.
    Continue,
    /// A 103 with a link.
    EarlyHints,
}

impl Interim {
    const fn bytes(self) -> &'static [u8] {
        match self {
            Self::Continue => b"HTTP/1.1 100 Continue\r\n\r\n",
            Self::EarlyHints => b"HTTP/1.1 103 Early Hints\r\nlink: </docs>; rel=help\r\n\r\n",
        }
    }
}

/// The spelling of heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct HeadStyle {
    /// The interim response that is sent before each final one.
    pub(crate) interim: Option<Interim>,
    /// Whether header names are written like `Content-Type`.
    pub(crate) capitals: bool,
}

impl HeadStyle {
    /// Returns true if heads are not changed.
    pub(crate) fn is_plain(self) -> bool {
        self == Self::default()
    }

    /// Returns the bytes to send instead of these; `None` if these do not begin with the head of a final response.
    pub(crate) fn restyle(self, bytes: &[u8]) -> Option<Vec<u8>> {
        if self.is_plain() {
            return None;
        }
        let status = bytes.strip_prefix(b"HTTP/1.1 ")?;
        // An interim response of hyper itself is not changed.
        if status.starts_with(b"1") {
            return None;
        }
        let end = bytes.windows(4).position(|it| it == b"\r\n\r\n")?;
        let (head, rest) = bytes.split_at(end);
        let mut out = Vec::with_capacity(bytes.len() + 80);
        out.extend_from_slice(self.interim.map_or(&[], Interim::bytes));
        let mut lines = head.split(|byte| *byte == b'\n');
        out.extend_from_slice(lines.next().unwrap_or_default());
        for line in lines {
            out.push(b'\n');
            let name =
                line.iter().position(|byte| *byte == b':').filter(|_| self.capitals).unwrap_or_default();
            let (name, value) = line.split_at(name);
            let starts = |at: usize| at == 0 || name.get(at - 1) == Some(&b'-');
            let letters = name.iter().enumerate();
            out.extend(letters.map(|(at, byte)| if starts(at) { byte.to_ascii_uppercase() } else { *byte }));
            out.extend_from_slice(value);
        }
        out.extend_from_slice(rest);
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] =
        b"HTTP/1.1 200 OK\r\ncontent-type: a/b\r\nx-a-b: c: D\r\n\r\n{\"content-type\": 1}\r\n\r\n";

    #[test]
    fn a_head_is_written_otherwise_and_a_body_stays() {
        let styled =
            |style: HeadStyle, bytes: &[u8]| style.restyle(bytes).map(|it| String::from_utf8(it).unwrap());
        let capitals = HeadStyle { capitals: true, interim: None };
        let answer = String::from_utf8(ANSWER.into()).unwrap();
        let wanted = answer.replacen("content-type:", "Content-Type:", 1).replace("x-a-b", "X-A-B");
        assert_eq!(styled(capitals, ANSWER), Some(wanted));
        for interim in [Interim::Continue, Interim::EarlyHints] {
            let ahead = HeadStyle { interim: Some(interim), capitals: false };
            let wanted = format!("{}{answer}", String::from_utf8_lossy(interim.bytes()));
            assert_eq!(styled(ahead, ANSWER), Some(wanted));
            for other in [
                &b"{}"[..],
                b"HTTP/1.1 100 Continue\r\n\r\n",
                b"HTTP/1.0 200 OK\r\n\r\n",
                b"HTTP/1.1 200 OK\r\n",
            ] {
                assert_eq!(styled(ahead, other), None);
            }
        }
        assert_eq!(styled(HeadStyle::default(), ANSWER), None);
    }
}
