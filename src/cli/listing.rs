//! `--jtl`: the list of a run's samples.
//!
//! In: whether one was asked for. Out: a sink in front of the run's own, and the file's place in the report. Always
//! holds: without one the run's sink is the one it was; a list that cannot be begun ends the run before any load.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::attack::conductor::{Attack, AttackFacts, Observer, Tick};
use crate::cli::exit::CliError;
use crate::cli::watch::Watch;
use crate::jmeter::jtl::list::{List, PLACE};
use crate::report::{ReportError, ReportFolder};
use crate::sample::SampleSink;
use crate::summary::Unlisted;

/// The list of a run's samples, where one was asked for.
pub(super) struct Listing(Option<List>);

/// Who watches a run, and tells its list of the users.
pub(super) struct Beside<'a, 'w> {
    list: Option<&'a List>,
    watch: &'a mut Watch<'w>,
}

impl Listing {
    /// Begins a list in `folder` if `wanted`, and the sink that the run is to write to.
    pub(super) fn begin(
        wanted: bool,
        folder: &ReportFolder,
        attack: &Attack<'_>,
    ) -> Result<(Self, Arc<dyn SampleSink>), CliError> {
        let sink = Arc::clone(&attack.sink);
        if !wanted {
            return Ok((Self(None), sink));
        }
        let path = folder.path().join(PLACE);
        let disk = |cause| CliError::Out(ReportError::Disk { action: "create", path, cause });
        let (list, sink) = List::begin(folder.path(), (attack.plan, attack.target), sink).map_err(disk)?;
        Ok((Self(Some(list)), sink))
    }

    /// `watch`, and the list that learns of the users.
    pub(super) const fn beside<'a, 'w>(&'a self, watch: &'a mut Watch<'w>) -> Beside<'a, 'w> {
        Beside { list: self.0.as_ref(), watch }
    }

    /// Writes what is left. What is not in it.
    pub(super) fn finish(self) -> Option<Unlisted> {
        let listed = self.0?.finish();
        let whole = listed.missing == 0 && listed.trouble.is_none();
        (!whole).then_some(Unlisted { missing: listed.missing, listed: listed.rows, cause: listed.trouble })
    }
}

impl Observer for Beside<'_, '_> {
    fn standing(&mut self, facts: AttackFacts) {
        self.watch.standing(facts);
    }

    fn tick(&mut self, tick: Tick) -> ControlFlow<String> {
        if let Some(list) = self.list {
            list.users(tick.users);
        }
        self.watch.tick(tick)
    }
}
