//! The recorded history with one JSON document per line, as read by `judge` and `replay`.

use std::io;

use crate::history::Line;
use crate::report::Run;

/// Writes the whole history.
///
/// # Errors
/// Returns an error if the writer fails.
pub fn write(run: &Run<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut put = |one: Line| out.write_all(one.text()?.as_bytes());
    put(Line::Header(Box::new(run.history.header.clone())))?;
    for case in run.history.cases.iter() {
        put(Line::Case(Box::new(case.into_owned())))?;
    }
    put(Line::Footer(run.history.footer.clone()))
}
