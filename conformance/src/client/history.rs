//! What is recorded of one scenario: the task, every request with what became of it, and how the program ended. Keys are
//! masked before anything is recorded, so that a mask in the wrong place tells that a key stood there.

use std::io::{self, BufRead};

use serde::{Deserialize, Serialize};

use crate::client::task::Task;

/// What a line with another number is not read as.
pub const FORMAT: u32 = 1;

/// One line of a recording; a scenario is a head, its exchanges in the order of their arrival, and an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Line {
    /// A scenario begins.
    Client(Head),
    /// A request and what became of it.
    Exchange(Exchange),
    /// The program ended.
    End(End),
}

/// How a recording begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Always [`FORMAT`].
    pub format: u32,
    /// The scenario; `free` where nobody chose one.
    pub scenario: String,
    /// What the scenario is about.
    #[serde(default)]
    pub about: String,
    /// The rule that is broken if the program takes this server for another; the usual one where there is none.
    #[serde(default)]
    pub blames: Option<String>,
    /// Whether the task can't be done, whatever the client does right.
    #[serde(default)]
    pub impossible: bool,
    /// What the client was asked to do; nothing is known where it was not started by us.
    #[serde(default)]
    pub task: Option<Task>,
}

/// Where a request arrived.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// At the server that the task names.
    #[default]
    Server,
    /// Where a redirect of it led.
    Elsewhere,
    /// Behind a certificate that nobody trusts.
    Untrusted,
}

/// How much of an answer was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sent {
    /// All of it.
    #[default]
    Whole,
    /// Only the beginning.
    Part,
    /// Nothing.
    Nothing,
    /// The client closed its side before all was sent.
    Abandoned,
}

/// A request and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// Where it arrived.
    #[serde(default)]
    pub place: Place,
    /// Microseconds from the start of the scenario to the first byte of the request.
    pub at_us: u64,
    /// Number of its connection, from 1.
    #[serde(default)]
    pub connection: u64,
    /// Method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// `1` of HTTP/1.1.
    #[serde(default = "one")]
    pub minor_version: u8,
    /// Headers as they were sent.
    pub headers: Vec<(String, String)>,
    /// The body as text; what is no UTF-8 is replaced.
    pub body: String,
    /// Whether the body was UTF-8.
    #[serde(default = "yes")]
    pub utf8: bool,
    /// What was answered, or would have been.
    #[serde(default)]
    pub answer: Option<Answer>,
    /// What the server said, where the client was answered with something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meant: Option<Answer>,
    /// Whether the server itself saw the request.
    #[serde(default = "yes")]
    pub served: bool,
    /// What was done to the exchange on its way.
    #[serde(default)]
    pub disturbed: Option<String>,
}

/// An answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Microseconds from the start of the scenario to the last byte that was sent.
    pub at_us: u64,
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body, decoded.
    pub body: String,
    /// How much of it was sent.
    #[serde(default)]
    pub sent: Sent,
}

/// How the program ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Microseconds from the start of the scenario.
    pub at_us: u64,
    /// What its exit code stands for; nothing where it has none that stands for anything.
    pub said: Option<Said>,
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// Whether it had to be stopped.
    pub stopped: bool,
    /// Whether something that it started still ran.
    pub left_running: bool,
    /// Whether it printed the key.
    #[serde(default)]
    pub leaked: bool,
    /// The beginning of its standard output.
    pub stdout: String,
    /// The beginning of its standard error.
    pub stderr: String,
}

/// What an exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Said {
    /// The task is done.
    Done,
    /// It is not.
    NotDone,
    /// The program can't tell.
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

/// Everything that is recorded of one scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// How it begins.
    pub head: Head,
    /// What was sent, in the order of arrival.
    pub exchanges: Vec<Exchange>,
    /// How the program ended, where that is known.
    pub end: Option<End>,
}

impl Recording {
    /// Its lines.
    ///
    /// # Errors
    /// Never in practice; the writer's error otherwise.
    pub fn lines(&self) -> Result<String, serde_json::Error> {
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
        /// From 1.
        line: usize,
        /// Why.
        source: serde_json::Error,
    },
    /// It is of another version of this program.
    #[error("line {line} has the format {format}, and this program reads {FORMAT}")]
    Format {
        /// From 1.
        line: usize,
        /// What it has.
        format: u32,
    },
    /// The first line is no head.
    #[error("line {line} stands before the beginning of a scenario (`\"kind\": \"client\"`)")]
    NoHead {
        /// From 1.
        line: usize,
    },
    /// There is nothing in it.
    #[error("is empty: nothing was recorded")]
    Empty,
}

/// Reads the scenarios of a recording. A last line that breaks off is left out, since whoever recorded may have been killed.
///
/// # Errors
/// It can't be read, or is no recording of clients.
pub fn read(mut input: impl BufRead) -> Result<Vec<Recording>, ReadError> {
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
