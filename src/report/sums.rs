//! `SHA256SUMS`: whether a report is still what was written.
//!
//! In: a report's documents, or its folder. Out: the list, or every [`Mismatch`]. Always holds: the list is what
//! `sha256sum --check` reads; it names every file but itself, with forward slashes, in order.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use super::ReportError;
use crate::report::neutral::neutral;
use crate::report::text::{Lang, fill};

/// Its name in the folder.
pub(super) const PLACE: &str = "SHA256SUMS";

/// The checksum of a document.
pub(super) fn of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The list of files and their checksums.
pub(super) fn list(sums: &BTreeMap<String, String>) -> String {
    sums.iter().map(|(place, sum)| format!("{sum}  {place}\n")).collect()
}

/// Every file in the folders below `folder`, with its sum.
pub(super) fn inside(folder: &Path) -> Result<Vec<(String, String)>, ReportError> {
    let mut found = Vec::new();
    walk(folder, Path::new(""), &mut found)?;
    // What is still being written is no part of it.
    found.retain(|place| !place.starts_with(super::folder::PARTIAL));
    found.into_iter().map(|place| digest(&folder.join(&place)).map(|sum| (slashed(&place), sum))).collect()
}

/// How a folder differs from its list. Names are as the list has them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mismatch {
    /// The file has other bytes.
    Differs(String),
    /// The list names it; it is not there.
    Missing(String),
    /// It is there; the list does not name it.
    Extra(String),
}

impl Mismatch {
    /// What is wrong with which file, in `lang`.
    #[must_use]
    pub fn said(&self, lang: Lang) -> String {
        let d = lang.documents();
        let (sentence, name) = match self {
            Self::Differs(name) => (d.differs, name),
            Self::Missing(name) => (d.missing, name),
            Self::Extra(name) => (d.extra, name),
        };
        fill(sentence, &[("file", &neutral(name))])
    }
}

/// What was found of the report in `folder`, which has `files` files and so many `mismatches`.
#[must_use]
pub fn outcome(lang: Lang, folder: &Path, (files, mismatches): (usize, usize)) -> String {
    let (d, folder) = (lang.documents(), neutral(&folder.display().to_string()));
    let sentence = if mismatches == 0 { d.as_written } else { d.not_as_written };
    fill(sentence, &[("folder", &folder), ("files", &files.to_string()), ("count", &mismatches.to_string())])
}

/// Everything in which the report in `folder` differs from its list, and how many files the list names.
///
/// # Errors
/// [`ReportError`]: the folder or its list cannot be read.
pub fn verify(folder: &Path) -> Result<(usize, Vec<Mismatch>), ReportError> {
    let listed = listed(&folder.join(PLACE))?;
    let mut found = Vec::new();
    walk(folder, Path::new(""), &mut found)?;
    let mut mismatches = Vec::new();
    for (name, sum) in &listed {
        let path = folder.join(name);
        // A list that names what lies outside the folder, or a link to it, proves nothing of the report.
        let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        match fs::symlink_metadata(&path) {
            Ok(entry) if inside && entry.is_file() => {
                if digest(&path)? != *sum {
                    mismatches.push(Mismatch::Differs(name.clone()));
                }
            }
            Ok(_) => mismatches.push(Mismatch::Differs(name.clone())),
            Err(_) => mismatches.push(Mismatch::Missing(name.clone())),
        }
    }
    let extra = found.iter().map(|path| slashed(path)).filter(|name| name != PLACE && !listed.contains_key(name));
    mismatches.extend(extra.map(Mismatch::Extra));
    mismatches.sort();
    Ok((listed.len(), mismatches))
}

/// Each name in the list and its checksum.
fn listed(path: &Path) -> Result<BTreeMap<String, String>, ReportError> {
    let text = fs::read_to_string(path).map_err(unreadable(path))?;
    let mut listed = BTreeMap::new();
    for (line, number) in text.lines().zip(1..) {
        let parts = line.split_once("  ").filter(|(sum, name)| sum.len() == 64 && !name.is_empty());
        let (sum, name) = parts.ok_or_else(|| ReportError::Sums { path: path.to_owned(), line: number })?;
        listed.insert(name.to_owned(), sum.to_ascii_lowercase());
    }
    Ok(listed)
}

/// Every entry below `folder/below` that is no folder, as seen from `folder`. Links are not followed.
fn walk(folder: &Path, below: &Path, found: &mut Vec<PathBuf>) -> Result<(), ReportError> {
    let here = folder.join(below);
    for entry in fs::read_dir(&here).map_err(unreadable(&here))? {
        let entry = entry.map_err(unreadable(&here))?;
        let place = below.join(entry.file_name());
        if entry.file_type().map_err(unreadable(&here))?.is_dir() {
            walk(folder, &place, found)?;
        } else {
            found.push(place);
        }
    }
    Ok(())
}

/// The checksum of a file, read in pieces: some are large.
pub(super) fn digest(path: &Path) -> Result<String, ReportError> {
    let mut hasher = Hasher(Sha256::new());
    let mut file = File::open(path).map_err(unreadable(path))?;
    io::copy(&mut file, &mut hasher).map_err(unreadable(path))?;
    Ok(hex(&hasher.0.finalize()))
}

struct Hasher(Sha256);

impl io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> ReportError {
    let path = path.to_owned();
    move |cause| ReportError::Unreadable { path, cause }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file's name in the list.
pub(super) fn slashed(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let documents = [("summary.json", "{}"), ("charts/a.svg", "<svg/>")];
        fs::create_dir(folder.path().join("charts")).unwrap();
        for (place, text) in documents {
            fs::write(folder.path().join(place), text).unwrap();
        }
        let sums = documents.map(|(place, text)| (place.to_owned(), of(text.as_bytes())));
        fs::write(folder.path().join(PLACE), list(&sums.into())).unwrap();
        folder
    }

    #[test]
    fn the_list_is_what_sha256sum_writes() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let place = slashed(&Path::new("charts").join("a.txt"));
        assert_eq!(list(&[(place, of(b"abc"))].into()), format!("{abc}  charts/a.txt\n"));
    }

    #[test]
    fn a_report_as_it_was_written_has_no_mismatch() {
        assert_eq!(verify(folder().path()).unwrap(), (2, vec![]));
    }

    #[test]
    fn what_differs_is_missing_or_was_added_is_named() {
        let folder = folder();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("summary.json"), "{ }").unwrap();
        fs::remove_file(path("charts/a.svg")).unwrap();
        fs::write(path("charts/b.svg"), "").unwrap();
        let expected = [
            Mismatch::Differs("summary.json".to_owned()),
            Mismatch::Missing("charts/a.svg".to_owned()),
            Mismatch::Extra("charts/b.svg".to_owned()),
        ];
        assert_eq!(verify(folder.path()).unwrap().1, expected);
    }

    #[test]
    fn a_list_that_is_gone_torn_or_points_outside_proves_nothing() {
        let folder = folder();
        let list = folder.path().join(PLACE);
        let sum = "0".repeat(64);
        fs::write(&list, format!("{sum}  ../../etc/hosts\n{sum}  charts\n")).unwrap();
        let (_, mismatches) = verify(folder.path()).unwrap();
        assert_eq!(mismatches.iter().filter(|m| matches!(m, Mismatch::Extra(_))).count(), 2);
        assert!(mismatches.contains(&Mismatch::Differs("charts".to_owned())), "{mismatches:?}");
        fs::write(&list, format!("{sum}  a\nnonsense\n")).unwrap();
        assert!(verify(folder.path()).unwrap_err().to_string().contains("SHA256SUMS:2: not a checksum"));
        fs::remove_file(&list).unwrap();
        assert!(matches!(verify(folder.path()), Err(ReportError::Unreadable { .. })));
    }
}
