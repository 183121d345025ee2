//! Where a plan sends.
//!
//! In: scheme, host and port of samplers and defaults. Out: one target. Always holds: a second target is refused; one
//! that is not known yet is written so that a check refuses it.

use super::Importer;
use crate::jmeter::jmx::Element;

/// The parts of an address, as texts of the plan.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Address<'a> {
    pub(super) protocol: &'a str,
    pub(super) domain: &'a str,
    pub(super) port: &'a str,
}

impl Importer<'_> {
    /// Sends to `address`, with the path that an address in the domain's place may hold.
    pub(super) fn send_to(&mut self, element: &Element, address: Address<'_>) {
        let mut part = |text: &str| -> String {
            let translated = self.fixed.template(text);
            for remark in translated.remarks {
                self.remark(element, remark);
            }
            translated.text.trim().to_owned()
        };
        let (protocol, domain, port) = (part(address.protocol), part(address.domain), part(address.port));
        if domain.is_empty() {
            self.refuse(element, "JMX109", "neither the request nor its defaults name a host");
            return;
        }
        let protocol = if protocol.is_empty() { "http".to_owned() } else { protocol.to_ascii_lowercase() };
        let (protocol, domain) = match domain.split_once("://") {
            Some((scheme, host)) => (scheme.to_owned(), host.trim_end_matches('/').to_owned()),
            None => (protocol, domain.trim_end_matches('/').to_owned()),
        };
        let usual = matches!((protocol.as_str(), port.as_str()), (_, "" | "0") | ("http", "80") | ("https", "443"));
        let host = if usual { format!("{protocol}://{domain}") } else { format!("{protocol}://{domain}:{port}") };
        match &self.host {
            None => self.host = Some(host),
            Some(first) if *first != host => {
                let cause = format!("{host} is a second target beside {first}; a scenario has one");
                self.refuse(element, "JMX109", cause);
            }
            Some(_) => {}
        }
    }
}
