//! Why a rule failed, as other programs read it.
//!
//! In: an [`Explanation`] and its sentence. Out: what stands behind the rule in `summary.json`. Always holds: every key is
//! there; what a part does not have is null; shares are fractions.

use serde::Serialize;

use crate::gate::explain::{Burden, By, Explanation, Part, Way, What};
use crate::sample::FailureClass;

/// Why a rule failed.
#[derive(Serialize)]
pub(super) struct Why {
    /// The same in words, in English.
    sentence: String,
    /// What is shared out.
    burden: &'static str,
    /// How many attempts that is, where attempts are counted.
    attempts: Option<u64>,
    ways: Vec<WayLine>,
}

/// One way in which it is spread.
#[derive(Serialize)]
struct WayLine {
    by: &'static str,
    parts: Vec<PartLine>,
}

/// One part of it.
#[derive(Serialize)]
struct PartLine {
    what: &'static str,
    first_second: Option<u32>,
    last_second: Option<u32>,
    step: Option<String>,
    class: Option<FailureClass>,
    status: Option<u16>,
    share: f64,
    of_all: Option<f64>,
}

impl Why {
    pub(super) fn of(explanation: Explanation, sentence: String) -> Self {
        let (burden, attempts) = match explanation.burden {
            Burden::Over { attempts, .. } => ("over", Some(attempts)),
            Burden::Failed { attempts } => ("failed", Some(attempts)),
            Burden::Excess { .. } => ("excess", None),
            Burden::Shortfall { .. } => ("shortfall", None),
            Burden::Silence => ("silence", None),
        };
        let way = |way: Way| WayLine {
            by: match way.by {
                By::Second => "second",
                By::Step => "step",
                By::Outcome => "outcome",
                By::Connection => "connection",
                By::StepTime => "step_time",
            },
            parts: way.parts.into_iter().map(PartLine::of).collect(),
        };
        Self { sentence, burden, attempts, ways: explanation.ways.into_iter().map(way).collect() }
    }
}

impl PartLine {
    fn of(Part { what, share, of_all }: Part) -> Self {
        let bare = |what| Self {
            what,
            first_second: None,
            last_second: None,
            step: None,
            class: None,
            status: None,
            share,
            of_all,
        };
        match what {
            What::Seconds(first, last) => {
                Self { first_second: Some(first), last_second: Some(last), ..bare("seconds") }
            }
            What::Throughout => bare("throughout"),
            What::Step(step) => Self { step: Some(step), ..bare("step") },
            What::Succeeded => bare("succeeded"),
            What::Failed(class, status) => Self { class: Some(class), status, ..bare("failed") },
            What::FailedAtAll => bare("failed"),
            What::NewConnection => bare("new_connection"),
            What::ReusedConnection => bare("reused_connection"),
        }
    }
}
