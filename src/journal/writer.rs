//! Appending to a journal while the run goes on.
//!
//! In: records. Out: a file that is synced behind each of them. Always holds: whoever hands a record over never waits for
//! the disk; what a disk refuses is kept and tried again with the next record, so a disk that was full for a while costs
//! nothing; nothing is written behind a record that is not whole.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::frame::{MAGIC, framed};
use super::{FILE, FOLDER, JournalError, Kind};

/// The most that is kept for a disk that refuses: some hours of a run.
const MOST_KEPT: usize = 64 << 20;

/// The journal of a run that goes on. Dropping it loses nothing that was handed over.
#[derive(Debug)]
pub struct Writer {
    records: Option<Sender<Vec<u8>>>,
    thread: Option<thread::JoinHandle<()>>,
    trouble: Arc<Mutex<Option<io::Error>>>,
    path: PathBuf,
}

/// What the writing thread holds.
struct Append {
    file: File,
    /// Bytes that hold whole records.
    whole: u64,
    /// Frames that are not written yet.
    kept: Vec<u8>,
    trouble: Arc<Mutex<Option<io::Error>>>,
}

impl Writer {
    /// Begins the journal of the run in `folder` with its opening record, which is on the disk when this returns.
    ///
    /// # Errors
    /// [`JournalError::Unwritable`]: there is one already, or the disk refuses.
    pub fn begin(folder: &Path, opening: &[u8]) -> Result<Self, JournalError> {
        let path = folder.join(FOLDER).join(FILE);
        let file = create(folder, &path).map_err(|cause| JournalError::Unwritable { path: path.clone(), cause })?;
        let trouble = Arc::new(Mutex::new(None));
        let kept = [MAGIC, framed(Kind::Opening, opening).as_slice()].concat();
        let mut append = Append { file, whole: 0, kept, trouble: Arc::clone(&trouble) };
        append.write().map_err(|cause| JournalError::Unwritable { path: path.clone(), cause })?;
        [folder.join(FOLDER), folder.to_owned()].iter().for_each(|folder| sync_folder(folder));
        folder.parent().into_iter().for_each(sync_folder);
        let (records, handed) = mpsc::channel();
        let thread = thread::Builder::new().name("tollgate-journal".to_owned());
        let thread = thread.spawn(move || append.run(&handed));
        let thread = thread.map_err(|cause| JournalError::Unwritable { path: path.clone(), cause })?;
        Ok(Self { records: Some(records), thread: Some(thread), trouble, path })
    }

    /// Hands a record over. Never waits.
    pub fn append(&self, kind: Kind, record: &[u8]) {
        if let Some(records) = &self.records {
            // A thread that is gone has left its trouble behind.
            let _told = records.send(framed(kind, record));
        }
    }

    /// What the disk said since the last call, if it refused.
    #[must_use]
    pub fn trouble(&self) -> Option<JournalError> {
        let cause = self.trouble.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some(JournalError::Unwritable { path: self.path.clone(), cause })
    }

    /// Ends the journal: everything that was handed over is on the disk.
    ///
    /// # Errors
    /// [`JournalError::Unwritable`]: it is not.
    pub fn finish(mut self) -> Result<(), JournalError> {
        self.join();
        self.trouble().map_or(Ok(()), Err)
    }

    fn join(&mut self) {
        self.records = None;
        if let Some(Err(_panic)) = self.thread.take().map(thread::JoinHandle::join) {
            *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(io::Error::other("the thread that writes it panicked"));
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.join();
    }
}

impl Append {
    fn run(mut self, handed: &Receiver<Vec<u8>>) {
        while let Ok(frame) = handed.recv() {
            self.keep(&frame);
            while let Ok(frame) = handed.try_recv() {
                self.keep(&frame);
            }
            let outcome = self.write();
            self.tell(outcome);
        }
        if !self.kept.is_empty() {
            let outcome = self.write();
            self.tell(outcome);
        }
    }

    fn keep(&mut self, frame: &[u8]) {
        // Behind a record that was given up nothing is of use: the rest would not add up.
        if self.kept.len() < MOST_KEPT {
            self.kept.extend_from_slice(frame);
        }
    }

    /// The outcome of the last try alone counts: what was kept is written by then.
    fn tell(&self, outcome: io::Result<()>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = outcome.err();
    }

    /// Writes what is kept, and waits until the disk has it.
    fn write(&mut self) -> io::Result<()> {
        if self.kept.len() >= MOST_KEPT {
            return Err(io::Error::other("the disk refused for too long; the journal ends where it began to"));
        }
        // Over what an earlier try may have left.
        self.file.set_len(self.whole)?;
        self.file.seek(SeekFrom::Start(self.whole))?;
        self.file.write_all(&self.kept)?;
        self.file.sync_data()?;
        self.whole += self.kept.len() as u64;
        self.kept.clear();
        Ok(())
    }
}

fn create(folder: &Path, path: &Path) -> io::Result<File> {
    fs::create_dir_all(folder.join(FOLDER))?;
    File::create_new(path)
}

/// Lets a power cut not forget the names in `folder`. Systems that cannot, need not.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _cannot = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::reader;

    fn kinds(folder: &Path) -> Vec<Kind> {
        let mut kinds = Vec::new();
        let tail = reader::read(folder, &mut |kind, _| {
            kinds.push(kind);
            Ok(())
        });
        assert_eq!(tail.unwrap().dropped, 0);
        kinds
    }

    #[test]
    fn what_was_handed_over_is_on_the_disk_when_the_journal_ends() {
        let folder = tempfile::tempdir().unwrap();
        let writer = Writer::begin(folder.path(), b"{}").unwrap();
        assert_eq!(kinds(folder.path()), [Kind::Opening], "before the load");
        (0..100_u8).for_each(|second| writer.append(Kind::Second, &[second; 300]));
        writer.append(Kind::Evidence, b"[]");
        writer.finish().unwrap();
        let kinds = kinds(folder.path());
        assert_eq!((kinds.len(), kinds.last()), (102, Some(&Kind::Evidence)));
    }

    #[test]
    fn a_journal_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        drop(Writer::begin(folder.path(), b"{}").unwrap());
        let error = Writer::begin(folder.path(), b"{}").unwrap_err().to_string();
        assert!(error.contains("run.journal"), "{error}");
    }

    /// A journal whose file refuses everything, as one that was opened for reading does.
    fn refusing(folder: &Path) -> Append {
        let path = folder.join("refusing");
        fs::write(&path, b"").unwrap();
        Append { file: File::open(path).unwrap(), whole: 0, kept: Vec::new(), trouble: Arc::default() }
    }

    #[test]
    fn what_a_disk_refused_is_written_when_it_takes_it_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut append = refusing(folder.path());
        append.keep(b"first");
        assert!(append.write().is_err());
        append.keep(b"second");
        assert!(append.write().is_err());
        append.file = File::options().write(true).open(folder.path().join("refusing")).unwrap();
        append.write().unwrap();
        assert_eq!(fs::read(folder.path().join("refusing")).unwrap(), b"firstsecond");
    }

    #[test]
    fn a_disk_that_refuses_to_the_end_is_told_of() {
        let folder = tempfile::tempdir().unwrap();
        let append = refusing(folder.path());
        let (trouble, (records, handed)) = (Arc::clone(&append.trouble), mpsc::channel());
        let thread = thread::spawn(move || append.run(&handed));
        let path = folder.path().join("refusing");
        let writer = Writer { records: Some(records), thread: Some(thread), trouble, path };
        writer.append(Kind::Second, b"counts");
        let error = writer.finish().unwrap_err().to_string();
        assert!(error.contains("refusing") && error.contains("free space"), "{error}");
    }
}
