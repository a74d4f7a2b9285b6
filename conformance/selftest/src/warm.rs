//! A prepared Python process. Short clients in Python spend most of their time loading the same modules, so one process
//! loads them once and forks for each client. `conformance/tests/clients/warm.py` says how a fork compares with a
//! process that was started.

use std::io::{self, BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A Python process that forks for each client, until it is dropped.
#[derive(Debug)]
pub(super) struct Warm {
    server: Child,
    folder: TempDir,
    starter: String,
}

impl Warm {
    /// Starts the process with the scripts of a folder; returns `None` if the system does not support this.
    ///
    /// # Errors
    /// Returns an error if the process can't be started, or ends before it is ready.
    pub(super) fn start(python: &str, scripts: &Path) -> io::Result<Option<Self>> {
        if !cfg!(target_os = "linux") {
            return Ok(None);
        }
        let folder = tempfile::tempdir()?;
        let mut server = Command::new(python)
            .arg(scripts.join("warm.py"))
            .arg(folder.path())
            // The cache must not be written beside the sources.
            .env("PYTHONPYCACHEPREFIX", folder.path().join("cache"))
            .env_remove("PYTHONDONTWRITEBYTECODE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = server.stdout.take();
        let starter = scripts.join("warm.sh").display().to_string();
        let warm = Self { server, folder, starter };
        let mut line = String::new();
        stdout.map(BufReader::new).map_or(Ok(0), |mut it| it.read_line(&mut line))?;
        if line.trim() == "ready" {
            return Ok(Some(warm));
        }
        Err(io::Error::other(format!("`{python}` ended before it was warm")))
    }

    /// Returns the command to start in place of a script.
    pub(super) fn command(&self, script: &str) -> Vec<String> {
        let folder = self.folder.path().display().to_string();
        vec!["sh".to_owned(), self.starter.clone(), folder, script.to_owned()]
    }
}

impl Drop for Warm {
    fn drop(&mut self) {
        _ = self.server.kill();
        _ = self.server.wait();
    }
}
