//! Leaving JMeter: its plans read into scenarios, its result files read into summaries.
//!
//! In: `.jmx` and `.jtl` files. Out: scenarios and recordings like Tollgate's own. Always holds: nothing is dropped
//! silently.

pub mod expression;
pub mod function;
pub mod import;
pub mod jmx;
pub mod jtl;
mod moment;
mod script;
mod text;
