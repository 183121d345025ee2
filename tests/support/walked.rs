//! A walk of `tollgate verify` through the command, with the shipped acceptance file and loads that any machine carries.

// Each test file uses its own part of this.
#![allow(dead_code, unreachable_pub)]
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What is written in the place of what, in the acceptance file.
pub type Edit = (&'static str, &'static str);

/// The shipped acceptance file, with loads that any machine carries, and `edits`.
fn file(folder: &Path, edits: &[Edit]) -> PathBuf {
    let slow = |name: &str, from: &str, to: &str| {
        let text = fs::read_to_string(root().join("scenarios").join(name)).unwrap();
        assert!(text.contains(from), "{name} has no {from}");
        fs::write(folder.join(name), text.replace(from, to)).unwrap();
    };
    slow("consume-open.toml", "rate = 1020", "rate = 50");
    slow("consume.toml", "\nusers = 100", "\nusers = 5");
    let easy = "threshold = [\"tps>=5\", \"mean<=5s\", \"p95<=9s\"]\n";
    let deciding = format!("scenario = \"consume-open.toml\"\n{easy}");
    let parity = format!("scenario = \"consume.toml\"\nusers = 5\n{easy}");
    let mut text = fs::read_to_string(root().join("scenarios/acceptance.toml")).unwrap();
    let own = [
        ("scenario = \"consume-open.toml\"\n", deciding.as_str()),
        ("scenario = \"consume.toml\"\nusers = 100\n", parity.as_str()),
        ("warm_up = \"3s\"\nrun_time = \"20s\"", "warm_up = \"1s\"\nrun_time = \"6s\""),
        ("limit = \">= 900\"", "limit = \">= 5\""),
        ("free_mib = 1024", "free_mib = 1"),
    ];
    for (from, to) in own.iter().chain(edits) {
        assert!(text.contains(from), "the acceptance file has no {from}");
        text = text.replacen(from, to, 1);
    }
    let path = folder.join("acceptance.toml");
    fs::write(&path, text).unwrap();
    path
}

/// A walk that has ended.
pub struct Walked {
    pub folder: TempDir,
    pub output: Output,
}

impl Walked {
    /// With `words` behind the file's name.
    pub fn of(words: &[&str]) -> Self {
        Self::with(&[], words)
    }

    /// The same, with `edits` in the file.
    pub fn with(edits: &[Edit], words: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
        command.arg("verify").arg(file(folder.path(), edits)).args(words).arg("--out").arg(folder.path().join("out"));
        let output = command.env_remove("TOLLGATE_HOST").output().unwrap();
        Self { folder, output }
    }

    pub fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    pub fn stdout(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).unwrap()
    }

    pub fn said(&self) -> String {
        format!("{}\n{}", String::from_utf8_lossy(&self.output.stderr), self.stdout())
    }

    /// `acceptance.json`; that of a soak lies beside its journal.
    pub fn json(&self) -> Value {
        let soak = self.out().join("document");
        let folder = if soak.is_dir() { soak } else { self.out() };
        let text =
            fs::read_to_string(folder.join("acceptance.json")).unwrap_or_else(|e| panic!("{e}: {}", self.said()));
        serde_json::from_str(&text).unwrap()
    }

    /// Every check with its verdict, by its id.
    pub fn checks(&self) -> Vec<(String, String)> {
        let json = self.json();
        let steps = json["steps"].as_array().unwrap().iter();
        let checks = steps.flat_map(|step| step["checks"].as_array().unwrap());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        checks.map(|check| (text(&check["id"]), text(&check["verdict"]))).collect()
    }

    /// How the check `id` ended, or each check of the rule `id`.
    pub fn ends(&self, id: &str) -> Vec<String> {
        let is_asked = |check: &str| check == id || check.split(':').next() == Some(id);
        self.checks().into_iter().filter(|(check, _)| is_asked(check)).map(|(_, verdict)| verdict).collect()
    }
}

/// A reference service that is not the command's own, and its URL. It ends when it is dropped.
pub struct Serving {
    child: Child,
    pub url: String,
}

impl Serving {
    pub fn start(options: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
        command.args(["serve", "--address", "127.0.0.1:0", "--end-with-stdin"]).args(options);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line).unwrap();
        let url = line.trim().trim_start_matches("listening on ").split(',').next().unwrap().to_owned();
        Self { child, url }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
