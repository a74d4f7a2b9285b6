//! Handwritten histories, each with its verdict.

use std::collections::BTreeSet;

use serde_json::json;
use spec::Contract;

use super::{Finding, Outcome, judge};
use crate::client::history::{Answer, End, Exchange, FORMAT, Head, Recording, Said, Sent};
use crate::client::task::{Task, TaskKind};

/// A history that is built step by step.
struct Story {
    contract: Contract,
    recording: Recording,
    now_ms: u64,
}

fn task(kind: TaskKind) -> Task {
    let recipients = [("233201234567", "q1"), ("233209876543", "q2")];
    Task {
        kind,
        operator: "k57".into(),
        product: "p22".into(),
        recipients: recipients.map(|(number, package)| (number.to_owned(), package.to_owned())).to_vec(),
        timeout: 2,
        wait: 2,
    }
}

fn order() -> String {
    json!({"operatorId": "k57", "productId": "p22", "items": [
        {"packageId": "q1", "beneficiaryMsisdn": "+233 20 123 4567"}, {"packageId": "q2", "beneficiaryMsisdn": "0209876543"}]})
    .to_string()
}

const PLACED: &str =
    r#"{"success": true, "data": {"success": true, "orderId": "kr7abc", "totalAmount": 4.70}}"#;
const REFUSED: &str = r#"{"success": false, "error": {"message": "no", "code": "NO"}}"#;

impl Story {
    fn new(kind: TaskKind) -> Self {
        let head = Head {
            format: FORMAT,
            scenario: "story".into(),
            about: String::new(),
            blames: None,
            impossible: false,
            task: Some(task(kind)),
        };
        let recording = Recording { head, exchanges: Vec::new(), end: None };
        Self { contract: spec::embedded().unwrap(), recording, now_ms: 0 }
    }

    fn buy() -> Self {
        Self::new(TaskKind::Buy)
    }

    fn blames(mut self, id: &str) -> Self {
        self.recording.head.blames = Some(id.into());
        self
    }

    fn after(mut self, millis: u64) -> Self {
        self.now_ms += millis;
        self
    }

    fn request(mut self, method: &str, target: &str, body: &str, answer: Option<Answer>) -> Self {
        let headers =
            [("Host", "h"), ("X-API-KEY", "***"), ("Content-Type", "application/json; charset=utf-8")];
        self.now_ms += 10;
        let at_us = self.now_ms * 1000;
        self.recording.exchanges.push(Exchange {
            at_us,
            method: method.into(),
            target: target.into(),
            minor_version: 1,
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            body: body.into(),
            utf8: true,
            answer: answer.map(|it| Answer { at_us: at_us + 1000, ..it }),
            ..Exchange::default()
        });
        self
    }

    fn order(self, status: u16, body: &str) -> Self {
        let path = self.contract.buy().path.clone();
        self.request("POST", &path, &order(), answer(status, body))
    }

    fn asks_to_wait(mut self, text: &str) -> Self {
        let last = self.recording.exchanges.last_mut().and_then(|it| it.answer.as_mut()).unwrap();
        last.headers.push(("retry-after".into(), text.into()));
        last.headers.push(("date".into(), "Sat, 28 Nov 2026 20:00:00 GMT".into()));
        self
    }

    /// Adds an order that is placed, and whose answer is lost.
    fn lost(mut self) -> Self {
        self = self.order(200, PLACED);
        self.recording.exchanges.last_mut().unwrap().answer.as_mut().unwrap().sent = Sent::Nothing;
        self
    }

    /// Adds an order that a gateway gives up on, and that reaches the server after this number of milliseconds.
    fn late(mut self, millis: u64) -> Self {
        self = self.order(504, "");
        let last = self.recording.exchanges.last_mut().unwrap();
        last.meant = answer(200, PLACED).map(|it| Answer { at_us: last.at_us + 1000 * millis, ..it });
        self
    }

    fn list(self, ids: &[&str], done: bool) -> Self {
        let orders: Vec<_> = ids.iter().map(|id| json!({"orderId": id})).collect();
        let body =
            json!({"success": true, "data": {"orders": orders, "isDone": done, "continueCursor": "c"}});
        self.request("GET", "/api/v1/orders?limit=100", "", answer(200, &body.to_string()))
    }

    fn status(self, state: &str, recipient: &str) -> Self {
        let body = json!({"success": true, "data": {"orderId": "kr7abc", "state": state, "lines": [{"s": recipient}]}});
        self.request("GET", "/api/v1/orders/kr7abc/status", "", answer(200, &body.to_string()))
    }

    fn edit(mut self, edit: impl FnOnce(&mut Exchange)) -> Self {
        edit(self.recording.exchanges.last_mut().unwrap());
        self
    }

    fn findings(mut self, said: Said, stdout: &str) -> Vec<Finding> {
        let end = End { said: Some(said), code: Some(0), stdout: stdout.into(), ..End::default() };
        self.recording.end.get_or_insert(end);
        let rules = spec::client_rules(&self.contract.limits).unwrap();
        judge(&self.contract, &rules, vec![self.recording]).remove(0).findings
    }

    /// Returns the ids of failures, and those of warnings with a question mark in front.
    fn ends(self, said: Said) -> Vec<String> {
        let mark = |it: &Finding| if it.fails { it.id.clone() } else { format!("{}?", it.id) };
        self.findings(said, "").iter().map(mark).collect()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "what is not answered has none")]
fn answer(status: u16, body: &str) -> Option<Answer> {
    Some(Answer { status, body: body.into(), ..Answer::default() })
}

use Said::{Done, NotDone, Unknown};

const NONE: [&str; 0] = [];

#[test]
fn right_clients_are_left_in_peace() {
    assert_eq!(Story::buy().order(200, PLACED).ends(Done), NONE);
    assert_eq!(Story::buy().order(402, REFUSED).ends(NotDone), NONE);
    assert_eq!(Story::buy().lost().ends(Unknown), NONE);
    assert_eq!(Story::buy().lost().list(&["kr7abc"], true).ends(Done), NONE);
    assert_eq!(Story::buy().order(502, "<html>").list(&[], true).order(200, PLACED).ends(Done), NONE);
    let waited = Story::buy().order(429, "").asks_to_wait("1").after(1000).order(200, PLACED);
    assert_eq!(waited.ends(Done), NONE);
    let dated = Story::buy().order(429, "").asks_to_wait("Sat, 28 Nov 2026 20:00:02 GMT").after(1000);
    assert_eq!(dated.order(200, PLACED).ends(Done), NONE);
    let both = |said| Story::buy().order(503, "").asks_to_wait("1").ends(said);
    assert_eq!((both(NotDone), both(Unknown)), (Vec::new(), Vec::new()));
    let followed = |story: Story| story.order(200, PLACED).status("processing", "pending");
    let wait = || followed(Story::new(TaskKind::BuyAndWait));
    assert_eq!(wait().ends(Unknown), NONE);
    assert_eq!(wait().status("Completed", "COMPLETED").ends(Done), NONE);
    assert_eq!(wait().status("completed", "failed").ends(NotDone), NONE);
    assert_eq!(Story::buy().ends(Said::NotOffered), NONE);
}

#[test]
fn a_purchase_is_never_sent_twice() {
    assert_eq!(Story::buy().lost().order(200, PLACED).ends(Done), ["ONCE-LOST"]);
    assert_eq!(Story::buy().lost().list(&["kr7abc"], true).order(200, PLACED).ends(Done), ["ONCE-LOST"]);
    assert_eq!(Story::buy().lost().list(&["other"], false).order(200, PLACED).ends(Done), ["LOOKUP-WHOLE"]);
    assert_eq!(Story::buy().order(200, PLACED).order(200, PLACED).ends(Done), ["ONCE-ACCEPTED"]);
    assert_eq!(Story::buy().order(504, "").order(200, PLACED).ends(Done), ["ONCE-LOST"]);
    // The second was sent before the first was answered, so nothing was known yet.
    let hedged = Story::buy().order(200, PLACED).edit(|it| it.answer.as_mut().unwrap().at_us += 900_000);
    assert_eq!(hedged.order(200, PLACED).ends(Done), ["ONCE-LOST"]);
}

#[test]
fn an_order_that_arrives_after_it_was_looked_for_warns_whoever_thought_to_know() {
    assert_eq!(Story::buy().late(500).list(&[], true).order(200, PLACED).ends(Done), ["ONCE-LOST?"]);
    assert_eq!(Story::buy().late(500).order(200, PLACED).ends(Done), ["ONCE-LOST"], "nobody looked");
    assert_eq!(Story::buy().late(500).list(&[], true).ends(NotDone), ["END-UNKNOWN?"]);
    assert_eq!(Story::buy().late(500).list(&[], true).ends(Done), ["END-UNKNOWN"]);
    assert_eq!(Story::buy().late(500).list(&[], true).ends(Unknown), NONE);
    let twice = Story::buy().late(500).list(&[], true).after(600).list(&["kr7abc"], true);
    assert_eq!(twice.ends(Done), NONE, "it was there in the end");
}

#[test]
fn what_was_refused_is_not_sent_again() {
    assert_eq!(Story::buy().order(403, REFUSED).order(403, REFUSED).ends(NotDone), ["ONCE-REFUSED"]);
    assert_eq!(Story::buy().order(400, REFUSED).order(400, REFUSED).ends(NotDone), ["ONCE-REFUSED?"]);
    let thrice = Story::buy().order(400, REFUSED).order(400, REFUSED).order(400, REFUSED);
    assert_eq!(thrice.ends(NotDone), ["ONCE-REFUSED"]);
    // An order for other recipients is not a repetition.
    let path = spec::embedded().unwrap().buy().path.clone();
    let other = order().replace("0209876543", "233209876543");
    let fixed = Story::buy().order(400, REFUSED).request("POST", &path, &other, answer(200, PLACED));
    assert_eq!(fixed.ends(Done), NONE);
}

#[test]
fn what_nobody_asked_for_is_judged_by_what_was_sent_alone() {
    let free = |mut story: Story| {
        story.recording.head.task = None;
        story.ends(Done)
    };
    assert_eq!(
        free(Story::buy().order(200, PLACED).order(200, PLACED)),
        NONE,
        "it may have been wanted twice"
    );
    assert_eq!(free(Story::buy().lost().order(200, PLACED)), ["ONCE-LOST"]);
    assert_eq!(free(Story::buy().order(403, REFUSED).order(403, REFUSED)), ["ONCE-REFUSED?"]);
}

#[test]
fn looking_around_only_warns() {
    let around = Story::buy().request("GET", "/health", "", answer(404, "")).order(200, PLACED);
    assert_eq!(around.ends(Done), ["SEND-ROUTE?"]);
}

#[test]
fn ends_say_what_could_be_known() {
    assert_eq!(Story::buy().order(200, PLACED).ends(NotDone), ["END-DONE"]);
    assert_eq!(Story::buy().order(402, REFUSED).ends(Done), ["END-REFUSED"]);
    assert_eq!(Story::buy().order(402, REFUSED).ends(Unknown), ["END-REFUSED?"]);
    assert_eq!(Story::buy().lost().ends(NotDone), ["END-UNKNOWN"]);
    assert_eq!(Story::buy().lost().ends(Done), ["END-UNKNOWN"]);
    assert_eq!(Story::buy().lost().list(&["kr7abc"], true).ends(NotDone), ["END-UNKNOWN"]);
    assert_eq!(Story::buy().lost().list(&["other"], false).ends(NotDone), ["LOOKUP-WHOLE"]);
    let filtered = Story::buy().lost().list(&[], true).order(200, PLACED);
    assert_eq!(filtered.ends(Done), ["LOOKUP-WHOLE"], "the list has it, and was asked for something else");
    assert_eq!(Story::buy().order(502, "").list(&[], true).ends(Done), ["END-UNKNOWN"]);
    assert_eq!(Story::buy().ends(NotDone), ["END-DONE"], "a server that is fine was not asked");
    assert_eq!(Story::buy().ends(Done), ["END-DONE"], "nothing was sent");
    assert_eq!(Story::new(TaskKind::Balance).ends(Done), ["END-DONE"], "nothing was read");
}

#[test]
fn an_order_that_is_followed_is_told_by_what_was_seen_of_it() {
    let wait = || Story::new(TaskKind::BuyAndWait).order(200, PLACED);
    assert_eq!(wait().ends(Done), ["END-PENDING"]);
    assert_eq!(wait().status("processing", "completed").ends(Done), ["END-PENDING"]);
    assert_eq!(wait().status("completed", "failed").ends(Done), ["END-FAILED"]);
    assert_eq!(wait().status("completed", "completed").ends(Unknown), ["END-DONE"]);
    let listed = json!({"success": true, "data": {"orders": [{"orderId": "kr7", "state": "pending"},
        {"orderId": "kr7abc", "state": "completed"}], "isDone": true}});
    let by_list = wait().request("GET", "/api/v1/orders", "", answer(200, &listed.to_string()));
    assert_eq!(by_list.ends(Done), NONE, "a list shows how an order ended too");
}

#[test]
fn a_program_ends_by_itself_with_a_code_that_says_something() {
    let stopped = |end| {
        let mut story = Story::buy().order(200, PLACED);
        story.recording.end = Some(end);
        story.ends(Done)
    };
    assert_eq!(stopped(End { stopped: true, ..End::default() }), ["END-TIME"]);
    assert_eq!(stopped(End { code: Some(101), ..End::default() }), ["END-CODE"]);
    assert_eq!(stopped(End { said: Some(Done), left_running: true, ..End::default() }), ["END-RUNNING"]);
}

#[test]
fn a_scenario_about_one_thing_blames_it_unless_the_client_always_does_so() {
    assert_eq!(Story::buy().blames("READ-FIELDS").order(200, PLACED).ends(Unknown), ["READ-FIELDS"]);
    let end = |story: &mut Story| story.recording.end = Some(End { said: Some(Unknown), ..End::default() });
    let (mut plain, mut special) =
        (Story::buy().order(200, PLACED), Story::buy().blames("READ-FIELDS").order(200, PLACED));
    end(&mut plain);
    end(&mut special);
    let rules = spec::client_rules(&plain.contract.limits).unwrap();
    let judged = judge(&plain.contract, &rules, vec![plain.recording, special.recording]);
    let ids: BTreeSet<_> = judged.iter().flat_map(|it| &it.findings).map(|it| it.id.as_str()).collect();
    assert_eq!(ids, BTreeSet::from(["END-DONE"]));
    assert!(judged.iter().all(|it| it.outcome == Outcome::Fail));
}

#[test]
fn what_is_sent_is_what_the_page_has_and_the_task_wants() {
    let sent =
        |edit: &dyn Fn(&mut Exchange)| Story::buy().order(400, REFUSED).edit(|it| edit(it)).ends(NotDone);
    let replaced = |from: &str, to: &str| sent(&|it| it.body = it.body.replace(from, to));
    assert_eq!(sent(&|it| it.target.push('/')), ["SEND-ROUTE"]);
    assert_eq!(sent(&|it| it.headers.retain(|(name, _)| name != "Host")), ["SEND-HOST"]);
    assert_eq!(sent(&|it| it.headers.retain(|(name, _)| name != "Content-Type")), ["SEND-TYPE"]);
    assert_eq!(sent(&|it| it.body = "a=b".into()), ["SEND-JSON"]);
    assert_eq!(sent(&|it| it.body = format!("\u{feff}{}", it.body)), ["SEND-JSON"]);
    assert_eq!(replaced("\"k57\"", "57"), ["SEND-FIELDS"]);
    assert_eq!(replaced("\"0209876543\"", "209876543"), ["SEND-ITEMS"]);
    assert_eq!(replaced("0209876543", "0201234567"), ["SEND-TASK"]);
    assert_eq!(replaced("\"q2\"", "\"q1\""), ["SEND-TASK"]);
    let one = r#","#.to_owned() + r#"{"beneficiaryMsisdn":"0209876543","packageId":"q2"}"#;
    let other = r#","#.to_owned() + r#"{"packageId":"q2","beneficiaryMsisdn":"0209876543"}"#;
    assert_eq!(sent(&|it| it.body = it.body.replace(&one, "").replace(&other, "")), ["SEND-COUNT"]);
    assert_eq!(sent(&|it| it.headers.retain(|(name, _)| name != "X-API-KEY")), ["KEY-HEADER"]);
    assert_eq!(sent(&|it| it.target.push_str("?key=***")), ["KEY-PLACE"]);
    let bought = Story::new(TaskKind::Balance).order(200, PLACED);
    assert_eq!(bought.ends(Done), ["SEND-TASK"]);
}

#[test]
fn whoever_is_asked_to_wait_waits() {
    let soon =
        |text: &str| Story::buy().order(429, "").asks_to_wait(text).after(500).order(200, PLACED).ends(Done);
    assert_eq!(soon("1"), ["WAIT-ASKED"]);
    assert_eq!(soon("Sat, 28 Nov 2026 20:00:03 GMT"), ["WAIT-ASKED"]);
    assert_eq!(soon("soon"), NONE, "what is neither a number nor a date asks for nothing");
    let tries = |pauses: [u64; 4]| {
        let tries = pauses.iter().fold(Story::buy(), |story, pause| story.after(*pause).order(429, ""));
        tries.ends(NotDone)
    };
    assert_eq!(tries([0, 100, 100, 100]), ["WAIT-BACKOFF?"]);
    assert_eq!(tries([0, 100, 200, 400]), NONE);
    let polls = |pause: u64| {
        let wait = Story::new(TaskKind::BuyAndWait).order(200, PLACED);
        (0..15).fold(wait, |story, _| story.after(pause).status("pending", "pending")).ends(Unknown)
    };
    assert_eq!(polls(5), ["WAIT-POLL?"]);
    assert_eq!(polls(200), NONE);
}

#[test]
fn amounts_are_exact_where_they_are_printed() {
    let printed = |stdout: &str| {
        let findings = Story::buy().order(200, PLACED).findings(Done, stdout);
        findings.into_iter().map(|it| it.id).collect::<Vec<_>>()
    };
    assert_eq!(printed("placed kr7, total 4.7 GHS\n"), NONE);
    assert_eq!(printed("total: 4.69\n"), ["AMOUNT-EXACT"]);
    assert_eq!(printed("total: 2.35\ntotal: 4.70\n"), NONE);
    assert_eq!(printed("total 5 GHS\n"), ["AMOUNT-EXACT"]);
    assert_eq!(printed("a total of 2 recipients\ntotal 470 pesewas\n"), NONE);
}

#[test]
fn no_recording_makes_it_panic() {
    let rules = spec::client_rules(&spec::embedded().unwrap().limits).unwrap();
    let odd = ["", "null", "[]", "\"***\"", r#"{"items": 5}"#, r#"{"items": [null, 1, {}]}"#, "\u{feff}"];
    for body in odd {
        for status in [0, 100, 200, 302, 429, 503, 599] {
            let mut story = Story::buy().request("", "", body, None).order(status, body).asks_to_wait(body);
            story = story.order(status, body).edit(|it| it.body = body.to_owned());
            let Story { contract, mut recording, .. } = story;
            for task in [None, Some(task(TaskKind::Balance)), Some(task(TaskKind::BuyAndWait))] {
                recording.head.task = task;
                assert_eq!(judge(&contract, &rules, vec![recording.clone()]).len(), 1);
            }
        }
    }
}
