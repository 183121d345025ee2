//! JMeter's result files: read row by row and judged like a run, and written by a run.
//!
//! In: a JTL file, CSV or XML. Out: a [`Scored`]: the plan that its labels make, and a summary like a run's own.
//! Always holds: a row that cannot be read is an error with its place, never left out; memory does not grow with the
//! number of rows; the file is read twice, and is the same both times.
//!
//! ```text
//! file --> rows --> survey (labels, first start, last end) --> plan
//!          rows --> replay (the recorder of a run)         --> summary, percentiles made exact
//! ```

mod columns;
mod exact;
mod field;
mod labels;
mod line;
pub mod list;
mod replay;
mod row;
mod score;
mod separated;
mod survey;
#[cfg(test)]
mod tests;
mod xml;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

pub use score::{ScoreOptions, Scored, score};

use row::Row;

/// Bytes read at once.
const CHUNK: usize = 1 << 18;

/// Why a result file cannot be judged.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the message beside each variant says what it is")]
pub enum JtlError {
    #[error("cannot read {}: {cause}; name an existing result file", path.display())]
    Unreadable { path: PathBuf, cause: io::Error },
    #[error("{}:{line}:{column}: {cause}", path.display())]
    Malformed { path: PathBuf, line: u64, column: u64, cause: String },
    #[error("{}: {cause}", path.display())]
    Unusable { path: PathBuf, cause: String },
    #[error(transparent)]
    Plan(#[from] crate::plan::PlanError),
    #[error("cannot set up the histograms: {0}")]
    Histogram(String),
}

/// What is wrong at a place of the file, before the file is named.
#[derive(Debug)]
struct Flaw {
    line: u64,
    column: u64,
    cause: String,
}

/// A result file, as long as it was when it was opened: JMeter may still be writing.
#[derive(Clone, Debug)]
struct Jtl {
    path: PathBuf,
    length: u64,
    /// Names of the columns of a file without a header.
    columns: Option<Vec<String>>,
}

impl Jtl {
    fn open(path: &Path, columns: Option<&[String]>) -> Result<Self, JtlError> {
        let unreadable = |cause| JtlError::Unreadable { path: path.to_owned(), cause };
        let facts = std::fs::metadata(path).map_err(unreadable)?;
        if !facts.is_file() {
            return Err(unreadable(io::Error::other("it is no file")));
        }
        Ok(Self { path: path.to_owned(), length: facts.len(), columns: columns.map(<[String]>::to_vec) })
    }

    /// Hands every row to `each`, in the file's order. A cause that `each` returns is placed at the row it is about.
    fn rows(&self, each: &mut dyn FnMut(&Row<'_>) -> Result<(), String>) -> Result<(), JtlError> {
        let unreadable = |cause| JtlError::Unreadable { path: self.path.clone(), cause };
        let mut first = [0; 256];
        let seen = File::open(&self.path).and_then(|mut file| file.read(&mut first)).map_err(unreadable)?;
        let file = File::open(&self.path).map_err(unreadable)?.take(self.length);
        let found = if is_xml(&first[..seen]) {
            xml::rows(BufReader::with_capacity(CHUNK, file), each)
        } else {
            separated::rows(BufReader::with_capacity(CHUNK, file), self.columns.as_deref(), each)
        };
        found.map_err(|Flaw { line, column, cause }| match line {
            0 => self.unusable(cause),
            _ => JtlError::Malformed { path: self.path.clone(), line, column, cause },
        })
    }

    fn unusable(&self, cause: impl Into<String>) -> JtlError {
        JtlError::Unusable { path: self.path.clone(), cause: cause.into() }
    }
}

/// Whether a file that begins so is XML.
fn is_xml(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    start.trim_ascii_start().first() == Some(&b'<')
}
