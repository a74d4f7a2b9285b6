//! A run of the program against one misbehaving server, and its result.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use conformance::history::Answer;
use sandbox::Sandbox;
use serde_json::Value;
use spec::{OperationId, Pesewas};

use crate::common::recording::{ledger, read};
use crate::common::tls::{Authority, Manner, front};
use crate::common::{Ended, faultless, pesewas, program, states_of};
use crate::row::{Front, Row, Verdict};
use crate::server::Server;

/// A run that takes longer than this hangs. The limit does not measure time: a run takes a small part of it.
const HANGS: Duration = Duration::from_secs(400);

/// Maximum memory of a run, in KiB. The bound is wide, since a debug build on a busy machine needs more.
const MOST_MEMORY: u64 = 150 << 10;

/// Time limit of a run.
const LIMIT: Duration = Duration::from_secs(12);

/// Timeout of a request.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Result of a run.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) seconds: f32,
    /// Peak memory in KiB, if the system reports it.
    pub(crate) memory: Option<u64>,
    /// The requirements that fail.
    pub(crate) failing: Vec<String>,
    /// The text that a user reads.
    pub(crate) words: String,
}

/// Tries one row; returns `None` if this machine can't.
pub(crate) async fn of(row: &'static Row) -> Option<Said> {
    let sandbox = faultless().await;
    let folder = tempfile::tempdir().unwrap();
    let address = if row.front == Front::V6 { "[::1]:0" } else { "127.0.0.1:0" };
    let upstream = if row.front == Front::States { states_of(&sandbox) } else { sandbox.url().to_owned() };
    let upstream = upstream.trim_end_matches("/_states").to_owned();
    let server = Server::start(&upstream, address, row.deed).await.ok()?;
    let (url, states, _kept) = reached(row.front, &server, &sandbox).await;
    let dir = format!("dir={}", folder.path().display());
    let journal = folder.path().join("journal.ndjson").display().to_string();
    let (limit, timeout) = (LIMIT.as_secs().to_string(), TIMEOUT.as_secs().to_string());
    let mut args =
        vec!["--url", &url, "--states", &states, "--seed", "1", "--tier", "smoke", "--max-wait", "5"];
    if !matches!(row.verdict, Verdict::Right | Verdict::Fails(_)) {
        // If all answers are needed, the time depends on the machine.
        args.extend(["--timeout", &timeout, "--time-limit", &limit]);
    }
    args.extend(["--report", &dir, "--journal", &journal]);
    let child = program(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    let (ended, memory) = wait(child).await;
    let seconds = begun.elapsed().as_secs_f32();
    server.quiet().await;
    let said = told(row, &ended, folder.path(), seconds, memory);
    eprintln!(
        "{:50} {:>5.1} s {:>4} MiB  {} {:?}",
        row.name,
        seconds,
        memory.unwrap_or(0) >> 10,
        said.code,
        said.failing
    );
    if std::env::var_os("CONFORMANCE_HOSTILE_SHOW").is_some() {
        eprintln!("{}\n{}", ended.stderr, ended.stdout);
    }
    judge(row, &said, &ended, folder.path(), &server);
    Some(said)
}

/// Returns where the program is sent: the URL, the states, and what must live as long as the run.
async fn reached(front_: Front, server: &Server, sandbox: &Sandbox) -> (String, String, Vec<Box<dyn Send>>) {
    let states = states_of(sandbox);
    let port = |it: u16, scheme: &str| format!("{scheme}://localhost:{it}");
    let tls = |identity| front(sandbox.url(), Manner::plain(identity));
    let authority = Authority::new("nobody knows this one");
    let mut kept: Vec<Box<dyn Send>> = Vec::new();
    let url = match front_ {
        Front::Plain | Front::V6 => server.url.clone(),
        Front::States => {
            return (sandbox.url().to_owned(), format!("{}/_states", server.url), kept);
        }
        Front::PlainAsTls => server.url.replacen("http://", "https://", 1),
        Front::TlsAsPlain => port(tls(authority.issue("localhost")).await, "http"),
        Front::SelfSigned => port(tls(authority.issue("localhost")).await, "https"),
        Front::Expired => port(tls(authority.issue_until("localhost", 2020)).await, "https"),
        Front::WrongName => port(tls(authority.issue("elsewhere.example")).await, "https"),
        Front::NoName => "http://nobody-has-this-name.invalid".to_owned(),
        Front::Nobody => {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            format!("http://{}", listener.local_addr().unwrap())
        }
        Front::FullQueue => {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
            let listener = socket.listen(1).unwrap();
            let at = listener.local_addr().unwrap();
            for _ in 0..4 {
                let filling = tokio::net::TcpStream::connect(at);
                if let Ok(Ok(stream)) = tokio::time::timeout(Duration::from_millis(200), filling).await {
                    kept.push(Box::new(stream));
                }
            }
            kept.push(Box::new(listener));
            format!("http://{at}")
        }
    };
    (url, states, kept)
}

/// Waits for the end, and samples the memory meanwhile.
async fn wait(mut child: Child) -> (Ended, Option<u64>) {
    let id = child.id();
    let out = reading(child.stdout.take().unwrap());
    let err = reading(child.stderr.take().unwrap());
    let begun = Instant::now();
    let mut peak = None;
    let status = loop {
        peak = memory(id).max(peak);
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if begun.elapsed() > HANGS {
            _ = child.kill();
            _ = child.wait();
            break None;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let code = status.and_then(|it| it.code());
    (Ended { code, stdout: out.join().unwrap(), stderr: err.join().unwrap() }, peak)
}

/// Reads in a thread of its own, so that the program never blocks on a full pipe.
fn reading(mut from: impl std::io::Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = Vec::new();
        _ = from.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    })
}

/// Returns the peak memory of a process in KiB, if the system reports it.
fn memory(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
    line.trim().split(' ').next()?.parse().ok()
}

/// Returns the content of the reports of a run or, if there are none, of standard error.
fn told(row: &Row, ended: &Ended, folder: &Path, seconds: f32, memory: Option<u64>) -> Said {
    let code = ended.code.unwrap_or_else(|| panic!("{}: it did not end by itself: {ended:?}", row.name));
    let report = std::fs::read_to_string(folder.join("report.json")).ok();
    let report: Option<Value> = report.map(|it| serde_json::from_str(&it).unwrap());
    let Some(report) = report else {
        let words = ended.stderr.clone() + &ended.stdout;
        return Said { code, seconds, memory, failing: Vec::new(), words };
    };
    let mut failing = Vec::new();
    let mut words = format!("{}\n", report["verdict"].as_str().unwrap());
    for finding in report["findings"].as_array().unwrap() {
        let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        let outcome = text("outcome");
        if outcome == "fail" {
            failing.push(text("requirement"));
        }
        words += &format!("{outcome} {}: {}\n", text("requirement"), text("summary"));
    }
    let requirements = report["groups"].as_array().unwrap().iter();
    let requirements = requirements.flat_map(|it| it["requirements"].as_array().unwrap());
    for open in requirements.filter(|it| it["outcome"] == "inconclusive") {
        words += &format!(
            "open {}: {}\n",
            open["id"].as_str().unwrap(),
            open["reason"].as_str().unwrap_or_default()
        );
    }
    for note in report["notes"].as_array().unwrap() {
        words += &format!("note: {}\n", note.as_str().unwrap_or_default());
    }
    failing.sort();
    failing.dedup();
    Said { code, seconds, memory, failing, words }
}

/// Checks a run against what is expected.
fn judge(row: &Row, said: &Said, ended: &Ended, folder: &Path, server: &Server) {
    let name = row.name;
    let all = format!("{name}: {said:?}\n{}\n{}", ended.stderr, ended.stdout);
    assert!(!all.contains("panicked"), "{all}");
    assert!(
        said.memory.is_none_or(|it| it < MOST_MEMORY),
        "{name} takes too much memory: {:?} KiB",
        said.memory
    );
    verdict(row, said, &all);
    for words in row.says {
        assert!(
            [&said.words, &ended.stderr, &ended.stdout].iter().any(|it| it.contains(words)),
            "{words}: {all}"
        );
    }
    if row.front == Front::Plain {
        books(&all, ended, folder, server);
    }
    for file in folder.read_dir().unwrap() {
        let file = file.unwrap();
        let bytes = file.metadata().unwrap().len();
        assert!(bytes < 64 << 20, "{name}: {} has {bytes} bytes", file.path().display());
        no_key(&file.path(), server, name);
    }
}

/// Checks a run against the expected verdict.
fn verdict(row: &Row, said: &Said, all: &str) {
    let fails = |ids: &[&str]| said.failing.iter().all(|it| ids.contains(&it.as_str()));
    match row.verdict {
        Verdict::Right => assert!(said.code == 0 && said.failing.is_empty(), "{all}"),
        Verdict::Fails(ids) => {
            assert!(said.code == 1 && fails(ids) && said.failing.len() == ids.len(), "{all}");
        }
        Verdict::Open => assert!([3, 5].contains(&said.code) && said.failing.is_empty(), "{all}"),
        // A broken handler of provider states is the user's problem, with an exit code of its own.
        Verdict::NoRun if row.front == Front::States => assert!([2, 3, 4].contains(&said.code), "{all}"),
        Verdict::NoRun => assert_eq!(said.code, 4, "{all}"),
        Verdict::AtMost(ids) => {
            assert!(
                fails(ids) && [1, 3, 4].contains(&said.code) || said.code == 0 && said.failing.is_empty(),
                "{all}"
            );
        }
    }
}

/// No report may contain a key, nor most of one.
fn no_key(file: &Path, server: &Server, name: &str) {
    let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
    // The prefix of every key is public.
    for key in server.keys().iter().filter(|it| it.len() >= 30).take(100) {
        for part in [&key[..key.len() - 4], &key[20..]] {
            assert!(!text.contains(part), "{name}: {} holds {part}", file.display());
        }
    }
}

/// What the server charged must be in the report, the history, the journal and the output.
fn books(all: &str, ended: &Ended, folder: &Path, server: &Server) {
    let history = folder.join("history.ndjson");
    if !history.exists() {
        assert_eq!(server.charged(), Pesewas::ZERO, "charged, and no history: {all}");
        return;
    }
    let journal = folder.join("journal.ndjson");
    if !journal.exists() {
        assert!(server.charged() == Pesewas::ZERO && ended.code == Some(4), "charged, and no journal: {all}");
        return;
    }
    let said = ledger(&history);
    assert_eq!(said, ledger(&journal), "history and journal differ: {all}");
    let report: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("report.json")).unwrap()).unwrap();
    let amount = |name: &str| pesewas(&report["ledger"][name].to_string());
    assert_eq!(report["ledger"]["orders"].as_u64(), Some(said.orders), "{all}");
    assert_eq!((amount("charged"), amount("unknown_most")), (said.charged, said.unknown_most), "{all}");
    assert!(
        server.orders() <= said.orders,
        "{} orders arrived, {} are told: {all}",
        server.orders(),
        said.orders
    );
    let (charged, most) = (server.charged(), said.charged + said.unknown_most);
    // No answer shows a charge for a refused order; the wallets do.
    let by_wallets = said.unexplained.is_some_and(|it| it > Pesewas::ZERO);
    assert!(
        said.charged <= charged && (charged <= most || by_wallets),
        "charged {charged}, and not {} to {most}: {all}",
        said.charged
    );
    let in_history = orders(&history);
    assert_eq!(in_history, said.orders, "{all}");
    let shown = ended.stdout.lines().find(|it| it.contains("orders sent")).unwrap_or_default();
    assert!(shown.replace(',', "").contains(&said.orders.to_string()), "{shown}: {all}");
}

/// Returns the number of orders in a history that were sent.
fn orders(path: &Path) -> u64 {
    let history = read(path);
    let exchanges = history.cases.iter().flat_map(|it| it.exchanges.clone()).collect::<Vec<_>>();
    let sent = exchanges.iter().filter(|it| it.operation == OperationId::BuyBulk);
    sent.filter(|it| !matches!(it.answer, Answer::Unsent(_))).count() as u64
}
