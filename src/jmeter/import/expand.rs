//! Parts of a plan that stand elsewhere: put where they are used.
//!
//! In: a plan, and where its file lies. Out: the same plan, in which a module controller holds what it points to and an
//! include controller what its file holds. Always holds: what points to itself ends; a part that is not found is left
//! out, and its controller is refused for it.

use std::path::Path;

use crate::jmeter::jmx::{Element, Jmx, Property};

/// Parts inside of parts: deeper than any plan.
const DEEPEST: usize = 8;

/// What a controller that found nothing is called, so that it is refused.
pub(super) const NOT_FOUND: &str = "NOT_FOUND";

/// `jmx` with every part where it is used.
pub(super) fn expanded(jmx: &Jmx, file: &Path) -> Jmx {
    let plan = filled(&jmx.plan, (&jmx.plan, file), DEEPEST);
    Jmx { plan, ..jmx.clone() }
}

fn filled(element: &Element, (plan, file): (&Element, &Path), deeper: usize) -> Element {
    let mut out = element.clone();
    let found = match element.simple_class() {
        _ if !element.enabled => return out,
        "ModuleController" => Some(pointed_to(element, plan).map(|target| vec![target.clone()])),
        "IncludeController" => Some(included(element, file)),
        _ => None,
    };
    match found {
        Some(Some(parts)) if deeper > 0 => {
            out.children.extend(parts.into_iter().map(|part| Element { enabled: true, ..part }));
        }
        Some(_) => out.properties.push(missing(element)),
        None => {}
    }
    let deeper = if element.children.len() == out.children.len() { deeper } else { deeper.saturating_sub(1) };
    out.children = out.children.iter().map(|child| filled(child, (plan, file), deeper)).collect();
    // A fragment that is used is a controller like any other.
    for child in out.children.iter_mut().filter(|_| element.is("ModuleController") || element.is("IncludeController")) {
        if child.is("TestFragmentController") {
            "GenericController".clone_into(&mut child.class);
        }
    }
    out
}

/// The element that a module controller names by its path; the first name is that of the root.
fn pointed_to<'e>(element: &Element, plan: &'e Element) -> Option<&'e Element> {
    let names: Vec<&str> =
        element.property("ModuleController.node_path")?.parts().iter().filter_map(Property::text).collect();
    let names: Vec<&str> = names.into_iter().skip_while(|name| *name != plan.name).skip(1).collect();
    let mut here = plan;
    for name in &names {
        here = here.children.iter().find(|child| child.name == *name)?;
    }
    (!names.is_empty()).then_some(here)
}

/// What an included file's fragment holds.
fn included(element: &Element, file: &Path) -> Option<Vec<Element>> {
    let name = element.text("IncludeController.includepath")?.replace('\\', "/");
    let beside = file.parent().unwrap_or_else(|| Path::new("")).join(&name);
    let path = if Path::new(&name).is_file() { Path::new(&name).to_owned() } else { beside };
    let plan = Jmx::load(&path).ok()?.plan;
    let is_part = |child: &Element| {
        child.enabled && (child.is("TestFragmentController") || !child.simple_class().ends_with("ThreadGroup"))
    };
    Some(plan.children.into_iter().filter(is_part).collect())
}

fn missing(element: &Element) -> Property {
    let value = crate::jmeter::jmx::Value::Text("true".to_owned());
    let (kind, class) = ("boolProp".to_owned(), String::new());
    Property { name: NOT_FOUND.to_owned(), kind, class, value, line: element.line }
}
