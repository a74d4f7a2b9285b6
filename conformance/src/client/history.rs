//! The recording of a scenario: the task, every request with its outcome, and how the program ended. Keys are masked
//! before they are recorded, so that a mask in the wrong place shows that a key was there.

use std::io::{self, BufRead};

use serde::{Deserialize, Serialize};

use crate::client::task::Task;

/// The version of the format; a line with another version is not read.
pub(crate) const FORMAT: u32 = 1;

/// One line of a recording. A scenario consists of a head, its exchanges in the order of arrival, and an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Line {
    /// The beginning of a scenario.
    Client(Head),
    /// A request and its outcome.
    Exchange(Exchange),
    /// The end of the program.
    End(End),
}

/// The beginning of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// Always [`FORMAT`].
    pub format: u32,
    /// The name of the scenario, or `free` if none was chosen.
    pub scenario: String,
    /// A description of the scenario.
    #[serde(default)]
    pub about: String,
    /// The rule that is broken if the program mistakes this server for another one; `None` stands for the default rule.
    #[serde(default)]
    pub blames: Option<String>,
    /// True if the task can't be done, even by a correct client.
    #[serde(default)]
    pub impossible: bool,
    /// The task of the client; `None` if this program did not start it.
    #[serde(default)]
    pub task: Option<Task>,
}

/// Where a request arrived.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Place {
    /// At the server that the task names.
    #[default]
    Server,
    /// At the host that a redirect led to.
    Elsewhere,
    /// At the server with an untrusted certificate.
    Untrusted,
}

/// How much of an answer was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Sent {
    /// All of it.
    #[default]
    Whole,
    /// Only its beginning.
    Part,
    /// Nothing.
    Nothing,
    /// The client closed its side before everything was sent.
    Abandoned,
}

/// A request and its outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Exchange {
    /// Where the request arrived.
    #[serde(default)]
    pub place: Place,
    /// Microseconds from the start of the scenario to the first byte of the request.
    pub at_us: u64,
    /// The number of the connection, from 1.
    #[serde(default)]
    pub connection: u64,
    /// The method.
    pub method: String,
    /// The path and the query.
    pub target: String,
    /// The minor version of HTTP: `1` for HTTP/1.1.
    #[serde(default = "one")]
    pub minor_version: u8,
    /// Headers as they were sent.
    pub headers: Vec<(String, String)>,
    /// The body as text, in which invalid UTF-8 is replaced.
    pub body: String,
    /// True if the body was valid UTF-8.
    #[serde(default = "yes")]
    pub utf8: bool,
    /// The answer that was sent, or would have been.
    #[serde(default)]
    pub answer: Option<Answer>,
    /// The answer of the server, if the client received a different one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meant: Option<Answer>,
    /// True if the server itself received the request.
    #[serde(default = "yes")]
    pub served: bool,
    /// How the exchange was disturbed, in words.
    #[serde(default)]
    pub disturbed: Option<String>,
}

/// An answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// Microseconds from the start of the scenario to the last byte that was sent.
    pub at_us: u64,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body, decoded.
    pub body: String,
    /// How much of the answer was sent.
    #[serde(default)]
    pub sent: Sent,
}

/// How the program ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct End {
    /// Microseconds from the start of the scenario to the end of the program.
    pub at_us: u64,
    /// The meaning of the exit code; `None` if there is no code, or it has no meaning.
    pub said: Option<Said>,
    /// The exit code; `None` if a signal ended the program.
    pub code: Option<i32>,
    /// True if the program was stopped because its time was over.
    pub stopped: bool,
    /// True if a process that it started was still running.
    pub left_running: bool,
    /// True if it printed the key.
    #[serde(default)]
    pub leaked: bool,
    /// The beginning of its standard output.
    pub stdout: String,
    /// The beginning of its standard error.
    pub stderr: String,
}

/// The meaning of an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Said {
    /// The task is done.
    Done,
    /// The task is not done.
    NotDone,
    /// The program can't tell whether the task is done.
    Unknown,
    /// The program does not do this task.
    NotOffered,
}

fn one() -> u8 {
    1
}

fn yes() -> bool {
    true
}

/// The recording of one scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recording {
    /// Its beginning.
    pub head: Head,
    /// The exchanges, in the order of arrival.
    pub exchanges: Vec<Exchange>,
    /// The end of the program, if known.
    pub end: Option<End>,
}

impl Recording {
    /// Returns the recording as lines of JSON.
    ///
    /// # Errors
    /// Returns an error if a line can't be serialized, which does not happen in practice.
    pub(crate) fn lines(&self) -> Result<String, serde_json::Error> {
        let mut out = serde_json::to_string(&Line::Client(self.head.clone()))? + "\n";
        for exchange in &self.exchanges {
            out += &serde_json::to_string(&Line::Exchange(exchange.clone()))?;
            out.push('\n');
        }
        if let Some(end) = &self.end {
            out += &serde_json::to_string(&Line::End(end.clone()))?;
            out.push('\n');
        }
        Ok(out)
    }
}

/// Why a recording can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file can't be read.
    #[error("can't be read: {0}")]
    File(#[from] io::Error),
    /// A line is not part of a recording of a client.
    #[error(
        "line {line} is not part of a recorded client, as `client serve --record` and `sandbox --record` write them: {source}"
    )]
    Line {
        /// The number of the line, from 1.
        line: usize,
        /// The cause.
        source: serde_json::Error,
    },
    /// The recording has another version of the format.
    #[error("line {line} has the format {format}, and this program reads {FORMAT}")]
    Format {
        /// The number of the line, from 1.
        line: usize,
        /// The version that it has.
        format: u32,
    },
    /// The first line is not the head of a scenario.
    #[error("line {line} stands before the beginning of a scenario (`\"kind\": \"client\"`)")]
    NoHead {
        /// The number of the line, from 1.
        line: usize,
    },
    /// The file is the history of a server.
    #[error(
        "is the history of a server, which `judge` reads; `client judge` reads what `client serve --record` writes"
    )]
    OfServer,
    /// The file has no recording.
    #[error("is empty: nothing was recorded")]
    Empty,
}

/// Reads the scenarios of a recording. An incomplete last line is left out, since the recording process may have been
/// killed.
///
/// # Errors
/// Returns an error if the input can't be read, is empty, or is not a recording of clients.
pub(crate) fn read(mut input: impl BufRead) -> Result<Vec<Recording>, ReadError> {
    let mut recordings: Vec<Recording> = Vec::new();
    let (mut text, mut number) = (String::new(), 0);
    while input.read_line(&mut text)? > 0 {
        number += 1;
        let line = match serde_json::from_str::<Line>(&text) {
            Ok(line) => line,
            Err(_) if text.trim().is_empty() => {
                text.clear();
                continue;
            }
            Err(_) if !text.ends_with('\n') => break,
            Err(_) if text.starts_with("{\"header\"") => return Err(ReadError::OfServer),
            Err(source) => return Err(ReadError::Line { line: number, source }),
        };
        text.clear();
        match (line, recordings.last_mut()) {
            (Line::Client(head), _) if head.format != FORMAT => {
                return Err(ReadError::Format { line: number, format: head.format });
            }
            (Line::Client(head), _) => recordings.push(Recording { head, exchanges: Vec::new(), end: None }),
            (Line::Exchange(exchange), Some(last)) => last.exchanges.push(exchange),
            (Line::End(end), Some(last)) => last.end = Some(end),
            (_, None) => return Err(ReadError::NoHead { line: number }),
        }
    }
    if recordings.is_empty() { Err(ReadError::Empty) } else { Ok(recordings) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording() -> Recording {
        let head = Head {
            format: FORMAT,
            scenario: "plain".into(),
            about: String::new(),
            blames: None,
            impossible: false,
            task: None,
        };
        let exchange =
            Exchange { method: "GET".into(), target: "/".into(), served: true, ..Exchange::default() };
        Recording { head, exchanges: vec![exchange], end: Some(End::default()) }
    }

    #[test]
    fn what_is_written_is_read_also_where_it_breaks_off() {
        let text = recording().lines().unwrap();
        assert_eq!(read(text.as_bytes()).unwrap(), [recording()]);
        let twice = format!("{text}\n{text}");
        assert_eq!(read(twice.as_bytes()).unwrap().len(), 2);
        let broken = &text[..text.len() - 5];
        assert_eq!(read(broken.as_bytes()).unwrap(), [Recording { end: None, ..recording() }]);
    }

    #[test]
    fn what_is_no_recording_says_so_with_its_line() {
        let told = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(told(""), "is empty: nothing was recorded");
        let text = recording().lines().unwrap();
        let (_, rest) = text.split_once('\n').unwrap();
        assert!(told(rest).starts_with("line 1 stands before the beginning"), "{}", told(rest));
        assert!(told("{}\n").starts_with("line 1 is not part of a recorded client"), "{}", told("{}\n"));
        let other = text.replace("\"format\":1", "\"format\":9");
        assert_eq!(told(&other), "line 1 has the format 9, and this program reads 1");
    }
}
