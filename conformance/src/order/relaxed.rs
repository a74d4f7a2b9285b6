//! Rewrites texts that are not JSON into JSON, as parsers that accept more than JSON read them.

/// Returns a text without the backslashes of escapes that JSON does not have, or without the comments between its
/// values; `None` if it has none of them.
#[must_use]
pub(super) fn relaxed(text: &str, escapes: bool, comments: bool) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut quoted = false;
    while let Some(letter) = rest.chars().next() {
        let after = &rest[letter.len_utf8()..];
        let next = after.chars().next();
        if quoted && letter == '\\' {
            let next = next?;
            let known = "\"\\/bfnrtu".contains(next);
            if known || !escapes {
                out.push(letter);
            }
            out.push(next);
            rest = &after[next.len_utf8()..];
            continue;
        }
        let comment = match next {
            _ if quoted || letter != '/' || !comments => None,
            Some('*') => rest.find("*/").map(|end| end + 2),
            Some('/') => Some(rest.find('\n').unwrap_or(rest.len())),
            _ => None,
        };
        if let Some(length) = comment {
            rest = &rest[length..];
            continue;
        }
        quoted ^= letter == '"';
        out.push(letter);
        rest = after;
    }
    (out != text).then_some(out)
}

/// Replaces the escapes of lone surrogates by that of the replacement character.
#[must_use]
pub(super) fn without_lone_surrogates(text: &str) -> String {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        let high = unit(at).filter(|unit| (0xD800..0xDC00).contains(unit));
        let low = unit(at + 6).filter(|unit| (0xDC00..0xE000).contains(unit));
        let alone = unit(at).is_some_and(|unit| (0xD800..0xE000).contains(&unit));
        let (taken, written) = match (high, low) {
            (Some(_), Some(_)) => (12, &text[at..at + 12]),
            _ if alone => (6, "\\ufffd"),
            _ if letter == '\\' => {
                let taken = 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8);
                (taken, &text[at..at + taken])
            }
            _ => (letter.len_utf8(), &text[at..at + letter.len_utf8()]),
        };
        out.push_str(written);
        at += taken;
    }
    out
}
