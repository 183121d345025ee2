//! The cookies of one user, kept for its whole session (RFC 6265, as far as a login session needs it).
//!
//! In: the heads of answers. Out: the `Cookie` line of a request. Always holds: a cookie goes back only to the host it
//! came from, which is the target's; what has expired, or is for TLS or for another path, is not sent.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use crate::attack::clock::{RunClock, time_of_day};
use crate::attack::virtual_user::head;
use crate::scenario::check::headers;
use crate::units::Micros;

/// The most cookies that a user keeps; the oldest go first.
const MOST_COOKIES: usize = 64;
/// The longest cookie that is kept, its attributes included.
const LONGEST_COOKIE: usize = 4096;

/// One user's cookies.
#[derive(Debug)]
pub(super) struct Jar {
    clock: RunClock,
    host: String,
    tls: bool,
    cookies: Vec<Cookie>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Cookie {
    name: String,
    value: String,
    path: String,
    secure: bool,
    /// When it is no longer sent; `None` for a cookie of the session.
    expires: Option<Micros>,
}

impl Jar {
    /// An empty jar for the target's `host`, over TLS or not.
    pub(super) fn new(clock: RunClock, host: &str, tls: bool) -> Self {
        Self { clock, host: host.to_ascii_lowercase(), tls, cookies: Vec::new() }
    }

    /// Forgets all of them.
    pub(super) fn empty(&mut self) {
        self.cookies.clear();
    }

    /// Keeps what the answer with this head to a request of `path` sets, and drops what it ends.
    pub(super) fn keep(&mut self, answer_head: &[u8], path: &str) {
        let now = self.clock.floor();
        for value in headers(answer_head, "set-cookie").filter(|value| value.len() <= LONGEST_COOKIE) {
            if let Some(cookie) = std::str::from_utf8(value).ok().and_then(|text| self.parse(text, path, now)) {
                self.replace(cookie, now);
            }
        }
    }

    /// Puts the cookies for `path` into `request`, behind its other headers.
    pub(super) fn put_into(&self, request: &mut Vec<u8>, path: &str) {
        let (now, path) = (self.clock.floor(), path_of(path));
        let mut sent: Vec<&Cookie> = self.cookies.iter().filter(|cookie| self.goes(cookie, path, now)).collect();
        // Longer paths first (RFC 6265, section 5.4); the sort keeps the order of the others.
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let Some(end) = head::end(request).filter(|_| !sent.is_empty()) else { return };
        let pairs: Vec<String> = sent.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        let line = format!("Cookie: {}\r\n", pairs.join("; "));
        request.splice(end..end, line.into_bytes());
    }

    fn goes(&self, cookie: &Cookie, path: &str, now: Micros) -> bool {
        (self.tls || !cookie.secure) && cookie.expires.is_none_or(|end| end > now) && matches(&cookie.path, path)
    }

    fn replace(&mut self, cookie: Cookie, now: Micros) {
        let ended = cookie.expires.is_some_and(|end| end <= now);
        let known = self.cookies.iter().position(|old| old.name == cookie.name && old.path == cookie.path);
        match known {
            Some(at) if ended => drop(self.cookies.remove(at)),
            Some(at) => self.cookies[at] = cookie,
            None if ended => {}
            None => {
                if self.cookies.len() == MOST_COOKIES {
                    self.cookies.remove(0);
                }
                self.cookies.push(cookie);
            }
        }
    }

    /// The cookie of a `Set-Cookie` line; `None` for one that is not for this host, or is no cookie.
    fn parse(&self, text: &str, path: &str, now: Micros) -> Option<Cookie> {
        let mut parts = text.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let mut cookie = Cookie {
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
            path: default_path(path_of(path)).to_owned(),
            secure: false,
            expires: None,
        };
        let mut max_age = None;
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            match key.as_str() {
                "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
                "domain" if !self.is_of(value) => return None,
                "secure" => cookie.secure = true,
                "max-age" => max_age = max_age.or(value.parse::<i64>().ok()),
                "expires" => cookie.expires = cookie.expires.or_else(|| offset_of(value, now)),
                _ => {}
            }
        }
        if let Some(seconds) = max_age {
            // Max-Age has precedence over Expires (section 4.1.2.2).
            let seconds = u64::try_from(seconds).unwrap_or(0).min(u64::from(u32::MAX));
            cookie.expires = Some(if seconds == 0 { Micros::ZERO } else { now + Micros::from_secs(seconds) });
        }
        (!cookie.name.is_empty()).then_some(cookie)
    }

    /// Whether a cookie of `domain` may be set by our host: by the host itself, or for a domain that it lies in.
    fn is_of(&self, domain: &str) -> bool {
        let domain = domain.trim_start_matches('.').to_ascii_lowercase();
        let inside = self.host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'));
        let is_name = self.host.parse::<std::net::IpAddr>().is_err();
        domain.is_empty() || self.host == domain || (inside && is_name && domain.contains('.'))
    }
}

/// When the date of `Expires` is, as an offset of the run; `None` for a text that is no date.
fn offset_of(date: &str, now: Micros) -> Option<Micros> {
    const PARSER: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    // Older services write the date with hyphens.
    let end = PARSER.parse_timestamp(date.replace('-', " ")).ok()?;
    Some(left_until(end).map_or(Micros::ZERO, |left| now + left))
}

fn left_until(end: Timestamp) -> Option<Micros> {
    let left = end.as_microsecond().saturating_sub(time_of_day().as_microsecond());
    u64::try_from(left).ok().filter(|left| *left > 0).map(Micros::new)
}

/// A path without its query.
fn path_of(target: &str) -> &str {
    target.split(['?', '#']).next().unwrap_or(target)
}

/// The path a cookie has that names none (section 5.1.4).
fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(at) => &path[..at],
    }
}

/// Whether a cookie of path `of` goes with a request of `path` (section 5.1.4).
fn matches(of: &str, path: &str) -> bool {
    path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || of.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn jar() -> Jar {
        Jar::new(RunClock::start(), "pay.example.com", false)
    }

    fn keep(jar: &mut Jar, lines: &[&str], path: &str) {
        let fields: String = lines.iter().map(|line| format!("Set-Cookie: {line}\r\n")).collect();
        jar.keep(format!("HTTP/1.1 200 OK\r\n{fields}\r\n").as_bytes(), path);
    }

    /// The `Cookie` line of a request of `path`.
    fn sent(jar: &Jar, path: &str) -> String {
        let mut request = format!("POST {path} HTTP/1.1\r\nHost: h\r\n\r\nbody\r\n\r\n").into_bytes();
        jar.put_into(&mut request, path);
        let text = String::from_utf8(request).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, "body\r\n\r\n");
        head.strip_prefix(&format!("POST {path} HTTP/1.1\r\nHost: h")).unwrap().trim().to_owned()
    }

    #[test]
    fn a_session_cookie_goes_back_and_is_replaced() {
        let mut jar = jar();
        assert_eq!(sent(&jar, "/"), "");
        keep(&mut jar, &["JSESSIONID=abc; Path=/; HttpOnly", "theme = dark ", "no-cookie", "=nameless"], "/login");
        assert_eq!(sent(&jar, "/api?x=1"), "Cookie: JSESSIONID=abc; theme=dark");
        keep(&mut jar, &["JSESSIONID=a=b; path=/"], "/other");
        assert_eq!(sent(&jar, "/api"), "Cookie: JSESSIONID=a=b; theme=dark");
    }

    #[test]
    fn a_cookie_goes_only_to_its_path_and_the_narrower_goes_first() {
        let mut jar = jar();
        keep(&mut jar, &["wide=1; Path=/", "api=1; Path=/api", "own=1"], "/api/v1/login?next=/x");
        assert_eq!(sent(&jar, "/"), "Cookie: wide=1");
        assert_eq!(sent(&jar, "/apix"), "Cookie: wide=1");
        assert_eq!(sent(&jar, "/api"), "Cookie: api=1; wide=1");
        assert_eq!(sent(&jar, "/api/v1/pay"), "Cookie: own=1; api=1; wide=1");
    }

    #[test]
    fn a_cookie_of_another_domain_is_not_kept() {
        let mut jar = jar();
        keep(
            &mut jar,
            &["a=1; Domain=evil.com", "b=1; Domain=.example.com", "c=1; Domain=com", "d=1; domain=ple.com"],
            "/",
        );
        keep(&mut jar, &["e=1; Domain=PAY.example.com", "f=1; Domain="], "/");
        assert_eq!(sent(&jar, "/"), "Cookie: b=1; e=1; f=1");
    }

    #[test]
    fn a_secure_cookie_goes_over_tls_only() {
        let mut plain = jar();
        keep(&mut plain, &["s=1; Secure"], "/");
        assert_eq!(sent(&plain, "/"), "");
        let mut secured = Jar { tls: true, ..jar() };
        keep(&mut secured, &["s=1; Secure"], "/");
        assert_eq!(sent(&secured, "/"), "Cookie: s=1");
    }

    #[tokio::test(start_paused = true)]
    async fn a_cookie_ends_with_its_age_or_is_deleted() {
        let mut jar = jar();
        keep(&mut jar, &["a=1; Max-Age=10", "b=1; Max-Age=5; Expires=Wed, 21 Oct 2015 07:28:00 GMT", "c=1"], "/");
        assert_eq!(sent(&jar, "/"), "Cookie: a=1; b=1; c=1");
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(sent(&jar, "/"), "Cookie: a=1; c=1");
        keep(&mut jar, &["a=; Max-Age=0", "c=; Expires=Thu, 01-Jan-1970 00:00:00 GMT"], "/");
        assert_eq!(sent(&jar, "/"), "");
        keep(&mut jar, &["d=1; Expires=Fri, 31 Dec 2100 23:59:59 GMT", "e=1; Expires=tomorrow"], "/");
        assert_eq!(sent(&jar, "/"), "Cookie: d=1; e=1");
    }

    #[test]
    fn a_jar_is_bounded() {
        let mut jar = jar();
        for n in 0..1_000 {
            keep(&mut jar, &[&format!("c{n}=1")], "/");
        }
        keep(&mut jar, &[&format!("long={}", "x".repeat(LONGEST_COOKIE))], "/");
        assert_eq!(jar.cookies.len(), MOST_COOKIES);
        assert_eq!(jar.cookies[MOST_COOKIES - 1].name, "c999");
    }
}
