//! The folder of a report: claimed before the load, filled behind it, and filled again whenever it is rendered again.
//!
//! In: a path, what the run journals, and later documents. Out: files in a folder. Always holds: a disk that refuses is
//! found before any load; every document is written to `.partial` first and then takes its place, `summary.json` behind
//! the other documents and the list of checksums last, so no file is ever half there; one that cannot be written is named
//! and keeps no other from being written; a claim that is given up before the load leaves nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{Document, ReportError, sums};
use crate::journal::writer::Writer;
use crate::journal::{FILE, FOLDER};

/// Where documents are written before they take their place. Its presence is the claim.
pub(super) const PARTIAL: &str = ".partial";
/// The same where a report is rendered again, beside a run that may still go on.
const AGAIN: &str = ".again";
/// The document that is put in place last: whoever sees it sees all of them.
pub(super) const LAST: &str = "summary.json";
/// The resolved plan, in the place of which nothing else is put.
const PLAN: &str = "run.toml";
/// What the run wrote while it went on, and no rendering writes again.
const KEPT: [&str; 2] = [PLAN, "results.jtl"];

/// A folder that this run, and no other, will write its report to.
#[derive(Debug)]
pub struct ReportFolder {
    path: PathBuf,
    partial: PathBuf,
    /// Whether the folder was made here, and goes with a claim that is given up.
    made: bool,
    /// Whether there is something in it to keep.
    begun: bool,
    /// The checksum of each document that was written, by its name in the folder.
    written: BTreeMap<String, String>,
}

impl ReportFolder {
    /// Claims the folder `out`, which must be absent or empty.
    ///
    /// # Errors
    /// [`ReportError`]: it holds something, or cannot be written to.
    pub fn claim(out: &Path) -> Result<Self, ReportError> {
        make_parent(out)?;
        let made = match fs::create_dir(out) {
            Ok(()) => true,
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => false,
            Err(cause) => return Err(disk("create", out)(cause)),
        };
        Self::hold(out, made)
    }

    /// Claims the first of `candidates` that does not exist.
    ///
    /// # Errors
    /// [`ReportError`]: it cannot be made or written to.
    pub fn claim_new(candidates: impl Iterator<Item = PathBuf>) -> Result<Self, ReportError> {
        for out in candidates {
            make_parent(&out)?;
            match fs::create_dir(&out) {
                Ok(()) => return Self::hold(&out, true),
                Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {}
                Err(cause) => return Err(disk("create", &out)(cause)),
            }
        }
        Err(ReportError::NoName(PathBuf::new()))
    }

    /// The folder of a run that was, to render its report again.
    ///
    /// # Errors
    /// [`ReportError`]: it cannot be written to.
    pub fn again(out: &Path) -> Result<Self, ReportError> {
        let partial = out.join(AGAIN);
        // Left behind by a rendering that was cut short.
        let _stale = fs::remove_dir_all(&partial);
        fs::create_dir(&partial).map_err(disk("create", &partial))?;
        Ok(Self { path: out.to_owned(), partial, made: false, begun: true, written: BTreeMap::new() })
    }

    fn hold(out: &Path, made: bool) -> Result<Self, ReportError> {
        if let Some(entry) = fs::read_dir(out).map_err(disk("read", out))?.next() {
            let found = entry.map_err(disk("read", out))?.file_name().to_string_lossy().into_owned();
            let (folder, journal) = (out.to_owned(), out.join(FOLDER).join(FILE));
            return Err(if journal.exists() && !out.join(LAST).exists() {
                ReportError::Unfinished { folder }
            } else {
                ReportError::Occupied { folder, found }
            });
        }
        let (path, partial) = (out.to_owned(), out.join(PARTIAL));
        let folder = Self { path, partial, made, begun: false, written: BTreeMap::new() };
        fs::create_dir(&folder.partial).map_err(disk("create", &folder.partial))?;
        Ok(folder)
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Begins the journal with `opening`, and writes the resolved `plan`: from here on the folder stays.
    ///
    /// # Errors
    /// [`ReportError`]: the disk refuses.
    pub fn begin(&mut self, plan: &str, opening: &[u8]) -> Result<Writer, ReportError> {
        let journal = Writer::begin(&self.path, opening)?;
        self.begun = true;
        self.write_plan(plan)?;
        Ok(journal)
    }

    /// Writes the resolved `plan`.
    ///
    /// # Errors
    /// [`ReportError`]: the disk refuses.
    pub fn write_plan(&mut self, plan: &str) -> Result<(), ReportError> {
        let (place, path) = (self.partial.join(PLAN), self.path.join(PLAN));
        fs::write(&place, plan).map_err(disk("write", &place))?;
        fs::rename(&place, &path).map_err(disk("create", &path))
    }

    /// Writes one document, which takes its place with the others.
    pub(super) fn put(&mut self, document: &Document) -> Result<(), ReportError> {
        let path = self.partial.join(&document.place);
        let folder = path.parent().unwrap_or(&self.partial);
        fs::create_dir_all(folder).map_err(disk("create", folder))?;
        if let Err(cause) = fs::write(&path, &document.bytes) {
            let _half = fs::remove_file(&path);
            return Err(disk("write", &self.path.join(&document.place))(cause));
        }
        self.written.insert(sums::slashed(&document.place), sums::of(&document.bytes));
        Ok(())
    }

    /// Lets what was written take its place, and lists it with what the run itself wrote. Every file that could not be.
    pub(super) fn settle(self) -> Vec<ReportError> {
        self.settle_beside(Vec::new())
    }

    /// The same of a folder that holds others: `inside` are their files with their checksums.
    pub(super) fn settle_beside(mut self, inside: Vec<(String, String)>) -> Vec<ReportError> {
        let mut failed = Vec::new();
        let mut places: Vec<PathBuf> = self.written.keys().map(PathBuf::from).collect();
        places.sort_by_key(|place| place == Path::new(LAST));
        for place in places {
            if let Err(error) = self.take_place(&place) {
                self.written.remove(&sums::slashed(&place));
                failed.push(error);
            }
        }
        let mut listed = std::mem::take(&mut self.written);
        listed.extend(inside);
        let journal = Path::new(FOLDER).join(FILE);
        for place in KEPT.iter().map(Path::new).chain([journal.as_path()]) {
            match sums::digest(&self.path.join(place)) {
                Ok(sum) => drop(listed.insert(sums::slashed(place), sum)),
                Err(ReportError::Unreadable { cause, .. }) if cause.kind() == ErrorKind::NotFound => {}
                Err(error) => failed.push(error),
            }
        }
        let list = Document { place: sums::PLACE.into(), bytes: sums::list(&listed).into_bytes() };
        failed.extend(self.put(&list).and_then(|()| self.take_place(&list.place)).err());
        self.begun = true;
        failed
    }

    fn take_place(&self, place: &Path) -> Result<(), ReportError> {
        let path = self.path.join(place);
        let folder = path.parent().unwrap_or(&self.path);
        fs::create_dir_all(folder).map_err(disk("create", folder))?;
        fs::rename(self.partial.join(place), &path).map_err(disk("create", &path))
    }
}

impl Drop for ReportFolder {
    /// Gives up a claim under which nothing was begun. What cannot be removed is empty and in nobody's way.
    fn drop(&mut self) {
        let _left_behind = fs::remove_dir_all(&self.partial);
        // Of a run that was killed.
        let _others = fs::remove_dir(self.path.join(PARTIAL));
        if self.made && !self.begun {
            let _left_behind = fs::remove_dir(&self.path);
        }
    }
}

fn make_parent(out: &Path) -> Result<(), ReportError> {
    match out.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => fs::create_dir_all(parent).map_err(disk("create", parent)),
        None => Ok(()),
    }
}

fn disk(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ReportError {
    let path = path.to_owned();
    move |cause| ReportError::Disk { action, path, cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Document {
        Document { place: Path::new("charts").join("a.txt"), bytes: text.as_bytes().to_vec() }
    }

    fn filled(mut folder: ReportFolder, documents: &[Document]) -> Vec<ReportError> {
        let put: Vec<ReportError> = documents.iter().filter_map(|document| folder.put(document).err()).collect();
        put.into_iter().chain(folder.settle()).collect()
    }

    #[test]
    fn an_empty_folder_is_taken_and_a_full_one_refused() {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("run");
        fs::create_dir(&out).unwrap();
        assert!(filled(ReportFolder::claim(&out).unwrap(), &[one("first")]).is_empty());
        let error = ReportFolder::claim(&out).unwrap_err().to_string();
        assert!(error.contains("run already holds") && error.contains("name another folder with --out"), "{error}");
        assert_eq!(fs::read_to_string(out.join("charts").join("a.txt")).unwrap(), "first");
        assert_eq!(fs::read_dir(&out).unwrap().count(), 2, "the document and the list: nothing partial is left");
    }

    #[test]
    fn one_document_that_cannot_be_written_is_named_and_keeps_no_other_back() {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("run");
        assert!(filled(ReportFolder::claim(&out).unwrap(), &[one("first")]).is_empty());
        // A folder lies where the file belongs.
        fs::create_dir_all(out.join(LAST).join("in the way")).unwrap();
        let last = Document { place: LAST.into(), bytes: b"{}".to_vec() };
        let failed = filled(ReportFolder::again(&out).unwrap(), &[last, one("second")]);
        let failed: Vec<String> = failed.iter().map(ToString::to_string).collect();
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert!(failed[0].contains(LAST) && failed[0].contains("free space"), "{failed:?}");
        assert_eq!(fs::read_to_string(out.join("charts").join("a.txt")).unwrap(), "second");
        let list = fs::read_to_string(out.join(sums::PLACE)).unwrap();
        assert!(list.contains("charts/a.txt") && !list.contains(LAST), "{list}");
    }

    #[test]
    fn what_the_run_wrote_itself_is_listed_and_stays() {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("run");
        let mut folder = ReportFolder::claim(&out).unwrap();
        folder.begin("users = 5\n", b"{}").unwrap().finish().unwrap();
        drop(folder);
        let error = ReportFolder::claim(&out).unwrap_err().to_string();
        assert!(error.contains("never ended") && error.contains("tollgate report"), "{error}");
        let journal = fs::read(out.join("journal").join("run.journal")).unwrap();
        assert!(filled(ReportFolder::again(&out).unwrap(), &[one("first")]).is_empty());
        assert_eq!(sums::verify(&out).unwrap(), (3, vec![]), "the journal, the plan and the document");
        assert_eq!(fs::read(out.join("journal").join("run.journal")).unwrap(), journal);
        assert_eq!(fs::read_to_string(out.join("run.toml")).unwrap(), "users = 5\n");
    }

    #[test]
    fn a_claim_that_is_given_up_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let (new, old) = (place.path().join("new"), place.path().join("old"));
        fs::create_dir(&old).unwrap();
        drop(ReportFolder::claim(&new).unwrap());
        drop(ReportFolder::claim(&old).unwrap());
        assert!(!new.exists());
        assert_eq!(fs::read_dir(&old).unwrap().count(), 0);
    }

    #[test]
    fn two_runs_cannot_claim_one_folder() {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("run");
        let _held = ReportFolder::claim(&out).unwrap();
        assert!(matches!(ReportFolder::claim(&out), Err(ReportError::Occupied { .. })));
        let names = || ["run", "run-2"].into_iter().map(|name| place.path().join(name));
        assert_eq!(ReportFolder::claim_new(names()).unwrap().path(), place.path().join("run-2"));
    }

    #[test]
    fn a_place_that_cannot_be_written_to_is_named() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("file"), "").unwrap();
        let error = ReportFolder::claim(&place.path().join("file").join("run")).unwrap_err().to_string();
        assert!(error.contains("file") && error.contains("--out"), "{error}");
    }
}
