//! The elements of a plan and their properties.
//!
//! In: the XML tree of a `.jmx` file. Out: [`Element`]s, each holding those below it. Always holds: every element and
//! every property of the file is there, with its line; types are those that the file says, which JMeter does not trust
//! either.

use super::node::Node;

/// An element of a plan: a controller, a sampler, an assertion, anything that JMeter's tree shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// What it is: an alias of JMeter's or a Java class. This decides, not `testclass`.
    pub class: String,
    /// The window it is edited in: tells several kinds of `ConfigTestElement` apart.
    pub gui: String,
    /// Its name in the tree.
    pub name: String,
    /// Whether it takes part. One that does not takes everything below it out too.
    pub enabled: bool,
    /// What it says.
    pub properties: Vec<Property>,
    /// What stands below it, in order.
    pub children: Vec<Element>,
    /// Where it begins in the file, from 1.
    pub line: usize,
}

/// A property as the file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name; in collections one that means nothing.
    pub name: String,
    /// The type that the file says: `stringProp`, `boolProp`, `elementProp`, ...
    pub kind: String,
    /// What kind of element it is, for an `elementProp` or an `objProp`.
    pub class: String,
    /// What it says.
    pub value: Value,
    /// Where it begins in the file, from 1.
    pub line: usize,
}

/// What a property says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text, a number, a truth: JMeter stores each as any type.
    Text(String),
    /// The properties of a collection, a map or an element.
    Parts(Vec<Property>),
}

impl Element {
    /// Reads an element and its properties; its children come from the tree beside it.
    pub(super) fn of(node: Node) -> Self {
        let attribute = |name| node.attribute(name).unwrap_or_default().to_owned();
        Self {
            gui: attribute("guiclass"),
            name: attribute("testname"),
            // As Java reads a truth: anything but "true" is false.
            enabled: node.attribute("enabled").is_none_or(|text| text.trim().eq_ignore_ascii_case("true")),
            properties: node.children.into_iter().map(Property::of).collect(),
            children: Vec::new(),
            line: node.line,
            class: node.tag,
        }
    }

    /// The property of this name.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name == name)
    }

    /// The text of the property of this name; `None` where it is absent, which means its default.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.property(name)?.text()
    }

    /// How it is called in a path: its name, else its class.
    #[must_use]
    pub fn title(&self) -> &str {
        if self.name.trim().is_empty() { &self.class } else { &self.name }
    }

    /// Whether `name` is this class, by its alias or with its Java package.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.simple_class() == name
    }

    /// The class without its package.
    #[must_use]
    pub fn simple_class(&self) -> &str {
        self.class.rsplit('.').next().unwrap_or(&self.class)
    }
}

impl Property {
    fn of(node: Node) -> Self {
        let class = node.attribute("elementType").or_else(|| node.attribute("class")).unwrap_or_default().to_owned();
        let name = node.attribute("name").unwrap_or_default().to_owned();
        let (kind, line) = (node.tag, node.line);
        let value = match kind.as_str() {
            // A number with its name, its value and a third that is only kept for JMeter's window.
            "doubleProp" | "FloatProperty" => {
                let part = |tag: &str| node.children.iter().find(|child| child.tag == tag).map(|child| &child.text);
                let name = if name.is_empty() { part("name").cloned().unwrap_or_default() } else { name };
                let text = part("value").cloned().unwrap_or(node.text);
                return Self { name, kind, class, value: Value::Text(text), line };
            }
            "collectionProp" | "elementProp" | "mapProp" => Value::Parts(parts(node.children)),
            // An object of JMeter's own: its name stands inside, and its fields are no properties.
            _ if !node.children.is_empty() => {
                let inner = node.children.iter().find(|child| child.tag == "name").map(|child| child.text.clone());
                let name = if name.is_empty() { inner.unwrap_or_default() } else { name };
                let children = node.children.into_iter().filter(|child| child.tag != "name").collect();
                return Self { name, kind, class, value: Value::Parts(parts(children)), line };
            }
            _ => Value::Text(node.text),
        };
        Self { name, kind, class, value, line }
    }

    /// Its text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Parts(_) => None,
        }
    }

    /// Its parts, if it has any.
    #[must_use]
    pub fn parts(&self) -> &[Property] {
        match &self.value {
            Value::Text(_) => &[],
            Value::Parts(parts) => parts,
        }
    }

    /// The text of one of its parts.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<&str> {
        self.parts().iter().find(|part| part.name == name)?.text()
    }

    /// The parts of one of its parts.
    #[must_use]
    pub fn part_list(&self, name: &str) -> &[Property] {
        self.parts().iter().find(|part| part.name == name).map_or(&[], Property::parts)
    }

    /// Every text in it, its own or those of its parts, however deep.
    pub fn texts(&self, each: &mut dyn FnMut(&Self, &str)) {
        match &self.value {
            Value::Text(text) => each(self, text),
            Value::Parts(parts) => parts.iter().for_each(|part| part.texts(each)),
        }
    }
}

fn parts(children: Vec<Node>) -> Vec<Property> {
    children.into_iter().map(Property::of).collect()
}
