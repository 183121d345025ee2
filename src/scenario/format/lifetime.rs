//! How long users keep cookies and connections.
//!
//! In: `cookies` and `connection` of a scenario. Out: a [`Lifetime`]. Always holds: a user keeps something for all its
//! iterations, or for one.

use schemars::JsonSchema;
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};

/// How long a user keeps something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lifetime {
    /// From its first iteration to its last.
    #[default]
    User,
    /// From the start of an iteration to its end.
    Iteration,
}

/// Whether users keep cookies, and for how long: `true`, `false` or `"iteration"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cookies(pub Option<Lifetime>);

impl<'de> Deserialize<'de> for Cookies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "cookies are kept or not; write cookies = true, false or \"iteration\"")]
        enum Written {
            Truth(bool),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Truth(kept) => Ok(Self(kept.then_some(Lifetime::User))),
            Written::Text(text) if text == "iteration" => Ok(Self(Some(Lifetime::Iteration))),
            Written::Text(text) => Err(de::Error::custom(format!(
                "cookies \"{text}\" means nothing; write cookies = true, or \"iteration\" to begin each iteration without"
            ))),
        }
    }
}
