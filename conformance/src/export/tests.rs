//! Checks how each format writes text with characters that are special in it.

use std::collections::BTreeSet;

use super::script::{Capture, Case, Holds, Request, Script, Text, Variable};
use super::{Format, files};

fn script() -> Script {
    let variable = |name: &str, value: Option<&str>| Variable {
        name: name.to_owned(),
        what: format!("what `{name}` is"),
        value: value.map(str::to_owned),
    };
    let path = |name: &str| vec!["data".to_owned(), name.to_owned()];
    let order = Request {
        what: "the order".to_owned(),
        method: "POST".to_owned(),
        url: Text::variable("base_url").then(Text::literal("/a?b=c#d")),
        headers: vec![
            ("X-Key".to_owned(), Text::variable("key_1").then(Text::literal("x"))),
            ("X-Empty".to_owned(), Text::literal("")),
        ],
        body: Some(Text::literal("{\"a\":\"it's `$HOME` {{b}} \\u0041 \\\\ # é\",\n\"b\":{}}")),
        statuses: BTreeSet::from([1, 2]),
        holds: vec![
            Holds::True(vec!["success".to_owned()]),
            Holds::Number(path("total"), "0.20".to_owned()),
            Holds::Contains(Text::variable("order_1")),
        ],
        captures: vec![Capture { variable: "order_1".to_owned(), path: path("id") }],
    };
    let read = Request {
        what: "read order".to_owned(),
        method: "GET".to_owned(),
        url: Text::variable("base_url").then(Text::literal("/o/")).then(Text::variable("order_1")),
        headers: Vec::new(),
        body: None,
        statuses: BTreeSet::from([3]),
        holds: Vec::new(),
        captures: Vec::new(),
    };
    Script {
        made_from: "contract 1".to_owned(),
        variables: vec![variable("base_url", Some("http://h")), variable("key_1", None)],
        cases: vec![Case {
            id: "count/high/21".to_owned(),
            title: "it's a title".to_owned(),
            serves: vec!["COUNT-HIGH".to_owned()],
            requests: vec![order, read],
        }],
        left_out: vec![("sends at once".to_owned(), vec!["race/1".to_owned(), "race/2".to_owned()])],
    }
}

#[test]
fn text_that_would_act_is_written_so_that_it_does_not() {
    let mut shown = String::new();
    for format in Format::ALL {
        for (name, text) in files(&script(), format) {
            let text = text.split("work=$(mktemp").next().unwrap_or_default();
            shown += &format!("=== {} {name}\n{text}\n", format.name());
        }
    }
    insta::assert_snapshot!(shown);
}
