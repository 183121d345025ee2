//! Conditions of `if` and `while`.
//!
//! In: the condition, plain or in `${__groovy(...)}`, `${__jexl3(...)}`, `${__javaScript(...)}`. Out: a condition of the
//! scenario language. Always holds: what is not wholly understood is refused as it was written.

use super::Importer;
use crate::jmeter::expression::{Piece, pieces};
use crate::jmeter::function::{COMMA, code_of};
use crate::jmeter::jmx::Element;
use crate::jmeter::script::{self, Role, Surroundings};

impl Importer<'_> {
    /// The condition `text` of `element`; `None` where it was refused.
    pub(super) fn condition(&mut self, element: &Element, text: &str) -> Option<String> {
        let (code, (interpolates, divides_whole)) = match pieces(text.trim()).as_slice() {
            [Piece::Function { name, arguments }] if is_code(name) => {
                let divides = !matches!(name.as_str(), "__groovy" | "__javaScript");
                let Some(code) = code_of(arguments) else {
                    self.refuse(element, "JMX104", format!("condition {text}: {COMMA}"));
                    return None;
                };
                (code.to_owned(), (name == "__groovy", divides))
            }
            // A text that is true or not by itself.
            [Piece::Function { .. } | Piece::Variable(_)] => return Some(self.template(element, text.trim())),
            _ => (text.trim().to_owned(), (false, false)),
        };
        let taken = &self.names.variables;
        let around = Surroundings {
            names: &self.names,
            interpolates,
            taken,
            role: Role::Condition,
            divides_whole,
            parameters: "",
        };
        match script::condition(code.trim(), around) {
            Ok((condition, remarks)) => {
                self.note_early(&condition);
                self.keep_stored(element);
                remarks.into_iter().for_each(|remark| self.remark(element, remark));
                Some(condition)
            }
            Err(outside) => {
                self.refuse(element, "JMX104", format!("condition {text}: {outside} is not known"));
                None
            }
        }
    }
}

fn is_code(function: &str) -> bool {
    matches!(function, "__groovy" | "__jexl3" | "__jexl2" | "__javaScript" | "__BeanShell")
}
