//! `[vars]` and `[secrets]`: values with names.

use serde::Deserialize;
use serde::de::{self, Deserializer};

use crate::scenario::template::Template;

/// A value of `[vars]`: a template, or a plain number or truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VarValue(pub Template);

impl<'de> Deserialize<'de> for VarValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Text(String),
            Whole(i64),
            Fraction(f64),
            Truth(bool),
        }
        let written = Written::deserialize(deserializer).map_err(|_| {
            de::Error::custom("a variable is a text, a number or a truth; write for example user = \"u1\"")
        })?;
        let text = match written {
            Written::Text(text) => text,
            Written::Whole(number) => number.to_string(),
            Written::Fraction(number) => number.to_string(),
            Written::Truth(truth) => truth.to_string(),
        };
        Template::parse(&text).map(Self).map_err(de::Error::custom)
    }
}
