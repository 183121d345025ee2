//! What the service counts of itself, in the Prometheus text format 0.0.4.
//!
//! In: one observation a request that was answered. Out: counters since the start, named as the original's framework
//! names them. Always holds: a counter never goes down; `_max` is the longest since the start.

use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::faults::Tally;
use super::wall_clock;

/// The counters of one service.
pub(super) struct Metrics {
    started_at: i64,
    charges: AtomicU64,
    charge_errors: AtomicU64,
    // A handful of series: a scan is quicker than hashing, and the lock is held for no more than that.
    requests: Mutex<Vec<Series>>,
    faults: Arc<Tally>,
}

/// Upper bounds of the response times' buckets, in seconds: fine where the contract's limits are.
const BOUNDS: [f64; 15] = [0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 5.0];

/// The requests of one method, path template and status.
struct Series {
    method: &'static str,
    uri: &'static str,
    status: u16,
    count: u64,
    sum: Duration,
    max: Duration,
    /// Whether it is one of charges, whose times are shown in buckets.
    charges: bool,
    /// How many took up to each bound and more than the one before it.
    buckets: [u64; BOUNDS.len()],
}

/// One answered request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Observation {
    /// As [`known_method`] gives it.
    pub(super) method: &'static str,
    /// The path's template, never the path.
    pub(super) uri: &'static str,
    /// The HTTP status.
    pub(super) status: u16,
    /// From the first handler to the finished answer.
    pub(super) took: Duration,
    /// Whether it was sent to charge.
    pub(super) charges: bool,
}

impl Metrics {
    /// Nothing counted yet but what is in `faults`.
    pub(super) fn new(faults: Arc<Tally>) -> Self {
        Self {
            started_at: wall_clock::now_millis(),
            charges: AtomicU64::new(0),
            charge_errors: AtomicU64::new(0),
            requests: Mutex::new(Vec::new()),
            faults,
        }
    }

    /// When the service started: milliseconds since 1970.
    pub(super) fn started_at(&self) -> i64 {
        self.started_at
    }

    /// Counts a charge request, whatever became of it. Errors are part of the total.
    pub(super) fn count_charge(&self, succeeded: bool) {
        // The error first: a scrape in between never shows a success that was none.
        if !succeeded {
            self.charge_errors.fetch_add(1, Ordering::Relaxed);
        }
        self.charges.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a request that was answered.
    pub(super) fn observe(&self, seen: Observation) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let found = requests.iter_mut().find(|series| series.holds(seen));
        if let Some(series) = found {
            series.add(seen.took);
        } else {
            let mut series = Series::new(seen);
            series.add(seen.took);
            requests.push(series);
        }
    }

    /// Everything counted, as Prometheus reads it.
    pub(super) fn render(&self) -> String {
        let mut out = String::with_capacity(2_048);
        // Writing to a string cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> fmt::Result {
        let charges = self.charges.load(Ordering::Relaxed);
        let errors = self.charge_errors.load(Ordering::Relaxed);
        let started = self.started_at as f64 / 1e3;
        out.push_str("# HELP consume_transaction_error_total Charge requests that were refused or failed\n");
        writeln!(out, "# TYPE consume_transaction_error_total counter\nconsume_transaction_error_total {errors}")?;
        out.push_str("# HELP consume_transaction_total Charge requests, refused ones included\n");
        writeln!(out, "# TYPE consume_transaction_total counter\nconsume_transaction_total {charges}")?;
        self.write_response_times(out)?;
        self.write_requests(out)?;
        let up = (wall_clock::now_millis() - self.started_at) as f64 / 1e3;
        out.push_str("# HELP process_uptime_seconds Time since the start of the process\n");
        writeln!(out, "# TYPE process_uptime_seconds gauge\nprocess_uptime_seconds {up:.3}")?;
        out.push_str("# HELP process_start_time_seconds Start of the process since 1970\n");
        writeln!(out, "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds {started:.3}")?;
        out.push_str("# HELP tollgate_reference_faults_total Faults committed because an option asked for them\n");
        out.push_str("# TYPE tollgate_reference_faults_total counter\n");
        for (fault, count) in self.faults.counts() {
            writeln!(out, "tollgate_reference_faults_total{{fault=\"{fault}\"}} {count}")?;
        }
        Ok(())
    }

    /// How long charges took, whatever their status.
    fn write_response_times(&self, out: &mut String) -> fmt::Result {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut count, mut sum, mut buckets) = (0, Duration::ZERO, [0; BOUNDS.len()]);
        for series in requests.iter().filter(|series| series.charges) {
            count += series.count;
            sum += series.sum;
            buckets.iter_mut().zip(series.buckets).for_each(|(all, one)| *all += one);
        }
        out.push_str("# HELP consume_response_time Seconds from a charge request to its answer\n");
        out.push_str("# TYPE consume_response_time histogram\n");
        let mut up_to = 0;
        for (bound, bucket) in BOUNDS.into_iter().zip(buckets) {
            up_to += bucket;
            writeln!(out, "consume_response_time_bucket{{le=\"{bound}\"}} {up_to}")?;
        }
        writeln!(out, "consume_response_time_bucket{{le=\"+Inf\"}} {count}")?;
        writeln!(out, "consume_response_time_sum {:.9}\nconsume_response_time_count {count}", sum.as_secs_f64())
    }

    fn write_requests(&self, out: &mut String) -> fmt::Result {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        out.push_str("# HELP http_server_requests_seconds Answered requests\n");
        out.push_str("# TYPE http_server_requests_seconds summary\n");
        for series in requests.iter() {
            writeln!(out, "http_server_requests_seconds_count{{{series}}} {}", series.count)?;
            writeln!(out, "http_server_requests_seconds_sum{{{series}}} {:.9}", series.sum.as_secs_f64())?;
        }
        out.push_str("# HELP http_server_requests_seconds_max The longest answered request\n");
        out.push_str("# TYPE http_server_requests_seconds_max gauge\n");
        for series in requests.iter() {
            writeln!(out, "http_server_requests_seconds_max{{{series}}} {:.9}", series.max.as_secs_f64())?;
        }
        Ok(())
    }
}

impl Series {
    fn new(seen: Observation) -> Self {
        Self {
            method: seen.method,
            uri: seen.uri,
            status: seen.status,
            count: 0,
            sum: Duration::ZERO,
            max: Duration::ZERO,
            charges: seen.charges,
            buckets: [0; BOUNDS.len()],
        }
    }

    fn holds(&self, seen: Observation) -> bool {
        self.status == seen.status && self.method == seen.method && self.uri == seen.uri
    }

    fn add(&mut self, took: Duration) {
        self.count += 1;
        self.sum += took;
        self.max = self.max.max(took);
        if self.charges {
            let bucket = BOUNDS.partition_point(|bound| *bound < took.as_secs_f64());
            // What is over the last bound is in the count alone.
            self.buckets.get_mut(bucket).into_iter().for_each(|bucket| *bucket += 1);
        }
    }
}

/// The labels. Templates, methods and statuses are the service's own and need no escaping.
impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = match self.status {
            200..300 => "SUCCESS",
            300..400 => "REDIRECTION",
            400..500 => "CLIENT_ERROR",
            500..600 => "SERVER_ERROR",
            _ => "INFORMATIONAL",
        };
        let Self { method, status, uri, .. } = self;
        write!(f, "method=\"{method}\",outcome=\"{outcome}\",status=\"{status}\",uri=\"{uri}\"")
    }
}

/// A client may invent methods; the series may not grow with them.
pub(super) fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("UNKNOWN")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(method: &'static str, status: u16, millis: u64) -> Observation {
        Observation { method, uri: "/a/{id}", status, took: Duration::from_millis(millis), charges: method == "POST" }
    }

    #[test]
    fn requests_are_counted_summed_and_their_longest_kept_by_status() {
        let metrics = Metrics::new(Arc::default());
        for observation in [seen("GET", 200, 10), seen("GET", 200, 30), seen("GET", 400, 5)] {
            metrics.observe(observation);
        }
        let text = metrics.render();
        let labels = r#"{method="GET",outcome="SUCCESS",status="200",uri="/a/{id}"}"#;
        assert!(text.contains(&format!("http_server_requests_seconds_count{labels} 2\n")), "{text}");
        assert!(text.contains(&format!("http_server_requests_seconds_sum{labels} 0.040000000\n")), "{text}");
        assert!(text.contains(&format!("http_server_requests_seconds_max{labels} 0.030000000\n")), "{text}");
        assert!(text.contains(r#"_count{method="GET",outcome="CLIENT_ERROR",status="400",uri="/a/{id}"} 1"#), "{text}");
    }

    #[test]
    fn the_times_of_charges_are_shown_in_buckets_that_hold_those_below_them() {
        let metrics = Metrics::new(Arc::default());
        for observation in [seen("POST", 200, 5), seen("POST", 400, 50), seen("POST", 200, 9_000), seen("GET", 200, 1)]
        {
            metrics.observe(observation);
        }
        let text = metrics.render();
        for (bound, count) in [("0.005", 1), ("0.04", 1), ("0.05", 2), ("5", 2), ("+Inf", 3)] {
            assert!(text.contains(&format!("\nconsume_response_time_bucket{{le=\"{bound}\"}} {count}\n")), "{text}");
        }
        assert!(text.contains("\nconsume_response_time_sum 9.055000000\nconsume_response_time_count 3\n"), "{text}");
    }

    #[test]
    fn errors_are_part_of_the_total() {
        let metrics = Metrics::new(Arc::default());
        metrics.count_charge(true);
        metrics.count_charge(false);
        let text = metrics.render();
        assert!(text.contains("\nconsume_transaction_total 2\n"), "{text}");
        assert!(text.contains("\nconsume_transaction_error_total 1\n"), "{text}");
        assert!(text.contains("\nprocess_start_time_seconds "), "{text}");
    }

    #[test]
    fn invented_methods_share_one_series() {
        let metrics = Metrics::new(Arc::default());
        for method in ["BREW", "STEEP"] {
            metrics.observe(seen(known_method(method), 405, 1));
        }
        assert_eq!(metrics.requests.lock().unwrap().len(), 1);
    }

    #[test]
    fn every_family_is_announced_once_and_its_lines_stand_together() {
        let metrics = Metrics::new(Arc::default());
        metrics.observe(seen("GET", 200, 1));
        metrics.observe(seen("POST", 200, 1));
        let text = metrics.render();
        for family in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
            let name = family.split(' ').next().unwrap();
            assert_eq!(text.matches(&format!("# TYPE {name} ")).count(), 1, "{name}");
        }
        assert!(text.ends_with('\n'));
    }
}
