//! A run written by hand: every outcome, several causes, and a server that sends hostile texts.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use conformance::history::{
    AccountFacts, Answer, Budget, Bytes, CaseRecord, Coordinates, End, Exchange, Footer, Header, KeyUse,
    Lost, LostHow, Power, Request, Response, Tier, Transport, World,
};
use conformance::oracle::verdict::{
    AmbiguityVerdict, Expected, Finding, FindingGroup, Judgement, Ledger, Outcome, RequirementVerdict,
    Verdict,
};
use conformance::report::Run;
use spec::{Contract, Meaning, OperationId, Pesewas};

/// The parts that a run refers to.
pub(crate) struct Fixture {
    pub(crate) contract: Contract,
    pub(crate) header: Header,
    pub(crate) cases: Vec<CaseRecord>,
    pub(crate) footer: Footer,
    pub(crate) judgement: Judgement,
}

impl Fixture {
    pub(crate) fn run(&self) -> Run<'_> {
        Run {
            contract: &self.contract,
            header: &self.header,
            cases: &self.cases,
            footer: &self.footer,
            judgement: &self.judgement,
        }
    }
}

/// Read once: every test needs it.
fn contract() -> Contract {
    static CONTRACT: LazyLock<Contract> = LazyLock::new(|| spec::embedded().unwrap());
    CONTRACT.clone()
}

const BALANCES: [&str; 5] = ["zero", "short", "exact", "over", "plenty"];
const COUNTS: [usize; 9] = [0, 1, 2, 3, 10, 19, 20, 21, 40];

fn account(role: &str, balance: i64) -> AccountFacts {
    AccountFacts {
        name: format!("{}-1", role.to_lowercase()),
        role: Some(role.to_owned()),
        balance: Some(Pesewas::new(balance)),
        profile: Some("pf7example".to_owned()),
        revoked: false,
        fresh: true,
    }
}

fn order(body: impl Into<Vec<u8>>) -> Request {
    Request {
        method: "POST".to_owned(),
        path: "/api/v1/data-bundles/buy-bulk".to_owned(),
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        key: KeyUse::Own,
        transport: Transport::Plain,
        body: Bytes(body.into()),
    }
}

fn answer(status: u16, body: impl Into<Vec<u8>>) -> Answer {
    let headers = vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())];
    Answer::Response(Response { status, headers, body: Bytes(body.into()), held_key: false })
}

fn exchange(request: Request, answer: Answer, at: u64, took: u64) -> Exchange {
    Exchange {
        operation: OperationId::BuyBulk,
        actor: Some(0),
        wave: None,
        request,
        sent_us: at,
        done_us: at + took,
        answer,
    }
}

fn case(index: u64, id: &str, title: &str, account: AccountFacts, exchanges: Vec<Exchange>) -> CaseRecord {
    CaseRecord {
        index,
        id: id.to_owned(),
        origin: id.split('/').next().unwrap().to_owned(),
        title: title.to_owned(),
        serves: vec!["STATUS-DOCUMENTED".to_owned()],
        coordinates: None,
        accounts: vec![account],
        exchanges,
        skipped: None,
    }
}

fn items(count: usize) -> String {
    let item = |at| format!(r#"{{"packageId":"q34","beneficiaryMsisdn":"23320{at:07}"}}"#);
    let items: Vec<_> = (0..count).map(item).collect();
    format!(r#"{{"operatorId":"k57","productId":"p22","items":[{}]}}"#, items.join(","))
}

/// The map: role by count by balance, answered by a server that takes one item too many and debits roles that may not buy.
fn map() -> Vec<CaseRecord> {
    let mut cases = Vec::new();
    for role in ["Agent", "SuperAgent", "Customer", "Staff"] {
        for count in COUNTS {
            for (class, balance) in BALANCES.iter().enumerate() {
                if role == "Staff" && count > 3 {
                    continue;
                }
                let index = cases.len() as u64;
                let status = match (role, count, class) {
                    ("Customer" | "Staff", ..) => 403,
                    (_, 0 | 1 | 40, _) => 422,
                    (_, _, 0 | 1) => 402,
                    ("Agent", 19, 4) => 500,
                    _ => 200,
                };
                let body = if status == 200 {
                    format!(
                        r#"{{"success":true,"data":{{"success":true,"message":"ok","orderId":"kr{index}","shortReference":"{index:06}","totalAmount":{count}2.5,"recipientCount":{count}}}}}"#
                    )
                } else {
                    r#"{"success":false,"error":{"message":"no","code":"BUY_DATA_BULK_FAILED"}}"#.to_owned()
                };
                let took = 800 + (index * 7919) % 40_000;
                let request = exchange(order(items(count)), answer(status, body), index * 50_000, took);
                let id = format!("map/{balance}/{role}/{count}");
                let title = format!("{count} items for a {role}, balance {balance}");
                let mut one = case(index, &id, &title, account(role, 100 * class as i64), vec![request]);
                one.coordinates =
                    Some(Coordinates { role: role.to_owned(), count, balance: (*balance).to_owned() });
                cases.push(one);
            }
        }
    }
    cases
}

/// Cases with hostile answers, a lost one, a race, and one that was not sent.
fn odd(first: u64) -> Vec<CaseRecord> {
    let hostile = "<script>alert('x')</script>\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}gnp.exe | `rm` @everyone\n::error::gotcha ]]> é€😀";
    let page = format!("<html><body>{hostile}</body></html>");
    let mut broken = answer(500, page);
    if let Answer::Response(response) = &mut broken {
        response.headers = vec![("content-type".to_owned(), "text/html; \u{1b}[31m".to_owned())];
    }
    let long = format!(r#"{{"success":true,"data":{{"message":"{}","orderId":7}}}}"#, "long ".repeat(400));
    let lost = Answer::Lost(Lost { how: LostHow::Timeout, detail: "no byte within 10 s".to_owned() });
    let other_type = Request { headers: vec![], transport: Transport::Chunked, ..order(items(2)) };
    let bad_key = Request { key: KeyUse::Bad("longer".to_owned()), ..order(items(2)) };
    let mut race: Vec<_> = (0..4)
        .map(|at| exchange(order(items(2)), answer(200, items(2)), 9_900_000 + at, 3_000 + at * 100))
        .collect();
    for one in &mut race {
        one.wave = Some(1);
    }
    let read = Request {
        method: "GET".to_owned(),
        path: "/api/v1/wallet-balance".to_owned(),
        headers: vec![],
        body: Bytes::default(),
        ..order("")
    };
    let mut wallet =
        exchange(read, answer(200, r#"{"success":true,"data":{"availableBalance":12.5}}"#), 9_910_000, 900);
    wallet.operation = OperationId::Wallet;
    race.push(wallet);
    let mut skipped =
        case(first + 6, "price/unknown", "prices without a catalog", account("Agent", 0), vec![]);
    skipped.skipped = Some("needs the packages' prices".to_owned());
    vec![
        case(
            first,
            "fuzz/body/17",
            "a body that is not text",
            account("Agent", 25_000),
            vec![exchange(order(vec![0xff, 0xfe, b'{', 0x00, b'}']), broken, 9_000_000, 2_150)],
        ),
        case(
            first + 1,
            "shape/long",
            "a long answer",
            account("SuperAgent", 25_000),
            vec![exchange(other_type, answer(200, long), 9_100_000, 1_200_000)],
        ),
        case(
            first + 2,
            "auth/longer",
            "a key that is too long",
            account("Agent", 25_000),
            vec![exchange(bad_key, answer(200, items(2)), 9_200_000, 700)],
        ),
        case(
            first + 3,
            "fuzz/slow/3",
            "a slow one",
            account("Agent", 25_000),
            vec![exchange(order(items(20)), lost, 9_300_000, 10_000_000)],
        ),
        case(first + 4, "race/two/0", "four orders for the money of two", account("Agent", 5_000), race),
        case(
            first + 5,
            "empty/it's $HOME",
            "a quote in an id",
            account("Agent", 5_000),
            vec![exchange(order(r#"{"note":"it's $HOME `date`"}"#), answer(400, ""), 9_950_000, 500)],
        ),
        skipped,
    ]
}

fn finding(cause: &str, case: &CaseRecord, exchange: Option<usize>, summary: &str, actual: &str) -> Finding {
    Finding {
        candidates: Vec::new(),
        warning: false,
        cause: cause.to_owned(),
        summary: summary.to_owned(),
        expected: Vec::new(),
        actual: actual.to_owned(),
        detail: Vec::new(),
        case: case.id.clone(),
        index: case.index,
        exchange,
    }
}

fn expected(what: &str, because: &[&str]) -> Expected {
    Expected { what: what.to_owned(), because: because.iter().map(|id| (*id).to_owned()).collect() }
}

fn group(requirement: &str, example: Finding, occurrences: u64, cases: &[&str]) -> FindingGroup {
    let cases = cases.iter().map(|case| (*case).to_owned()).collect();
    FindingGroup { requirement: requirement.to_owned(), example, occurrences, cases, known: None }
}

fn findings(cases: &[CaseRecord]) -> Vec<FindingGroup> {
    let find = |id: &str| cases.iter().find(|case| case.id == id).unwrap();
    let high = find("map/plenty/SuperAgent/21");
    let too_many = Finding {
        expected: vec![expected("422 Item count not within the limits", &["COUNT-HIGH"])],
        ..finding(
            "accepted:count-high",
            high,
            Some(0),
            "an order of 21 items was accepted",
            "200, an order was created",
        )
    };
    let race = Finding {
        expected: vec![expected("at most 50.00 GHS spent", &["MONEY-RACE", "BALANCE-SHORT"])],
        detail: vec![
            "wallet before: 50.00".to_owned(),
            "4 orders accepted at once: 4 x 25.00 = 100.00".to_owned(),
            "wallet after: 12.50".to_owned(),
        ],
        ..finding(
            "race:overspent",
            find("race/two/0"),
            None,
            "concurrent orders spent more than the balance",
            "100.00 GHS spent of 50.00",
        )
    };
    let broken = Finding {
        expected: vec![
            expected("400 Invalid request or validation failed", &["BODY-JSON"]),
            expected("413 or 415", &["AMB-MEDIA-TYPE", "AMB-SIZE"]),
        ],
        ..finding(
            "status:500",
            find("fuzz/body/17"),
            Some(0),
            "a body that is not text makes the server fail: <b>\u{1b}[31mInternal | Error`` @all\u{1b}[0m</b>",
            "500 text/html",
        )
    };
    let shape = Finding {
        expected: vec![expected("the documented fields in their types", &["RESP-SHAPE"])],
        detail: vec![
            "- data.orderId: string".to_owned(),
            "+ data.orderId: integer".to_owned(),
            "- data.shortReference: string".to_owned(),
            "::warning::not a command <img src=x onerror=alert(1)>".to_owned(),
        ],
        ..finding("shape:orderId", find("shape/long"), Some(0), "data.orderId is not a string", "a number")
    };
    let slow = Finding {
        expected: vec![expected("an answer with a documented status", &["STATUS-DOCUMENTED"])],
        ..finding(
            "lost:timeout",
            find("fuzz/slow/3"),
            Some(0),
            "no answer to an order of 20 items",
            "nothing in 10 s",
        )
    };
    let key = Finding {
        expected: vec![expected(
            "401 The API key is missing, malformed, unknown or revoked",
            &["AUTH-UNKNOWN"],
        )],
        ..finding(
            "auth:longer",
            find("auth/longer"),
            Some(0),
            "a key with a letter too many was taken",
            "200",
        )
    };
    let empty = Finding {
        warning: true,
        ..finding("empty", find("empty/it's $HOME"), None, "an error without a body", "400 with 0 bytes")
    };
    let mut known = group("AUTH-UNKNOWN", key, 2, &["auth/longer", "auth/case"]);
    known.known = Some("PAY-417".to_owned());
    vec![
        group("MONEY-RACE", race, 3, &["race/two/0", "race/two/1", "race/eight/0"]),
        group(
            "COUNT-HIGH",
            too_many,
            412,
            &["map/plenty/SuperAgent/21", "count/high/Agent/21", "pairs/88", "pairs/91"],
        ),
        group("STATUS-DOCUMENTED", broken, 1, &["fuzz/body/17"]),
        group("STATUS-DOCUMENTED", slow, 1, &["fuzz/slow/3"]),
        group("RESP-SHAPE", shape, 96, &["shape/long", "map/plenty/Agent/2"]),
        known,
        group("ERR-ENVELOPE", empty, 5, &["empty/it's $HOME"]),
    ]
}

fn requirement(contract: &Contract, id: &str) -> RequirementVerdict {
    let role = |times: u64, failed: u64| (times, failed);
    let (outcome, exercised, failed, inconclusive, reason, roles) = match id {
        "COUNT-HIGH" => (
            Outcome::Fail,
            500,
            412,
            0,
            None,
            vec![("Agent", role(250, 206)), ("SuperAgent", role(250, 206))],
        ),
        "MONEY-RACE" => (Outcome::Fail, 12, 3, 0, None, vec![("Agent", role(12, 3))]),
        "STATUS-DOCUMENTED" => (
            Outcome::Fail,
            1_240,
            2,
            0,
            None,
            vec![("Agent", role(700, 2)), ("SuperAgent", role(300, 0)), ("Customer", role(240, 0))],
        ),
        "RESP-SHAPE" => {
            (Outcome::Fail, 96, 96, 0, None, vec![("Agent", role(48, 48)), ("SuperAgent", role(48, 48))])
        }
        "AUTH-UNKNOWN" => (Outcome::Known, 9, 2, 0, None, vec![]),
        "ERR-ENVELOPE" => {
            (Outcome::Warning, 640, 0, 0, None, vec![("Agent", role(400, 0)), ("Customer", role(240, 0))])
        }
        "RESP-LINEAR" => {
            (Outcome::Inconclusive, 2, 0, 2, Some("both orders of the pair were throttled"), vec![])
        }
        "BALANCE-EXACT" | "RESP-TOTAL" => {
            (Outcome::NotExercised, 0, 0, 0, Some("needs the packages' prices"), vec![])
        }
        "ROLE-SUPERAGENT" => (Outcome::NotExercised, 0, 0, 0, Some("needs a key of role SuperAgent"), vec![]),
        "ORDER-RETRY" => (Outcome::NotApplicable, 0, 0, 0, Some("the server has no retry endpoint"), vec![]),
        "REV-STATUS" | "REV-BALANCE" => (
            Outcome::NotApplicable,
            0,
            0,
            0,
            Some("the fields of the later revision were never sent"),
            vec![],
        ),
        _ => {
            let buyers = contract.catalogue.requirement(id).is_some_and(|it| it.group == "response");
            let roles = if buyers {
                vec![("Agent", role(40, 0)), ("SuperAgent", role(40, 0))]
            } else {
                vec![
                    ("Agent", role(40, 0)),
                    ("SuperAgent", role(40, 0)),
                    ("Customer", role(20, 0)),
                    ("Staff", role(4, 0)),
                ]
            };
            (Outcome::Pass, 104, 0, 0, None, roles)
        }
    };
    RequirementVerdict {
        id: id.to_owned(),
        outcome,
        exercised,
        failed,
        inconclusive,
        reason: reason.map(str::to_owned),
        by_role: roles.into_iter().map(|(role, counts)| (role.to_owned(), counts)).collect(),
    }
}

fn ambiguity(id: &str) -> AmbiguityVerdict {
    let choices: &[(&str, u64, &str)] = match id {
        "AMB-DUPLICATE" => &[("200", 4, "ambiguity/duplicate/0")],
        "AMB-MEDIA-TYPE" => &[("200", 3, "media/text"), ("415", 1, "media/none")],
        "AMB-MSISDN-FORM" => &[("normalises a local number <i>\u{1b}[1m", 2, "msisdn/local")],
        _ => &[],
    };
    let choices =
        choices.iter().map(|(choice, times, case)| ((*choice).to_owned(), *times, (*case).to_owned()));
    AmbiguityVerdict { id: id.to_owned(), choices: choices.collect() }
}

/// A run that failed in every way.
pub(crate) fn failing() -> Fixture {
    let contract = contract();
    let mut cases = map();
    cases.extend(odd(cases.len() as u64));
    let judgement = Judgement {
        verdict: Verdict::NotConformant,
        requirements: contract
            .catalogue
            .requirements
            .iter()
            .map(|it| requirement(&contract, &it.id))
            .collect(),
        findings: findings(&cases),
        ambiguities: contract.catalogue.ambiguities.iter().map(|it| ambiguity(&it.id)).collect(),
        precedence: vec![
            Meaning::Unauthorized,
            Meaning::Forbidden,
            Meaning::Invalid,
            Meaning::Count,
            Meaning::Insufficient,
        ],
        ledger: Ledger {
            orders: 1_234,
            accepted: 310,
            unknown: 1,
            charged: Pesewas::new(18_750),
            unknown_most: Pesewas::new(2_500),
            wallet_difference: Some(Pesewas::new(21_250)),
            unexplained: Some(Pesewas::new(2_500)),
        },
        cases: cases.len() as u64,
        requests: 1_402,
        own_faults: vec![("order/page/2".to_owned(), "index out of range\u{1b}[0m".to_owned())],
        notes: vec!["the time limit came 3 cases before the end of the plan".to_owned()],
    };
    Fixture {
        header: header(
            &contract,
            World {
                power: Power::States,
                accounts: vec![
                    account("Agent", 25_000),
                    AccountFacts { role: None, balance: None, ..account("Staff", 0) },
                ],
                catalog: None,
                endpoints: BTreeMap::from([
                    (OperationId::Wallet, true),
                    (OperationId::Order, true),
                    (OperationId::Retry, false),
                ]),
                extra_states: vec![],
            },
        ),
        footer: Footer {
            end: End::TimeLimit,
            left: vec!["fuzz/body/40".to_owned(), "fuzz/body/41".to_owned(), "fuzz/body/42".to_owned()],
            elapsed_us: 12_345_678,
            own_faults: vec![("order/page/2".to_owned(), "index out of range\u{1b}[0m".to_owned())],
        },
        contract,
        cases,
        judgement,
    }
}

/// A run in which all is well.
pub(crate) fn passing() -> Fixture {
    let contract = contract();
    let mut cases = map();
    for one in &mut cases {
        if let Some(Answer::Response(response)) =
            one.exchanges.first_mut().map(|exchange| &mut exchange.answer)
        {
            response.status = if response.status == 500 { 200 } else { response.status };
        }
    }
    let requirements = contract.catalogue.requirements.iter().map(|it| RequirementVerdict {
        outcome: Outcome::Pass,
        exercised: 104,
        failed: 0,
        inconclusive: 0,
        reason: None,
        ..requirement(&contract, &it.id)
    });
    let judgement = Judgement {
        verdict: Verdict::Conformant,
        requirements: requirements.collect(),
        findings: vec![],
        ambiguities: contract.catalogue.ambiguities.iter().map(|it| ambiguity(&it.id)).collect(),
        precedence: vec![],
        ledger: Ledger { orders: 165, accepted: 70, charged: Pesewas::new(18_750), ..Ledger::default() },
        cases: cases.len() as u64,
        requests: 1_402,
        own_faults: vec![],
        notes: vec![],
    };
    let world = World {
        power: Power::States,
        accounts: vec![],
        catalog: None,
        endpoints: BTreeMap::new(),
        extra_states: vec![],
    };
    Fixture {
        header: header(&contract, world),
        footer: Footer { end: End::Complete, left: vec![], elapsed_us: 4_321_000, own_faults: vec![] },
        contract,
        cases,
        judgement,
    }
}

fn header(contract: &Contract, world: World) -> Header {
    Header {
        format: conformance::history::FORMAT,
        tool: "conformance 0.1.0".to_owned(),
        target: "http://127.0.0.1:8080".to_owned(),
        again: vec!["--url".to_owned(), "http://127.0.0.1:8080".to_owned()],
        // Fixed, so that a new wording of the contract leaves the snapshots alone.
        spec_digest: "5f2b9c0d7e41aa83".repeat(4),
        spec_revision: contract.revision.clone(),
        seed: 42,
        tier: Tier::Standard,
        started_ms: 1_763_000_000_123,
        world,
        budget: Budget {
            cases: 1_205,
            orders: 1_240,
            purchases: 300,
            expected: Pesewas::new(19_000),
            worst: Pesewas::new(250_000),
            cap: Some(Pesewas::new(300_000)),
            unpriced: 2,
            open: Pesewas::new(1_200),
        },
        shard: Some((1, 3)),
    }
}
