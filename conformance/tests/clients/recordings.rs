//! Clients that the program does not start itself: a recording of them is judged in the same way.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::{client, folder, interpreter, text};

fn judge(file: &Path) -> (Option<i32>, String) {
    let output = client(&["judge", &file.display().to_string()]).output().unwrap();
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

/// A server that is stopped at the end of the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// Starts a server and reads its exported variables until it is ready; returns both.
fn serve(scenario: &str, record: &Path) -> (Server, Vec<(String, String)>) {
    let words = ["serve", scenario, "--record", &record.display().to_string()];
    let mut child = client(&words).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let exported = lines.take_while(|line| !line.starts_with("Ctrl-C")).filter_map(|line| {
        let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
        Some((name.to_owned(), value.trim_matches('\'').to_owned()))
    });
    let exported = exported.collect();
    (Server(child), exported)
}

fn of<'a>(variables: &'a [(String, String)], name: &str) -> &'a str {
    variables.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str()).unwrap()
}

/// Sends bytes and reads until the server closes the connection.
fn send(url: &str, bytes: &str) -> String {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    let mut answer = Vec::new();
    _ = stream.read_to_end(&mut answer);
    text(&answer)
}

fn order(variables: &[(String, String)], target: &str) -> String {
    let packages: Vec<&str> = of(variables, "NETCONNECT_PACKAGE_IDS").split(',').collect();
    let numbers = of(variables, "NETCONNECT_RECIPIENTS").split(',').zip(packages);
    let items: Vec<_> = numbers
        .map(|(number, package)| serde_json::json!({"packageId": package, "beneficiaryMsisdn": number}))
        .collect();
    let body = serde_json::json!({"operatorId": of(variables, "NETCONNECT_OPERATOR_ID"),
        "productId": of(variables, "NETCONNECT_PRODUCT_ID"), "items": items})
    .to_string();
    let key = of(variables, "NETCONNECT_API_KEY");
    format!(
        "POST {target} HTTP/1.1\r\nHost: h\r\nX-API-KEY: {key}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Waits until the recording has some content; how long that takes depends on the machine.
fn until(file: &Path, done: impl Fn(&str) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !std::fs::read_to_string(file).is_ok_and(|it| done(&it)) {
        assert!(Instant::now() < deadline, "{:?}", std::fs::read_to_string(file));
        std::thread::yield_now();
    }
}

#[test]
fn what_a_served_scenario_records_is_judged() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("client.ndjson");
    let (server, variables) = serve("lost/closed-after", &file);
    let path = spec::embedded().unwrap().buy().path.clone();
    let url = of(&variables, "NETCONNECT_URL");
    assert_eq!(send(url, &order(&variables, &path)), "", "closed without an answer");
    until(&file, |it| it.lines().count() == 2);
    let (code, said) = judge(&file);
    assert_eq!(code, Some(0), "{said}");
    assert!(send(url, &order(&variables, &path)).starts_with("HTTP/1.1 200"));
    until(&file, |it| it.lines().count() == 3);
    drop(server);
    let (code, said) = judge(&file);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("ONCE-LOST"), "{said}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(of(&variables, "NETCONNECT_API_KEY")), "{text}");
}

#[test]
fn a_report_of_a_run_is_a_recording() {
    let path = folder().join("shell/status-unread.sh");
    let Some(interpreter) = interpreter(&path) else { return };
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("run.ndjson");
    let report = format!("ndjson={}", file.display());
    let words =
        ["--only", "refused/poor", "--only", "plain/two", "--timeout", "30", "--report", &report, "--"];
    let output = client(&words).args(interpreter).arg(path).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    let (code, said) = judge(&file);
    assert_eq!(code, Some(1));
    let causes = |text: &str| {
        let mut lines: Vec<_> =
            text.lines().take_while(|it| !it.starts_with("Scenarios")).map(str::to_owned).collect();
        // Only a client that was run has a command that runs it again; a recording has none.
        if let Some(from) = lines.iter().position(|it| it.starts_with("     again ")) {
            let rest = lines[from + 1..].iter().take_while(|it| it.starts_with("               ")).count();
            lines.drain(from..=from + rest);
        }
        lines
    };
    assert_eq!(causes(&said), causes(&text(&output.stdout)));
}

/// The sandbox program records clients as well.
#[test]
fn what_the_sandbox_records_is_judged() {
    let built = Path::new(env!("CARGO_BIN_EXE_conformance")).with_file_name("sandbox");
    if !built.is_file() {
        eprintln!("passed over, for want of {}", built.display());
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("sandbox.ndjson");
    let record = file.display().to_string();
    let mut child = Command::new(built)
        .args(["--port", "0", "--record", &record])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let url =
        lines.find_map(|it| Some(it.strip_prefix("Listening on ")?.split(' ').next()?.to_owned())).unwrap();
    let _server = Server(child);
    let path = "/api/v1/wallet-balance?key=netconnect_test_Demo_agent_7Kq2";
    send(&url, &format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
    until(&file, |it| it.lines().count() == 2);
    let (code, said) = judge(&file);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("KEY-PLACE") && !said.contains("Demo_agent"), "{said}");
}
