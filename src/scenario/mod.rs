//! What the author wrote.
//!
//! In: a scenario file. Out: a [`Scenario`](format::ScenarioFile), parsed and nothing more: defaults are filled and
//! contradictions refused in `plan`.

pub mod threshold;
