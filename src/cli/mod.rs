//! Where the stages meet: one file per command, each of which reads as the pipeline.
//!
//! In: arguments. Out: results on stdout, everything else on stderr, and an exit code. Always holds: nothing is sent
//! before everything that can be refused has been refused.

mod args;
mod calibrate;
mod check;
mod ended;
mod exit;
mod facts;
mod import;
mod ledger;
mod log;
mod progress;
mod publish;
mod reconcile;
mod rehearse;
mod report;
mod run;
mod score;
mod serve;
mod target;
mod verify;
mod watch;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver};

use args::{Cli, Command};
use exit::CliError;

use crate::plan::custom::CustomSteps;

/// Runs the command that was typed.
#[must_use]
pub fn main() -> ExitCode {
    main_with(&CustomSteps::default())
}

/// Like [`main`], with steps that Rust code sends: the way out for what the scenario language does not speak. A program
/// of a few lines is then the whole command, with all of its options, its gate and its reports.
#[must_use]
pub fn main_with(functions: &CustomSteps) -> ExitCode {
    log::install();
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing can be done where even the usage cannot be printed.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let outcome = match cli.command() {
        Command::Run(args) => run::run(&args, functions),
        Command::Verify(args) => verify::verify(&args),
        Command::Check(args) => check::check(&args),
        Command::Import(args) => import::import(&args),
        Command::Score(args) => score::score(&args),
        Command::Report(args) => report::report(&args),
        Command::Serve(args) => serve::serve(&args),
        Command::NullServer(args) => serve::null_server(&args),
    };
    outcome.unwrap_or_else(|error| {
        say(&format!("error: {error}"));
        ExitCode::from(error.code())
    })
}

/// Prints a line for people on stderr. A stderr that is gone ends no run.
fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Prints a result on stdout. A reader that has gone away is no failure of the run.
fn put(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// A message for every Ctrl-C or SIGTERM from now on. Must come before Goose installs a handler of its own.
fn interruptions() -> Result<Receiver<()>, CliError> {
    let (tell, interrupted) = mpsc::channel();
    ctrlc::set_handler(move || {
        // The run may have ended already.
        let _ = tell.send(());
    })
    .map_err(|error| CliError::System { what: "cannot listen for Ctrl-C", cause: error.to_string() })?;
    Ok(interrupted)
}
