//! What a target says of itself in Prometheus' text format.
//!
//! In: the text of a scrape, and selectors like `name{label="value"}`. Out: the values of what they match. Always holds: a
//! line that cannot be read refuses the scrape instead of being left out; what nothing matches is `None` and never 0.

mod text;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The labels of a series.
pub type Labels = BTreeMap<String, String>;

/// One value of a scrape.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The metric's name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// Its value; it may be no number.
    pub value: f64,
}

/// All values of one scrape.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scrape {
    /// The values, in the order of the text.
    pub samples: Vec<Sample>,
}

/// Why a text is no scrape.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the metrics cannot be read: {text}")]
pub struct ScrapeError {
    /// From 1.
    pub line: usize,
    /// The line, or its beginning.
    pub text: String,
}

/// Some series: those of a name whose labels have some values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// The metric's name.
    pub name: String,
    /// Labels that must have just these values.
    pub labels: Labels,
}

/// By how much counters rose between two scrapes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Increase {
    /// By how much, at least: a counter that began anew had risen before.
    pub rose: f64,
    /// Whether one of them began anew, or was gone: the figure is a lower bound.
    pub began_anew: bool,
}

impl Selector {
    fn matches(&self, sample: &Sample) -> bool {
        sample.name == self.name && self.labels.iter().all(|(label, value)| sample.labels.get(label) == Some(value))
    }
}

impl Scrape {
    /// Reads a scrape.
    ///
    /// # Errors
    /// [`ScrapeError`] with the first line that is none.
    pub fn parse(text: &str) -> Result<Self, ScrapeError> {
        let mut samples = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let sample = text::sample(line);
            let shown = || line.chars().take(200).collect();
            samples.push(sample.ok_or_else(|| ScrapeError { line: at + 1, text: shown() })?);
        }
        Ok(Self { samples })
    }

    /// The sum of all series that `selector` matches; `None` where none does, or one is no number.
    #[must_use]
    pub fn sum(&self, selector: &Selector) -> Option<f64> {
        let mut matching = self.values(selector);
        let first = matching.next()?;
        let sum = matching.fold(first, |sum, value| sum + value);
        sum.is_finite().then_some(sum)
    }

    /// The values of all series that `selector` matches.
    pub fn values(&self, selector: &Selector) -> impl Iterator<Item = f64> {
        self.samples.iter().filter(|sample| selector.matches(sample)).map(|sample| sample.value)
    }

    /// By how much the counters that `selector` matches rose from `self` to `later`; `None` where `later` has none.
    #[must_use]
    pub fn increase(&self, later: &Self, selector: &Selector) -> Option<Increase> {
        later.sum(selector)?;
        let of = |scrape: &Self| -> BTreeMap<Labels, f64> {
            let matching = scrape.samples.iter().filter(|sample| selector.matches(sample));
            matching.map(|sample| (sample.labels.clone(), sample.value)).collect()
        };
        let (before, after) = (of(self), of(later));
        let mut increase = Increase { rose: 0.0, began_anew: before.keys().any(|labels| !after.contains_key(labels)) };
        for (labels, value) in after {
            let earlier = before.get(&labels).copied().filter(|earlier| earlier.is_finite()).unwrap_or(0.0);
            let fell = value < earlier;
            increase.began_anew |= fell;
            increase.rose += if fell { value } else { value - earlier };
        }
        Some(increase)
    }
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(written: &str) -> Result<Self, String> {
        let malformed = || format!("\"{written}\" selects no series; write for example 'name{{label=\"value\"}}'");
        let (name, labels, rest) = text::series(written.trim()).ok_or_else(malformed)?;
        if rest.is_empty() { Ok(Self { name, labels }) } else { Err(malformed()) }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.labels.is_empty() {
            return Ok(());
        }
        let labels: Vec<String> = self.labels.iter().map(|(label, value)| format!("{label}={value:?}")).collect();
        write!(f, "{{{}}}", labels.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select(text: &str) -> Selector {
        text.parse().unwrap()
    }

    #[test]
    fn values_are_read_as_prometheus_writes_them() {
        let text = "# HELP a Things\n# TYPE a counter\na 5\na{x=\"1\",y=\"quote \\\" and \\\\ and \\n\"} 1.5e3 1766000000000\n\nb_sum NaN\nc{} +Inf\n";
        let scrape = Scrape::parse(text).unwrap();
        assert_eq!(scrape.samples.len(), 4);
        assert_eq!(scrape.samples[1].labels["y"], "quote \" and \\ and \n");
        assert_eq!(scrape.sum(&select("a")), Some(1_505.0));
        assert_eq!(scrape.sum(&select("a{x=\"1\"}")), Some(1_500.0));
        for nothing in ["a{x=\"2\"}", "none", "b_sum", "c"] {
            assert_eq!(scrape.sum(&select(nothing)), None, "{nothing}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_refuses_the_scrape() {
        for text in ["a", "a{x=1} 2", "a{x=\"1\" 2", "a b", "{x=\"1\"} 2", "<html>", "a{x=\"1\"}"] {
            let error = Scrape::parse(&format!("ok 1\n{text}\n")).unwrap_err();
            assert_eq!((error.line, error.text.as_str()), (2, text));
        }
    }

    #[test]
    fn a_selector_is_a_name_and_labels_and_nothing_else() {
        let selector = select("http_count{uri=\"/a/{id}\", method=\"POST\"}");
        assert_eq!(selector.to_string(), "http_count{method=\"POST\",uri=\"/a/{id}\"}");
        for text in ["", "a b", "a{x=~\"1\"}", "rate(a[1m])", "a{x=\"1\"} 5"] {
            assert!(text.parse::<Selector>().unwrap_err().contains("selects no series"), "{text}");
        }
    }

    #[test]
    fn increases_add_up_over_series_and_a_counter_that_began_anew_is_a_lower_bound() {
        let scrape = |text: &str| Scrape::parse(text).unwrap();
        let (before, after) =
            (scrape("a{s=\"1\"} 10\na{s=\"2\"} 5\n"), scrape("a{s=\"1\"} 25\na{s=\"2\"} 5\na{s=\"3\"} 2\n"));
        let all = select("a");
        assert_eq!(before.increase(&after, &all), Some(Increase { rose: 17.0, began_anew: false }));
        assert_eq!(after.increase(&before, &all), Some(Increase { rose: 10.0, began_anew: true }));
        assert_eq!(before.increase(&after, &select("b")), None);
        assert_eq!(scrape("").increase(&after, &all), Some(Increase { rose: 32.0, began_anew: false }));
    }
}
