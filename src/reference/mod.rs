//! The reference consume service: what `serve` runs, and what a run without a target is shown on.
//!
//! In: HTTP requests of the consume contract. Out: its envelope, its refusals and its metrics, over a real ledger.
//! Always holds: a charge is answered only after it is committed; the sum of accepted charges, the decrease of the
//! balances and the records are one figure.
//!
//! ```text
//! request --> Charge --> writer thread --one transaction a batch--> ledger (SQLite) --> envelope
//! request     charge     writer                                     ledger              envelope
//! ```
//!
//! `store` owns the folder, the connections and the thread; `server` owns the socket; `child` is the other side: the
//! process that starts this service for a run and ends it.

mod charge;
mod child;
mod envelope;
mod handlers;
mod ledger;
mod lifeline;
mod metrics;
mod money;
mod null;
mod options;
mod request;
mod server;
mod store;
mod wall_clock;
mod writer;

pub use child::{ChildError, EmbeddedService};
pub use lifeline::until_stdin_closes;
pub use money::{Fen, FenError};
pub use null::NullServer;
pub use options::{OptionsError, ServeOptions};
pub use server::{ServeError, Server};
pub use store::StoreError;
