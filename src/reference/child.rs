//! The service as a child process: how a run starts the target it brings along, and ends it.
//!
//! In: a program that knows `serve`. Out: the URL it listens on. Always holds: whatever happens to the parent, the
//! child's standard input closes and the child ends; no child is left unreaped by a parent that lives.

use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::attack::host;
use crate::units::Micros;

/// How long the child may take to listen.
const TO_START: Micros = Micros::from_secs(10);
/// How long it may take to end by itself.
const TO_END: Duration = Duration::from_secs(2);
/// How its first line begins.
const LISTENING: &str = "listening on ";
/// What stands before its store, where it says one.
const STORE: &str = ", store ";
/// A first line longer than this is none.
const LONGEST_LINE: u64 = 1_024;

/// Why the embedded service is not there.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// The program could not be started.
    #[error("cannot start the embedded service {program:?}: {source}; name a target with --host instead")]
    Start {
        /// What was started.
        program: String,
        /// The system's own words.
        #[source]
        source: io::Error,
    },
    /// It ended before it listened.
    #[error("the embedded service ended before it listened, with {status}; its message is above")]
    Ended {
        /// How it ended.
        status: String,
    },
    /// It said nothing.
    #[error("the embedded service did not listen within {waited}; the machine may be overloaded, try again")]
    Silent {
        /// How long it was waited for.
        waited: Micros,
    },
    /// It said something else.
    #[error("the embedded service said {line:?} instead of \"listening on http://...\"; is it the same version?")]
    Unexpected {
        /// Its first line.
        line: String,
    },
}

/// A running child. Dropping it ends it, as [`EmbeddedService::stop`] does.
pub struct EmbeddedService {
    child: Child,
    /// The child's first line; disconnected when its output has ended, which is when the child has.
    output: Receiver<String>,
    url: String,
    store: Option<PathBuf>,
}

impl EmbeddedService {
    /// Starts `<program> serve --address 127.0.0.1:0 --end-with-stdin <arguments>` and waits until it listens.
    ///
    /// # Errors
    /// [`ChildError`]; no child is left then.
    pub fn start(program: &Path, arguments: &[String]) -> Result<Self, ChildError> {
        let mut command = Command::new(program);
        command.args(["serve", "--address", "127.0.0.1:0", "--end-with-stdin"]).args(arguments);
        Self::start_command(command, TO_START)
    }

    /// Starts `<program> null-server --code <code>` and waits until it listens.
    ///
    /// # Errors
    /// [`ChildError`]; no child is left then.
    pub fn start_null(program: &Path, code: i64) -> Result<Self, ChildError> {
        let mut command = Command::new(program);
        command.args(["null-server", "--code"]).arg(code.to_string());
        Self::start_command(command, TO_START)
    }

    fn start_command(mut command: Command, to_start: Micros) -> Result<Self, ChildError> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        host::own_process_group(&mut command);
        let (mut child, output) = spawn(&mut command).map_err(|source| ChildError::Start {
            program: command.get_program().to_string_lossy().into_owned(),
            source,
        })?;
        match first_line(&mut child, &output, to_start) {
            Ok((url, store)) => Ok(Self { child, output, url, store }),
            Err(error) => {
                end(&mut child, &output, Duration::ZERO);
                Err(error)
            }
        }
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The SQLite database of a service with `--history`, to be opened read only while it runs; gone when it ends.
    #[must_use]
    pub fn store(&self) -> Option<&Path> {
        self.store.as_deref()
    }

    /// How it ended, if it is no longer there.
    pub fn has_died(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Closes the child's standard input, waits up to two seconds for it to end, kills it if it has not. Blocks.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for EmbeddedService {
    fn drop(&mut self) {
        end(&mut self.child, &self.output, TO_END);
    }
}

/// Spawns the child and listens to its output. A child that cannot be listened to is ended.
fn spawn(command: &mut Command) -> io::Result<(Child, Receiver<String>)> {
    let mut child = command.spawn()?;
    let listening = match child.stdout.take() {
        Some(stdout) => listen(stdout),
        None => Err(io::Error::other("its output is not piped")),
    };
    match listening {
        Ok(output) => Ok((child, output)),
        Err(error) => {
            reap(&mut child);
            Err(error)
        }
    }
}

/// Hands on the first line, then reads the rest away so that the child never blocks on a full pipe.
fn listen(stdout: ChildStdout) -> io::Result<Receiver<String>> {
    let (tell, output) = mpsc::channel();
    thread::Builder::new().name("embedded-output".to_owned()).spawn(move || {
        let mut stdout = BufReader::new(stdout);
        let mut line = Vec::new();
        // A read that fails and a receiver that has gone both leave the rest to do; so does an end in `copy`.
        let _ = (&mut stdout).take(LONGEST_LINE).read_until(b'\n', &mut line);
        let _ = tell.send(String::from_utf8_lossy(&line).trim_end().to_owned());
        let _ = io::copy(&mut stdout, &mut io::sink());
    })?;
    Ok(output)
}

/// The URL the child says it listens on, and the store it names behind it.
fn first_line(
    child: &mut Child,
    output: &Receiver<String>,
    to_start: Micros,
) -> Result<(String, Option<PathBuf>), ChildError> {
    let line = match output.recv_timeout(to_start.into()) {
        Ok(line) => line,
        Err(RecvTimeoutError::Timeout) => return Err(ChildError::Silent { waited: to_start }),
        Err(RecvTimeoutError::Disconnected) => String::new(),
    };
    match line.strip_prefix(LISTENING) {
        Some(said) if said.starts_with("http://") => {
            let (url, store) = said.split_once(STORE).map_or((said, None), |(url, store)| (url, Some(store.into())));
            Ok((url.to_owned(), store))
        }
        _ if line.is_empty() => {
            let status = reap(child).map_or_else(|| "an unknown status".to_owned(), in_words);
            Err(ChildError::Ended { status })
        }
        _ => Err(ChildError::Unexpected { line }),
    }
}

/// Closes the child's input, gives it `grace` to end by itself, and reaps it.
fn end(child: &mut Child, output: &Receiver<String>, grace: Duration) {
    drop(child.stdin.take());
    if let Ok(Some(_)) = child.try_wait() {
        return;
    }
    // Nothing more is sent: this returns when the output has ended or the grace has.
    let _ = output.recv_timeout(grace);
    reap(child);
}

/// Kills what is left of the child and reaps it. One that has closed its output is past its own code: killing it
/// changes nothing, not even its status, and a child that closed its output to live on is not waited for.
fn reap(child: &mut Child) -> Option<ExitStatus> {
    // It fails when the child has ended already.
    let _ = child.kill();
    child.wait().ok()
}

fn in_words(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => status.to_string(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn start(script: &str) -> Result<EmbeddedService, ChildError> {
        EmbeddedService::start_command(shell(script), TO_START)
    }

    #[test]
    fn the_url_is_what_the_child_says() {
        let service = start("echo listening on http://127.0.0.1:4711; cat").unwrap();
        assert_eq!((service.url(), service.store()), ("http://127.0.0.1:4711", None));
        service.stop();
    }

    #[test]
    fn the_store_is_what_the_child_says_behind_the_url() {
        let service = start("echo 'listening on http://127.0.0.1:4711, store /a b/c.db'; cat").unwrap();
        assert_eq!((service.url(), service.store()), ("http://127.0.0.1:4711", Some(Path::new("/a b/c.db"))));
        service.stop();
    }

    #[test]
    fn a_child_that_ends_with_its_input_is_not_killed() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("ended");
        let script = format!("echo listening on http://x; cat; echo > '{}'", mark.display());
        start(&script).unwrap().stop();
        assert!(mark.exists());
    }

    #[test]
    fn a_child_that_ignores_its_input_is_killed_and_reaped() {
        let mut service = start("echo listening on http://x; exec sleep 60").unwrap();
        assert_eq!(service.has_died(), None);
        let EmbeddedService { child, output, .. } = &mut service;
        end(child, output, Duration::from_millis(10));
        assert!(service.has_died().is_some_and(|status| status.code().is_none()), "killed");
    }

    #[test]
    fn a_child_that_ends_before_it_listens_tells_its_exit_code() {
        let error = start("exit 3").err().unwrap();
        assert!(matches!(&error, ChildError::Ended { status } if status == "exit code 3"), "{error}");
    }

    #[test]
    fn a_child_that_says_something_else_is_not_the_service() {
        let error = start("echo hello; cat").err().unwrap();
        assert!(matches!(&error, ChildError::Unexpected { line } if line == "hello"), "{error}");
    }

    #[test]
    fn a_silent_child_is_given_up_at_the_deadline() {
        let started = EmbeddedService::start_command(shell("cat"), Micros::from_millis(20));
        assert!(matches!(started.err(), Some(ChildError::Silent { .. })));
    }

    #[test]
    fn a_program_that_does_not_exist_is_named() {
        let error = EmbeddedService::start(Path::new("/no/such/program"), &[]).err().unwrap();
        assert!(error.to_string().contains("/no/such/program"), "{error}");
    }
}
