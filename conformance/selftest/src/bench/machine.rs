//! The machine of a measurement: processor, versions, and the processor time of processes.

use std::path::PathBuf;

use serde::Serialize;

/// The machine and the build that the figures come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Machine {
    /// The number of available cores.
    pub(crate) cores: usize,
    /// The model of the processor, if the system tells.
    pub(crate) cpu: Option<String>,
    /// `release` or `debug`; the figures of a debug build are not meaningful.
    pub(crate) profile: &'static str,
    /// The version of this program.
    pub(crate) version: &'static str,
    /// The version of wrk, if it is installed.
    pub(crate) wrk: Option<String>,
}

impl Machine {
    /// Describes this machine.
    #[must_use]
    pub(crate) fn here(wrk: Option<String>) -> Self {
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            cpu: std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|it| model(&it)),
            profile: if cfg!(debug_assertions) { "debug" } else { "release" },
            version: env!("CARGO_PKG_VERSION"),
            wrk,
        }
    }
}

fn model(cpuinfo: &str) -> Option<String> {
    let mut lines = cpuinfo.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(name, _)| name.trim() == "model name").map(|(_, model)| model.trim().to_owned())
}

/// The program whose runs are measured was not built.
#[derive(Debug, thiserror::Error)]
#[error("{} is not there; `cargo xtask bench` builds it", .0.display())]
pub(crate) struct NoProduct(PathBuf);

/// Returns the program that a user runs, which is built into the folder of this one.
///
/// # Errors
/// Returns an error if it was not built.
pub(crate) fn product() -> Result<PathBuf, NoProduct> {
    let name = format!("conformance{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::current_exe().unwrap_or_default().with_file_name(name);
    if path.is_file() { Ok(path) } else { Err(NoProduct(path)) }
}

/// The processor time of a process, user and system.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Spent {
    /// Its own time, in milliseconds.
    pub(crate) own_ms: u64,
    /// The time of its children that have ended, in milliseconds.
    pub(crate) children_ms: u64,
}

impl Spent {
    /// Returns the time that a process has spent until now; zero if the system does not tell.
    #[must_use]
    pub(crate) fn by(process: u32) -> Self {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        parse(&stat).unwrap_or_default()
    }

    /// Returns the time that this process has spent until now.
    #[must_use]
    pub(crate) fn here() -> Self {
        Self::by(std::process::id())
    }

    /// Returns the time spent since an earlier reading.
    #[must_use]
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            own_ms: self.own_ms.saturating_sub(earlier.own_ms),
            children_ms: self.children_ms.saturating_sub(earlier.children_ms),
        }
    }
}

/// Parses a line of `/proc/PID/stat`, with 100 clock ticks per second. The name of the program may contain any
/// character, so fields are counted from the last parenthesis.
fn parse(stat: &str) -> Option<Spent> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ms = |at: usize| fields.get(at)?.parse::<u64>().ok().map(|ticks| ticks * 10);
    Some(Spent { own_ms: ms(11)? + ms(12)?, children_ms: ms(13)? + ms(14)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_processor_times() {
        let stat = "42 (a) b) S 1 42 42 0 -1 4194560 100 200 0 0 7 3 20 5 20 0 4 0 100 0 0";
        assert_eq!(parse(stat), Some(Spent { own_ms: 100, children_ms: 250 }));
        assert_eq!(parse(""), None);
        assert_eq!(parse("42 (a) S 1"), None);
    }

    #[test]
    fn reads_the_model() {
        let text = "processor\t: 0\nmodel name\t: A Processor: 3 GHz\nflags\t: a b\n";
        assert_eq!(model(text).as_deref(), Some("A Processor: 3 GHz"));
        assert_eq!(model("processor : 0"), None);
    }
}
