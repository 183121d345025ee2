//! Where the users' time went.

use crate::units::Micros;

/// Time of all users inside the window, in microseconds of users: each kind is measured on its own, so that what is
/// left over shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserTime {
    /// From when each user started to when it left.
    pub present: Micros,
    /// In requests.
    pub requests: Micros,
    /// At rest.
    pub rest: Micros,
}
