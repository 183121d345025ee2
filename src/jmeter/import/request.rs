//! HTTP samplers.
//!
//! In: a sampler, and what is in scope for it. Out: a step. Always holds: the innermost value that is not blank counts;
//! headers of inner elements take the place of outer ones; defaults' own parameters come behind those of the sampler.

use super::Importer;
use super::report::Status;
use super::steps::Scope;
use super::taken::Taken;
use super::target::Address;
use super::write::{self, Step, one_line, table};
use crate::jmeter::jmx::Element;

/// Properties that say how JMeter sends, and change nothing of what is sent here.
const MANNER: [&str; 14] = [
    "HTTPSampler.implementation",
    "HTTPSampler.monitor",
    "HTTPSampler.concurrentPool",
    "HTTPSampler.concurrentDwn",
    "HTTPSampler.embedded_url_re",
    "HTTPSampler.embedded_url_exclude_re",
    "HTTPSampler.BROWSER_COMPATIBLE_MULTIPART",
    "HTTPSampler.contentEncoding",
    "HTTPSampler.ipSourceType",
    "HTTPsampler.Files",
    "HTTPsampler.Arguments",
    "HTTPSampler.connect_timeout",
    "HTTPSampler.auto_redirects",
    "HTTPSampler.md5",
];

/// A parameter of a request.
pub(super) struct Parameter<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    encode: bool,
}

/// The type JMeter gives parameters in a body, and a body that it has none for.
const FORM: &str = "application/x-www-form-urlencoded; charset=UTF-8";

/// A query that is joined to the path: no key of a step.
const QUERY_IN_PATH: &str = "query in path";

/// The defaults of requests: what a sampler that leaves it blank takes.
pub(super) fn known_defaults(taken: &Taken<'_>) {
    taken.ignore(&MANNER);
    taken.ignore(&[
        "HTTPSampler.domain",
        "HTTPSampler.port",
        "HTTPSampler.protocol",
        "HTTPSampler.path",
        "HTTPSampler.method",
        "HTTPSampler.response_timeout",
    ]);
}

impl Importer<'_> {
    /// A sampler as a step.
    pub(super) fn request(&mut self, element: &Element, scope: &Scope<'_>) -> Step {
        let taken = Taken::new(element);
        known_defaults(&taken);
        let any = |name: &'static str| -> &str {
            let own = element.text(name).filter(|text| !text.trim().is_empty());
            let of_defaults =
                || scope.defaults.iter().rev().find_map(|d| d.text(name).filter(|t| !t.trim().is_empty()));
            own.or_else(of_defaults).unwrap_or_default()
        };
        let name = self.step_name(element);
        let mut step = Step::of("name", write::text(&name));
        step.comment = element.text("TestPlan.comments").unwrap_or_default().to_owned();
        let method =
            self.fixed.constant(any("HTTPSampler.method")).unwrap_or_else(|| any("HTTPSampler.method").to_owned());
        let method = match method.trim().to_ascii_uppercase() {
            method if method.is_empty() => "GET".to_owned(),
            method => method,
        };
        if !["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].contains(&method.as_str()) {
            self.refuse(element, "JMX109", format!("HTTPSampler.method={method}"));
        }
        let (host, path) = self.place(
            element,
            any("HTTPSampler.path"),
            Address {
                protocol: any("HTTPSampler.protocol"),
                domain: any("HTTPSampler.domain"),
                port: any("HTTPSampler.port"),
            },
        );
        if method != "GET" {
            step = step.with("method", write::text(&method));
        }
        let (extra, typed) = self.content(&taken, (&method, scope));
        let query = extra.iter().find(|(key, _)| *key == QUERY_IN_PATH).map(|(_, query)| query.clone());
        let joined = query.map_or_else(
            || path.clone(),
            |query| {
                let mark = if path.contains('?') { '&' } else { '?' };
                format!("{path}{mark}{query}")
            },
        );
        step = step.with("host", write::text(&host)).with("path", write::text(&joined));
        let headers = self.headers(element, (scope, typed));
        if !headers.is_empty() {
            step = step.with("headers", table(&headers));
        }
        step.keys.extend(extra.into_iter().filter(|(key, _)| *key != QUERY_IN_PATH));
        self.given.extend(scope.gives.iter().cloned());
        self.manner(&taken, (scope, any("HTTPSampler.response_timeout")), &mut step);
        self.finish(&taken);
        step
    }

    /// Timeouts, redirects, and what is asked of the answer.
    fn manner(&mut self, taken: &Taken<'_>, (scope, timeout): (&Scope<'_>, &str), step: &mut Step) {
        let element = taken.element;
        let follows =
            taken.truth("HTTPSampler.follow_redirects", false) || taken.truth("HTTPSampler.auto_redirects", false);
        if follows {
            step.keys.push(("redirects", "20".to_owned()));
        }
        if let Some(limit) = self.whole(element, ("HTTPSampler.response_timeout", timeout)).filter(|limit| *limit > 0) {
            step.keys.push(("timeout", write::text(&format!("{limit}ms"))));
        }
        if !taken.truth("HTTPSampler.use_keepalive", false) {
            self.approximate(element, "connections are kept, where JMeter asks for a new one each time");
        }
        let own = element.text("HTTPSampler.image_parser");
        let inherited = || scope.defaults.iter().rev().find_map(|defaults| defaults.text("HTTPSampler.image_parser"));
        taken.ignore(&["HTTPSampler.image_parser", "HTTPSampler.header_manager"]);
        if own.or_else(inherited).is_some_and(|text| text.trim() == "true") {
            self.approximate(element, "the page alone is sent for: what it embeds is not fetched");
        }
        self.proxy(taken);
        match &scope.expect {
            Some(list) => step.keys.push(("expect", list.clone())),
            // JMeter takes 200 to 399 for a success.
            None if !follows => step.keys.push(("expect", "[\"2xx\", \"3xx\"]".to_owned())),
            None => {}
        }
        let asked = [("check", &scope.checks), ("extract", &scope.extracts)];
        step.keys
            .extend(asked.into_iter().filter(|(_, all)| !all.is_empty()).map(|(key, all)| (key, write::list(all))));
        if let Some(pause) = scope.pause.filter(|pause| !pause.is_nothing()) {
            step.keys.push(("think_time", pause.text()));
        }
    }

    fn headers(
        &mut self,
        element: &Element,
        (scope, typed): (&Scope<'_>, Option<&'static str>),
    ) -> Vec<(String, String)> {
        let mut headers: Vec<(String, String)> = Vec::new();
        for (name, value) in &scope.headers {
            if ["host", "content-length", "connection", "transfer-encoding"]
                .contains(&name.to_ascii_lowercase().as_str())
            {
                self.approximate(element, format!("header {name} is set by Tollgate itself"));
                continue;
            }
            let value = self.template(element, value);
            headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            headers.push((name.clone(), one_line(&value)));
        }
        let has_type = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if let Some(kind) = typed.filter(|_| !has_type) {
            headers.push(("Content-Type".to_owned(), one_line(kind)));
        }
        headers
    }

    /// What is sent beside the head: keys of the step, and the type that JMeter gives a body of its own accord.
    fn content(
        &mut self,
        taken: &Taken<'_>,
        (method, scope): (&str, &Scope<'_>),
    ) -> (Vec<(&'static str, String)>, Option<&'static str>) {
        let element = taken.element;
        taken.ignore(&["GraphQLHTTPSampler.operationName", "GraphQLHTTPSampler.query", "GraphQLHTTPSampler.variables"]);
        if let Some(multipart) = self.files(taken, method) {
            return multipart;
        }
        let own = parameters(element);
        let raw = taken.truth("HTTPSampler.postBodyRaw", false);
        let nameless = !own.is_empty() && own.iter().all(|parameter| parameter.name.is_empty());
        if raw || (nameless && method != "GET") {
            let text: String = own.iter().map(|parameter| parameter.value).collect();
            let body = self.template(element, &text);
            return (vec![("body", write::text(&body))], (method != "GET").then_some("text/plain; charset=UTF-8"));
        }
        let of_defaults = scope.defaults.iter().rev().flat_map(|defaults| parameters(defaults));
        let all: Vec<Parameter<'_>> = own.into_iter().chain(of_defaults).filter(|p| !p.name.is_empty()).collect();
        // JMeter sends the parameters of a DELETE twice.
        let in_query = !["POST", "PUT", "PATCH"].contains(&method);
        let in_body = !in_query || method == "DELETE";
        if all.is_empty() {
            if !in_query {
                let cause = format!("it sends {method} without parameters, with an empty body that is called a form");
                self.find(element, (Status::Exact, ""), cause);
            }
            return (Vec::new(), in_body.then_some(FORM));
        }
        let mut names: Vec<&str> = all.iter().map(|parameter| parameter.name).collect();
        names.sort_unstable();
        names.dedup();
        let pairs: Vec<(String, String)> =
            all.iter().map(|p| (p.name.to_owned(), self.parameter_value(element, p))).collect();
        if names.len() == all.len() {
            let written: Vec<(String, String)> =
                pairs.into_iter().map(|(name, value)| (name, one_line(&value))).collect();
            return (placed(&table(&written), [(in_query, "query"), (in_body, "form")]), None);
        }
        // A table has no name twice: written out, and encoded here as far as it is known.
        let joined: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let joined = joined.join("&");
        let mut keys = placed(&joined, [(in_query, QUERY_IN_PATH), (in_body, "body")]);
        keys.iter_mut().filter(|(key, _)| *key == "body").for_each(|(_, body)| *body = write::text(body));
        (keys, in_body.then_some(FORM))
    }

    /// The value of a parameter before it is encoded; one that is encoded already is decoded first.
    fn parameter_value(&mut self, element: &Element, parameter: &Parameter<'_>) -> String {
        if parameter.encode {
            return self.template(element, parameter.value);
        }
        let plain = parameter.value.replace("${", "\0");
        let decoded = if plain.contains(['%', '+']) { percent_decoded(&plain) } else { Some(plain.clone()) };
        if decoded.is_none() || plain.contains(['&', '=']) {
            self.approximate(element, format!("the value of {} is encoded, though it is not to be", parameter.name));
        }
        self.template(element, &decoded.unwrap_or(plain).replace('\0', "${"))
    }

    /// Cookies and the like, which are of the whole scenario.
    pub(super) fn told(&mut self, element: &Element, status: Status, cause: &str) {
        self.find(element, (status, if status == Status::Approx { "JMX201" } else { "" }), cause);
    }
}

/// The same content under each key that is asked for.
fn placed(content: &str, keys: [(bool, &'static str); 2]) -> Vec<(&'static str, String)> {
    keys.into_iter().filter(|(asked, _)| *asked).map(|(_, key)| (key, content.to_owned())).collect()
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
pub(super) fn parameters(element: &Element) -> Vec<Parameter<'_>> {
    let list = element.property("HTTPsampler.Arguments").map(|all| all.part_list("Arguments.arguments"));
    list.unwrap_or_default()
        .iter()
        .map(|argument| Parameter {
            name: argument.part("Argument.name").unwrap_or_default().trim(),
            value: argument.part("Argument.value").unwrap_or_default(),
            encode: argument.part("HTTPArgument.always_encode").is_some_and(|text| text == "true"),
        })
        .collect()
}
