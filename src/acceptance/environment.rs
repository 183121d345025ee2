//! What is there before anything is verified: programs, files, ports, disk.
//!
//! In: `[environment]`, and where the report will lie. Out: [`Surroundings`]. Always holds: nothing is started or changed;
//! what cannot be told is said to be unknown.

use std::env;
use std::fs;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::scenario::acceptance::EnvironmentSection;

/// The longest wait for a port.
const WAIT: Duration = Duration::from_secs(3);

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Programs, and whether each is on the path.
    pub tools: Vec<(String, bool)>,
    /// Files as they were named, and how many bytes each has; `None` where it is not there.
    pub files: Vec<(PathBuf, Option<u64>)>,
    /// Addresses, and why one took no connection.
    pub ports: Vec<(String, Result<(), String>)>,
    /// Free bytes where the report will lie; `None` where that is unknown.
    pub free: Option<u64>,
}

/// Looks at what `section` names; its files lie relative to `folder`.
#[must_use]
pub fn survey(section: &EnvironmentSection, folder: &Path, free: Option<u64>) -> Surroundings {
    Surroundings {
        tools: section.tools.iter().map(|tool| (tool.clone(), on_path(tool))).collect(),
        files: section.files.iter().map(|file| (file.clone(), size(&folder.join(file)))).collect(),
        ports: section.ports.iter().map(|port| (port.clone(), takes(port))).collect(),
        free,
    }
}

fn on_path(tool: &str) -> bool {
    let endings: Vec<String> =
        env::var("PATHEXT").map_or_else(|_| Vec::new(), |all| all.split(';').map(str::to_owned).collect());
    let in_folder = |folder: PathBuf| {
        let with = |ending: &String| folder.join(format!("{tool}{ending}")).is_file();
        folder.join(tool).is_file() || endings.iter().any(with)
    };
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(in_folder))
}

fn size(file: &Path) -> Option<u64> {
    fs::metadata(file).ok().filter(fs::Metadata::is_file).map(|entry| entry.len())
}

fn takes(port: &str) -> Result<(), String> {
    let addresses = port.to_socket_addrs().map_err(|cause| cause.to_string())?;
    let mut refused = "its name has no address".to_owned();
    for address in addresses {
        match TcpStream::connect_timeout(&address, WAIT) {
            Ok(_) => return Ok(()),
            Err(cause) => refused = cause.to_string(),
        }
    }
    Err(refused)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn what_is_there_is_found_and_what_is_not_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("backup.sql"), "CREATE").unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = listener.local_addr().unwrap().to_string();
        let section = EnvironmentSection {
            tools: vec!["no-such-tool-anywhere".into()],
            files: vec!["backup.sql".into(), "none.sql".into()],
            ports: vec![taken.clone()],
            free_mib: None,
        };
        let seen = survey(&section, folder.path(), Some(5));
        assert_eq!(seen.tools, [("no-such-tool-anywhere".to_owned(), false)]);
        assert_eq!(seen.files, [("backup.sql".into(), Some(6)), ("none.sql".into(), None)]);
        assert_eq!(seen.ports, [(taken.clone(), Ok(()))]);
        drop(listener);
        assert!(survey(&section, folder.path(), None).ports[0].1.is_err());
    }
}
