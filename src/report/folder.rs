//! The folder of a report: claimed before the load, whole or absent behind it.
//!
//! In: a path, and later documents. Out: files in a folder. Always holds: a disk that refuses is found before any load;
//! everything is written to `<folder>/.partial` first and then takes its place, `summary.json` last, so a report that
//! is cut short never looks like one that is not; a claim that is given up leaves nothing.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{Document, ReportError};

/// Where documents are written before they take their place. Its presence is the claim.
const PARTIAL: &str = ".partial";
/// The file that is put in place last: whoever sees it sees a whole report.
pub(super) const LAST: &str = "summary.json";

/// A folder that this run, and no other, will write its report to.
#[derive(Debug)]
pub struct ReportFolder {
    path: PathBuf,
    /// Whether the folder was made here, and goes with a claim that is given up.
    made: bool,
    written: bool,
    /// Files that others wrote into it, and their checksums.
    others: Vec<(String, String)>,
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

    fn hold(out: &Path, made: bool) -> Result<Self, ReportError> {
        if let Some(entry) = fs::read_dir(out).map_err(disk("read", out))?.next() {
            let found = entry.map_err(disk("read", out))?.file_name().to_string_lossy().into_owned();
            return Err(ReportError::Occupied { folder: out.to_owned(), found });
        }
        let folder = Self { path: out.to_owned(), made, written: false, others: Vec::new() };
        let partial = folder.path.join(PARTIAL);
        fs::create_dir(&partial).map_err(disk("create", &partial))?;
        Ok(folder)
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lists a file that somebody else wrote into the folder, with its SHA-256 in hexadecimal.
    pub fn holds(&mut self, name: &str, sum: &str) {
        self.others.push((name.to_owned(), sum.to_owned()));
    }

    /// The files that others wrote into it, and their checksums.
    pub(super) fn others(&self) -> &[(String, String)] {
        &self.others
    }

    /// Writes `documents` and lets them take their place together.
    pub(super) fn fill(&mut self, documents: &[Document]) -> Result<(), ReportError> {
        let partial = self.path.join(PARTIAL);
        for document in documents {
            let path = partial.join(&document.place);
            let folder = path.parent().unwrap_or(&partial);
            fs::create_dir_all(folder).map_err(disk("create", folder))?;
            fs::write(&path, &document.bytes).map_err(disk("write", &path))?;
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(&partial).map_err(disk("read", &partial))? {
            names.push(entry.map_err(disk("read", &partial))?.file_name());
        }
        names.sort_by_key(|name| name == LAST);
        for name in names {
            let path = self.path.join(&name);
            fs::rename(partial.join(&name), &path).map_err(disk("create", &path))?;
        }
        self.written = true;
        fs::remove_dir(&partial).map_err(disk("remove", &partial))
    }
}

impl Drop for ReportFolder {
    /// Gives up a claim that nothing was written under. What cannot be removed is empty and in nobody's way.
    fn drop(&mut self) {
        if self.written {
            return;
        }
        let _left_behind = fs::remove_dir_all(self.path.join(PARTIAL));
        if self.made {
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

fn disk(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> ReportError {
    let path = path.to_owned();
    move |cause| ReportError::Disk { action, path, cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Vec<Document> {
        vec![Document { place: Path::new("charts").join("a.txt"), bytes: text.as_bytes().to_vec() }]
    }

    #[test]
    fn an_empty_folder_is_taken_and_a_full_one_refused() {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("run");
        fs::create_dir(&out).unwrap();
        ReportFolder::claim(&out).unwrap().fill(&one("first")).unwrap();
        let error = ReportFolder::claim(&out).unwrap_err().to_string();
        assert!(error.contains("run already holds \"charts\"; name another folder with --out"), "{error}");
        assert_eq!(fs::read_to_string(out.join("charts").join("a.txt")).unwrap(), "first");
        assert_eq!(fs::read_dir(&out).unwrap().count(), 1, "nothing partial is left");
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
