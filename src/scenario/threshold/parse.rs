//! Rules as they are read.
//!
//! In: one rule as a text. Out: a [`Threshold`], or what is wrong with it and what to write instead.

use std::str::FromStr;

use super::{Clock, Dimension, Limit, Metric, Op, Permille, Scope, Share, Threshold};
use crate::units::{Micros, SpanError};

/// Why a text is not a rule.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ThresholdError {
    /// No comparison in it.
    #[error("rule \"{0}\" has no comparison; write for example \"p95<=100ms\" or \"success-rate>=99%\"")]
    NoComparison(String),
    /// An unknown metric.
    #[error(
        "rule \"{rule}\": unknown metric \"{metric}\"; known are tps, throughput, mean, mean-all, min, max, pNN, max-gap, \
         ttfb-mean, ttfb-pNN, success-rate, error-rate, failures, and in an open model service- and response- before a time"
    )]
    UnknownMetric {
        /// The whole rule.
        rule: String,
        /// What stood where the metric should.
        metric: String,
    },
    /// A percentile outside 0.1 to 99.9, or finer than a tenth.
    #[error("rule \"{0}\": a percentile lies between p0.1 and p99.9 in steps of a tenth")]
    BadPercentile(String),
    /// A limit that is not of the metric's kind.
    #[error("rule \"{rule}\": \"{limit}\" is not {wanted}")]
    BadLimit {
        /// The whole rule.
        rule: String,
        /// What stood where the limit should.
        limit: String,
        /// What should stand there, with an example.
        wanted: &'static str,
    },
    /// A time limit without a unit.
    #[error("rule \"{rule}\": limit \"{number}\" has no unit; write \"{number}ms\" or \"{number}s\"")]
    NoUnit {
        /// The whole rule.
        rule: String,
        /// The bare number.
        number: String,
    },
    /// A time limit that is no time.
    #[error("rule \"{rule}\": {cause}")]
    BadTime {
        /// The whole rule.
        rule: String,
        /// What is wrong with the limit.
        cause: SpanError,
    },
    /// `for` with nothing behind it.
    #[error("rule \"{0}\": \"for\" needs a step's name, \"iteration\" or \"all\" behind it")]
    NoScope(String),
}

impl Metric {
    fn parse(text: &str, rule: &str) -> Result<Self, ThresholdError> {
        let unknown = || ThresholdError::UnknownMetric { rule: rule.to_owned(), metric: text.to_owned() };
        Ok(match text {
            "tps" => Self::Tps,
            "throughput" | "rps" => Self::Throughput,
            "mean-all" => Self::MeanAll,
            "max-gap" => Self::MaxGap,
            "ttfb-mean" => Self::TtfbMean,
            "success-rate" => Self::SuccessRate,
            "error-rate" => Self::ErrorRate,
            "failures" => Self::Failures,
            _ => {
                if let Some(rest) = text.strip_prefix("ttfb-") {
                    return Ok(Self::TtfbPercentile(percentile(rest, rule)?.ok_or_else(unknown)?));
                }
                let (clock, rest) = if let Some(rest) = text.strip_prefix("service-") {
                    (Clock::Service, rest)
                } else if let Some(rest) = text.strip_prefix("response-") {
                    (Clock::Response, rest)
                } else {
                    (Clock::Model, text)
                };
                match rest {
                    "mean" | "avg" => Self::Mean(clock),
                    "min" => Self::Min(clock),
                    "max" => Self::Max(clock),
                    other => Self::Percentile(clock, percentile(other, rule)?.ok_or_else(unknown)?),
                }
            }
        })
    }
}

/// Reads `p95`, `p99.9` or k6's `p(95)`; `None` when it is no percentile at all.
fn percentile(text: &str, rule: &str) -> Result<Option<Permille>, ThresholdError> {
    let Some(number) = text.strip_prefix('p') else { return Ok(None) };
    let number = number.strip_prefix('(').and_then(|n| n.strip_suffix(')')).unwrap_or(number);
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Ok(None);
    }
    let bad = || ThresholdError::BadPercentile(rule.to_owned());
    let (whole, tenth) = number.split_once('.').unwrap_or((number, "0"));
    let tenth = tenth.trim_end_matches('0');
    let whole: u16 = whole.parse().map_err(|_| bad())?;
    let tenth: u16 = match tenth.len() {
        0 => 0,
        1 => tenth.parse().map_err(|_| bad())?,
        _ => return Err(bad()),
    };
    whole.checked_mul(10).and_then(|w| Permille::new(w + tenth)).map(Some).ok_or_else(bad)
}

impl Limit {
    fn parse(dimension: Dimension, text: &str, rule: &str) -> Result<Self, ThresholdError> {
        let bad = |wanted| ThresholdError::BadLimit { rule: rule.to_owned(), limit: text.to_owned(), wanted };
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
        match dimension {
            Dimension::Time => match Micros::parse_with_unit(text) {
                // Goose and k6 write times as bare milliseconds, durations here are seconds: nobody should have to guess.
                Err(SpanError::NoUnit(number)) => Err(ThresholdError::NoUnit { rule: rule.to_owned(), number }),
                other => {
                    other.map(Self::Time).map_err(|cause| ThresholdError::BadTime { rule: rule.to_owned(), cause })
                }
            },
            Dimension::Rate => number(text.strip_suffix("/s").unwrap_or(text))
                .map(Self::Rate)
                .ok_or_else(|| bad("a rate per second, for example \"1000\"")),
            Dimension::Share => {
                let share = match text.strip_suffix('%') {
                    Some(percent) => number(percent).map(|n| n / 100.0),
                    None => number(text),
                };
                share
                    .and_then(Share::nearest)
                    .map(Self::Share)
                    .ok_or_else(|| bad("a share from 0% to 100%, for example \"99%\" or \"0.99\""))
            }
            Dimension::Count => text.parse().map(Self::Count).map_err(|_| bad("a whole number, for example \"0\"")),
        }
    }
}

impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        let rule = text.trim();
        let at = rule.find(['<', '>']).ok_or_else(|| ThresholdError::NoComparison(rule.to_owned()))?;
        let (op, after) = match (&rule[at..=at], rule[at + 1..].strip_prefix('=')) {
            ("<", Some(rest)) => (Op::AtMost, rest),
            ("<", None) => (Op::Below, &rule[at + 1..]),
            (_, Some(rest)) => (Op::AtLeast, rest),
            (_, None) => (Op::Above, &rule[at + 1..]),
        };
        let metric = Metric::parse(rule[..at].trim(), rule)?;
        let (limit, scope) = split_scope(after.trim(), rule)?;
        let limit = Limit::parse(metric.dimension(), limit, rule)?;
        Ok(Self { metric, op, limit, scope })
    }
}

/// Splits `100ms for consume` into its limit and its scope.
fn split_scope<'a>(text: &'a str, rule: &str) -> Result<(&'a str, Scope), ThresholdError> {
    let (limit, rest) = match text.split_once(char::is_whitespace) {
        Some((limit, rest)) => (limit, rest.trim()),
        None => (text, ""),
    };
    if rest.is_empty() {
        return Ok((limit, Scope::Unsaid));
    }
    let name = rest.strip_prefix("for").filter(|n| n.is_empty() || n.starts_with(char::is_whitespace));
    // "100 ms" is a limit with a space in it, not a scope: the limit's own error names the cure.
    let Some(name) = name else { return Ok((text, Scope::Unsaid)) };
    match name.trim() {
        "" => Err(ThresholdError::NoScope(rule.to_owned())),
        "iteration" => Ok((limit, Scope::Iteration)),
        "all" => Ok((limit, Scope::All)),
        step => Ok((limit, Scope::Step(step.to_owned()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Threshold {
        text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn every_metric_prints_as_the_rule_it_was_parsed_from() {
        for text in [
            "tps>=1000",
            "throughput>999.5",
            "mean<=50ms",
            "mean-all<50ms",
            "min>=1ms",
            "max<=2s for consume",
            "p95<=100ms",
            "p99.9<1.5s for iteration",
            "service-p95<=100ms",
            "response-mean<=50ms for all",
            "max-gap<=1s",
            "ttfb-mean<=20ms",
            "ttfb-p95<=40ms",
            "success-rate>=99%",
            "error-rate<0.1%",
            "failures<=0",
        ] {
            assert_eq!(rule(text).to_string(), text);
        }
    }

    #[test]
    fn spellings_of_other_tools_are_the_same_rules() {
        assert_eq!(rule("p(95)<100ms"), rule("p95<100ms"));
        assert_eq!(rule(" avg <= 50ms "), rule("mean<=50ms"));
        assert_eq!(rule("rps>=1000"), rule("throughput>=1000"));
        assert_eq!(rule("success-rate >= 0.99"), rule("success-rate>=99%"));
        assert_eq!(rule("tps>=1000/s"), rule("tps>=1000"));
        assert_eq!(rule("p95<=100ms for POST /x").scope, Scope::Step("POST /x".into()));
    }

    #[test]
    fn a_malformed_rule_says_what_is_wrong_with_it() {
        for (text, part) in [
            ("p95", "no comparison"),
            ("p95=100ms", "no comparison"),
            ("q95<=100ms", "unknown metric \"q95\""),
            ("<=100ms", "unknown metric"),
            ("p100<=1s", "between p0.1 and p99.9"),
            ("p0<=1s", "between p0.1 and p99.9"),
            ("p99.99<=1s", "steps of a tenth"),
            ("p95<=100", "no unit"),
            ("p95<=100 ms", "ms"),
            ("p95<=soon", "not a duration"),
            ("tps>=fast", "not a rate"),
            ("tps>=-5", "not a rate"),
            ("success-rate>=101%", "0% to 100%"),
            ("success-rate>=99", "0% to 100%"),
            ("failures<=1.5", "whole number"),
            ("p95<=100ms for ", "needs a step's name"),
        ] {
            let error = text.parse::<Threshold>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn the_rank_of_a_percentile_is_the_nearest_rank() {
        assert_eq!(Permille::P95.rank(100), 95);
        assert_eq!(Permille::P95.rank(101), 96);
        assert_eq!(Permille::P999.rank(1), 1);
        assert_eq!(Permille::P50.rank(0), 0);
    }
}
