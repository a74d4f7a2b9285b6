//! The sandbox that third-party tools are run against: a funded account, packages, and an existing order.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use spec::Contract;

use super::tools::{Server, output};
use crate::Error;

/// Balance of the account, in GHS: more than the tools can spend.
const BALANCE: u32 = 1_000_000;

/// What every tool is run against.
pub(super) struct Setup {
    pub(super) contract: Contract,
    /// Path of the published document.
    pub(super) document: PathBuf,
    sandbox: Server,
    /// Path of the command line, which buys as a partner would.
    pub(super) buy_bulk: PathBuf,
    pub(super) key: String,
    pub(super) operator: String,
    pub(super) product: String,
    pub(super) packages: Vec<String>,
    /// An order of two recipients.
    pub(super) order: String,
    /// Cursor of the second page of the account's orders.
    pub(super) cursor: String,
    pub(super) seconds: u32,
}

impl Setup {
    /// Builds and starts the sandbox, and buys two orders.
    pub(super) fn start(seconds: u32) -> Result<Self, Error> {
        let contract = spec::from_paths(&crate::at("spec/openapi.yaml".as_ref()), None)?;
        let mut sandbox = Command::new(build(&["-p", "sandbox", "--bin", "sandbox"])?);
        sandbox.args(["--port", "0", "--states", "--speed", "100", "--log", "off"]);
        let buy_bulk = build(&["-p", "generated", "--features", "cli", "--bin", "buy-bulk"])?;
        let sandbox = Server::start(sandbox, "Listening on ")?;
        let state = |state: &str, params: Value| {
            let body = json!({"state": state, "action": "setup", "params": params}).to_string();
            let (status, answer) = http(&sandbox.url, "POST", "/_states", &[], &body)?;
            let answer = serde_json::from_str::<Value>(&answer).unwrap_or_default();
            if status == 200 {
                Ok(answer)
            } else {
                Err(Error::Failed(format!("sandbox: state {state}: {answer}")))
            }
        };
        let buyer = contract.roles.buyers.first().map_or("", String::as_str);
        let account = state("account", json!({"role": buyer, "balance": BALANCE}))?;
        let catalog = state("catalog", json!({}))?;
        let text = |value: &Value, pointer: &str| {
            let found = value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            found.ok_or_else(|| Error::Failed(format!("sandbox: its states have no {pointer}")))
        };
        let packages = catalog.pointer("/operators/0/products/0/packages").and_then(Value::as_array);
        let active = |package: &&Value| {
            let status = package.get("status").and_then(Value::as_str);
            status.is_some_and(|status| status.eq_ignore_ascii_case(&contract.package_status.0))
        };
        let packages = packages.into_iter().flatten().filter(active);
        let packages = packages.map(|package| text(package, "/packageId")).collect::<Result<_, _>>()?;
        let mut setup = Self {
            document: crate::at("generated/openapi.json".as_ref()),
            key: text(&account, "/apiKey")?,
            operator: text(&catalog, "/operators/0/operatorId")?,
            product: text(&catalog, "/operators/0/products/0/productId")?,
            order: String::new(),
            cursor: String::new(),
            contract,
            sandbox,
            buy_bulk,
            packages,
            seconds,
        };
        setup.document = std::path::absolute(&setup.document).map_err(Error::file(&setup.document))?;
        let json = |text: String| serde_json::from_str::<Value>(&text).unwrap_or_default();
        let fields = &setup.contract.fields;
        let (order, cursor) = (format!("/{}", fields.summary.order_id), format!("/{}", fields.page.cursor));
        // Two orders, so that there is a second page.
        setup.buy(&setup.sandbox.url)?;
        setup.order = text(&json(setup.buy(&setup.sandbox.url)?), &order)?;
        setup.cursor = text(&json(setup.run(&setup.sandbox.url, &["orders", "--limit", "1"])?), &cursor)?;
        Ok(setup)
    }

    pub(super) fn url(&self) -> &str {
        &self.sandbox.url
    }

    pub(super) fn package(&self) -> &str {
        self.packages.first().map_or("", String::as_str)
    }

    /// Returns two valid phone numbers.
    pub(super) fn numbers(&self) -> [String; 2] {
        let msisdn = &self.contract.msisdn;
        let rest = msisdn.national_digits - msisdn.sample_prefix.len();
        [1, 2].map(|it| format!("{}{}{it:0rest$}", msisdn.country_code, msisdn.sample_prefix))
    }

    /// Buys for two recipients with the command line; returns its receipt as JSON.
    pub(super) fn buy(&self, url: &str) -> Result<String, Error> {
        let [one, two] = self.numbers();
        let order =
            ["order", "--operator", &self.operator, "--product", &self.product, "--to", &one, "--to", &two];
        self.run(url, &[&order[..], &["--package", self.package()]].concat())
    }

    /// Runs the command line.
    pub(super) fn run(&self, url: &str, args: &[&str]) -> Result<String, Error> {
        let mut command = Command::new(&self.buy_bulk);
        // The variables of the client. This chore can't use the client itself, since it must work when that does not
        // compile.
        command.env("NETCONNECT_URL", url).env("NETCONNECT_API_KEY", &self.key);
        command.arg("--json").args(args);
        output(command)
    }
}

/// Builds a binary and returns its path.
pub(super) fn build(args: &[&str]) -> Result<PathBuf, Error> {
    let mut command = crate::repo::cargo();
    command.arg("build").args(args).arg("--message-format=json-render-diagnostics");
    command.stderr(Stdio::inherit());
    let messages = output(command)?;
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let built =
        messages.filter_map(|message| Some(PathBuf::from(message.get("executable")?.as_str()?))).next_back();
    built.ok_or_else(|| Error::Internal(format!("cargo build {} made no binary", args.join(" "))))
}

/// Sends one request on a connection of its own, in HTTP/1.0, which has no chunks; returns status and body. For
/// loopback only.
pub(super) fn http(
    url: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<(u16, String), Error> {
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let exchange = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        let headers = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<String>();
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Type: application/json\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = exchange().map_err(|error| Error::Failed(format!("{url}{path}: {error}")))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| Error::Failed(format!("{url}{path}: not an HTTP answer")))?;
    Ok((status, body.to_owned()))
}
