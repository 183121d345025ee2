//! What the texts of a plan read and store, before any of them is translated.
//!
//! In: every text of the enabled elements. Out: the names that something reads, those that functions and scripts give a
//! value, parts of lists and of matches. Always holds: a name that anything could read counts as read.

use super::Importer;
use super::compose::composed;
use super::data::plain_name;
use super::scripts::{is_script, script_of};
use crate::jmeter::expression::{Piece, references};
use crate::jmeter::function::{property_of, stored_in};
use crate::jmeter::jmx::{Element, Property};
use crate::jmeter::script::{self, Given};

/// Functions whose first argument is the name of a variable.
const BY_NAME: [&str; 4] = ["__V", "__evalVar", "__isVarDefined", "__RandomFromMultipleVars"];

impl Importer<'_> {
    /// Learns which names something reads.
    pub(super) fn find_read(&mut self, element: &Element) {
        each_text(element, &mut |name, text| {
            let read = &mut self.names.read;
            references(text, &mut |piece| match piece {
                Piece::Variable(name) => drop(read.insert(name.clone())),
                Piece::Function { name, arguments } if BY_NAME.contains(&name.as_str()) => {
                    let names = arguments.first().map(|names| names.split('|')).into_iter().flatten();
                    read.extend(names.map(|name| name.trim().to_owned()));
                }
                _ => {}
            });
            if name == "Scope.variable" || name.ends_with("inputVal") {
                read.insert(text.trim().to_owned());
            }
            if of_variables(text) {
                read.extend(quoted(text).map(str::to_owned));
                let members = ["vars.", "ariables."].into_iter().flat_map(|of| text.split(of).skip(1));
                read.extend(
                    members
                        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next())
                        .map(|name| name.unwrap_or_default().to_owned()),
                );
            }
        });
        self.fixed.read.clone_from(&self.names.read);
    }

    /// Learns which variables scripts and functions give a value.
    pub(super) fn find_given(&mut self, element: &Element) {
        let mut given = Vec::new();
        each_element(element, &mut |element| {
            if is_script(element.simple_class()) {
                let (script, interpolates) = script_of(element);
                given.extend(script::given(&script, interpolates));
            }
            given.extend(composed(element).map(Given::Variable));
        });
        let read = &self.names.read;
        each_text(element, &mut |_, text| {
            references(text, &mut |piece| {
                if let Piece::Function { name, arguments } = piece {
                    let stored = stored_in(name, arguments, |name| read.contains(name));
                    given.extend(stored.map(Given::Variable));
                }
            });
        });
        for name in given.into_iter().filter_map(Given::variable) {
            self.names.variables.insert(name.clone(), format!("${{{}}}", plain_name(&name)));
            self.scripted.learn(name);
        }
    }

    /// Learns which properties functions set.
    pub(super) fn find_properties(&mut self, element: &Element) {
        let mut found = Vec::new();
        each_text(element, &mut |_, text| {
            references(text, &mut |piece| {
                if let Piece::Function { name, arguments } = piece {
                    found.extend(property_of(name, arguments).map(str::to_owned));
                }
            });
        });
        found.into_iter().for_each(|name| self.learn_property(name));
    }

    /// Learns which parts of lists and of matches texts name, such as `${id_2}`, `${id_g1}` and `${id_matchNr}`.
    pub(super) fn find_parts(&mut self, element: &Element) {
        let (extracted, lists, parts) = (&self.extracted, &self.lists, &mut self.parts);
        let mut find = |name: &str| {
            let Some((list, part)) = name.rsplit_once('_') else { return };
            let number = part.strip_prefix('g').unwrap_or(part);
            let numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            let known = extracted.contains(&plain_name(list)) && !extracted.contains(&plain_name(name));
            if known && (numbered || part == "matchNr" && !lists.contains(list)) {
                parts.entry(list.to_owned()).or_default().insert(part.to_owned());
            }
        };
        each_text(element, &mut |_, text| {
            text.split("${").skip(1).filter_map(|rest| rest.split('}').next()).for_each(&mut find);
            if of_variables(text) {
                quoted(text).for_each(&mut find);
            }
        });
    }
}

/// Every enabled element at and below `element`.
fn each_element(element: &Element, each: &mut dyn FnMut(&Element)) {
    if element.enabled {
        each(element);
        element.children.iter().for_each(|child| each_element(child, each));
    }
}

/// Every text of the enabled elements at and below `element`, with the name of its property.
fn each_text(element: &Element, each: &mut dyn FnMut(&str, &str)) {
    each_element(element, &mut |element| {
        let mut of = |property: &Property, text: &str| each(&property.name, text);
        element.properties.iter().for_each(|property| property.texts(&mut of));
    });
}

/// Whether a script may read variables by name: `vars`, `ctx.getVariables()`, `ctx.variables`.
fn of_variables(text: &str) -> bool {
    text.contains("vars") || text.contains("ariables")
}

/// What stands in quotes of either kind in the lines of a script.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| ['"', '\''].into_iter().flat_map(move |quote| line.split(quote).skip(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_quotes_is_found() {
        let found: Vec<&str> = quoted("vars.get(\"a\") + vars.get('b')\nx").collect();
        assert!(found.contains(&"a") && found.contains(&"b"), "{found:?}");
    }
}
