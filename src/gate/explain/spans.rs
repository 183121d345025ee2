//! The seconds that stand out, as spans.
//!
//! In: what each second contributes, or in a long run each stretch of seconds. Out: the spans that hold most of it, or that no part of the window stands out.
//! Always holds: seconds without a part in it are in no span.

use super::{By, Part, Way, What};

/// Seconds that stand out contribute so many times as much as the others on average.
const TIMES: f64 = 2.0;
/// They hold so many times as much of the burden as of everything: where more was sent, more is slow.
const LIFT: f64 = 1.25;
/// They hold so much of the whole together; a peak that explains less is no explanation.
const MOST: f64 = 0.3;
/// Seconds that make up so much of the window are no part of it.
const WHOLE: f64 = 0.75;
/// Seconds with fewer than so many in between belong to one span.
const NEAR: u32 = 3;

/// What one second contributes, or several together, and how much of everything lies in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Contribution {
    /// The first of its seconds.
    pub(super) second: u32,
    /// How many they are.
    pub(super) seconds: u32,
    pub(super) burden: f64,
    pub(super) of_all: f64,
}

impl Contribution {
    /// The last of its seconds.
    const fn last(&self) -> u32 {
        self.second.saturating_add(self.seconds.saturating_sub(1))
    }
}

/// The spans of `seconds` that contribute most to `total`, or to their own sum where that is more.
pub(super) fn by_second(mut seconds: Vec<Contribution>, total: f64) -> Option<Way> {
    seconds.sort_by_key(|second| second.second);
    let sum: f64 = seconds.iter().map(|second| second.burden).sum();
    let (total, everything) = (sum.max(total), seconds.iter().map(|second| second.of_all).sum::<f64>());
    if sum <= 0.0 || everything <= 0.0 {
        return None;
    }
    let hot = standing_out(&seconds);
    let held: f64 = hot.iter().map(|second| second.burden).sum();
    let of_all = hot.iter().map(|second| second.of_all).sum::<f64>() / everything;
    let plain = held < MOST * sum || held / sum < LIFT * of_all;
    if plain || hot.len() as f64 >= WHOLE * seconds.len() as f64 {
        let all = Part { what: What::Throughout, share: sum / total, of_all: Some(1.0) };
        return Some(Way { by: By::Second, parts: vec![all] });
    }
    let spans = hot.chunk_by(|a, b| b.second.saturating_sub(a.last()) <= NEAR).filter_map(|span| {
        let (first, last) = (span.first()?.second, span.last()?.last());
        // With the quiet seconds in between: the span is what is told.
        let inside = || seconds.iter().filter(|second| (first..=last).contains(&second.second));
        let burden = inside().map(|second| second.burden).sum();
        let of_all = inside().map(|second| second.of_all).sum::<f64>() / everything;
        Some((What::Seconds(first, last), burden, Some(of_all)))
    });
    Way::of(By::Second, spans, total)
}

/// The seconds that stand out, in order: those over the cut that parts all seconds into two groups which differ most
/// (Otsu's, of the greatest variance between them); none where even those differ by less than [`TIMES`].
fn standing_out(seconds: &[Contribution]) -> Vec<Contribution> {
    let mut burdens: Vec<f64> = seconds.iter().map(|second| second.burden).collect();
    burdens.sort_by(f64::total_cmp);
    let sum: f64 = burdens.iter().sum();
    let (mut low, mut best) = (0.0, (0.0, f64::INFINITY));
    for (at, pair) in burdens.windows(2).enumerate() {
        low += pair[0];
        let (below, above) = ((at + 1) as f64, (burdens.len() - at - 1) as f64);
        let (mean_below, mean_above) = (low / below, (sum - low) / above);
        let apart = below * above * (mean_above - mean_below).powi(2);
        if pair[1] > pair[0] && apart > best.0 && mean_above >= TIMES * mean_below {
            best = (apart, pair[1]);
        }
    }
    seconds.iter().copied().filter(|second| second.burden >= best.1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(burdens: impl IntoIterator<Item = f64>) -> Vec<Part> {
        let seconds = burdens.into_iter().zip(0..).map(|(burden, second)| Contribution {
            second,
            seconds: 1,
            burden,
            of_all: 1.0,
        });
        by_second(seconds.collect(), 0.0).map_or_else(Vec::new, |way| way.parts)
    }

    #[test]
    fn a_bad_stretch_is_one_span_with_its_share_and_its_length() {
        let parts = way((0..300).map(|at| if (170..196).contains(&at) { 40.0 } else { 1.0 }));
        assert_eq!(parts.len(), 1, "{parts:?}");
        assert_eq!(parts[0].what, What::Seconds(170, 195));
        assert!((parts[0].share - 1_040.0 / 1_314.0).abs() < 1e-9, "{parts:?}");
        assert!((parts[0].of_all.unwrap() - 26.0 / 300.0).abs() < 1e-9, "{parts:?}");
    }

    #[test]
    fn half_a_window_is_found_whole_though_a_part_of_it_holds_most() {
        let parts = way((0..100).map(|at| f64::from(u8::from(at >= 50))));
        assert_eq!(parts[0].what, What::Seconds(50, 99));
        assert!((parts[0].share - 1.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_everywhere_is_no_part_of_the_window() {
        let parts = way((0..300).map(|at| 100.0 + f64::from(at % 7)));
        assert_eq!(parts[0].what, What::Throughout);
        assert!(way([0.0, 0.0]).is_empty());
        assert!(way([]).is_empty());
    }

    #[test]
    fn seconds_in_which_more_was_sent_do_not_stand_out_for_that() {
        let busy = |at: u32| if (20..40).contains(&at) { 300.0 } else { 100.0 };
        let seconds = |slow: fn(u32) -> f64| -> Vec<Contribution> {
            (0..100)
                .map(|second| Contribution {
                    second,
                    seconds: 1,
                    burden: busy(second) * slow(second),
                    of_all: busy(second),
                })
                .collect()
        };
        assert_eq!(by_second(seconds(|_| 0.9), 0.0).unwrap().parts[0].what, What::Throughout);
        let slow = by_second(seconds(|at| if (20..40).contains(&at) { 0.9 } else { 0.1 }), 0.0).unwrap();
        assert_eq!(slow.parts[0].what, What::Seconds(20, 39));
    }

    #[test]
    fn neighbouring_stretches_of_a_long_run_are_one_span_to_the_end_of_the_last() {
        let burden = |at: u32| f64::from(u8::from((20..24).contains(&at)));
        let stretch = |at| Contribution { second: at * 30, seconds: 30, burden: burden(at), of_all: 1.0 };
        let parts = by_second((0..100).map(stretch).collect(), 0.0).unwrap().parts;
        assert_eq!(parts.iter().map(|part| part.what.clone()).collect::<Vec<_>>(), [What::Seconds(600, 719)]);
    }

    #[test]
    fn short_pauses_do_not_tear_a_span_and_far_ones_do() {
        let parts = way((0..100).map(|at| f64::from(u8::from([10, 12, 14, 60].contains(&at)))));
        let found: Vec<_> = parts.iter().map(|part| part.what.clone()).collect();
        assert_eq!(found, [What::Seconds(10, 14), What::Seconds(60, 60)]);
    }
}
