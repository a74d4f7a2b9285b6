//! `export`: writes the boundary cases of a tier as files for other tools.

use std::io;
use std::path::Path;

use crate::checks;
use crate::cli::args::ExportArgs;
use crate::cli::error::Failure;
use crate::cli::options::Setup;
use crate::cli::signals;
use crate::cli::stdout::say;
use crate::exit::Exit;
use crate::export::{self, ExportError, Script, Source, compose};
use crate::report::file;
use crate::report::program::Program;
use crate::report::text::count;
use crate::run::session;
use crate::sut::shown;

/// The default seed of an export, fixed so that an export can be reproduced.
const SEED: u64 = 1;

/// The default address of `sandbox --states`.
const SANDBOX: &str = "http://127.0.0.1:8080";

/// Plans as a run does, and writes the boundary cases of the plan to files; places no order.
///
/// # Errors
/// Returns an error if the target can't be read, the folder is not empty, no boundary case can be exported, or a file
/// can't be written.
pub(crate) async fn run(mut args: ExportArgs, program: &Program) -> Result<Exit, Failure> {
    empty(&args.out)?;
    args.run.plan.seed.get_or_insert(SEED);
    args.run.output.no_journal = true;
    let Setup { contract, target, states, options, sandbox } = Setup::of(&args.run).await?;
    signals::watch(program.clone(), options.stop.clone(), options.journal.clone());
    // The built-in sandbox has stopped when the files are used; one that is started by hand has the same catalog.
    let (shown_target, shown_states) = match &sandbox {
        Some(_) => (SANDBOX.to_owned(), Some(format!("{SANDBOX}/_states"))),
        None => (target.shown(), states.as_ref().map(shown)),
    };
    let access = target.access.clone();
    let prepared = session::prepare(contract.clone(), target, states, &options).await?;
    let rules = checks::rules();
    let source = Source {
        contract: &contract,
        rules: &rules,
        header: &prepared.header,
        target: &shown_target,
        states: shown_states.as_deref(),
        access: &access,
    };
    let script = compose(source, &prepared.cases);
    let planned = prepared.cases.len();
    prepared.leave(&options).await;
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    if script.cases.is_empty() {
        return Err(ExportError::Nothing(planned).into());
    }
    let files = export::files(&script, args.format);
    for (name, text) in &files {
        file::whole(&args.out.join(name), text.as_bytes())?;
    }
    say(&told(&script, files.len(), &args.out))?;
    Ok(Exit::Conformant)
}

/// Checks that a directory is empty or does not exist.
fn empty(folder: &Path) -> Result<(), ExportError> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(ExportError::NotEmpty(folder.to_owned())),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(ExportError::Read { path: folder.to_owned(), source }),
    }
}

/// Returns the lines about what was written and what was left out.
fn told(script: &Script, files: usize, folder: &Path) -> String {
    let cases = count(script.cases.len() as u64, "case", "cases");
    let files = count(files as u64, "file", "files");
    let left: usize = script.left_out.iter().map(|(_, ids)| ids.len()).sum();
    let left = match left as u64 {
        0 => String::new(),
        some => {
            let (number, are) = (count(some, "case", "cases"), if some == 1 { "is" } else { "are" });
            format!("{number} {are} left out; README.md there names each, with the reason\n")
        }
    };
    format!("wrote {cases} in {files} into {}\n{left}", folder.display())
}
