//! Functions that know variables, properties and files of the plan.
//!
//! In: a call. Out: a template, and what is to be stored before it is sent. Always holds: a value is stored under a name
//! that nothing else gives a value, or the call is refused.

use std::path::{Path, PathBuf};

use super::known::{Call, property_of};
use super::{Names, Remark, Translated};
use crate::jmeter::script::Template;

/// The longest file whose text is put into a scenario.
const LONGEST_FILE: u64 = 64 * 1024;

impl Names {
    /// Stores a value that a text gives, and names it in its place.
    pub(super) fn store(&self, variable: &str, value: Translated, out: &mut Translated) {
        out.remarks.extend(value.remarks);
        let own = self.variables.get(variable).and_then(|text| text.strip_prefix("${")?.strip_suffix('}'));
        match own.filter(|own| !own.contains(['.', '('])) {
            Some(own) => {
                self.stored.borrow_mut().push((own.to_owned(), value.text));
                out.text.push_str(&format!("${{{own}}}"));
            }
            None => out.remark(Remark::Refused(
                "JMX103",
                format!("a function stores its value in \"{variable}\", which something else gives too"),
            )),
        }
    }

    /// `__V`: a variable whose name is made.
    pub(super) fn variable_by_name(&self, call: Call<'_>, out: &mut Translated) {
        let key = self.template(call.argument(0).unwrap_or_default());
        out.remarks.extend(key.remarks);
        let key = Template::written(&key.text);
        let known = key.as_literal().filter(|name| self.variables.contains_key(*name));
        match (known, key.as_literal(), self.by_name(&key)) {
            (Some(name), ..) => self.variable(name, out),
            // What no variable is called is its own name, or the default.
            (None, Some(name), _) => match call.arguments.get(1) {
                Some(default) => out.join(self.template(default)),
                None => out.text.push_str(&Template::literal(name).text()),
            },
            (.., Some((text, remark))) => {
                out.text.push_str(&text.text());
                out.remarks.extend(remark);
            }
            _ => out.remark(Remark::Refused("JMX103", format!("__V({}): no such names are known", key.text()))),
        }
    }

    /// `__setProperty`: what is read with `__P` later.
    pub(super) fn set_property(&self, call: Call<'_>, out: &mut Translated) {
        let own = property_of(call.name, call.arguments).and_then(|name| self.given_properties.get(name));
        let own = own.and_then(|text| text.strip_prefix("${")?.strip_suffix('}'));
        let returns = call.filled(2).is_some_and(|returns| returns.eq_ignore_ascii_case("true"));
        let Some(own) = own.filter(|_| !returns) else {
            let told = "__setProperty of a name that varies, or that gives back what it was".to_owned();
            return out.remark(Remark::Refused("JMX103", told));
        };
        let value = self.template(call.argument(1).unwrap_or_default());
        out.remarks.extend(value.remarks);
        self.stored.borrow_mut().push((own.to_owned(), value.text));
    }

    /// The text of a file, as it is now.
    pub(super) fn file_text(&self, name: &str, out: &mut Translated) {
        let Some(name) = self.settled(name).map(|name| name.replace('\\', "/")) else {
            return out.remark(Remark::Refused("JMX103", "__FileToString of a file whose name varies".to_owned()));
        };
        let beside = self.file.parent().map(|folder| folder.join(&name)).unwrap_or_default();
        let small = |path: &Path| path.metadata().is_ok_and(|about| about.is_file() && about.len() <= LONGEST_FILE);
        let found = [PathBuf::from(&name), beside].into_iter().find(|path| small(path));
        match found.and_then(|path| std::fs::read_to_string(path).ok()) {
            Some(text) => out.text.push_str(&text.replace("${", "$${")),
            None => out.remark(Remark::Refused("JMX103", format!("__FileToString({name}), which is no text of 64 kB"))),
        }
    }
}
