//! Generating load.
//!
//! In: a [`Plan`](crate::plan::Plan), a target that answers, and a [`SampleSink`](crate::sample::SampleSink). Out: a
//! sample of every request that was sent, and the facts of the run. Always holds: what was started is followed to its
//! end unless the run is interrupted, and the sink is told of each request once.

mod arrivals;
pub mod clock;
pub mod conductor;
mod engine;
pub mod host;
mod leave;
mod monitor;
mod pacer;
pub mod preflight;
pub mod rehearsal;
mod script;
mod seat;
mod shared;
pub mod transport;
mod turnstile;
mod virtual_user;
