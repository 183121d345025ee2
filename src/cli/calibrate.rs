//! Calibration: what the harness itself reaches on this machine, before it is pointed at a service.
//!
//! In: the plan of a run. Out: its ceiling and its floor against a server that does nothing. Always holds: the null
//! server has a process of its own, and is gone when this returns; a calibration that cannot be made is said and ends
//! no run.

use std::env;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use crate::attack::conductor::{self, Attack, CutShort, Observer, Tick};
use crate::attack::{host, preflight};
use crate::cli::exit::CliError;
use crate::cli::say;
use crate::histogram::counts::Recording;
use crate::histogram::latency::LatencyHistogram;
use crate::histogram::recorder::{Recorder, RecorderOptions};
use crate::plan::Plan;
use crate::plan::target::Target;
use crate::reference::EmbeddedService;
use crate::sample::MeasuredWindow;
use crate::scenario::threshold::Permille;
use crate::summary::Calibration;
use crate::units::{Millis, RatePerSec};

/// Nobody who watches.
struct Unwatched;

impl Observer for Unwatched {
    fn tick(&mut self, _: Tick) -> ControlFlow<String> {
        ControlFlow::Continue(())
    }
}

/// Measures the harness with the plan's users and bodies. `None` when it cannot be done, which is said.
///
/// # Errors
/// [`CliError::Interrupted`].
pub(super) fn calibrate(plan: &Plan, interrupt: &Receiver<()>) -> Result<Option<Calibration>, CliError> {
    match measure(plan, interrupt) {
        Ok(calibration) => Ok(calibration),
        Err(CliError::Interrupted) => Err(CliError::Interrupted),
        Err(error) => {
            say(&format!("warning: this machine could not be calibrated: {error}"));
            Ok(None)
        }
    }
}

fn measure(plan: &Plan, interrupt: &Receiver<()>) -> Result<Option<Calibration>, CliError> {
    let system = |cause: std::io::Error| CliError::System {
        what: "cannot find the program itself to start the null server",
        cause: cause.to_string(),
    };
    let program = env::current_exe().map_err(system)?;
    let null = EmbeddedService::start_null(&program, plan.envelope_code().unwrap_or(200))?;
    let target = Target::parse(null.url(), "null server")?;
    let floor = attack(&plan.for_floor(), &target, interrupt)?;
    let ceiling = attack(&plan.for_ceiling(), &target, interrupt)?;
    let answered: u64 = ceiling.steps.iter().map(|row| row.answered).sum();
    let rate = RatePerSec::of(answered, plan.for_ceiling().load.run_time);
    Ok(rate.zip(p95(&floor)).map(|(tps, p95)| Calibration { tps, p95 }))
}

/// Runs one plan against the null server.
fn attack(plan: &Plan, target: &Target, interrupt: &Receiver<()>) -> Result<Recording, CliError> {
    let addresses = preflight::reach(target, None, plan.load.timeout)?.taken;
    let window = Arc::new(MeasuredWindow::default());
    let recorder = Recorder::new(&RecorderOptions::for_plan(plan, host::processors()), Arc::clone(&window))
        .map_err(|error| CliError::System { what: "cannot set up the histograms", cause: error.to_string() })?;
    let recorder = Arc::new(recorder);
    let sink = Arc::clone(&recorder) as Arc<_>;
    let facts = conductor::run(
        Attack { plan, target, addresses, tls: None, elsewhere: Vec::new(), sink, window, interrupt },
        &mut Unwatched,
    )?;
    if facts.cut_short == Some(CutShort::Interrupted) {
        return Err(CliError::Interrupted);
    }
    Ok(recorder.recording())
}

/// Of response times over all steps.
fn p95(recording: &Recording) -> Option<Millis> {
    let mut times = recording.steps.iter().filter_map(|row| row.response.as_ref());
    let mut all: LatencyHistogram = times.next()?.clone();
    times.for_each(|more| all.merge(more));
    all.percentile(Permille::P95).map(Millis::from)
}
