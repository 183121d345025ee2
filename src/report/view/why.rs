//! A failed rule explained: a sentence, and a row for each part that contributes most.
//!
//! In: an [`Explanation`]. Out: a [`WhyView`]. Always holds: the sentence names the largest part of each way, the rows
//! the largest few; shares are of what the sentence counts.

use super::Subject;
use crate::gate::explain::{Burden, By, Explanation, Part, Way, What, explain};
use crate::gate::{RuleResult, Verdict};
use crate::report::figures;
use crate::report::neutral::neutral;
use crate::report::text::{Lang, fill};
use crate::scenario::threshold::Dimension;
use crate::summary::Summary;

/// Why one rule failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhyView {
    /// The rule as it was written.
    pub rule: String,
    /// How many contribute, and the largest part of each way.
    pub sentence: String,
    /// What the shares of the rows are of.
    pub share_of: &'static str,
    /// The largest parts, way after way.
    pub rows: Vec<WhyRow>,
}

/// One part of what made a rule fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhyRow {
    /// Time, step, outcome, connection.
    pub by: &'static str,
    /// Which.
    pub what: String,
    /// Its share of what made the rule fail.
    pub share: String,
    /// Its share of everything.
    pub of_all: String,
}

/// A part that holds so much of the burden, and so many times its share of everything, is where to look first.
const LARGE: f64 = 0.5;
const TIMES: f64 = 1.5;

/// Why `rule` failed, in an English sentence.
pub(in crate::report) fn why_in_words(
    (summary, verdict): (&Summary, &Verdict),
    rule: &RuleResult,
    explanation: &Explanation,
) -> String {
    Subject { summary, verdict, lang: Lang::En }.explained(rule, explanation).sentence
}

impl Subject<'_> {
    /// Every failed rule that can be explained.
    pub(super) fn why(&self) -> Vec<WhyView> {
        self.verdict.rules.iter().filter_map(|rule| Some(self.explained(rule, &explain(self.summary, rule)?))).collect()
    }

    /// Where to look first for a failed rule; nothing where it cannot be told.
    pub(super) fn look_first(&self, rule: &RuleResult) -> Option<String> {
        let (w, explanation) = (self.lang.why(), explain(self.summary, rule)?);
        let lift = |part: &Part| part.share / part.of_all.unwrap_or(1.0).max(1e-9);
        let parts = explanation.ways.iter().filter(|way| way.by != By::StepTime).flat_map(|way| &way.parts);
        let standing_out = parts.filter(|part| part.share >= LARGE && lift(part) >= TIMES);
        let name = neutral(&rule.rule);
        let Some(part) = standing_out.max_by(|a, b| lift(a).total_cmp(&lift(b))) else {
            return Some(fill(w.look_nowhere, &[("rule", &name)]));
        };
        let (what, share) = (self.part(&part.what), rough(part.share));
        Some(fill(w.look, &[("rule", &name), ("part", &what), ("share", &share)]))
    }

    fn explained(&self, rule: &RuleResult, explanation: &Explanation) -> WhyView {
        let (t, w) = (self.lang.text(), self.lang.why());
        let of_way = |way: &Way| way.parts.iter().map(|part| self.why_row(way.by, part)).collect::<Vec<_>>();
        let tops = explanation.ways.iter().filter_map(|way| {
            let part = way.parts.first()?;
            let template = if way.by == By::StepTime { w.share_of_time } else { w.share_of };
            Some(fill(template, &[("share", &rough(part.share)), ("part", &self.part(&part.what))]))
        });
        let tops: Vec<String> = tops.collect();
        let lead = self.lead(rule, explanation.burden);
        WhyView {
            rule: neutral(&rule.rule),
            sentence: format!("{lead}{}{}{}", w.colon, tops.join(w.between), t.full_stop.trim_end()),
            share_of: w.share(explanation.burden),
            rows: explanation.ways.iter().flat_map(of_way).collect(),
        }
    }

    fn lead(&self, rule: &RuleResult, burden: Burden) -> String {
        let w = self.lang.why();
        let attempts = self.attempts(rule);
        let counted = |template, count: u64, limit: &str| {
            let blanks = [("count", figures::count(count)), ("attempts", figures::count(attempts))];
            fill(template, &[("count", &blanks[0].1), ("attempts", &blanks[1].1), ("limit", limit)])
        };
        match burden {
            Burden::Over { attempts, limit_ms } => {
                counted(w.over, attempts, &figures::limit(limit_ms, Dimension::Time))
            }
            Burden::Failed { attempts } => counted(w.failed, attempts, ""),
            Burden::Excess { limit_ms } => fill(w.excess, &[("limit", &figures::limit(limit_ms, Dimension::Time))]),
            Burden::Shortfall { limit } => {
                fill(w.shortfall, &[("limit", figures::limit(limit, Dimension::Rate).trim_end_matches("/s"))])
            }
            Burden::Silence => w.silence.to_owned(),
        }
    }

    /// The attempts of the requests that a rule is about.
    fn attempts(&self, rule: &RuleResult) -> u64 {
        let summary = self.summary;
        let rows = summary.steps.iter().chain(&summary.iteration).chain(&summary.groups);
        let mut named = rows.filter(|row| row.name == rule.step);
        let row = if rule.step.is_some() { named.next() } else { None };
        row.unwrap_or(&summary.totals).attempts()
    }

    fn why_row(&self, by: By, part: &Part) -> WhyRow {
        WhyRow {
            by: self.lang.why().way(by),
            what: self.part(&part.what),
            share: rough(part.share),
            of_all: part.of_all.map_or_else(|| self.lang.text().absent.to_owned(), rough),
        }
    }

    fn part(&self, what: &What) -> String {
        let w = self.lang.why();
        match what {
            What::Seconds(from, to) => {
                let (from, to) = (figures::count((*from).into()), figures::count(u64::from(*to) + 1));
                fill(w.seconds, &[("from", &from), ("to", &to)])
            }
            What::Throughout => w.throughout.to_owned(),
            What::Step(name) => fill(w.step, &[("step", &neutral(name))]),
            What::Succeeded => w.succeeded.to_owned(),
            What::Failed(class, None) => fill(w.failed_by, &[("class", self.lang.failure_class(*class))]),
            What::Failed(class, Some(status)) => {
                let (class, status) = (self.lang.failure_class(*class), status.to_string());
                fill(w.failed_by_status, &[("class", class), ("status", &status)])
            }
            What::FailedAtAll => w.failed_at_all.to_owned(),
            What::NewConnection => w.new_connection.to_owned(),
            What::ReusedConnection => w.reused_connection.to_owned(),
        }
    }
}

/// `84%`, `0.7%`: never whole when it is not.
fn rough(share: f64) -> String {
    let percent = share * 100.0;
    let places = usize::from(percent < 10.0 || (percent > 99.0 && percent < 100.0));
    let text = figures::decimal(percent, places);
    match (text.as_str(), percent < 100.0, percent > 0.0) {
        ("100" | "100.0", true, _) => "> 99.9%".to_owned(),
        ("0.0", _, true) => "< 0.1%".to_owned(),
        ("100.0", ..) => "100%".to_owned(),
        _ => format!("{text}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_short_and_never_rounds_to_all_or_nothing() {
        for (share, text) in
            [(0.843, "84%"), (0.007, "0.7%"), (0.999_9, "> 99.9%"), (1.0, "100%"), (0.000_2, "< 0.1%"), (0.0, "0.0%")]
        {
            assert_eq!(rough(share), text);
        }
    }
}
