//! The sandbox that is measured, in its own process and on a file, and the requests that are sent to it.

use std::io::{BufRead as _, BufReader, Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use spec::{Contract, OperationId};

use super::buyers::Line;
use super::error::BenchError;

/// A running sandbox, and an account that can pay for everything.
pub(super) struct BenchTarget {
    child: Child,
    pub(super) address: String,
    pub(super) db: PathBuf,
    contract: Contract,
    /// The name of the field with the cursor of the next page.
    pub(super) cursor: String,
    key: String,
    operator: String,
    product: String,
    pub(super) package: String,
}

/// Removes a database with all of its accompanying files.
pub(super) fn remove(db: &Path) {
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let mut name = db.as_os_str().to_owned();
        name.push(suffix);
        // The file usually does not exist.
        let _ = std::fs::remove_file(name);
    }
}

/// The server process, which is killed on drop.
struct Child(std::process::Child);

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts this program as a server on a database; returns the process and its address.
fn start(db: &Path) -> std::io::Result<(std::process::Child, String)> {
    let mut command = Command::new(std::env::current_exe()?);
    // Requests are not logged or kept, as on a server where they are not inspected.
    command.args(["--port", "0", "--seed", "1", "--states", "--log", "off", "--keep-requests", "0", "--db"]);
    command.arg(db).env_remove("SANDBOX_ADMIN_TOKEN").stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or(ErrorKind::BrokenPipe)?).lines();
    let found = lines.by_ref().map_while(Result::ok).find_map(|line| {
        let url = line.strip_prefix("Listening on http://")?;
        url.split_whitespace().next().map(str::to_owned)
    });
    // The server prints nothing after this line, so the rest need not be read.
    found.map(|address| (child, address)).ok_or_else(|| Error::other("it ended before it listened"))
}

impl BenchTarget {
    /// Starts a sandbox on a new database.
    ///
    /// # Errors
    /// Returns an error if the sandbox does not start.
    pub(super) fn open(folder: &Path, name: &str) -> Result<Self, BenchError> {
        let db = folder.join(name);
        remove(&db);
        Self::on(&db)
    }

    /// Starts a sandbox on a database that may exist. Keys are derived from the seed, and the first account has a high
    /// balance.
    ///
    /// # Errors
    /// Returns an error if the sandbox does not start, or does not answer with its catalog or wallet.
    pub(super) fn on(db: &Path) -> Result<Self, BenchError> {
        let (child, address) = start(db).map_err(BenchError::Start)?;
        let (contract, child) = (spec::embedded()?, Child(child));
        let mut line = Line::open(&address)?;
        let key = format!("{}Demo_agent_7Kq2", contract.key.test_prefix);
        let mut ask = |what, method: &str, path: &str, body: &str| {
            let head = format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{}: {key}\r\n", contract.key.header);
            let kind = format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
            let (status, answer) = line.ask(format!("{head}{kind}{body}").as_bytes())?;
            let json = serde_json::from_slice(&answer).unwrap_or_default();
            if status.contains(" 200 ") {
                return Ok::<Value, BenchError>(json);
            }
            Err(BenchError::Refused { what, answer: status })
        };
        let catalog = ask("what is sold", "POST", "/_states", r#"{"state": "catalog"}"#)?;
        let wallet = ask("the wallet", "GET", &contract.operation(OperationId::Wallet).path, "")?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let profile = text(&wallet["data"][contract.fields.wallet.profile.as_str()]);
        let wealth = json!({"state": "top-up", "params": {"profileId": profile, "amount": 100_000_000}});
        ask("to be made rich", "POST", "/_states", &wealth.to_string())?;
        let (fields, operator) = (&contract.fields, &catalog["operators"][0]);
        let product = &operator["products"][0];
        Ok(Self {
            address,
            db: db.to_owned(),
            cursor: fields.page.cursor.clone(),
            operator: text(&operator[fields.order.operator.as_str()]),
            product: text(&product[fields.order.product.as_str()]),
            package: text(&product["packages"][0][fields.item.package.as_str()]),
            child,
            contract,
            key,
        })
    }

    /// Returns the bytes of an order for this many recipients.
    pub(super) fn order(&self, recipients: usize) -> Vec<u8> {
        let (order, item) = (&self.contract.fields.order, &self.contract.fields.item);
        let items: Vec<_> = (0..recipients)
            .map(|at| json!({&item.package: self.package, &item.msisdn: format!("23320{at:07}")}))
            .collect();
        let body = json!({&order.operator: self.operator, &order.product: self.product, &order.items: items})
            .to_string();
        let head = self.head(OperationId::BuyBulk, "");
        format!("{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into()
    }

    /// Returns the request for a full page of orders from a cursor.
    pub(super) fn list(&self, cursor: &str) -> String {
        let (most, _) = self.contract.page_limits;
        format!("{}\r\n", self.head(OperationId::Orders, &format!("?limit={most}&cursor={cursor}")))
    }

    fn head(&self, id: OperationId, query: &str) -> String {
        let operation = self.contract.operation(id);
        let (header, key) = (&self.contract.key.header, &self.key);
        let (method, path) = (&operation.method, &operation.path);
        format!("{method} {path}{query} HTTP/1.1\r\nHost: {}\r\n{header}: {key}\r\n", self.address)
    }

    /// Returns the resident memory of the process, in KiB.
    pub(super) fn resident_kib(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.child.0.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|it| it.split_whitespace().next()?.parse().ok()).unwrap_or_default()
    }
}
