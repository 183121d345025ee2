//! JMeter's plans, read without losing anything.
//!
//! In: a `.jmx` file. Out: a [`Jmx`]: its elements as JMeter's tree shows them, each with its path and its line. Always
//! holds: every element of the file is there, disabled ones too; no input panics.

mod element;
mod node;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use element::{Element, Property, Value};

use node::Node;

/// A plan as the file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jmx {
    /// The test plan, with everything below it.
    pub plan: Element,
    /// The version of JMeter that wrote it, where it says.
    pub jmeter: Option<String>,
    /// Whether bytes that are no UTF-8 were replaced: JMeter replaces them too, whatever the file declares.
    pub replaced: bool,
}

/// Why a file is no plan.
#[derive(Debug, thiserror::Error)]
pub enum JmxError {
    /// The file cannot be read.
    #[error("cannot read plan {}: {cause}; name an existing .jmx file", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The file is no XML that JMeter would load.
    #[error("{}:{line}:{column}: JMX001: no XML that JMeter loads: {cause}; save the plan anew in JMeter", path.display())]
    NotXml {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1, in characters.
        column: usize,
        /// What the parser said.
        cause: String,
    },
    /// The file is XML, and no plan.
    #[error("{}:{line}: JMX002: {cause}", path.display())]
    NoPlan {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is missing, and what to do.
        cause: &'static str,
    },
}

/// An element as a walk meets it.
#[derive(Clone, Debug)]
pub struct Met<'a> {
    /// The element.
    pub element: &'a Element,
    /// Names from the test plan down to it, joined by `/`.
    pub path: String,
    /// Whether it takes part: it and everything above it is enabled.
    pub enabled: bool,
}

impl Jmx {
    /// Reads the plan at `path`.
    ///
    /// # Errors
    /// [`JmxError`].
    pub fn load(path: &Path) -> Result<Self, JmxError> {
        let bytes = fs::read(path).map_err(|cause| JmxError::Unreadable { path: path.to_owned(), cause })?;
        Self::parse(&bytes, path)
    }

    /// Reads a plan from `bytes`; `path` is only named in errors.
    ///
    /// # Errors
    /// [`JmxError::NotXml`] or [`JmxError::NoPlan`].
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, JmxError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = String::from_utf8_lossy(bytes);
        let root = node::parse(&text).map_err(|node::Flaw { line, column, cause }| JmxError::NotXml {
            path: path.to_owned(),
            line,
            column,
            cause,
        })?;
        let no_plan = |line, cause| JmxError::NoPlan { path: path.to_owned(), line, cause };
        if root.tag != "jmeterTestPlan" {
            return Err(no_plan(
                root.line,
                "the outermost element is no <jmeterTestPlan>; name a plan that JMeter saved",
            ));
        }
        let (line, jmeter) = (root.line, root.attribute("jmeter").map(str::to_owned));
        let mut elements = Vec::new();
        root.children.into_iter().filter(|child| child.tag == "hashTree").for_each(|tree| {
            elements.extend(tree_of(tree));
        });
        let plan = elements.into_iter().find(|element| element.is("TestPlan")).ok_or_else(|| {
            no_plan(
                line,
                "there is no test plan in it, only a part of one (\"save selection as\"); save the whole plan",
            )
        })?;
        Ok(Self { plan, jmeter, replaced: matches!(text, std::borrow::Cow::Owned(_)) })
    }

    /// Every element, each before those below it.
    #[must_use]
    pub fn walk(&self) -> Vec<Met<'_>> {
        let mut met = Vec::new();
        walk(&self.plan, (String::new(), true), &mut met);
        met
    }
}

fn walk<'a>(element: &'a Element, (above, enabled): (String, bool), met: &mut Vec<Met<'a>>) {
    let path = if above.is_empty() { element.title().to_owned() } else { format!("{above}/{}", element.title()) };
    let enabled = enabled && element.enabled;
    met.push(Met { element, path: path.clone(), enabled });
    element.children.iter().for_each(|child| walk(child, (path.clone(), enabled), met));
}

/// The elements of a tree: each is followed by the tree of what stands below it.
fn tree_of(tree: Node) -> Vec<Element> {
    let mut elements: Vec<Element> = Vec::new();
    for node in tree.children {
        if node.tag != "hashTree" {
            elements.push(Element::of(node));
        } else if let Some(element) = elements.last_mut() {
            element.children.extend(tree_of(node));
        } else {
            // A tree below nothing: what it holds stands here.
            elements.extend(tree_of(node));
        }
    }
    elements
}
