//! How each third-party tool is run, and which part of its output is reported.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use spec::Meaning;

use super::tools::{Server, Tools, free_port, output};
use super::world::{World, http};
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
fn tried(world: &World, mut partner: Command) -> Result<String, Error> {
    let judged = judged::as_client(&partner)?;
    let [one, two] = world.numbers();
    partner
        .env("NETCONNECT_URL", world.url())
        .env("NETCONNECT_API_KEY", &world.key)
        .env("NETCONNECT_TASK", "buy")
        .env("NETCONNECT_OPERATOR_ID", &world.operator)
        .env("NETCONNECT_PRODUCT_ID", &world.product)
        .env("NETCONNECT_RECIPIENTS", format!("{one},{two}"))
        .env("NETCONNECT_PACKAGE_IDS", format!("{0},{0}", world.package()))
        .env("NETCONNECT_TIMEOUT", "10")
        .env("NETCONNECT_WAIT", "10");
    Ok(format!("bought: {}. As a client: {judged}", last_line(&output(partner)?)))
}

pub(super) fn schemathesis(world: &World, tools: &Tools) -> Result<String, Error> {
    let dir = scratch()?;
    write(dir.path(), "openapi.json", &overlay::narrowed(world).to_string())?;
    let mut command = tools.command("st", dir.path())?;
    let header = format!("{}: {}", world.contract.key.header, world.key);
    command.args(["run", "openapi.json", "--checks", "all", "--continue-on-failure", "--seed", SEED]);
    command
        .args(["--url", world.url(), "--header", &header])
        .arg("--max-time")
        .arg(world.seconds.to_string());
    let said = output(command)?;
    let cases = said.lines().find(|line| line.contains(" generated")).unwrap_or_default();
    Ok(format!("{}: {}", last_line(&said), cases.trim()))
}

pub(super) fn openapi_generator(world: &World, tools: &Tools) -> Result<String, Error> {
    let dir = scratch()?;
    let mut command = tools.command("openapi-generator-cli", dir.path())?;
    command.args(["validate", "--recommend", "-i"]).arg(&world.document);
    let said = output(command)?;
    if said.contains("Warnings:") || said.contains("Errors:") {
        return Err(Error::Failed(said));
    }
    Ok(last_line(&said))
}

pub(super) fn openapi_typescript(world: &World, tools: &Tools) -> Result<String, Error> {
    let dir = tools.dir_beside("openapi-typescript")?;
    let mut types = tools.command("openapi-typescript", dir.path())?;
    types.arg(&world.document).args(["--output", "api.d.ts"]);
    output(types)?;
    write(dir.path(), "partner.ts", TYPESCRIPT)?;
    let mut compile = tools.command("tsc", dir.path())?;
    compile.args(["--strict", "--skipLibCheck", "--target", "es2022", "--types", "node", "partner.ts"]);
    compile.args(["--module", "nodenext", "--moduleResolution", "nodenext"]);
    output(compile)?;
    let mut partner = tools.command("node", dir.path())?;
    partner.arg("partner.js");
    tried(world, partner)
}

pub(super) fn openapi_python_client(world: &World, tools: &Tools) -> Result<String, Error> {
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
        generate.arg(&world.document);
        generate
    })?;
    write(dir.path(), "partner.py", PYTHON)?;
    let mut partner = tools.command("python", dir.path())?;
    partner.arg("partner.py");
    tried(world, partner)
}

/// Starts Prism in one of its modes.
fn prism(tools: &Tools, dir: &Path, args: &[&std::ffi::OsStr]) -> Result<Server, Error> {
    let mut command = tools.command("prism", dir)?;
    command.args(args).arg("--port").arg(free_port()?.to_string());
    Server::start(command, "Prism is listening on ")
}

pub(super) fn prism_mock(world: &World, tools: &Tools) -> Result<String, Error> {
    let dir = scratch()?;
    let server = prism(tools, dir.path(), &["mock".as_ref(), world.document.as_ref()])?;
    let buy = world.contract.buy();
    let (fields, [one, two]) = (&world.contract.fields, world.numbers());
    let (order, item) = (&fields.order, &fields.item);
    let ask = |numbers: &[&String], headers: &[(&str, &str)]| {
        let items =
            numbers.iter().map(|number| json!({&item.package: world.package(), &item.msisdn: number}));
        let items = items.collect::<Vec<_>>();
        let body =
            json!({&order.operator: world.operator, &order.product: world.product, &order.items: items});
        http(&server.url, &buy.method, &buy.path, headers, &body.to_string())
    };
    let key = [(world.contract.key.header.as_str(), world.key.as_str())];
    let asked = [
        ("an order", ask(&[&one, &two], &key)?.0, Meaning::Accepted),
        ("one recipient", ask(&[&one], &key)?.0, Meaning::Count),
        ("no key", ask(&[&one, &two], &[])?.0, Meaning::Unauthorized),
    ];
    for (what, came, meaning) in asked {
        let expected = world.contract.status(meaning);
        if came != expected {
            return Err(Error::Failed(format!("{what} gives {came}, the contract says {expected}")));
        }
    }
    let told = asked.map(|(what, came, _)| format!("{what} gives {came}"));
    Ok(told.join(", "))
}

pub(super) fn prism_proxy(world: &World, tools: &Tools) -> Result<String, Error> {
    let dir = scratch()?;
    let args = ["proxy".as_ref(), "--errors".as_ref(), world.document.as_ref(), world.url().as_ref()];
    let server = prism(tools, dir.path(), &args)?;
    world.buy(&server.url)?;
    let (operator, package, order) = (world.operator.as_str(), world.package(), world.order.as_str());
    let calls: [&[&str]; 6] = [
        &["wallet"],
        &["profile"],
        &["products", operator],
        &["package", package],
        &["orders", "--limit", "5"],
        &["status", order],
    ];
    for call in calls {
        world.run(&server.url, call)?;
    }
    Ok(format!("a purchase and {} reads went through it without a violation", calls.len()))
}
