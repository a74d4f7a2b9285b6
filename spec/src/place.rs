//! Finds the line of each JSON pointer in a YAML text, and the keys that are repeated.
//!
//! `serde_yaml` reads the values but drops their lines and silently accepts a repeated key; this module parses the same
//! text a second time for these two things only.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser};

/// The line of every node of one YAML document, by JSON pointer.
#[derive(Debug, Clone, Default)]
pub struct Places {
    lines: BTreeMap<String, usize>,
    /// The repeated keys: pointer of the mapping, key, line of the first occurrence, line of the repetition.
    pub duplicates: Vec<(String, String, usize, usize)>,
}

/// The error for a text that is not YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotYaml {
    /// The line, from 1.
    pub line: usize,
    /// The parser's message.
    pub message: String,
}

enum Frame {
    Map { pointer: String, keys: BTreeMap<String, usize>, key: Option<String> },
    List { pointer: String, next: usize },
}

impl Places {
    /// Indexes a text.
    ///
    /// # Errors
    /// Returns an error if the text is not YAML.
    pub fn of(text: &str) -> Result<Self, NotYaml> {
        let mut places = Self::default();
        let mut stack: Vec<Frame> = Vec::new();
        for event in Parser::new_from_str(text) {
            let (event, span) = event
                .map_err(|error| NotYaml { line: error.marker().line(), message: error.info().to_owned() })?;
            let line = span.start.line();
            match event {
                Event::Scalar(value, ..) => {
                    if places.take_key(&mut stack, &value, line) {
                        continue;
                    }
                    let pointer = child(&mut stack);
                    places.lines.entry(pointer).or_insert(line);
                }
                Event::Alias(_) => {
                    let pointer = child(&mut stack);
                    places.lines.entry(pointer).or_insert(line);
                }
                Event::MappingStart(..) => {
                    let pointer = child(&mut stack);
                    places.lines.entry(pointer.clone()).or_insert(line);
                    stack.push(Frame::Map { pointer, keys: BTreeMap::new(), key: None });
                }
                Event::SequenceStart(..) => {
                    let pointer = child(&mut stack);
                    places.lines.entry(pointer.clone()).or_insert(line);
                    stack.push(Frame::List { pointer, next: 0 });
                }
                Event::MappingEnd | Event::SequenceEnd => {
                    stack.pop();
                }
                _ => {}
            }
        }
        Ok(places)
    }

    /// Returns the line of a pointer, or of its nearest ancestor that exists; 0 for an empty document.
    #[must_use]
    pub fn line(&self, pointer: &str) -> usize {
        let mut at = pointer;
        loop {
            if let Some(line) = self.lines.get(at) {
                return *line;
            }
            match at.rfind('/') {
                Some(slash) => at = &at[..slash],
                None => return 0,
            }
        }
    }

    /// Takes a scalar as the next key of the innermost mapping if a key is expected, and records the key's line for its
    /// value.
    fn take_key(&mut self, stack: &mut [Frame], value: &str, line: usize) -> bool {
        let Some(Frame::Map { pointer, keys, key }) = stack.last_mut() else { return false };
        if key.is_some() {
            return false;
        }
        if let Some(first) = keys.insert(value.to_owned(), line) {
            self.duplicates.push((pointer.clone(), value.to_owned(), first, line));
        }
        self.lines.insert(format!("{pointer}/{}", escape(value)), line);
        *key = Some(value.to_owned());
        true
    }
}

/// Returns the pointer of the next node in the innermost frame.
fn child(stack: &mut [Frame]) -> String {
    match stack.last_mut() {
        None => String::new(),
        Some(Frame::Map { pointer, key, .. }) => {
            format!("{pointer}/{}", escape(&key.take().unwrap_or_default()))
        }
        Some(Frame::List { pointer, next }) => {
            *next += 1;
            format!("{pointer}/{}", *next - 1)
        }
    }
}

/// Escapes one step of a JSON pointer (RFC 6901).
#[must_use]
pub fn escape(step: &str) -> String {
    step.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_lines_and_repeated_keys() {
        let places = Places::of("a:\n  b: 1\n  c:\n    - x\n    - y: 2\n  b: 3\npath/x: 1\n").unwrap();
        assert_eq!(places.line("/a/b"), 6);
        assert_eq!(places.line("/a/c/1/y"), 5);
        assert_eq!(places.line("/a/c/1/none/deeper"), 5);
        assert_eq!(places.line("/path~1x"), 7);
        assert_eq!(places.duplicates, vec![("/a".to_owned(), "b".to_owned(), 2, 6)]);
    }

    #[test]
    fn says_where_it_stops_being_yaml() {
        let error = Places::of("a: [1\nb: }\n").unwrap_err();
        assert_eq!(error.line, 2);
    }
}
