//! Files that requests send.
//!
//! In: the files and the parameters of a sampler. Out: a `multipart` of its step, or its `body_file`. Always holds: a file
//! that is not there is asked for, and named all the same, so that a check refuses it.

use super::Importer;
use super::report::Need;
use super::request::parameters;
use super::taken::Taken;
use super::write::{list, one_line, table, text};
use crate::jmeter::jmx::Property;

/// Keys of a step, and the type that JMeter gives its body.
type Content = (Vec<(&'static str, String)>, Option<&'static str>);

impl Importer<'_> {
    /// What a sampler sends that has files, or is to send its parameters in parts; `None` where it does neither.
    pub(super) fn files(&mut self, taken: &Taken<'_>, method: &str) -> Option<Content> {
        let element = taken.element;
        let files = element.property("HTTPsampler.Files").map(|files| files.part_list("HTTPFileArgs.files"));
        let named = |file: &&Property| !file.part("File.path").unwrap_or_default().trim().is_empty();
        let files: Vec<&Property> = files.unwrap_or_default().iter().filter(named).collect();
        let in_parts = taken.truth("HTTPSampler.DO_MULTIPART_POST", false) && method != "GET";
        let own = parameters(element);
        let part = |file: &Property, name| file.part(name).unwrap_or_default().trim().to_owned();
        if let ([file], true) = (files.as_slice(), own.is_empty())
            && part(file, "File.paramname").is_empty()
        {
            let path = self.sent_file(taken, &part(file, "File.path"));
            return Some((vec![("body_file", text(&path))], None));
        }
        if files.is_empty() && !in_parts {
            return None;
        }
        let mut parts = Vec::new();
        for parameter in own.iter().filter(|parameter| !parameter.name.is_empty()) {
            let value = self.template(element, parameter.value);
            parts.push(table(&[("name".to_owned(), one_line(parameter.name)), ("value".to_owned(), one_line(&value))]));
        }
        for file in files {
            let path = self.sent_file(taken, &part(file, "File.path"));
            let mut pairs = vec![
                ("name".to_owned(), one_line(&part(file, "File.paramname"))),
                ("file".to_owned(), one_line(&path)),
            ];
            let kind = part(file, "File.mimetype");
            if !kind.is_empty() {
                pairs.push(("content_type".to_owned(), one_line(&kind)));
            }
            parts.push(table(&pairs));
        }
        if parts.is_empty() {
            return Some((Vec::new(), None));
        }
        Some((vec![("multipart", list(&parts))], None))
    }

    /// The path of a file that is sent, as the scenario names it.
    fn sent_file(&mut self, taken: &Taken<'_>, written: &str) -> String {
        let known = self.fixed.constant(written);
        if known.is_none() {
            self.template(taken.element, written);
        }
        let path = self.beside_plan(known.unwrap_or_else(|| written.to_owned()).replace('\\', "/"));
        if !self.file_is_there(&path) {
            let what = format!("file \"{path}\" is not there: lay it beside the scenario");
            self.needs.insert(Need { id: "JMX108", what });
        }
        self.file_from_scenario(&path)
    }
}
