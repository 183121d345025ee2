//! A folder that is whole or absent.
//!
//! In: documents. Out: files in a folder. Always holds: everything is written to `<out>.partial` first and takes its
//! name in one step, so a report that is cut short never looks like one that is not.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Document, ReportError};

/// Refuses a folder that holds anything.
pub(super) fn must_be_free(out: &Path) -> Result<(), ReportError> {
    if !out.exists() {
        return Ok(());
    }
    let mut entries = fs::read_dir(out).map_err(disk("read", out))?;
    match entries.next() {
        None => Ok(()),
        Some(entry) => {
            let found = entry.map_err(disk("read", out))?.file_name().to_string_lossy().into_owned();
            Err(ReportError::Occupied { folder: out.to_owned(), found })
        }
    }
}

/// Writes `documents` beside `out` and gives them its name.
pub(super) fn write_whole(out: &Path, documents: &[Document]) -> Result<(), ReportError> {
    let partial = partial_of(out)?;
    clear(&partial)?;
    let written = fill(&partial, documents).and_then(|()| take_name(&partial, out));
    if written.is_err() {
        // The first error is the one to tell; what is left behind is cleared by the next attempt.
        let _left_behind = clear(&partial);
    }
    written
}

/// `reports/x` as `reports/x.partial`.
fn partial_of(out: &Path) -> Result<PathBuf, ReportError> {
    let mut name = out.file_name().ok_or_else(|| ReportError::NoName(out.to_owned()))?.to_owned();
    name.push(".partial");
    Ok(out.with_file_name(name))
}

/// Removes what an earlier, interrupted attempt left.
fn clear(partial: &Path) -> Result<(), ReportError> {
    if partial.exists() { fs::remove_dir_all(partial).map_err(disk("remove", partial)) } else { Ok(()) }
}

fn fill(partial: &Path, documents: &[Document]) -> Result<(), ReportError> {
    for document in documents {
        let path = partial.join(&document.place);
        let folder = path.parent().unwrap_or(partial);
        fs::create_dir_all(folder).map_err(disk("create", folder))?;
        fs::write(&path, &document.bytes).map_err(disk("write", &path))?;
    }
    Ok(())
}

/// An empty folder in the place is removed first: not every system renames over one.
fn take_name(partial: &Path, out: &Path) -> Result<(), ReportError> {
    if out.exists() {
        fs::remove_dir(out).map_err(disk("replace", out))?;
    }
    fs::rename(partial, out).map_err(disk("create", out))
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
        must_be_free(&out).unwrap();
        write_whole(&out, &one("first")).unwrap();
        let error = must_be_free(&out).unwrap_err().to_string();
        assert!(error.contains("run already holds \"charts\"; name another folder with --out"), "{error}");
    }

    #[test]
    fn what_an_interrupted_attempt_left_is_cleared() {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("deep").join("run");
        let stale = place.path().join("deep").join("run.partial");
        fs::create_dir_all(&stale).unwrap();
        fs::write(stale.join("old"), "old").unwrap();
        write_whole(&out, &one("new")).unwrap();
        assert!(!stale.exists() && !out.join("old").exists());
        assert_eq!(fs::read_to_string(out.join("charts").join("a.txt")).unwrap(), "new");
    }

    #[test]
    fn a_failure_leaves_nothing_and_names_the_path() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("file"), "").unwrap();
        let out = place.path().join("file").join("run");
        let error = write_whole(&out, &one("x")).unwrap_err().to_string();
        assert!(error.contains("run.partial") && error.contains("--out"), "{error}");
        assert!(!out.exists());
    }
}
