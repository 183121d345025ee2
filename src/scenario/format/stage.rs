//! `[[load.stage]]`: load that changes inside the window.
//!
//! In: a level, and how long it takes to reach and to hold it. Out: a [`StageSection`]. Always holds: a stage lasts; all
//! stages of a file are of users or all of rates; the first offers load.

use serde::Deserialize;
use serde::de::{self, Deserializer};

use crate::scenario::format::span;
use crate::units::{Micros, RatePerSec};

/// `[[load.stage]]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StageSection {
    /// What it goes to.
    pub level: StageLevel,
    /// How long the level takes to get there, in a straight line; zero is a step.
    pub ramp: Micros,
    /// How long it stays there.
    pub hold: Micros,
}

/// The level of a stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StageLevel {
    /// Users of a closed model.
    Users(u32),
    /// Arrivals per second of an open one.
    Rate(RatePerSec),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    users: Option<u32>,
    rate: Option<RatePerSec>,
    #[serde(default, deserialize_with = "span")]
    ramp: Option<Micros>,
    #[serde(default, deserialize_with = "span")]
    hold: Option<Micros>,
}

impl Written {
    fn section(&self) -> Result<StageSection, &'static str> {
        let level = match (self.users, self.rate) {
            (Some(users), None) => StageLevel::Users(users),
            (None, Some(rate)) => StageLevel::Rate(rate),
            (None, None) => {
                return Err("says neither users nor rate; write users = 50, or rate = 500 in an open model");
            }
            (Some(_), Some(_)) => {
                return Err("is of users and of a rate; take one out: the users of an open model stand in [load]");
            }
        };
        let [ramp, hold] = [self.ramp, self.hold].map(Option::unwrap_or_default);
        if ramp == Micros::ZERO && hold == Micros::ZERO {
            return Err("lasts no time; write how long with hold = \"60s\", or ramp = \"10s\", or both");
        }
        Ok(StageSection { level, ramp, hold })
    }
}

impl StageLevel {
    /// Users, or arrivals per second.
    #[must_use]
    pub fn value(self) -> f64 {
        match self {
            Self::Users(users) => f64::from(users),
            Self::Rate(rate) => rate.get(),
        }
    }

    /// Whether it is of an open model.
    #[must_use]
    pub const fn is_rate(self) -> bool {
        matches!(self, Self::Rate(_))
    }
}

/// The stages of a file.
pub(super) fn stages<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<StageSection>, D::Error> {
    let written = Vec::<Written>::deserialize(deserializer)?;
    // The place of an error is that of the first stage, so its number says which it is.
    let numbered = written.iter().zip(1..).map(|(stage, number)| {
        stage.section().map_err(|problem| de::Error::custom(format!("stage {number} {problem}")))
    });
    let stages: Vec<StageSection> = numbered.collect::<Result<_, _>>()?;
    let Some(first) = stages.first() else { return Ok(stages) };
    if first.level.value() <= 0.0 {
        return Err(de::Error::custom("the first stage offers no load to warm up with; begin with at least 1"));
    }
    if stages.iter().any(|stage| stage.level.is_rate() != first.level.is_rate()) {
        return Err(de::Error::custom("some stages are of users and some of a rate; a run has one model, so choose"));
    }
    Ok(stages)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::scenario::Scenario;

    fn refused(stages: &str) -> String {
        let text =
            format!("[load]\n{stages}\n[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"s\"\npath = \"/\"\n");
        Scenario::parse(&text, Path::new("x.toml")).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn a_stage_that_cannot_be_is_refused_with_its_place_cause_and_cure() {
        let stage = "[[load.stage]]\n";
        let good = format!("{stage}users = 5\nhold = \"1s\"\n");
        for (text, line, part) in [
            (format!("{good}{stage}hold = \"1s\""), 2, "stage 2 says neither users nor rate"),
            (format!("{good}{stage}users = 5\nrate = 5\nhold = \"1s\""), 2, "stage 2 is of users and of a rate"),
            (format!("{good}{stage}users = 5"), 2, "stage 2 lasts no time; write how long with hold"),
            (format!("{good}{stage}users = 5\nhold = 3"), 7, "\"3\" has no unit"),
            (format!("{good}{stage}users = -5\nhold = \"3s\""), 6, "from 0"),
            (format!("{good}{stage}target = 5\nhold = \"3s\""), 6, "unknown field `target`"),
            (format!("{good}{stage}rate = 5\nhold = \"1s\""), 2, "a run has one model"),
            (format!("{stage}users = 0\nhold = \"1s\""), 2, "no load to warm up with"),
        ] {
            let error = refused(&text);
            assert!(error.starts_with(&format!("x.toml:{line}:")) && error.contains(part), "{text}: {error}");
        }
    }
}
