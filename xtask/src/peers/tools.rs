//! Finds and runs third-party programs.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::Error;

/// Number of lines of a program's output that an error quotes.
const QUOTED: usize = 60;

/// The directories in which programs are looked for.
pub(super) struct Tools {
    dirs: Vec<PathBuf>,
}

impl Tools {
    /// Looks in these directories, as Python and npm lay them out, then along the path.
    pub(super) fn new(given: &[PathBuf]) -> Self {
        let inside = ["bin", "node_modules/.bin"];
        // Tools run in directories of their own, so relative paths must be made absolute here.
        let whole = given.iter().map(|dir| std::path::absolute(dir).unwrap_or_else(|_| dir.clone()));
        let mut dirs: Vec<_> = whole.flat_map(|dir| inside.map(|below| dir.join(below))).collect();
        dirs.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        Self { dirs }
    }

    /// Returns the full path of a program.
    pub(super) fn find(&self, program: &str) -> Option<PathBuf> {
        let file = format!("{program}{}", env::consts::EXE_SUFFIX);
        self.dirs.iter().map(|dir| dir.join(&file)).find(|path| path.is_file())
    }

    /// Prepares a program to run in a directory. Its search path starts with the given directories, since
    /// `#!/usr/bin/env node` searches the path.
    pub(super) fn command(&self, program: &str, dir: &Path) -> Result<Command, Error> {
        let path = self.find(program).ok_or_else(|| Error::Usage(format!("no `{program}`")))?;
        let mut command = Command::new(path);
        command.current_dir(dir).stdin(Stdio::null());
        if let Ok(dirs) = env::join_paths(&self.dirs) {
            command.env("PATH", dirs);
        }
        Ok(command)
    }

    /// Creates a directory in which Node finds the packages that a program was installed with; it is removed when the
    /// guard is dropped.
    pub(super) fn dir_beside(&self, program: &str) -> Result<tempfile::TempDir, Error> {
        // The program is at `DIR/node_modules/.bin/program`, and Node looks for packages from the working directory
        // upwards.
        let home = self.find(program).and_then(|path| Some(path.ancestors().nth(3)?.to_owned()));
        let home = home.filter(|home| home.join("node_modules").is_dir()).unwrap_or_else(env::temp_dir);
        tempfile::Builder::new().prefix("peers-").tempdir_in(&home).map_err(Error::file(&home))
    }
}

/// Runs a program to its end; returns its output if it succeeds.
pub(super) fn output(mut command: Command) -> Result<String, Error> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| Error::Usage(format!("{name}: {error}")))?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let tail = lines[lines.len().saturating_sub(QUOTED)..].join("\n");
    Err(Error::Failed(format!("{}\n{tail}", output.status)))
}

/// A server that runs until this value is dropped.
pub(super) struct Server {
    child: Child,
    /// The URL at which it listens.
    pub(super) url: String,
}

impl Server {
    /// Starts a program and waits for the line that has its URL after `mark`.
    pub(super) fn start(mut command: Command, mark: &str) -> Result<Self, Error> {
        let name = command.get_program().to_string_lossy().into_owned();
        let failed = |what: String| Error::Usage(format!("{name}: {what}"));
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut server =
            Self { child: child.map_err(|error| failed(error.to_string()))?, url: String::new() };
        let Some(stdout) = server.child.stdout.take() else { return Err(failed("no output".to_owned())) };
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let line = lines.by_ref().find(|line| line.contains(mark));
        let line = line.ok_or_else(|| failed(format!("it ended without saying `{mark}`")))?;
        let url = line.split(mark).nth(1).and_then(|rest| rest.split_whitespace().next());
        server.url = url.unwrap_or_default().to_owned();
        // Keep reading, since a full pipe would block the program.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Returns a port of the loopback interface that was free a moment ago, for servers that can't choose one.
pub(super) fn free_port() -> Result<u16, Error> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).and_then(|it| it.local_addr());
    listener.map(|addr| addr.port()).map_err(|error| Error::Usage(format!("no free port: {error}")))
}
