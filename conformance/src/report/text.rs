//! Makes text from outside safe to show: nothing that a server sends may move a cursor, hide itself or end a quotation.

use std::fmt::Write as _;

pub use crate::history::line::{acts, safe_json};

/// Returns one line in which every character that acts on a terminal is escaped: `\n`, `\x1b`, `\u{202e}`.
///
/// Also breaks up a leading `::` and `##[`, which continuous integration systems would take for commands.
#[must_use]
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if !acts(character) => out.push(character),
            _ if (character as u32) < 0x100 => _ = write!(out, "\\x{:02x}", character as u32),
            _ => _ = write!(out, "\\u{{{:x}}}", character as u32),
        }
    }
    let out = out.replace("##[", "# #[");
    let command =
        |word: &str| word.strip_prefix("::").is_some_and(|rest| rest.starts_with(char::is_alphabetic));
    if !out.split(' ').any(command) {
        return out;
    }
    let words =
        out.split(' ').map(|word| if command(word) { format!(": {}", &word[1..]) } else { word.to_owned() });
    words.collect::<Vec<_>>().join(" ")
}

/// Returns the start of a text as [`visible`], with a note if something was left out.
#[must_use]
pub(crate) fn excerpt(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => visible(text),
        Some((cut, _)) => format!("{}… ({} bytes in all)", visible(&text[..cut]), grouped(text.len() as u64)),
    }
}

/// Writes digits in groups of three: `12,345`.
#[must_use]
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Writes a number with its noun: `1 case`, `2 cases`.
#[must_use]
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// Writes a duration, rounded: `850 µs`, `1.9 ms`, `12 ms`, `3.4 s`, `2 min 5 s`. A duration that is rounded up to the
/// next unit is written in that unit.
#[must_use]
pub(crate) fn duration(micros: u64) -> String {
    let rounded = |unit: u64| micros.saturating_add(unit / 2) / unit;
    let with_tenth = |tenths: u64, unit: &str| format!("{}.{} {unit}", tenths / 10, tenths % 10);
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..9_950 => with_tenth(rounded(100), "ms"),
        9_950..999_500 => format!("{} ms", rounded(1_000)),
        999_500..59_950_000 => with_tenth(rounded(100_000), "s"),
        _ => format!("{} min {} s", rounded(1_000_000) / 60, rounded(1_000_000) % 60),
    }
}

/// Returns a word for a POSIX shell that stands for exactly this text.
#[must_use]
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_acts() {
        assert_eq!(visible("a\u{1b}[31mred\u{9b}2J\r\n\tß€😀"), r"a\x1b[31mred\x9b2J\r\n\tß€😀");
        assert_eq!(visible("abc\u{202e}gnp\u{200b}.exe\u{e0041}"), r"abc\u{202e}gnp\u{200b}.exe\u{e0041}");
        assert_eq!(visible("::error::x a::b ::set-env ##[debug]"), ": :error::x a::b : :set-env # #[debug]");
        assert_eq!(visible("a :: b"), "a :: b");
    }

    #[test]
    fn excerpts_are_cut_between_characters() {
        assert_eq!(excerpt("ééé", 3), "ééé");
        assert_eq!(excerpt("éééé", 3), "ééé… (8 bytes in all)");
    }

    #[test]
    fn numbers_and_durations_read_well() {
        assert_eq!(
            [grouped(0), grouped(999), grouped(1_000), grouped(1_234_567)],
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(count(1, "case", "cases"), "1 case");
    }

    #[test]
    fn durations_are_rounded() {
        let small = [0, 999, 1_000, 1_900, 1_949, 1_950, 9_949, 9_950, 12_345, 12_500, 999_499].map(duration);
        assert_eq!(
            small,
            [
                "0 µs", "999 µs", "1.0 ms", "1.9 ms", "1.9 ms", "2.0 ms", "9.9 ms", "10 ms", "12 ms",
                "13 ms", "999 ms"
            ]
        );
        let large = [999_500, 1_000_000, 59_949_999, 59_950_000, 119_499_999, 119_500_000, 125_000_000];
        assert_eq!(
            large.map(duration),
            ["1.0 s", "1.0 s", "59.9 s", "1 min 0 s", "1 min 59 s", "2 min 0 s", "2 min 5 s"]
        );
    }

    proptest! {
        #[test]
        fn visible_text_never_acts(text in ".*") {
            prop_assert!(!visible(&text).chars().any(acts));
        }

        #[test]
        fn safe_json_reads_back_the_same(text in "(.|\u{1b}|\u{9b}|\u{202e}|\u{e0041})*") {
            let safe = safe_json(&serde_json::to_string(&text).unwrap());
            prop_assert!(!safe.chars().any(acts));
            prop_assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
        }
    }
}
