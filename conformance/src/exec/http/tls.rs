//! TLS: whom a connection trusts, and who we are to the server.

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

/// Why no connection can be made to anybody.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// An internal error.
    #[error("TLS can't be set up on this machine: {0}")]
    Tls(#[from] rustls::Error),
    /// A file of certificates or keys.
    #[error("{flag} {} can't be used: {source}", path.display())]
    File {
        /// The flag that names it.
        flag: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: pem::Error,
    },
    /// A file without any.
    #[error("{flag} {} can't be used: there is no certificate in it (`-----BEGIN CERTIFICATE-----`)", path.display())]
    NoCertificate {
        /// The flag that names it.
        flag: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// A file without a key.
    #[error("{flag} {} can't be used: there is no private key in it (`-----BEGIN PRIVATE KEY-----`)", path.display())]
    NoKey {
        /// The flag that names it.
        flag: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// A certificate of an issuer that is none.
    #[error("--ca {} can't be used: {source}", path.display())]
    Issuer {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// A certificate and a key that don't belong together.
    #[error("--client-cert {} and its key can't be used: {source}", path.display())]
    Identity {
        /// The file of the certificate.
        path: PathBuf,
        /// Why.
        source: rustls::Error,
    },
}

impl SetupError {
    /// Whether a file that was named is wrong, rather than this program.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Tls(_))
    }
}

/// Reading the roots of trust takes longer than a request, so it is done once.
static MACHINE: LazyLock<Result<ClientConfig, Error>> = LazyLock::new(|| {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    Ok(match builder.clone().try_with_platform_verifier() {
        Ok(trusting) => trusting.with_no_client_auth(),
        // As in a container without certificates, where plain HTTP works all the same.
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

/// TLS as the flags want it; without any, it trusts whom this machine trusts.
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

/// Trusts those whom this machine trusts, and the issuers of a file.
fn issued_by(path: &Path) -> Result<Arc<dyn ServerCertVerifier>, SetupError> {
    let issuers = certificates("--ca", path)?;
    let wrong = |source| SetupError::Issuer { path: path.to_owned(), source };
    // By themselves first: what is wrong with them is then not taken for a mistake of the machine.
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

/// Says the same of every certificate: fine, as `--insecure` asks for, or not, since this machine names nobody to trust. That
/// a server holds the key of its certificate is looked at all the same.
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
