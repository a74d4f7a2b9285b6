//! The sandbox as a process: its output, access to it, and how it ends.

mod bench;
mod console;
mod ended;
mod flags;
mod hosted;
mod partner;
mod tls;

use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout};

use crate::common::{Reply, client};

/// A sandbox in a process of its own; it ends when dropped.
pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) url: String,
    /// What the program printed before it listened.
    pub(crate) banner: String,
    pub(crate) client: reqwest::Client,
    _out: Lines<BufReader<ChildStdout>>,
}

/// Returns the program with these arguments, without variables of this environment that it would read.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sandbox"));
    command.args(arguments).env_remove("SANDBOX_ADMIN_TOKEN").stdin(Stdio::null());
    command
}

/// Runs the program with these arguments until it ends by itself.
pub(crate) async fn output(arguments: &[&str]) -> Output {
    let mut command = command(arguments);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

impl Program {
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        Self::of(command(arguments)).await
    }

    pub(crate) async fn of(mut command: Command) -> Self {
        command.args(["--port", "0", "--log", "off"]).stdout(Stdio::piped());
        let mut child = tokio::process::Command::from(command).kill_on_drop(true).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut banner = String::new();
        while let Some(line) = out.next_line().await.unwrap() {
            if let Some(url) = line.strip_prefix("Listening on ") {
                let url = url.split(' ').next().unwrap().to_owned();
                return Self { child, url, banner, client: client(), _out: out };
            }
            banner += &format!("{line}\n");
        }
        panic!("it ended before it listened: {banner}");
    }

    /// Starts the program on a file, with the same keys each time and fast recipients.
    pub(crate) async fn on(db: &Path, more: &[&str]) -> Self {
        let mut command = command(&["--seed", "1", "--speed", "100", "--db"]);
        command.arg(db).args(more);
        Self::of(command).await
    }

    /// Waits for the exit status. It polls, since a system may report the end of a process only once, and too early.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        loop {
            match self.child.try_wait().unwrap() {
                Some(status) => return status,
                None => tokio::time::sleep(Duration::from_millis(2)).await,
            }
        }
    }

    /// Sends a signal to the process.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// Sends a request with optional headers and body; returns `None` if there is no answer.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Option<Reply> {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        match request.send().await {
            Ok(response) => Some(Reply::of(response).await),
            Err(_) => None,
        }
    }

    pub(crate) async fn get(&self, path: &str, key: &str) -> Reply {
        self.send(Method::GET, &format!("/api/v1{path}"), &[("x-api-key", key)], None).await.unwrap()
    }

    pub(crate) async fn buy(&self, key: &str, order: &Value, more: &[(&str, &str)]) -> Option<Reply> {
        let headers = [&[("x-api-key", key)], more].concat();
        self.send(Method::POST, "/api/v1/data-bundles/buy-bulk", &headers, Some(order.clone())).await
    }

    /// Returns the key of an account from the banner.
    pub(crate) fn key(&self, role: &str) -> String {
        let line = self.banner.lines().find(|line| line.split_whitespace().nth(1) == Some(role)).unwrap();
        line.split_whitespace().last().unwrap().to_owned()
    }

    /// Returns an order for these numbers, of the first product in the banner.
    pub(crate) fn order(&self, numbers: &[&str]) -> Value {
        let product = self.banner.lines().find(|line| line.starts_with("Volta Mobile")).unwrap();
        let (operator, product) = product.split_once(", ").unwrap();
        let last = |text: &str| text.split_whitespace().last().unwrap().to_owned();
        let package = self.banner.lines().find(|line| line.contains("50 MB")).unwrap();
        let package = package.split_whitespace().next().unwrap();
        let items = numbers.iter().map(|to| json!({"packageId": package, "beneficiaryMsisdn": to}));
        json!({"operatorId": last(operator), "productId": last(product), "items": items.collect::<Vec<_>>()})
    }
}
