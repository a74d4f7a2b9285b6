//! `cargo xtask ci`: runs every step that a change must pass, in order and with one summary, on a laptop as in a
//! pipeline.
//!
//! A failing step blocks only the steps that need it, so one run reports everything. To add a step, add a row to
//! [`STEPS`].

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

use crate::compat::render::Format;
use crate::compat::{self, FailOn};
use crate::{Error, codegen, lint, repo, selftest, tidy};

/// Command line of `cargo xtask ci`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Run only these steps.
    #[arg(long, value_name = "STEP", value_delimiter = ',', value_parser = known)]
    pub only: Vec<String>,
    /// Skip these steps.
    #[arg(long, value_name = "STEP", value_delimiter = ',', value_parser = known)]
    pub skip: Vec<String>,
    /// Show the steps without running them.
    #[arg(long)]
    pub list: bool,
}

/// Error for a step name that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("the steps are {}", names().collect::<Vec<_>>().join(", "))]
struct UnknownStep;

fn names() -> impl Iterator<Item = &'static str> {
    STEPS.iter().map(|step| step.name)
}

fn known(name: &str) -> Result<String, UnknownStep> {
    names().find(|it| *it == name).map(str::to_owned).ok_or(UnknownStep)
}

/// What a step does.
enum Work {
    /// Runs cargo with these arguments.
    Cargo(&'static [&'static str]),
    /// Runs `cargo xtask` with these arguments, within this process.
    Chore(&'static str, fn() -> Result<(), Error>),
}

/// One step of the gate.
struct Step {
    name: &'static str,
    why: &'static str,
    /// Steps that must pass first; without them the result of this step would mean nothing.
    needs: &'static [&'static str],
    work: Work,
}

const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        why: "one style, so that a diff shows what changed",
        needs: &[],
        work: Work::Cargo(&["fmt", "--all", "--check"]),
    },
    Step {
        name: "clippy",
        why: "no warnings, in no target",
        needs: &[],
        work: Work::Cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    },
    Step {
        name: "lint",
        why: "the spec is complete and its examples are true",
        needs: &[],
        work: Work::Chore("lint", || lint::run(&lint::Args { spec: None })),
    },
    Step {
        name: "tidy",
        why: "the invariants that no compiler knows",
        needs: &[],
        work: Work::Chore("tidy", || tidy::run(&tidy::Args { root: None })),
    },
    Step {
        name: "codegen",
        why: "the generated client is what the spec gives",
        needs: &[],
        work: Work::Chore("codegen --check", || codegen::run(&codegen_check())),
    },
    Step {
        name: "compat",
        why: "nothing breaks for clients of the newest blessed revision",
        needs: &[],
        work: Work::Chore("compat", || compat::run(&compat_newest())),
    },
    Step {
        name: "tests",
        why: "every crate's own tests, also where one fails",
        needs: &[],
        work: Work::Cargo(&["test", "--quiet", "--workspace", "--no-fail-fast"]),
    },
    Step {
        name: "build",
        why: "the programs",
        needs: &[],
        work: Work::Cargo(&["build", "--quiet", "--workspace", "--bins"]),
    },
    Step {
        name: "coverage",
        why: "every requirement has a check, and cases that exercise it",
        needs: &["build"],
        work: Work::Chore("coverage", || selftest::run("coverage", &selftest::Args::default())),
    },
    Step {
        name: "faults",
        why: "every planted fault is caught by what it declares, and the matrix says so",
        needs: &["build"],
        work: Work::Chore("faults --check", || {
            selftest::run("faults", &selftest::Args { rest: vec!["--check".to_owned()] })
        }),
    },
    Step {
        name: "conformance",
        why: "the sandbox keeps the contract, as the tester sees it",
        needs: &["build"],
        work: Work::Cargo(&[
            "run",
            "--quiet",
            "--package",
            "conformance",
            "--",
            "--report",
            "dir=reports/ci",
        ]),
    },
];

fn codegen_check() -> codegen::Args {
    #[derive(clap::Parser)]
    struct Defaults {
        #[command(flatten)]
        args: codegen::Args,
    }
    // Parsing an empty command line yields the defaults, so they are defined in one place.
    let parsed = <Defaults as clap::Parser>::try_parse_from(["codegen", "--check"]);
    parsed.map_or_else(|_| codegen::Args { check: true, ..Default::default() }, |it| it.args)
}

fn compat_newest() -> compat::Args {
    // On GitHub, annotations appear at the lines that they are about.
    let format = if std::env::var_os("GITHUB_ACTIONS").is_some() { Format::Github } else { Format::Text };
    compat::Args { base: None, spec: None, format, fail_on: FailOn::Err, allow: None, today: None }
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed(String),
    /// A step that this one needs did not pass.
    Blocked(&'static str),
}

/// Runs the steps and prints the summary.
///
/// # Errors
/// A step failed.
pub fn run(args: &Args) -> Result<(), Error> {
    if args.list {
        let width = STEPS.iter().map(|step| step.why.len()).max().unwrap_or_default();
        for step in STEPS {
            println!("{:<12} {:<width$}  {}", step.name, step.why, command_line(&step.work));
        }
        return Ok(());
    }
    let chosen = |step: &&Step| {
        let named = |list: &[String]| list.iter().any(|name| name == step.name);
        (args.only.is_empty() || named(&args.only)) && !named(&args.skip)
    };
    let mut results: Vec<(&Step, Outcome, Duration)> = Vec::new();
    for step in STEPS.iter().filter(chosen) {
        println!("\n== {}: {}\n   {}", step.name, step.why, command_line(&step.work));
        // Flush, so that the output of the step follows its heading.
        let _ = std::io::stdout().flush();
        let start = Instant::now();
        let blocked = step.needs.iter().find(|need| {
            results.iter().any(|(done, outcome, _)| done.name == **need && *outcome != Outcome::Passed)
        });
        let outcome = match blocked {
            Some(need) => Outcome::Blocked(need),
            None => work(&step.work),
        };
        if let Outcome::Failed(message) = &outcome {
            eprintln!("{message}");
        }
        results.push((step, outcome, start.elapsed()));
    }
    println!("\n{}", table(&results));
    summarise(&results)?;
    let failed: Vec<&str> = results
        .iter()
        .filter(|(_, outcome, _)| *outcome != Outcome::Passed)
        .map(|(step, ..)| step.name)
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(Error::Failed(format!(
        "{} of {} steps did not pass; again with `cargo xtask ci --only {}`",
        failed.len(),
        results.len(),
        failed.join(",")
    )))
}

fn command_line(work: &Work) -> String {
    match work {
        Work::Cargo(arguments) => format!("cargo {}", arguments.join(" ")),
        Work::Chore(arguments, _) => format!("cargo xtask {arguments}"),
    }
}

fn work(work: &Work) -> Outcome {
    match work {
        Work::Chore(_, chore) => {
            chore().map_or_else(|error| Outcome::Failed(error.to_string()), |()| Outcome::Passed)
        }
        Work::Cargo(arguments) => match repo::cargo().args(*arguments).status() {
            Ok(status) if status.success() => Outcome::Passed,
            Ok(status) => Outcome::Failed(format!("cargo {}: {status}", arguments.join(" "))),
            Err(error) => Outcome::Failed(format!("cargo can't be started: {error}")),
        },
    }
}

fn words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Passed => "passed".to_owned(),
        Outcome::Failed(_) => "FAILED".to_owned(),
        Outcome::Blocked(need) => format!("not run: needs {need}"),
    }
}

fn table(results: &[(&Step, Outcome, Duration)]) -> String {
    let mut out = String::new();
    for (step, outcome, time) in results {
        let _ = writeln!(out, "{:<12} {:>6}s  {}", step.name, time.as_secs(), words(outcome));
    }
    out
}

/// Appends the same table to the file that the pipeline shows as a summary.
fn summarise(results: &[(&Step, Outcome, Duration)]) -> Result<(), Error> {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").map(std::path::PathBuf::from) else {
        return Ok(());
    };
    let mut out = String::from("| step | outcome | seconds | why |\n|---|---|---|---|\n");
    for (step, outcome, time) in results {
        let _ = writeln!(out, "| {} | {} | {} | {} |", step.name, words(outcome), time.as_secs(), step.why);
    }
    let file = std::fs::OpenOptions::new().create(true).append(true).open(&path);
    file.and_then(|mut file| file.write_all(out.as_bytes())).map_err(Error::file(&path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_need_is_an_earlier_step() {
        for (at, step) in STEPS.iter().enumerate() {
            assert_eq!(STEPS.iter().filter(|other| other.name == step.name).count(), 1, "{}", step.name);
            for need in step.needs {
                assert!(
                    STEPS[..at].iter().any(|earlier| earlier.name == *need),
                    "{} needs {need}",
                    step.name
                );
            }
        }
    }

    #[test]
    fn what_a_failed_step_is_needed_for_is_not_run() {
        let step = |name, needs| Step { name, why: "", needs, work: Work::Cargo(&[]) };
        let (build, after) = (step("build", &[]), step("after", &["build"]));
        let results = [
            (&build, Outcome::Failed("x".to_owned()), Duration::ZERO),
            (&after, Outcome::Blocked("build"), Duration::from_secs(3)),
        ];
        assert_eq!(
            table(&results),
            "build             0s  FAILED\nafter             3s  not run: needs build\n"
        );
    }

    #[test]
    fn codegen_is_checked_with_its_own_defaults() {
        let args = codegen_check();
        assert!(args.check && args.spec.ends_with("openapi.yaml"), "{args:?}");
    }

    #[test]
    fn steps_are_chosen_by_name() {
        assert!(known("lint").is_ok());
        assert!(known("linting").unwrap_err().to_string().contains("clippy"));
    }
}
