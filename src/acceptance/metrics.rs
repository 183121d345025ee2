//! What the target and Prometheus counted of the load.
//!
//! In: two reads of the target's own metrics around the load, and a Prometheus server where there is one. Out: figures,
//! each with its query and how exact it is. Always holds: a series that is missing, too short, or no number has no figure;
//! a counter that began anew never counts as one that did not.

mod figure;

use crate::acceptance::prometheus::{Prometheus, Span};
use crate::acceptance::reply::Reply;
use crate::acceptance::series::{Scrape, Selector};
use crate::scenario::acceptance::cache::CacheSection;
use crate::scenario::acceptance::metrics::{MetricRule, MetricsSection};
pub use figure::{Figure, Source, Unseen};

/// What the client knows of the load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoadFacts {
    /// From the first request to the last answer.
    pub span: Span,
    /// The measured window, inside it.
    pub window: Span,
    /// Requests of the whole span that were answered, in whatever way.
    pub answered: u64,
    /// Requests of the whole span of which nobody knows whether they arrived: timed out, cut, aborted.
    pub unknown: u64,
    /// Requests of the whole span that succeeded.
    pub succeeded: u64,
    /// Successes a second of the window.
    pub tps: f64,
    /// Mean service time of the window's successes, in milliseconds.
    pub mean_ms: f64,
    /// Whether somebody set the clock meanwhile: then nobody knows where the span and the window lie in the server's time.
    pub clock_moved: bool,
}

/// The target's own metrics before the first request and behind the last.
#[derive(Clone, Debug, PartialEq)]
pub struct Reads {
    /// Before.
    pub before: Result<Scrape, Unseen>,
    /// Behind.
    pub after: Result<Scrape, Unseen>,
}

/// All that was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricsSeen {
    /// By how much the counter of requests rose between the two reads.
    pub requests: Figure,
    /// Successes a second.
    pub tps: Figure,
    /// The mean time at the server in milliseconds; `None` where the file names no series for it.
    pub mean_ms: Option<Figure>,
    /// Each rule's figure, in the file's order.
    pub rules: Vec<Figure>,
}

/// Lookups of a cache.
#[derive(Clone, Debug, PartialEq)]
pub struct CacheSeen {
    /// Found in the first level.
    pub l1_hits: Figure,
    /// Found in the second.
    pub l2_hits: Figure,
    /// Found in neither.
    pub misses: Figure,
}

/// The target's own metrics, as it answered.
///
/// # Errors
/// [`Unseen`] where there is no answer, or it is none.
pub fn scraped(reply: &Reply) -> Result<Scrape, Unseen> {
    let unread = |cause: String| Unseen::Unread { path: reply.request.clone(), cause };
    match &reply.outcome {
        Err(unanswered) => Err(unread(unanswered.cause.clone())),
        Ok(answered) if answered.status != 200 => Err(unread(format!("HTTP status {}", answered.status))),
        Ok(answered) => {
            Scrape::parse(&String::from_utf8_lossy(&answered.body)).map_err(|error| unread(error.to_string()))
        }
    }
}

/// Who is asked: the two reads, or Prometheus where there is one.
pub struct Witnesses<'a> {
    /// The two reads.
    pub reads: &'a Reads,
    /// Prometheus.
    pub prometheus: Option<&'a mut Prometheus>,
    /// What the client knows.
    pub load: LoadFacts,
}

/// Looks at everything that `section` names.
pub fn look(section: &MetricsSection, witnesses: &mut Witnesses<'_>) -> MetricsSeen {
    MetricsSeen {
        requests: witnesses.exact(&section.requests),
        tps: tps(section, witnesses),
        mean_ms: mean(section, witnesses),
        rules: section.rules.iter().map(|rule| of_rule(rule, witnesses)).collect(),
    }
}

/// Looks at the cache's counters.
pub fn look_at_cache(section: &CacheSection, witnesses: &mut Witnesses<'_>) -> CacheSeen {
    CacheSeen {
        l1_hits: witnesses.increase(&section.l1_hits),
        l2_hits: witnesses.increase(&section.l2_hits),
        misses: witnesses.increase(&section.misses),
    }
}

impl Witnesses<'_> {
    /// By how much `counter` rose between the two reads: just so much.
    fn exact(&self, counter: &str) -> Figure {
        Figure {
            query: counter.to_owned(),
            source: Source::Reads,
            value: self.risen(counter),
            tolerance: 0.0,
            began_anew: false,
        }
    }

    fn risen(&self, counter: &str) -> Result<f64, Unseen> {
        let selector: Selector = counter.parse().map_err(Unseen::Malformed)?;
        let (before, after) = (self.reads.before.as_ref(), self.reads.after.as_ref());
        let (before, after) = (before.map_err(Clone::clone)?, after.map_err(Clone::clone)?);
        match before.increase(after, &selector) {
            Some(increase) if increase.began_anew => Err(Unseen::BeganAnew(counter.to_owned())),
            Some(increase) => Ok(increase.rose),
            None => Err(Unseen::Missing(counter.to_owned())),
        }
    }

    /// By how much `counter` rose: in the window by Prometheus, or between the two reads.
    fn increase(&mut self, counter: &str) -> Figure {
        let window = self.load.window;
        match self.prometheus.as_deref_mut() {
            Some(prometheus) => {
                let figure = figure::increase(prometheus, counter, window);
                self.timed(figure)
            }
            None => self.exact(counter),
        }
    }

    /// A figure that depends on the time of day: none if the clock was set.
    fn timed(&self, figure: Figure) -> Figure {
        let value = if self.load.clock_moved { Err(Unseen::ClockMoved) } else { figure.value };
        Figure { value, ..figure }
    }

    /// How long the time is that [`Self::increase`] is of.
    fn seconds(&self) -> f64 {
        if self.prometheus.is_some() { self.load.window.seconds() } else { self.load.span.seconds() }
    }

    /// By how much a figure of a whole counter may be off, as a share.
    fn tolerance(&self) -> f64 {
        match &self.prometheus {
            Some(prometheus) => 2.0 * prometheus.scrape.as_secs_f64() / self.load.window.seconds() + 0.01,
            None => 0.01,
        }
    }
}

fn tps(section: &MetricsSection, witnesses: &mut Witnesses<'_>) -> Figure {
    let (seconds, tolerance) = (witnesses.seconds(), witnesses.tolerance());
    let all = witnesses.increase(&section.requests);
    let figure = match &section.errors {
        Some(errors) => all.with(&witnesses.increase(errors), "-", |all, errors| Some(all - errors)),
        None => all,
    };
    witnesses.timed(Figure { tolerance, ..figure.map(|successes| successes / seconds) })
}

fn mean(section: &MetricsSection, witnesses: &mut Witnesses<'_>) -> Option<Figure> {
    let sum = witnesses.increase(section.seconds.as_ref()?);
    let count = witnesses.increase(section.seconds_count.as_ref().unwrap_or(&section.requests));
    let tolerance = witnesses.tolerance();
    let mean = sum.with(&count, "/", |seconds, count| (count > 0.0).then(|| seconds / count * 1e3));
    Some(Figure { tolerance, ..mean })
}

fn of_rule(rule: &MetricRule, witnesses: &mut Witnesses<'_>) -> Figure {
    let least = rule.limit.least;
    if let Some(query) = &rule.query {
        let figure = figure::of_query(witnesses.prometheus.as_deref_mut(), query, (witnesses.load.window, least));
        return witnesses.timed(figure);
    }
    if let Some(gauge) = &rule.gauge {
        return match witnesses.prometheus.as_deref_mut() {
            Some(prometheus) => {
                let figure = figure::of_query(Some(prometheus), gauge, (witnesses.load.window, least));
                witnesses.timed(figure)
            }
            None => figure::of_gauge(&witnesses.reads.after, gauge, least),
        };
    }
    let Some(counter) = &rule.counter else {
        return Figure::unseen(&rule.name, Unseen::Malformed("a rule has a counter, a gauge or a query".to_owned()));
    };
    let (seconds, tolerance) = (witnesses.seconds(), witnesses.tolerance());
    let rose = witnesses.increase(counter);
    let figure = match &rule.per {
        Some(per) => rose.with(&witnesses.increase(per), "/", |rose, per| (per > 0.0).then(|| rose / per)),
        None => witnesses.timed(rose.map(|rose| rose / seconds)),
    };
    Figure { tolerance, ..figure }
}

#[cfg(test)]
mod tests;
