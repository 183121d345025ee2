//! The parts of a request: path and query, headers, body.
//!
//! In: what a step says, and the headers of its scenario and of the target. Out: texts with their variables tied to
//! sources. Always holds: a request has one body, and what it is made of can be sent.

use std::path::PathBuf;

use crate::plan::PlanError;
use crate::scenario::Scenario;
use crate::scenario::format::{Pairs, PartSection, StepSection};
use crate::scenario::template::{self, Bound, Names, Place, Template};
use crate::units::Micros;

/// Headers that the client writes itself: two of them would be two truths.
const OWN_HEADERS: [&str; 4] = ["host", "content-length", "transfer-encoding", "connection"];

/// What a request is made of.
pub(super) struct Request {
    pub(super) path: Bound,
    pub(super) headers: Vec<(String, Bound)>,
    pub(super) body: Option<Bound>,
}

/// Makes requests of one scenario.
#[derive(Clone, Copy)]
pub(super) struct Requests<'a> {
    pub(super) scenario: &'a Scenario,
    /// The headers of the step's `[[scenario]]`.
    pub(super) headers: &'a Pairs,
    /// Separates the parts of multipart bodies.
    pub(super) boundary: &'a str,
    /// The longest time of a request that names none.
    pub(super) timeout: Micros,
}

/// A body, and the type it has unless a header names another.
struct Body {
    text: Bound,
    content_type: Option<String>,
}

impl Requests<'_> {
    pub(super) fn plan(self, step: &StepSection, names: Names<'_>) -> Result<Request, PlanError> {
        let bind = |part: &str, template: &Template, place: Place| {
            names.bind(template, place).map_err(|cause| in_step(step, part, cause))
        };
        let written = self.written_headers(step)?;
        let mut headers = Vec::new();
        for (name, value) in &written {
            headers.push(((*name).to_owned(), bind(&format!("header {name}"), value, Place::Header)?));
        }
        let declared = written.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let declared = declared.map(|(_, value)| value.leading_literal().to_ascii_lowercase());
        let body = self.body(step, declared.as_deref(), names)?;
        if let (None, Some(Body { content_type: Some(content_type), .. })) = (&declared, &body) {
            let mut value = Bound::default();
            value.push_literal(content_type);
            headers.push(("Content-Type".to_owned(), value));
        }
        let path = bind("path", &path(step)?, Place::Path)?;
        Ok(Request { path, headers, body: body.map(|body| body.text) })
    }

    /// The step's headers over its scenario's, over the target's.
    fn written_headers<'s>(&'s self, step: &'s StepSection) -> Result<Vec<(&'s str, &'s Template)>, PlanError> {
        let mut headers: Vec<(&str, &Template)> = Vec::new();
        for (name, value) in self.scenario.target.headers.iter().chain(self.headers.iter()).chain(step.headers.iter()) {
            check_header(step, name, value)?;
            headers.retain(|(earlier, _)| !earlier.eq_ignore_ascii_case(name));
            headers.push((name, value));
        }
        Ok(headers)
    }

    fn body(self, step: &StepSection, declared: Option<&str>, names: Names<'_>) -> Result<Option<Body>, PlanError> {
        let given = [
            ("body", step.body.is_some()),
            ("json", step.json.is_some()),
            ("form", step.form.is_some()),
            ("body_file", step.body_file.is_some()),
            ("multipart", step.multipart.is_some()),
        ];
        let given: Vec<&'static str> = given.iter().filter(|(_, given)| *given).map(|(key, _)| *key).collect();
        if let [first, second, ..] = given.as_slice() {
            return Err(PlanError::TwoBodies { step: name_of(step), first, second });
        }
        let bound = |template: &Template, place: Place, content_type: Option<&str>| {
            let text = names.bind(template, place).map_err(|cause| in_step(step, given[0], cause))?;
            Ok(Some(Body { text, content_type: content_type.map(str::to_owned) }))
        };
        if let Some(body) = &step.body {
            return bound(body, place_of(declared, body.leading_literal()), None);
        }
        if let Some(json) = &step.json {
            let body = template::json_body(json).map_err(|cause| in_step(step, "json", cause))?;
            return bound(&body, Place::Json, Some("application/json"));
        }
        if let Some(form) = &step.form {
            return bound(&joined(form), Place::Query, Some("application/x-www-form-urlencoded"));
        }
        if let Some(file) = &step.body_file {
            return self.file_body(step, (file, declared), names).map(Some);
        }
        step.multipart.as_ref().map(|parts| self.multipart(step, parts, names)).transpose()
    }

    /// A text file is a template; any other file is sent as it stands.
    fn file_body(
        self,
        step: &StepSection,
        (file, declared): (&PathBuf, Option<&str>),
        names: Names<'_>,
    ) -> Result<Body, PlanError> {
        let bytes = self.scenario.files.get(file).map(Vec::as_slice).unwrap_or_default();
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => {
                let in_file = |cause| in_step(step, &format!("body_file {}", file.display()), cause);
                let template = Template::parse(text).map_err(in_file)?;
                names.bind(&template, place_of(declared, text)).map_err(in_file)?
            }
            Err(_) => {
                let mut body = Bound::default();
                body.push_bytes(bytes);
                body
            }
        };
        Ok(Body { text, content_type: None })
    }

    fn multipart(self, step: &StepSection, parts: &[PartSection], names: Names<'_>) -> Result<Body, PlanError> {
        let boundary = self.boundary;
        let mut body = Bound::default();
        for part in parts {
            let refuse = |problem| PlanError::Part { step: name_of(step), part: part.name.clone(), problem };
            let quoted = |text: &str| !text.contains(|c: char| c.is_control() || c == '"');
            let texts = [Some(part.name.as_str()), part.filename.as_deref(), part.content_type.as_deref()];
            if !texts.into_iter().flatten().all(quoted) {
                return Err(refuse("holds a quote or a control character in its names"));
            }
            body.push_literal(&format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", part.name));
            let own_name = part.file.as_ref().and_then(|file| Some(file.file_name()?.to_string_lossy().into_owned()));
            if let Some(filename) = part.filename.clone().or(own_name) {
                body.push_literal(&format!("; filename=\"{filename}\""));
            }
            let of_file = part.file.as_ref().map(|_| "application/octet-stream");
            if let Some(content_type) = part.content_type.as_deref().or(of_file) {
                body.push_literal(&format!("\r\nContent-Type: {content_type}"));
            }
            body.push_literal("\r\n\r\n");
            match (&part.value, &part.file) {
                (Some(value), None) => {
                    let value = names.bind(value, Place::Plain);
                    body.append(&value.map_err(|cause| in_step(step, &format!("part {}", part.name), cause))?);
                }
                (None, Some(file)) => body.push_bytes(self.scenario.files.get(file).map_or(&[], Vec::as_slice)),
                _ => return Err(refuse("needs either a value or a file")),
            }
            body.push_literal("\r\n");
        }
        body.push_literal(&format!("--{boundary}--\r\n"));
        Ok(Body { text: body, content_type: Some(format!("multipart/form-data; boundary={boundary}")) })
    }
}

/// How values are escaped in a body: by its type, or by what it looks like.
fn place_of(declared: Option<&str>, body: &str) -> Place {
    let looks_like_json = body.trim_start().starts_with(['{', '[']);
    match declared {
        Some(declared) if declared.contains("json") => Place::Json,
        Some(declared) if declared.contains("x-www-form-urlencoded") => Place::Query,
        None if looks_like_json => Place::Json,
        _ => Place::Plain,
    }
}

/// Path and query as one text.
fn path(step: &StepSection) -> Result<Template, PlanError> {
    let Some(path) = &step.path else { return Err(PlanError::NoPath(name_of(step))) };
    if path.any_literal_char(|c| c.is_control() || matches!(c, ' ' | '#') || !c.is_ascii()) {
        return Err(PlanError::Unsendable { step: name_of(step), part: "path".to_owned() });
    }
    let mut whole = path.clone();
    if step.query.iter().next().is_some() {
        whole.push_literal(if path.any_literal_char(|c| c == '?') { "&" } else { "?" });
        whole.append(&joined(&step.query));
    }
    Ok(whole)
}

/// `name=value&name=value`, the fixed parts percent-encoded.
fn joined(pairs: &Pairs) -> Template {
    let mut text = Template::literal("");
    for (at, (name, value)) in pairs.iter().enumerate() {
        text.push_literal(if at > 0 { "&" } else { "" });
        text.append(&Template::literal(name).percent_encoded());
        text.push_literal("=");
        text.append(&value.percent_encoded());
    }
    text
}

fn check_header(step: &StepSection, name: &str, value: &Template) -> Result<(), PlanError> {
    if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(PlanError::OwnHeader { step: name_of(step), header: name.to_owned() });
    }
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let sendable = !name.is_empty() && name.chars().all(token) && !value.any_literal_char(char::is_control);
    if !sendable {
        return Err(PlanError::Header { step: name_of(step), header: name.to_owned() });
    }
    Ok(())
}

/// An error of a template of a step.
pub(super) fn in_step(step: &StepSection, part: &str, cause: template::TemplateError) -> PlanError {
    let (part, cause) = (part.to_owned(), Box::new(cause));
    match &step.name {
        Some(step) => PlanError::Template { step: step.clone(), part, cause },
        // A structure has no name of its own.
        None => PlanError::Structural { part, cause },
    }
}

/// The step's name; a nameless one was refused before.
pub(super) fn name_of(step: &StepSection) -> String {
    step.name.clone().unwrap_or_default()
}
