//! Whether everything is there that the verification needs.
//!
//! In: [`Surroundings`]. Out: checks. Always holds: an empty file is not there; what is unknown is no data.

use crate::acceptance::environment::Surroundings;
use crate::gate::acceptance::{Check, Limit, Measure, Said};
use crate::scenario::acceptance::{EnvironmentSection, Severity};

/// Bytes of a MiB.
const MIB: u64 = 1024 * 1024;

/// The checks of `seen`.
#[must_use]
pub fn judge(section: &EnvironmentSection, seen: &Surroundings, severity: &Severity) -> Vec<Check> {
    let new = |rule: &str, subject: &str, query: String| {
        Check::new(format!("environment.{rule}:{subject}"), severity.blocks(&format!("environment.{rule}")), query)
    };
    let there = Limit::Equal(Measure::Truth(true));
    let tools = seen.tools.iter().map(|(tool, found)| {
        new("tools", tool, format!("PATH {tool}")).wants(there.clone()).found(Measure::Truth(*found))
    });
    let files = seen.files.iter().map(|(file, bytes)| {
        let file = file.display().to_string();
        let check = new("files", &file, format!("stat {file}")).wants(there.clone());
        let check = check.found(Measure::Truth(bytes.is_some_and(|bytes| bytes > 0)));
        match bytes {
            Some(bytes) => check.noting(Said::new(format!("{bytes} bytes"), format!("{bytes} 字节"))),
            None => check,
        }
    });
    let ports = seen.ports.iter().map(|(port, taken)| {
        let check = new("ports", port, format!("connect {port}")).wants(there.clone());
        let check = check.found(Measure::Truth(taken.is_ok()));
        match taken {
            Ok(()) => check,
            Err(cause) => check.noting(Said::foreign(cause)),
        }
    });
    tools.chain(files).chain(ports).chain([disk(section, seen, severity)]).collect()
}

fn disk(section: &EnvironmentSection, seen: &Surroundings, severity: &Severity) -> Check {
    let wanted = Limit::AtLeast(Measure::Count(section.free_mib()));
    let check = Check::new("environment.disk", severity.blocks("environment.disk"), "free MiB").wants(wanted);
    match seen.free {
        Some(free) => check.found(Measure::Count(free / MIB)),
        None => check.no_data(Said::new("this system does not say how much is free", "系统未提供可用磁盘空间")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::acceptance::CheckVerdict;

    #[test]
    fn an_empty_file_and_an_unknown_disk_are_no_pass() {
        let seen = Surroundings {
            tools: vec![("java".into(), true)],
            files: vec![("empty.sql".into(), Some(0)), ("backup.sql".into(), Some(1))],
            ports: vec![("127.0.0.1:6379".into(), Err("refused".into()))],
            free: None,
        };
        let checks = judge(&EnvironmentSection::default(), &seen, &Severity::default());
        use CheckVerdict::{Fail, NoData, Pass};
        let verdicts: Vec<_> = checks.iter().map(|check| check.verdict).collect();
        assert_eq!(verdicts, [Pass, Fail, Pass, Fail, NoData]);
        let full = Surroundings { free: Some(1_023 * MIB), ..Surroundings::default() };
        assert_eq!(judge(&EnvironmentSection::default(), &full, &Severity::default())[0].verdict, Fail);
    }
}
