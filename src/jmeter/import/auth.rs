//! Users with their passwords.
//!
//! In: authorisation managers, and where a request goes. Out: the header that it carries. Always holds: the first entry
//! counts whose address the request's begins with, as in JMeter; another mechanism than BASIC is refused.

use super::Importer;
use super::steps::Scope;
use super::taken::Taken;
use crate::jmeter::jmx::{Element, Property};

/// A user of a part of the service.
#[derive(Clone, Copy, Debug)]
pub(super) struct User<'e> {
    /// What addresses of its part begin with; blank for all of them.
    address: &'e str,
    name: &'e str,
    password: &'e str,
}

impl Importer<'_> {
    /// A manager's users come into scope, unless one further out has some: JMeter asks the outermost alone.
    pub(super) fn auth_manager<'e>(&mut self, element: &'e Element, scope: &mut Scope<'e>) {
        let taken = Taken::new(element);
        taken.ignore(&["AuthManager.controlledByThreadGroup", "AuthManager.clearEachIteration"]);
        let all = element.property("AuthManager.auth_list").map(Property::parts).unwrap_or_default();
        taken.ignore(&["AuthManager.auth_list"]);
        let mut users = Vec::new();
        for one in all {
            let part = |name| one.part(name).unwrap_or_default().trim();
            let user = User {
                address: part("Authorization.url"),
                name: part("Authorization.username"),
                password: one.part("Authorization.password").unwrap_or_default(),
            };
            if user.name.is_empty() && user.password.is_empty() {
                continue;
            }
            match part("Authorization.mechanism") {
                "" | "BASIC" | "BASIC_DIGEST" => users.push(user),
                other => self.refuse(element, "JMX109", format!("Authorization.mechanism={other}: BASIC is known")),
            }
        }
        if scope.users.is_empty() {
            scope.users = users;
        }
        self.finish(&taken);
    }

    /// The header of a request to `host` and `path`, if one of the users in scope is for it.
    pub(super) fn authorised(&mut self, element: &Element, scope: &Scope<'_>, at: (&str, &str)) -> Option<String> {
        let address = format!("{}{}", at.0, at.1);
        let user = scope.users.iter().find(|user| {
            let of_user = self.fixed.constant(user.address).unwrap_or_else(|| self.names.template(user.address).text);
            // Where the host is not known yet, a user is taken to be for it.
            at.0 == super::target::NOWHERE || address.starts_with(&without_usual_port(&of_user))
        })?;
        let [name, password] = [user.name, user.password].map(|text| self.template(element, text));
        // Quotes are doubled inside quotes.
        Some(format!("Basic ${{base64('{}')}}", format!("{name}:{password}").replace('\'', "''")))
    }
}

/// An address without the port that its scheme has anyway.
fn without_usual_port(address: &str) -> String {
    for (scheme, port) in [("http://", ":80"), ("https://", ":443")] {
        let Some(rest) = address.strip_prefix(scheme) else { continue };
        let end = rest.find('/').unwrap_or(rest.len());
        if let Some(host) = rest[..end].strip_suffix(port) {
            return format!("{scheme}{host}{}", &rest[end..]);
        }
    }
    address.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_port_is_no_part_of_an_address() {
        for (written, plain) in [
            ("http://a:80/x", "http://a/x"),
            ("https://a:443", "https://a"),
            ("http://a:8080/x", "http://a:8080/x"),
            ("", ""),
        ] {
            assert_eq!(without_usual_port(written), plain);
        }
    }
}
