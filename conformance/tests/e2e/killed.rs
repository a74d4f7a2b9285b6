//! Runs that are ended at any moment, gracefully or not: the journal and the server's charges must agree, up to the
//! orders that the journal marks as unknown.
//!
//! `CONFORMANCE_KILL=full` ends runs at twenty moments for each signal, and `CONFORMANCE_KILL_SEED` chooses other
//! moments.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use sandbox::Sandbox;
use spec::Pesewas;

use crate::common::proxy::Proxy;
use crate::common::recording::{charged_behind, ledger};
use crate::common::{accounts_file, faultless, held, long, program, states_of};

/// SplitMix64: sufficient to choose moments, and reproducible from the seed.
struct Moments(u64);

impl Moments {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % below.max(1)
    }
}

fn length(path: &Path) -> u64 {
    path.metadata().map_or(0, |it| it.len())
}

/// Ends a run once its journal has this length; returns its exit code.
async fn end(args: &[&str], journal: &Path, after: u64, signal: &str) -> Option<i32> {
    let mut child = program(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while length(journal) < after && child.try_wait().unwrap().is_none() {
        tokio::time::sleep(Duration::from_micros(300)).await;
    }
    let id = child.id().to_string();
    // The run may have ended meanwhile; its process id is not reused before it is waited for.
    _ = Command::new("kill").args([signal, &id]).stderr(Stdio::null()).status().unwrap();
    tokio::task::spawn_blocking(move || child.wait()).await.unwrap().unwrap().code()
}

/// The server of one run. Each run has its own, so that late charges of one are not counted in the next.
enum Judged {
    /// Fixed accounts; the wallets of the server show the charges.
    Wallets(Sandbox, Pesewas),
    /// Accounts on demand, concurrent cases, and a proxy that sees every response.
    AtOnce(Sandbox, Proxy),
}

impl Judged {
    async fn wallets() -> Self {
        let sandbox = faultless().await;
        let held = held(sandbox.url()).await;
        Self::Wallets(sandbox, held)
    }

    async fn at_once() -> Self {
        let sandbox = faultless().await;
        let proxy = Proxy::transparent(sandbox.url()).await;
        Self::AtOnce(sandbox, proxy)
    }

    /// Returns the flags of a run with a cap that it does not reach.
    fn flags(&self, accounts: &Path) -> Vec<String> {
        let (url, whom, cap) = match self {
            Self::Wallets(sandbox, _) => (sandbox.url(), ["--accounts".to_owned(), text(accounts)], "60"),
            Self::AtOnce(sandbox, proxy) => {
                (proxy.url.as_str(), ["--states".to_owned(), states_of(sandbox)], "3000")
            }
        };
        let rest = ["--url", url, "--seed", "5", "--cases", "40", "--max-spend", cap];
        whom.into_iter().chain(rest.map(str::to_owned)).collect()
    }

    /// Returns what the server has charged once no request is in progress.
    async fn charged(&self) -> Pesewas {
        match self {
            Self::Wallets(sandbox, before) => {
                let mut last = held(sandbox.url()).await;
                loop {
                    tokio::time::sleep(Duration::from_millis(30)).await;
                    let now = held(sandbox.url()).await;
                    if now == last {
                        return *before - now;
                    }
                    last = now;
                }
            }
            Self::AtOnce(_, proxy) => {
                proxy.quiet().await;
                charged_behind(proxy)
            }
        }
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Ends runs at moments all over their journals, and compares each journal with the charges of the server.
async fn agree<F: Future<Output = Judged>>(judged: impl Fn() -> F) {
    let seed = std::env::var("CONFORMANCE_KILL_SEED").ok().and_then(|it| it.parse().ok());
    let seed = seed.unwrap_or(20_261_128);
    let mut moments = Moments(seed);
    let folder = tempfile::tempdir().unwrap();
    let (accounts, whole) = (folder.path().join("accounts.toml"), folder.path().join("whole.ndjson"));
    std::fs::write(&accounts, accounts_file(&faultless().await)).unwrap();
    let server = judged().await;
    let flags = [server.flags(&accounts), vec!["--journal".into(), text(&whole)]].concat();
    let to_its_end = crate::common::finish(program(&words(&flags))).await;
    let said = ledger(&whole);
    assert!(said.accepted > 20, "nothing to lose: {to_its_end:?}");
    assert_eq!(said.charged, server.charged().await);
    for round in 0..if long("CONFORMANCE_KILL") { 20 } else { 1 } {
        for signal in ["-TERM", "-HUP", "-KILL"] {
            let after = moments.next(length(&whole));
            let what = format!("{signal} after {after} bytes, CONFORMANCE_KILL_SEED={seed}");
            let files = ["journal", "report"].map(|it| folder.path().join(format!("{round}{signal}.{it}")));
            let server = judged().await;
            let report = format!("ndjson={}", text(&files[1]));
            let more = ["--journal".into(), text(&files[0]), "--report".into(), report];
            let flags = [server.flags(&accounts), more.to_vec()].concat();
            let code = end(&words(&flags), &files[0], after, signal).await;
            let charged = server.charged().await;
            compare(&files, code, charged, &what);
        }
    }
}

fn words(flags: &[String]) -> Vec<&str> {
    flags.iter().map(String::as_str).collect()
}

/// Compares what a run recorded with what it was charged. A run without an exit code was killed.
fn compare([journal, report]: &[PathBuf; 2], code: Option<i32>, charged: Pesewas, what: &str) {
    if length(journal) == 0 {
        return assert_eq!(charged, Pesewas::ZERO, "{what}");
    }
    let said = ledger(journal);
    let most = said.charged + said.unknown_most;
    assert!(
        said.charged <= charged && charged <= most,
        "{what}: charged {charged}, and not {} to {most}",
        said.charged
    );
    assert!(code.is_some() || what.starts_with("-KILL"), "{what}: it did not end by itself");
    if code.is_some() {
        // Requests in flight were waited for, and the report is complete.
        assert_eq!((said.unknown, said.charged), (0, charged), "{what}");
        assert_eq!(ledger(report), said, "{what}: the report and the journal differ");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_capped_wallet_the_journal_and_the_wallets_agree() {
    agree(Judged::wallets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_many_orders_at_once_the_journal_and_the_server_agree() {
    agree(Judged::at_once).await;
}
