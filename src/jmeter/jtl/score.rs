//! A result file judged like a run: its labels are the steps.
//!
//! In: a file, and rules. Out: a [`Scored`]. Always holds: percentiles are exact over all samples; the rows of
//! transactions are steps of their own and in no total; a file without samples has no window, so its verdict is
//! invalid.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::exact::MillisCounts;
use super::labels::plan;
use super::replay::Replay;
use super::survey::Survey;
use super::{Jtl, JtlError};
use crate::instrument::Strain;
use crate::plan::{Plan, TimeClock};
use crate::sample::MeasuredWindow;
use crate::scenario::threshold::{Permille, Threshold};
use crate::summary::caveat::Caveat;
use crate::summary::{
    Counted, Generator, Observed, Row as Figures, RunFacts, Summary, Target, TargetKind, TimeBlock, WindowFacts,
};
use crate::units::{Micros, Millis};

/// How a file is to be judged.
#[derive(Clone, Debug)]
pub struct ScoreOptions {
    /// The result file.
    pub file: PathBuf,
    /// Rules, each in place of the default gate's for the same metric.
    pub thresholds: Vec<Threshold>,
    /// What started in so long a time from the first start is left out.
    pub skip_ramp: Micros,
    /// Names of the columns of a CSV file without a header.
    pub columns: Option<Vec<String>>,
    /// The command that repeats it.
    pub command: String,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Scored {
    /// The plan that its labels make, with the rules.
    pub plan: Plan,
    /// Its figures.
    pub summary: Summary,
    /// When its first sample started; `None` when it has none.
    pub started: Option<Timestamp>,
}

/// Reads `options.file` and folds it like a run.
///
/// # Errors
/// [`JtlError`]: a row cannot be read, the file cannot be one run, or a rule cannot be judged by it.
pub fn score(options: &ScoreOptions) -> Result<Scored, JtlError> {
    let jtl = Jtl::open(&options.file, options.columns.as_deref())?;
    let mut survey = Survey::default();
    jtl.rows(&mut |row| survey.add(row))?;
    let survey = survey.settled();
    let skipped = options.skip_ramp.get().div_ceil(1_000);
    if skipped > 0 && skipped >= survey.samples.length() {
        let length = Micros::from_millis(survey.samples.length());
        let cause = format!("--skip-ramp {} leaves nothing of its {length}; skip less", options.skip_ramp);
        return Err(jtl.unusable(cause));
    }
    let plan = plan(options, &survey)?;
    let window = Arc::new(MeasuredWindow::default());
    let length = Micros::from_millis(survey.samples.length()).saturating_sub(options.skip_ramp);
    // The window is half-open, and a sample that starts and ends in the last millisecond belongs to it.
    window.open(options.skip_ramp, length + Micros::from_millis(1));
    let bounds = (survey.samples.rows > 0).then(|| (options.skip_ramp, options.skip_ramp + length));
    let counted = replay(&jtl, &plan, (&survey, &window))?;
    Ok(fold(plan, counted, (options, &survey, bounds)))
}

/// Everything counted in the second reading.
struct Replayed {
    samples: (Counted, Vec<MillisCounts>),
    /// `None` where the file has no transactions.
    transactions: Option<(Counted, Vec<MillisCounts>)>,
}

fn replay(jtl: &Jtl, plan: &Plan, (survey, window): (&Survey, &Arc<MeasuredWindow>)) -> Result<Replayed, JtlError> {
    let mut labels = survey.labels.clone();
    let mut samples = Replay::new(plan, &survey.samples, Arc::clone(window))?;
    let mut transactions = match survey.transactions.rows {
        0 => None,
        _ => Some(Replay::new(plan, &survey.samples, Arc::clone(window))?),
    };
    jtl.rows(&mut |row| {
        let changed = "the file is not what it was a moment ago; judge it when JMeter has ended";
        let step = labels.find(row).ok_or(changed)?;
        match (labels.is_transaction(step), &mut transactions) {
            (false, _) if row.start < survey.samples.start || row.end() > survey.samples.end => {
                return Err(changed.to_owned());
            }
            (false, _) => samples.add(row, step),
            (true, Some(transactions)) => transactions.add(row, step),
            (true, None) => return Err(changed.to_owned()),
        }
        Ok(())
    })?;
    let rows = (samples.rows(), transactions.as_ref().map_or(0, Replay::rows));
    if rows != (survey.samples.rows, survey.transactions.rows) {
        return Err(jtl.unusable("it changed while it was read; judge it when JMeter has ended"));
    }
    Ok(Replayed { samples: samples.finish(), transactions: transactions.map(Replay::finish) })
}

/// Folds what was counted, and puts the exact times into it.
fn fold(
    plan: Plan,
    replayed: Replayed,
    (options, survey, window): (&ScoreOptions, &Survey, Option<(Micros, Micros)>),
) -> Scored {
    let started = Timestamp::from_millisecond(i64::try_from(survey.samples.start).unwrap_or(i64::MAX)).ok();
    let started = started.filter(|_| window.is_some());
    let run = facts(&plan, (options, started), window);
    let observed = observed(run, (options, survey), window);
    let (counted, times) = replayed.samples;
    let mut summary = Summary::fold(&plan.terms(), counted, observed.clone());
    let all = times.iter().fold(MillisCounts::default(), |mut all, times| {
        all.merge(times);
        all
    });
    make_exact(&mut summary.totals, &all, survey);
    summary.steps.iter_mut().zip(&times).for_each(|(row, times)| make_exact(row, times, survey));
    summary.failures_by_class.iter_mut().for_each(|times| whole_millis(&mut times.failure_time));
    summary.distribution = all.iter().map(|(millis, count)| (Micros::from_millis(millis), count)).collect();
    if let Some((counted, times)) = replayed.transactions {
        let folded = Summary::fold(&plan.terms(), counted, observed);
        let labels = survey.labels.all();
        for (at, mut row) in folded.steps.into_iter().enumerate().filter(|(at, _)| labels[*at].transaction) {
            make_exact(&mut row, &times[at], survey);
            summary.steps[at] = row;
        }
        // Those of all transactions together are of nothing that a rule can name.
        summary.seconds.take_named(folded.seconds);
    }
    // That a file tells nothing of the generator is no alarm.
    summary.caveats.retain(|caveat| !matches!(caveat, Caveat::Unknown { .. }));
    let (_, users_by) = survey.users();
    summary.caveats.push(Caveat::Foreign { users_by, transactions: survey.transactions.rows });
    Scored { plan, summary, started }
}

/// Replaces the percentiles that went through a histogram, and takes out what the file does not tell.
fn make_exact(row: &mut Figures, times: &MillisCounts, survey: &Survey) {
    let [sent, received, connect] = survey.tells;
    row.bytes_sent = row.bytes_sent.filter(|_| sent);
    row.bytes_received = row.bytes_received.filter(|_| received);
    row.connect = row.connect.take().filter(|_| connect);
    let attempts = row.attempts();
    let block = &mut row.service_time;
    for (value, p) in [
        (&mut block.p50, Permille::P50),
        (&mut block.p90, Permille::P90),
        (&mut block.p95, Permille::P95),
        (&mut block.p99, Permille::P99),
        (&mut block.p999, Permille::P999),
    ] {
        *value = times.percentile(p);
    }
    [&mut row.ttfb, &mut row.failure_time].into_iter().chain(row.connect.as_mut()).for_each(whole_millis);
    for quantile in &mut row.exact.quantiles {
        quantile.value = match quantile.clock {
            TimeClock::Service => times.at_rank(quantile.p.rank(attempts)),
            _ => quantile.value.map(|value| Micros::from_millis(value.get() / 1_000)),
        };
    }
}

/// The lower end of a histogram's bucket is what was counted, up to a second; over that it is at most 0.1 % off.
fn whole_millis(block: &mut TimeBlock) {
    for value in [&mut block.p50, &mut block.p90, &mut block.p95, &mut block.p99, &mut block.p999] {
        *value = value.map(|value| Millis::new(value.get().floor()));
    }
}

fn observed(run: RunFacts, (options, survey): (&ScoreOptions, &Survey), window: Option<(Micros, Micros)>) -> Observed {
    let file = options.file.display().to_string();
    Observed {
        run,
        target: Target::of(survey.origin.clone().unwrap_or(file), TargetKind::External),
        window,
        interrupted: false,
        target_lost: None,
        users_lost: 0,
        requests_started: survey.samples.rows,
        requests_ended: survey.samples.rows,
        strain: Strain::default(),
        ran_dry: None,
        unlisted: None,
        co_located: false,
        generator: Generator { version: env!("CARGO_PKG_VERSION").into(), ..Generator::default() },
    }
}

fn facts(
    plan: &Plan,
    (options, started): (&ScoreOptions, Option<Timestamp>),
    window: Option<(Micros, Micros)>,
) -> RunFacts {
    let at = |offset: Micros| {
        let offset = jiff::SignedDuration::from_micros(i64::try_from(offset.get()).unwrap_or(i64::MAX));
        started.and_then(|started| started.checked_add(offset).ok()).map(|moment| format!("{moment:.3}"))
    };
    RunFacts {
        id: started.map_or_else(String::new, |started| started.strftime("%Y%m%dT%H%M%SZ-jtl").to_string()),
        scenario: plan.name.clone(),
        command: options.command.clone(),
        seed: 0,
        model: "closed",
        users: plan.load.users,
        iterations: None,
        stages: Vec::new(),
        rate: None,
        ramp_up_s: options.skip_ramp.as_secs_f64(),
        warm_up_s: 0.0,
        run_time_s: plan.load.run_time.as_secs_f64(),
        preflight_requests: None,
        started_at: at(Micros::ZERO).unwrap_or_default(),
        ended_at: window.and_then(|(_, close)| at(close)).unwrap_or_default(),
        window: WindowFacts {
            start: window.and_then(|(open, _)| at(open)),
            end: window.and_then(|(_, close)| at(close)),
            seconds: window.and_then(|(open, close)| close.checked_sub(open)).map(Micros::as_secs_f64),
        },
    }
}
