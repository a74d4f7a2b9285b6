//! Where in a YAML text a JSON pointer stands, and the keys that stand there twice.
//!
//! `serde_yaml` reads the values but forgets their lines and takes a repeated key without a word; this room reads the
//! same text once more for exactly those two things.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser};

/// Lines of every node of one YAML document, by JSON pointer.
#[derive(Debug, Clone, Default)]
pub struct Places {
    lines: BTreeMap<String, usize>,
    /// Repeated keys: pointer of the mapping, key, line of the first and of the repetition.
    pub duplicates: Vec<(String, String, usize, usize)>,
}

/// A text that is not YAML: line from 1, and what the parser says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotYaml {
    /// Line, from 1.
    pub line: usize,
    /// What the parser says.
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
    /// The text is not YAML.
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

    /// Line of a pointer, or of the nearest place above it that exists; 0 for an empty document.
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

    /// Takes a scalar as the next key of the mapping on top, if one is due; the key's line is what a reader looks for.
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

/// Pointer of the node that comes next in the frame on top.
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

/// One step of a JSON pointer (RFC 6901).
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
