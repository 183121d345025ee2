//! Outside witnesses: what the service itself, a database, Prometheus or a health endpoint saw of the same run.
//!
//! In: where to look, and what the client knows of its own requests. Out: evidence and nothing else; judging it is the
//! gate's work. Always holds: a witness that saw nothing says so, and never stands as agreement.
//!
//! What flows through: the attack tells [`books`] of each reconciled request; a `witness` reads the service's own account
//! before the load and behind it; `compare` holds one against the other and hands on [`evidence`].
//!
//! A database, Prometheus and the target's own metrics are witnesses too: [`store`] reads the first, and each step of an
//! acceptance has a file that asks.

#[cfg(feature = "runtime")]
pub mod asking;
pub mod books;
#[cfg(feature = "runtime")]
mod compare;
#[cfg(feature = "runtime")]
pub mod database;
#[cfg(feature = "runtime")]
pub mod dual_write;
pub mod environment;
pub mod evidence;
#[cfg(feature = "runtime")]
pub mod flows;
#[cfg(feature = "runtime")]
pub mod metrics;
#[cfg(feature = "runtime")]
pub mod migration;
#[cfg(feature = "runtime")]
pub mod pairs;
#[cfg(feature = "runtime")]
pub mod patience;
#[cfg(feature = "runtime")]
pub mod probes;
#[cfg(feature = "runtime")]
pub mod prometheus;
#[cfg(feature = "runtime")]
mod reading;
pub mod reply;
pub mod series;
#[cfg(feature = "runtime")]
pub mod store;
#[cfg(feature = "runtime")]
pub mod switch;
#[cfg(feature = "runtime")]
pub mod witness;
