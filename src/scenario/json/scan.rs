//! Going through JSON text to one value, without a tree.
//!
//! In: a body and the segments of a plain path. Out: the value as it stands. Always holds: nothing is allocated, unless
//! a member's name is written with escapes; what lies behind the value is not looked at.

use super::Segment;

/// Finds the value.
pub(super) fn find<'a>(body: &'a [u8], segments: &[Segment]) -> Option<&'a [u8]> {
    let mut at = skip_space(body, 0);
    for segment in segments {
        at = match segment {
            Segment::Member(name) => member(body, at, name)?,
            Segment::Index(index) => element(body, at, *index)?,
        };
    }
    skip_value(body, at).map(|end| &body[at..end])
}

/// Where the member called `name` of the object at `at` begins.
fn member(body: &[u8], at: usize, name: &str) -> Option<usize> {
    let mut at = open(body, at, b'{')?;
    loop {
        let key_end = skip_string(body, at)?;
        let key = &body[at..key_end];
        at = skip_space(body, key_end);
        at = skip_space(body, expect(body, at, b':')?);
        if is_named(key, name) {
            return Some(at);
        }
        at = next(body, skip_value(body, at)?)?;
    }
}

/// Where element `index` of the array at `at` begins.
fn element(body: &[u8], at: usize, index: usize) -> Option<usize> {
    let mut at = open(body, at, b'[')?;
    if body.get(at) == Some(&b']') {
        return None;
    }
    for _ in 0..index {
        at = next(body, skip_value(body, at)?)?;
    }
    Some(at)
}

/// Whether a key, in its quotes, is `name`.
fn is_named(key: &[u8], name: &str) -> bool {
    let inner = &key[1..key.len() - 1];
    inner == name.as_bytes()
        || (memchr::memchr(b'\\', inner).is_some()
            && serde_json::from_slice::<String>(key).is_ok_and(|key| key == name))
}

fn open(body: &[u8], at: usize, bracket: u8) -> Option<usize> {
    expect(body, at, bracket).map(|at| skip_space(body, at))
}

/// Past the comma that follows a value.
fn next(body: &[u8], at: usize) -> Option<usize> {
    expect(body, skip_space(body, at), b',').map(|at| skip_space(body, at))
}

fn expect(body: &[u8], at: usize, byte: u8) -> Option<usize> {
    (body.get(at) == Some(&byte)).then_some(at + 1)
}

fn skip_space(body: &[u8], mut at: usize) -> usize {
    while matches!(body.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// Past the string that begins at `at`.
fn skip_string(body: &[u8], at: usize) -> Option<usize> {
    let mut at = expect(body, at, b'"')?;
    loop {
        at += memchr::memchr2(b'"', b'\\', body.get(at..)?)?;
        match body[at] {
            b'"' => return Some(at + 1),
            _ => at += 2,
        }
    }
}

/// Past the value that begins at `at`.
fn skip_value(body: &[u8], at: usize) -> Option<usize> {
    match body.get(at)? {
        b'"' => skip_string(body, at),
        b'{' | b'[' => skip_nested(body, at),
        _ => {
            let length =
                body[at..].iter().position(|byte| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r'));
            let end = length.map_or(body.len(), |length| at + length);
            let scalar = serde_json::from_slice::<serde::de::IgnoredAny>(&body[at..end]).is_ok();
            scalar.then_some(end)
        }
    }
}

/// Past the object or array that begins at `at`.
fn skip_nested(body: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match body.get(at)? {
            b'"' => {
                at = skip_string(body, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}
