//! The sandbox that is measured, in a process of its own and on a file, and what is sent to it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use spec::{Contract, OperationId};

use crate::Error;
use crate::peers::{Server, http, output};

/// A running sandbox, and an account that can pay whatever is bought here.
pub(super) struct Shop {
    server: Server,
    pub(super) address: String,
    pub(super) db: PathBuf,
    contract: Contract,
    /// What a page calls the place where the next one starts.
    pub(super) cursor: String,
    key: String,
    operator: String,
    product: String,
    pub(super) package: String,
}

/// Copies a sandbox's database, which may be in use.
///
/// # Errors
/// It can't be copied.
pub(super) fn snapshot(program: &Path, db: &Path, copy: &Path) -> Result<(), Error> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = copy.as_os_str().to_owned();
        name.push(suffix);
        // What an earlier measurement has left.
        _ = std::fs::remove_file(name);
    }
    let mut command = Command::new(program);
    command.arg("snapshot").arg("--db").arg(db).arg(copy);
    output(command).map(drop)
}

impl Shop {
    /// On a database that is new.
    ///
    /// # Errors
    /// The sandbox does not start.
    pub(super) fn open(program: &Path, folder: &Path, name: &str) -> Result<Self, Error> {
        for suffix in ["", "-wal", "-shm", ".lock"] {
            _ = std::fs::remove_file(folder.join(format!("{name}{suffix}")));
        }
        Self::on(program, &folder.join(name))
    }

    /// On a database that may be there already. Keys follow from the seed, and the first account is rich.
    ///
    /// # Errors
    /// The sandbox does not start, or does not say what it sells.
    pub(super) fn on(program: &Path, db: &Path) -> Result<Self, Error> {
        let mut command = Command::new(program);
        command.args(["--port", "0", "--seed", "1", "--states", "--log", "off"]);
        // No more is kept of a request than where nobody wants to look at it.
        command.args(["--keep-requests", "0", "--db"]).arg(db).env_remove("SANDBOX_ADMIN_TOKEN");
        let server = Server::start(command, "Listening on ")?;
        let contract = spec::embedded()?;
        let state = |name: &str, params: Value| {
            let body = json!({"state": name, "params": params}).to_string();
            let (status, answer) = http(&server.url, "POST", "/_states", &[], &body)?;
            let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
            if status == 200 { Ok(answer) } else { Err(Error::Failed(format!("state {name}: {answer}"))) }
        };
        let text = |value: &Value, pointer: &str| {
            let found = value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            found.ok_or_else(|| Error::Failed(format!("the sandbox's states have no {pointer}")))
        };
        let catalog = state("catalog", json!({}))?;
        let key = format!("{}Demo_agent_7Kq2", contract.key.test_prefix);
        let header = [(contract.key.header.as_str(), key.as_str())];
        let wallet = &contract.operation(OperationId::Wallet).path;
        let (_, wallet) = http(&server.url, "GET", wallet, &header, "")?;
        let wallet: Value = serde_json::from_str(&wallet).unwrap_or_default();
        let profile = text(&wallet, &format!("/data/{}", contract.fields.wallet.profile))?;
        state("top-up", json!({"profileId": profile, "amount": 100_000_000}))?;
        Ok(Self {
            address: server.url.trim_start_matches("http://").to_owned(),
            db: db.to_owned(),
            cursor: contract.fields.page.cursor.clone(),
            operator: text(&catalog, "/operators/0/operatorId")?,
            product: text(&catalog, "/operators/0/products/0/productId")?,
            package: text(&catalog, "/operators/0/products/0/packages/0/packageId")?,
            server,
            contract,
            key,
        })
    }

    /// The bytes that buy for so many recipients.
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

    /// What asks for a full page of orders from a place on.
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

    /// Memory that its process has at the moment, in KiB.
    pub(super) fn resident_kib(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.server.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|it| it.split_whitespace().next()?.parse().ok()).unwrap_or_default()
    }
}
