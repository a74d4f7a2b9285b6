//! `cargo xtask hostile`: tries every misbehaving server and writes the results into `docs/hostile.md`.

use crate::{Error, repo};

/// Command line of `cargo xtask hostile`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Try only servers whose name contains these words, and write nothing
    #[arg(long, value_name = "WORDS")]
    pub only: Option<String>,
}

const PAGE: &str = "docs/hostile.md";

/// The markers around the table.
const MARKS: [&str; 2] = ["<!-- hostile -->\n", "<!-- /hostile -->"];

/// Tries all misbehaving servers.
///
/// # Errors
/// Cargo can't be run, a server was misjudged, or the page can't be written.
pub fn run(args: &Args) -> Result<(), Error> {
    let root = repo::root();
    let table = std::env::temp_dir().join(format!("hostile-{}.md", std::process::id()));
    let mut command = repo::cargo();
    command.args([
        "test",
        "--package",
        "conformance",
        "--test",
        "hostile",
        "--",
        "--nocapture",
        "all_of_them",
    ]);
    command.env("CONFORMANCE_HOSTILE", "full");
    match &args.only {
        Some(words) => command.env("CONFORMANCE_HOSTILE_ONLY", words),
        None => command.env("CONFORMANCE_HOSTILE_TABLE", &table),
    };
    let status = command.status().map_err(|error| Error::Internal(format!("cargo can't be run: {error}")));
    let rows = std::fs::read_to_string(&table);
    // The table may be there also if a server was misjudged, and nobody would look for it then.
    _ = std::fs::remove_file(&table);
    if !status?.success() {
        return Err(Error::Failed("hostile: a server was misjudged; see above".to_owned()));
    }
    if args.only.is_some() {
        return Ok(());
    }
    let rows = rows.map_err(Error::file(&table))?;
    let path = root.join(PAGE);
    let page = std::fs::read_to_string(&path).map_err(Error::file(&path))?;
    std::fs::write(&path, with_table(&page, &rows)?).map_err(Error::file(&path))
}

/// Replaces the table of the page with these rows.
fn with_table(page: &str, rows: &str) -> Result<String, Error> {
    let parts =
        page.split_once(MARKS[0]).and_then(|(before, rest)| Some((before, rest.split_once(MARKS[1])?.1)));
    let (before, after) = parts.ok_or_else(|| Error::Failed(format!("{PAGE} has no place for the table")))?;
    Ok([before, MARKS[0], rows, MARKS[1], after].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_takes_the_place_of_the_one_before() {
        let page = with_table("a\n<!-- hostile -->\nold\n<!-- /hostile -->\nb", "new\n");
        assert_eq!(page.ok().as_deref(), Some("a\n<!-- hostile -->\nnew\n<!-- /hostile -->\nb"));
        assert!(with_table("nothing", "new").is_err());
    }
}
