//! Standard output, for everything that a person or a pipe reads, and standard error for what is said besides.

use std::io::{self, Write as _};

use crate::cli::error::Failure;

/// Writes a text whole. A reader that has left (`conformance list | head`) has read what it wanted.
///
/// # Errors
/// Standard output can't be written.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Stdout(error)),
        _ => Ok(()),
    }
}

/// Says something in a line besides, on standard error. Where nobody hears it, as on a terminal that has hung up, that is no
/// reason to leave undone what there is to do.
pub(crate) fn tell(line: &str) {
    _ = writeln!(io::stderr(), "{line}");
}
