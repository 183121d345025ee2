//! `tollgate verify --only dual-write --watch 14d`: the same check again and again, and one verdict over all of it.
//!
//! In: a clock, a way to wait, a way to check, and a journal on disk. Out: what came of it. Always holds: every check is in
//! the journal before the next is waited for, so a soak that is stopped goes on where it was; a check that was missed is a
//! gap, and a gap is never a pass.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::gate::acceptance::soak::{Checked, Schedule};

/// Its name in the soak's folder.
pub(super) const JOURNAL: &str = "soak.jsonl";

/// The first line of a journal: what is soaked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// When the soak began.
    pub(super) started_at: String,
    /// How long it lasts, in seconds.
    pub(super) watch_s: u64,
    /// How often it checks, in seconds.
    pub(super) every_s: u64,
    /// Against what; the embedded service is one target, whichever port it took.
    pub(super) target: String,
}

/// The journal of a soak.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    pub(super) schedule: Schedule,
    pub(super) checked: Vec<Checked>,
}

impl Journal {
    /// Opens the journal in `folder`, or begins one with `head`. A journal of another soak is refused; a last line that a
    /// stop tore is dropped.
    pub(super) fn open(folder: &Path, head: &Head) -> Result<Self, String> {
        fs::create_dir_all(folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
        let path = folder.join(JOURNAL);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
        };
        let mut lines = text.lines();
        let (head, checked) = match lines.next() {
            None => (head.clone(), Vec::new()),
            Some(first) => {
                let kept: Head =
                    serde_json::from_str(first).map_err(|error| format!("{}:1: {error}", path.display()))?;
                same(&kept, head, &path)?;
                (kept, lines.filter_map(|line| serde_json::from_str(line).ok()).collect())
            }
        };
        let schedule = schedule(&head).map_err(|problem| format!("{}:1: {problem}", path.display()))?;
        let whole = written(&head, &checked).map_err(|error| error.to_string())?;
        // Rewritten whole: a torn line must not spoil the next.
        fs::write(&path, whole).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        let file = OpenOptions::new().append(true).open(&path);
        let file = file.map_err(|error| format!("cannot open {}: {error}", path.display()))?;
        Ok(Self { path, file, schedule, checked })
    }

    /// Keeps a check, on disk before it is known here.
    fn keep(&mut self, checked: Checked) -> Result<(), String> {
        let line = serde_json::to_string(&checked).map_err(|error| error.to_string())? + "\n";
        let kept = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        kept.map_err(|error| format!("cannot write {}: {error}", self.path.display()))?;
        self.checked.push(checked);
        Ok(())
    }
}

fn same(kept: &Head, wanted: &Head, path: &Path) -> Result<(), String> {
    let like = |head: &Head| (head.watch_s, head.every_s, head.target.clone());
    if like(kept) == like(wanted) {
        return Ok(());
    }
    Err(format!(
        "{} is the journal of a soak of {} for {} s, checked every {} s; give the same target, --watch and --every, or another --out",
        path.display(),
        kept.target,
        kept.watch_s,
        kept.every_s
    ))
}

fn schedule(head: &Head) -> Result<Schedule, String> {
    let started_at = head.started_at.parse().map_err(|error: jiff::Error| error.to_string())?;
    Ok(Schedule { started_at, watch_s: head.watch_s, every_s: head.every_s })
}

fn written(head: &Head, checked: &[Checked]) -> serde_json::Result<String> {
    let mut text = serde_json::to_string(head)? + "\n";
    for one in checked {
        text += &(serde_json::to_string(one)? + "\n");
    }
    Ok(text)
}

/// What a soak needs from outside.
pub(super) trait World {
    /// The time of day.
    fn now(&self) -> Timestamp;

    /// Waits until `moment`; false when nobody wants to wait any more.
    fn wait_until(&mut self, moment: Timestamp) -> bool;

    /// Checks once.
    fn check(&mut self, slot: u64) -> Checked;

    /// Tells how far it is, and when the next check is due.
    fn tell(&mut self, journal: &Journal, next: Option<Timestamp>);
}

/// Soaks until the end, or until nobody wants to wait any more: then false.
pub(super) fn soak(journal: &mut Journal, world: &mut dyn World) -> Result<bool, String> {
    loop {
        let done = journal.checked.last().map(|last| last.slot);
        let Some(slot) = journal.schedule.next(done, world.now()) else {
            world.tell(journal, None);
            return Ok(true);
        };
        let due = journal.schedule.due(slot);
        if due > world.now() {
            world.tell(journal, Some(due));
            if !world.wait_until(due) {
                return Ok(false);
            }
            // Whoever slept through it checks the slot that is due now.
            continue;
        }
        let checked = world.check(slot);
        journal.keep(checked)?;
    }
}

/// How far a moment lies ahead, in whole seconds.
pub(super) fn ahead(now: Timestamp, moment: Timestamp) -> u64 {
    u64::try_from(moment.duration_since(now).as_secs()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::RunVerdict;
    use crate::gate::acceptance::soak::{Soaked, judge};
    use crate::gate::acceptance::{CheckVerdict, Step, StepId, overall};
    use crate::scenario::acceptance::Severity;

    /// A world whose time is a number.
    struct Fake {
        now: i64,
        /// Slots at which the check does not pass, and how it ends.
        broken: Vec<(u64, CheckVerdict)>,
        /// When nobody wants to wait any more.
        stop_at: i64,
        told: Vec<Option<Timestamp>>,
    }

    impl World for Fake {
        fn now(&self) -> Timestamp {
            Timestamp::from_second(self.now).unwrap()
        }

        fn wait_until(&mut self, moment: Timestamp) -> bool {
            if moment.as_second() > self.stop_at {
                self.now = self.stop_at;
                return false;
            }
            self.now = moment.as_second();
            true
        }

        fn check(&mut self, slot: u64) -> Checked {
            let broken = self.broken.iter().find(|(at, _)| *at == slot).map(|(_, verdict)| *verdict);
            let at = self.now();
            self.now += 3;
            Checked { slot, at: at.to_string(), verdict: broken.unwrap_or(CheckVerdict::Pass), failed: Vec::new() }
        }

        fn tell(&mut self, _: &Journal, next: Option<Timestamp>) {
            self.told.push(next);
        }
    }

    const DAY: u64 = 86_400;

    fn head() -> Head {
        Head {
            started_at: "2026-01-01T00:00:00Z".to_owned(),
            watch_s: 14 * DAY,
            every_s: 600,
            target: "http://x".to_owned(),
        }
    }

    fn fake(now: &str) -> Fake {
        let now = now.parse::<Timestamp>().unwrap().as_second();
        Fake { now, broken: Vec::new(), stop_at: i64::MAX, told: Vec::new() }
    }

    fn verdict(journal: &Journal, judged: &Soaked) -> RunVerdict {
        let checks = judged.checks(&journal.schedule, (&Severity::default(), false));
        overall(&[Step::of(StepId::DualWrite, checks)])
    }

    #[test]
    fn fourteen_days_of_checks_every_ten_minutes_pass_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut world = fake("2026-01-01T00:00:00Z");
        let mut journal = Journal::open(folder.path(), &head()).unwrap();
        assert!(soak(&mut journal, &mut world).unwrap());
        assert_eq!(journal.checked.len(), 14 * 144 + 1);
        let judged = judge(&journal.schedule, &journal.checked, world.now());
        assert_eq!((verdict(&journal, &judged), judged.missed, judged.failed), (RunVerdict::Pass, 0, 0));
        assert_eq!(world.told.first().unwrap().unwrap().to_string(), "2026-01-01T00:10:00Z", "the next check's time");
        assert_eq!(world.told.last(), Some(&None));
    }

    #[test]
    fn a_soak_that_is_stopped_goes_on_where_it_was_and_what_it_missed_is_a_gap() {
        let folder = tempfile::tempdir().unwrap();
        let mut world = fake("2026-01-01T00:00:00Z");
        world.stop_at = world.now + 86_400;
        let mut journal = Journal::open(folder.path(), &head()).unwrap();
        assert!(!soak(&mut journal, &mut world).unwrap(), "it was stopped");
        let before = journal.checked.len();
        drop(journal);
        // A line that the stop tore.
        let path = folder.path().join(JOURNAL);
        let mut text = fs::read_to_string(&path).unwrap();
        text.push_str("{\"slot\":14");
        fs::write(&path, text).unwrap();
        let mut world = fake("2026-01-02T06:00:00Z");
        let mut journal = Journal::open(folder.path(), &head()).unwrap();
        assert_eq!(journal.checked.len(), before);
        assert!(soak(&mut journal, &mut world).unwrap());
        let judged = judge(&journal.schedule, &journal.checked, world.now());
        assert_eq!(judged.missed, 6 * 6 - 1, "six hours, but for the check at their end");
        assert_eq!(judged.longest_gap_s, 6 * 3_600);
        assert_eq!(verdict(&journal, &judged), RunVerdict::Invalid, "what was not looked at is not proven");
    }

    fn soaked(broken: Vec<(u64, CheckVerdict)>) -> RunVerdict {
        let folder = tempfile::tempdir().unwrap();
        let mut world = fake("2026-01-01T00:00:00Z");
        world.broken = broken;
        let mut journal = Journal::open(folder.path(), &head()).unwrap();
        soak(&mut journal, &mut world).unwrap();
        verdict(&journal, &judge(&journal.schedule, &journal.checked, world.now()))
    }

    #[test]
    fn ninety_nine_of_a_hundred_must_pass_and_every_one_of_the_last_day() {
        let many = |count: u64, verdict| (500..500 + count).map(|slot| (slot, verdict)).collect::<Vec<_>>();
        assert_eq!(soaked(many(20, CheckVerdict::Fail)), RunVerdict::Pass, "20 of 2017");
        assert_eq!(soaked(many(21, CheckVerdict::Fail)), RunVerdict::Fail, "21 of 2017");
        assert_eq!(soaked(many(21, CheckVerdict::Blocked)), RunVerdict::Invalid, "nobody knows");
        assert_eq!(soaked(vec![(2_016, CheckVerdict::Fail)]), RunVerdict::Fail, "the last one");
        assert_eq!(soaked(vec![(2_016 - 143, CheckVerdict::NoData)]), RunVerdict::Invalid, "the last day's first");
        assert_eq!(soaked(vec![(2_016 - 144, CheckVerdict::Fail)]), RunVerdict::Pass, "a day before the end");
    }

    #[test]
    fn the_journal_of_another_soak_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        drop(Journal::open(folder.path(), &head()).unwrap());
        for other in [Head { every_s: 60, ..head() }, Head { target: "http://y".to_owned(), ..head() }] {
            let error = Journal::open(folder.path(), &other).map(|_| ()).unwrap_err();
            assert!(error.contains("http://x") && error.contains("every 600 s") && error.contains("--out"), "{error}");
        }
    }

    #[test]
    fn a_moment_behind_us_is_no_time_ahead() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!((ahead(at(5), at(65)), ahead(at(65), at(5))), (60, 0));
    }
}
