//! Steps, and structures of steps, made into the [`Program`] of a scenario.
//!
//! In: what `[[scenario.step]]` says. Out: programs, and the requests and groups they name. Always holds: a variable
//! is only named behind the step that takes it out of an answer; each name stands for one thing.

use std::collections::BTreeMap;

use crate::plan::hosts::{host, place_in};
use crate::plan::kind::{self, Kind};
use crate::plan::program::{Extent, Limit, MOST_ROUNDS, Op, Program, Round};
use crate::plan::request::{Requests, in_step, name_of};
use crate::plan::steps::{check_name, plan_step};
use crate::plan::target::Target;
use crate::plan::{PlanError, PlannedStep};
use crate::sample::StepId;
use crate::scenario::check::Which;
use crate::scenario::condition::Condition;
use crate::scenario::format::{StepSection, VarValue};
use crate::scenario::template::{Bound, Names, Place, Template, Variable};

/// The most rounds of a `while` that names no number.
const ROUNDS_OF_WHILE: u32 = 1_000;

/// What the whole plan has gathered so far.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) steps: Vec<PlannedStep>,
    /// Steps of on_start and on_stop.
    pub(super) setup: Vec<PlannedStep>,
    pub(super) groups: Vec<String>,
    /// Every name of a step or a group.
    pub(super) names: Vec<String>,
    pub(super) counters: usize,
    pub(super) slots: usize,
    /// Where steps send that name a host of their own, each once.
    pub(super) elsewhere: Vec<Target>,
    /// The slots of what answers give, by name.
    pub(super) extracted: BTreeMap<String, usize>,
}

/// Compiles one scenario.
pub(super) struct Compiler<'a> {
    pub(super) requests: Requests<'a>,
    pub(super) names: Names<'a>,
    /// What can be named here.
    pub(super) known: BTreeMap<String, Variable>,
    pub(super) gathered: &'a mut Gathered,
    /// Whether its requests are those of on_start or on_stop.
    pub(super) is_setup: bool,
    pub(super) ops: Vec<Op>,
}

impl Compiler<'_> {
    /// Compiles `steps` into a program of their own, and what it may come to.
    pub(super) fn program(&mut self, steps: &[StepSection], is_setup: bool) -> Result<(Program, Extent), PlanError> {
        self.is_setup = is_setup;
        let extent = self.all(steps)?;
        Ok((Program(std::mem::take(&mut self.ops)), extent))
    }

    fn all(&mut self, steps: &[StepSection]) -> Result<Extent, PlanError> {
        let mut extent = Extent::default();
        for step in steps {
            kind::check_weight(step)?;
            extent = extent.then(self.step(step)?);
        }
        Ok(extent)
    }

    /// The steps of a structure, behind the rows that they begin with.
    pub(super) fn inner(&mut self, step: &StepSection) -> Result<Extent, PlanError> {
        for name in &step.next {
            let feeder = self.names.feeders.iter().position(|(known, _)| known == name);
            let unknown =
                || PlanError::Structure(format!("next \"{name}\" names no feeder; write the name of a [[feeder]]"));
            self.ops.push(Op::NextRow(feeder.ok_or_else(unknown)?));
        }
        self.all(&step.steps)
    }

    pub(super) fn step(&mut self, step: &StepSection) -> Result<Extent, PlanError> {
        let kind = Kind::of(step)?;
        kind.check_fit(step, self.is_setup)?;
        let once = step.once.then(|| self.reserve());
        let extent = match kind {
            Kind::Request => self.request(step)?,
            Kind::Pause(time) => {
                self.ops.push(Op::Pause(time));
                Extent { requests: 0.0, pause: time.moments(), time: time.longest() }
            }
            Kind::For(span) => self.lasting(step, span)?,
            Kind::Percent(percent) => self.share(step, percent)?,
            Kind::Stop(stop) => {
                self.ops.push(Op::Stop(stop));
                Extent::default()
            }
            Kind::Group(name) => self.group(name, step)?,
            Kind::Repeat(times) => self.repeat(step, times)?,
            Kind::ForEach(list) => self.for_each(step, list)?,
            Kind::If => self.branch(step)?,
            Kind::While => self.during(step)?,
            Kind::Pick(pick) => self.pick(step, pick)?,
            Kind::Set(pairs) => self.set(step, pairs)?,
        };
        let Some(at) = once else { return Ok(extent) };
        let counter = self.counter();
        self.ops[at] = Op::Once(counter, self.ops.len());
        Ok(extent.or(Extent::default()))
    }

    fn request(&mut self, step: &StepSection) -> Result<Extent, PlanError> {
        if step.name.is_none() {
            let path = step.path.as_ref().and_then(Template::as_literal);
            let needle = path.map_or_else(|| "[[scenario.step]]".to_owned(), |path| format!("\"{path}\""));
            return Err(PlanError::NoName { needle });
        }
        let taken = self.gathered.names.iter().map(String::as_str);
        check_name("step", &name_of(step), taken)?;
        self.gathered.names.push(name_of(step));
        let names = Names { variables: &self.known, ..self.names };
        let mut planned = plan_step(step, self.requests, names)?;
        planned.host = host(step, names)?.map(|target| place_in(&mut self.gathered.elsewhere, target));
        for extract in &mut planned.extracts {
            extract.slot = self.gathered.extracted[&extract.name];
            let mut meaning = Variable::Slot(extract.slot);
            if let Which::All { count } = &mut extract.which {
                *count = self.gathered.extracted[&format!("{}.count", extract.name)];
                self.known.insert(format!("{}.count", extract.name), Variable::Slot(*count));
                meaning = Variable::List(extract.slot);
            }
            self.known.insert(extract.name.clone(), meaning);
        }
        let think_time = planned.think_time;
        let time = planned.timeout + think_time.longest();
        let extent = Extent { requests: 1.0, pause: think_time.moments(), time };
        let steps = if self.is_setup { &mut self.gathered.setup } else { &mut self.gathered.steps };
        self.ops.push(Op::Request(StepId(u16::try_from(steps.len()).map_err(|_| PlanError::TooManySteps)?)));
        steps.push(planned);
        Ok(extent)
    }

    fn group(&mut self, name: &str, step: &StepSection) -> Result<Extent, PlanError> {
        check_name("group", name, self.gathered.names.iter().map(String::as_str))?;
        self.gathered.names.push(name.to_owned());
        let id = u16::try_from(self.gathered.groups.len()).map_err(|_| PlanError::TooManySteps)?;
        self.gathered.groups.push(name.to_owned());
        self.ops.push(Op::Begin(id));
        let extent = self.inner(step)?;
        self.ops.push(Op::End);
        Ok(extent)
    }

    fn repeat(&mut self, step: &StepSection, times: &VarValue) -> Result<Extent, PlanError> {
        let names = Names { variables: &self.known, ..self.names };
        let bound = names.bind(&times.0, Place::Plain).map_err(|cause| in_step(step, "repeat", cause))?;
        let fixed = bound.as_constant().map(|text| std::str::from_utf8(text).ok()?.parse::<u64>().ok());
        let (limit, least, most) = match fixed {
            Some(Some(times @ 0..=MOST_ROUNDS)) => (Limit::Fixed(times), times, times),
            Some(_) => {
                let problem = format!("repeat takes a whole number up to {MOST_ROUNDS}; write for example repeat = 3");
                return Err(PlanError::At { needle: "repeat =".to_owned(), problem });
            }
            None => (Limit::Text(bound), 0, MOST_ROUNDS),
        };
        let into = step.variable.as_deref().map(|name| self.loop_variable(name)).transpose()?;
        Ok(self.rounds(step, limit, into)?.times(least, most))
    }

    fn for_each(&mut self, step: &StepSection, list: &str) -> Result<Extent, PlanError> {
        let Some(Variable::List(slot)) = self.known.get(list).cloned() else {
            let problem = "names no list; take one out of an earlier answer with extract = [{ var = ..., json = ..., all = true }]";
            return Err(PlanError::Structure(format!("foreach \"{list}\" {problem}")));
        };
        let Some(name) = step.variable.as_deref() else {
            return Err(PlanError::Structure(format!(
                "foreach \"{list}\" needs a variable; write for example as = \"id\""
            )));
        };
        let into = self.loop_variable(name)?;
        Ok(self.rounds(step, Limit::List(slot), Some(into))?.times(0, MOST_ROUNDS))
    }

    fn rounds(&mut self, step: &StepSection, limit: Limit, into: Option<usize>) -> Result<Extent, PlanError> {
        let counter = self.counter();
        self.ops.push(Op::Reset(counter));
        let start = self.reserve();
        let extent = self.inner(step)?;
        self.ops.push(Op::Jump(start));
        self.ops[start] = Op::Round(Box::new(Round { counter, limit, into, end: self.ops.len() }));
        Ok(extent)
    }

    fn branch(&mut self, step: &StepSection) -> Result<Extent, PlanError> {
        let unless = self.reserve();
        let condition = self.condition(step)?;
        let then = self.inner(step)?;
        if step.otherwise.is_empty() {
            self.ops[unless] = Op::Unless(condition, self.ops.len());
            return Ok(then.or(Extent::default()));
        }
        let over = self.reserve();
        self.ops[unless] = Op::Unless(condition, self.ops.len());
        let otherwise = self.all(&step.otherwise)?;
        self.ops[over] = Op::Jump(self.ops.len());
        Ok(then.or(otherwise))
    }

    fn during(&mut self, step: &StepSection) -> Result<Extent, PlanError> {
        let most = u64::from(step.at_most.unwrap_or(ROUNDS_OF_WHILE));
        let counter = self.counter();
        self.ops.push(Op::Reset(counter));
        let start = self.reserve();
        let unless = self.reserve();
        // What its own steps take out decides whether it goes on; before the first round it is empty.
        let earlier = self.known.clone();
        for extract in step.flat().into_iter().flat_map(|inner| &inner.extracts) {
            let slot = self.gathered.extracted[&extract.name];
            self.known.entry(extract.name.clone()).or_insert(Variable::Slot(slot));
        }
        let condition = self.condition(step)?;
        self.known = earlier;
        let extent = self.inner(step)?;
        self.ops.push(Op::Jump(start));
        let end = self.ops.len();
        self.ops[start] = Op::Round(Box::new(Round { counter, limit: Limit::Fixed(most), into: None, end }));
        self.ops[unless] = Op::Unless(condition, end);
        Ok(extent.times(0, most))
    }

    fn condition(&self, step: &StepSection) -> Result<Condition<Bound>, PlanError> {
        let (part, written) = match (&step.condition, &step.during) {
            (Some(condition), _) => ("if", condition),
            (None, Some(condition)) => ("while", condition),
            (None, None) => return Err(PlanError::Structure("a condition is missing".to_owned())),
        };
        let names = Names { variables: &self.known, ..self.names };
        written.bind(|text| names.bind(text, Place::Plain)).map_err(|cause| in_step(step, part, cause))
    }

    /// A slot for the variable of a loop.
    pub(super) fn loop_variable(&mut self, name: &str) -> Result<usize, PlanError> {
        let slot = self.gathered.extracted.get(name).copied();
        let slot = slot.ok_or_else(|| PlanError::VariableName(name.to_owned()))?;
        self.known.insert(name.to_owned(), Variable::Slot(slot));
        Ok(slot)
    }

    pub(super) fn counter(&mut self) -> usize {
        self.gathered.counters += 1;
        self.gathered.counters - 1
    }

    /// Room for an operation whose jump is not known yet.
    pub(super) fn reserve(&mut self) -> usize {
        self.ops.push(Op::Jump(0));
        self.ops.len() - 1
    }
}
