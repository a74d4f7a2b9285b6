//! `--version`, and with `--verbose` the build's revision, contract and platform, which identify what produced a
//! verdict.

use crate::cli::error::Failure;
use crate::cli::options::load;
use crate::report::program::Program;

/// The supported protocols and parts; every build has all of them.
const FEATURES: &str = "HTTP/1.1, HTTP/2, TLS 1.2 and 1.3, sandbox, clients";

/// Returns the name and the version, and with `verbose` one line for each further fact.
///
/// # Errors
/// Returns an error if the built-in contract can't be read.
pub(crate) fn text(program: &Program, verbose: bool) -> Result<String, Failure> {
    let name = format!("{} {}\n", program.name(), env!("CARGO_PKG_VERSION"));
    if !verbose {
        return Ok(name);
    }
    let contract = load(None)?;
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    let facts = [
        ("revision", option_env!("CONFORMANCE_REVISION").unwrap_or("unknown").to_owned()),
        ("contract", format!("{}, digest {}", contract.revision, contract.digest)),
        ("platform", format!("{}, {profile}", option_env!("CONFORMANCE_TARGET").unwrap_or("unknown"))),
        ("features", FEATURES.to_owned()),
    ];
    Ok(name + &facts.map(|(what, fact)| format!("{what}: {fact}\n")).concat())
}
