//! Undoes content codings. None is asked for, but a server may use any if a request does not mention codings (RFC
//! 9110, 12.5.3).

use std::io::Read;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::history::Response;

/// The highest number of nested codings that are undone; a response with more is left as it is.
const MOST: usize = 4;

/// Undoes the content codings of a response, up to `most` bytes, and removes the headers that described the coded
/// body. If a coding is unknown, or the body does not match it, the response stays as it was received, and
/// [`Response::coding`] says so.
pub(super) fn undo(response: &mut Response, most: usize) {
    let codings = codings(response);
    if codings.is_empty() || codings.len() > MOST {
        return;
    }
    let mut body = std::mem::take(&mut response.body.0);
    let undone = codings.iter().rev().try_fold(body.clone(), |coded, coding| decode(coding, &coded, most));
    if let Some(mut plain) = undone {
        response.cut |= plain.len() > most;
        plain.truncate(most);
        body = plain;
        response.headers.retain(|(name, _)| name != "content-encoding" && name != "content-length");
    }
    response.body.0 = body;
}

/// Returns the codings in the order in which they were applied.
fn codings(response: &Response) -> Vec<String> {
    let values = response.headers.iter().filter(|(name, _)| name == "content-encoding");
    let names = values.flat_map(|(_, value)| value.split(','));
    names.map(|it| it.trim().to_ascii_lowercase()).filter(|it| !it.is_empty() && it != "identity").collect()
}

fn decode(coding: &str, coded: &[u8], most: usize) -> Option<Vec<u8>> {
    // An empty body, as after a 204, is not coded.
    if coded.is_empty() {
        return Some(Vec::new());
    }
    match coding {
        "gzip" | "x-gzip" => read(MultiGzDecoder::new(coded), most),
        // Some servers leave out the zlib frame that the name stands for.
        "deflate" => read(ZlibDecoder::new(coded), most).or_else(|| read(DeflateDecoder::new(coded), most)),
        _ => None,
    }
}

/// Reads to the end, or one byte past the bound, which shows that there is more.
fn read(decoder: impl Read, most: usize) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    let read = decoder.take(most as u64 + 1).read_to_end(&mut plain);
    read.ok().map(|_| plain)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn undone(coding: &str, body: Vec<u8>, most: usize) -> Response {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = vec![
            header("content-type", "application/json"),
            header("content-encoding", coding),
            header("content-length", &body.len().to_string()),
        ];
        let mut response = Response { status: 200, headers, body: body.into(), held_key: false, cut: false };
        undo(&mut response, most);
        response
    }

    #[test]
    fn codings_that_are_known_are_undone() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"{}").unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(b"{}").unwrap();
        for (coding, body) in [
            ("gzip", gzip(b"{}")),
            ("X-GZip", gzip(b"{}")),
            ("deflate", zlib.finish().unwrap()),
            ("deflate", raw.finish().unwrap()),
            ("gzip, gzip", gzip(&gzip(b"{}"))),
            ("identity", b"{}".to_vec()),
        ] {
            let response = undone(coding, body, 100);
            assert_eq!(response.body.text(), "{}", "{coding}");
            assert_eq!(response.coding(), None, "{coding}");
        }
        assert_eq!(undone("gzip", Vec::new(), 100).body.0, b"", "nothing is coded by nothing");
    }

    #[test]
    fn what_cannot_be_undone_stays_and_is_told() {
        for (coding, body) in [
            ("br", b"\x0b\x00\x80{}".to_vec()),
            ("gzip", b"{}".to_vec()),
            ("gzip, br", gzip(b"{}")),
            ("gzip", gzip(b"{}")[..12].to_vec()),
        ] {
            let response = undone(coding, body.clone(), 100);
            assert_eq!(response.body.0, body, "{coding}");
            assert_eq!(response.coding(), Some(coding));
            assert_eq!(response.header("content-length"), Some(body.len().to_string().as_str()));
        }
    }

    #[test]
    fn a_bomb_is_cut() {
        let response = undone("gzip", gzip(&vec![b' '; 1_000_000]), 1_000);
        assert_eq!((response.body.0.len(), response.coding(), response.cut), (1_000, None, true));
        let response = undone("gzip", gzip(&[b' '; 1_000]), 1_000);
        assert_eq!((response.body.0.len(), response.cut), (1_000, false), "it just fits");
    }
}
