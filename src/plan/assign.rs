//! Steps that set variables.
//!
//! In: `set` of a step. Out: an operation that writes each text into the slot of its name. Always holds: what is set can be
//! named anywhere in what knows of it, and is empty before.

use crate::plan::PlanError;
use crate::plan::compile::Compiler;
use crate::plan::program::{Extent, Op};
use crate::plan::request::in_step;
use crate::plan::variables::check_name;
use crate::scenario::format::{Pairs, StepSection};
use crate::scenario::template::{Names, Place};

impl Compiler<'_> {
    /// What a `set` gives is kept over iterations, so it can be named anywhere in the scenario; empty at first.
    pub(super) fn know_what_is_set<'s>(
        &mut self,
        steps: impl Iterator<Item = &'s StepSection>,
    ) -> Result<(), PlanError> {
        let set = steps.filter_map(|step| step.set.as_ref());
        set.flat_map(Pairs::iter).try_for_each(|(name, _)| {
            check_name(name)?;
            self.loop_variable(name).map(drop)
        })
    }

    pub(super) fn set(&mut self, step: &StepSection, pairs: &Pairs) -> Result<Extent, PlanError> {
        let names = Names { variables: &self.known, ..self.names };
        let mut values = Vec::new();
        for (name, text) in pairs.iter() {
            let bound = names.bind(text, Place::Plain).map_err(|cause| in_step(step, "set", cause))?;
            values.push((self.gathered.extracted[name], bound));
        }
        self.ops.push(Op::Set(values.into()));
        Ok(Extent::default())
    }
}
