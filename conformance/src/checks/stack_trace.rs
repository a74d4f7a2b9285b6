//! Recognises the stack traces and unhandled failures of the languages that servers are written in.

/// Texts that occur only in a stack trace or an unhandled failure.
const TRACES: [&str; 8] = [
    "Traceback (most recent call last)",
    "panicked at",
    "stack backtrace",
    "Exception in thread",
    "node_modules/",
    "Unhandled exception",
    "Stack trace:",
    "Application Trace",
];

/// The characters that follow the name of a source file where a trace names a line of it: `app.rb:48:in`,
/// `Order.php(12)`, `main.go:31`.
const LINES: [(&str, &[char]); 12] = [
    (".rs", &[':']),
    (".rb", &[':']),
    (".php", &['(', ':']),
    (".go", &[':']),
    (".pm", &[':']),
    (".ex", &[':']),
    (".cs", &[':']),
    (".java", &[':']),
    (".kt", &[':']),
    (".scala", &[':']),
    (".js", &[':']),
    (".ts", &[':']),
];

/// What comes before the frame of a trace of JavaScript, Java or C#, also as JSON writes it.
const FRAMES: [&str; 4] = ["    at ", "\tat ", r"\tat ", r"\u0009at "];

/// What comes between the name of a file and the number of a line in a trace of Python, also as JSON writes it.
const PYTHON: [&str; 2] = [".py\", line ", r#".py\", line "#];

/// Returns what shows that a text has a stack trace; `None` if nothing does.
#[must_use]
pub(super) fn shown(text: &str) -> Option<&'static str> {
    TRACES.iter().find(|trace| text.contains(**trace)).copied().or_else(|| place_in_code(text))
}

/// Returns what shows that a text names a place in a program as stack traces do: a file with a line, a goroutine, or a
/// frame of JavaScript, Java or C#.
fn place_in_code(text: &str) -> Option<&'static str> {
    let digit = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    let line = |(name, marks): &&(&'static str, &[char])| {
        let behind = |(at, _)| text[at + name.len()..].strip_prefix(*marks).is_some_and(digit);
        text.match_indices(name).any(behind)
    };
    let file = LINES.iter().find(line).map(|(name, _)| *name);
    let routine = text.match_indices("goroutine ").any(|(at, found)| digit(&text[at + found.len()..]));
    let frame = |rest: &str| {
        let line: String = rest.chars().take_while(|c| !matches!(c, '\n' | '\\')).take(200).collect();
        line.contains('(') && line.split(':').skip(1).any(digit)
    };
    let in_frame =
        |mark: &&&str| text.match_indices(**mark).any(|(at, found)| frame(&text[at + found.len()..]));
    let in_python =
        |mark: &&str| text.match_indices(*mark).any(|(at, found)| digit(&text[at + found.len()..]));
    let frame = FRAMES.iter().find(in_frame).map(|_| "at ");
    let python = PYTHON.iter().any(in_python).then_some(".py");
    file.or(routine.then_some("goroutine ")).or(frame).or(python)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_of_every_language_are_recognised_as_text_and_in_json() {
        let traces = [
            "java.lang.NullPointerException\n\tat gh.netconnect.Orders.buy(Orders.java:88)",
            "Error: x\n    at Object.buy (/srv/app/orders.js:12:7)",
            "   at Orders.Buy() in Orders.cs:line 12\n    at Orders.Buy() in /src/Orders.cs:12",
            "  File \"/srv/app/orders.py\", line 31, in buy",
            "orders.rb:48:in `buy'",
            "PDOException in /srv/Orders.php(12): x",
            "goroutine 1 [running]:\nmain.buy()\n\t/srv/orders.go:31 +0x1d",
            "at Orders.kt:7",
        ];
        for trace in traces {
            assert!(shown(trace).is_some(), "{trace}");
            let json = serde_json::to_string(trace).unwrap();
            assert!(shown(&json).is_some(), "{json}");
            let tabs = json.replace("\\t", "\\u0009");
            assert!(shown(&tabs).is_some(), "{tabs}");
        }
    }

    #[test]
    fn ordinary_messages_show_no_trace() {
        for message in [
            "Order created at 12:30 (see orders.json)",
            "the request failed at item 3: invalid msisdn (233)",
            "documents at https://example.com/a.js and /b.ts",
            "    at least 2 recipients (2 to 20): 1 was sent",
            "contact support.java@example.com, line 3",
        ] {
            assert_eq!(shown(message), None, "{message}");
        }
    }
}
