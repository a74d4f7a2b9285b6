//! TLS: which certificates a connection trusts, and which one it presents to the server.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use hyper_rustls::ConfigBuilderExt as _;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WantsClientCert, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, RootCertStore, SignatureScheme, WantsVerifier,
};
use rustls_platform_verifier::Verifier;

use crate::sut::access::Trust;

/// The reasons why no connection can be made to any server.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// TLS can't be set up, which is an internal error.
    #[error("TLS can't be set up on this machine: {0}")]
    Tls(#[from] rustls::Error),
    /// A file of certificates or keys can't be used.
    #[error("{flag} {} can't be used: {source}", path.display())]
    File {
        /// The flag that names the file.
        flag: &'static str,
        /// The file.
        path: PathBuf,
        /// The reason.
        source: pem::Error,
    },
    /// A file has no certificate in it.
    #[error("{flag} {} can't be used: there is no certificate in it (`-----BEGIN CERTIFICATE-----`)", path.display())]
    NoCertificate {
        /// The flag that names the file.
        flag: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// A file has no private key in it.
    #[error("{flag} {} can't be used: there is no private key in it (`-----BEGIN PRIVATE KEY-----`)", path.display())]
    NoKey {
        /// The flag that names the file.
        flag: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// A certificate can't be that of an issuer.
    #[error("--ca {} can't be used: {source}", path.display())]
    Issuer {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: rustls::Error,
    },
    /// A certificate and a key don't belong together.
    #[error("--client-cert {} and its key can't be used: {source}", path.display())]
    Identity {
        /// The file with the certificate.
        path: PathBuf,
        /// The reason.
        source: rustls::Error,
    },
}

impl SetupError {
    /// Returns true if the mistake is in a file that the user named, and not in this program.
    #[must_use]
    pub(crate) fn is_usage(&self) -> bool {
        !matches!(self, Self::Tls(_))
    }
}

/// The default configuration. Reading the trusted roots takes longer than a request, so it is done once.
static MACHINE: LazyLock<Result<ClientConfig, Error>> = LazyLock::new(|| {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    Ok(match builder.clone().try_with_platform_verifier() {
        Ok(trusting) => trusting.with_no_client_auth(),
        // This happens in a container without certificates, where plain HTTP still works.
        Err(none) => custom(builder, Fixed::verifier(Err(none))).with_no_client_auth(),
    })
});

fn custom(
    builder: ConfigBuilder<ClientConfig, WantsVerifier>,
    verifier: Arc<dyn ServerCertVerifier>,
) -> ConfigBuilder<ClientConfig, WantsClientCert> {
    builder.dangerous().with_custom_certificate_verifier(verifier)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Returns the TLS configuration that the flags ask for. Without flags, it trusts what this machine trusts.
pub(super) fn config(trust: &Trust) -> Result<ClientConfig, SetupError> {
    if *trust == Trust::default() {
        return Ok(MACHINE.clone()?);
    }
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    let builder = match (&trust.ca, trust.insecure) {
        (_, true) => custom(builder, Fixed::verifier(Ok(()))),
        (Some(path), false) => custom(builder, issued_by(path)?),
        (None, false) => match Verifier::new(provider()) {
            Ok(verifier) => custom(builder, Arc::new(verifier)),
            Err(none) => custom(builder, Fixed::verifier(Err(none))),
        },
    };
    let Some((path, key)) = &trust.identity else { return Ok(builder.with_no_client_auth()) };
    let chain = certificates("--client-cert", path)?;
    let key = own_key(if key == path { "--client-cert" } else { "--client-key" }, key)?;
    let identity = |source| SetupError::Identity { path: path.clone(), source };
    builder.with_client_auth_cert(chain, key).map_err(identity)
}

fn own_key(flag: &'static str, path: &Path) -> Result<PrivateKeyDer<'static>, SetupError> {
    PrivateKeyDer::from_pem_file(path).map_err(|source| match source {
        pem::Error::NoItemsFound => SetupError::NoKey { flag, path: path.to_owned() },
        source => SetupError::File { flag, path: path.to_owned(), source },
    })
}

/// Trusts the issuers that this machine trusts, and those of a file.
fn issued_by(path: &Path) -> Result<Arc<dyn ServerCertVerifier>, SetupError> {
    let issuers = certificates("--ca", path)?;
    let wrong = |source| SetupError::Issuer { path: path.to_owned(), source };
    // The issuers are checked by themselves first, so that a mistake in them is not taken for one of the machine.
    let mut roots = RootCertStore::empty();
    issuers.iter().try_for_each(|it| roots.add(it.clone())).map_err(wrong)?;
    if let Ok(verifier) = Verifier::new_with_extra_roots(issuers, provider()) {
        return Ok(Arc::new(verifier));
    }
    let own = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build();
    Ok(own.map_err(|error| Error::General(error.to_string()))?)
}

fn certificates(flag: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let found = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(SetupError::NoCertificate { flag, path: path.to_owned() }),
        Err(source) => Err(SetupError::File { flag, path: path.to_owned(), source }),
    }
}

/// Gives every certificate the same verdict: accepted, as `--insecure` asks for, or refused, since this machine
/// trusts no issuer. That the server holds the key of its certificate is verified in both cases.
#[derive(Debug)]
struct Fixed {
    verdict: Result<(), Error>,
    provider: Arc<CryptoProvider>,
}

impl Fixed {
    fn verifier(verdict: Result<(), Error>) -> Arc<dyn ServerCertVerifier> {
        Arc::new(Self { verdict, provider: provider() })
    }
}

impl ServerCertVerifier for Fixed {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verdict.clone().map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
