//! Decodes bytes to text: UTF-8, and the other encodings that common decoders accept.

use std::borrow::Cow;

use crate::rules::freedoms::Reading;

/// An encoding of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16 { big_endian: bool },
    Utf32 { big_endian: bool },
}

/// Decodes bytes, if their encoding is accepted.
pub(super) fn decode<'a>(reading: &Reading, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
    let (encoding, mark) = detect(bytes);
    let rest = bytes.get(mark..)?;
    match encoding {
        Encoding::Utf8 if mark > 0 && !reading.byte_order_mark => None,
        Encoding::Utf8 if reading.replace_broken_text => Some(String::from_utf8_lossy(rest)),
        Encoding::Utf8 => std::str::from_utf8(rest).ok().map(Cow::Borrowed),
        _ if !reading.other_encodings => None,
        Encoding::Utf16 { big_endian } => {
            utf16(rest, big_endian, reading.replace_broken_text).map(Cow::Owned)
        }
        Encoding::Utf32 { big_endian } => {
            utf32(rest, big_endian, reading.replace_broken_text).map(Cow::Owned)
        }
    }
}

/// Returns the encoding of a JSON text and the length of its byte order mark. Without a mark, the encoding follows from
/// the zeros among the first four bytes, since JSON starts with ASCII (RFC 4627, section 3).
fn detect(bytes: &[u8]) -> (Encoding, usize) {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => (Encoding::Utf32 { big_endian: false }, 4),
        [0, 0, 0xfe, 0xff, ..] => (Encoding::Utf32 { big_endian: true }, 4),
        [0xff, 0xfe, ..] => (Encoding::Utf16 { big_endian: false }, 2),
        [0xfe, 0xff, ..] => (Encoding::Utf16 { big_endian: true }, 2),
        [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
        [0, 0, 0, _, ..] => (Encoding::Utf32 { big_endian: true }, 0),
        [_, 0, 0, 0, ..] => (Encoding::Utf32 { big_endian: false }, 0),
        [0, _, ..] => (Encoding::Utf16 { big_endian: true }, 0),
        [_, 0, ..] => (Encoding::Utf16 { big_endian: false }, 0),
        _ => (Encoding::Utf8, 0),
    }
}

fn utf16(bytes: &[u8], big_endian: bool, replace: bool) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let unit =
        |pair: &[u8; 2]| if big_endian { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
    let units: Vec<u16> = pairs.iter().map(unit).collect();
    match (replace, rest) {
        (true, _) => Some(String::from_utf16_lossy(&units)),
        (false, []) => String::from_utf16(&units).ok(),
        (false, _) => None,
    }
}

fn utf32(bytes: &[u8], big_endian: bool, replace: bool) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<4>();
    let unit =
        |unit: &[u8; 4]| if big_endian { u32::from_be_bytes(*unit) } else { u32::from_le_bytes(*unit) };
    let letter = |bytes| char::from_u32(unit(bytes)).or(replace.then_some(char::REPLACEMENT_CHARACTER));
    let text = units.iter().map(letter).collect::<Option<String>>();
    text.filter(|_| replace || rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::freedoms::Freedoms;

    const JSON: &str = "{\"name\":\"Ɛ😀\"}";

    /// Returns the text in each encoding, with and without a byte order mark.
    fn encoded() -> Vec<Vec<u8>> {
        let marked = format!("\u{feff}{JSON}");
        [JSON, &marked]
            .into_iter()
            .flat_map(|text| {
                let units = || text.encode_utf16();
                let letters = || text.chars().map(u32::from);
                [
                    units().flat_map(u16::to_le_bytes).collect(),
                    units().flat_map(u16::to_be_bytes).collect(),
                    letters().flat_map(u32::to_le_bytes).collect(),
                    letters().flat_map(u32::to_be_bytes).collect::<Vec<u8>>(),
                ]
            })
            .collect()
    }

    #[test]
    fn each_encoding_is_told_and_read() {
        let strict = Freedoms::default().reading;
        let wide = Reading { other_encodings: true, ..strict };
        for bytes in encoded() {
            assert_eq!(decode(&wide, &bytes).as_deref(), Some(JSON), "{bytes:?}");
            assert_eq!(decode(&strict, &bytes), None, "{bytes:?}");
        }
        assert_eq!(decode(&wide, JSON.as_bytes()).as_deref(), Some(JSON));
    }

    #[test]
    fn a_mark_and_broken_text_are_read_only_where_that_is_taken() {
        let strict = Freedoms::default().reading;
        let marked = format!("\u{feff}{JSON}");
        let marks = Reading { byte_order_mark: true, ..strict };
        assert_eq!(
            (decode(&strict, marked.as_bytes()), decode(&marks, marked.as_bytes()).as_deref()),
            (None, Some(JSON))
        );
        let replacing = Reading { replace_broken_text: true, other_encodings: true, ..strict };
        assert_eq!(decode(&replacing, b"\"a\xff\"").as_deref(), Some("\"a\u{fffd}\""));
        assert_eq!(decode(&replacing, &[b'"', 0, 0, 0xd8, b'"', 0]).as_deref(), Some("\"\u{fffd}\""));
        assert_eq!(decode(&strict, b"\"a\xff\""), None);
        assert_eq!(decode(&strict, b""), Some(Cow::Borrowed("")));
    }
}
