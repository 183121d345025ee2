//! Watching a run: takes the seconds off the recorder, journals and gathers them, shows progress, and notices a target
//! that died.
//!
//! In: ticks of the conductor. Out: the journal, and what it adds up to. Always holds: every second is taken once; what
//! is gathered here is read from the very bytes that are journalled.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::attack::conductor::{AttackFacts, Observer, Tick};
use crate::cli::exit::CliError;
use crate::cli::facts;
use crate::cli::ledger::{Ledger, json};
use crate::cli::progress::Progress;
use crate::histogram::batch::Batch;
use crate::histogram::recorder::Recorder;
use crate::journal::Kind;
use crate::journal::second::Encoder;
use crate::reference::EmbeddedService;
use crate::report::record::Standing;
use crate::summary::caveat::Ending;
use crate::units::Micros;

/// Watches one run.
pub(super) struct Watch<'a> {
    recorder: Arc<Recorder>,
    child: Option<&'a mut EmbeddedService>,
    progress: Progress,
    ledger: Ledger,
    batch: Batch,
    encoder: Encoder,
    /// What was last told of the attack, until it is journalled.
    facts: Option<AttackFacts>,
    /// Why the seconds could not be taken into account.
    broken: Option<CliError>,
    /// Users running at the last tick that had any.
    users: u32,
    /// When the last tick was.
    now: Micros,
}

impl<'a> Watch<'a> {
    pub(super) fn new(
        recorder: Arc<Recorder>,
        child: Option<&'a mut EmbeddedService>,
        progress: Progress,
        ledger: Ledger,
    ) -> Self {
        let batch = recorder.batch();
        Self {
            recorder,
            child,
            progress,
            ledger,
            batch,
            encoder: Encoder::default(),
            facts: None,
            broken: None,
            users: 0,
            now: Micros::ZERO,
        }
    }

    /// Journals the rest of the load that has `ended`.
    pub(super) fn finish(mut self, ended: &AttackFacts) -> Result<Ledger, CliError> {
        self.progress.finish();
        let standing = facts::standing(ended, (self.now, self.service_lost()));
        self.take(self.users, (true, &standing))?;
        self.ledger.add_json(Kind::Closing, &standing)?;
        self.broken.map_or(Ok(self.ledger), Err)
    }

    fn service_lost(&mut self) -> Option<Ending> {
        let status = self.child.as_mut()?.has_died()?;
        Some(status.code().map_or_else(|| Ending::Other(status.to_string()), Ending::Code))
    }

    fn take(&mut self, users: u32, (ended, standing): (bool, &Standing)) -> Result<(), CliError> {
        self.recorder.take(self.now, ended, &mut self.batch);
        let record = self.encoder.record(&self.batch, users, &json(standing)?);
        Ok(self.ledger.add(Kind::Second, &record)?)
    }
}

impl Observer for Watch<'_> {
    fn standing(&mut self, facts: AttackFacts) {
        self.facts = Some(facts);
    }

    fn tick(&mut self, tick: Tick) -> ControlFlow<String> {
        if self.service_lost().is_some() {
            // How it ended is told with the counts.
            return ControlFlow::Break("the embedded service ended".to_owned());
        }
        self.now = tick.now;
        if tick.users > 0 {
            self.users = tick.users;
        }
        if let Some(facts) = self.facts.take() {
            let standing = facts::standing(&facts, (tick.now, None));
            if let Err(error) = self.take(tick.users, (false, &standing)) {
                self.broken.get_or_insert(error);
                return ControlFlow::Break("a second could not be counted".to_owned());
            }
        }
        let gathered = self.ledger.gathering();
        self.progress.show(&tick, gathered.last_whole(), gathered.failures());
        ControlFlow::Continue(())
    }
}
