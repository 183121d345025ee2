//! The rules of the house that a compiler does not hold: which room may know which, and how large a file may grow.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// The longest a source file may be, without its tests.
const LONGEST_FILE: usize = 300;

struct Source {
    /// Relative to the crate, with forward slashes.
    path: String,
    /// Without its tests.
    code: String,
}

impl Source {
    /// The top-level module it belongs to.
    fn module(&self) -> &str {
        let inside = self.path.trim_start_matches("src/");
        inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    assert!(files.len() > 30, "the source was not found");
    files
        .into_iter()
        .filter(|path| path.file_stem().is_some_and(|stem| stem != "tests" && stem != "fixture"))
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let code = without_tests(&text).to_owned();
            let path = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            Source { path, code }
        })
        .collect()
}

/// What stands before the module of tests at a file's end.
fn without_tests(text: &str) -> &str {
    let tests =
        ["#[cfg(test)]\nmod tests {", "#[cfg(test)]\npub(crate) mod tests {", "#[cfg(all(test, unix))]\nmod tests {"];
    let end = tests.iter().filter_map(|start| text.find(&format!("\n{start}"))).min();
    &text[..end.unwrap_or(text.len())]
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The modules in the order in which `lib.rs` declares them.
fn order() -> Vec<String> {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let declared = |line: &str| line.strip_prefix("pub mod ")?.strip_suffix(';').map(str::to_owned);
    lib.lines().filter_map(declared).collect()
}

/// Every module that `code` reaches through `crate::`.
fn named_modules(code: &str) -> impl Iterator<Item = &str> {
    let code_lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    code_lines.flat_map(|line| line.match_indices("crate::").map(|(at, _)| &line[at + "crate::".len()..])).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        &rest[..end]
    })
}

/// The files whose code holds one of `words`.
fn files_that_name<'a>(sources: &'a [Source], words: &[&str]) -> Vec<&'a str> {
    let mut files: Vec<&str> = sources
        .iter()
        .filter(|source| {
            let mut lines = source.code.lines().filter(|line| !line.trim_start().starts_with("//"));
            lines.any(|line| words.iter().any(|word| line.contains(word)))
        })
        .map(|source| source.path.as_str())
        .collect();
    files.sort_unstable();
    files
}

#[test]
fn no_module_uses_one_that_is_declared_below_it() {
    let order = order();
    assert!(order.len() > 10, "{order:?}");
    let rank = |name: &str| order.iter().position(|module| module == name);
    let mut arrows = 0;
    for source in sources().iter().filter(|source| !["lib", "main"].contains(&source.module())) {
        let own = rank(source.module()).unwrap_or_else(|| panic!("{} belongs to no module of lib.rs", source.path));
        for used in named_modules(&source.code) {
            let used_rank = rank(used).unwrap_or_else(|| panic!("{} uses unknown module {used}", source.path));
            assert!(used_rank <= own, "{} uses {used}, which is declared below it", source.path);
            arrows += 1;
        }
    }
    assert!(arrows > 50, "only {arrows} arrows were found: the test has gone blind");
}

#[test]
fn attack_and_histogram_meet_at_the_sink_only() {
    for source in sources() {
        let forbidden = match source.module() {
            "attack" => "histogram",
            "histogram" => "attack",
            _ => continue,
        };
        assert!(named_modules(&source.code).all(|used| used != forbidden), "{} knows {forbidden}", source.path);
    }
}

#[test]
fn each_foreign_world_is_named_in_one_place() {
    let sources = sources();
    assert_eq!(files_that_name(&sources, &["goose::"]), ["src/attack/engine.rs"]);
    assert_eq!(files_that_name(&sources, &["plotters::"]), ["src/report/chart/canvas.rs"]);
    assert_eq!(
        files_that_name(&sources, &["clap::"]),
        ["src/cli/args.rs", "src/cli/args/serve.rs", "src/cli/args/verify.rs"]
    );
    assert_eq!(files_that_name(&sources, &["docx_rs::"]), ["src/report/format/document/paper.rs"]);
    assert_eq!(files_that_name(&sources, &["quick_junit::"]), ["src/report/format/junit.rs"]);
    let in_reference = |path: &&str| path.starts_with("src/reference/");
    assert!(files_that_name(&sources, &["axum::"]).iter().all(in_reference));
    let in_store = |path: &&str| path.starts_with("src/acceptance/store/");
    assert!(files_that_name(&sources, &["rusqlite::"]).iter().all(|path| in_reference(path) || in_store(path)));
    assert_eq!(files_that_name(&sources, &["sqlx::"]), ["src/acceptance/store/mysql.rs"]);
    let systems =
        files_that_name(&sources, &["std::os::", "\"/proc", "libc::", "cfg(unix)", "cfg(windows)", "target_os"]);
    assert_eq!(systems, ["src/attack/host.rs"]);
}

#[test]
fn nothing_prints_outside_the_command_line() {
    let sources = sources();
    let printing = files_that_name(&sources, &["stdout()", "stderr()", "println!"]);
    assert!(printing.iter().all(|path| path.starts_with("src/cli/")), "{printing:?}");
}

#[test]
fn every_file_says_what_it_is_and_stays_small() {
    for source in sources() {
        assert!(source.code.starts_with("//!"), "{} opens without saying what it is", source.path);
        let lines = source.code.lines().count();
        assert!(lines <= LONGEST_FILE, "{} has {lines} lines without its tests", source.path);
    }
}
