//! The lines of a recorded run. A report has one line for each finished case; a journal has one line for each event,
//! written when it happens. Both begin with a header and end with a footer, and the same reader reads both.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use spec::OperationId;

use super::{Answer, CaseRecord, Exchange, Footer, Header};

/// One line of a recorded run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    /// The first line.
    Header(Box<Header>),
    /// A complete case.
    Case(Box<CaseRecord>),
    /// The start of a case: its accounts, and no requests yet.
    Begun(Box<Begun>),
    /// A request of a case. An order is written before it is sent, a read request once it is answered.
    Exchange(Box<Sent>),
    /// The answer to an order that was written earlier.
    Answered(Box<Answered>),
    /// The end of a case.
    Ended(Ended),
    /// A new id for a case that has ended: of several smaller forms, the smallest that still fails is renamed.
    Renamed(Renamed),
    /// What an order has shown about endpoints whose existence was uncertain.
    Found(BTreeMap<OperationId, bool>),
    /// What the first orders have shown about the numbers that operators take: by the operator's id, their first digits.
    Prefixes(BTreeMap<String, String>),
    /// The last line; it is missing if the run was cut off.
    Footer(Footer),
}

/// The start of a case. Its number identifies it among the cases that are in progress at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The number of the case in this file.
    pub number: u64,
    /// The case, without exchanges.
    pub case: CaseRecord,
}

/// A request of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The number of the case in this file.
    pub number: u64,
    /// The position of the request in the case, from 0.
    pub nth: usize,
    /// The request. If it was written before it was sent, its answer says that none arrived, which holds unless a
    /// later line records the answer.
    pub exchange: Exchange,
}

/// The answer to an order that was recorded earlier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The number of the case in this file.
    pub number: u64,
    /// The position of the request in the case, from 0.
    pub nth: usize,
    /// When the request was sent, in microseconds since the start of the run.
    pub sent_us: u64,
    /// When the answer was complete or given up, in microseconds since the start of the run.
    pub done_us: u64,
    /// The number of requests of the run that were in flight when this one was sent, itself included.
    pub in_flight: u32,
    /// The answer.
    pub answer: Answer,
}

/// The end of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// The number of the case in this file.
    pub number: u64,
    /// Positions of requests that turned out to show nothing about the server; they are left out of what is judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<usize>,
    /// The reason why the case was not sent, or not sent to its end.
    pub skipped: Option<String>,
}

/// A new id for a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// The id until now.
    pub from: String,
    /// The id from now on.
    pub to: String,
}

impl Line {
    /// Returns the line as it is written to a file, with its line end. Control characters are written as escapes, so
    /// that displaying the file is harmless.
    ///
    /// # Errors
    /// Returns an error if the line can't be serialized, which does not happen for lines that this program made.
    pub(crate) fn text(&self) -> serde_json::Result<String> {
        Ok(safe_json(&serde_json::to_string(self)?) + "\n")
    }
}

/// Returns true if a character acts on a display instead of showing something: control characters, and marks that
/// reorder or hide text.
#[must_use]
pub fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
        // The last two code points of each plane are noncharacters, which XML can't hold.
        || character as u32 & 0xfffe == 0xfffe
}

/// Replaces acting characters in JSON by escapes, so that displaying the file is safe; the JSON parses to the same
/// value.
#[must_use]
pub fn safe_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if acts(character) && character != '\n' {
            // In JSON these characters occur only inside strings, where an escape means the same.
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(character);
        }
    }
    out
}
