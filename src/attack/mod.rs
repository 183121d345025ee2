//! attack.

pub mod host;
