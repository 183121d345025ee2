//! Counting samples.
//!
//! In: samples, through the [`Recorder`](recorder::Recorder) that an attack writes to. Out: exact counts, sums and
//! histograms for the window, and one interval a second. Always holds: recording takes one uncontended lock and
//! allocates nothing; percentiles are of merged histograms, never of percentiles.

pub mod batch;
mod classes;
pub mod counts;
pub mod failures;
pub mod latency;
pub mod limits;
mod opened;
mod options;
pub mod packed;
pub mod recorder;
pub mod released;
pub mod series;
pub mod sparse;
pub mod stall;
