//! `load-performance.json`: k6's summary export, as GitLab's load performance widget reads it.
//!
//! In: the totals. Out: JSON. Always holds: the names are k6's; times are milliseconds of successes; a figure that
//! does not exist is left out, because the widget computes with whatever stands there.

use serde_json::{Map, Value, json};

use super::{Material, broken};
use crate::report::ReportError;
use crate::summary::TimeBlock;

/// Its name in the folder.
pub(super) const PLACE: &str = "load-performance.json";

/// The document's bytes.
pub(super) fn render(material: &Material<'_>) -> Result<Vec<u8>, ReportError> {
    let totals = &material.summary.totals;
    let (sent, failed) = (totals.successes + totals.failures, totals.failed_attempts());
    let seconds = material.summary.length.map(|length| length.as_secs_f64()).filter(|seconds| *seconds > 0.0);
    let attempts = totals.successes + failed;
    let share = (attempts > 0).then(|| totals.successes as f64 / attempts as f64);
    let metrics = json!({
        "checks": figures([
            ("passes", Some(totals.successes.into())),
            ("fails", Some(failed.into())),
            ("value", share.map(Value::from)),
        ]),
        "http_req_waiting": times(&totals.ttfb),
        "http_reqs": figures([
            ("count", Some(sent.into())),
            ("rate", seconds.map(|seconds| Value::from(sent as f64 / seconds))),
        ]),
        "http_req_duration": times(totals.model_time()),
    });
    let mut bytes =
        serde_json::to_vec_pretty(&json!({ "metrics": metrics })).map_err(|error| broken(PLACE)(error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn times(time: &TimeBlock) -> Value {
    let millis = |value: Option<crate::units::Millis>| value.map(|millis| Value::from(millis.get()));
    figures([
        ("avg", millis(time.mean)),
        ("min", millis(time.min)),
        ("med", millis(time.p50)),
        ("max", millis(time.max)),
        ("p(90)", millis(time.p90)),
        ("p(95)", millis(time.p95)),
    ])
}

fn figures<const N: usize>(figures: [(&str, Option<Value>); N]) -> Value {
    let known = figures.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(known.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::report::format::tests;
    use crate::report::text::Lang;

    fn metrics(run: &fixture::Run) -> Value {
        let json: Value = serde_json::from_slice(&tests::rendered(run, Lang::En, render)).unwrap();
        json["metrics"].clone()
    }

    #[test]
    fn names_and_units_are_those_of_k6() {
        let metrics = metrics(&fixture::passing());
        assert_eq!((&metrics["checks"]["passes"], &metrics["checks"]["fails"]), (&456_013.into(), &776.into()));
        assert!((metrics["checks"]["value"].as_f64().unwrap() - 456_013.0 / 456_789.0).abs() < 1e-12);
        assert_eq!(metrics["http_reqs"]["count"], 456_789);
        assert!((metrics["http_reqs"]["rate"].as_f64().unwrap() - 1_522.63).abs() < 1e-9);
        for block in ["http_req_waiting", "http_req_duration"] {
            let mut keys: Vec<&String> = metrics[block].as_object().unwrap().keys().collect();
            keys.sort_unstable();
            assert_eq!(keys, ["avg", "max", "med", "min", "p(90)", "p(95)"]);
        }
        assert_eq!(metrics["http_req_duration"]["p(95)"], 42.527);
        assert_eq!(metrics["http_req_waiting"]["med"], 14.499);
    }

    #[test]
    fn what_was_not_measured_is_left_out() {
        let metrics = metrics(&fixture::interrupted());
        assert_eq!(metrics["http_req_duration"], json!({}));
        assert_eq!(
            (&metrics["http_reqs"], &metrics["checks"]),
            (&json!({ "count": 0 }), &json!({ "passes": 0, "fails": 0 }))
        );
    }
}
