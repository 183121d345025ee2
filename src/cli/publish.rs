//! What a run tells the world beside its report: the history, the name `latest`, and GitHub.
//!
//! In: a run that was judged and whose report was written. Out: files beside the report's folder, and lines on stderr.
//! Always holds: none of it changes how the run ends; what cannot be written is said.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::attack::host;
use crate::cli::say;
use crate::gate::Verdict;
use crate::report::{ReportView, github, history};
use crate::summary::Summary;

/// The name beside the runs' folders that leads to the last of them.
const LATEST: &str = "latest";

/// A run that was judged, and the view of its written report.
pub(super) struct Published<'a> {
    pub(super) summary: &'a Summary,
    pub(super) verdict: &'a Verdict,
    pub(super) view: &'a ReportView,
    pub(super) exit_code: u8,
}

impl Published<'_> {
    /// Adds the run to what lies beside its `folder`.
    pub(super) fn beside(&self, folder: &Path) {
        let Some((parent, name)) = parted(folder) else { return };
        let history = parent.join(history::PLACE);
        let line = history::line(self.summary, self.verdict, (&name, self.exit_code)).map_err(io::Error::other);
        if let Err(error) = line.and_then(|line| history::append(&history, &line)) {
            say(&format!("warning: the run is not in {}: {error}", history.display()));
        }
        if let Err(error) = point(&parent.join(LATEST), &name) {
            say(&format!("warning: {} does not name this run: {error}", parent.join(LATEST).display()));
        }
    }

    /// Shows the run in a GitHub workflow, when this is one. Workflow commands are read from stderr too, where they
    /// leave the result alone.
    pub(super) fn on_github(&self) {
        if env::var("GITHUB_ACTIONS").is_ok_and(|value| value == "true") {
            github::annotations(self.view, self.verdict).iter().for_each(|line| say(line));
        }
        let summary = env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
        if let Some(path) = summary.map(PathBuf::from)
            && let Err(error) = self.append_step_summary(&path)
        {
            say(&format!("warning: the step summary is not in {}: {error}", path.display()));
        }
    }

    fn append_step_summary(&self, path: &Path) -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        let text = github::step_summary(self.view, file.metadata()?.len())
            .ok_or_else(|| io::Error::other("it would exceed 1 MiB, and GitHub would drop all of it"))?;
        file.write_all(text.as_bytes())
    }
}

/// Where a report's folder lies, and its name there.
fn parted(folder: &Path) -> Option<(PathBuf, String)> {
    let whole = fs::canonicalize(folder).ok()?;
    Some((whole.parent()?.to_owned(), whole.file_name()?.to_string_lossy().into_owned()))
}

/// Lets `latest` lead to its neighbour `name`, in one step.
fn point(latest: &Path, name: &str) -> io::Result<()> {
    if !is_ours(latest) {
        return Err(io::Error::other("something of that name lies there that no run has made"));
    }
    let fresh = latest.with_file_name(format!(".{LATEST}-{}", std::process::id()));
    host::point(&fresh, name)?;
    fs::rename(&fresh, latest).inspect_err(|_| drop(fs::remove_file(&fresh)))
}

/// Whether nothing is there, or what an earlier run left: a link, or a small file that names a neighbour.
fn is_ours(latest: &Path) -> bool {
    const LONGEST_NAME: u64 = 1024;
    let Ok(entry) = fs::symlink_metadata(latest) else { return true };
    let names_neighbour = || {
        let name = fs::read_to_string(latest).unwrap_or_default();
        !name.trim().is_empty() && latest.with_file_name(name.trim()).is_dir()
    };
    entry.is_symlink() || (entry.is_file() && entry.len() <= LONGEST_NAME && names_neighbour())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latest_leads_to_the_last_run_and_leaves_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let latest = place.path().join(LATEST);
        for run in ["one", "two"] {
            fs::create_dir(place.path().join(run)).unwrap();
            fs::write(place.path().join(run).join("summary.json"), run).unwrap();
            point(&latest, run).unwrap();
        }
        #[cfg(unix)]
        assert_eq!(fs::read_to_string(latest.join("summary.json")).unwrap(), "two");
        #[cfg(not(unix))]
        assert_eq!(fs::read_to_string(&latest).unwrap().trim(), "two");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 3);
    }

    #[test]
    fn what_no_run_has_made_is_not_replaced() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("run")).unwrap();
        let latest = place.path().join(LATEST);
        fs::write(&latest, "notes of a user").unwrap();
        assert!(point(&latest, "run").is_err());
        assert_eq!(fs::read_to_string(&latest).unwrap(), "notes of a user");
        fs::write(&latest, "run\n").unwrap();
        point(&latest, "run").unwrap();
        fs::remove_file(&latest).unwrap();
        fs::create_dir(&latest).unwrap();
        assert!(point(&latest, "run").is_err());
    }
}
