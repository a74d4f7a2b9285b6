//! A certificate that nobody trusts: signed by itself, for the right name, so that only trust is missing.

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

use crate::client::error::ClientError;

/// Takes TLS connections with such a certificate.
///
/// # Errors
/// No certificate can be made, or TLS is of no use here.
pub(super) fn untrusted() -> Result<TlsAcceptor, ClientError> {
    let key = KeyPair::generate()?;
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let certificate = CertificateParams::new(names)?.self_signed(&key)?;
    let secret = PrivateKeyDer::try_from(key.serialize_der())
        .map_err(|_| rustls::Error::General("the key can't be used".to_owned()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], secret)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
