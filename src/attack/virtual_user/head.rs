//! Heads of requests as bytes.
//!
//! In: a head as it is sent. Out: its parts. Always holds: nothing here is asked for by a scenario without cookies and
//! redirects.

/// Where the empty line behind a request's headers begins.
pub(super) fn end(request: &[u8]) -> Option<usize> {
    memchr::memmem::find(request, b"\r\n\r\n").map(|at| at + 2)
}

/// A request without a header.
pub(super) fn without(request: &[u8], header: &str) -> Vec<u8> {
    let head = end(request).unwrap_or(request.len());
    let lines = request[..head].split_inclusive(|byte| *byte == b'\n');
    let name = |line: &[u8]| {
        line.split(|byte| *byte == b':').next().unwrap_or_default().eq_ignore_ascii_case(header.as_bytes())
    };
    let mut kept: Vec<u8> = lines.filter(|line| !name(line)).flatten().copied().collect();
    kept.extend_from_slice(&request[head..]);
    kept
}

/// Method and request target of a request.
pub(super) fn line(request: &[u8]) -> Option<(&str, &str)> {
    let line = request.split(|byte| *byte == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    Some((words.next()?, words.next()?))
}
