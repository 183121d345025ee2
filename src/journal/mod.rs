//! The run on disk, second by second, so that a report can be rendered again and a kill costs two seconds at most.
//!
//! In: what is known before the load, one batch of counts each second, and what is known at the end. Out: the same
//! records, read back. Always holds: a record is whole or dropped, and a journal without its end says so; the run itself
//! folds the very bytes that it journals, so what is read back renders the same report.
//!
//! [`second`] turns counts into bytes and back, [`frame`] puts bytes into records that a torn or changed byte betrays,
//! [`writer`] appends them on a thread of its own, [`reader`] reads them again.

pub mod frame;
pub mod reader;
pub mod second;
pub mod writer;

use std::io;
use std::path::PathBuf;

/// Its folder in a run's folder.
pub const FOLDER: &str = "journal";
/// Its file in that folder.
pub const FILE: &str = "run.journal";

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What was known before the load. The first record, and the only one of its kind.
    Opening,
    /// What was counted in about a second.
    Second,
    /// What was known when the load had ended.
    Closing,
    /// What outside witnesses saw, and nothing if there were none: the last record of a run that ended.
    Evidence,
}

/// Why a journal cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It cannot be written.
    #[error("cannot write the journal {}: {cause}; free space on its disk", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// It cannot be read.
    #[error("cannot read the journal {}: {cause}; name the folder of a run", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// It is no journal, or of another version, or torn before the load began.
    #[error("{} is no journal that this version of tollgate reads: {cause}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: &'static str,
    },
    /// It ends before anything was measured.
    #[error("the journal ends before the first second of the load: there is nothing to render")]
    Nothing,
    /// A whole record does not hold what its kind does.
    #[error("a record of the journal cannot be understood: {0}; it was written by another version of tollgate")]
    Misread(String),
}
