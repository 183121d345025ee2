//! The statuses of a success.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer};

/// A set of HTTP statuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusSet(Vec<(u16, u16)>);

impl Default for StatusSet {
    fn default() -> Self {
        Self(vec![(200, 299)])
    }
}

impl StatusSet {
    /// Whether `status` is one of a success.
    #[must_use]
    pub fn contains(&self, status: u16) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&status))
    }

    fn range(text: &str) -> Option<(u16, u16)> {
        if let Some(class) = text.strip_suffix("xx") {
            let class: u16 = class.parse().ok().filter(|class| (1..=5).contains(class))?;
            return Some((class * 100, class * 100 + 99));
        }
        let status = text.parse().ok().filter(|status| (100..=599).contains(status))?;
        Some((status, status))
    }
}

impl<'de> Deserialize<'de> for StatusSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a status is a number; write for example 200, \"2xx\" or [200, 404]")]
        enum Written {
            One(Status),
            Several(Vec<Status>),
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Status {
            Number(u16),
            Text(String),
        }
        let written = match Written::deserialize(deserializer)? {
            Written::One(status) => vec![status],
            Written::Several(statuses) => statuses,
        };
        if written.is_empty() {
            return Err(de::Error::custom("expect is empty; write for example expect = \"2xx\""));
        }
        let ranges: Result<Vec<_>, _> = written
            .into_iter()
            .map(|status| match status {
                Status::Number(number) => number.to_string(),
                Status::Text(text) => text,
            })
            .map(|text| Self::range(&text).ok_or(text))
            .collect();
        ranges.map(Self).map_err(|text| {
            de::Error::custom(format!("\"{text}\" is not a status; write for example 200, \"2xx\" or [200, 404]"))
        })
    }
}

impl fmt::Display for StatusSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let range = |(first, last): &(u16, u16)| match (first, last) {
            (first, last) if first == last => first.to_string(),
            (first, _) => format!("{}xx", first / 100),
        };
        f.write_str(&self.0.iter().map(range).collect::<Vec<_>>().join(" or "))
    }
}
