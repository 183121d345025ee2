//! What requests send beside their heads: parameters, bodies, files.
//!
//! In: a sampler, and the defaults in scope. Out: a [`Content`]. Always holds: the defaults' own parameters come behind
//! those of the sampler; what is encoded already is not encoded again.

use super::Importer;
use super::report::Status;
use super::steps::Scope;
use super::taken::Taken;
use super::target::as_path;
use super::write::{self, one_line, table};
use crate::jmeter::jmx::Element;

/// What a request sends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    /// Keys of its step.
    pub(super) keys: Vec<(&'static str, String)>,
    /// What is joined to its path.
    pub(super) query: Option<String>,
    /// The type that JMeter gives its body where no header does.
    pub(super) kind: Option<String>,
}

/// A parameter of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameter<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    encode: bool,
    /// Whether a sign stands between name and value in a query.
    equals: bool,
}

impl Parameter<'_> {
    /// Whether it comes to the same as a row of a `query`.
    fn is_row(&self) -> bool {
        self.equals && (self.encode || encoded(self.value) == self.value)
    }
}

/// The type JMeter gives parameters in a body, and a body that it has none for.
const FORM: &str = "application/x-www-form-urlencoded; charset=UTF-8";

/// Methods whose parameters stand in the query.
const QUERIED: [&str; 3] = ["GET", "DELETE", "OPTIONS"];
/// Methods whose parameters, and files, stand in the body.
pub(super) const CARRYING: [&str; 4] = ["POST", "PUT", "PATCH", "DELETE"];

impl Importer<'_> {
    /// What a sampler sends.
    pub(super) fn content(&mut self, taken: &Taken<'_>, (method, scope): (&str, &Scope<'_>), charset: &str) -> Content {
        let element = taken.element;
        taken.ignore(&["GraphQLHTTPSampler.operationName", "GraphQLHTTPSampler.query", "GraphQLHTTPSampler.variables"]);
        let charset = Some(charset.trim()).filter(|text| !text.is_empty()).unwrap_or("UTF-8");
        if !["utf-8", "utf8", "us-ascii"].contains(&charset.to_ascii_lowercase().as_str()) {
            self.approximate(element, format!("it is sent in UTF-8, and not in {charset}"));
        }
        let of_defaults = scope.defaults.iter().rev().flat_map(|defaults| parameters(defaults));
        let all: Vec<Parameter<'_>> = parameters(element).into_iter().chain(of_defaults).collect();
        let nameless = !all.is_empty() && all.iter().all(|parameter| parameter.name.is_empty());
        let raw = taken.truth("HTTPSampler.postBodyRaw", false) || nameless;
        if let Some(files) = self.files(taken, (method, &all)) {
            return files;
        }
        let named: Vec<Parameter<'_>> = all.iter().filter(|one| !one.name.is_empty()).copied().collect();
        if !raw {
            return self.named(element, &named, method);
        }
        let query = (QUERIED.contains(&method) && !named.is_empty()).then(|| self.query(element, &named));
        Content { query, ..self.raw(element, &all, (method, charset)) }
    }

    /// Values that are the body, one behind the other.
    fn raw(&mut self, element: &Element, all: &[Parameter<'_>], (method, charset): (&str, &str)) -> Content {
        let mut text = String::new();
        for parameter in all {
            if parameter.encode && parameter.value.contains("${") {
                self.approximate(element, "a value in its body is not encoded, though it is to be");
            }
            text.push_str(&if parameter.encode { encoded(parameter.value) } else { parameter.value.to_owned() });
        }
        if !CARRYING.contains(&method) && method != "GET" {
            return Content::default();
        }
        let body = write::text(&self.template(element, &text));
        let keys = if method == "GET" && text.is_empty() { Vec::new() } else { vec![("body", body)] };
        Content { keys, kind: Some(format!("text/plain; charset={charset}")), ..Content::default() }
    }

    /// Parameters with names: in the query, in a form, or, as JMeter sends those of a DELETE, in both.
    fn named(&mut self, element: &Element, all: &[Parameter<'_>], method: &str) -> Content {
        let in_query = QUERIED.contains(&method);
        let in_body = CARRYING.contains(&method);
        let mut content = Content { kind: in_body.then(|| FORM.to_owned()), ..Content::default() };
        if all.is_empty() {
            if in_body && !in_query {
                let cause = format!("it sends {method} without parameters, with an empty body that is called a form");
                self.find(element, (Status::Exact, ""), cause);
            }
            return content;
        }
        let mut names: Vec<&str> = all.iter().map(|parameter| parameter.name).collect();
        names.sort_unstable();
        names.dedup();
        // A table has no name twice: then it is written out, and encoded here as far as it is known.
        let tabled = names.len() == all.len();
        if in_query && tabled && all.iter().all(Parameter::is_row) {
            content.keys.push(("query", self.rows(element, all)));
        } else if in_query {
            content.query = Some(self.query(element, all));
        }
        if in_body && tabled {
            content.keys.push(("form", self.rows(element, all)));
            content.kind = None;
        } else if in_body {
            let pair = |of: &mut Self, p: &Parameter<'_>| {
                format!("{}={}", encoded(p.name), encoded(&of.parameter_value(element, p)))
            };
            let pairs: Vec<String> = all.iter().map(|parameter| pair(self, parameter)).collect();
            content.keys.push(("body", write::text(&pairs.join("&"))));
        }
        content
    }

    /// Names and values as a table.
    fn rows(&mut self, element: &Element, all: &[Parameter<'_>]) -> String {
        let row = |of: &mut Self, p: &Parameter<'_>| (p.name.to_owned(), one_line(&of.parameter_value(element, p)));
        let rows: Vec<(String, String)> = all.iter().map(|parameter| row(self, parameter)).collect();
        table(&rows)
    }

    /// Parameters as JMeter joins them to a path.
    fn query(&mut self, element: &Element, all: &[Parameter<'_>]) -> String {
        all.iter().map(|parameter| self.part_of_query(element, parameter)).collect::<Vec<_>>().join("&")
    }

    /// A parameter as JMeter joins it to a path: encoded, or as it is written.
    fn part_of_query(&mut self, element: &Element, parameter: &Parameter<'_>) -> String {
        let value = self.template(element, parameter.value);
        let sign = if parameter.equals { "=" } else { "" };
        if parameter.encode {
            format!("{}{sign}{}", encoded(parameter.name), encoded(&value))
        } else {
            as_path(&format!("{}{sign}{value}", parameter.name))
        }
    }

    /// The value of a parameter before it is encoded; one that is encoded already is decoded first.
    fn parameter_value(&mut self, element: &Element, parameter: &Parameter<'_>) -> String {
        if parameter.encode {
            return self.template(element, parameter.value);
        }
        let plain = parameter.value.replace("${", "\0");
        let decoded = if plain.contains(['%', '+']) { percent_decoded(&plain) } else { Some(plain.clone()) };
        if decoded.is_none() {
            self.approximate(element, format!("the value of {} is encoded, though it is not to be", parameter.name));
        }
        self.template(element, &decoded.unwrap_or(plain).replace('\0', "${"))
    }
}

/// A text as it stands in a query, its templates left alone.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        let opens = text[at..].starts_with("${");
        depth += usize::from(opens);
        match c {
            c if depth > 0 || c.is_ascii_alphanumeric() || "-_.~".contains(c) => out.push(c),
            c => c.to_string().bytes().for_each(|byte| out.push_str(&format!("%{byte:02X}"))),
        }
        if c == '}' {
            depth = depth.saturating_sub(1);
        }
    }
    out
}

/// A text without its percent encoding; `None` where it has none that is whole.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
            }
            b'+' => bytes.push(b' '),
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).ok()
}

/// The parameters of a sampler or of defaults.
fn parameters(element: &Element) -> Vec<Parameter<'_>> {
    let list = element.property("HTTPsampler.Arguments").map(|all| all.part_list("Arguments.arguments"));
    list.unwrap_or_default()
        .iter()
        .map(|argument| Parameter {
            name: argument.part("Argument.name").unwrap_or_default().trim(),
            value: argument.part("Argument.value").unwrap_or_default(),
            encode: argument.part("HTTPArgument.always_encode").is_some_and(|text| text.trim() == "true"),
            equals: argument.part("Argument.metadata").is_none_or(|text| !text.is_empty()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_encoded_around_its_templates() {
        assert_eq!(encoded("a b&${x(1, 2)}=ä"), "a%20b%26${x(1, 2)}%3D%C3%A4");
        assert_eq!(percent_decoded("a%20b+c").as_deref(), Some("a b c"));
        assert_eq!((percent_decoded("100%"), percent_decoded("%zz")), (None, None));
    }
}
