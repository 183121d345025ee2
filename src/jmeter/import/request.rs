//! HTTP samplers.
//!
//! In: a sampler, and what is in scope for it. Out: a step. Always holds: the innermost value that is not blank counts;
//! headers of inner elements take the place of outer ones; defaults' own parameters come behind those of the sampler.

use super::Importer;
use super::content::Content;
use super::report::Status;
use super::steps::Scope;
use super::taken::Taken;
use super::target::Address;
use super::write::{self, Step, one_line, table};
use crate::jmeter::jmx::Element;

/// Properties that say how JMeter sends, and change nothing of what is sent here.
const MANNER: [&str; 19] = [
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
    "HTTPSampler.postBodyRaw",
    "HTTPSampler.header_manager",
    "HTTPSampler.cookie_manager",
    "HTTPSampler.auth_manager",
    "HTTPSampler.cache_manager",
];

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
        let content = self.content(&taken, (&method, scope), any("HTTPSampler.contentEncoding"));
        let joined = content.query.as_ref().map_or_else(
            || path.clone(),
            |query| {
                let mark = if path.contains('?') { '&' } else { '?' };
                format!("{path}{mark}{query}")
            },
        );
        step = step.with("host", write::text(&host)).with("path", write::text(&joined));
        let authorised = self.authorised(element, scope, (&host, &path));
        let headers = self.headers(element, (scope, &content), authorised);
        if !headers.is_empty() {
            step = step.with("headers", table(&headers));
        }
        step.keys.extend(content.keys);
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
        let own = self.whole(element, ("HTTPSampler.response_timeout", timeout)).filter(|limit| *limit > 0);
        if let Some(limit) = own.into_iter().chain(scope.limit).min() {
            step.keys.push(("timeout", write::text(&format!("{limit}ms"))));
        }
        if !taken.truth("HTTPSampler.use_keepalive", false) {
            self.approximate(element, "connections are kept, where JMeter asks for a new one each time");
        }
        let own = element.text("HTTPSampler.image_parser");
        let inherited = || scope.defaults.iter().rev().find_map(|defaults| defaults.text("HTTPSampler.image_parser"));
        taken.ignore(&["HTTPSampler.image_parser"]);
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

    /// The headers of a request; `typed` is what JMeter says of its body where no header does.
    fn headers(
        &mut self,
        element: &Element,
        (scope, content): (&Scope<'_>, &Content),
        authorised: Option<String>,
    ) -> Vec<(String, String)> {
        let mut headers: Vec<(String, String)> = Vec::new();
        let in_parts = content.keys.iter().any(|(key, _)| *key == "multipart");
        for (name, value) in &scope.headers {
            let small = name.to_ascii_lowercase();
            match small.as_str() {
                "host" | "content-length" | "connection" | "transfer-encoding" => {
                    self.approximate(element, format!("header {name} is set by Tollgate itself"));
                }
                // JMeter leaves it out too: the type of a body in parts names what is between them.
                "content-type" if in_parts => {}
                "accept-encoding" if looks_at_body(scope) => {
                    self.approximate(
                        element,
                        "header Accept-Encoding is left out: the answer is looked at as it comes",
                    );
                }
                // Those of HTTP/2 that a recorder took down: no name of a header.
                _ if !small.bytes().all(is_of_name) => {
                    self.approximate(element, format!("header {name} is left out: that is no name of a header"));
                }
                _ => {
                    let value = self.template(element, value);
                    headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
                    headers.push((name.clone(), one_line(&value)));
                }
            }
        }
        let has =
            |headers: &[(String, String)], wanted| headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
        if let Some(kind) = content.kind.as_deref().filter(|_| !has(&headers, "content-type")) {
            headers.push(("Content-Type".to_owned(), one_line(kind)));
        }
        if let Some(value) = authorised.filter(|_| !has(&headers, "authorization")) {
            headers.push(("Authorization".to_owned(), one_line(&value)));
        }
        headers
    }

    /// Cookies and the like, which are of the whole scenario.
    pub(super) fn told(&mut self, element: &Element, status: Status, cause: &str) {
        self.find(element, (status, if status == Status::Approx { "JMX201" } else { "" }), cause);
    }
}

/// Whether something is looked for in the answers' bodies.
fn looks_at_body(scope: &Scope<'_>) -> bool {
    let elsewhere = ["in = ", "header = ", "cookie = ", "status = ", "duration = ", "value = "];
    let all = scope.checks.iter().chain(&scope.extracts);
    all.into_iter().any(|entry| !elsewhere.iter().any(|place| entry.contains(place)))
}

/// Whether a byte may stand in the name of a header.
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
