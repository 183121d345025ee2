//! `think_time`: how long a user pauses behind a step.
//!
//! In: `"2s"`, `{ uniform = ["1s", "3s"] }` `{ lognormal = { median = "1s", p95 = "3s" } }` or
//! `{ normal = { mean = "1s", deviation = "300ms" } }`. Out: a [`ThinkTime`].
//! Always holds: a range is not turned round, and a lognormal has a median above 0 and a p95 above that.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use crate::scenario::format::span;
use crate::units::Micros;

/// How long a user pauses behind a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThinkTime {
    /// Always the same.
    Constant(Micros),
    /// Anything from the one to the other, equally likely.
    Uniform {
        /// The shortest.
        min: Micros,
        /// The longest.
        max: Micros,
    },
    /// As people do: many short pauses and a few long ones.
    Lognormal {
        /// Half the pauses are shorter; more than 0.
        median: Micros,
        /// Nineteen of twenty are shorter; more than the median.
        p95: Micros,
    },
    /// Spread evenly to both sides of its mean; what falls below 0 is turned round.
    Normal {
        /// The mean, where nothing is turned round.
        mean: Micros,
        /// The standard deviation, above 0.
        deviation: Micros,
    },
}

impl Default for ThinkTime {
    fn default() -> Self {
        Self::Constant(Micros::ZERO)
    }
}

/// The distributions as they are written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    uniform: Option<Vec<Spelled>>,
    lognormal: Option<Lognormal>,
    normal: Option<Normal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Normal {
    mean: Spelled,
    deviation: Spelled,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lognormal {
    median: Spelled,
    p95: Spelled,
}

/// A span that must be there.
struct Spelled(Micros);

impl<'de> Deserialize<'de> for Spelled {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        span(deserializer)?.map(Self).ok_or_else(|| de::Error::custom("a span is missing; write for example \"1s\""))
    }
}

impl<'de> Deserialize<'de> for ThinkTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ThinkTimeVisitor)
    }
}

struct ThinkTimeVisitor;

impl<'de> Visitor<'de> for ThinkTimeVisitor {
    type Value = ThinkTime;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a span such as \"2s\", { uniform = [\"1s\", \"3s\"] } or { lognormal = { median = \"1s\", p95 = \"3s\" } }",
        )
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ThinkTime, E> {
        Micros::parse_with_unit(text).map(ThinkTime::Constant).map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<ThinkTime, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<ThinkTime, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ThinkTime, A::Error> {
        let written = Written::deserialize(de::value::MapAccessDeserializer::new(map))?;
        match (written.uniform, written.lognormal, written.normal) {
            (Some(range), None, None) => uniform(&range),
            (None, Some(Lognormal { median, p95 }), None) => lognormal(median.0, p95.0),
            (None, None, Some(Normal { mean, deviation })) => normal(mean.0, deviation.0),
            _ => Err("think_time takes one distribution; write { uniform = [\"1s\", \"3s\"] } or \
                      { lognormal = { median = \"1s\", p95 = \"3s\" } }"
                .to_owned()),
        }
        .map_err(de::Error::custom)
    }
}

fn uniform(range: &[Spelled]) -> Result<ThinkTime, String> {
    let [Spelled(min), Spelled(max)] = range else {
        return Err("uniform takes the shortest and the longest pause; write uniform = [\"1s\", \"3s\"]".to_owned());
    };
    if min > max {
        return Err(format!(
            "uniform runs from the shortest pause to the longest; write uniform = [\"{max}\", \"{min}\"]"
        ));
    }
    Ok(ThinkTime::Uniform { min: *min, max: *max })
}

fn normal(mean: Micros, deviation: Micros) -> Result<ThinkTime, String> {
    if deviation == Micros::ZERO {
        return Err(format!(
            "a deviation of 0 is no spread; write think_time = \"{mean}\" for pauses that are all alike"
        ));
    }
    Ok(ThinkTime::Normal { mean, deviation })
}

fn lognormal(median: Micros, p95: Micros) -> Result<ThinkTime, String> {
    if median == Micros::ZERO {
        return Err("a lognormal pause has a median above 0; write for example median = \"1s\"".to_owned());
    }
    if p95 <= median {
        return Err(format!(
            "p95 {p95} must be longer than the median {median}; write a longer p95, or think_time = \"{median}\" for \
             pauses that are all alike"
        ));
    }
    Ok(ThinkTime::Lognormal { median, p95 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;
    use std::path::Path;

    fn parsed(think_time: &str) -> Result<Option<ThinkTime>, String> {
        let text = format!(
            "[load]\nthink_time = {think_time}\n[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"s\"\npath = \"/\"\n"
        );
        let scenario = Scenario::parse(&text, Path::new("x.toml")).map_err(|error| error.to_string())?;
        Ok(scenario.load.think_time)
    }

    #[test]
    fn a_think_time_is_a_span_a_range_or_a_lognormal() {
        let (one, three) = (Micros::SECOND, Micros::from_secs(3));
        assert_eq!(parsed("\"3s\""), Ok(Some(ThinkTime::Constant(three))));
        assert_eq!(parsed("{ uniform = [\"1s\", \"3s\"] }"), Ok(Some(ThinkTime::Uniform { min: one, max: three })));
        assert_eq!(
            parsed("{ lognormal = { median = \"1s\", p95 = \"3s\" } }"),
            Ok(Some(ThinkTime::Lognormal { median: one, p95: three }))
        );
    }

    #[test]
    fn a_think_time_that_cannot_be_is_refused_with_its_place_cause_and_cure() {
        for (text, place, part) in [
            ("2", "2:14", "\"2\" has no unit; write \"2s\""),
            ("2.5", "2:14", "\"2.5\" has no unit; write \"2.5s\""),
            ("true", "2:14", "a span such as"),
            ("{ uniform = [\"3s\", \"1s\"] }", "2:14", "write uniform = [\"1s\", \"3s\"]"),
            ("{ uniform = [\"3s\"] }", "2:14", "the shortest and the longest"),
            ("{ uniform = [\"1s\", 3] }", "2:26", "\"3\" has no unit"),
            ("{ lognormal = { median = \"0s\", p95 = \"1s\" } }", "2:14", "median above 0"),
            ("{ lognormal = { median = \"2s\", p95 = \"2s\" } }", "2:14", "p95 2s must be longer than the median 2s"),
            ("{ lognormal = { median = \"2s\" } }", "2:", "missing field `p95`"),
            ("{ gamma = \"2s\" }", "2:", "unknown field `gamma`, expected one of `uniform`, `lognormal`, `normal`"),
            ("{ }", "2:14", "takes one distribution"),
        ] {
            let error = parsed(text).unwrap_err();
            assert!(error.starts_with(&format!("x.toml:{place}")) && error.contains(part), "{text}: {error}");
        }
    }
}
