//! TLS and proxies: which certificates the program trusts, which it presents, and the messages if either side refuses.

use std::path::Path;

use crate::common::tiny::{Tiny, answer, page};
use crate::common::tls::{Asked, Authority, Manner, front};
use crate::common::{Ended, conformance, faultless, finish, program, states_of};

/// Returns what a user sees with a server that is reached over TLS, with its port replaced.
async fn seen(port: u16, scheme: &str, flags: &[&str]) -> Ended {
    let url = format!("{scheme}://localhost:{port}");
    let mut ended = conformance(&[&["--url", &url, "--dry-run", "--tier", "probe"], flags].concat()).await;
    // Only URL and port are replaced; which end of a connection notices a failure first depends on timing.
    for (from, to) in [(url.as_str(), "[url]"), (&format!(":{port}"), ":[port]")] {
        ended.stderr = ended.stderr.replace(from, to);
    }
    ended
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_a_connection_trusts_and_who_we_are_to_it() {
    let (sandbox, authority, folder) =
        (faultless().await, Authority::new("test"), tempfile::tempdir().unwrap());
    let ca = authority.file(folder.path());
    let port = front(sandbox.url(), Manner::plain(authority.issue("localhost"))).await;
    let trusted = seen(port, "https", &["--ca", &ca]).await;
    assert_eq!(trusted.code, Some(0), "{trusted:?}");
    // The program reads the same variable as OpenSSL and others.
    let mut command = program(&["--url", &format!("https://localhost:{port}"), "--dry-run"]);
    command.env("SSL_CERT_FILE", &ca);
    assert_eq!(finish(command).await.code, Some(0));
    // A client certificate, with its key in the same file or in a separate one.
    let client = authority.issue("tester").file(folder.path());
    let manner = Manner { clients_of: Some(&authority), ..Manner::plain(authority.issue("localhost")) };
    let port = front(sandbox.url(), manner).await;
    for flags in [&["--client-cert", &client][..], &["--client-cert", &client, "--client-key", &client]] {
        let ended = seen(port, "https", &[&["--ca", &ca], flags].concat()).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
    // A host name that `--resolve` gives an address.
    let port = front(sandbox.url(), Manner::plain(authority.issue("api.example"))).await;
    let (url, resolve) = (format!("https://api.example:{port}"), format!("api.example:{port}:127.0.0.1"));
    let states = states_of(&sandbox);
    let mut args = vec!["--url", &url, "--states", &states, "--resolve", &resolve, "--ca", &ca];
    args.extend(["--tier", "smoke", "--only", "COUNT-HIGH", "--seed", "1", "--max-spend", "100"]);
    let ended = conformance(&args).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stdout.contains(" requests in "), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_refuses_is_named_with_a_remedy() {
    let (sandbox, authority, folder) =
        (faultless().await, Authority::new("test"), tempfile::tempdir().unwrap());
    let ca = authority.file(folder.path());
    let mut told = String::new();
    let mut tell = |name: &str, ended: Ended| {
        assert_eq!(ended.code, Some(4), "{name}: {ended:?}");
        told += &format!("{name}\n{}\n", ended.stderr);
    };
    let plain = |identity| Manner::plain(identity);
    let port = front(sandbox.url(), plain(authority.issue("localhost"))).await;
    tell("nobody trusts the issuer", seen(port, "https", &[]).await);
    let port = front(sandbox.url(), plain(authority.issue("other.example"))).await;
    tell("the certificate is for another name", seen(port, "https", &["--ca", &ca]).await);
    let manner = Manner { protocols: &["h2"], ..plain(authority.issue("localhost")) };
    let port = front(sandbox.url(), manner).await;
    tell("HTTP/2 only", seen(port, "https", &["--ca", &ca]).await);
    for (name, versions) in [("1.3", &[&rustls::version::TLS13][..]), ("1.2", &[&rustls::version::TLS12])] {
        let manner = Manner { clients_of: Some(&authority), versions, ..plain(authority.issue("localhost")) };
        let port = front(sandbox.url(), manner).await;
        tell(
            &format!("a client certificate is wanted, TLS {name}"),
            seen(port, "https", &["--ca", &ca]).await,
        );
        if name == "1.3" {
            let stranger = Authority::new("nobody").issue("tester").file(folder.path());
            let ended = seen(port, "https", &["--ca", &ca, "--client-cert", &stranger]).await;
            tell("a client certificate of another issuer", ended);
        }
    }
    let nginx = Tiny::start(Box::new(|_| {
        page("400 Bad Request", "<center>The plain HTTP request was sent to HTTPS port</center>")
    }));
    let go = Tiny::start(Box::new(|_| {
        answer("400 Bad Request", "", "Client sent an HTTP request to an HTTPS server.\n")
    }));
    let certificate = Tiny::start(Box::new(|_| {
        page("400 Bad Request", "<center>No required SSL certificate was sent</center>")
    }));
    for (name, server) in [
        ("plain HTTP to nginx", nginx.await),
        ("plain HTTP to Go", go.await),
        ("nginx wants a certificate", certificate.await),
    ] {
        let mut ended = conformance(&["--url", &server.url, "--dry-run"]).await;
        ended.stderr = ended.stderr.replace(&server.url, "[url]");
        tell(name, ended);
    }
    insta::assert_snapshot!(told);
    // These messages depend on the clock and on which end of a connection notices the failure first.
    let port = front(sandbox.url(), plain(authority.issue_until("localhost", 2020))).await;
    let ended = seen(port, "https", &["--ca", &ca]).await;
    assert!(ended.stderr.contains("since it is not valid now: renew it"), "{ended:?}");
    let port = front(sandbox.url(), plain(authority.issue("localhost"))).await;
    let ended = seen(port, "http", &[]).await;
    assert!(ended.stderr.contains("should the URL begin with https://?"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn trusting_anybody_is_told_before_and_after() {
    let (sandbox, authority) = (faultless().await, Authority::new("test"));
    let port = front(sandbox.url(), Manner::plain(authority.issue("other.example"))).await;
    let (url, states) = (format!("https://localhost:{port}"), states_of(&sandbox));
    let args = ["--url", &url, "--states", &states, "--insecure", "--tier", "smoke", "--only", "COUNT-HIGH"];
    let ended = conformance(&args).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let warning = format!(
        "--insecure: nothing proves that the answers came from the server, and anybody on the way \
                           could read the keys that were sent to {url}"
    );
    assert!(ended.stderr.starts_with(&format!("warning: {warning}\n")), "{}", ended.stderr);
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&ended.stdout).contains(&warning), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_certificates_that_are_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, at) =
        (Authority::new("test"), |name: &str| folder.path().join(name).display().to_string());
    let (ca, client) = (authority.file(folder.path()), authority.issue("tester").file(folder.path()));
    let other = tempfile::tempdir().unwrap();
    let stranger = authority.issue("stranger").file(other.path());
    std::fs::write(at("empty.pem"), "").unwrap();
    std::fs::write(at("broken.pem"), "-----BEGIN CERTIFICATE-----\n%\n-----END CERTIFICATE-----\n").unwrap();
    let (empty, broken) = (at("empty.pem"), at("broken.pem"));
    let mut told = String::new();
    for flags in [
        &["--ca", "/nowhere/ca.pem"][..],
        &["--ca", &empty],
        &["--ca", &broken],
        &["--client-cert", &ca],
        &["--client-cert", &client, "--client-key", &stranger],
        &["--client-key", &client],
        &["--ca", &ca, "--insecure"],
        &["--proxy", "https://USER:PASSWORD@proxy.example"],
        &["--resolve", "api.example:192.0.2.7"],
    ] {
        let ended = conformance(&[&["--url", "https://127.0.0.1:9"], flags].concat()).await;
        assert_eq!(ended.code, Some(2), "{flags:?}: {ended:?}");
        told += &ended.stderr;
    }
    let replace = |text: String, path: &Path, by: &str| text.replace(&path.display().to_string(), by);
    insta::assert_snapshot!(replace(replace(told, folder.path(), "[folder]"), other.path(), "[other]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn through_a_proxy() {
    let (sandbox, authority, folder) =
        (faultless().await, Authority::new("test"), tempfile::tempdir().unwrap());
    let ca = authority.file(folder.path());
    let port = front(sandbox.url(), Manner::plain(authority.issue("api.example"))).await;
    let secure = Asked::start("us:er:p@ss", &format!("127.0.0.1:{port}")).await;
    let proxy = format!("http://us:er%3Ap%40ss@localhost:{}", secure.port);
    // No resolver knows this host: the proxy must look it up.
    let args = ["--url", "https://api.example:8443", "--ca", &ca, "--proxy", &proxy, "--dry-run"];
    let ended = conformance(&args).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        secure.heads().iter().all(|it| it.starts_with("CONNECT api.example:8443 HTTP/1.1\r\n")),
        "{:?}",
        secure.heads()
    );
    let plain = Asked::start("user:password", sandbox.url()).await;
    let proxy = format!("http://user:password@localhost:{}", plain.port);
    let ended = conformance(&["--url", "http://api.example/", "--proxy", &proxy, "--dry-run"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let heads = plain.heads();
    assert!(heads[0].starts_with("GET http://api.example/api/v1/profile HTTP/1.1\r\n"), "{heads:?}");
    // A host that the proxy does not pass, and proxies that are not reachable.
    let stranger = format!("http://localhost:{}", plain.port);
    let mut told = String::new();
    for (url, proxy) in [
        ("http://api.example", stranger.as_str()),
        ("https://api.example", &stranger),
        ("https://api.example", "http://user:password@127.0.0.1:1"),
    ] {
        let ended = conformance(&["--url", url, "--proxy", proxy, "--dry-run"]).await;
        assert_eq!(ended.code, Some(4), "{url} {proxy}: {ended:?}");
        told += &ended.stderr.replace(&stranger, "[proxy]");
    }
    insta::assert_snapshot!(told);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_of_the_environment_is_not_used_and_that_is_said() {
    let mut command = program(&["--url", "http://nobody.invalid", "--dry-run"]);
    command.env("HTTPS_PROXY", "http://user:c4n4ry@proxy.example:3128");
    let ended = finish(command).await;
    assert_eq!(ended.code, Some(4), "{ended:?}");
    let hint = "HTTPS_PROXY is set and not used, so that no proxy sees a key unasked: --proxy URL sends requests through one";
    assert!(ended.stderr.contains(hint), "{}", ended.stderr);
    assert!(!ended.stderr.contains("c4n4ry"), "{}", ended.stderr);
}
