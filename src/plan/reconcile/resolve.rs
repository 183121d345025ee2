//! `[[reconcile]]` held against the plan: every default filled, everything that could not be proven refused.
//!
//! In: the sections, and the steps as they are planned. Out: [`Reconcile`]s, or the first that makes no sense, with what to
//! write instead.

use std::collections::BTreeMap;

use super::fields::{Token, field_of, identity};
use super::{AFTER, AmountOf, By, Figure, LIMIT, Listing, Reconcile};
use crate::plan::program::Op;
use crate::plan::{PlanError, PlannedScenario, PlannedStep};
use crate::sample::StepId;
use crate::scenario::Scenario;
use crate::scenario::format::{ListSection, Pairs, ReconcileSection, SumSection};
use crate::scenario::template::{Names, Place, Template, Variable};
use crate::units::{Amount, Micros};

/// How long an account must stand still where the author does not say.
pub(super) const SETTLE: Micros = Micros::from_secs(5);
/// Rows of a page where the author does not say.
const PAGE: u32 = 20_000;
/// What the sections are resolved against.
pub(in crate::plan) struct Against<'a> {
    pub(in crate::plan) scenario: &'a Scenario,
    pub(in crate::plan) scenarios: &'a [PlannedScenario],
    pub(in crate::plan) steps: &'a [PlannedStep],
    pub(in crate::plan) names: Names<'a>,
}

impl Against<'_> {
    /// Every `[[reconcile]]` of the file.
    pub(in crate::plan) fn resolve(&self) -> Result<Vec<Reconcile>, PlanError> {
        self.scenario.reconciles.iter().map(|section| self.reconcile(section)).collect()
    }

    fn reconcile(&self, section: &ReconcileSection) -> Result<Reconcile, PlanError> {
        let id = self.step(section)?;
        let step = &self.steps[usize::from(id.0)];
        let amount = section.amount.as_deref().map(|field| self.amount(step, field)).transpose()?;
        let by = match (&section.by, &section.list, &section.sum) {
            (Some(field), Some(list), None) => By::Identity(Box::new(self.listing(step, field, list)?)),
            (None, None, Some(sum)) => By::Sum(self.figure(sum)?),
            _ => {
                let problem = "it goes by identity, with by and [reconcile.list], or by a sum, with [reconcile.sum]; \
                               write one of the two";
                return Err(refused("[[reconcile]]", problem));
            }
        };
        let rows_amount = matches!(&by, By::Identity(list) if list.amount.is_some());
        if rows_amount && amount.is_none() {
            let problem = "the rows' amount is compared with the request's; name its field with amount = \"...\"";
            return Err(refused("amount =", problem));
        }
        Ok(Reconcile {
            step: id,
            name: step.name.clone(),
            settle: section.settle.unwrap_or(SETTLE),
            required: section.required,
            amount,
            headers: self.headers(&section.headers)?,
            by,
        })
    }

    /// The step that is meant: sent at most once an iteration, so that an iteration's number names one request.
    fn step(&self, section: &ReconcileSection) -> Result<StepId, PlanError> {
        let named = match &section.step {
            Some(name) => self.steps.iter().position(|step| step.name == *name).ok_or_else(|| {
                let known: Vec<String> = self.steps.iter().map(|step| format!("\"{}\"", step.name)).collect();
                let problem = format!("there is no step \"{name}\"; name one of {}", known.join(", "));
                refused(&format!("\"{name}\""), &problem)
            })?,
            None if self.steps.len() == 1 => 0,
            None => {
                return Err(refused("[[reconcile]]", "the scenario has several steps; name one with step = \"...\""));
            }
        };
        let id = u16::try_from(named).map(StepId).map_err(|_| PlanError::TooManySteps)?;
        if self.scenarios.iter().any(|scenario| is_repeated(&scenario.program.0, id)) {
            let name = &self.steps[named].name;
            let problem =
                format!("step \"{name}\" stands in a loop, where one iteration sends it more than once; take it out");
            return Err(refused("[[reconcile]]", &problem));
        }
        Ok(id)
    }

    fn listing(&self, step: &PlannedStep, field: &str, list: &ListSection) -> Result<Listing, PlanError> {
        let path = self.text(&list.path, Place::Plain)?;
        if !path.contains(AFTER) {
            let problem = "the path names no ${after}, the key behind which a page begins; \
                           write for example \"/records?afterId=${after}&limit=${limit}\"";
            return Err(refused(&quoted(&list.path), problem));
        }
        Ok(Listing {
            field: field.to_owned(),
            identity: identity(step, field, self.names.run_id)?,
            path,
            page: list.page.map_or(PAGE, std::num::NonZeroU32::get),
            items: list.items.clone(),
            key: list.key.clone(),
            id: list.id.clone(),
            amount: list.amount.clone(),
        })
    }

    fn figure(&self, sum: &SumSection) -> Result<Figure, PlanError> {
        let path = self.text(&sum.path, Place::Plain)?;
        Ok(Figure { path, value: sum.value.clone(), falls: sum.falls })
    }

    fn headers(&self, own: &Pairs) -> Result<Vec<(String, String)>, PlanError> {
        let shared = self.scenario.target.headers.iter().filter(|(name, _)| {
            // What is written here replaces a header of the target's.
            !own.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
        });
        shared.chain(own.iter()).map(|(name, text)| Ok((name.to_owned(), self.text(text, Place::Header)?))).collect()
    }

    /// A text that is the same for the whole run, but for a page's key and length.
    fn text(&self, template: &Template, place: Place) -> Result<String, PlanError> {
        let fixed = |text: &str| Variable::Fixed(text.to_owned());
        let mut variables: BTreeMap<String, Variable> =
            self.scenario.vars.iter().map(|(name, value)| (name.clone(), Variable::Text(value.0.clone()))).collect();
        variables.extend(self.scenario.secret_values.iter().map(|(name, value)| (name.clone(), fixed(value.reveal()))));
        variables.extend([("after".to_owned(), fixed(AFTER)), ("limit".to_owned(), fixed(LIMIT))]);
        let names = Names { variables: &variables, ..self.names };
        let bound = names.bind(template, place).map_err(|cause| {
            let needle = cause.needle().unwrap_or_else(|| quoted(template));
            refused(&needle, &cause.to_string())
        })?;
        let text = bound.as_constant().map(|text| String::from_utf8_lossy(text).into_owned());
        let varies = "this text must be the same for the whole run; use ${after}, ${limit}, ${env.NAME} and fixed text";
        let text = text.ok_or_else(|| refused(&quoted(template), varies))?;
        let sendable = !text.replace(AFTER, "").replace(LIMIT, "").chars().any(char::is_control);
        let sendable = sendable && (place == Place::Header || (text.starts_with('/') && !text.contains(' ')));
        sendable.then_some(text).ok_or_else(|| {
            refused(&quoted(template), "a path starts with \"/\" and holds no space; a header holds no line break")
        })
    }

    fn amount(&self, step: &PlannedStep, field: &str) -> Result<AmountOf, PlanError> {
        let value = field_of(step, field)?;
        let amount = match value.as_slice() {
            [Token::Byte(_), ..] => {
                let text: Option<Vec<u8>> = value.iter().map(|token| token.byte()).collect();
                text.and_then(|text| Amount::parse(&text)).map(AmountOf::Fixed)
            }
            [Token::Column { feeder, column }] => Some(AmountOf::Column { feeder: *feeder, column: *column }),
            _ => None,
        };
        amount.filter(|amount| amount.of(0, self.names.feeders).is_some()).ok_or_else(|| {
            let problem = format!(
                "step \"{}\": field \"{field}\" is neither a fixed amount nor a column of a permuted feeder, so what a \
                 request moved cannot be worked out again; leave amount out to compare numbers of requests only",
                step.name
            );
            refused(&format!("\"{field}\""), &problem)
        })
    }
}

fn quoted(template: &Template) -> String {
    template.leading_literal().to_owned()
}

pub(super) fn refused(needle: &str, problem: &str) -> PlanError {
    PlanError::Reconcile { needle: needle.to_owned(), problem: problem.to_owned() }
}

/// Whether a loop goes round the request.
fn is_repeated(ops: &[Op], step: StepId) -> bool {
    let at: Vec<usize> = (0..ops.len()).filter(|at| matches!(ops[*at], Op::Request(id) if id == step)).collect();
    let round = |(from, op): (usize, &Op)| match op {
        Op::Round(round) => at.iter().any(|at| (from..round.end).contains(at)),
        _ => false,
    };
    ops.iter().enumerate().any(round)
}
