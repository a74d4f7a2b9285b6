//! TLS in front of a server, with certificates made for a test, and a proxy that requires credentials.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// A certificate authority that no machine trusts by default.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
}

/// A certificate with its key.
pub struct Identity {
    pub der: CertificateDer<'static>,
    pub key: Vec<u8>,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let der = params.self_signed(&key).unwrap().der().clone();
        Self { issuer: Issuer::new(params, key), der }
    }

    pub fn issue(&self, name: &str) -> Identity {
        self.issue_until(name, 4096)
    }

    /// Issues a certificate that is valid until the start of a year.
    pub fn issue_until(&self, name: &str, year: i32) -> Identity {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_after = date_time_ymd(year, 1, 1);
        let der = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        Identity { der, key: key.serialize_der() }
    }

    /// Writes the certificate of the authority to a file.
    pub fn file(&self, folder: &Path) -> String {
        write(folder.join("ca.pem"), &pem("CERTIFICATE", &self.der))
    }

    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        Arc::new(roots)
    }
}

impl Identity {
    /// Writes the certificate and the key to one file.
    pub fn file(&self, folder: &Path) -> String {
        let text = pem("CERTIFICATE", &self.der) + &pem("PRIVATE KEY", &self.key);
        write(folder.join("client.pem"), &text)
    }
}

fn write(path: PathBuf, text: &str) -> String {
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn pem(what: &str, der: &[u8]) -> String {
    format!("-----BEGIN {what}-----\n{}\n-----END {what}-----\n", STANDARD.encode(der))
}

/// The TLS settings of a server.
pub struct Manner<'a> {
    pub identity: Identity,
    pub versions: &'a [&'static SupportedProtocolVersion],
    /// The authority of the client certificates that it requires.
    pub clients_of: Option<&'a Authority>,
    pub protocols: &'a [&'a str],
}

impl Manner<'_> {
    pub fn plain(identity: Identity) -> Self {
        Self { identity, versions: rustls::ALL_VERSIONS, clients_of: None, protocols: &[] }
    }

    fn config(self) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(self.versions)
            .unwrap();
        let builder = match self.clients_of {
            Some(authority) => builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(authority.roots(), provider).build().unwrap(),
            ),
            None => builder.with_no_client_auth(),
        };
        let key = PrivateKeyDer::try_from(self.identity.key).unwrap();
        let mut config = builder.with_single_cert(vec![self.identity.der], key).unwrap();
        config.alpn_protocols = self.protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
        config
    }
}

/// Returns an acceptor with these settings.
pub fn accept(manner: Manner<'_>) -> TlsAcceptor {
    TlsAcceptor::from(Arc::new(manner.config()))
}

/// Serves TLS in front of a server; returns the port.
pub async fn front(upstream: &str, manner: Manner<'_>) -> u16 {
    let acceptor = accept(manner);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let upstream = upstream.trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, upstream) = (acceptor.clone(), upstream.clone());
            tokio::spawn(async move {
                let mut stream = match acceptor.accept(stream).into_fallible().await {
                    Ok(stream) => stream,
                    // Read to the end, so that the alert of the server is not lost with the connection.
                    Err((_, mut refused)) => {
                        _ = tokio::io::copy(&mut refused, &mut tokio::io::sink()).await;
                        return;
                    }
                };
                let Ok(mut server) = TcpStream::connect(upstream).await else { return };
                _ = copy_bidirectional(&mut stream, &mut server).await;
            });
        }
    });
    port
}

/// A proxy, and the heads of the requests that it received.
pub struct Asked {
    pub port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Asked {
    /// Starts a proxy that requires these credentials, and passes everything to one server, whatever host is requested.
    pub async fn start(credentials: &str, upstream: &str) -> Self {
        let wanted = format!("proxy-authorization: basic {}", STANDARD.encode(credentials));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let upstream = upstream.trim_start_matches("http://").to_owned();
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let log = heads.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (wanted, upstream, log) = (wanted.clone(), upstream.clone(), log.clone());
                tokio::spawn(pass(stream, wanted, upstream, log));
            }
        });
        Self { port, heads }
    }

    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

/// Serves one connection to the proxy.
async fn pass(
    mut stream: TcpStream,
    wanted: String,
    upstream: String,
    log: Arc<Mutex<Vec<String>>>,
) -> Option<()> {
    let mut bytes = Vec::new();
    while !bytes.windows(4).any(|it| it == b"\r\n\r\n") {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let head = String::from_utf8_lossy(&bytes).into_owned();
    log.lock().unwrap().push(head.clone());
    // Base64 is case-sensitive, so only the name and the scheme are compared without regard to case.
    let (_, credentials) = wanted.rsplit_once(' ')?;
    let known = head.lines().any(|line| line.eq_ignore_ascii_case(&wanted) && line.ends_with(credentials));
    if !known {
        let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
        return stream.write_all(refusal.as_bytes()).await.ok();
    }
    let mut server = TcpStream::connect(upstream).await.ok()?;
    match head.starts_with("CONNECT ") {
        true => stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await.ok()?,
        false => server.write_all(&bytes).await.ok()?,
    }
    copy_bidirectional(&mut stream, &mut server).await.ok().map(drop)
}
