//! Files that requests send.
//!
//! In: the files and the parameters of a sampler. Out: a `multipart` of its step, or its `body_file`. Always holds: a file
//! that is not there is asked for, and named all the same, so that a check refuses it.

use super::Importer;
use super::content::{CARRYING, Content, Parameter};
use super::report::Need;
use super::taken::Taken;
use super::write::{list, one_line, table, text};
use crate::jmeter::jmx::{Element, Property};

/// A file that a sampler sends.
struct Sent<'a> {
    path: &'a str,
    /// The name of its part; blank where it is the body.
    name: &'a str,
    kind: &'a str,
}

impl Importer<'_> {
    /// What a sampler sends that has files, or is to send its parameters in parts; `None` where it does neither.
    pub(super) fn files(&mut self, taken: &Taken<'_>, (method, all): (&str, &[Parameter<'_>])) -> Option<Content> {
        let element = taken.element;
        let files = files_of(taken);
        let in_parts = taken.truth("HTTPSampler.DO_MULTIPART_POST", false);
        if !CARRYING.contains(&method) {
            return None;
        }
        if let ([file], true) = (files.as_slice(), all.is_empty())
            && file.name.is_empty()
        {
            let path = self.sent_file(element, file.path);
            let kind = Some(file.kind).filter(|kind| !kind.is_empty()).map(str::to_owned);
            return Some(Content { keys: vec![("body_file", text(&path))], kind, ..Content::default() });
        }
        if !in_parts && files.is_empty() {
            return None;
        }
        let mut parts = Vec::new();
        for parameter in all.iter().filter(|parameter| !parameter.name.is_empty()) {
            let value = self.template(element, parameter.value);
            parts.push(table(&[("name".to_owned(), one_line(parameter.name)), ("value".to_owned(), one_line(&value))]));
        }
        for file in files {
            let path = self.sent_file(element, file.path);
            let mut pairs = vec![("name".to_owned(), one_line(file.name)), ("file".to_owned(), one_line(&path))];
            if !file.kind.is_empty() {
                pairs.push(("content_type".to_owned(), one_line(file.kind)));
            }
            parts.push(table(&pairs));
        }
        if parts.is_empty() {
            return Some(Content::default());
        }
        Some(Content { keys: vec![("multipart", list(&parts))], ..Content::default() })
    }

    /// The path of a file that is sent, as the scenario names it.
    fn sent_file(&mut self, element: &Element, written: &str) -> String {
        let known = self.fixed.constant(written);
        if known.is_none() {
            self.template(element, written);
        }
        let path = self.beside_plan(known.unwrap_or_else(|| written.to_owned()).replace('\\', "/"));
        if !self.file_is_there(&path) {
            let what = format!("file \"{path}\" is not there: lay it beside the scenario");
            self.needs.insert(Need { id: "JMX108", what });
        }
        self.file_from_scenario(&path)
    }
}

/// The files of a sampler, where versions since 2.4 or older ones keep them.
fn files_of<'a>(taken: &Taken<'a>) -> Vec<Sent<'a>> {
    let list = taken.element.property("HTTPsampler.Files").map(|files| files.part_list("HTTPFileArgs.files"));
    fn part<'a>(file: &'a Property, name: &str) -> &'a str {
        file.part(name).unwrap_or_default().trim()
    }
    let listed = list.unwrap_or_default().iter().map(|file| Sent {
        path: part(file, "File.path"),
        name: part(file, "File.paramname"),
        kind: part(file, "File.mimetype"),
    });
    let old = Sent {
        path: taken.text("HTTPSampler.FILE_NAME").trim(),
        name: taken.text("HTTPSampler.FILE_FIELD").trim(),
        kind: taken.text("HTTPSampler.mimetype").trim(),
    };
    listed.chain([old]).filter(|file| !file.path.is_empty()).collect()
}
