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
    /// Over iterations, whoever plays them.
    User,
    /// As long as a user of the thread group.
    Group,
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
                ]);
                self.proxy(&taken);
                self.finish(&taken);
                scope.defaults.push(child);
            }
            "CacheManager" => self.told(child, Status::Approx, "nothing is cached: every request is sent"),
            "DNSCacheManager" => self.told(child, Status::Approx, "names are resolved once, at the start"),
            "KeystoreConfig" => self.told(child, Status::Approx, "name a client certificate in [target] cert and key"),
            "BackendListener" => self.told(child, Status::Approx, "it is not fed: the report is in the run's folder"),
            "ResultSaver" => {
                self.told(child, Status::Approx, "answers are not saved: the report quotes those that failed")
            }
            "ResultAction" => self.result_action(child),
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
        if !taken.text("HTTPSampler.ipSource").trim().is_empty() {
            self.approximate(taken.element, "requests come from this machine's own address, and not from ipSource");
        }
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
            // JMeter 2 kept the name as that of the element.
            let name = header.part("Header.name").or_else(|| header.part("TestElement.name")).unwrap_or_default();
            let value = header.part("Header.value").unwrap_or_default();
            if !name.trim().is_empty() {
                scope.headers.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
        self.finish(&taken);
    }

    /// A cookie manager, and how long it keeps cookies; `None` for one that keeps none.
    pub(super) fn cookie_manager(&mut self, child: &Element) -> Option<Kept> {
        let taken = Taken::new(child);
        taken.ignore(&["CookieManager.implementation"]);
        let by_group = taken.truth("CookieManager.controlledByThreadGroup", false);
        let ignores = taken.text("CookieManager.policy").trim().eq_ignore_ascii_case("ignoreCookies");
        let own = taken.property("CookieManager.cookies").map(Property::parts).unwrap_or_default();
        if !own.is_empty() && !ignores {
            self.refuse(child, "JMX109", "CookieManager.cookies: write a header Cookie by hand");
        }
        let cleared = taken.truth("CookieManager.clearEachIteration", false);
        self.finish(&taken);
        match (by_group, cleared) {
            _ if ignores => None,
            (true, _) => Some(Kept::Group),
            (false, true) => Some(Kept::Iteration),
            (false, false) => Some(Kept::User),
        }
    }

    /// What limits the time of each sample in scope.
    pub(super) fn sample_timeout(&mut self, child: &Element, scope: &mut Scope<'_>) {
        let taken = Taken::new(child);
        let millis = self.whole(child, ("InterruptTimer.timeout", taken.text("InterruptTimer.timeout")));
        scope.limit = scope.limit.into_iter().chain(millis.filter(|millis| *millis > 0)).min();
        self.finish(&taken);
    }

    /// What a failed request ends, where it stands among samplers: in a thread group it is the group's own affair.
    fn result_action(&mut self, child: &Element) {
        if self.found.contains_key(&(std::ptr::from_ref(child))) {
            return;
        }
        let taken = Taken::new(child);
        match taken.text("OnError.action").trim() {
            "" | "0" => {}
            action => self.refuse(child, "JMX109", format!("OnError.action={action}: set it on the thread group")),
        }
        self.finish(&taken);
    }

    /// What a failure ends that an action beside the groups or in one of them says.
    pub(super) fn action_on_failure(&mut self, place: &Element) -> Option<&'static str> {
        let action = place.children.iter().rfind(|child| child.enabled && child.is("ResultAction"))?;
        let taken = Taken::new(action);
        let ends = match taken.text("OnError.action").trim() {
            "1" => Some("stop_user"),
            "2" | "3" => Some("stop_run"),
            "4" | "5" => Some("next_iteration"),
            _ => None,
        };
        if ends.is_some() {
            self.finish(&taken);
        }
        match taken.text("OnError.action").trim() {
            "3" => self.approximate(action, "requests under way come to their end, where JMeter breaks them off"),
            "5" => self.approximate(action, "it ends the iteration, and not the round of the loop that it stands in"),
            _ => {}
        }
        ends
    }
}
