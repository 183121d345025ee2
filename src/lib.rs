//! Tollgate: load testing that ends in a verdict people can sign.
//!
//! A run flows through these rooms, and the modules are declared in that order:
//!
//! ```text
//! scenario file --> Scenario --> Plan --> attack --samples--> Recorder --> Summary --> Verdict --> report
//!                   scenario     plan     attack              histogram    summary     gate        report
//! ```
//!
//! * `scenario` is what the author wrote; `plan` is the same with every default filled and every contradiction
//!   refused: nothing is left to decide while measuring.
//! * `units`, `sample` and `instrument` are the words that the rooms share: quantities, the facts of one request, and what
//!   was seen of the generator itself.
//! * `attack` generates the load. It knows nothing of histograms: it hands each [`sample::Sample`] to a
//!   [`sample::SampleSink`].
//! * `histogram` counts. It knows nothing of HTTP.
//! * `summary` folds the counts once; `gate` judges the summary and is a pure function; `report` renders both.
//! * `cli` is where the stages meet, and nowhere else.
//!
//! A module may `use` only modules declared above it; `tests/architecture.rs` holds that.
//!
//! With the cargo feature `runtime` off, the rooms that read, judge and render results build without Goose, SQLite
//! and axum.

pub mod units;

pub mod sample;

pub mod instrument;

pub mod scenario;

pub mod plan;

#[cfg(feature = "runtime")]
pub mod attack;

pub mod histogram;

pub mod journal;

pub mod summary;

pub mod acceptance;

pub mod gate;

pub mod report;

pub mod jmeter;

#[cfg(feature = "runtime")]
pub mod reference;

#[cfg(feature = "runtime")]
pub mod cli;
