//! Redirects on the way to a sample.
//!
//! In: what a chain of requests saw. Out: what a sink counts beside the one sample of the chain. Always holds: the
//! connection that the sample itself tells of is not among these.

use crate::units::Micros;

/// Redirects that were followed on the way to a sample.
#[derive(Clone, Copy, Debug)]
pub struct Followed<'a> {
    /// How many.
    pub redirects: u32,
    /// The moment that decides whether the sample belongs to the window.
    pub booked_at: Micros,
    /// What new connections took beside the one that the sample tells of.
    pub connects: &'a [Micros],
}
