//! The few things that scripts of plans do, as variables, conditions and checks of the scenario language.
//!
//! In: the text of a script (Groovy, BeanShell, JavaScript, JEXL) and what is known of names. Out: a [`Lifted`] or a
//! [`Condition`](test::Test), or the first construct that is not known. Always holds: nothing is run here: what a
//! script would do each time is written as something that is done each time; what is not wholly understood is refused;
//! every text ends, however deep or long it is.
//!
//! ```text
//! text --token--> tokens --statement, operand--> tree --lower, call--> actions over templates
//! ```

mod answer;
mod block;
mod call;
mod count;
mod known;
mod list;
mod lower;
mod method;
mod operand;
mod statement;
mod template;
pub(crate) mod test;
mod texts;
mod token;
mod tree;
mod value;
mod variable;

use std::collections::{BTreeMap, BTreeSet};

use crate::jmeter::function::{Names, Remark};
use lower::Lowering;
pub(crate) use template::Template;
use tree::Statement;

/// What is done in the place of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Sets a variable to a template.
    Set(String, String),
    /// Does the first if the condition holds, else the second.
    If(String, Vec<Action>, Vec<Action>),
    /// Pauses for so many milliseconds.
    Pause(u64),
    /// Does them so often as a template says; the name counts the rounds, from 0.
    Repeat(String, String, Vec<Action>),
}

/// A script that was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lifted {
    /// What it does, in order.
    pub(crate) actions: Vec<Action>,
    /// Entries of `check`: what the answer must be, for scripts that fail it.
    pub(crate) checks: Vec<String>,
    /// Variables that are the whole body of the answer.
    pub(crate) bodies: Vec<String>,
    /// Variables that stand in the answer's JSON, with their paths.
    pub(crate) members: Vec<(String, String)>,
    /// The variable that is the answer's status.
    pub(crate) status: Option<String>,
    /// Whether what is taken out of the answer is a variable of the plan at once.
    pub(crate) gives: bool,
    /// Statuses that are a success too.
    pub(crate) statuses: Vec<u16>,
    /// Headers of the request.
    pub(crate) headers: Vec<(String, String)>,
    /// What is to be told of the texts in it.
    pub(crate) remarks: Vec<Remark>,
}

impl Action {
    /// The variables that it sets.
    pub(crate) fn names<'a>(&'a self, found: &mut Vec<&'a str>) {
        match self {
            Self::Set(name, _) => found.push(name),
            Self::If(_, then, otherwise) => then.iter().chain(otherwise).for_each(|action| action.names(found)),
            Self::Pause(_) => {}
            Self::Repeat(_, counter, inner) => {
                found.push(counter);
                inner.iter().for_each(|action| action.names(found));
            }
        }
    }
}

impl Lifted {
    /// The variables that are taken out of the answer.
    pub(crate) fn taken(&self) -> impl Iterator<Item = &String> {
        let members = self.members.iter().map(|(name, _)| name);
        self.bodies.iter().chain(members).chain(&self.status)
    }

    /// The same, with what is taken out of the answer given to its variable at once, where the script does nothing but
    /// set variables to what it took, each once.
    pub(crate) fn directly(mut self) -> Self {
        let pair = |action: &Action| match action {
            Action::Set(name, text) => {
                let from = text.strip_prefix("${").and_then(|text| text.strip_suffix('}'))?;
                self.taken().any(|own| own == from).then(|| (from.to_owned(), name.clone()))
            }
            _ => None,
        };
        let Some(pairs) = self.actions.iter().map(pair).collect::<Option<Vec<_>>>() else { return self };
        let from: BTreeMap<String, String> = pairs.iter().cloned().collect();
        let to: BTreeSet<&String> = pairs.iter().map(|(_, name)| name).collect();
        let once = from.len() == pairs.len() && to.len() == pairs.len() && self.taken().count() == pairs.len();
        if !once || !self.checks.is_empty() {
            return self;
        }
        let members = self.members.iter_mut().map(|(name, _)| name);
        for own in self.bodies.iter_mut().chain(members).chain(&mut self.status) {
            from.get(own).into_iter().for_each(|name| name.clone_into(own));
        }
        self.gives = !pairs.is_empty();
        self.actions.clear();
        self
    }
}

/// Why a script is not understood: its first construct that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Outside(String);

impl Outside {
    fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// What a script meets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings<'a> {
    /// Variables and properties of the plan.
    pub(crate) names: &'a Names,
    /// Whether `"${x}"` and `"$x"` are replaced by the language itself.
    pub(crate) interpolates: bool,
    /// Variables that the script may not use for itself.
    pub(crate) taken: &'a BTreeMap<String, String>,
    /// What the script is for.
    pub(crate) role: Role,
    /// Whether a whole number divided by another is one.
    pub(crate) divides_whole: bool,
    /// The element's parameters, as they were written.
    pub(crate) parameters: &'a str,
}

impl Surroundings<'_> {
    /// The element's parameters as a template.
    fn parameters(&self, names: &Names) -> Template {
        Template::written(&names.template(self.parameters).text)
    }
}

/// What a script is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It runs before a request.
    Before,
    /// It runs behind a request.
    Behind,
    /// It judges an answer.
    Judge,
    /// It stands in a request's place.
    Sampler,
    /// It is a condition.
    Condition,
}

/// A variable or a property that a script sets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Given {
    Variable(String),
    Property(String),
}

impl Given {
    /// The variable, if it is one.
    pub(crate) fn variable(self) -> Option<String> {
        match self {
            Self::Variable(name) => Some(name),
            Self::Property(_) => None,
        }
    }
}

/// Reads a script as what it does.
///
/// # Errors
/// [`Outside`] names the first construct that is not known.
pub(crate) fn lift(script: &str, around: Surroundings<'_>) -> Result<Lifted, Outside> {
    let statements = statement::parse(script, around.interpolates)?;
    Lowering::new(around, &statements).script(&statements)
}

/// Reads an expression as a condition, for `if` and `while`.
///
/// # Errors
/// [`Outside`] names the first construct that is not known.
pub(crate) fn condition(code: &str, around: Surroundings<'_>) -> Result<(String, Vec<Remark>), Outside> {
    let statements = statement::parse(code, around.interpolates)?;
    Lowering::new(around, &statements).condition(&statements)
}

/// Reads code as a template, for what stands in texts: what its last statement gives.
///
/// # Errors
/// [`Outside`] names the first construct that is not known.
pub(crate) fn value(code: &str, around: Surroundings<'_>) -> Result<(String, Vec<Remark>), Outside> {
    let statements = statement::parse(code, around.interpolates)?;
    Lowering::new(around, &statements).text(&statements)
}

/// The variables and properties that a script sets under plain names; none where it is not understood.
pub(crate) fn given(script: &str, interpolates: bool) -> Vec<Given> {
    let mut found = Vec::new();
    let statements = statement::parse(script, interpolates).unwrap_or_default();
    statements.iter().for_each(|statement| Statement::given(statement, &mut found));
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests;
