//! What the author of a plan should know before the run.
//!
//! In: contradictions that refuse nothing. Out: a [`PlanWarning`] each. Always holds: a warning names the figures that it is
//! about, so that it can be told in any language.

use serde::{Deserialize, Serialize};

use crate::units::Micros;

/// Something the author should know, that refuses no run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanWarning {
    /// The users cannot be dealt out by the scenarios' weights.
    MixDistorted {
        /// Users that the weights need at least.
        needed: u32,
        /// Users there are.
        users: u32,
        /// How many of them play each scenario, and the share that its weight asks for.
        mix: Vec<(String, u32, f64)>,
    },
    /// A rate that cannot fail while a limit on the mean of all attempts holds.
    Implied {
        /// The rule that is implied.
        rule: String,
        /// By which.
        by: String,
        /// Virtual users.
        users: u32,
        /// The mean pause that comes to one attempt.
        pause: Micros,
        /// Attempts a second that the limit asks of so many users.
        attempts: u64,
    },
    /// An import left parts of the plan out, each with its id and its path.
    PartialImport(Vec<String>),
    /// A rule of the command line asks less than the scenario's own.
    WeakerGate {
        /// The scenario's rule.
        own: String,
        /// The rule in its place.
        given: String,
    },
    /// Any server certificate is taken.
    Insecure,
}

impl PlanWarning {
    /// The identifier that other programs read.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::MixDistorted { .. } => "mix_distorted",
            Self::Implied { .. } => "implied_rule",
            Self::PartialImport(_) => "partial_import",
            Self::WeakerGate { .. } => "weaker_gate",
            Self::Insecure => "insecure",
        }
    }
}
