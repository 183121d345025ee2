//! Where a plan sends.
//!
//! In: scheme, host, port and path of samplers and defaults. Out: host and path of each step. Always holds: a host that varies while
//! the test runs is refused; one that is not known yet is written so that a check refuses it.

use super::Importer;
use super::report::Need;
use crate::jmeter::jmx::Element;

/// The parts of an address, as texts of the plan.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Address<'a> {
    pub(super) protocol: &'a str,
    pub(super) domain: &'a str,
    pub(super) port: &'a str,
}

/// Where requests go that name no host.
pub(super) const NOWHERE: &str = "?";

impl Importer<'_> {
    /// The host that `address` names, with its scheme and port, and the path that a domain may hold.
    fn host_of(&mut self, element: &Element, address: Address<'_>) -> (String, String) {
        let [protocol, domain, port] =
            [address.protocol, address.domain, address.port].map(|text| self.template(element, text).trim().to_owned());
        // Variables of the plan that are constants stand in a host as what they are.
        let [protocol, domain, port] = [(address.protocol, protocol), (address.domain, domain), (address.port, port)]
            .map(|(text, template)| self.fixed.constant(text).map_or(template, |fixed| fixed.trim().to_owned()));
        let (scheme, domain) = domain.split_once("://").map_or((protocol, domain.as_str()), |(s, d)| (s.to_owned(), d));
        let (domain, path) = domain.split_at(domain.find('/').unwrap_or(domain.len()));
        if domain.is_empty() {
            let what = "the plan names no host: write it into [target] host, or give --host".to_owned();
            self.needs.insert(Need { id: "JMX110", what });
            return (NOWHERE.to_owned(), path.to_owned());
        }
        let scheme = if scheme.is_empty() { "http".to_owned() } else { scheme.to_ascii_lowercase() };
        let usual = matches!((scheme.as_str(), port.as_str()), (_, "" | "0") | ("http", "80") | ("https", "443"));
        let host = if usual { format!("{scheme}://{domain}") } else { format!("{scheme}://{domain}:{port}") };
        if let Some(asked) = self.host_of_rows(&host) {
            self.needs.insert(asked);
            return (NOWHERE.to_owned(), path.to_owned());
        }
        if host.replace("${env.", "").contains("${") && !self.is_text(&host) {
            self.refuse(
                element,
                "JMX109",
                format!("host {host} varies while the test runs; name each host in a step of its own"),
            );
        }
        (host, path.trim_end_matches('/').to_owned())
    }

    /// What is asked for where a host stands in a data file that is not there.
    fn host_of_rows(&self, host: &str) -> Option<Need> {
        let named = |feeder: &&Vec<(&str, String)>| host.contains(&format!("${{{}.", feeder[0].1.trim_matches('"')));
        let (_, file) = self.feeders.iter().find(named)?.iter().find(|(key, _)| *key == "file")?;
        let file = file.trim_matches(['"', '\'']);
        let what = format!("the host stands in data file \"{file}\": lay it there and import again, or write the host");
        (!self.file_is_there(file)).then_some(Need { id: "JMX108", what })
    }

    /// Host and path, which may be a whole address.
    pub(super) fn place(&mut self, element: &Element, path: &str, address: Address<'_>) -> (String, String) {
        let path = path.trim();
        // A variable at its start may hold scheme and host.
        let whole = self.leading_text(path);
        let split = |text: &str| {
            let (protocol, rest) = text.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"))?;
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            Some((protocol.to_owned(), rest[..end].to_owned(), rest[end..].to_owned()))
        };
        if let Some((protocol, domain, rest)) = split(&whole) {
            let (host, _) = self.host_of(element, Address { protocol: &protocol, domain: &domain, port: "" });
            return (host, self.rooted(element, &rest));
        }
        let (host, base) = self.host_of(element, address);
        let path = self.rooted(element, path);
        (host, if base.is_empty() { path } else { format!("{base}{path}") })
    }

    /// `path` with a constant that it begins with filled in.
    fn leading_text(&self, path: &str) -> String {
        let Some((name, rest)) = path.strip_prefix("${").and_then(|rest| rest.split_once('}')) else {
            return path.to_owned();
        };
        let known = self.fixed.constant(&format!("${{{name}}}")).filter(|text| text.contains("://"));
        known.map_or_else(|| path.to_owned(), |text| format!("{text}{rest}"))
    }

    fn rooted(&mut self, element: &Element, path: &str) -> String {
        let begins = self.fixed.constant(path).unwrap_or_else(|| path.to_owned());
        let ascii = as_path(&self.template(element, path));
        let variable_with_slash = begins.starts_with("${")
            && self
                .fixed
                .constant(&format!("{}}}", begins.split('}').next().unwrap_or_default()))
                .is_some_and(|t| t.starts_with('/'));
        if begins.starts_with('/') || variable_with_slash { ascii } else { format!("/{ascii}") }
    }

    /// Whether every variable in `template` is a text of the plan that draws nothing.
    fn is_text(&self, template: &str) -> bool {
        template.split("${").skip(1).all(|rest| {
            let name = rest.split('}').next().unwrap_or_default();
            name.starts_with("env.")
                || self.vars.iter().any(|(known, text)| known == name && (!text.contains("${") || self.is_text(text)))
        })
    }
}

/// A path with what may not stand in one encoded, but not what stands between the arguments of a function.
pub(super) fn as_path(template: &str) -> String {
    let (mut out, mut depth, mut last) = (String::with_capacity(template.len()), 0_usize, ' ');
    for c in template.chars() {
        match c {
            '{' if last == '$' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > 0 || c.is_ascii_graphic() {
            out.push(c);
        } else {
            c.to_string().bytes().for_each(|byte| out.push_str(&format!("%{byte:02X}")));
        }
        last = c;
    }
    out
}
