//! Steps that Rust code sends in its own way, for what the scenario language does not speak.
//!
//! In: functions by the names of steps. Out: a plan whose steps of these names call them. Always holds: such a step is
//! timed from the call to its end, recorded and judged like any other: its answer is held against the step's own checks
//! and extracts, with the status 200. A step without a function costs nothing more than before.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::plan::Plan;

/// What a function is told of the request it is to send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// The user's number, from 1.
    pub user: u64,
    /// The step's body, its templates filled in; empty where it has none.
    pub body: Vec<u8>,
}

/// The body of the answer, or what went wrong, which is a failure of class `check`.
pub type Answered = Result<Vec<u8>, String>;

type Sending = Pin<Box<dyn Future<Output = Answered> + Send>>;

/// One function.
#[derive(Clone)]
pub struct Custom(Arc<dyn Fn(Call) -> Sending + Send + Sync>);

impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Custom")
    }
}

impl Custom {
    /// Calls it.
    pub fn call(&self, call: Call) -> Sending {
        (self.0)(call)
    }
}

/// Functions by the names of the steps they send.
#[derive(Clone, Debug, Default)]
pub struct CustomSteps(Vec<(String, Custom)>);

impl CustomSteps {
    /// Adds the function that sends the step called `name`. It is dropped at its next await when the step's timeout
    /// passes or the run is interrupted.
    #[must_use]
    pub fn with<F, S>(mut self, name: &str, send: F) -> Self
    where
        F: Fn(Call) -> S + Send + Sync + 'static,
        S: Future<Output = Answered> + Send + 'static,
    {
        self.0.push((name.to_owned(), Custom(Arc::new(move |call| Box::pin(send(call))))));
        self
    }
}

impl Plan {
    /// Hands steps over to functions.
    ///
    /// # Errors
    /// The name of a function that no step has.
    pub fn customize(&mut self, functions: &CustomSteps) -> Result<(), String> {
        for (name, custom) in &functions.0 {
            let mut steps = self.steps.iter_mut().chain(&mut self.setup);
            let step = steps.find(|step| step.name == *name).ok_or_else(|| name.clone())?;
            step.custom = Some(custom.clone());
        }
        Ok(())
    }

    /// Whether every step is sent by a function, so that nothing is known to speak HTTP.
    #[must_use]
    pub fn is_all_custom(&self) -> bool {
        self.steps.iter().chain(&self.setup).all(|step| step.custom.is_some())
    }
}
