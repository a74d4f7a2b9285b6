//! Explains why no connection is established: which side refused what, and what to do about it.

use rustls::{AlertDescription, CertificateError, Error};

use crate::exec::http::{ProxyError, SendError};

/// Returns what to do if no request gets through.
pub(super) fn remedy(error: &SendError) -> String {
    if let Some(tls) = error.tls() {
        return of_tls(tls).to_owned();
    }
    match error.proxy() {
        Some(error) if error.wants_credentials() => {
            "It wants user and password: --proxy http://USER:PASSWORD@HOST:PORT gives them".to_owned()
        }
        Some(ProxyError::Refused { .. }) => {
            "That is the proxy's word and not the server's: may it connect there, and does it know the host?"
                .to_owned()
        }
        Some(_) => "Is the proxy running, and is its URL right?".to_owned(),
        None => "Is the server running, and is the URL right? --wait SECONDS waits for one that is starting"
            .to_owned(),
    }
}

fn of_tls(error: &Error) -> &'static str {
    match error {
        Error::InvalidCertificate(refused) => of_certificate(refused),
        Error::AlertReceived(alert) => of_alert(*alert),
        Error::NoApplicationProtocol => PROTOCOL,
        Error::General(_) => {
            "This machine names nobody to trust: install its certificates (ca-certificates), or name a file of them with \
             SSL_CERT_FILE or --ca"
        }
        _ => "It does not speak TLS as this program does: should the URL begin with http://?",
    }
}

const PROTOCOL: &str = "The server does not take this version of HTTP: where it takes HTTP/2 only, give --http2, and where it \
                        does not take HTTP/2, leave that out";

/// Returns the message if this side refuses the server.
fn of_certificate(refused: &CertificateError) -> &'static str {
    match refused {
        CertificateError::UnknownIssuer => {
            "This side refuses the server's certificate, since this machine does not trust who issued it: --ca FILE trusts \
             an issuer, and so does SSL_CERT_FILE; --insecure trusts anybody"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "This side refuses the server's certificate, since it is for other names than the URL's: use a name that it is \
             for; --resolve HOST:PORT:ADDRESS finds the server by that name"
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {
            "This side refuses the server's certificate, since it is not valid now: renew it, unless the clock of this \
             machine is wrong"
        }
        _ => {
            "This side refuses the server's certificate: --insecure trusts anybody, where that is what you want to judge"
        }
    }
}

/// Returns the message if the server refuses this side.
fn of_alert(alert: AlertDescription) -> &'static str {
    match alert {
        AlertDescription::CertificateRequired => {
            "The server refuses this side, since it wants a client certificate: give one with --client-cert and --client-key"
        }
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied
        // This alert is also sent for a signature that does not match.
        | AlertDescription::DecryptError => {
            "The server refuses this side's certificate: is the one that --client-cert names valid, and of an issuer that \
             the server trusts?"
        }
        AlertDescription::UnrecognisedName => {
            "The server refuses this side, since it has no certificate for the name in the URL: use a name that it serves"
        }
        AlertDescription::ProtocolVersion => {
            "The server refuses this side, since it speaks neither TLS 1.2 nor TLS 1.3"
        }
        AlertDescription::NoApplicationProtocol => PROTOCOL,
        AlertDescription::HandshakeFailure => {
            "The server refuses this side: it wants a client certificate (--client-cert, --client-key), or shares no way of \
             encrypting with this program"
        }
        _ => "The server breaks off the handshake; its log says why",
    }
}
