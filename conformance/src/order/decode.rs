//! The texts that common decoders see in a body that is not plain UTF-8: byte order marks, UTF-16 and UTF-32, and
//! invalid bytes that get replaced, dropped or read as Latin-1.

/// A text that a decoder sees, and what the decoder did to get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decoded {
    /// What the decoder did, as words for a report: `decoded from UTF-16`.
    pub(super) what: &'static str,
    /// The decoded text.
    pub(super) text: String,
}

/// The byte order mark of UTF-8.
pub(super) const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Returns every text that a common decoder sees in these bytes, other than plain UTF-8.
pub(super) fn decodings(bytes: &[u8]) -> Vec<Decoded> {
    let mut found = Vec::new();
    if let Some(rest) = bytes.strip_prefix(MARK) {
        if let Ok(text) = std::str::from_utf8(rest) {
            found.push(Decoded { what: "read without its byte order mark", text: text.to_owned() });
        }
        return found;
    }
    if let Some(text) = utf32(bytes) {
        found.push(Decoded { what: "decoded from UTF-32", text });
    } else if let Some(text) = utf16(bytes) {
        found.push(Decoded { what: "decoded from UTF-16", text });
    } else if std::str::from_utf8(bytes).is_err() {
        let replaced = String::from_utf8_lossy(bytes).into_owned();
        let dropped = replaced.replace(char::REPLACEMENT_CHARACTER, "");
        found.push(Decoded { what: "read with bytes that are not UTF-8 replaced", text: replaced });
        found.push(Decoded { what: "read without its bytes that are not UTF-8", text: dropped });
        let latin = bytes.iter().map(|byte| char::from(*byte)).collect();
        found.push(Decoded { what: "decoded from Latin-1", text: latin });
    }
    found
}

/// Returns the units of a wider coding in big-endian form; `None` if the bytes are not in it. The byte order is
/// recognised by the byte order mark or by the zeros of the first character, since JSON starts with an ASCII character.
fn units<const WIDTH: usize>(bytes: &[u8]) -> Option<Vec<u32>> {
    if !bytes.len().is_multiple_of(WIDTH) || bytes.is_empty() {
        return None;
    }
    let mut units: Vec<[u8; WIDTH]> =
        bytes.chunks_exact(WIDTH).filter_map(|unit| unit.try_into().ok()).collect();
    let big = |unit: [u8; WIDTH]| unit.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
    let first = big(*units.first()?);
    let swap = |unit: [u8; WIDTH]| {
        let mut unit = unit;
        unit.reverse();
        unit
    };
    let swapped = big(swap(*units.first()?));
    let starts = |first: u32| first == 0xFEFF || (0x09..0x80).contains(&first);
    if !starts(first) {
        if !starts(swapped) {
            return None;
        }
        units = units.into_iter().map(swap).collect();
    }
    let mut units: Vec<u32> = units.into_iter().map(big).collect();
    if units.first() == Some(&0xFEFF) {
        units.remove(0);
    }
    Some(units)
}

fn utf16(bytes: &[u8]) -> Option<String> {
    let units = units::<2>(bytes)?;
    let units = units.into_iter().map(|unit| u16::try_from(unit).unwrap_or_default());
    char::decode_utf16(units).collect::<Result<String, _>>().ok()
}

fn utf32(bytes: &[u8]) -> Option<String> {
    units::<4>(bytes)?.into_iter().map(char::from_u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whats(bytes: &[u8]) -> Vec<(&'static str, String)> {
        decodings(bytes).into_iter().map(|it| (it.what, it.text)).collect()
    }

    fn wide(text: &str, width: usize, big: bool, mark: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        for unit in mark.then_some('\u{FEFF}').into_iter().chain(text.chars()) {
            let four = (unit as u32).to_be_bytes();
            let mut unit = four[4 - width..].to_vec();
            if !big {
                unit.reverse();
            }
            bytes.extend(unit);
        }
        bytes
    }

    #[test]
    fn wide_codings_in_either_order_with_and_without_a_mark() {
        let text = "{\"a\": \"é\"}";
        for big in [true, false] {
            for mark in [true, false] {
                assert_eq!(whats(&wide(text, 2, big, mark)), [("decoded from UTF-16", text.to_owned())]);
                assert_eq!(whats(&wide(text, 4, big, mark)), [("decoded from UTF-32", text.to_owned())]);
            }
        }
    }

    #[test]
    fn plain_text_has_no_other_reading() {
        for text in ["", "{}", "{\"a\":\"\u{1F600}\"}", "[1,2]", "ab"] {
            assert!(whats(text.as_bytes()).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn marks_and_odd_bytes() {
        let marked = [MARK, b"{}"].concat();
        assert_eq!(whats(&marked), [("read without its byte order mark", "{}".to_owned())]);
        let texts: Vec<String> = whats(b"{\"a\":\"x\xFF\"}").into_iter().map(|it| it.1).collect();
        assert_eq!(texts, ["{\"a\":\"x\u{FFFD}\"}", "{\"a\":\"x\"}", "{\"a\":\"xÿ\"}"]);
    }
}
