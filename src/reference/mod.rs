//! The reference consume service: what `serve` runs, and what a run without a target is shown on.
//!
//! In: HTTP requests of the consume contract. Out: its envelope, its refusals and its metrics, over a real ledger.
//! Always holds: a charge is answered only after it is committed; the sum of accepted charges, the decrease of the
//! balances and the records are one figure, unless it was asked to do wrong, and then it counts what it did.
//!
//! ```text
//! request --> gate --> Order --> writer thread --one transaction a batch--> ledger (SQLite) --> envelope
//!             gate     request   writer                                     ledger              envelope, profile
//! ```
//!
//! `rules` has the data by which each refusal can be provoked, `faults` what goes wrong on purpose. `store` owns the
//! folder, the connections and the thread; `server` owns the socket; `day` is what an acceptance reads: a second family of
//! tables, their migrations and a validator, lived through before the start; `child` is the other side: the process that starts
//! this service for a run and ends it.

mod bucket;
mod cache;
mod charge;
mod child;
mod connection;
mod day;
mod delay;
mod envelope;
mod faults;
mod gate;
mod handlers;
mod ledger;
mod lifeline;
mod metrics;
mod money;
mod null;
mod options;
mod profile;
mod request;
mod rules;
mod server;
mod share;
mod store;
mod token;
mod wall_clock;
mod writer;

pub use child::{ChildError, EmbeddedService};
pub use day::DayFaults;
pub use delay::{Delay, DelayError};
pub use faults::{Faults, Stall, StallError};
pub use lifeline::until_stdin_closes;
pub use money::{Fen, FenError};
pub use null::NullServer;
pub use options::{OptionsError, ServeOptions};
pub use profile::{EnvelopeProfile, ProfileError};
pub use server::{ServeError, Server};
pub use share::{Share, ShareError};
pub use store::StoreError;
