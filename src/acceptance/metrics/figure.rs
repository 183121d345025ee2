//! One figure of a metric, and why there may be none.
//!
//! In: series. Out: one number with its query. Always holds: of several values the worst counts; counters are added up
//! across the moments at which they began anew, as Prometheus itself does.

use super::{Prometheus, Scrape, Selector, Span};
use crate::acceptance::prometheus::{PromError, Series};

/// Who told a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The target itself, in two reads around the load.
    Reads,
    /// Prometheus, over the window.
    Prometheus,
}

/// A figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What was asked.
    pub query: String,
    /// Who told it.
    pub source: Source,
    /// The figure, or why there is none.
    pub value: Result<f64, Unseen>,
    /// By how much it may be off, as a share of itself.
    pub tolerance: f64,
    /// Whether a counter began anew in the window.
    pub began_anew: bool,
}

/// Why there is no figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// The target's metrics could not be read.
    Unread {
        /// Where.
        path: String,
        /// Why.
        cause: String,
    },
    /// No such series.
    Missing(String),
    /// A series with fewer than two samples in the window.
    TooFew(String),
    /// A counter began anew between the two reads: the target was started again.
    BeganAnew(String),
    /// What it is divided by did not rise: nothing happened.
    Nothing(String),
    /// Somebody set the clock during the load.
    ClockMoved,
    /// Only Prometheus can answer, and there is none.
    NeedsPrometheus,
    /// Prometheus could not be asked.
    Prometheus(PromError),
    /// The acceptance file asks for what is no series.
    Malformed(String),
}

impl Figure {
    pub(super) fn unseen(query: &str, why: Unseen) -> Self {
        Self { query: query.to_owned(), source: Source::Reads, value: Err(why), tolerance: 0.0, began_anew: false }
    }

    pub(super) fn map(self, of: impl FnOnce(f64) -> f64) -> Self {
        Self { value: self.value.map(of), ..self }
    }

    /// The figure that this one and another make; no figure where `of` gives none.
    pub(super) fn with(self, other: &Self, sign: &str, of: impl FnOnce(f64, f64) -> Option<f64>) -> Self {
        let value = match (self.value, &other.value) {
            (Ok(one), Ok(another)) => of(one, *another).ok_or_else(|| Unseen::Nothing(other.query.clone())),
            (Err(why), _) => Err(why),
            (_, Err(why)) => Err(why.clone()),
        };
        let query = format!("{} {sign} {}", self.query, other.query);
        Self { query, value, began_anew: self.began_anew || other.began_anew, ..self }
    }
}

/// By how much `counter` rose over `window`, from the samples that were scraped in it. They cover a little less than the
/// window; what they show is stretched to its length.
pub(super) fn increase(prometheus: &mut Prometheus, counter: &str, window: Span) -> Figure {
    let query = format!("{counter}[{:.0}s]", window.seconds());
    let told = |value, began_anew| Figure { query, source: Source::Prometheus, value, tolerance: 0.0, began_anew };
    if let Err(malformed) = counter.parse::<Selector>() {
        return told(Err(Unseen::Malformed(malformed)), false);
    }
    match prometheus.samples(counter, window) {
        Err(error) => told(Err(Unseen::Prometheus(error)), false),
        Ok(all) if all.is_empty() => told(Err(Unseen::Missing(counter.to_owned())), false),
        Ok(all) => match stretched(&all, window) {
            Some((rose, began_anew)) => told(Ok(rose), began_anew),
            None => told(Err(Unseen::TooFew(counter.to_owned())), false),
        },
    }
}

/// The increases of all series, each stretched to the window's length; `None` where one has fewer than two samples and
/// so none. Whether any began anew.
fn stretched(all: &[Series], window: Span) -> Option<(f64, bool)> {
    let (mut sum, mut began_anew) = (0.0, false);
    for series in all {
        let (first, last) = (series.samples.first()?, series.samples.last()?);
        let covered = last.0 - first.0;
        if covered <= 0.0 {
            return None;
        }
        let mut rose = 0.0;
        for pair in series.samples.windows(2) {
            let (before, after) = (pair[0].1, pair[1].1);
            began_anew |= after < before;
            rose += if after < before { after } else { after - before };
        }
        sum += rose * window.seconds() / covered;
    }
    Some((sum, began_anew))
}

/// The worst value of a PromQL query in the window: at its end where the query names the window itself, else at any
/// moment of it.
pub(super) fn of_query(prometheus: Option<&mut Prometheus>, query: &str, (window, least): (Span, bool)) -> Figure {
    let asked = query.replace("${window}", &format!("{:.0}s", window.seconds().ceil()));
    let Some(prometheus) = prometheus else { return Figure::unseen(&asked, Unseen::NeedsPrometheus) };
    let answer = if asked == query { prometheus.over(&asked, window) } else { prometheus.at(&asked, window.end) };
    let value = answer.map_err(Unseen::Prometheus).and_then(|all| {
        // A series of nothing but NaN is one that says nothing.
        let is_whole = !all.is_empty() && all.iter().all(|series| !series.samples.is_empty());
        let values = all.iter().flat_map(|series| &series.samples).map(|(_, value)| *value);
        worst(values, least).filter(|_| is_whole).ok_or_else(|| Unseen::Missing(asked.clone()))
    });
    Figure { query: asked, source: Source::Prometheus, value, tolerance: 0.0, began_anew: false }
}

/// The worst value of a gauge at the last read.
pub(super) fn of_gauge(after: &Result<Scrape, Unseen>, gauge: &str, least: bool) -> Figure {
    let value = after.as_ref().map_err(Clone::clone).and_then(|scrape| {
        let selector: Selector = gauge.parse().map_err(Unseen::Malformed)?;
        worst(scrape.values(&selector), least).ok_or_else(|| Unseen::Missing(gauge.to_owned()))
    });
    Figure { query: gauge.to_owned(), source: Source::Reads, value, tolerance: 0.0, began_anew: false }
}

/// The value furthest on the wrong side; `None` of no values, or where one is no number.
fn worst(values: impl Iterator<Item = f64>, least: bool) -> Option<f64> {
    let worse = |one: f64, other: f64| if (one < other) == least { one } else { other };
    values.map(|value| (!value.is_nan()).then_some(value)).reduce(|one, other| Some(worse(one?, other?))).flatten()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::acceptance::series::Labels;

    fn window() -> Span {
        Span { start: Timestamp::UNIX_EPOCH, end: Timestamp::from_second(100).unwrap() }
    }

    fn series(samples: &[(f64, f64)]) -> Series {
        Series { labels: Labels::new(), samples: samples.to_vec() }
    }

    #[test]
    fn increases_are_stretched_to_the_window_and_survive_a_restart() {
        let steady = series(&[(10.0, 1_000.0), (50.0, 1_400.0), (90.0, 1_800.0)]);
        assert_eq!(stretched(std::slice::from_ref(&steady), window()), Some((1_000.0, false)));
        let restarted = series(&[(10.0, 1_000.0), (50.0, 100.0), (90.0, 500.0)]);
        assert_eq!(stretched(&[restarted], window()), Some((625.0, true)));
        for short in [series(&[]), series(&[(10.0, 5.0)])] {
            assert_eq!(stretched(&[steady.clone(), short], window()), None, "two samples make an increase");
        }
    }

    #[test]
    fn the_worst_value_counts_and_one_that_is_no_number_spoils_all() {
        assert_eq!(worst([3.0, 1.0, 2.0].into_iter(), true), Some(1.0));
        assert_eq!(worst([3.0, 1.0, 2.0].into_iter(), false), Some(3.0));
        assert_eq!(worst([3.0, f64::NAN].into_iter(), false), None);
        assert_eq!(worst([].into_iter(), true), None);
    }
}
