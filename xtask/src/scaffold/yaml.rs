//! Edits the YAML of the spec by inserting lines and list entries; comments and everything else are kept.

use spec::diff::Document;

use super::{OPENAPI, REQUIREMENTS};
use crate::Error;

/// Inserts an entry after the last one of its group; a new group comes last, under a heading.
pub(super) fn add_requirement(text: &str, group: &str, entry: &str) -> Result<String, Error> {
    let document = Document::from_text(REQUIREMENTS, text)?;
    let entries = document.at("/requirements").as_array().map_or(&[][..], Vec::as_slice);
    let of_group = entries.iter().rposition(|it| it["group"].as_str() == Some(group));
    let last = of_group.or_else(|| entries.len().checked_sub(1));
    let last =
        last.ok_or_else(|| Error::Usage(format!("{REQUIREMENTS}: no requirements to stand behind")))?;
    // The 1-based line of the entry's first line is the 0-based index of the line after it.
    let mut end = document.places.line(&format!("/requirements/{last}"));
    let lines: Vec<&str> = text.lines().collect();
    while lines.get(end).is_some_and(|line| line.starts_with("    ")) {
        end += 1;
    }
    let heading = if of_group.is_none() { format!("  # ---- {group}\n") } else { String::new() };
    Ok(with_lines(text, end, &format!("{heading}{entry}")))
}

/// Adds an id to the `x-requirements` of an operation.
pub(super) fn cite(text: &str, operation: &spec::Operation, id: &str) -> Result<String, Error> {
    let document = Document::from_text(OPENAPI, text)?;
    let pointer = format!("{}/x-requirements", operation.pointer);
    if !document.has(&pointer) {
        let at = document.places.line(&format!("{}/operationId", operation.pointer));
        return Ok(with_lines(text, at, &format!("      x-requirements: [{id}]\n")));
    }
    let at = document.places.line(&pointer);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = at.checked_sub(1).and_then(|at| lines.get_mut(at));
    match line.filter(|line| line.trim_end().ends_with(']')) {
        Some(line) => {
            let list = line.trim_end().trim_end_matches(']').to_owned();
            let comma = if list.ends_with('[') { "" } else { ", " };
            *line = format!("{list}{comma}{id}]");
        }
        None => {
            return Err(Error::Usage(format!(
                "{OPENAPI}:{at}: `x-requirements` is not a list in one line, as `[A, B]`; write it so"
            )));
        }
    }
    Ok(lines.join("\n") + "\n")
}

/// Inserts lines after the first `at` ones.
fn with_lines(text: &str, at: usize, more: &str) -> String {
    let before: String = text.split_inclusive('\n').take(at).collect();
    let after: String = text.split_inclusive('\n').skip(at).collect();
    format!("{before}{more}{after}")
}

/// Writes a text as a YAML scalar in one line.
pub(super) fn scalar(text: &str) -> String {
    let first = text.chars().next();
    let plain = first.is_some_and(char::is_alphanumeric)
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
        && serde_yaml::from_str::<serde_yaml::Value>(text).is_ok_and(|read| read.as_str() == Some(text));
    if plain { text.to_owned() } else { quoted(text) }
}

/// Writes a text as an entry of a YAML list in brackets.
pub(super) fn item(text: &str) -> String {
    if text.contains(|it: char| !it.is_ascii_alphanumeric() && it != '-') {
        quoted(text)
    } else {
        text.to_owned()
    }
}

/// Puts a text into quotation marks.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_yaml_would_read_otherwise_is_quoted() {
        assert_eq!(scalar("Each count to {maxItems} is accepted."), "Each count to {maxItems} is accepted.");
        assert_eq!(scalar("The caller's: own."), "'The caller''s: own.'");
        assert_eq!(scalar("{minItems} are enough."), "'{minItems} are enough.'");
        assert_eq!(scalar("true"), "'true'");
        assert_eq!(item("role:Agent"), "'role:Agent'");
        assert_eq!(item("two-accounts"), "two-accounts");
    }

    #[test]
    fn an_entry_stands_in_its_group_and_a_new_group_last() {
        let text = "requirements:\n  # ---- a\n  - id: A\n    group: a\n  # ---- b\n  - id: B\n    group: b\n\n# More.\nambiguities: []\n";
        let entry = "  - id: C\n    group: a\n";
        let added = add_requirement(text, "a", entry).unwrap();
        assert!(added.contains("group: a\n  - id: C\n    group: a\n  # ---- b\n"), "{added}");
        let added = add_requirement(text, "c", entry).unwrap();
        assert!(added.contains("group: b\n  # ---- c\n  - id: C\n    group: a\n\n# More.\n"), "{added}");
    }
}
