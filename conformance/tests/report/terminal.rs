//! The report at the end of a run and the progress during it, as text.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use conformance::history::{Budget, Cost, End};
use conformance::report::event::{Event, Sink};
use conformance::report::formats::terminal;
use conformance::report::look::{Look, Verbosity};
use conformance::report::progress::Progress;
use conformance::report::text;
use conformance::report::view::View;
use indicatif::{InMemoryTerm, ProgressDrawTarget, TermLike};
use spec::Pesewas;

use crate::fixture;

const NORMAL: Look = Look { width: 100, color: false, verbosity: Verbosity::Normal };

fn failing(look: Look) -> String {
    terminal::render(&View::of(&fixture::failing().run()), &look)
}

#[test]
fn plain() {
    insta::assert_snapshot!(failing(NORMAL));
}

#[test]
fn narrow() {
    insta::assert_snapshot!(failing(Look { width: 60, ..NORMAL }));
}

#[test]
fn wide_verbose() {
    insta::assert_snapshot!(failing(Look { width: 160, verbosity: Verbosity::Verbose, ..NORMAL }));
}

#[test]
fn quiet() {
    insta::assert_snapshot!(failing(Look { verbosity: Verbosity::Quiet, ..NORMAL }));
}

#[test]
fn coloured() {
    insta::assert_snapshot!(failing(Look { color: true, ..NORMAL }).replace('\u{1b}', "␛"));
}

#[test]
fn all_is_well() {
    insta::assert_snapshot!(terminal::render(&View::of(&fixture::passing().run()), &NORMAL));
}

#[test]
fn nothing_from_outside_acts() {
    for verbosity in [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose] {
        let plain = failing(Look { verbosity, ..NORMAL });
        assert!(!plain.chars().any(|character| character != '\n' && text::acts(character)));
        assert!(!plain.lines().any(|line| line.trim_start().starts_with("::")), "a command to a pipeline");
        let coloured = failing(Look { verbosity, color: true, ..NORMAL });
        assert_eq!(console::strip_ansi_codes(&coloured), plain, "colour changes nothing else");
    }
}

#[test]
fn lines_fit_but_for_those_that_are_pasted() {
    for width in [60, 100, 160] {
        for line in failing(Look { width, ..NORMAL }).lines() {
            let pasted = ["curl ", "printf ", "conformance replay "]
                .iter()
                .any(|start| line.trim_start().starts_with(start));
            let long_word = line.split_whitespace().any(|word| word.len() > width - 16);
            assert!(pasted || long_word || console::measure_text_width(line) <= width, "{width}: {line}");
        }
    }
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A clock that advances by a second each time it is read.
fn clock() -> Box<dyn FnMut() -> Duration + Send> {
    let mut seconds = 0;
    Box::new(move || {
        seconds += 1;
        Duration::from_secs(seconds)
    })
}

fn events(upto: u64) -> Vec<Event> {
    let budget = Budget {
        cases: 40,
        cost: Cost {
            orders: 38,
            purchases: 12,
            expected: Pesewas::new(4_000),
            worst: Pesewas::new(9_000),
            unpriced: 0,
            open: Pesewas::new(1_200),
        },
        cap: Some(Pesewas::new(20_000)),
    };
    let mut events = vec![Event::Planned { budget }];
    for index in 0..upto {
        if index == 13 {
            let summary = "an order of 21 items was accepted\u{1b}[2J".to_owned();
            let case = "count/high/Agent/21".to_owned();
            events.push(Event::Finding { requirement: "COUNT-HIGH".to_owned(), summary, case });
        }
        if index == 20 {
            events.push(Event::Waiting { wait_ms: 1_500, rate: Some(25) });
            let why = "Connection refused (os error 111)".to_owned();
            events.extend([Event::Away { why, wait_ms: 15_000 }, Event::Back { after_ms: 2_300 }]);
        }
        let charged = Pesewas::new(100);
        events.push(Event::CaseDone {
            index,
            again: false,
            requests: 2,
            findings: u64::from(index == 13),
            charged,
        });
    }
    events
}

#[test]
fn progress_in_lines() {
    let out = Shared::default();
    let mut progress = Progress::lines(Box::new(out.clone()), NORMAL, clock());
    let mut all = events(40);
    all.push(Event::Ended { end: End::Complete });
    for event in &all {
        progress.event(event);
    }
    insta::assert_snapshot!(String::from_utf8(out.0.lock().unwrap().clone()).unwrap());
}

#[test]
fn progress_as_a_bar() {
    for width in [100, 60] {
        let terminal = InMemoryTerm::new(10, width);
        let look = Look { width: width.into(), ..NORMAL };
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(terminal.clone()), u8::MAX);
        let mut progress = Progress::bar(target, look, clock());
        for event in &events(14) {
            progress.event(event);
        }
        // What is drawn depends on timing: the line above the bar is certain, and the bar shows some case.
        progress.event(&Event::Finding {
            requirement: "RESP-SHAPE".to_owned(),
            summary: "data.orderId is not a string".to_owned(),
            case: "shape/long".to_owned(),
        });
        assert_eq!(terminal.width(), width);
        insta::assert_snapshot!(format!("bar_{width}"), terminal.contents());
        progress.event(&Event::Ended { end: End::Complete });
        assert!(!terminal.contents().contains("left"), "the bar is cleared: {}", terminal.contents());
    }
}
