//! The formats for programs: their text, and that they read back.

use conformance::history::Line;
use conformance::report::view::View;
use conformance::report::{json, ndjson, text};
use serde_json::Value;

use crate::fixture;

#[test]
fn the_json_report() {
    let fixture = fixture::failing();
    let rendered = json::render(&View::of(&fixture.run())).unwrap();
    let value: Value = serde_json::from_str(&rendered).unwrap();
    assert_eq!(value["exit_code"], 1);
    insta::assert_snapshot!(rendered);
}

#[test]
fn the_history_reads_back() {
    let fixture = fixture::failing();
    let mut out = Vec::new();
    ndjson::write(&fixture.run(), &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(!out.chars().any(|character| character != '\n' && text::acts(character)));
    let lines: Vec<Line> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), fixture.cases.len() + 2);
    assert!(matches!(&lines[0], Line::Header(header) if **header == fixture.header));
    let cases =
        lines.iter().filter_map(|line| if let Line::Case(case) = line { Some(&**case) } else { None });
    assert!(cases.eq(fixture.cases.iter()));
    assert!(matches!(lines.last(), Some(Line::Footer(footer)) if *footer == fixture.footer));
}
