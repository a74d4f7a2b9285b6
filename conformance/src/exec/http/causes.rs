//! The chain of causes behind an error of the HTTP library, whose own words say only where in the chain they stand.

/// Whatever goes wrong below the client.
pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The first error of a type in a chain of causes.
pub(super) fn find<'e, E: std::error::Error + 'static>(
    error: &'e (dyn std::error::Error + 'static),
) -> Option<&'e E> {
    std::iter::successors(Some(error), |it| it.source()).find_map(|it| it.downcast_ref())
}

/// What the innermost cause says; those around it only say that sending failed.
pub(super) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |it| it.source()).last().map(ToString::to_string).unwrap_or_default()
}
