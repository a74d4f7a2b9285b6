//! TLS with a self-signed certificate for the right name, so that only trust is missing.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use crate::client::error::ClientError;

/// Valid for 127.0.0.1 and localhost until 2126. Its key is public, so a client that trusts this certificate trusts
/// everybody, which no client should do.
const CERTIFICATE: &[u8] = include_bytes!("untrusted.certificate.der");
const KEY: &[u8] = include_bytes!("untrusted.key.der");

/// Returns an acceptor for TLS connections with this certificate.
///
/// # Errors
/// Returns an error if TLS can't be set up.
pub(super) fn untrusted() -> Result<TlsAcceptor, ClientError> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(KEY));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(CERTIFICATE)], key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::ServerName;
    use rustls::{CertificateError, ClientConfig, Error, RootCertStore};
    use tokio_rustls::TlsConnector;

    use super::*;

    /// Connects with these trusted certificates, and returns the error of the client.
    async fn client(trusted: RootCertStore, name: &str) -> Result<(), Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let config = config.with_root_certificates(trusted).with_no_client_auth();
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let server = untrusted().expect("a server").accept(theirs);
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        let client = TlsConnector::from(Arc::new(config)).connect(name, ours);
        let (ended, _) = tokio::join!(client, server);
        let told = |error: std::io::Error| error.get_ref().and_then(|it| it.downcast_ref::<Error>()).cloned();
        ended.map(drop).map_err(|error| told(error).expect("TLS says why"))
    }

    #[tokio::test]
    async fn only_trust_is_missing() {
        let mut trusted = RootCertStore::empty();
        trusted.add(CertificateDer::from(CERTIFICATE)).expect("a certificate");
        for name in ["127.0.0.1", "localhost"] {
            assert_eq!(client(trusted.clone(), name).await, Ok(()), "{name}");
            let unknown = Err(Error::InvalidCertificate(CertificateError::UnknownIssuer));
            assert_eq!(client(RootCertStore::empty(), name).await, unknown, "{name}");
        }
    }
}
