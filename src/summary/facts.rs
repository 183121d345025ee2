//! What is known of a run beside its figures: what was run, against what, on which machine.

use std::net::SocketAddr;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::histogram::latency::LatencyHistogram;
use crate::instrument::Strain;
use crate::scenario::threshold::Permille;
use crate::summary::caveat::Caveat;
use crate::summary::confidence::{DEGREES_OF_FREEDOM, METHOD};
use crate::units::{Micros, Millis, RatePerSec};

/// The shortest window for which intervals are ever given.
pub const SHORTEST_FOR_INTERVALS: Micros = Micros::from_secs(60);

/// What was run. Times of day are RFC 3339 in UTC.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RunFacts {
    /// Names the run: the UTC time it started, and its seed.
    pub id: String,
    /// Name of the scenario file.
    pub scenario: String,
    /// The command that repeats it.
    pub command: String,
    /// What every random choice came from.
    pub seed: u64,
    /// `closed` or `open`.
    pub model: &'static str,
    /// Virtual users; the most there were at any time.
    pub users: u32,
    /// Iterations that ended the window, where a limit was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iterations: Option<u64>,
    /// The stages of users or rates, where the load changed inside the window.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageFacts>,
    /// Offered arrivals per second, in an open model; with stages their mean over the window.
    pub rate: Option<RatePerSec>,
    /// Ramp-up in seconds.
    pub ramp_up_s: f64,
    /// Warm-up in seconds.
    pub warm_up_s: f64,
    /// Planned length of the window in seconds.
    pub run_time_s: f64,
    /// When the first user was started.
    pub started_at: String,
    /// When the last request had ended.
    pub ended_at: String,
    /// The measured window.
    pub window: WindowFacts,
}

/// A piece of a load that changed: users, or arrivals per second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StageFacts {
    /// The level at its start.
    pub from: f64,
    /// The level at its end.
    pub to: f64,
    /// How long it was planned to last.
    pub seconds: f64,
}

/// The measured window as it was. All `None` when the run ended before it opened.
#[derive(Clone, Debug, Default, Serialize)]
pub struct WindowFacts {
    /// When it opened.
    pub start: Option<String>,
    /// When it closed.
    pub end: Option<String>,
    /// How long it was, to the microsecond.
    pub seconds: Option<f64>,
}

/// What was tested.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Target {
    /// Scheme, host, port and base path.
    pub url: String,
    /// Who runs it.
    pub kind: TargetKind,
    /// Where the load went; empty where a proxy knew and we did not.
    pub addresses: Vec<TargetAddress>,
    /// Addresses that took no connection before the load and got none of it, each with the cause.
    #[serde(skip)]
    pub refused: Vec<String>,
}

/// One address of the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetAddress {
    /// IP address and port.
    pub address: String,
    /// Virtual users that sent to it.
    pub users: u32,
}

/// Who runs the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// A service of the user's.
    External,
    /// Tollgate's own reference service: a demonstration.
    Embedded,
}

/// How sure the figures are.
#[derive(Clone, Debug, Serialize)]
pub struct Confidence {
    /// The estimator.
    pub method: Option<&'static str>,
    /// Its degrees of freedom.
    pub nu: Option<u32>,
    /// Whether there are intervals.
    pub available: bool,
    /// Why not.
    pub reason: Option<NoIntervals>,
}

/// Why there are no intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum NoIntervals {
    /// The window was under 60 s: no method covers there.
    #[serde(rename = "the window is shorter than 60 s")]
    ShortWindow,
}

/// The machine that generated the load. A source that cannot be read is `None`, never 0.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Generator {
    /// CPU microseconds of the process per request, over the window.
    pub cpu_us_per_request: Option<f64>,
    /// CPU time of the process as a fraction of what it may use, over the window.
    pub cpu_fraction: Option<f64>,
    /// Highest share of its processors that the process used over any ten seconds.
    #[serde(skip)]
    pub process_cpu_max: Option<f64>,
    /// Highest share of a processor that a measuring thread used over any ten seconds.
    pub thread_cpu_max: Option<f64>,
    /// Highest share of the window a measuring thread was ready and had no processor.
    pub runq_wait: Option<f64>,
    /// Share of the window the cgroup was throttled.
    pub throttled: Option<f64>,
    /// Share of the processors' time taken by a hypervisor.
    pub steal: Option<f64>,
    /// Mean lag of the event loop.
    pub loop_lag_mean: Option<Millis>,
    /// 99th percentile of the lag of the event loop.
    pub loop_lag_p99: Option<Millis>,
    /// 99th percentile of the pacer's lateness.
    pub pacer_late_p99: Option<Millis>,
    /// Mean of the pacer's lateness.
    #[serde(skip)]
    pub pacer_late_mean: Option<Millis>,
    /// Share of the users' time that no account explains.
    pub user_time_unaccounted: Option<f64>,
    /// What the harness reaches against a null server.
    pub calibration: Option<Calibration>,
    /// Whether a calibration was asked for and could not be made.
    #[serde(skip)]
    pub calibration_failed: bool,
    /// Tollgate's version.
    pub version: Cow<'static, str>,
    /// Host name.
    pub host: Option<String>,
    /// Processors the process may use.
    pub cpus: Option<u32>,
    /// Memory of the machine in bytes.
    pub memory: Option<u64>,
}

/// What the harness reaches against a null server.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Its ceiling.
    pub tps: RatePerSec,
    /// Its floor.
    pub p95: Millis,
}

impl TargetAddress {
    /// `users` dealt out over `addresses` in turn, as they start.
    #[must_use]
    pub fn spread(addresses: &[SocketAddr], users: u32) -> Vec<Self> {
        let of = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
        let dealt = |at: u32| users / of + u32::from(at < users % of);
        addresses.iter().zip(0..).map(|(a, at)| Self { address: a.to_string(), users: dealt(at) }).collect()
    }
}

impl Target {
    /// A target whose addresses are not known.
    #[must_use]
    pub const fn of(url: String, kind: TargetKind) -> Self {
        Self { url, kind, addresses: Vec::new(), refused: Vec::new() }
    }

    /// The caveat of addresses that got no load.
    pub(super) fn refused_addresses(&self) -> Option<Caveat> {
        (!self.refused.is_empty()).then(|| Caveat::AddressRefused { refused: self.refused.clone() })
    }
}

impl Confidence {
    pub(super) fn of(window: Option<Micros>) -> Self {
        if window.is_none_or(|window| window < SHORTEST_FOR_INTERVALS) {
            return Self { method: None, nu: None, available: false, reason: Some(NoIntervals::ShortWindow) };
        }
        Self { method: Some(METHOD), nu: Some(DEGREES_OF_FREEDOM), available: true, reason: None }
    }
}

/// What was measured of the generator itself, beside its strain.
pub(super) struct Measured<'a> {
    pub(super) strain: &'a Strain,
    pub(super) lag: &'a LatencyHistogram,
    pub(super) late: Option<&'a LatencyHistogram>,
    pub(super) requests: u64,
    pub(super) length: Option<Micros>,
}

impl Generator {
    /// Adds what was measured over the window.
    pub(super) fn measured(self, measured: &Measured<'_>) -> Self {
        let Measured { strain, lag, late, requests, length } = *measured;
        let micros = |span: Micros| span.get() as f64;
        let p99 = |times: &LatencyHistogram| times.percentile(Permille::P99).map(Millis::from);
        Self {
            cpu_us_per_request: strain.cpu.filter(|_| requests > 0).map(|cpu| rounded(micros(cpu) / requests as f64)),
            cpu_fraction: strain
                .cpu
                .zip(length.filter(|length| *length > Micros::ZERO))
                .zip(self.cpus)
                .map(|((cpu, window), cpus)| rounded(micros(cpu) / (micros(window) * f64::from(cpus)))),
            process_cpu_max: strain.process_peak.map(rounded),
            thread_cpu_max: strain.thread_peak.map(rounded),
            runq_wait: strain.runq_wait.map(rounded),
            throttled: strain.throttled.map(rounded),
            steal: strain.steal.map(rounded),
            loop_lag_mean: lag.mean_micros().map(|mean| Millis::new(mean / 1e3)),
            loop_lag_p99: p99(lag),
            pacer_late_p99: late.and_then(p99),
            pacer_late_mean: late.and_then(LatencyHistogram::mean_micros).map(|mean| Millis::new(mean / 1e3)),
            user_time_unaccounted: strain.user_time.unaccounted().map(rounded),
            ..self
        }
    }

    /// The figures that every run should have and this one has not, by their names in `summary.json`.
    pub(super) fn unknown(&self) -> Vec<&'static str> {
        let sources = [
            ("cpu_us_per_request", self.cpu_us_per_request.is_none()),
            ("thread_cpu_max", self.thread_cpu_max.is_none()),
            ("runq_wait", self.runq_wait.is_none()),
            ("throttled", self.throttled.is_none()),
            ("steal", self.steal.is_none()),
            ("loop_lag_p99", self.loop_lag_p99.is_none()),
            ("user_time_unaccounted", self.user_time_unaccounted.is_none()),
            ("calibration", self.calibration_failed),
            ("host", self.host.is_none()),
            ("cpus", self.cpus.is_none()),
            ("memory", self.memory.is_none()),
        ];
        sources.into_iter().filter_map(|(name, unknown)| unknown.then_some(name)).collect()
    }
}

/// To four digits behind the point.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_dealt_out_over_the_addresses_in_turn() {
        let addresses = ["10.0.0.1:80", "10.0.0.2:80", "[::1]:80"].map(|text| text.parse().unwrap());
        let users = |users| TargetAddress::spread(&addresses, users).iter().map(|a| a.users).collect::<Vec<_>>();
        assert_eq!((users(100), users(2)), (vec![34, 33, 33], vec![1, 1, 0]));
        assert_eq!(TargetAddress::spread(&addresses, 1)[2].address, "[::1]:80");
        assert_eq!(TargetAddress::spread(&[], 5), []);
    }
}
