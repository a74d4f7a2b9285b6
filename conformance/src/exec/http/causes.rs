//! Searches the chain of causes behind an error of the HTTP library, whose own message only says where in the chain
//! it stands.

use hyper_util::client::legacy::connect::CaptureConnection;

/// Any error from below the client.
pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Returns the first error of a type in a chain of causes.
pub(super) fn find<'e, E: std::error::Error + 'static>(
    error: &'e (dyn std::error::Error + 'static),
) -> Option<&'e E> {
    std::iter::successors(Some(error), |it| it.source()).find_map(|it| it.downcast_ref())
}

/// Returns the message of the innermost cause; those around it only say that sending failed.
pub(super) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |it| it.source()).last().map(ToString::to_string).unwrap_or_default()
}

/// Returns the TLS error in an error of a connection, which does not name what it wraps as its cause and may wrap
/// another error of its kind.
pub(super) fn tls(error: &std::io::Error) -> Option<&rustls::Error> {
    let inner = error.get_ref()?;
    inner.downcast_ref().or_else(|| inner.downcast_ref().and_then(tls))
}

/// The reason why the server ended TLS, noted when the connection is read. The library loses it if the connection
/// ends before a request has been handed over, as it does for a server that refuses our certificate after the
/// handshake.
#[derive(Debug, Clone, Default)]
pub(super) struct Noted(std::sync::Arc<std::sync::Mutex<Option<rustls::Error>>>);

impl Noted {
    pub(super) fn note(&self, error: &std::io::Error) {
        if let Some(error) = tls(error) {
            *self.slot() = Some(error.clone());
        }
    }

    pub(super) fn take(&self) -> Option<rustls::Error> {
        self.slot().take()
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<rustls::Error>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Returns the reason why TLS ended on the connection that a request was to be sent over, or was sent over.
pub(super) fn noted(connection: &CaptureConnection) -> Option<rustls::Error> {
    let mut extras = http::Extensions::new();
    connection.connection_metadata().as_ref()?.get_extras(&mut extras);
    extras.get::<Noted>()?.take()
}
