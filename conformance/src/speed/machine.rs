//! What a figure was measured on: processor, versions, and the processor time of processes.

use serde::Serialize;

/// Where the figures come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Machine {
    /// Cores that may be used.
    pub(crate) cores: usize,
    /// Model of the processor, where the system tells.
    pub(crate) cpu: Option<String>,
    /// `release`, or `debug`: then the figures say little.
    pub(crate) profile: &'static str,
    /// Version of this program.
    pub(crate) version: &'static str,
    /// Version of wrk, where it is installed.
    pub(crate) wrk: Option<String>,
}

impl Machine {
    /// This machine.
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

/// Processor time of a process, user and system.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Spent {
    /// Its own, milliseconds.
    pub(crate) own_ms: u64,
    /// Of its children that have ended, milliseconds.
    pub(crate) children_ms: u64,
}

impl Spent {
    /// By a process until now; nothing where the system does not tell.
    #[must_use]
    pub(crate) fn by(process: u32) -> Self {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        parse(&stat).unwrap_or_default()
    }

    /// By this process until now.
    #[must_use]
    pub(crate) fn here() -> Self {
        Self::by(std::process::id())
    }

    /// Since an earlier reading.
    #[must_use]
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            own_ms: self.own_ms.saturating_sub(earlier.own_ms),
            children_ms: self.children_ms.saturating_sub(earlier.children_ms),
        }
    }
}

/// Reads a line of `/proc/PID/stat`, which counts in hundredths of a second. The program's name may hold anything, so
/// fields count from the last bracket.
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
