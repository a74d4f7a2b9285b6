//! Compares generated texts with the committed files, and writes those that differ.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use crate::Error;

/// Lines of a diff that `--check` shows per file; running `cargo xtask codegen` shows the rest.
const DIFF_LINES: usize = 40;

/// One generated file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path below the crate.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
}

/// Returns the committed text, or `None` if the file does not exist yet.
fn committed(path: &Path) -> Result<Option<String>, Error> {
    match fs::read(path) {
        // A file that is not UTF-8 was not generated, and differs from every generated text.
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file(path)(error)),
    }
}

/// Writes and names each file whose text differs. Other files keep their modification time, so that cargo does not
/// rebuild them.
pub(super) fn write(dir: &Path, files: &[File]) -> Result<(), Error> {
    let mut written = 0;
    for file in files {
        let path = dir.join(&file.path);
        if committed(&path)?.as_deref() == Some(&file.text) {
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(Error::file(parent))?;
        }
        fs::write(&path, &file.text).map_err(Error::file(&path))?;
        println!("wrote {}", path.display());
        written += 1;
    }
    if written == 0 {
        println!("{} is fresh: {} files", dir.display(), files.len());
    }
    Ok(())
}

/// Fails with a short diff of each file that differs from what the spec generates.
pub(super) fn check(dir: &Path, files: &[File]) -> Result<(), Error> {
    let mut stale = String::new();
    let mut count = 0;
    for file in files {
        let path = dir.join(&file.path);
        let old = committed(&path)?;
        if old.as_deref() == Some(&file.text) {
            continue;
        }
        count += 1;
        let name = path.display().to_string();
        match old {
            None => _ = writeln!(stale, "{name}: not there"),
            Some(old) => stale.push_str(&short_diff(&name, &old, &file.text)),
        }
    }
    if count == 0 {
        println!("{} is fresh: {} files", dir.display(), files.len());
        return Ok(());
    }
    Err(Error::Failed(format!(
        "{count} of {} generated files are stale\n{stale}run `cargo xtask codegen` and commit what it writes",
        files.len()
    )))
}

/// Returns a unified diff from the committed text to the generated one, cut where it gets long.
fn short_diff(name: &str, old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    let whole =
        diff.unified_diff().context_radius(1).header(&format!("{name} (committed)"), name).to_string();
    let lines: Vec<&str> = whole.lines().collect();
    let mut text = lines.iter().take(DIFF_LINES).fold(String::new(), |text, line| text + line + "\n");
    if let Some(more) = lines.len().checked_sub(DIFF_LINES).filter(|more| *more > 0) {
        _ = writeln!(text, "... and {more} more lines");
    }
    text
}
