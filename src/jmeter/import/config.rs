//! Elements that say how requests are sent: headers, cookies, users with their passwords, defaults.
//!
//! In: managers and defaults. Out: what is in scope, and how long cookies are kept. Always holds: a manager whose work is
//! not done here says so.

use super::Importer;
use super::report::Status;
use super::request::known_defaults;
use super::steps::Scope;
use super::taken::Taken;
use crate::jmeter::jmx::{Element, Property};

/// How long cookies are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Over iterations.
    User,
    /// Until the next iteration begins.
    Iteration,
}

impl Importer<'_> {
    /// A manager or defaults, if `child` is one. Whether it is.
    pub(super) fn manager<'e>(&mut self, child: &'e Element, scope: &mut Scope<'e>) -> bool {
        match child.simple_class() {
            "HeaderManager" => self.header_manager(child, scope),
            "ConfigTestElement" if child.gui.ends_with("HttpDefaultsGui") || child.gui.ends_with("UrlConfigGui") => {
                let taken = Taken::new(child);
                known_defaults(&taken);
                taken.ignore(&[
                    "HTTPSampler.image_parser",
                    "HTTPSampler.follow_redirects",
                    "HTTPSampler.use_keepalive",
                    "HTTPSampler.postBodyRaw",
                ]);
                self.proxy(&taken);
                self.finish(&taken);
                scope.defaults.push(child);
            }
            // Properties and logins for samplers of other kinds.
            "ConfigTestElement" if ["SimpleConfigGui", "LoginConfigGui"].iter().any(|gui| child.gui.ends_with(gui)) => {
                self.inert(child);
            }
            "CacheManager" => self.told(child, Status::Approx, "nothing is cached: every request is sent"),
            "DNSCacheManager" => self.told(child, Status::Approx, "names are resolved once, at the start"),
            "KeystoreConfig" => self.told(child, Status::Approx, "name a client certificate in [target] cert and key"),
            "BackendListener" => self.told(child, Status::Approx, "it is not fed: the report is in the run's folder"),
            "ResultSaver" => {
                self.told(child, Status::Approx, "answers are not saved: the report quotes those that failed")
            }
            "ResultAction" => self.result_action(child, scope),
            "AuthManager" => self.auth_manager(child, scope),
            _ => return false,
        }
        true
    }

    /// A proxy, which is of the whole run here.
    pub(super) fn proxy(&mut self, taken: &Taken<'_>) {
        let host = self.fixed.constant(taken.text("HTTPSampler.proxyHost")).unwrap_or_default();
        taken.ignore(&[
            "HTTPSampler.proxyPort",
            "HTTPSampler.proxyScheme",
            "HTTPSampler.proxyUser",
            "HTTPSampler.proxyPass",
        ]);
        let open = taken.text("HTTPSampler.proxyHost").trim();
        if !host.trim().is_empty() || (open.contains("${") && self.fixed.constant(open).is_none()) {
            self.approximate(
                taken.element,
                format!("requests go straight to the target: name the proxy {open} with --proxy"),
            );
        }
    }

    fn header_manager(&mut self, element: &Element, scope: &mut Scope<'_>) {
        let taken = Taken::new(element);
        for header in taken.property("HeaderManager.headers").map(Property::parts).unwrap_or_default() {
            let (name, value) = (header.part("Header.name").unwrap_or_default(), header.part("Header.value"));
            if !name.trim().is_empty() {
                scope.headers.push((name.trim().to_owned(), value.unwrap_or_default().to_owned()));
            }
        }
        self.finish(&taken);
    }

    fn auth_manager(&mut self, element: &Element, scope: &mut Scope<'_>) {
        let taken = Taken::new(element);
        taken.ignore(&["AuthManager.controlledByThreadGroup", "AuthManager.clearEachIteration"]);
        let all = taken.property("AuthManager.auth_list").map(Property::parts).unwrap_or_default();
        let blank = |one: &&Property| {
            ["Authorization.username", "Authorization.password", "Authorization.url"]
                .iter()
                .all(|name| one.part(name).unwrap_or_default().trim().is_empty())
        };
        let all: Vec<&Property> = all.iter().filter(|one| !blank(one)).collect();
        match all.as_slice() {
            [one] if matches!(one.part("Authorization.mechanism"), None | Some("" | "BASIC" | "BASIC_DIGEST")) => {
                let part = |name| one.part(name).unwrap_or_default();
                let (user, password) = (part("Authorization.username"), part("Authorization.password"));
                let value = format!("Basic ${{__base64Encode({user}:{password})}}");
                scope.headers.push(("Authorization".to_owned(), value));
                self.approximate(element, "the user and password go with every request in scope, whatever its address");
            }
            [] => {}
            _ => self.refuse(element, "JMX109", "several users, or another mechanism than BASIC"),
        }
        self.finish(&taken);
    }

    /// A cookie manager, and how long it keeps cookies.
    pub(super) fn cookie_manager(&mut self, child: &Element) -> Kept {
        let taken = Taken::new(child);
        taken.ignore(&["CookieManager.policy", "CookieManager.implementation"]);
        let by_group = taken.truth("CookieManager.controlledByThreadGroup", false);
        if taken.property("CookieManager.cookies").map(Property::parts).is_some_and(|all| !all.is_empty()) {
            self.refuse(child, "JMX109", "CookieManager.cookies: write a header Cookie by hand");
        }
        let cleared = taken.truth("CookieManager.clearEachIteration", false);
        self.finish(&taken);
        if cleared && !by_group { Kept::Iteration } else { Kept::User }
    }

    /// What a failed request ends.
    fn result_action(&mut self, child: &Element, _scope: &mut Scope<'_>) {
        let taken = Taken::new(child);
        match taken.text("OnError.action").trim() {
            "" | "0" => {}
            action => self.refuse(child, "JMX109", format!("OnError.action={action}: set it on the thread group")),
        }
        self.finish(&taken);
    }
}
