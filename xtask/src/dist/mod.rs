//! `cargo xtask dist`: builds the archive of a release for one platform, and tries it as a user without Rust would:
//! unpacked into an empty folder, with an empty environment.

mod archive;
mod trial;

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use self::archive::Entry;
use crate::{Error, repo};

/// The program, which is also the name of its package.
const PROGRAM: &str = "conformance";

/// Documents that are packed beside the program.
const PAPERS: [&str; 4] = ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"];

/// Shells for which the archive has a completion script.
const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

/// Commands that have a man page of their own.
const PAGES: [&str; 8] = ["judge", "replay", "client", "doctor", "init", "compare", "export", "merge"];

/// Command line of `cargo xtask dist`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Platform, as rustc names it. Default: this machine's
    #[arg(long, value_name = "TRIPLE")]
    pub target: Option<String>,
    /// Folder for the archive and its checksum
    #[arg(long, value_name = "DIR", default_value = "target/dist")]
    pub out: PathBuf,
    /// Tag of the release; fails if it does not match the version in Cargo.toml
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,
    /// Pack this program instead of building one
    #[arg(long, value_name = "FILE")]
    pub program: Option<PathBuf>,
}

/// Builds and packs the program, and tries the archive.
///
/// # Errors
/// Cargo can't be run, the tag is that of another version, or the program from the archive does not work in an empty
/// folder.
pub fn run(args: &Args) -> Result<(), Error> {
    let version = version()?;
    if let Some(tag) = args.tag.as_ref().filter(|tag| **tag != format!("v{version}")) {
        return Err(Error::Failed(format!("the tag is {tag}, and Cargo.toml has version {version}")));
    }
    let host = host()?;
    let target = args.target.clone().unwrap_or_else(|| host.clone());
    let program = match &args.program {
        Some(program) => program.clone(),
        None => build(&target)?,
    };
    let name = format!("{PROGRAM}-{target}");
    let archive = args.out.join(format!("{name}.tar.gz"));
    std::fs::create_dir_all(&args.out).map_err(Error::file(&args.out))?;
    archive::write(&archive, &name, &entries(&program)?)?;
    let bytes = std::fs::read(&archive).map_err(Error::file(&archive))?;
    let digest: String = Sha256::digest(&bytes).iter().map(|it| format!("{it:02x}")).collect();
    let checksum = args.out.join(format!("{name}.tar.gz.sha256"));
    std::fs::write(&checksum, format!("{digest}  {name}.tar.gz\n")).map_err(Error::file(&checksum))?;
    println!("{}  {} bytes, sha256 {digest}", repo::name(&archive), bytes.len());
    for line in trial::of(&archive, &name, &version)? {
        println!("  {line}");
    }
    Ok(())
}

/// Returns the version of the workspace.
fn version() -> Result<String, Error> {
    let path = repo::root().join("Cargo.toml");
    let manifest: toml::Table =
        repo::read(&path)?.parse().map_err(|error| Error::Usage(format!("Cargo.toml: {error}")))?;
    let version = manifest.get("workspace").and_then(|it| it.get("package")).and_then(|it| it.get("version"));
    let version = version.and_then(toml::Value::as_str).map(str::to_owned);
    version.ok_or_else(|| Error::Usage("Cargo.toml: no version of the workspace".to_owned()))
}

/// Returns the platform of this machine, as rustc names it.
fn host() -> Result<String, Error> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = std::process::Command::new(rustc).arg("-vV").output();
    let output = output.map_err(|error| Error::Internal(format!("rustc can't be run: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned);
    host.ok_or_else(|| Error::Internal("rustc does not say what its host is".to_owned()))
}

/// Builds the program and returns its path, as cargo reports it.
fn build(target: &str) -> Result<PathBuf, Error> {
    let mut cargo = repo::cargo();
    cargo.args(["build", "--profile", "dist", "--locked", "--package", PROGRAM, "--target", target]);
    cargo.args(["--message-format", "json-render-diagnostics"]).stderr(std::process::Stdio::inherit());
    let output = cargo.output().map_err(|error| Error::Internal(format!("cargo can't be run: {error}")))?;
    if !output.status.success() {
        return Err(Error::Failed(format!("{PROGRAM} can't be built for {target}; see above")));
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let programs = messages.filter(|it| it.pointer("/target/name").is_some_and(|name| name == PROGRAM));
    let found = programs.filter_map(|it| Some(PathBuf::from(it.get("executable")?.as_str()?))).next_back();
    found.ok_or_else(|| Error::Internal(format!("cargo does not say where it put {PROGRAM}")))
}

/// Returns the content of the archive: the program, the documents, and the completions and man pages that the program
/// writes.
fn entries(program: &Path) -> Result<Vec<Entry>, Error> {
    let mut all = vec![Entry {
        path: format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX),
        bytes: std::fs::read(program).map_err(Error::file(program))?,
        executable: true,
    }];
    for paper in PAPERS {
        let path = repo::root().join(paper);
        let bytes = std::fs::read(&path).map_err(Error::file(&path))?;
        all.push(Entry { path: paper.to_owned(), bytes, executable: false });
    }
    let mut written = |path: String, words: &[&str]| -> Result<(), Error> {
        let bytes = trial::said(program, words)?.into_bytes();
        all.push(Entry { path, bytes, executable: false });
        Ok(())
    };
    for shell in SHELLS {
        written(format!("completions/{PROGRAM}.{shell}"), &["completions", shell])?;
    }
    written(format!("man/{PROGRAM}.1"), &["man"])?;
    for page in PAGES {
        written(format!("man/{PROGRAM}-{page}.1"), &["man", page])?;
    }
    Ok(all)
}
