//! The history as it was recorded, one JSON document a line: what `judge` and `replay` read.

use std::io;

use crate::history::Line;
use crate::report::Run;
use crate::report::text::safe_json;

/// One line, with its line end; control characters in it are escapes, so that showing the file is harmless.
///
/// # Errors
/// Never, for lines that this program made; serde's error otherwise.
pub(crate) fn line(line: &Line) -> serde_json::Result<String> {
    Ok(safe_json(&serde_json::to_string(line)?) + "\n")
}

/// Writes the whole history.
///
/// # Errors
/// The writer's.
pub fn write(run: &Run<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut put = |one: Line| out.write_all(line(&one)?.as_bytes());
    put(Line::Header(Box::new(run.history.header.clone())))?;
    for case in run.history.cases.iter() {
        put(Line::Case(Box::new(case.into_owned())))?;
    }
    put(Line::Footer(run.history.footer.clone()))
}
