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
struct Parameter<'a> {
    name: &'a str,
    value: &'a str,
    encode: bool,
}

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
        let method = match any("HTTPSampler.method").trim().to_ascii_uppercase() {
            method if method.is_empty() => "GET".to_owned(),
            method => method,
        };
        if !["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].contains(&method.as_str()) {
            self.refuse(element, "JMX109", format!("HTTPSampler.method={method}"));
        }
        let path = self.path(element, any("HTTPSampler.path"), || Address {
            protocol: any("HTTPSampler.protocol"),
            domain: any("HTTPSampler.domain"),
            port: any("HTTPSampler.port"),
        });
        if method != "GET" {
            step = step.with("method", write::text(&method));
        }
        step = step.with("path", write::text(&path));
        let (extra, typed) = self.content(&taken, (&method, scope));
        let headers = self.headers(element, (scope, typed));
        if !headers.is_empty() {
            step = step.with("headers", table(&headers));
        }
        step.keys.extend(extra);
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
        if taken.truth("HTTPSampler.image_parser", false)
            || scope.defaults.iter().any(|d| d.text("HTTPSampler.image_parser").is_some_and(|text| text == "true"))
        {
            self.refuse(element, "JMX109", "HTTPSampler.image_parser=true: embedded resources are not fetched");
        }
        match &scope.expect {
            Some(list) => step.keys.push(("expect", list.clone())),
            // JMeter takes 200 to 399 for a success.
            None if !follows => step.keys.push(("expect", "[\"2xx\", \"3xx\"]".to_owned())),
            None => {}
        }
        let asked = [("check", &scope.checks), ("extract", &scope.extracts)];
        step.keys
            .extend(asked.into_iter().filter(|(_, all)| !all.is_empty()).map(|(key, all)| (key, write::list(all))));
        if let Some(pause) = &scope.pause {
            step.keys.push(("think_time", pause.text()));
        }
        if scope.once {
            step.keys.push(("once", "true".to_owned()));
        }
    }

    /// The path, which may be a whole address.
    fn path<'e>(&mut self, element: &Element, path: &'e str, address: impl FnOnce() -> Address<'e>) -> String {
        let path = path.trim();
        if let Some((protocol, rest)) = path.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"))
        {
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            self.send_to(element, Address { protocol, domain: &rest[..end], port: "" });
            return self.rooted(element, &rest[end..]);
        }
        self.send_to(element, address());
        self.rooted(element, path)
    }

    fn rooted(&mut self, element: &Element, path: &str) -> String {
        let begins = self.fixed.constant(path).unwrap_or_else(|| path.to_owned());
        let template = self.template(element, path);
        let template = without_spaces(&template);
        if begins.starts_with('/') { template } else { format!("/{template}") }
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
        let files = element.property("HTTPsampler.Files").map(|files| files.part_list("HTTPFileArgs.files"));
        if files.is_some_and(|files| !files.is_empty()) || taken.truth("HTTPSampler.DO_MULTIPART_POST", false) {
            self.refuse(
                element,
                "JMX109",
                "HTTPsampler.Files, HTTPSampler.DO_MULTIPART_POST: write the step's multipart by hand",
            );
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
        if all.is_empty() {
            if matches!(method, "POST" | "PUT" | "PATCH") {
                let cause = format!("it sends {method} without parameters, without a body and without a type");
                self.find(element, (Status::Exact, ""), cause);
            }
            return (Vec::new(), None);
        }
        let mut names: Vec<&str> = all.iter().map(|parameter| parameter.name).collect();
        names.sort_unstable();
        names.dedup();
        if names.len() < all.len() {
            self.refuse(element, "JMX109", "two parameters of one name");
        }
        if all.iter().any(|p| !p.encode && p.value.contains(['%', '&', '=', '+'])) {
            self.approximate(element, "a value that is not to be encoded is encoded");
        }
        // Where that is let pass, the first of a name is sent.
        let first = |at: usize, p: &Parameter<'_>| all.iter().take(at).all(|earlier| earlier.name != p.name);
        let pairs: Vec<(String, String)> = all
            .iter()
            .enumerate()
            .filter(|(at, p)| first(*at, p))
            .map(|(_, p)| p)
            .map(|p| (p.name.to_owned(), one_line(&self.template(element, p.value))))
            .collect();
        let key = if matches!(method, "POST" | "PUT" | "PATCH") { "form" } else { "query" };
        (vec![(key, table(&pairs))], None)
    }

    /// Cookies and the like, which are of the whole scenario.
    pub(super) fn told(&mut self, element: &Element, status: Status, cause: &str) {
        self.find(element, (status, if status == Status::Approx { "JMX201" } else { "" }), cause);
    }
}

/// The parameters of a sampler or of defaults.
fn parameters(element: &Element) -> Vec<Parameter<'_>> {
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

/// A path with the spaces of its own encoded, and not those between the arguments of a function.
fn without_spaces(template: &str) -> String {
    let (mut out, mut depth, mut last) = (String::with_capacity(template.len()), 0_usize, ' ');
    for c in template.chars() {
        match c {
            '{' if last == '$' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if c == ' ' && depth == 0 {
            out.push_str("%20")
        } else {
            out.push(c)
        }
        last = c;
    }
    out
}
