//! One line of a recorded run. A report has a line for each case once it is over; a journal has one for each thing that
//! happens, when it happens. Both begin with a header and end with a footer, and one reader takes both.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use spec::OperationId;

use super::{Answer, CaseRecord, Exchange, Footer, Header};

/// One line of a recorded run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    /// First line.
    Header(Box<Header>),
    /// A case as a whole.
    Case(Box<CaseRecord>),
    /// A case begins, with who takes part and nothing sent yet.
    Begun(Box<Begun>),
    /// A request of a case: an order before it is sent, a reading once it is answered.
    Exchange(Box<Sent>),
    /// The answer to an order.
    Answered(Box<Answered>),
    /// A case is over.
    Ended(Ended),
    /// A case that was over has another address: among smaller forms, the smallest that still fails.
    Renamed(Renamed),
    /// What an order has shown of endpoints that were in doubt.
    Found(BTreeMap<OperationId, bool>),
    /// Last line; missing where the run was cut off.
    Footer(Footer),
}

/// A case that begins. Its number tells apart what is under way at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// Number of the case in this file.
    pub number: u64,
    /// The case, without exchanges.
    pub case: CaseRecord,
}

/// A request of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Number of the case.
    pub number: u64,
    /// Which request of the case, from 0.
    pub nth: usize,
    /// The request. Where it stands here before it is sent, its answer is that none came: true if nothing follows.
    pub exchange: Exchange,
}

/// What came of an order that stands further up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Number of the case.
    pub number: u64,
    /// Which request of the case, from 0.
    pub nth: usize,
    /// When it was sent, microseconds since the start of the run.
    pub sent_us: u64,
    /// When the answer was complete or given up.
    pub done_us: u64,
    /// Requests of the run that were under way when it was sent, itself among them.
    pub in_flight: u32,
    /// What came.
    pub answer: Answer,
}

/// The end of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Number of the case.
    pub number: u64,
    /// Requests that show nothing of the server after all, and are left out of what is judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<usize>,
    /// Why it was not sent, or not to its end.
    pub skipped: Option<String>,
}

/// A case that gets another address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// Its address so far.
    pub from: String,
    /// Its address from now on.
    pub to: String,
}

impl Line {
    /// As it stands in a file, with its line end; control characters in it are escapes, so that showing the file is harmless.
    ///
    /// # Errors
    /// Never, for lines that this program made; serde's error otherwise.
    pub fn text(&self) -> serde_json::Result<String> {
        Ok(safe_json(&serde_json::to_string(self)?) + "\n")
    }
}

/// Whether a character does something rather than shows something: controls, and marks that reorder or hide text.
#[must_use]
pub fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
        // The last two of each plane are no characters, which XML can't hold.
        || character as u32 & 0xfffe == 0xfffe
}

/// JSON in which acting characters are escapes, so that showing the file is safe; it reads back the same.
#[must_use]
pub fn safe_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if acts(character) && character != '\n' {
            // They stand inside strings only, where an escape means the same.
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
