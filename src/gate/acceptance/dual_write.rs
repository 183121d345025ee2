//! The rules of the dual write.
//!
//! In: the validator's log, its differences, and the flows. Out: checks. Always holds: rates are recomputed from counts;
//! a validation that compared nothing is none; a log that is empty, has a hole or lies in the future never passes.

mod log;

use crate::acceptance::dual_write::DualWriteSeen;
use crate::acceptance::flows::{Broken, FlowsSeen};
use crate::acceptance::store::Asked;
use crate::gate::acceptance::witness::{answered, begin, listed};
use crate::gate::acceptance::{Check, Limit, Measure, Said};
use crate::scenario::acceptance::{DualWriteSection, Severity};
pub(super) use log::{Rules, of_types};

/// The checks of `seen`.
#[must_use]
pub fn judge(section: &DualWriteSection, seen: &DualWriteSeen, severity: &Severity) -> Vec<Check> {
    let rules = Rules { types: &section.types, min_rate: section.min_rate, mean_rate: section.mean_rate };
    let mut checks =
        of_types(&rules, &seen.log, &|rule, kind, query| begin(severity, (&format!("dual_write.{rule}"), kind), query));
    checks.push(unresolved(&seen.unresolved, severity));
    for (name, flows) in &seen.flows {
        checks.extend(invariants(name, flows, severity));
    }
    checks
}

fn unresolved(seen: &Asked<u64>, severity: &Severity) -> Check {
    let check = begin(severity, ("dual_write.unresolved", ""), &seen.query).wants(Limit::Equal(Measure::Count(0)));
    answered(check, seen, |check, count| check.found(Measure::Count(*count)))
}

/// A check of each invariant of one table of flows.
fn invariants(name: &str, asked: &Asked<FlowsSeen>, severity: &Severity) -> Vec<Check> {
    let rules: [(&str, &dyn Fn(&FlowsSeen) -> Option<&Broken>); 6] = [
        ("arithmetic", &|seen| Some(&seen.arithmetic)),
        ("chain", &|seen| Some(&seen.chain)),
        ("amounts", &|seen| Some(&seen.amounts)),
        ("negative", &|seen| Some(&seen.negative)),
        ("balances", &|seen| Some(&seen.balances)),
        ("unique", &|seen| seen.doubled.as_ref()),
    ];
    let of = |(rule, broken): (&str, &dyn Fn(&FlowsSeen) -> Option<&Broken>)| {
        let check = begin(severity, ("dual_write.invariants", &format!("{name}.{rule}")), &asked.query);
        answered(check.wants(Limit::Equal(Measure::Count(0))), asked, |check, seen| match broken(seen) {
            _ if seen.flows == 0 => check.no_data(Said::new("there are no flows", "没有流水记录")),
            None => check.skipped(Said::new("the file names no unique column", "验收文件未指定唯一列")),
            Some(broken) => {
                let (flows, accounts) = (seen.flows, seen.accounts);
                let (mut en, mut zh) =
                    (format!("{flows} flows of {accounts} accounts"), format!("{accounts} 个账户的 {flows} 条流水"));
                if broken.count > 0 {
                    let which = listed(&broken.named, broken.count);
                    en.push_str(&format!("; broken: {which}"));
                    zh.push_str(&format!("；不符合：{which}"));
                }
                check.found(Measure::Count(broken.count)).noting(Said::new(en, zh))
            }
        })
    };
    rules.into_iter().map(of).collect()
}

#[cfg(test)]
mod tests;
