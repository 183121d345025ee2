//! Following redirects, as one sample from the first start to the last byte.
//!
//! In: an answer, and the request it answers. Out: the next request, or why there is none. Always holds: requests go to
//! the target and the hosts that steps name, and nowhere else; what is followed is counted as a request of the wire; the
//! timeout is of the whole chain.

use url::Url;

use crate::attack::script::{Script, ScriptStep};
use crate::attack::transport::{Answer, Exchange, Outgoing, Transport, TransportError};
use crate::attack::virtual_user::iteration::Iteration;
use crate::attack::virtual_user::judge::settle;
use crate::attack::virtual_user::{Elsewhere, Session, head};
use crate::plan::target::Target;
use crate::sample::{Followed, SampleOf};
use crate::scenario::check::headers;
use crate::units::Micros;

/// Headers that tell of a body, and go with it.
const OF_THE_BODY: [&str; 5] =
    ["content-length", "content-type", "content-encoding", "content-language", "content-location"];

/// What becomes of an answer.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// It is judged as it stands.
    Judge,
    /// This request follows, to the target or to the host of this number.
    Follow(Vec<u8>, Option<usize>),
    /// It leads where no user may go.
    Refuse(String),
}

/// A chain of requests so far.
#[derive(Default)]
struct Chain {
    start: Option<Micros>,
    /// What each new connection took.
    connects: Vec<Micros>,
    bytes_sent: u64,
    bytes_received: u64,
    followed: u32,
}

impl<T: Transport> Session<T> {
    /// Sends a step's request with the user's cookies, follows where its answer leads, and tells the sink of the whole.
    /// Whether it succeeded.
    pub(super) async fn follow(
        &mut self,
        script: &Script,
        (of, step): (SampleOf, &ScriptStep),
        iteration: &mut Iteration,
    ) -> bool {
        let (mut chain, mut host) = (Chain::default(), step.host);
        loop {
            let path = head::line(&self.out).map_or_else(String::new, |(_, path)| path.to_owned());
            let (transport, jar) = match host {
                None => (&mut self.transport, &mut self.jar),
                Some(at) => {
                    let Elsewhere { transport, jar } = &mut self.elsewhere[at];
                    (transport, jar)
                }
            };
            if let Some(jar) = jar {
                jar.put_into(&mut self.out, &path);
            }
            self.shared.request_started(self.seat);
            let outgoing =
                Outgoing { bytes: &self.out, is_head: step.is_head, since: chain.start, timeout: step.timeout };
            let mut exchange = transport.exchange(outgoing).await;
            chain.add(&mut exchange);
            if let Ok(answer) = &exchange.result {
                if let Some(jar) = jar {
                    jar.keep(answer.head, &path);
                }
                match next(answer, (&self.out, &path), (script, host), (chain.followed, step.redirects)) {
                    Next::Judge => {}
                    Next::Refuse(cause) => {
                        exchange.result = Err(TransportError::Redirect { status: answer.status, cause });
                    }
                    Next::Follow(request, to) => {
                        // The jar's cookies are chosen anew for every path; a header of the author's stays.
                        self.out = if self.jar.is_some() { head::without(&request, "cookie") } else { request };
                        host = to;
                        chain.followed += 1;
                        self.shared.request_ended(self.seat);
                        continue;
                    }
                }
            }
            let (start, end, answered) = (exchange.start, exchange.end, exchange.first_byte.is_some());
            let booked_at = iteration.arrival(start).map_or(start, |arrival| arrival.intended);
            let user = (&mut self.state, &mut self.room, &*self.sink);
            let good = settle(&exchange, (of, script, step), iteration, user);
            if chain.followed > 0 {
                let (redirects, connects) = (chain.followed, chain.connects.get(1..).unwrap_or_default());
                self.sink.followed(of, &Followed { redirects, booked_at, connects });
            }
            self.ended((start, end), answered).await;
            return good;
        }
    }
}

impl Chain {
    /// Adds a request, and makes `exchange` tell of the whole chain: what its first new connection took, every byte.
    fn add(&mut self, exchange: &mut Exchange<'_>) {
        self.connects.extend(exchange.connected.map(|connected| connected.saturating_sub(exchange.start)));
        exchange.start = *self.start.get_or_insert(exchange.start);
        exchange.connected = self.connects.first().map(|took| exchange.start + *took);
        self.bytes_sent += exchange.bytes_sent;
        self.bytes_received += exchange.bytes_received;
        (exchange.bytes_sent, exchange.bytes_received) = (self.bytes_sent, self.bytes_received);
    }
}

/// What becomes of `answer` to `request` of `path`, when so many redirects of those allowed have been followed.
fn next(
    answer: &Answer<'_>,
    (request, path): (&[u8], &str),
    (script, host): (&Script, Option<usize>),
    (followed, allowed): (u32, u32),
) -> Next {
    let target = script.target_of(host);
    if allowed == 0 || !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return Next::Judge;
    }
    let Some(location) = headers(answer.head, "location").next() else { return Next::Judge };
    let location = String::from_utf8_lossy(location).into_owned();
    if followed >= allowed {
        return Next::Refuse(format!("more than {allowed} redirects, the last to {location}"));
    }
    let here = Url::parse(&format!("{}://{}{path}", target.scheme(), target.authority()));
    let Ok((here, there)) = here.and_then(|here| here.join(&location).map(|there| (here, there))) else {
        return Next::Refuse(format!("redirected to {location}, which is no URL"));
    };
    let to = if here.origin() == there.origin() { Some(host) } else { script.host_at(|known| is_at(known, &there)) };
    let Some(to) = to else {
        return Next::Refuse(format!("redirected to {location}, which is not the target {target}"));
    };
    let query = there.query().map_or_else(String::new, |query| format!("?{query}"));
    let follows = rewritten(request, answer.status, &format!("{}{query}", there.path()));
    let follows = follows.map(|request| if to == host { request } else { sent_to(&request, script.target_of(to)) });
    follows.map_or(Next::Judge, |request| Next::Follow(request, to))
}

/// Whether `target` is where `url` leads.
fn is_at(target: &Target, url: &Url) -> bool {
    let same_host = url.host_str().is_some_and(|host| host.trim_matches(['[', ']']) == target.host());
    url.scheme() == target.scheme() && same_host && url.port_or_known_default() == Some(target.port())
}

/// `request` for another host: with its name, and without what was meant for the first alone.
fn sent_to(request: &[u8], target: &Target) -> Vec<u8> {
    let kept =
        ["host", "cookie", "authorization"].iter().fold(request.to_vec(), |kept, name| head::without(&kept, name));
    let end = memchr::memmem::find(&kept, b"\r\n").map_or(0, |at| at + 2);
    let host = format!("Host: {}\r\n", target.authority());
    [&kept[..end], host.as_bytes(), &kept[end..]].concat()
}

/// The request that follows `request` to `path`: 301, 302 and 303 turn a POST into a GET, and 303 everything but a HEAD;
/// 307 and 308 keep method and body.
fn rewritten(request: &[u8], status: u16, path: &str) -> Option<Vec<u8>> {
    let (method, _) = head::line(request)?;
    let turned = match status {
        301 | 302 => method == "POST",
        303 => method != "HEAD" && method != "GET",
        _ => false,
    };
    let end = head::end(request)?;
    let mut out = Vec::with_capacity(request.len());
    out.extend_from_slice(format!("{} {path} HTTP/1.1\r\n", if turned { "GET" } else { method }).as_bytes());
    for line in request[..end].split_inclusive(|byte| *byte == b'\n').skip(1) {
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        if !(turned && OF_THE_BODY.iter().any(|field| name.eq_ignore_ascii_case(field.as_bytes()))) {
            out.extend_from_slice(line);
        }
    }
    out.extend_from_slice(if turned { b"\r\n" } else { &request[end..] });
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST: &str = "POST /base/a?x=1 HTTP/1.1\r\nHost: h:1\r\nCookie: old=1\r\nContent-Type: t\r\nX: y\r\nContent-Length: 2\r\n\r\nhi";
    const GET: &str = "GET /base/a HTTP/1.1\r\nHost: h:1\r\n\r\n";

    fn next_of(request: &str, status: u16, location: &str) -> Next {
        let head = format!("HTTP/1.1 {status} Moved\r\nLocation: {location}\r\n\r\n");
        let answer = Answer { status, head: head.as_bytes(), body: b"" };
        let path = head::line(request.as_bytes()).unwrap().1;
        next(&answer, (request.as_bytes(), path), (&script("http://h:1/base"), None), (0, 1))
    }

    /// A plan for `target` with a step that goes to `http://login:2`.
    fn script(target: &str) -> Script {
        let text = "gate = [\"failures<=0\"]\n[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"s\"\n\
                    host = \"http://login:2\"\npath = \"/\"\n";
        let plan = crate::plan::tests::resolve(text, &crate::plan::Overrides::default()).unwrap();
        Script::new(&plan, &Target::parse(target, "test").unwrap())
    }

    fn followed(request: &str, status: u16, location: &str) -> String {
        match next_of(request, status, location) {
            Next::Follow(request, _) => String::from_utf8(request).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_post_is_turned_into_a_get_or_kept_with_its_body() {
        for status in [301, 302, 303] {
            assert_eq!(
                followed(POST, status, "/b?y=2"),
                "GET /b?y=2 HTTP/1.1\r\nHost: h:1\r\nCookie: old=1\r\nX: y\r\n\r\n",
                "{status}"
            );
        }
        let kept =
            "POST /b HTTP/1.1\r\nHost: h:1\r\nCookie: old=1\r\nContent-Type: t\r\nX: y\r\nContent-Length: 2\r\n\r\nhi";
        for status in [307, 308] {
            assert_eq!(followed(POST, status, "/b"), kept, "{status}");
        }
        assert!(followed(&POST.replace("POST", "PUT"), 302, "/b").starts_with("PUT /b "));
        assert!(followed(&POST.replace("POST", "PUT"), 303, "/b").starts_with("GET /b "));
        assert!(followed(&GET.replace("GET", "HEAD"), 303, "/b").starts_with("HEAD /b "));
    }

    #[test]
    fn a_location_may_be_relative_and_is_resolved_as_a_url() {
        for (location, path) in [
            ("b", "/base/b"),
            ("../b#part", "/b"),
            ("?q=1", "/base/a?q=1"),
            ("http://h:1/b", "/b"),
            ("//h:1/b", "/b"),
            ("HTTP://H:1", "/"),
            ("/a b", "/a%20b"),
        ] {
            assert_eq!(followed(GET, 302, location), format!("GET {path} HTTP/1.1\r\nHost: h:1\r\n\r\n"), "{location}");
        }
    }

    #[test]
    fn another_host_port_or_scheme_is_refused_and_said() {
        for location in ["http://other/", "https://h:1/", "http://h:2/", "//other:1/", "http://[", "mailto:a@b"] {
            let Next::Refuse(cause) = next_of(GET, 302, location) else { panic!("{location} was followed") };
            assert!(cause.contains(location), "{cause}");
        }
    }

    #[test]
    fn a_host_that_a_step_names_is_followed_to_without_what_was_meant_for_the_target() {
        let request = GET.replace("\r\n\r\n", "\r\nAuthorization: Bearer t\r\nX: y\r\n\r\n");
        let Next::Follow(request, host) = next_of(&request, 302, "http://login:2/in?a=1") else { panic!("refused") };
        assert_eq!(host, Some(0));
        assert_eq!(String::from_utf8(request).unwrap(), "GET /in?a=1 HTTP/1.1\r\nHost: login:2\r\nX: y\r\n\r\n");
    }

    #[test]
    fn what_is_no_redirect_is_judged_as_it_stands() {
        for status in [200, 300, 304, 404] {
            assert_eq!(next_of(GET, status, "/b"), Next::Judge, "{status}");
        }
        let answer = Answer { status: 302, head: b"HTTP/1.1 302 Found\r\n\r\n", body: b"" };
        let script = script("http://h:1");
        let target = (&script, None);
        assert_eq!(next(&answer, (GET.as_bytes(), "/"), target, (0, 1)), Next::Judge, "without a location");
        let answer = Answer { head: b"HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n", ..answer };
        assert_eq!(next(&answer, (GET.as_bytes(), "/"), target, (0, 0)), Next::Judge, "none is allowed");
        let Next::Refuse(cause) = next(&answer, (GET.as_bytes(), "/"), target, (2, 2)) else { panic!("followed") };
        assert!(cause.contains("more than 2 redirects"), "{cause}");
    }
}
