//! The reference consume service, over the wire.
#![cfg(feature = "runtime")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy takes what tests share for production code")]

mod acceptance;
mod charging;
mod endpoints;
mod faults;
mod gateway;
mod probes;
mod profiles;
mod refunds;
mod rig;
