//! Reading a journal.
//!
//! In: the file of a run, finished, going on, or cut short. Out: its records in order, and where they end. Always holds:
//! one record is in memory at a time; behind the first frame that is torn or changed nothing is read.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;

use super::frame::{self, HEAD, MAGIC, Opener};
use super::{FILE, FOLDER, JournalError, Kind};

/// How much is read from the file at once.
const CHUNK: usize = 1 << 18;

/// Where the records of a journal end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// Bytes that hold whole records.
    pub whole: u64,
    /// Bytes behind them that hold none: a record that was being written, or damage.
    pub dropped: u64,
}

/// What takes the records of a journal, one by one.
pub type Take<'a> = &'a mut dyn FnMut(Kind, &[u8]) -> Result<(), JournalError>;

/// Hands every whole record of the run in `folder` to `each`.
///
/// # Errors
/// [`JournalError`]: there is no journal, or it cannot be read, or what `each` says.
pub fn read(folder: &Path, each: Take<'_>) -> Result<Tail, JournalError> {
    let path = folder.join(FOLDER).join(FILE);
    let unreadable = |cause| JournalError::Unreadable { path: path.clone(), cause };
    let file = File::open(&path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let mut file = BufReader::with_capacity(CHUNK, file);
    let mut magic = Vec::new();
    file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut magic).map_err(unreadable)?;
    if magic != *MAGIC && MAGIC.starts_with(&magic) {
        // It was being begun.
        return Ok(Tail { whole: 0, dropped: length });
    }
    if magic != *MAGIC {
        return Err(JournalError::Foreign { path, cause: "it does not begin as one does" });
    }
    let (mut whole, mut frame) = (MAGIC.len() as u64, Frame::default());
    while let Some(kind) = frame.next(&mut file).map_err(unreadable)? {
        each(kind, &frame.record)?;
        whole += (HEAD + frame.part.len()) as u64;
    }
    Ok(Tail { whole, dropped: length.saturating_sub(whole) })
}

/// The frame that was read last.
#[derive(Default)]
struct Frame {
    /// What lies behind its head.
    part: Vec<u8>,
    record: Vec<u8>,
    opener: Opener,
}

impl Frame {
    /// Reads the next whole record; `None` where there is none.
    fn next(&mut self, file: &mut impl Read) -> io::Result<Option<Kind>> {
        let mut head = [0; HEAD];
        if !filled(file, &mut head)? {
            return Ok(None);
        }
        let Some((length, sum)) = frame::head(head) else { return Ok(None) };
        self.part.clear();
        // Grows with what is there: a damaged length asks for no memory.
        file.by_ref().take(length as u64).read_to_end(&mut self.part)?;
        let whole = self.part.len() == length;
        Ok(if whole { self.opener.open(&self.part, sum, &mut self.record) } else { None })
    }
}

/// Fills `bytes`; whether there were as many.
fn filled(file: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn journal(bytes: &[u8]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(FOLDER)).unwrap();
        fs::write(folder.path().join(FOLDER).join(FILE), bytes).unwrap();
        folder
    }

    fn records(bytes: &[u8]) -> (Vec<(Kind, Vec<u8>)>, Tail) {
        let (folder, mut found) = (journal(bytes), Vec::new());
        let tail = read(folder.path(), &mut |kind, record| {
            found.push((kind, record.to_vec()));
            Ok(())
        });
        (found, tail.unwrap())
    }

    fn three() -> (Vec<u8>, [usize; 3]) {
        let mut bytes = MAGIC.to_vec();
        let kinds = [Kind::Opening, Kind::Second, Kind::Closing];
        let ends = kinds.map(|kind| {
            bytes.extend(frame::framed(kind, b"what was known"));
            bytes.len()
        });
        (bytes, ends)
    }

    #[test]
    fn a_torn_last_record_is_dropped_wherever_it_was_torn() {
        let (bytes, ends) = three();
        for length in ends[1]..ends[2] {
            let (found, tail) = records(&bytes[..length]);
            assert_eq!(found.len(), 2, "{length}");
            assert_eq!(tail, Tail { whole: ends[1] as u64, dropped: (length - ends[1]) as u64 });
        }
        assert_eq!(records(&bytes).1, Tail { whole: bytes.len() as u64, dropped: 0 });
    }

    #[test]
    fn behind_a_changed_byte_nothing_is_read() {
        let (bytes, ends) = three();
        for at in ends[0]..ends[1] {
            let mut changed = bytes.clone();
            changed[at] ^= 0x10;
            let (found, tail) = records(&changed);
            assert_eq!(found.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [Kind::Opening], "byte {at}");
            assert_eq!(tail.dropped, (bytes.len() - ends[0]) as u64);
        }
    }

    #[test]
    fn zeros_that_a_power_cut_left_are_no_records() {
        let (bytes, ends) = three();
        let (found, tail) = records(&[&bytes[..ends[1]], &[0; 4096]].concat());
        assert_eq!((found.len(), tail.dropped), (2, 4096));
    }

    #[test]
    fn what_is_no_journal_is_refused() {
        for begun in [&b""[..], &MAGIC[..3]] {
            assert_eq!(records(begun), (vec![], Tail { whole: 0, dropped: begun.len() as u64 }));
        }
        for bytes in [&b"told"[..], b"{\"verdict\":\"pass\"}"] {
            let folder = journal(bytes);
            let refused = read(folder.path(), &mut |_, _| Ok(()));
            assert!(matches!(refused, Err(JournalError::Foreign { .. })));
        }
        let missing = read(Path::new("no/such/run"), &mut |_, _| Ok(())).unwrap_err().to_string();
        assert!(missing.contains("run.journal") && missing.contains("name the folder of a run"), "{missing}");
    }
}
