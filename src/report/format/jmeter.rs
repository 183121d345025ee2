//! `statistics.json`: the shape of the statistics that JMeter's HTML report leaves.
//!
//! In: the rows. Out: JSON, one object a label and `Total`. Always holds: the names are JMeter's; times are
//! milliseconds by the model's own clock and of successes; what does not exist is null.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Material, broken};
use crate::report::ReportError;
use crate::report::neutral::neutral;
use crate::summary::Row;
use crate::units::{Micros, Millis};

/// Its name in the folder.
pub(super) const PLACE: &str = "statistics.json";

const TOTAL: &str = "Total";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Statistics {
    transaction: String,
    sample_count: u64,
    error_count: u64,
    /// In percent, as JMeter has it.
    error_pct: Option<f64>,
    mean_res_time: Option<Millis>,
    median_res_time: Option<Millis>,
    min_res_time: Option<Millis>,
    max_res_time: Option<Millis>,
    /// 90th percentile.
    pct1_res_time: Option<Millis>,
    /// 95th percentile.
    pct2_res_time: Option<Millis>,
    /// 99th percentile.
    pct3_res_time: Option<Millis>,
    /// Samples per second, failed ones included, as JMeter counts.
    throughput: Option<f64>,
    #[serde(rename = "receivedKBytesPerSec")]
    received: Option<f64>,
    #[serde(rename = "sentKBytesPerSec")]
    sent: Option<f64>,
}

/// The document's bytes.
pub(super) fn render(material: &Material<'_>) -> Result<Vec<u8>, ReportError> {
    let summary = material.summary;
    let mut labels = BTreeSet::from([TOTAL.to_owned()]);
    let mut rows = Map::new();
    let mut put = |label: String, row: &Row| {
        let statistics = Statistics::of(label.clone(), row, summary.length);
        serde_json::to_value(statistics).map(|value| drop(rows.insert(label, value)))
    };
    for row in &summary.steps {
        put(fresh(&mut labels, &neutral(row.name.as_deref().unwrap_or_default())), row).map_err(ReportError::Json)?;
    }
    put(TOTAL.to_owned(), &summary.totals).map_err(ReportError::Json)?;
    let mut bytes =
        serde_json::to_vec_pretty(&Value::Object(rows)).map_err(|error| broken(PLACE)(error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// `label`, or with a number behind it where that is taken.
fn fresh(taken: &mut BTreeSet<String>, label: &str) -> String {
    let mut name = label.to_owned();
    let mut number = 2;
    while !taken.insert(name.clone()) {
        name = format!("{label} ({number})");
        number += 1;
    }
    name
}

impl Statistics {
    fn of(transaction: String, row: &Row, window: Option<Micros>) -> Self {
        let time = row.model_time();
        let seconds = window.map(Micros::as_secs_f64).filter(|seconds| *seconds > 0.0);
        let samples = row.successes + row.failed_attempts();
        let per_second = |amount: f64| seconds.map(|seconds| amount / seconds);
        let kibibytes = |bytes: Option<u64>| bytes.and_then(|bytes| per_second(bytes as f64 / 1024.0));
        Self {
            transaction,
            sample_count: samples,
            error_count: row.failed_attempts(),
            error_pct: (samples > 0).then(|| row.failed_attempts() as f64 * 100.0 / samples as f64),
            mean_res_time: time.mean,
            median_res_time: time.p50,
            min_res_time: time.min,
            max_res_time: time.max,
            pct1_res_time: time.p90,
            pct2_res_time: time.p95,
            pct3_res_time: time.p99,
            throughput: per_second((row.successes + row.failures) as f64),
            received: kibibytes(row.bytes_received),
            sent: kibibytes(row.bytes_sent),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::report::format::tests;
    use crate::report::text::Lang;

    const KEYS: [&str; 14] = [
        "errorCount",
        "errorPct",
        "maxResTime",
        "meanResTime",
        "medianResTime",
        "minResTime",
        "pct1ResTime",
        "pct2ResTime",
        "pct3ResTime",
        "receivedKBytesPerSec",
        "sampleCount",
        "sentKBytesPerSec",
        "throughput",
        "transaction",
    ];

    fn parsed(run: &fixture::Run) -> Value {
        serde_json::from_slice(&tests::rendered(run, Lang::En, render)).unwrap()
    }

    #[test]
    fn names_and_units_are_jmeters() {
        let json = parsed(&fixture::passing());
        let total = &json["Total"];
        let mut keys: Vec<&str> = total.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, KEYS);
        assert_eq!((&total["transaction"], &total["sampleCount"]), (&"Total".into(), &456_789.into()));
        let number = |key: &str| total[key].as_f64().unwrap();
        assert!((number("errorPct") - 776.0 * 100.0 / 456_789.0).abs() < 1e-9);
        assert!((number("throughput") - 456_789.0 / 300.0).abs() < 1e-9);
        assert!((number("receivedKBytesPerSec") - 456_789.0 * 268.0 / 1024.0 / 300.0).abs() < 1e-6);
        assert_eq!((number("meanResTime"), number("pct1ResTime"), number("pct3ResTime")), (18.231, 31.743, 77.823));
        assert_eq!(json["consume"]["sampleCount"], 456_789);
    }

    #[test]
    fn a_step_called_total_hides_nothing() {
        let mut run = fixture::passing();
        run.summary.steps[0].name = Some("Total".to_owned());
        let json = parsed(&run);
        assert_eq!(json.as_object().unwrap().len(), 2);
        assert_eq!(json["Total (2)"]["transaction"], "Total (2)");
    }

    #[test]
    fn a_run_that_measured_nothing_has_counts_of_zero_and_no_times() {
        let total = &parsed(&fixture::interrupted())["Total"];
        assert_eq!(
            (&total["sampleCount"], &total["errorPct"], &total["meanResTime"]),
            (&0.into(), &Value::Null, &Value::Null)
        );
    }
}
