//! TLS: loads the server's certificate, and limits the time of a handshake.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, crypto::ring};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A certificate with its key. Its `Debug` shows neither.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls(***)")
    }
}

/// The reason why a certificate can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read, or does not contain what is needed.
    #[error("{}: {error}; it must be PEM, with {wanted}", .path.display())]
    File {
        /// The path of the file.
        path: PathBuf,
        /// What the file should contain.
        wanted: &'static str,
        /// The reason why it can't be read.
        error: PemError,
    },
    /// The file contains no certificate.
    #[error("{}: there is no certificate in it; it must be PEM, the server's own first", .0.display())]
    Empty(PathBuf),
    /// The certificate and the key do not match, or are of an unsupported kind.
    #[error("{} with the key {}: {error}", .cert.display(), .key.display())]
    Pair {
        /// The path of the certificate.
        cert: PathBuf,
        /// The path of its key.
        key: PathBuf,
        /// The underlying error.
        error: rustls::Error,
    },
}

/// Reads the certificates of a PEM file, in order.
///
/// # Errors
/// Returns an error if the file can't be read or contains no certificate.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed =
        |error| TlsError::File { path: path.to_owned(), wanted: "the server's certificate first", error };
    let found = CertificateDer::pem_file_iter(path).map_err(failed)?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(failed)?;
    if found.is_empty() { Err(TlsError::Empty(path.to_owned())) } else { Ok(found) }
}

impl Tls {
    /// Reads a certificate with its intermediate certificates, and its key; both files are PEM.
    ///
    /// # Errors
    /// Returns an error if a file can't be read, or the certificate and the key do not match.
    pub fn read(cert: &Path, key: &Path) -> Result<Self, TlsError> {
        let chain = certificates(cert)?;
        let failed =
            |error| TlsError::File { path: key.to_owned(), wanted: "the key of the certificate", error };
        let secret = PrivateKeyDer::from_pem_file(key).map_err(failed)?;
        let pair = |error| TlsError::Pair { cert: cert.to_owned(), key: key.to_owned(), error };
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().map_err(pair)?.with_no_client_auth();
        let mut config = config.with_single_cert(chain, secret).map_err(pair)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config).into()))
    }

    /// Performs the handshake with a client; returns `None` if it fails or takes too long.
    pub(crate) async fn accept(&self, stream: TcpStream, patience: Duration) -> Option<TlsStream<TcpStream>> {
        tokio::time::timeout(patience, self.0.accept(stream)).await.ok()?.ok()
    }
}
