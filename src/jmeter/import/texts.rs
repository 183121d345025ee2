//! Texts of a plan as templates and as numbers.
//!
//! In: what properties of elements hold. Out: templates, numbers, and what is to be told of them. Always holds: a number
//! that only the run knows is asked for, and never made up.

use super::Importer;
use super::report::Need;
use crate::jmeter::function::{Remark, Translated};
use crate::jmeter::jmx::Element;
use crate::jmeter::script::Template;

impl Importer<'_> {
    /// `text` as a template; what is to be told of it is told of `element`.
    pub(super) fn template(&mut self, element: &Element, text: &str) -> String {
        let Translated { text, remarks } = self.names.template(text);
        remarks.into_iter().for_each(|remark| self.remark(element, remark));
        self.note_early(&text);
        self.keep_stored(element);
        text
    }

    /// Keeps what a text stores in variables, so that it is set before the request is sent.
    pub(super) fn keep_stored(&mut self, element: &Element) {
        let stored = self.names.stored.take();
        match &mut self.storing {
            Some(storing) => {
                let mut twice = Vec::new();
                for (name, value) in stored {
                    match storing.iter().find(|(known, _)| *known == name) {
                        None => storing.push((name, value)),
                        // What is no draw is the same the second time.
                        Some((_, known)) if *known == value && !Template::written(&value).draws() => {}
                        Some(_) => twice.push(name),
                    }
                }
                for name in twice {
                    self.refuse(element, "JMX103", format!("\"{name}\" is stored twice in one request"));
                }
            }
            None => {
                for (name, _) in stored {
                    let cause = format!("a function stores its value in \"{name}\" where no request is made");
                    self.refuse(element, "JMX103", cause);
                }
            }
        }
    }

    /// Remembers what a template names before an answer gives it.
    pub(super) fn note_early(&mut self, template: &str) {
        for name in template.split("${").skip(1).filter_map(|rest| rest.split(['}', '.']).next()) {
            if self.extracted.contains(name) && !self.given.contains(name) {
                self.early.insert(name.to_owned());
            }
        }
    }

    pub(super) fn remark(&mut self, element: &Element, remark: Remark) {
        match remark {
            Remark::Approx(cause) => self.approximate(element, cause),
            Remark::Refused(id, cause) => self.refuse(element, id, cause),
            Remark::Need(id, name) => {
                let variable = crate::jmeter::function::environment(&name);
                let kind = if id == "JMX110" { "variable" } else { "property" };
                let how = if id == "JMX110" { String::new() } else { format!("-J {name}=... or ") };
                self.needs.insert(Need {
                    id,
                    what: format!("{kind} \"{name}\" has no value: give {how}the environment variable {variable}"),
                });
            }
        }
    }

    /// A whole number that the plan fixes before the test. What is none is 0, as in JMeter.
    pub(super) fn whole(&mut self, element: &Element, (name, text): (&str, &str)) -> Option<u64> {
        let value = self.fixed.constant(text).map(|value| value.trim().to_owned());
        match value.as_deref().map(str::parse) {
            Some(Ok(number)) => Some(number),
            Some(Err(_)) if value.as_deref() == Some("") => None,
            // The text of the plan itself is no number; one that is given is asked for again.
            Some(Err(_)) => {
                self.approximate(element, format!("{name}={text} is no whole number: JMeter takes it for 0"));
                Some(0)
            }
            _ => {
                let translated = self.fixed.template(text);
                let needs: Vec<Remark> =
                    translated.remarks.into_iter().filter(|r| matches!(r, Remark::Need(..))).collect();
                if needs.is_empty() {
                    self.refuse(element, "JMX109", format!("{name}={text} is no number that is known before the test"));
                }
                needs.into_iter().for_each(|need| self.remark(element, need));
                None
            }
        }
    }
}
