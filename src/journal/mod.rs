//! The run on disk, second by second, so that a report can be rendered again and a kill costs two seconds at most.
//!
//! In: one interval of the recorder each second. Out: the same intervals, read back. Always holds: what is read back
//! renders the same report.
//!
//! This room is laid out and still empty: a run is rendered from memory when it ends.
