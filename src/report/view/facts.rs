//! What was tested, by what, and the totals: labels and figures.
//!
//! In: the summary. Out: lists of [`Figure`]. Always holds: a figure that does not exist is said not to, never 0.

use super::{Figure, Subject};
use crate::plan::GateOrigin;
use crate::report::figures;
use crate::report::neutral::neutral;
use crate::report::text::{Lang, fill};
use crate::summary::{Calibration, Generator, TargetAddress, TargetKind, TimeBlock};
use crate::units::{Millis, RatePerSec, Ratio};

/// `2025-12-23 20:59:00 UTC`; a text that is no time stays as it is.
pub(super) fn time_of_day(rfc3339: &str) -> String {
    rfc3339
        .parse::<jiff::Timestamp>()
        .map_or_else(|_| neutral(rfc3339), |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

impl Subject<'_> {
    /// The clock that figures called response time show: the model's own.
    fn shown_time(&self) -> &TimeBlock {
        self.summary.totals.model_time()
    }

    /// Total, succeeded, failed, success rate, TPS, mean, min, max, P95; then what was aborted or never sent, so that
    /// the books add up.
    pub(super) fn headline(&self) -> Vec<Figure> {
        let (t, totals, time) = (self.lang.text(), &self.summary.totals, self.shown_time());
        let nine = [
            (t.total, figures::count(totals.requests)),
            (t.succeeded, figures::count(totals.successes)),
            (t.failed, figures::count(totals.failures)),
            (t.success_rate, self.share(totals.success_rate)),
            (t.tps, self.rate(totals.tps)),
            (t.mean, self.millis(time.mean)),
            (t.min, self.millis(time.min)),
            (t.max, self.millis(time.max)),
            (t.p95, self.millis(time.p95)),
        ];
        let more = [(t.aborted, Some(totals.aborted)), (t.unsent, totals.unsent), (t.dropped, totals.dropped)];
        let more = more.into_iter().filter_map(|(label, n)| n.filter(|n| *n > 0).map(|n| (label, figures::count(n))));
        listed(nine.into_iter().chain(more).collect())
    }

    /// The totals that the headline leaves out.
    pub(super) fn totals(&self) -> Vec<Figure> {
        let (t, totals, time) = (self.lang.text(), &self.summary.totals, self.shown_time());
        let open = totals.response_time.is_some();
        let mut rows = vec![
            (t.p50, self.millis(time.p50)),
            (t.p90, self.millis(time.p90)),
            (t.p99, self.millis(time.p99)),
            (t.p999, self.millis(time.p999)),
            (t.stddev, self.millis(time.stddev)),
            (t.mean_all, self.millis(totals.mean_all)),
            (t.throughput, self.rate(totals.throughput)),
            (t.ttfb, self.mean_and_p95(&totals.ttfb)),
            (t.failure_time, self.mean_and_p95(&totals.failure_time)),
            (t.connect, self.connects(totals.connect.as_ref())),
            (t.bytes_sent, self.of_the_wire(totals.bytes_sent)),
            (t.bytes_received, self.of_the_wire(totals.bytes_received)),
            (t.outside_window, figures::count(totals.outside_window)),
            (t.aborted, figures::count(totals.aborted)),
        ];
        if let Some(requests) = self.summary.run.preflight_requests {
            rows.push((t.preflight, figures::count(requests)));
        }
        if totals.redirects > 0 {
            rows.push((t.redirects, figures::count(totals.redirects)));
        }
        if !open {
            rows.extend([(t.max_gap, self.millis(totals.max_gap)), (t.stalled, self.millis(totals.stalled))]);
        }
        if open {
            rows.push((t.service_time, self.mean_and_p95(&totals.service_time)));
        }
        let arrivals = [(t.arrivals, totals.arrivals), (t.unsent, totals.unsent), (t.dropped, totals.dropped)];
        rows.extend(arrivals.into_iter().filter_map(|(label, n)| n.map(|n| (label, figures::count(n)))));
        listed(rows)
    }

    /// What was tested.
    pub(super) fn facts(&self) -> Vec<Figure> {
        let (p, run, target) = (self.lang.page(), &self.summary.run, &self.summary.target);
        let kind = match target.kind {
            TargetKind::External => p.external,
            TargetKind::Embedded => p.embedded,
        };
        let gate = match self.verdict.gate {
            GateOrigin::Scenario => p.gate_scenario,
            GateOrigin::Custom => p.gate_custom,
        };
        let build_up = [("ramp", figures::seconds(run.ramp_up_s)), ("warm_up", figures::seconds(run.warm_up_s))];
        let mut facts = vec![
            (p.scenario, neutral(&run.scenario)),
            (p.target, fill(p.target_of, &[("url", &neutral(&target.url)), ("kind", kind)])),
            (p.model, self.model()),
            (p.build_up_label, filled(p.build_up, &build_up)),
            (p.window, self.window()),
            (p.whole_run, self.times(&run.started_at, &run.ended_at)),
            (p.gate, gate.to_owned()),
            (p.seed, run.seed.to_string()),
            (p.run, neutral(&run.id)),
            (p.host, self.machine()),
            (p.version, format!("Tollgate {}", self.summary.generator.version)),
        ];
        if !target.addresses.is_empty() {
            facts.insert(2, (p.addresses, self.addresses()));
        }
        listed(facts)
    }

    /// Where the load went, and how many users sent to each.
    fn addresses(&self) -> String {
        let one = |at: &TargetAddress| {
            let blanks = [("address", neutral(&at.address)), ("users", figures::count(u64::from(at.users)))];
            filled(self.lang.page().address_of, &blanks)
        };
        let all: Vec<String> = self.summary.target.addresses.iter().map(one).collect();
        all.join(self.lang.text().list_comma)
    }

    fn window(&self) -> String {
        let (p, run) = (self.lang.page(), &self.summary.run);
        let (Some(start), Some(end), Some(seconds)) = (&run.window.start, &run.window.end, run.window.seconds) else {
            return p.window_never.to_owned();
        };
        let length = [("seconds", figures::seconds(seconds)), ("planned", figures::seconds(run.run_time_s))];
        format!("{}{}{}", filled(p.window_of, &length), self.lang.text().semicolon, self.times(start, end))
    }

    fn times(&self, start: &str, end: &str) -> String {
        fill(self.lang.page().from_to, &[("start", &time_of_day(start)), ("end", &time_of_day(end))])
    }

    fn machine(&self) -> String {
        let (g, unknown) = (&self.summary.generator, self.lang.text().unknown);
        if g.host.is_none() && g.cpus.is_none() && g.memory.is_none() {
            return unknown.to_owned();
        }
        let host = g.host.as_deref().map_or_else(|| unknown.to_owned(), neutral);
        let cpus = g.cpus.map_or_else(|| unknown.to_owned(), |n| n.to_string());
        let memory = g.memory.map_or_else(|| unknown.to_owned(), figures::bytes);
        fill(self.lang.page().machine, &[("host", &host), ("cpus", &cpus), ("memory", &memory)])
    }

    /// How strained the generator was, and how sure the figures are.
    pub(super) fn generator(&self) -> Vec<Figure> {
        let (p, g) = (self.lang.page(), &self.summary.generator);
        let fraction = |value: Option<f64>| self.fraction(value);
        let per_request = g.cpu_us_per_request.map(|us| format!("{} µs", figures::decimal(us, 1)));
        let mut rows = vec![
            (p.calibration, self.calibration(g)),
            (p.cpu_per_request, per_request.unwrap_or_else(|| self.lang.text().unknown.to_owned())),
            (p.cpu_fraction, fraction(g.cpu_fraction)),
            (p.thread_cpu, fraction(g.thread_cpu_max)),
            (p.loop_lag, self.lag(g)),
            (p.user_time, self.user_time(g)),
            (p.host_share, self.host_shares(g)),
            (p.confidence, self.confidence()),
        ];
        if g.pacer_late_p99.is_some() {
            rows.insert(5, (p.pacer_late, self.measured(g.pacer_late_p99)));
        }
        // A row of "unknown" tells a reader nothing; summary.json has a null for it.
        rows.retain(|(_, value)| value != self.lang.text().unknown);
        listed(rows)
    }

    fn lag(&self, generator: &Generator) -> String {
        let (mean, p99) = (generator.loop_lag_mean, generator.loop_lag_p99);
        if mean.is_none() && p99.is_none() {
            return self.lang.text().unknown.to_owned();
        }
        filled(self.lang.page().lag, &[("mean", self.measured(mean)), ("p99", self.measured(p99))])
    }

    /// What no account explains, and beside it Little's law: attempts a second times their mean is users busy.
    fn user_time(&self, generator: &Generator) -> String {
        let (totals, share) = (&self.summary.totals, self.fraction(generator.user_time_unaccounted));
        let attempts = totals.successes + totals.failures;
        let rate = self.summary.length.and_then(|length| RatePerSec::of(attempts, length));
        // A closed model's clock; in an open one waiting for a user is no user's time.
        let mean = totals.mean_all.filter(|_| totals.response_time.is_none());
        let Some((rate, mean)) = rate.zip(mean).filter(|_| generator.user_time_unaccounted.is_some()) else {
            return share;
        };
        let busy = figures::decimal(rate.get() * mean.get() / 1e3, 1);
        let users = figures::count(u64::from(self.summary.run.users));
        let blanks = [("share", share), ("rate", self.rate(Some(rate))), ("mean", self.millis(Some(mean)))];
        filled(self.lang.page().user_time_of, &[&blanks[..], &[("busy", busy), ("users", users)]].concat())
    }

    fn host_shares(&self, generator: &Generator) -> String {
        let shares = [("runq", generator.runq_wait), ("throttled", generator.throttled), ("steal", generator.steal)];
        if shares.iter().all(|(_, share)| share.is_none()) {
            return self.lang.text().unknown.to_owned();
        }
        filled(self.lang.page().host_shares, &shares.map(|(name, share)| (name, self.fraction(share))))
    }

    fn calibration(&self, generator: &Generator) -> String {
        generator.calibration.map_or_else(|| self.lang.text().unknown.to_owned(), |c| reached(self.lang, c))
    }

    fn confidence(&self) -> String {
        let (p, c) = (self.lang.page(), &self.summary.confidence);
        let unknown = self.lang.text().unknown;
        if c.available {
            let nu = c.nu.map_or_else(|| unknown.to_owned(), |nu| nu.to_string());
            return fill(p.confidence_by, &[("method", c.method.unwrap_or(unknown)), ("nu", &nu)]);
        }
        let reason = c.reason.map_or(unknown, |reason| self.lang.no_intervals(reason));
        fill(p.confidence_none, &[("reason", reason)])
    }

    fn mean_and_p95(&self, time: &TimeBlock) -> String {
        if time.count == 0 {
            return self.lang.text().absent.to_owned();
        }
        let blanks = [("mean", self.millis(time.mean)), ("p95", self.millis(time.p95))];
        filled(self.lang.text().mean_and_p95, &blanks)
    }

    fn of_the_wire(&self, bytes: Option<u64>) -> String {
        bytes.map_or_else(|| self.lang.text().not_of_transport.to_owned(), figures::bytes)
    }

    fn connects(&self, time: Option<&TimeBlock>) -> String {
        let Some(time) = time else { return self.lang.text().not_of_transport.to_owned() };
        if time.count == 0 {
            return figures::count(0);
        }
        let blanks = [("count", figures::count(time.count)), ("mean", self.millis(time.mean))];
        filled(self.lang.text().connects, &blanks)
    }

    pub(super) fn millis(&self, time: Option<Millis>) -> String {
        time.map_or_else(|| self.lang.text().absent.to_owned(), figures::millis)
    }

    pub(super) fn rate(&self, rate: Option<RatePerSec>) -> String {
        rate.map_or_else(|| self.lang.text().absent.to_owned(), figures::rate)
    }

    pub(super) fn share(&self, share: Option<Ratio>) -> String {
        share.map_or_else(|| self.lang.text().absent.to_owned(), figures::share)
    }

    /// A time of the generator's: unknown when its source could not be read.
    fn measured(&self, time: Option<Millis>) -> String {
        time.map_or_else(|| self.lang.text().unknown.to_owned(), figures::millis)
    }

    fn fraction(&self, fraction: Option<f64>) -> String {
        fraction.map_or_else(
            || self.lang.text().unknown.to_owned(),
            |value| format!("{}%", figures::decimal(value * 100.0, 1)),
        )
    }
}

/// What a calibration found, as a line of its own.
#[must_use]
pub fn calibrated(lang: Lang, calibration: Calibration) -> String {
    fill(lang.page().calibrated_line, &[("reached", &reached(lang, calibration))])
}

fn reached(lang: Lang, calibration: Calibration) -> String {
    let blanks = [("tps", figures::rate(calibration.tps)), ("p95", figures::millis(calibration.p95))];
    filled(lang.page().calibrated, &blanks)
}

fn listed(rows: Vec<(&'static str, String)>) -> Vec<Figure> {
    rows.into_iter().map(|(label, value)| Figure { label, value }).collect()
}

/// [`fill`] for values that were just made.
fn filled(template: &str, blanks: &[(&str, String)]) -> String {
    let blanks: Vec<(&str, &str)> = blanks.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fill(template, &blanks)
}
