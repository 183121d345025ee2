//! The properties of an element, each used or told of.
//!
//! In: an element. Out: values, and what nobody asked for. Always holds: a property that was neither used nor has its
//! default is reported, so that nothing is dropped silently.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::jmeter::jmx::{Element, Property};

/// Properties that say nothing of what the test does.
const SILENT: [&str; 4] = ["TestPlan.comments", "TestElement.name", "TestElement.gui_class", "TestElement.test_class"];

/// An element whose properties are being used.
pub(super) struct Taken<'a> {
    pub(super) element: &'a Element,
    used: RefCell<BTreeSet<&'a str>>,
}

impl<'a> Taken<'a> {
    pub(super) fn new(element: &'a Element) -> Self {
        Self { element, used: RefCell::default() }
    }

    /// The text of a property; blank where it is absent.
    pub(super) fn text(&self, name: &'static str) -> &'a str {
        self.used.borrow_mut().insert(name);
        self.element.text(name).unwrap_or_default()
    }

    /// Whether a property says `true`; `default` where it is absent.
    pub(super) fn truth(&self, name: &'static str, default: bool) -> bool {
        self.used.borrow_mut().insert(name);
        self.element.text(name).map_or(default, |text| text.trim().eq_ignore_ascii_case("true"))
    }

    /// The property itself.
    pub(super) fn property(&self, name: &'static str) -> Option<&'a Property> {
        self.used.borrow_mut().insert(name);
        self.element.property(name)
    }

    /// Marks properties that change nothing here, whatever they say.
    pub(super) fn ignore(&self, names: &[&'static str]) {
        self.used.borrow_mut().extend(names);
    }

    /// What was not asked for and is not blank, `false` or 0.
    pub(super) fn rest(&self) -> Vec<String> {
        let used = self.used.borrow();
        let known = |property: &&Property| {
            used.contains(property.name.as_str()) || SILENT.contains(&property.name.as_str()) || is_default(property)
        };
        let left = self.element.properties.iter().filter(|property| !known(property));
        left.map(|property| format!("{}={}", property.name, property.text().unwrap_or("(several values)"))).collect()
    }
}

fn is_default(property: &Property) -> bool {
    match property.text() {
        Some(text) => matches!(text.trim(), "" | "false" | "0"),
        None => property.parts().is_empty() || property.parts().iter().all(is_default),
    }
}
