//! The journal: it contains what the reports do, including smaller forms of cases; it is usable wherever it breaks off;
//! and a later run does not overwrite it.

use std::fs;
use std::path::Path;

use conformance::history::{Answer, End, Exchange, Line, STEP};
use spec::{OperationId, Pesewas};

use crate::common::proxy::Proxy;
use crate::common::recording::{charged_behind, ledger, read};
use crate::common::{Ended, conformance, fault, faultless, start, states_of};

/// Runs with a journal and every report, against a server that charges for orders that it should refuse.
async fn recorded(folder: &Path, flags: &[&str]) -> (Ended, Proxy) {
    let sandbox = start(|it| it.behaviour = fault("count-unbounded")).await;
    let proxy = Proxy::transparent(sandbox.url()).await;
    let states = states_of(&sandbox);
    let journal = folder.join("run.ndjson").display().to_string();
    let reports = format!("dir={}", folder.join("reports").display());
    let args =
        ["--url", &proxy.url, "--states", &states, "--seed", "5", "--cases", "60", "--report", &reports];
    let ended = conformance(&[&args[..], &["--journal", &journal], flags].concat()).await;
    (ended, proxy)
}

/// Every line must be valid by the published schema.
fn follows_the_schema(path: &Path) {
    let schema = serde_json::from_str(include_str!("../../history.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for line in fs::read_to_string(path).unwrap().lines() {
        let errors: Vec<_> =
            validator.iter_errors(&serde_json::from_str(line).unwrap()).map(|it| it.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?} in {line:.300}", path.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_has_what_the_history_has_and_every_order_of_a_smaller_form() {
    let folder = tempfile::tempdir().unwrap();
    let (ended, proxy) = recorded(folder.path(), &[]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let (journal, history) = (folder.path().join("run.ndjson"), folder.path().join("reports/history.ndjson"));
    let (one, other) = (read(&journal), read(&history));
    follows_the_schema(&journal);
    follows_the_schema(&history);
    assert_eq!(one.header, other.header);
    assert_eq!(one.footer, other.footer);
    let cases =
        |it: &conformance::history::History| it.cases.iter().map(|it| it.into_owned()).collect::<Vec<_>>();
    assert!(cases(&one) == cases(&other), "the journal has other cases than the history");
    let steps = cases(&one).iter().filter(|it| it.id.contains(STEP)).count();
    assert!(steps > 0 && ended.stdout.contains(&format!(" and {steps} smaller form")), "{}", ended.stdout);
    let ledger = ledger(&journal);
    let sent =
        |it: &Exchange| it.operation == OperationId::BuyBulk && !matches!(it.answer, Answer::Unsent(_));
    let orders = cases(&one).iter().flat_map(|it| &it.exchanges).filter(|it| sent(it)).count();
    // Some orders use another method or another spelling of the path.
    assert!(ledger.orders == orders as u64 && proxy.purchases().len() <= orders, "{ledger:?}");
    assert_eq!((ledger.charged, ledger.unknown), (charged_behind(&proxy), 0));
    assert!(
        ended.stdout.contains(&format!("\n  wrote {}\n", journal.display()))
            || ended.stdout.contains("wrote ")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wherever_a_journal_breaks_off_nobody_is_accused_and_the_money_is_within_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = faultless().await;
    let proxy = Proxy::transparent(sandbox.url()).await;
    let (path, states) = (folder.path().join("run.ndjson"), states_of(&sandbox));
    let journal = path.display().to_string();
    let args =
        ["--url", &proxy.url, "--states", &states, "--seed", "5", "--cases", "20", "--journal", &journal];
    let ended = conformance(&[&args[..], &["--tier", "smoke"]].concat()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let bytes = fs::read(&path).unwrap();
    let (whole, first) = (charged_behind(&proxy), bytes.iter().position(|it| *it == b'\n').unwrap() + 1);
    let cut = folder.path().join("cut.ndjson");
    // Places all over the file, most of them in the middle of a line, and two at the end of one.
    let places =
        (0..40).map(|it| first + (bytes.len() - first) / 40 * it + it).chain([first, bytes.len() - 1]);
    for place in places {
        fs::write(&cut, &bytes[..place]).unwrap();
        let history = read(&cut);
        let broken = &history.footer.broken_off;
        let unknown = broken.iter().map(|it| it.at_worst).sum::<Pesewas>();
        let judged = conformance::run::judge_again::judge(&crate::common::contract(), history).unwrap();
        let said = &judged.judgement;
        assert!(said.findings.is_empty(), "cut at {place}: {}", crate::common::told(said));
        assert!(said.ledger.charged <= whole, "cut at {place}");
        assert_eq!(said.ledger.unknown_most, unknown, "cut at {place}");
    }
}

/// Returns the offset after the second order of the case with this prefix and a part of its response.
fn cut(bytes: &[u8], case: &str) -> usize {
    let text = std::str::from_utf8(bytes).unwrap();
    let mut at = 0;
    let mut number = None;
    let mut answers = 0;
    for line in text.lines() {
        match serde_json::from_str(line).unwrap() {
            Line::Begun(it) if it.case.id.starts_with(case) => number = Some(it.number),
            Line::Answered(it) if Some(it.number) == number => answers += 1,
            _ => {}
        }
        if answers == 1 {
            return at + line.len() / 2;
        }
        at += line.len() + 1;
    }
    panic!("no answer in {case}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_breaks_off_says_where_and_what_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = faultless().await;
    let (path, states) = (folder.path().join("run.ndjson"), states_of(&sandbox));
    let journal = path.display().to_string();
    let args = [
        "--url",
        sandbox.url(),
        "--states",
        &states,
        "--seed",
        "5",
        "--only",
        "count/",
        "--concurrency",
        "1",
    ];
    let ended = conformance(&[&args[..], &["--journal", &journal]].concat()).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..cut(&bytes, "count/range/")]).unwrap();
    let ended = conformance(&["judge", &journal]).await;
    assert_eq!(read(&path).footer.end, End::Interrupted);
    let shown = ended.shown(&[(&journal, "run.ndjson"), (sandbox.url(), "http://sandbox")]);
    let shown: Vec<&str> = shown.lines().take_while(|it| !it.starts_with("Requirements")).collect();
    let shown = shown.join("\n");
    let start = shown.find(", from ").map_or(shown.len(), |at| at);
    let (before, after) = shown.split_at(start);
    let after = after.split_once('\n').map_or("", |(_, after)| after);
    let took = before.rfind(" in ").map_or(before, |at| &before[..at]);
    insta::assert_snapshot!("broken_off", format!("{took}\n{after}"));
    // `merge` takes a journal as a shard too.
    let merged = conformance(&["merge", &journal]).await;
    assert_eq!((merged.code, merged.stdout), (ended.code, ended.stdout));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_down_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = faultless().await;
    let proxy = Proxy::transparent(sandbox.url()).await;
    let states = states_of(&sandbox);
    let taken = folder.path().join("taken.ndjson");
    fs::write(&taken, "{\"header\":").unwrap();
    let taken = taken.display().to_string();
    for file in ["/dev/full", &taken, "/dev/null/journal"] {
        let args = ["--url", &proxy.url, "--states", &states, "--seed", "5", "--journal", file];
        let ended = conformance(&args).await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
        let said = ended.stderr.lines().last().unwrap_or_default().replace(&taken, "taken.ndjson");
        insta::assert_snapshot!(format!("unwritable_{}", file.rsplit('/').next().unwrap()), said);
    }
    assert!(proxy.purchases().is_empty(), "an order went out that nobody wrote down");
    assert_eq!(fs::read_to_string(&taken).unwrap(), "{\"header\":");
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_reports_a_journal_goes_once_they_are_written_and_another_one_stays() {
    let folder = tempfile::tempdir().unwrap();
    let left = folder.path().join("journal.ndjson");
    fs::write(&left, "of a run that was killed").unwrap();
    let sandbox = faultless().await;
    let states = states_of(&sandbox);
    let args = ["--url", sandbox.url(), "--states", &states, "--seed", "5", "--only", "count/"];
    let names = || {
        let names = fs::read_dir(folder.path()).unwrap();
        names
            .map(|it| it.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|it| it.contains("journal"))
            .collect::<Vec<_>>()
    };
    let ended =
        conformance(&[&args[..], &["--report", &format!("dir={}", folder.path().display())]].concat()).await;
    assert!(ended.stderr.contains("journal-2.ndjson before it is sent"), "{ended:?}");
    assert_eq!(names(), ["journal.ndjson"], "{ended:?}");
    assert_eq!(fs::read_to_string(&left).unwrap(), "of a run that was killed");
    // A page does not contain the whole history, so the journal is kept.
    let page = format!("html={}", folder.path().join("page.html").display());
    let ended = conformance(&[&args[..], &["--report", &page]].concat()).await;
    assert!(ended.stdout.contains("page.journal.ndjson"), "{ended:?}");
    assert_eq!(names().len(), 2);
}
