//! The framing of answers, held against hyper's: answer for answer, however the bytes are split.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tollgate::attack::transport::answer::{AnswerError, Framing, MOST_BODY, MOST_HEAD, Progress};

/// Status and body; `None` where no whole answer came of the bytes.
type Read = Option<(u16, Vec<u8>)>;

/// What the framing makes of `bytes` that arrive in pieces ending at `cuts`, the connection closing behind them.
fn ours(bytes: &[u8], is_head: bool, cuts: impl IntoIterator<Item = usize>) -> Read {
    let mut framing = Framing::default();
    framing.restart(is_head);
    for end in
        cuts.into_iter().filter(|end| *end > 0 && *end < bytes.len()).chain((!bytes.is_empty()).then_some(bytes.len()))
    {
        match framing.advance(&bytes[..end]) {
            Err(_) => return None,
            Ok(Progress::Whole) => return Some((framing.status(), framing.body(&bytes[..end]).to_vec())),
            Ok(Progress::Partial) => {}
        }
    }
    framing.closed(bytes).then(|| (framing.status(), framing.body(bytes).to_vec()))
}

/// What hyper makes of the same bytes.
async fn hypers(bytes: &[u8], is_head: bool) -> Read {
    let (client, mut server) = tokio::io::duplex(bytes.len() + 1024);
    let (mut sender, connection) = http1::handshake(TokioIo::new(client)).await.unwrap();
    let connection = tokio::spawn(connection);
    let method = if is_head { "HEAD" } else { "GET" };
    let request = hyper::Request::builder().method(method).uri("/").header("host", "h").body(Empty::<Bytes>::new());
    let serve = async {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            assert!(server.read_buf(&mut request).await.unwrap() > 0);
        }
        // hyper may have hung up by now, over what it has read.
        let _ = server.write_all(bytes).await;
        let _ = server.shutdown().await;
    };
    let read = async {
        let response = sender.send_request(request.unwrap()).await.ok()?;
        let status = response.status().as_u16();
        Some((status, response.into_body().collect().await.ok()?.to_bytes().to_vec()))
    };
    let ((), read) = tokio::join!(serve, read);
    drop(sender);
    connection.abort();
    read
}

/// An answer, and what is to come of it.
struct Case {
    raw: String,
    is_head: bool,
    /// Status and body, or `None`.
    expected: Option<(u16, &'static str)>,
    /// Why we read it otherwise than hyper does; `None` where we agree.
    unlike_hyper: Option<&'static str>,
}

fn case(raw: impl Into<String>, expected: Option<(u16, &'static str)>) -> Case {
    Case { raw: raw.into(), is_head: false, expected, unlike_hyper: None }
}

/// A chunked answer with `body` behind its head.
fn chunked(body: &str, expected: Option<(u16, &'static str)>) -> Case {
    case(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}"), expected)
}

impl Case {
    fn answers_head(self) -> Self {
        Self { is_head: true, ..self }
    }

    fn unlike_hyper(self, why: &'static str) -> Self {
        Self { unlike_hyper: Some(why), ..self }
    }
}

#[allow(clippy::too_many_lines, reason = "a table of answers")]
fn corpus() -> Vec<Case> {
    let ok = |body| Some((200, body));
    let long_head = format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 2\r\n\r\nok", "x".repeat(MOST_HEAD / 16));
    let too_long_head = long_head.replace("X: ", &format!("X: {}", "x".repeat(MOST_HEAD)));
    let headers = |count: usize| format!("HTTP/1.1 200 OK\r\n{}Content-Length: 2\r\n\r\nok", "A: b\r\n".repeat(count));
    let trailer = |length: usize| format!("2\r\nok\r\n0\r\nA: {}\r\n\r\n", "b".repeat(length));
    vec![
        case("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", ok("hello")),
        case("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ok("")),
        case("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", ok("ok")),
        case("HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", ok("ok")),
        case("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", Some((404, "no"))),
        case("HTTP/1.1 200 OK\nContent-Length: 2\n\nok", ok("ok")),
        case("\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", ok("ok")),
        case("HTTP/1.1 200 OK\r\nContent-Length:   2  \r\n\r\nok", ok("ok")),
        case("HTTP/1.1 200 OK\r\nX:\r\nContent-Length: 2\r\n\r\nok", ok("ok")),
        case("HTTP/1.1 200 Grüß Gott\r\nContent-Length: 2\r\n\r\nok", ok("ok")),
        // Close-delimited.
        case("HTTP/1.1 200 OK\r\n\r\nuntil the end", ok("until the end")),
        case("HTTP/1.1 200 OK\r\n\r\n", ok("")),
        case("HTTP/1.0 200 OK\r\n\r\nuntil the end", ok("until the end")),
        case("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", ok("ok")),
        case("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", ok("ok")),
        case("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", ok("ok")),
        // No body, whatever the head says.
        case("HTTP/1.1 204 No Content\r\n\r\n", Some((204, ""))),
        case("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", Some((204, ""))),
        case("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", Some((304, ""))),
        case("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", ok("")).answers_head(),
        case("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", ok("")).answers_head(),
        // Interim answers.
        case("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", ok("ok")),
        case("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", ok("ok")),
        case("HTTP/1.1 100 Continue\r\n\r\n", None),
        // Chunks.
        chunked("3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", ok("hello")),
        chunked("0\r\n\r\n", ok("")),
        chunked("A\r\n0123456789\r\n0\r\n\r\n", ok("0123456789")),
        chunked("0005\r\nhello\r\n0\r\n\r\n", ok("hello")),
        chunked("5;name=value\r\nhello\r\n0;last\r\n\r\n", ok("hello")),
        chunked("5;q=\"a;b\"\r\nhello\r\n0\r\n\r\n", ok("hello")),
        chunked("5 \r\nhello\r\n0\r\n\r\n", ok("hello")),
        chunked("2\r\nok\r\n0\r\nA: b\r\nC: d\r\n\r\n", ok("ok")),
        chunked("2\r\nok\r\n0\r\n\r\nHTTP/1.1 500 leftover\r\n\r\n", ok("ok")),
        chunked("\r\nok\r\n0\r\n\r\n", None),
        chunked("xyz\r\n", None),
        chunked("-2\r\nok\r\n0\r\n\r\n", None),
        chunked("2\r\nokay\r\n0\r\n\r\n", None),
        chunked("2\r\nok", None),
        chunked("2\r\nok\r\n0\r\n", None),
        chunked("fffffffffffffffff\r\nok", None),
        chunked(&trailer(4096), ok("ok")),
        case("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", ok("ok")),
        case("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nzipped", None)
            .unlike_hyper("hyper hands on what it cannot read; we could not check it"),
        case("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", None),
        case("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", ok("ok")),
        case(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            ok("ok"),
        ),
        case(
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            ok("ok"),
        ),
        // Lengths.
        case("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", ok("ok")),
        case("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!", None),
        case("HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok", ok("ok")),
        case("HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok", None),
        case("HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok", None),
        case("HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok", None),
        case("HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nok", None),
        case("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nok", None),
        case("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", None),
        case("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 leftover\r\n\r\n", ok("ok")),
        // Heads.
        case("", None),
        case("HTTP/1.1 200 OK", None),
        case("HTTP/1.1 200 OK\r\nContent-Len", None),
        case("SSH-2.0-OpenSSH\r\n\r\n", None),
        case("HTTP/2 200 OK\r\n\r\n", None),
        case("HTTP/1.1 20 OK\r\n\r\n", None),
        case("HTTP/1.1 2000 OK\r\n\r\n", None),
        case("HTTP/1.1 200 OK\r\nNo colon\r\n\r\n", None),
        case("HTTP/1.1 200 OK\r\n: no name\r\n\r\n", None),
        case("HTTP/1.1 200 OK\r\nX: a\r\n folded\r\nContent-Length: 2\r\n\r\nok", None),
        case("HTTP/1.1 200 OK\r\nSpaced : x\r\nContent-Length: 2\r\n\r\nok", None),
        case("HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nok", None),
        case(long_head, ok("ok")),
        case(headers(99), ok("ok")),
        case(headers(100), None),
        case(too_long_head, None)
            .unlike_hyper("hyper takes a head of 400 kB; ours is bounded at 64 KiB, as servers' are"),
    ]
}

#[tokio::test]
async fn every_answer_of_the_corpus_reads_as_hyper_reads_it_however_it_is_split() {
    let mut unlike = Vec::new();
    for case in corpus() {
        let (bytes, expected) = (case.raw.as_bytes(), case.expected.map(|(status, body)| (status, body.into())));
        let shown = &case.raw[..case.raw.floor_char_boundary(200)];
        let theirs = hypers(bytes, case.is_head).await;
        let whole = ours(bytes, case.is_head, []);
        if whole != expected {
            unlike.push(format!("{shown:?}: we read {whole:?}"));
        }
        match case.unlike_hyper {
            None if theirs != expected => unlike.push(format!("{shown:?}: hyper reads {theirs:?}")),
            Some(why) if theirs == expected => unlike.push(format!("{shown:?}: hyper reads it alike, although {why}")),
            _ => {}
        }
        // Long heads are split more coarsely: what is read twice is parsed twice.
        let step = bytes.len() / 1_000 + 1;
        for cut in (1..bytes.len()).step_by(step) {
            assert_eq!(ours(bytes, case.is_head, [cut]), whole, "{shown:?} split at {cut}");
        }
        assert_eq!(ours(bytes, case.is_head, (1..bytes.len()).step_by(step)), whole, "{shown:?} in single bytes");
    }
    assert!(unlike.is_empty(), "{}", unlike.join("\n"));
}

/// Memory that bytes may cost at most: an answer that never ends is refused, in whatever manner it is endless.
#[test]
fn an_endless_answer_is_refused() {
    let endless = |head: &str, more: &str| {
        let mut framing = Framing::default();
        framing.restart(false);
        let mut read = head.as_bytes().to_vec();
        while read.len() < 8 * MOST_BODY {
            if framing.advance(&read).is_err() {
                return read.len();
            }
            while read.len() % (1 << 20) < (1 << 20) - more.len() {
                read.extend_from_slice(more.as_bytes());
            }
            read.extend_from_slice(more.as_bytes());
        }
        panic!("{head:?} and {more:?} without end are read without end");
    };
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (head, more) in [
        ("", "HTTP/1.1 100 Continue\r\n\r\n"),
        ("HTTP/1.1 200 OK\r\nX: ", "xxxxxxxxxxxxxxxx"),
        ("HTTP/1.1 200 OK\r\n\r\n", "xxxxxxxxxxxxxxxx"),
        (chunks, "1\r\nx\r\n"),
        (&format!("{chunks}1;"), "extension"),
        (&format!("{chunks}0\r\n"), "A: b\r\n"),
    ] {
        assert!(endless(head, more) <= 3 * MOST_BODY, "{head:?}");
    }
    let wordy = format!("1;{}\r\nx\r\n", "e".repeat(8_000));
    assert!(endless(chunks, &wordy) <= 3 * MOST_BODY);
}

/// A change to an answer of the corpus.
#[derive(Clone, Debug)]
enum Change {
    Set(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index),
    Truncate(prop::sample::Index),
    Repeat(prop::sample::Index, prop::sample::Index),
}

fn change() -> impl Strategy<Value = Change> {
    let telling = prop::sample::select(b"\r\n \t0129afF:;,\"-+x\0\x80\xff".to_vec());
    let byte = prop_oneof![4 => telling, 1 => any::<u8>()];
    prop_oneof![
        (any::<prop::sample::Index>(), byte.clone()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (any::<prop::sample::Index>(), byte).prop_map(|(at, byte)| Change::Insert(at, byte)),
        any::<prop::sample::Index>().prop_map(Change::Remove),
        any::<prop::sample::Index>().prop_map(Change::Truncate),
        any::<(prop::sample::Index, prop::sample::Index)>().prop_map(|(from, to)| Change::Repeat(from, to)),
    ]
}

fn changed(raw: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = raw.to_vec();
    for change in changes.iter().filter(|_| !raw.is_empty()) {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match change {
            Change::Set(at, byte) => bytes[at.index(length)] = *byte,
            Change::Insert(at, byte) => bytes.insert(at.index(length), *byte),
            Change::Remove(at) => drop(bytes.remove(at.index(length))),
            Change::Truncate(at) => bytes.truncate(at.index(length)),
            Change::Repeat(from, to) => {
                let (from, to) = (from.index(length), to.index(length));
                let part = bytes[from.min(to)..from.max(to)].to_vec();
                let at = from.max(to);
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
}

/// Whether we refuse what hyper takes, for a reason: a body in an encoding that neither of us can read is no answer that
/// could be checked, and hyper hands it on as it stands.
fn stricter(bytes: &[u8], is_head: bool) -> bool {
    let mut framing = Framing::default();
    framing.restart(is_head);
    matches!(framing.advance(bytes), Err(AnswerError::Encoding(_)))
}

#[test]
fn a_damaged_answer_reads_the_same_however_it_is_split_and_as_hyper_reads_it() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let seeds: Vec<(Vec<u8>, bool)> = corpus()
        .into_iter()
        .map(|case| (case.raw.into_bytes(), case.is_head))
        .filter(|(raw, _)| raw.len() < 500)
        .collect();
    let config = Config { cases: 6_000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let inputs = (
        prop::sample::select(seeds),
        prop::collection::vec(change(), 1..4),
        prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    );
    let outcome = runner.run(&inputs, |((raw, is_head), changes, cuts)| {
        let bytes = changed(&raw, &changes);
        let whole = ours(&bytes, is_head, []);
        prop_assert_eq!(&whole, &ours(&bytes, is_head, 1..bytes.len()), "in single bytes");
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.sort_unstable();
        prop_assert_eq!(&whole, &ours(&bytes, is_head, cuts));
        if stricter(&bytes, is_head) {
            return Ok(());
        }
        let theirs = runtime.block_on(hypers(&bytes, is_head));
        prop_assert_eq!(whole, theirs, "hyper: {:?}", String::from_utf8_lossy(&bytes));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
