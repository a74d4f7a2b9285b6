//! Standard output, for text that is the result of a command, and standard error, for messages beside it.

use std::io::{self, Write as _};

use crate::cli::error::Failure;

/// Writes a whole text to standard output. A closed pipe (`conformance list | head`) is no error: the reader has what
/// it wanted.
///
/// # Errors
/// Returns an error if standard output can't be written.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Stdout(error)),
        _ => Ok(()),
    }
}

/// Writes a line to standard error. An error in writing it, such as that of a closed terminal, is ignored: it must not
/// stop the work that remains.
pub(crate) fn tell(line: &str) {
    _ = writeln!(io::stderr(), "{line}");
}
