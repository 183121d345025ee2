//! JMeter's functions and variables as Tollgate's templates.
//!
//! In: a text, and what is known of properties and variables. Out: a template, with what could not be kept exactly, what
//! only the run needs, and what cannot be translated. Always holds: a function that is not known is refused by its
//! name, never sent as it stands.

mod known;
mod plan;
mod texts;
pub(crate) mod time;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

pub(crate) use known::{COMMA, code_of, property_of, stored_in};

use crate::jmeter::expression::{Piece, pieces};
use crate::jmeter::script::{self, Role, Surroundings, Template};

/// Functions in functions: deeper than any plan.
const DEEPEST: usize = 30;

/// What is known while a plan is translated.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Given with `-J` or `-q`.
    pub properties: BTreeMap<String, String>,
    /// Variables that the plan defines somewhere: its own, columns, what is extracted, counters.
    pub variables: BTreeMap<String, String>,
    /// Those of them that never change, with their values.
    pub(crate) constants: BTreeMap<String, String>,
    /// Lists that extractors give, and what the scenario calls them.
    pub(crate) lists: BTreeMap<String, String>,
    /// Names that something of the plan reads.
    pub(crate) read: BTreeSet<String>,
    /// Whether the iterations of a group are passes of one, so that none of them has a number.
    pub(crate) passes: bool,
    /// The plan's file, with its whole path.
    pub(crate) file: PathBuf,
    /// Properties that scripts of the plan set, as templates.
    pub given_properties: BTreeMap<String, String>,
    /// How deep the text lies that is being translated: functions in functions.
    pub(crate) nested: Cell<usize>,
    /// The properties that texts asked for.
    pub(crate) asked: RefCell<BTreeSet<String>>,
    /// Variables that texts store values in, and these values: to be set before the text is sent.
    pub(crate) stored: RefCell<Vec<(String, String)>>,
}

/// Something to tell about a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remark {
    /// It is not quite what JMeter does.
    Approx(String),
    /// It has no value yet: the id, and its name in the environment.
    Need(&'static str, String),
    /// It cannot be translated: the id, and why.
    Refused(&'static str, String),
}

/// A text that was translated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Translated {
    /// The template.
    pub text: String,
    /// What is to be told, each once.
    pub remarks: BTreeSet<Remark>,
}

impl Names {
    /// `text` as a template.
    #[must_use]
    pub fn template(&self, text: &str) -> Translated {
        let mut out = Translated::default();
        if self.nested.get() >= DEEPEST {
            out.remark(Remark::Refused("JMX103", "functions inside of functions, too deep".to_owned()));
            return out;
        }
        self.nested.set(self.nested.get() + 1);
        for piece in pieces(text) {
            match piece {
                Piece::Literal(plain) => out.text.push_str(&plain.replace("${", "$${")),
                Piece::Variable(name) => self.variable(&name, &mut out),
                Piece::Function { name, arguments } => self.function(&name, &arguments, &mut out),
            }
        }
        self.nested.set(self.nested.get() - 1);
        out
    }

    fn variable(&self, name: &str, out: &mut Translated) {
        if let Some(own) = self.variables.get(name) {
            out.text.push_str(own);
            return;
        }
        match name {
            "START.MS" | "TESTSTART.MS" | "START.YMD" | "START.HMS" => {
                out.text.push_str(match name {
                    "START.YMD" => "${now('%Y%m%d')}",
                    "START.HMS" => "${now('%H%M%S')}",
                    _ => "${timestamp.ms}",
                });
                out.remark(Remark::Approx(format!("${{{name}}} is the time of each iteration, not of the start")));
            }
            "JMeterThread.last_sample_ok" => {
                out.remark(Remark::Refused("JMX104", format!("${{{name}}}, whether the last sample succeeded")));
            }
            name => {
                out.text.push_str(&format!("${{env.{}}}", environment(name)));
                out.remark(Remark::Need("JMX110", name.to_owned()));
            }
        }
    }

    /// What an expression of another language gives, each time the text is sent.
    fn code(&self, function: &str, code: &str, out: &mut Translated) {
        let interpolates = function == "__groovy";
        let divides_whole = !interpolates && function != "__javaScript";
        let around = Surroundings {
            names: self,
            interpolates,
            taken: &self.variables,
            role: Role::Condition,
            divides_whole,
            parameters: "",
        };
        match script::value(code, around) {
            Ok((text, remarks)) => {
                out.text.push_str(&text);
                out.remarks.extend(remarks);
            }
            Err(outside) => {
                out.remark(Remark::Refused("JMX104", format!("{function}({code}): {outside} is not known")));
            }
        }
    }

    /// A property: given, else its default, else asked for. JMeter would send `1` or the name itself.
    fn property(&self, name: &str, default: Option<&String>, out: &mut Translated) {
        self.asked.borrow_mut().insert(name.to_owned());
        match (self.properties.get(name), default) {
            (Some(given), _) => out.text.push_str(&given.replace("${", "$${")),
            (None, _) if self.given_properties.contains_key(name) => out.text.push_str(&self.given_properties[name]),
            (None, Some(default)) => out.join(self.template(default)),
            (None, None) => {
                out.text.push_str(&format!("${{env.{}}}", environment(name)));
                out.remark(Remark::Need("JMX111", name.to_owned()));
            }
        }
    }

    /// The value of a text that holds nothing to be drawn while the test runs.
    #[must_use]
    pub fn constant(&self, text: &str) -> Option<String> {
        self.unstored(text)?.as_literal().map(str::to_owned)
    }

    /// The plan's folder, as JMeter tells it.
    pub(crate) fn folder(&self) -> String {
        self.file.parent().map(|folder| folder.to_string_lossy().replace('\\', "/")).unwrap_or_default()
    }

    /// The same where variables that never change stand for their values.
    pub(crate) fn settled(&self, text: &str) -> Option<String> {
        self.known(&self.unstored(text)?)
    }

    /// What a template stands for, where nothing in it ever changes.
    pub(crate) fn known(&self, template: &Template) -> Option<String> {
        let value = |own: &str| {
            let mut constants = self.constants.iter();
            constants.find(|(name, _)| self.variables.get(*name).is_some_and(|text| text == own))
        };
        template.filled(|own| value(own).map(|(_, value)| value.as_str()))
    }

    /// A text of which nothing is to be told, and that stores nothing.
    fn unstored(&self, text: &str) -> Option<Template> {
        let before = self.stored.borrow().len();
        let translated = self.template(text);
        let stores = self.stored.borrow().len() > before;
        self.stored.borrow_mut().truncate(before);
        (translated.remarks.is_empty() && !stores).then(|| Template::written(&translated.text))
    }

    /// The variable whose name is made while the test runs, such as `id_${n}`; `None` where no such name is known.
    pub(crate) fn by_name(&self, key: &Template) -> Option<(Template, Option<Remark>)> {
        let (before, number) = key.led()?;
        let family = before.strip_suffix('_').unwrap_or(&before);
        if let Some(list) = self.lists.get(family).filter(|_| before.ends_with('_')) {
            let index = number.one_less();
            return Some((Template::call(&format!("{list}.item"), &[&index]), None));
        }
        // Variables that never change, numbered without a gap, are pieces of one text.
        let value = |n: usize| self.constants.get(&format!("{before}{n}")).cloned();
        let first = (0..2).find(|n| value(*n).is_some())?;
        let values: Vec<String> = (first..).map_while(value).collect();
        let separator = ["|", ";", "~", "\u{1f}"].into_iter().find(|sign| !values.iter().any(|v| v.contains(sign)))?;
        let index = if first == 0 { number } else { number.one_less() };
        let pieces = [&Template::literal(&values.join(separator)), &Template::literal(separator), &index];
        let told = format!("\"{before}...\" beyond {before}{} is empty", first + values.len() - 1);
        Some((Template::call("part", &pieces), Some(Remark::Approx(told))))
    }
}

impl Translated {
    fn remark(&mut self, remark: Remark) {
        self.remarks.insert(remark);
    }

    fn join(&mut self, other: Self) {
        self.text.push_str(&other.text);
        self.remarks.extend(other.remarks);
    }
}

/// A name as environments take it.
pub(crate) fn environment(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

#[cfg(test)]
mod tests;
