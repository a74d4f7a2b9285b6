//! Writes a recorded request as a line for PowerShell 7, with the key from an environment variable.

use spec::Contract;

use super::text::acts;
use crate::history::{KeyUse, Request, Transport};

/// Returns the line; `None` if PowerShell would not send the same bytes: a body in chunks or pieces, text with control
/// characters or beyond ASCII, bytes that are not text, or a bad key.
pub(super) fn line(contract: &Contract, url: &str, request: &Request, variable: &str) -> Option<String> {
    let body = std::str::from_utf8(&request.body.0).ok()?;
    let awkward = |text: &str| text.contains(acts) || !text.is_ascii();
    let headers = || request.headers.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
    if request.transport != Transport::Plain || awkward(body) || awkward(url) || headers().any(awkward) {
        return None;
    }
    let mut all = Vec::new();
    let key = format!("$env:{variable}");
    match &request.key {
        KeyUse::Own => all.push(format!("{} = {key}", quoted(&contract.key.header))),
        KeyUse::OwnHeaderCase(name) => all.push(format!("{} = {key}", quoted(name))),
        KeyUse::Absent => {}
        KeyUse::Bad(_) => return None,
    }
    let mut kind = None;
    for (name, value) in &request.headers {
        match name.to_ascii_lowercase().as_str() {
            "host" | "content-length" => {}
            "content-type" => kind = Some(value),
            _ => all.push(format!("{} = {}", quoted(name), quoted(value))),
        }
    }
    let mut line =
        format!("Invoke-WebRequest -SkipHttpErrorCheck -Method {} -Uri {}", request.method, quoted(url));
    if !all.is_empty() {
        line += &format!(" -Headers @{{ {} }}", all.join("; "));
    }
    if !body.is_empty() {
        // Without a content type, PowerShell would send its own.
        line += &format!(" -ContentType {} -Body {}", quoted(kind?), quoted(body));
    }
    Some(line)
}

/// Returns a text in single quotes, inside which PowerShell interprets only a doubled quote.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Bytes;

    #[test]
    fn a_line_quotes_everything_and_has_no_key() {
        let contract = spec::embedded().unwrap();
        let mut request = Request {
            method: "POST".to_owned(),
            path: "/a".to_owned(),
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            key: KeyUse::Own,
            transport: Transport::Plain,
            body: Bytes(br#"{"a":"it's $x"}"#.to_vec()),
        };
        let line_of =
            |request: &Request| line(&contract, "http://127.0.0.1/a", request, "CONFORMANCE_API_KEY");
        assert_eq!(
            line_of(&request).unwrap(),
            "Invoke-WebRequest -SkipHttpErrorCheck -Method POST -Uri 'http://127.0.0.1/a' -Headers @{ 'X-API-KEY' = \
             $env:CONFORMANCE_API_KEY } -ContentType 'application/json' -Body '{\"a\":\"it''s $x\"}'"
        );
        request.transport = Transport::Chunked;
        assert_eq!(line_of(&request), None);
        request.transport = Transport::Plain;
        request.body = Bytes(vec![0xff]);
        assert_eq!(line_of(&request), None);
    }
}
