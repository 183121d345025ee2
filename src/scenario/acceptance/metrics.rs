//! `[metrics]`: what the server must have seen of the load.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{self, Deserializer};

/// `[metrics]`. A counter is a series of the target's own metrics, `name` or `name{label="value"}`; all that match are
/// added.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MetricsSection {
    /// Where the target says what it counted, behind the base path.
    pub path: String,
    /// The counter of the requests that the load sends.
    pub requests: String,
    /// The counter of those that failed; none without it.
    pub errors: Option<String>,
    /// The sum of seconds that they took at the server.
    pub seconds: Option<String>,
    /// How many requests that sum is of; `requests` without it.
    pub seconds_count: Option<String>,
    /// What must hold.
    #[serde(rename = "rule")]
    pub rules: Vec<MetricRule>,
}

/// `[[metrics.rule]]`: one of `counter`, `gauge` or `query`, and its limit.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricRule {
    /// What it is called in ids and reports.
    pub name: String,
    /// A counter: what it rose by a second of the window; or with `per`, by so much of the other.
    pub counter: Option<String>,
    /// Another counter, for a share or a mean.
    pub per: Option<String>,
    /// A gauge: its worst value in the window where Prometheus is there, else its last.
    pub gauge: Option<String>,
    /// PromQL, in which `${window}` stands for the window's length. With it, asked once at the window's end; without,
    /// asked over the window, and the worst value counts.
    pub query: Option<String>,
    /// `>= 1000`, `<= 0.01`.
    pub limit: MetricLimit,
    /// Whether it blocks or warns.
    #[serde(default)]
    pub severity: RuleSeverity,
}

/// A comparison and its figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricLimit {
    /// Whether the figure is the least that holds, and not the most.
    pub least: bool,
    /// The figure, in the series' own unit.
    pub figure: f64,
}

/// What a check that does not hold does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleSeverity {
    /// It blocks acceptance.
    #[default]
    Blocking,
    /// It warns.
    Warning,
}

impl RuleSeverity {
    /// Whether it blocks.
    #[must_use]
    pub const fn blocks(self) -> bool {
        matches!(self, Self::Blocking)
    }
}

impl FromStr for MetricLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let malformed = || format!("limit \"{text}\" is none; write for example \">= 1000\" or \"<= 0.01\"");
        let (least, figure) = match (text.trim().strip_prefix(">="), text.trim().strip_prefix("<=")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err(malformed()),
        };
        let figure: f64 = figure.trim().parse().map_err(|_| malformed())?;
        if figure.is_finite() { Ok(Self { least, figure }) } else { Err(malformed()) }
    }
}

impl<'de> Deserialize<'de> for MetricLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for MetricLimit {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "MetricLimit".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^\\s*(>=|<=)\\s*[-0-9.]" })
    }
}

impl Default for MetricsSection {
    fn default() -> Self {
        let total = "consume_transaction_total".to_owned();
        let errors = "consume_transaction_error_total".to_owned();
        let limit = |least, figure| MetricLimit { least, figure };
        let rule = |name: &str, counter: &String, per: Option<&String>, limit| MetricRule {
            name: name.to_owned(),
            counter: Some(counter.clone()),
            per: per.cloned(),
            gauge: None,
            query: None,
            limit,
            severity: RuleSeverity::Blocking,
        };
        Self {
            path: "/actuator/prometheus".to_owned(),
            seconds: Some("http_server_requests_seconds_sum{method=\"POST\"}".to_owned()),
            seconds_count: Some("http_server_requests_seconds_count{method=\"POST\"}".to_owned()),
            rules: vec![
                rule("tps", &total, None, limit(true, 1_000.0)),
                rule("error-ratio", &errors, Some(&total), limit(false, 0.01)),
            ],
            requests: total,
            errors: Some(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_comparison_and_a_figure() {
        assert_eq!(">= 1000".parse(), Ok(MetricLimit { least: true, figure: 1_000.0 }));
        assert_eq!("<=0.01".parse(), Ok(MetricLimit { least: false, figure: 0.01 }));
        for text in ["1000", "> 3", "<= ", "<= NaN", ">= many", "<= inf"] {
            assert!(text.parse::<MetricLimit>().unwrap_err().contains("<= 0.01"), "{text}");
        }
    }

    #[test]
    fn a_rule_blocks_where_nothing_else_is_written() {
        let rule: MetricRule = toml::from_str("name = \"up\"\nquery = \"up\"\nlimit = \">= 1\"").unwrap();
        assert!(rule.severity.blocks());
        assert!(toml::from_str::<MetricRule>("name = \"up\"\nquery = \"up\"").is_err(), "it has no limit");
    }
}
