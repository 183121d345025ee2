//! What must hold of an import, whatever the plan.
//!
//! In: any bytes. Out: nothing, or what did not hold. Always holds: it ends, and never panics. Fuzzing and the tests
//! that damage plans both come in here.

use std::path::{Path, PathBuf};

use super::report::Counts;
use super::{ImportOptions, expand, import};
use crate::jmeter::jmx::Jmx;
use crate::scenario::Scenario;
use crate::scenario::secret::Environment;

/// Every id that an import refuses by.
const IDS: [&str; 12] = [
    "JMX002", "JMX101", "JMX102", "JMX103", "JMX104", "JMX105", "JMX106", "JMX107", "JMX108", "JMX109", "JMX112",
    "JMX113",
];

/// Reads `bytes` as a plan, translates it, wholly and with everything left out that is refused, and reads what comes of
/// it. What is no plan is well.
///
/// # Errors
/// What did not hold: an element without its account, or a scenario that is none.
pub fn trial(bytes: &[u8]) -> Result<(), String> {
    let Ok(jmx) = Jmx::parse(bytes, Path::new("trial.jmx")) else { return Ok(()) };
    let partial = IDS.map(str::to_owned).to_vec();
    for allow_partial in [Vec::new(), partial] {
        let options = ImportOptions { file: PathBuf::from("trial.jmx"), allow_partial, ..ImportOptions::default() };
        let imported = import(&jmx, &options);
        let Counts { elements, exact, approx, inert, lifted, refused } = imported.report.counts;
        let walked = expand::expanded(&jmx, &options.file).walk().len();
        if elements != walked || exact + approx + inert + lifted + refused != walked {
            return Err(format!("{walked} elements, and accounts of {:?}", imported.report.counts));
        }
        let told = imported.report.findings.iter().filter(|finding| finding.id.is_empty() && finding.cause.is_empty());
        if told.count() > 0 {
            return Err("a finding without a cause".to_owned());
        }
        if imported.scenario.is_some() != imported.report.is_complete() {
            return Err("a scenario beside a refusal, or neither".to_owned());
        }
        let Some(scenario) = imported.scenario else { continue };
        toml::from_str::<toml::Table>(&scenario).map_err(|error| format!("no TOML: {error}\n{scenario}"))?;
        if imported.report.needs.is_empty() && !imported.report.is_partial() {
            let read = Scenario::parse_in(&scenario, Path::new("trial.toml"), Environment::default());
            read.map_err(|error| format!("no scenario: {error}\n{scenario}"))?;
        }
    }
    Ok(())
}
