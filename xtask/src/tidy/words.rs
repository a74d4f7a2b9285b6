//! The words of the project: standard English and the terms of the field, so that a reader needs no glossary.

use super::workspace::Checker;

/// Words and phrases that this project once used in a private sense, or that puzzle a reader, and what to write instead.
const PRIVATE: &[(&str, &str)] = &[
    ("beyond reproach", "valid"),
    ("chancy", "flaky"),
    ("excuse", "explanation, exception or skip_refusal"),
    ("excuses", "explains"),
    ("flood", "load"),
    ("mend", "fix"),
    ("mended", "fixed"),
    ("mends", "fixes"),
    ("now one and now another", "in no fixed order"),
    ("oddly", "in an unusual way"),
    ("our own fault", "an internal error"),
    ("shelf", "product line"),
    ("shelves", "product lines"),
    ("tape", "capture"),
    ("taped", "captured"),
    ("teeth", "selftest"),
    ("untold", "undetermined"),
    ("wave", "batch"),
    ("waves", "batches"),
];

/// Files that must keep the words of somebody else, or of the past.
const QUOTED: [&str; 3] = ["CHANGELOG.md", "conformance/KILL_MATRIX.md", "xtask/src/tidy/words.rs"];

/// A text must use words that every reader knows.
pub(super) fn private_word(checker: &mut Checker<'_>) {
    let path = checker.path();
    let is_read = [".rs", ".md"].iter().any(|end| path.ends_with(end));
    if !is_read || checker.parsed.is_generated() || QUOTED.contains(&path) || path.starts_with("spec/pages/")
    {
        return;
    }
    for (index, line) in checker.text().lines().enumerate() {
        let words = words(line);
        for (word, instead) in PRIVATE {
            if words.contains(&format!(" {word} ")) {
                checker.put(index + 1, format!("\"{word}\" puzzles a reader; write \"{instead}\""));
            }
        }
    }
}

/// Returns the words of a line in small letters, each between blanks. An underscore separates words too.
fn words(line: &str) -> String {
    let letters = line.chars().map(|it| if it.is_alphanumeric() { it.to_ascii_lowercase() } else { ' ' });
    let spaced: String = letters.collect();
    format!(" {} ", spaced.split_whitespace().collect::<Vec<_>>().join(" "))
}
