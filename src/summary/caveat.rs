//! Reasons to distrust a run, as data: each with its class, its figure and what to do about it.

use serde::Serialize;

/// What a caveat does to the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CaveatClass {
    /// The books do not balance: the run proves nothing.
    Accounting,
    /// The generator was strained: the figures are worse than the service's own.
    Instrument,
    /// Worth knowing; changes no verdict.
    Warning,
}

/// Which doubt it is. The identifiers are what other programs read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CaveatId {
    /// The partition of counts does not hold, or two counters of the same thing differ.
    SamplesLost,
    /// A value lay over the histogram's top.
    Clamped,
    /// A user panicked or never started.
    UserLost,
    /// The window was shorter than the run time.
    WindowShort,
    /// The target died, or was started anew.
    TargetLost,
    /// The embedded service was the target: the run shows the tool and accepts nothing.
    Embedded,
    /// The window was under 60 s.
    ShortWindow,
    /// Only the mean of successes holds; with failures it does not.
    MeanOfSuccesses,
    /// Answers with status 429 were seen.
    RateLimitSeen,
    /// The gate is weaker than the scenario's own.
    WeakerGate,
    /// The users do not divide by the scenarios' weights.
    MixDistorted,
}

impl CaveatId {
    /// The identifier as `summary.json` spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SamplesLost => "samples_lost",
            Self::Clamped => "clamped",
            Self::UserLost => "user_lost",
            Self::WindowShort => "window_short",
            Self::TargetLost => "target_lost",
            Self::Embedded => "embedded",
            Self::ShortWindow => "short_window",
            Self::MeanOfSuccesses => "mean_of_successes",
            Self::RateLimitSeen => "rate_limit_seen",
            Self::WeakerGate => "weaker_gate",
            Self::MixDistorted => "mix_distorted",
        }
    }

    /// What it does to the verdict.
    #[must_use]
    pub const fn class(self) -> CaveatClass {
        match self {
            Self::SamplesLost | Self::Clamped | Self::UserLost | Self::WindowShort | Self::TargetLost => {
                CaveatClass::Accounting
            }
            _ => CaveatClass::Warning,
        }
    }
}

/// One doubt about the run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Caveat {
    /// Which doubt.
    pub id: CaveatId,
    /// What it does to the verdict.
    pub class: CaveatClass,
    /// The figure behind it, where there is one.
    pub observed: Option<f64>,
    /// What was seen.
    pub message: String,
    /// What to do about it.
    pub advice: String,
}
