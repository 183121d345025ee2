//! The figure behind a caveat.
//!
//! In: a [`Caveat`]. Out: one number, where one says how far it goes. Always holds: its unit is the one that the caveat's
//! identifier implies.

use super::Caveat;
use crate::plan::PlanWarning;

impl Caveat {
    /// The figure behind it: a count, a share, a ratio, seconds, or milliseconds, as its identifier implies.
    #[must_use]
    pub fn observed(&self) -> Option<f64> {
        match self {
            Self::SamplesLost { one, other, .. } => Some(one.abs_diff(*other) as f64),
            Self::Clamped { count, .. } | Self::RateLimitSeen { count } => Some(*count as f64),
            Self::OfferedShort { inside: share, .. }
            | Self::Dropped { share, .. }
            | Self::PoolBusy { share }
            | Self::Churn { share, .. } => Some(*share),
            Self::Strained(sign) => Some(sign.observed()),
            Self::ClockStep { moved } | Self::BrokenOff { after: moved, .. } => Some(moved.as_secs_f64()),
            Self::NotSteady { first, last } => (first.get() > 0.0).then(|| last.get() / first.get()),
            Self::IterationsShort { done, .. } => Some(*done as f64),
            Self::UserLost { count } => Some(f64::from(*count)),
            Self::AddressRefused { refused } => Some(refused.len() as f64),
            Self::Unlisted(unlisted) => Some(unlisted.missing as f64),
            Self::WindowShort { length, .. } | Self::FeederDry { length, .. } | Self::ShortWindow { length } => {
                Some(length.as_secs_f64())
            }
            Self::MeanOfSuccesses { mean_all: time, .. } | Self::Stall { gap: time } => Some(time.get()),
            Self::Planned(PlanWarning::PartialImport(left_out)) => Some(left_out.len() as f64),
            Self::Planned(PlanWarning::Implied { attempts, .. }) => Some(*attempts as f64),
            Self::Planned(PlanWarning::MixDistorted { users, .. }) => Some(f64::from(*users)),
            Self::TargetLost { .. }
            | Self::LoadUnproven { .. }
            | Self::Foreign { .. }
            | Self::Embedded
            | Self::CoLocated
            | Self::Unknown { .. }
            | Self::Planned(PlanWarning::Insecure | PlanWarning::WeakerGate { .. }) => None,
        }
    }
}
