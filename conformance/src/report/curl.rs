//! Writes a recorded request as a curl command line. Pasted into a shell, it sends the same bytes, with the key from
//! the environment.

use base64::Engine as _;
use serde::Serialize;
use spec::Contract;

use super::powershell;
use super::text::{acts, grouped, shell_word, visible};
use crate::history::{KeyUse, Request, Transport};
use crate::secret::MASK;

/// The environment variable from which a pasted line takes the key.
pub(crate) const KEY_VARIABLE: &str = "CONFORMANCE_API_KEY";

/// The maximum length in bytes of a body that is written in the line. Longer ones would be unwieldy, and some shells
/// reject them.
const INLINE_BODY: usize = 8 * 1024;

/// A command line to paste, with notes for the reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Command {
    /// The curl line.
    pub(crate) line: String,
    /// Notes about what the line can't express.
    pub(crate) notes: Vec<String>,
    /// The same request as a line for PowerShell 7; `None` if such a line would not send the same bytes.
    pub(crate) powershell: Option<String>,
}

/// Returns the request as a `curl` line. Control characters never appear in it literally.
#[must_use]
pub(crate) fn command(contract: &Contract, target: &str, request: &Request) -> Command {
    let mut notes = Vec::new();
    let url = format!("{}{}", target.trim_end_matches('/'), request.path);
    let mut words = vec!["curl -sS -i".to_owned()];
    // curl would otherwise expand brackets and resolve dots.
    if url.contains(['[', ']', '{', '}']) {
        words.push("-g".to_owned());
    }
    if url.contains("/.") {
        words.push("--path-as-is".to_owned());
    }
    let has_body = !request.body.0.is_empty();
    match (request.method.as_str(), has_body) {
        ("GET", false) | ("POST", true) => {}
        (method, _) => words.push(format!("-X {}", shell_word(method))),
    }
    words.push(word(&url, &mut notes));
    key(contract, &request.key, &mut words, &mut notes);
    let mut typed = false;
    for (name, value) in &request.headers {
        // curl writes these headers itself, from the URL and the body.
        if ["host", "content-length", "transfer-encoding"].iter().any(|own| name.eq_ignore_ascii_case(own)) {
            continue;
        }
        typed |= name.eq_ignore_ascii_case("content-type");
        // A header without a value is written with a semicolon, since curl leaves it out if it is written with a colon.
        let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        words.push(format!("-H {}", word(&header, &mut notes)));
    }
    if has_body && !typed {
        words.push("-H 'Content-Type:'".to_owned());
    }
    match request.transport {
        // curl has no flag for sending the body in pieces.
        Transport::Plain | Transport::Pieces => {}
        Transport::Chunked => words.push("-H 'Transfer-Encoding: chunked'".to_owned()),
    }
    let feed = if has_body { body(&request.body.0, &mut words, &mut notes) } else { None };
    let short = request.body.0.len() <= INLINE_BODY;
    let powershell = short.then(|| powershell::line(contract, &url, request, KEY_VARIABLE)).flatten();
    Command { line: feed.unwrap_or_default() + &words.join(" "), notes, powershell }
}

/// Flags of a run that curl has too, with curl's name for each.
const SAME: [(&str, &str); 5] = [
    ("--ca", "--cacert"),
    ("--client-cert", "--cert"),
    ("--client-key", "--key"),
    ("--proxy", "--proxy"),
    ("--resolve", "--resolve"),
];

impl Command {
    /// Adds to the line what the flags of the run say about reaching the server: headers of a gateway, trust, and the
    /// route.
    #[must_use]
    pub(crate) fn reached_by(mut self, flags: &[String]) -> Self {
        if flags.iter().any(|flag| flag.starts_with("--header") || SAME.iter().any(|(ours, _)| ours == flag))
        {
            // Only the curl line gets certificates, proxies and headers from files.
            self.powershell = None;
        }
        let mut flags = flags.iter();
        while let Some(flag) = flags.next() {
            let alone = match flag.as_str() {
                "--insecure" => Some(" -k"),
                // Over TLS the version is negotiated even with this flag.
                "--http2" => Some(" --http2-prior-knowledge"),
                "--no-trace-headers" => Some(""),
                _ => None,
            };
            if let Some(words) = alone {
                self.line += words;
                continue;
            }
            let Some(value) = flags.next() else { break };
            let quoted = |name: &str| shell_word(&format!("{}: ", visible(name)));
            let same = SAME.iter().find(|(ours, _)| ours == flag);
            match (flag.as_str(), value.split_once(':'), value.split_once('=')) {
                ("--header", Some((name, value)), _) => match value.trim().strip_prefix('@') {
                    Some(file) => {
                        self.line += &format!(" -H {}\"$(cat {})\"", quoted(name), shell_word(&visible(file)))
                    }
                    None => {
                        self.line += &format!(" -H {}", shell_word(&format!("{}: {MASK}", visible(name))))
                    }
                },
                ("--header-env", _, Some((name, variable))) => {
                    let variable: String =
                        variable.chars().filter(|it| it.is_ascii_alphanumeric() || *it == '_').collect();
                    self.line += &format!(" -H {}\"${variable}\"", quoted(name));
                }
                _ => {
                    let same = same.map(|(_, curl)| format!(" {curl} {}", shell_word(&visible(value))));
                    self.line += &same.unwrap_or_default();
                }
            }
        }
        if self.line.contains(MASK) {
            self.notes.push(format!("put in what stands behind {MASK}, which reports don't show"));
        }
        self
    }
}

fn key(contract: &Contract, used: &KeyUse, words: &mut Vec<String>, notes: &mut Vec<String>) {
    let own =
        |name: &str| format!("-H \"{}: ${KEY_VARIABLE}\"", visible(name).replace(['"', '$', '`', '\\'], ""));
    match used {
        KeyUse::Own => words.push(own(&contract.key.header)),
        KeyUse::OwnHeaderCase(name) => words.push(own(name)),
        KeyUse::Absent => notes.push("without a key".to_owned()),
        KeyUse::Bad(how) => {
            let stand_in = format!("{}: {}nobody_has_this", contract.key.header, contract.key.test_prefix);
            words.push(format!("-H {}", shell_word(&stand_in)));
            notes.push(format!(
                "the key was one that nobody has ({}); another stands in for it here",
                visible(how)
            ));
        }
    }
}

/// Adds the arguments for the body, and returns what must be piped into the line, if anything.
fn body(bytes: &[u8], words: &mut Vec<String>, notes: &mut Vec<String>) -> Option<String> {
    if bytes.len() > INLINE_BODY {
        words.push("--data-binary @body".to_owned());
        notes.push(format!(
            "the body of {} bytes is too long for a line: replay sends it",
            grouped(bytes.len() as u64)
        ));
        return None;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains(acts) => {
            words.push(format!("--data-raw {}", shell_word(text)));
            None
        }
        _ => {
            words.push("--data-binary @-".to_owned());
            let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
            Some(format!("printf %s {} | base64 -d | ", shell_word(&encoded)))
        }
    }
}

/// Returns a shell word; a text with control characters is written with escapes, and a note says so.
fn word(text: &str, notes: &mut Vec<String>) -> String {
    if text.contains(acts) {
        notes.push("control characters are spelt out here: replay sends them".to_owned());
        return shell_word(&visible(text));
    }
    shell_word(text)
}

#[cfg(test)]
mod tests {
    use std::process::{Command as Process, Stdio};

    use proptest::prelude::*;

    use super::*;
    use crate::history::Bytes;

    fn request(body: &[u8]) -> Request {
        Request {
            method: "POST".to_owned(),
            path: "/api/v1/x?a=[1]&b='".to_owned(),
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            key: KeyUse::Own,
            transport: Transport::Plain,
            body: Bytes(body.to_vec()),
        }
    }

    fn line(request: &Request) -> Command {
        command(&spec::embedded().unwrap(), "http://127.0.0.1:8080/", request)
    }

    /// Runs a line in a shell whose `curl` prints its arguments and its input, each followed by a zero byte.
    fn paste(line: &str) -> Vec<Vec<u8>> {
        let script = format!("curl() {{ printf '%s\\0' \"$@\"; case \"$*\" in *@-*) cat;; esac; }}\n{line}");
        let output = Process::new("sh")
            .args(["-c", &script])
            .env(KEY_VARIABLE, "k\"e$y")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect()
    }

    #[test]
    fn lines_for_every_kind_of_request() {
        let mut lines = Vec::new();
        let mut add = |name: &str, request: &Request| {
            let Command { line, notes, .. } = line(request);
            lines.push(format!("{name}\n  {line}\n  {notes:?}"));
        };
        add("plain", &request(br#"{"note":"it's $HOME"}"#));
        add("not text", &request(&[0xff, 0x00, b'{']));
        add("escape sequence", &request(b"\x1b[2J"));
        add("huge", &request(&[b'a'; 9_000]));
        add("at sign", &request(b"@/etc/passwd"));
        add("empty", &request(b""));
        add("read", &Request { method: "GET".to_owned(), ..request(b"") });
        add("no key", &Request { key: KeyUse::Absent, ..request(b"{}") });
        add("bad key", &Request { key: KeyUse::Bad("longer".to_owned()), ..request(b"{}") });
        add("header case", &Request { key: KeyUse::OwnHeaderCase("x-ApI-kEy".to_owned()), ..request(b"{}") });
        add(
            "no type, chunked",
            &Request { headers: vec![], transport: Transport::Chunked, ..request(b"{}") },
        );
        let headers =
            vec![("Content-Type".to_owned(), String::new()), ("A\u{1b}".to_owned(), "b".to_owned())];
        add("odd headers", &Request { headers, ..request(b"{}") });
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn the_key_comes_from_the_environment_whatever_is_in_it() {
        let words = paste(&line(&request(b"{}")).line);
        assert!(words.contains(&b"X-API-KEY: k\"e$y".to_vec()), "{words:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_pasted_line_sends_the_same_body(body in prop_oneof![
            proptest::collection::vec(any::<u8>(), 1..200),
            r#"[\\'"$`!@\n\r\t %a-z{}\[\]é€]{1,60}"#.prop_map(String::into_bytes),
        ]) {
            let words = paste(&line(&request(&body)).line);
            let sent = match words.iter().position(|word| word == b"--data-raw") {
                Some(at) => words[at + 1].clone(),
                None => {
                    let at = words.iter().position(|word| word == b"@-").unwrap();
                    words[at + 1..].join(&0)
                }
            };
            prop_assert_eq!(sent, body);
        }
    }
}
