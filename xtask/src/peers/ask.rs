//! How each third-party tool is run, and which part of its output is reported.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use spec::Meaning;

use super::setup::{Setup, http};
use super::tools::{Server, Tools, free_port, output};
use super::{judged, overlay};
use crate::Error;

/// Partner programs that use the clients of the generators of their languages.
const TYPESCRIPT: &str = include_str!("../../peers/partner.ts");
const PYTHON: &str = include_str!("../../peers/partner.py");

/// Seed for Schemathesis, so that every run sends the same requests.
const SEED: &str = "1";

/// Writes a file into the directory of a tool's run.
fn write(dir: &Path, name: &str, text: &str) -> Result<(), Error> {
    let path = dir.join(name);
    fs::write(&path, text).map_err(Error::file(&path))
}

pub(super) fn scratch() -> Result<tempfile::TempDir, Error> {
    tempfile::tempdir().map_err(|error| Error::Usage(format!("no temporary directory: {error}")))
}

/// Returns the last line that contains a letter or digit, without decoration.
fn last_line(text: &str) -> String {
    let line = text.lines().rev().find(|line| line.chars().any(char::is_alphanumeric)).unwrap_or_default();
    line.trim_matches(|it: char| !it.is_alphanumeric()).to_owned()
}

/// Runs a partner's program, which buys from the sandbox, and judges it as a client.
fn tried(setup: &Setup, mut partner: Command) -> Result<String, Error> {
    let judged = judged::as_client(&partner)?;
    let [one, two] = setup.numbers();
    partner
        .env("NETCONNECT_URL", setup.url())
        .env("NETCONNECT_API_KEY", &setup.key)
        .env("NETCONNECT_TASK", "buy")
        .env("NETCONNECT_OPERATOR_ID", &setup.operator)
        .env("NETCONNECT_PRODUCT_ID", &setup.product)
        .env("NETCONNECT_RECIPIENTS", format!("{one},{two}"))
        .env("NETCONNECT_PACKAGE_IDS", format!("{0},{0}", setup.package()))
        .env("NETCONNECT_TIMEOUT", "10")
        .env("NETCONNECT_WAIT", "10");
    Ok(format!("bought: {}. As a client: {judged}", last_line(&output(partner)?)))
}

pub(super) fn schemathesis(setup: &Setup, tools: &Tools) -> Result<String, Error> {
    let dir = scratch()?;
    write(dir.path(), "openapi.json", &overlay::narrowed(setup).to_string())?;
    let mut command = tools.command("st", dir.path())?;
    let header = format!("{}: {}", setup.contract.key.header, setup.key);
    command.args(["run", "openapi.json", "--checks", "all", "--continue-on-failure", "--seed", SEED]);
    command
        .args(["--url", setup.url(), "--header", &header])
        .arg("--max-time")
        .arg(setup.seconds.to_string());
    let said = output(command)?;
    let cases = said.lines().find(|line| line.contains(" generated")).unwrap_or_default();
    Ok(format!("{}: {}", last_line(&said), cases.trim()))
}

pub(super) fn openapi_generator(setup: &Setup, tools: &Tools) -> Result<String, Error> {
    let dir = scratch()?;
    let mut command = tools.command("openapi-generator-cli", dir.path())?;
    command.args(["validate", "--recommend", "-i"]).arg(&setup.document);
    let said = output(command)?;
    if said.contains("Warnings:") || said.contains("Errors:") {
        return Err(Error::Failed(said));
    }
    Ok(last_line(&said))
}

pub(super) fn openapi_typescript(setup: &Setup, tools: &Tools) -> Result<String, Error> {
    let dir = tools.dir_beside("openapi-typescript")?;
    let mut types = tools.command("openapi-typescript", dir.path())?;
    types.arg(&setup.document).args(["--output", "api.d.ts"]);
    output(types)?;
    write(dir.path(), "partner.ts", TYPESCRIPT)?;
    let mut compile = tools.command("tsc", dir.path())?;
    compile.args(["--strict", "--skipLibCheck", "--target", "es2022", "--types", "node", "partner.ts"]);
    compile.args(["--module", "nodenext", "--moduleResolution", "nodenext"]);
    output(compile)?;
    let mut partner = tools.command("node", dir.path())?;
    partner.arg("partner.js");
    tried(setup, partner)
}

pub(super) fn openapi_python_client(setup: &Setup, tools: &Tools) -> Result<String, Error> {
    let dir = scratch()?;
    // The formatter would be one more tool to install, and nobody reads the generated code.
    write(dir.path(), "config.yaml", "post_hooks: []\n")?;
    let mut generate = tools.command("openapi-python-client", dir.path())?;
    generate.args([
        "generate",
        "--meta",
        "none",
        "--output-path",
        "client",
        "--config",
        "config.yaml",
        "--path",
    ]);
    output({
        generate.arg(&setup.document);
        generate
    })?;
    write(dir.path(), "partner.py", PYTHON)?;
    let mut partner = tools.command("python", dir.path())?;
    partner.arg("partner.py");
    tried(setup, partner)
}

/// Starts Prism in one of its modes.
fn prism(tools: &Tools, dir: &Path, args: &[&std::ffi::OsStr]) -> Result<Server, Error> {
    let mut command = tools.command("prism", dir)?;
    command.args(args).arg("--port").arg(free_port()?.to_string());
    Server::start(command, "Prism is listening on ")
}

pub(super) fn prism_mock(setup: &Setup, tools: &Tools) -> Result<String, Error> {
    let dir = scratch()?;
    let server = prism(tools, dir.path(), &["mock".as_ref(), setup.document.as_ref()])?;
    let buy = setup.contract.buy();
    let (fields, [one, two]) = (&setup.contract.fields, setup.numbers());
    let (order, item) = (&fields.order, &fields.item);
    let ask = |numbers: &[&String], headers: &[(&str, &str)]| {
        let items =
            numbers.iter().map(|number| json!({&item.package: setup.package(), &item.msisdn: number}));
        let items = items.collect::<Vec<_>>();
        let body =
            json!({&order.operator: setup.operator, &order.product: setup.product, &order.items: items});
        http(&server.url, &buy.method, &buy.path, headers, &body.to_string())
    };
    let key = [(setup.contract.key.header.as_str(), setup.key.as_str())];
    let asked = [
        ("an order", ask(&[&one, &two], &key)?.0, Meaning::Accepted),
        ("one recipient", ask(&[&one], &key)?.0, Meaning::Count),
        ("no key", ask(&[&one, &two], &[])?.0, Meaning::Unauthorized),
    ];
    for (what, came, meaning) in asked {
        let expected = setup.contract.status(meaning);
        if came != expected {
            return Err(Error::Failed(format!("{what} gives {came}, the contract says {expected}")));
        }
    }
    let told = asked.map(|(what, came, _)| format!("{what} gives {came}"));
    Ok(told.join(", "))
}

pub(super) fn prism_proxy(setup: &Setup, tools: &Tools) -> Result<String, Error> {
    let dir = scratch()?;
    let args = ["proxy".as_ref(), "--errors".as_ref(), setup.document.as_ref(), setup.url().as_ref()];
    let server = prism(tools, dir.path(), &args)?;
    setup.buy(&server.url)?;
    let (operator, package, order) = (setup.operator.as_str(), setup.package(), setup.order.as_str());
    let calls: [&[&str]; 6] = [
        &["wallet"],
        &["profile"],
        &["products", operator],
        &["package", package],
        &["orders", "--limit", "5"],
        &["status", order],
    ];
    for call in calls {
        setup.run(&server.url, call)?;
    }
    Ok(format!("a purchase and {} reads went through it without a violation", calls.len()))
}
