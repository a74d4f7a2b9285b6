//! Connects over TLS to a server whose certificate is known: only that certificate is accepted, under any name.

use std::io::{Error, ErrorKind};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio_rustls::TlsConnector;

/// Accepts one certificate only. The proof that the server has its key is checked as usual.
#[derive(Debug)]
struct Pinned {
    certificate: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if *shown == self.certificate {
            return Ok(ServerCertVerified::assertion());
        }
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Creates a connector that accepts only the first of these certificates.
///
/// # Errors
/// Returns an error if there is no certificate.
pub(super) fn connector(chain: Vec<CertificateDer<'static>>) -> std::io::Result<TlsConnector> {
    let none = || Error::new(ErrorKind::InvalidInput, "there is no certificate");
    let provider = Arc::new(ring::default_provider());
    let certificate = chain.into_iter().next().ok_or_else(none)?;
    let config = ClientConfig::builder_with_provider(provider.clone());
    let config = config.with_safe_default_protocol_versions().map_err(Error::other)?.dangerous();
    let config = config.with_custom_certificate_verifier(Arc::new(Pinned { certificate, provider }));
    Ok(Arc::new(config.with_no_client_auth()).into())
}

/// Returns the name to request; any name will do for a known certificate.
pub(super) fn name() -> ServerName<'static> {
    std::net::IpAddr::from(std::net::Ipv4Addr::LOCALHOST).into()
}
