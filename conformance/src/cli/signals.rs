//! Handles signals: the first one stops a run, which then writes its reports; the second ends the process at once.

use std::time::Duration;

use crate::cli::stdout::tell;
use crate::exec::stop::Stop;
use crate::history::Journal;
use crate::report::program::Program;
use crate::report::text::{shell_word, visible};

/// How long a stopped run waits for requests in flight. Kubernetes allows 30 seconds between SIGTERM and SIGKILL by
/// default, and the reports must be written in that time too.
const IN_FLIGHT: Duration = Duration::from_secs(10);

/// Watches for signals until the process ends.
pub(crate) fn watch(program: Program, stop: Stop, journal: Journal) {
    // The handlers are installed before the task is spawned: until then, a signal has its default effect.
    let Some(mut signals) = Signals::new() else { return };
    tokio::spawn(async move {
        let first = signals.next().await;
        stop.set();
        tell(&format!(
            "{}: {first}: stopping; what is in flight is waited for; the next one leaves at once",
            program.name()
        ));
        let second = tokio::select! {
            second = signals.next() => second,
            () = tokio::time::sleep(IN_FLIGHT) => {
                stop.give_up();
                signals.next().await
            }
        };
        let left = journal.path().map_or_else(String::new, |path| {
            let path = shell_word(&visible(&path.display().to_string()));
            format!("; `{} judge {path}` says what was sent", program.name())
        });
        tell(&format!("{}: {second}: left at once{left}", program.name()));
        #[expect(
            clippy::disallowed_methods,
            reason = "asked for twice: whoever did wants no report any more, and the journal is written"
        )]
        std::process::exit(second.code());
    });
}

/// Makes an exceeded limit on file size an error of the write, rather than the end of the process, since orders may be
/// in flight.
#[cfg(unix)]
pub(crate) fn bear_full_files() {
    let number = rustix::process::Signal::XFSZ.as_raw();
    // If the handler can't be installed, the signal keeps its default effect and ends the process.
    _ = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::from_raw(number));
}

/// This platform has no such limit.
#[cfg(not(unix))]
pub(crate) fn bear_full_files() {}

/// Waits for the first signal that asks the process to end, and returns its name. For commands that have no requests in
/// flight.
pub(crate) async fn first() -> String {
    match Signals::new() {
        Some(mut signals) => signals.next().await.to_string(),
        None => std::future::pending().await,
    }
}

/// A signal that asks a process to end.
#[derive(Debug, Clone, Copy)]
enum Signal {
    Interrupt,
    #[cfg(unix)]
    Terminate,
    #[cfg(unix)]
    HangUp,
}

impl Signal {
    /// The exit code of a process that the signal ended, as a shell reports it: 128 plus the signal's number.
    const fn code(self) -> i32 {
        match self {
            Self::Interrupt => 130,
            #[cfg(unix)]
            Self::Terminate => 143,
            #[cfg(unix)]
            Self::HangUp => 129,
        }
    }
}

impl std::fmt::Display for Signal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "interrupted",
            #[cfg(unix)]
            Self::Terminate => "SIGTERM",
            #[cfg(unix)]
            Self::HangUp => "SIGHUP",
        })
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Installs the handlers; returns `None` if the system does not allow it.
    fn new() -> Option<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt()).ok()?;
        let terminate = signal(SignalKind::terminate()).ok()?;
        let hang_up = signal(SignalKind::hangup()).ok()?;
        Some(Self { interrupt, terminate, hang_up })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = self.hang_up.recv() => Signal::HangUp,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Option<Self> {
        Some(Self)
    }

    async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}
