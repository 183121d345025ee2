//! Hosts beside the target that steps send to.
//!
//! In: the `host` of a step. Out: a [`Target`], and the place where each is kept once. Always holds: where a request goes
//! is known before anything is sent, so that names are resolved and connections tried before the load.

use crate::plan::request::{in_step, name_of};
use crate::plan::target::{Target, TargetError};
use crate::plan::{Plan, PlanError};
use crate::scenario::format::{Lifetime, StepSection};
use crate::scenario::template::{Names, Place};

/// Where `step` sends, if it names a host of its own.
pub(super) fn host(step: &StepSection, names: Names<'_>) -> Result<Option<Target>, PlanError> {
    let Some(written) = &step.host else { return Ok(None) };
    let bound = names.bind(written, Place::Plain).map_err(|cause| in_step(step, "host", cause))?;
    let refused = |cause| PlanError::Host { step: name_of(step), cause };
    let Some(text) = bound.as_constant() else { return Err(PlanError::HostVaries(name_of(step))) };
    let target = Target::parse(&String::from_utf8_lossy(text), "host").map_err(refused)?;
    if target.base_path().is_empty() {
        return Ok(Some(target));
    }
    let (text, part) = (target.to_string(), "path here");
    Err(refused(TargetError::Superfluous { text, origin: "host", part }))
}

/// Where `target` stands among `known`; behind them if it is new.
pub(super) fn place_in(known: &mut Vec<Target>, target: Target) -> usize {
    known.iter().position(|other| *other == target).unwrap_or_else(|| {
        known.push(target);
        known.len() - 1
    })
}

impl Plan {
    /// Refuses hosts of steps, and connections of an iteration, where a general client sends everything.
    pub(super) fn check_hosts(&self) -> Result<(), PlanError> {
        if self.connection.is_general() && !self.elsewhere.is_empty() {
            return Err(PlanError::HostsWithGeneral);
        }
        let short = self.scenarios.iter().find(|scenario| scenario.connection == Lifetime::Iteration);
        match short.filter(|_| self.connection.is_general()) {
            Some(scenario) => Err(PlanError::ConnectionWithGeneral(scenario.name.clone())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::tests::resolve;
    use crate::plan::{Overrides, Plan};

    const STEPS: &str = "gate = [\"failures<=0\"]\n[vars]\nlogin = \"login.test\"\n[[scenario]]\nname = \"a\"\n\
        [[scenario.step]]\nname = \"one\"\nhost = \"https://${login}:8443\"\npath = \"/1\"\n\
        [[scenario.step]]\nname = \"two\"\npath = \"/2\"\n\
        [[scenario.step]]\nname = \"three\"\nhost = \"https://login.test:8443/\"\npath = \"/3\"\n";

    fn plan(text: &str) -> Result<Plan, String> {
        resolve(text, &Overrides::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_host_that_several_steps_name_is_one() {
        let plan = plan(STEPS).unwrap();
        assert_eq!(plan.elsewhere.iter().map(ToString::to_string).collect::<Vec<_>>(), ["https://login.test:8443"]);
        assert_eq!(plan.steps.iter().map(|step| step.host).collect::<Vec<_>>(), [Some(0), None, Some(0)]);
    }

    #[test]
    fn a_host_that_cannot_be_sent_to_is_refused_with_its_step() {
        for (host, part) in [
            ("login.test", "step \"one\": \"login.test\" (host) is not a URL: it has no scheme"),
            ("http://${uuid()}", "step \"one\": host is drawn while the run goes on"),
            ("http://a/base", "a target has no path here"),
        ] {
            let error = plan(&STEPS.replace("https://${login}:8443", host)).map(|_| ()).unwrap_err();
            assert!(error.contains(part), "{host}: {error}");
        }
        let general = format!("[target]\nhttp2 = true\n{}", STEPS.replacen("gate = [\"failures<=0\"]\n", "", 1));
        let error = plan(&format!("gate = [\"failures<=0\"]\n{general}")).map(|_| ()).unwrap_err();
        assert!(error.contains("hosts of their own"), "{error}");
    }
}
