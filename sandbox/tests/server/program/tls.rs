//! The program with TLS: a real certificate and a client that verifies it.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rcgen::{CertificateParams, CertifiedKey, KeyPair, generate_simple_self_signed};
use reqwest::{Certificate, Client};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Program, command, output};
use crate::common::pesewas;

/// Returns a PEM block (RFC 7468).
fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", BASE64_STANDARD.encode(der))
}

/// Creates a self-signed certificate; returns the paths of the certificate and its key.
fn certificate(folder: &Path, name: &str) -> (String, String) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([name.to_owned()]).unwrap();
    let at = |what: &str, text: String| {
        let path = folder.join(format!("{name}.{what}.pem"));
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    (at("cert", pem("CERTIFICATE", cert.der())), at("key", pem("PRIVATE KEY", &signing_key.serialize_der())))
}

/// Returns the message of a program that refuses to start.
async fn refused(arguments: &[&str]) -> String {
    let ended = output(&[&["--port", "0"], arguments].concat()).await;
    assert_eq!(ended.status.code(), Some(2), "{ended:?}");
    String::from_utf8(ended.stderr).unwrap()
}

#[tokio::test]
async fn everything_goes_over_tls_and_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = certificate(folder.path(), "localhost");
    let mut program =
        Program::start(&["--seed", "1", "--states", "--tls-cert", &cert, "--tls-key", &key]).await;
    let address = program.url.strip_prefix("https://").unwrap().to_owned();
    program.url = format!("https://localhost:{}", address.rsplit(':').next().unwrap());
    let trusted = Certificate::from_pem(&std::fs::read(&cert).unwrap()).unwrap();
    program.client = Client::builder().tls_certs_only([trusted]).build().unwrap();
    // The purchase, the list, the endpoints beside the API, and the event stream of the console.
    let buyer = "netconnect_test_Demo_agent_7Kq2";
    let order = program.order(&["0201234567", "0209876543"]);
    let bought = program.buy(buyer, &order, &[]).await.unwrap();
    assert_eq!(bought.status, 200, "{}", bought.text);
    let wallet = program.get("/wallet-balance", buyer).await;
    assert_eq!(pesewas(&wallet.json["data"]["availableBalance"]), 9_999_980);
    let curl = program.send(reqwest::Method::GET, "/_requests?limit=1", &[], None).await.unwrap();
    assert!(curl.json["requests"][0]["curl"].as_str().unwrap().contains("'https://"), "{}", curl.text);
    let mut events = program.client.get(format!("{}/_console/events", program.url)).send().await.unwrap();
    assert!(events.chunk().await.unwrap().unwrap().starts_with(b"event: time\n"));
    // A client that trusts other authorities refuses the connection, and there is no answer in clear text.
    assert!(crate::common::client().get(&program.url).send().await.is_err());
    let mut clear = TcpStream::connect(&address).await.unwrap();
    clear.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = clear.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
    // The health check uses the certificate and ignores its name; another certificate is refused.
    let url = format!("http://{address}");
    let (other, _) = certificate(folder.path(), "other");
    for (certificate, code) in [(Some(&cert), 0), (Some(&other), 1), (None, 1)] {
        let more: Vec<&str> = certificate.iter().flat_map(|it| ["--tls-cert", it.as_str()]).collect();
        let ended = output(&[&["health", &url], &more[..]].concat()).await;
        assert_eq!(ended.status.code(), Some(code), "{ended:?}");
    }
    let mut within = command(&["health", &url]);
    within.env("SANDBOX_TLS_CERT", &cert).env("SANDBOX_TLS_KEY", &key);
    assert!(within.status().unwrap().success());
    // A connection without a TLS handshake does not keep the program from stopping, and neither does the console.
    let _silent = TcpStream::connect(&address).await.unwrap();
    program.signal("-TERM");
    assert!(program.ended().await.success());
}

#[tokio::test]
async fn what_is_no_certificate_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = certificate(folder.path(), "localhost");
    let (_, other) = certificate(folder.path(), "other");
    let with =
        |cert: &str, key: &str| ["--tls-cert".into(), cert.to_owned(), "--tls-key".into(), key.to_owned()];
    for (cert, key, says) in [
        ("nowhere.pem", key.as_str(), "nowhere.pem"),
        (&key, &key, "there is no certificate in it; it must be PEM"),
        (&cert, &cert, "with the key of the certificate"),
        (&cert, &other, "localhost.cert.pem with the key"),
    ] {
        let said = refused(&with(cert, key).each_ref().map(String::as_str)).await;
        assert!(said.contains("--tls-cert, --tls-key: ") && said.contains(says), "{says}: {said}");
    }
    assert!(refused(&["--tls-cert", &cert]).await.contains("--tls-key"));
    // A chain: the intermediate certificates are sent with that of the server.
    let authority = KeyPair::generate().unwrap();
    let issuer = CertificateParams::new(Vec::new()).unwrap().self_signed(&authority).unwrap();
    let chain = folder.path().join("chain.pem");
    std::fs::write(&chain, std::fs::read_to_string(&cert).unwrap() + &pem("CERTIFICATE", issuer.der()))
        .unwrap();
    let program = Program::start(&["--tls-cert", chain.to_str().unwrap(), "--tls-key", &key]).await;
    assert!(program.url.starts_with("https://"));
}
