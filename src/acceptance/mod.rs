//! Outside witnesses: what a database, Prometheus or a health endpoint saw of the same run.
//!
//! In: where to look, and the measured window. Out: evidence and nothing else; judging it is the gate's work.
//! Always holds: a witness that saw nothing says so, and never stands as agreement.
//!
//! This room is laid out and still empty: a run is judged by what the client measured.
