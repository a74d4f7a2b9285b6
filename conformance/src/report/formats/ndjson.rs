//! The history as it was recorded, one JSON document a line: what `judge` and `replay` read.

use std::io;

use crate::history::Line;
use crate::report::Run;

/// Writes the whole history.
///
/// # Errors
/// The writer's.
pub fn write(run: &Run<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut put = |one: Line| out.write_all(one.text()?.as_bytes());
    put(Line::Header(Box::new(run.history.header.clone())))?;
    for case in run.history.cases.iter() {
        put(Line::Case(Box::new(case.into_owned())))?;
    }
    put(Line::Footer(run.history.footer.clone()))
}
