//! `tollgate verify --audit`: arithmetic on figures typed in from any report.
//!
//! In: a file of figures. Out: what agrees, what contradicts itself and what needs an explanation, and an exit code.
//! Always holds: nothing is sent and nothing is written.

use std::path::Path;
use std::process::ExitCode;

use crate::cli::exit::CliError;
use crate::cli::put;
use crate::gate::RunVerdict;
use crate::gate::audit::{self, Arithmetic, Finding};
use crate::report::Lang;
use crate::scenario::acceptance::audit::Figures;

/// Reads the figures and tells what they make of each other.
pub(super) fn audit(path: &Path, lang: Lang) -> Result<ExitCode, CliError> {
    let figures = Figures::load(path)?;
    let findings = audit::audit(&figures);
    if findings.is_empty() {
        let path = path.display();
        return Err(CliError::Usage(format!(
            "{path}: no two of these figures can be held against each other; give for example requests, seconds and tps"
        )));
    }
    let name = figures.report.clone().unwrap_or_else(|| path.display().to_string());
    let verdict = audit::verdict(&findings);
    let lines: String = findings.iter().map(|finding| line(lang, finding)).collect();
    put(&format!("{}\n{lines}{}\n", heading(lang, &name), conclusion(lang, verdict)));
    Ok(ExitCode::from(match verdict {
        RunVerdict::Pass => 0,
        RunVerdict::Fail => 99,
        RunVerdict::Invalid => 98,
    }))
}

fn heading(lang: Lang, name: &str) -> String {
    match lang {
        Lang::En => format!("Arithmetic of {name}"),
        Lang::Zh => format!("数据核算：{name}"),
    }
}

fn line(lang: Lang, finding: &Finding) -> String {
    let word = match (finding.outcome, lang) {
        (Arithmetic::Agrees, Lang::En) => "✓ agrees",
        (Arithmetic::Agrees, Lang::Zh) => "✓ 一致",
        (Arithmetic::Unexplained, Lang::En) => "? unexplained",
        (Arithmetic::Unexplained, Lang::Zh) => "? 待解释",
        (Arithmetic::Contradicts, Lang::En) => "✗ contradicts",
        (Arithmetic::Contradicts, Lang::Zh) => "✗ 矛盾",
    };
    let said = match lang {
        Lang::En => format!("{word}: {}", finding.said.en),
        Lang::Zh => format!("{word}：{}", finding.said.zh),
    };
    format!("  {said}\n")
}

const fn conclusion(lang: Lang, verdict: RunVerdict) -> &'static str {
    match (lang, verdict) {
        (Lang::En, RunVerdict::Pass) => {
            "Verdict: the figures agree with each other; whether they were measured is another question"
        }
        (Lang::Zh, RunVerdict::Pass) => "结论：各数据相互一致；是否真实测得另当别论",
        (Lang::En, RunVerdict::Fail) => "Verdict: these figures cannot all be true",
        (Lang::Zh, RunVerdict::Fail) => "结论：这些数据不可能同时成立",
        (Lang::En, RunVerdict::Invalid) => "Verdict: the figures prove nothing until what is unexplained is shown",
        (Lang::Zh, RunVerdict::Invalid) => "结论：在给出解释之前，这些数据不能作为证据",
    }
}
