//! Runs `wrk`, which sets the upper bound: its script, its command line, and its output.

use std::fmt::Write as _;
use std::io;
use std::process::Command;

use super::load::Sample;

/// The figures of a run of wrk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    /// The number of answers.
    pub(crate) answers: u64,
    /// The number of answers with a status other than 2xx or 3xx.
    pub(crate) refused: u64,
    /// The number of socket errors.
    pub(crate) errors: u64,
    /// Requests per second.
    pub(crate) rate: u64,
}

/// Why there are no figures of wrk.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WrkError {
    /// `wrk` can't be run.
    #[error("wrk: {0}")]
    Run(#[source] io::Error),
    /// The output of `wrk` can't be parsed.
    #[error("wrk says nothing that can be read: {0}")]
    Unreadable(String),
}

/// Returns the version of `wrk`, if it is installed.
#[must_use]
pub(crate) fn version() -> Option<String> {
    let output = Command::new("wrk").arg("-v").output().ok()?;
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Some(text.split_whitespace().nth(1).unwrap_or("of unknown version").to_owned())
}

/// Sends an order repeatedly for some seconds over some connections.
///
/// # Errors
/// Returns an error if `wrk` or its script can't be set up, or its output can't be parsed.
pub(crate) fn run(sample: &Sample, connections: usize, seconds: u64) -> Result<Said, WrkError> {
    let folder = tempfile::tempdir().map_err(WrkError::Run)?;
    let path = folder.path().join("order.lua");
    std::fs::write(&path, script(sample)).map_err(WrkError::Run)?;
    let output = Command::new("wrk")
        .args(["--threads", if connections > 1 { "2" } else { "1" }])
        .args(["--connections", &connections.to_string(), "--duration", &format!("{seconds}s"), "--script"])
        .arg(&path)
        .arg(sample.url.as_str())
        .output()
        .map_err(WrkError::Run)?;
    let text = String::from_utf8_lossy(&output.stdout);
    parse(&text).ok_or_else(|| {
        let said = String::from_utf8_lossy(&output.stderr);
        WrkError::Unreadable(format!("{text}{said}"))
    })
}

/// Returns the order as a Lua script for wrk.
fn script(sample: &Sample) -> String {
    let mut script = format!("wrk.method = {}\n", quoted(sample.method.as_bytes()));
    _ = writeln!(script, "wrk.body = {}", quoted(&sample.body));
    let key = (sample.header.as_str(), sample.key.expose());
    for (name, value) in
        sample.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain([key])
    {
        _ = writeln!(script, "wrk.headers[{}] = {}", quoted(name.as_bytes()), quoted(value.as_bytes()));
    }
    script
}

/// Returns a Lua string, with every byte that is not a letter or a digit as its number, so that no character needs
/// special treatment.
fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for byte in bytes {
        if byte.is_ascii_alphanumeric() {
            text.push(char::from(*byte));
        } else {
            _ = write!(text, "\\{byte:03}");
        }
    }
    text.push('"');
    text
}

fn parse(text: &str) -> Option<Said> {
    let lines = || text.lines().map(str::trim);
    let after = |name: &str| lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let number = |text: &str| text.split('.').next()?.trim().parse::<u64>().ok();
    let answers = lines().find_map(|line| line.split_once(" requests in ")).and_then(|it| number(it.0))?;
    let errors = after("Socket errors:")
        .map_or(0, |line| line.split([' ', ',']).filter_map(|word| word.parse::<u64>().ok()).sum());
    let refused = after("Non-2xx or 3xx responses:").map_or(Some(0), number)?;
    Some(Said { answers, refused, errors, rate: number(after("Requests/sec:")?)? })
}

#[cfg(test)]
mod tests {
    use conformance::secret::Secret;

    use super::*;

    #[test]
    fn reads_what_it_prints() {
        let text = "Running 3s test @ http://127.0.0.1:8080\n  2 threads and 16 connections\n  \
                    Thread Stats   Avg      Stdev     Max   +/- Stdev\n    Latency   510.10us  620.00us   9.80ms   88.10%\n    \
                    Req/Sec    20.1k     1.20k   23.00k    70.00%\n  120000 requests in 3.10s, 44.00MB read\n  \
                    Socket errors: connect 1, read 2, write 0, timeout 3\n  Non-2xx or 3xx responses: 119999\n\
                    Requests/sec:  38709.68\nTransfer/sec:     14.19MB\n";
        assert_eq!(parse(text), Some(Said { answers: 120_000, refused: 119_999, errors: 6, rate: 38_709 }));
        let fine = "  12 requests in 1.00s, 1.00KB read\nRequests/sec:     12.00\n";
        assert_eq!(parse(fine), Some(Said { answers: 12, refused: 0, errors: 0, rate: 12 }));
        for text in
            ["", "unable to connect to 127.0.0.1:1 Connection refused", "  12 requests in 1.00s, 1.00KB read"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_script_is_the_order() {
        let sample = Sample {
            url: "http://127.0.0.1:1/".parse().unwrap(),
            method: "PUT".to_owned(),
            header: "K".to_owned(),
            key: Secret::new("a_1".to_owned(), &[]),
            headers: vec![("T".to_owned(), "x/y".to_owned())],
            body: b"{\"a\": \"\n\\\"}".to_vec(),
        };
        insta::assert_snapshot!(script(&sample), @r#"
        wrk.method = "PUT"
        wrk.body = "\123\034a\034\058\032\034\010\092\034\125"
        wrk.headers["T"] = "x\047y"
        wrk.headers["K"] = "a\0951"
        "#);
    }
}
