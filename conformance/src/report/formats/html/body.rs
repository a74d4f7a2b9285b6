//! Shows a body as text. JSON is indented, and the fields that a finding is about are marked.
//!
//! The layout follows the characters of the JSON and not its meaning: duplicate fields, long numbers and truncated ends
//! are kept as received.

use std::collections::BTreeSet;

use maud::{Markup, html};

use crate::report::text::{excerpt, grouped, visible};
use crate::report::view::FindingView;

/// The maximum number of bytes of a body that is laid out; longer bodies are shown as an excerpt of so many characters.
const LONGEST: usize = 12_000;

/// The maximum width of an object or array that is written in one line, in columns. On narrow screens it takes two or
/// three lines, which still is less than a line for each field.
const WIDTH: usize = 160;

/// Which lines of a body are marked.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// The names of fields.
    names: BTreeSet<String>,
    /// The values; numbers are without trailing zeros.
    values: BTreeSet<String>,
}

impl Marks {
    /// Returns the fields that the differences of a finding name, and the values that its summary says are wrong.
    pub(super) fn of(finding: &FindingView) -> Self {
        let pointer = |line: &String| {
            let (at, _) = line.trim_start_matches(['+', '-', ' ']).split_once(": ")?;
            let name = at.rsplit(['/', '.']).next()?;
            let is_name = at.starts_with(['/', '$', '.']) || at.contains('.');
            (is_name && !name.is_empty() && !name.contains(' ')).then(|| name.to_owned())
        };
        // After these words, a summary says what the value should be.
        let told = ["where", " for ", "instead"].iter().fold(finding.summary.as_str(), |text, word| {
            text.split_once(word).map_or(text, |(before, _)| before)
        });
        let words = told.split(|it: char| !(it.is_ascii_digit() || it == '.' || it == '-'));
        let values = words.filter(|it| it.bytes().any(|byte| byte.is_ascii_digit())).map(plain);
        let names = finding.detail.iter().filter_map(pointer);
        let field = finding
            .summary
            .split(' ')
            .next()
            .filter(|it| it.contains('.'))
            .and_then(|it| it.rsplit('.').next());
        Self { names: names.chain(field.map(str::to_owned)).collect(), values: values.collect() }
    }

    fn has(&self, line: &str) -> bool {
        let line = line.trim().trim_end_matches(',');
        let (name, value) = match line.split_once("\": ") {
            Some((name, value)) => (Some(name.trim_start_matches('"')), value),
            None => (None, line),
        };
        let is_number = value.starts_with(|it: char| it.is_ascii_digit() || it == '-');
        name.is_some_and(|it| self.names.contains(it)) || (is_number && self.values.contains(&plain(value)))
    }
}

/// Removes the trailing zeros of a decimal: `0.20` becomes `0.2`.
fn plain(number: &str) -> String {
    let number = number.trim_end_matches('.');
    match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => number.to_owned(),
    }
}

/// Renders a body.
pub(super) fn json(text: &str, marks: &Marks) -> Markup {
    let looks_like = text.trim_start().starts_with(['{', '[']) && text.len() <= LONGEST;
    if !looks_like {
        return html! { pre.body tabindex="0" { (excerpt(text, LONGEST)) } };
    }
    let lines = folded(laid_out(text), marks);
    html! {
        pre.body tabindex="0" {
            // The line break is within the element, so that copied text has one for each line.
            @for line in &lines {
                @if marks.has(line) { mark.line { (visible(line)) "\n" } } @else { span.line { (visible(line)) "\n" } }
            }
        }
        @if text.len() > LONGEST { p.fine { (grouped(text.len() as u64)) " bytes" } }
    }
}

/// Writes objects and arrays that fit into one line in one line, unless a field in them is marked: a long list of
/// recipients then has one line for each.
fn folded(lines: Vec<String>, marks: &Marks) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    // The position in `out` of the innermost bracket that is open and may still be folded.
    let mut open = None;
    for line in lines {
        let is_end = line.trim_start().starts_with(['}', ']']);
        let is_start = line.ends_with(['{', '[']);
        out.push(line);
        let at = out.len() - 1;
        match open {
            Some(start) if is_end => {
                let inside = &out[start + 1..at];
                let words: Vec<&str> = out[start + 1..=at].iter().map(|it| it.trim_start()).collect();
                let whole = format!("{} {}", out[start], words.join(" "));
                let width = whole.trim().trim_end_matches(',').chars().count();
                if !inside.iter().any(|it| marks.has(it)) && width <= WIDTH {
                    out.truncate(start);
                    out.push(whole);
                }
                open = None;
            }
            _ if is_start => open = Some(at),
            _ if is_end => open = None,
            _ => {}
        }
    }
    out
}

/// Returns the lines of JSON, indented by depth.
fn laid_out(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut depth = 0_usize;
    let mut inside = false;
    let mut escaped = false;
    let mut characters = text.chars().peekable();
    let line = |lines: &mut Vec<String>, depth: usize| lines.push("  ".repeat(depth.min(20)));
    while let Some(character) = characters.next() {
        let Some(last) = lines.last_mut() else { break };
        if inside {
            last.push(character);
            inside = escaped || character != '"';
            escaped = !escaped && character == '\\';
            continue;
        }
        match character {
            ' ' | '\t' | '\r' | '\n' => {}
            '{' | '[' => {
                last.push(character);
                depth += 1;
                while characters.peek().is_some_and(|it| it.is_ascii_whitespace()) {
                    characters.next();
                }
                if characters.peek().is_some_and(|it| matches!(it, '}' | ']')) {
                    depth -= 1;
                    last.extend(characters.next());
                } else {
                    line(&mut lines, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut lines, depth);
                lines.last_mut().into_iter().for_each(|it| it.push(character));
            }
            ',' => {
                last.push(',');
                line(&mut lines, depth);
            }
            ':' => last.push_str(": "),
            other => {
                last.push(other);
                inside = other == '"';
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn json_is_laid_out_and_fields_are_marked() {
        let text = r#"{"data":{"totalAmount":0.20,"items":[],"a\"b":[1,{"x":"y, z: {"}]}}"#;
        let lines = laid_out(text);
        assert_eq!(
            lines.join("\n"),
            "{\n  \"data\": {\n    \"totalAmount\": 0.20,\n    \"items\": [],\n    \"a\\\"b\": [\n      1,\n      {\n        \"x\": \"y, z: {\"\n      }\n    ]\n  }\n}"
        );
        let marks = Marks { names: ["x".to_owned()].into(), values: ["0.2".to_owned()].into() };
        let marked: Vec<&str> = lines.iter().filter(|it| marks.has(it)).map(|it| it.trim()).collect();
        assert_eq!(marked, ["\"totalAmount\": 0.20,", "\"x\": \"y, z: {\""]);
    }

    #[test]
    fn short_objects_take_one_line_unless_a_field_in_them_is_marked() {
        let text = r#"{"items":[{"a":1,"b":"2"},{"a":2,"b":"3"}],"total":[1,2]}"#;
        let marks = Marks { names: BTreeSet::new(), values: ["2".to_owned()].into() };
        assert_eq!(
            folded(laid_out(text), &Marks::default()).join("\n"),
            "{\n  \"items\": [\n    { \"a\": 1, \"b\": \"2\" },\n    { \"a\": 2, \"b\": \"3\" }\n  ],\n  \"total\": [ 1, 2 ]\n}"
        );
        let marked = folded(laid_out(text), &marks);
        assert!(marked.contains(&"      \"a\": 2,".to_owned()), "{marked:?}");
        let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(WIDTH));
        assert_eq!(folded(laid_out(&long), &Marks::default()), laid_out(&long));
    }

    proptest! {
        #[test]
        fn nothing_but_blanks_is_added_or_lost(text in "[\\[\\]{}:,\"\\\\ a0.\n]{0,60}") {
            let bare = |text: &str| text.chars().filter(|it| !it.is_whitespace()).collect::<String>();
            prop_assert_eq!(bare(&laid_out(&text).join("\n")), bare(&text));
            prop_assert_eq!(bare(&folded(laid_out(&text), &Marks::default()).join("\n")), bare(&text));
        }
    }
}
