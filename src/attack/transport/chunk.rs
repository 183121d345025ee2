//! The line of a chunk's size.
//!
//! In: bytes that begin with it. Out: its length, and the size. Always holds: it is read as hyper reads it, and the same
//! way however its bytes were split.

use crate::attack::transport::answer::{AnswerError, MOST_CHUNK_LINE};

/// Reads the line of a chunk's size at the beginning of `bytes`: the line's length, and the size. `None` while it has
/// not arrived.
pub(super) fn size_line(bytes: &[u8]) -> Result<Option<(usize, u64)>, AnswerError> {
    let mut size = 0u64;
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    for byte in &bytes[..digits.min(MOST_CHUNK_LINE)] {
        let digit = u64::from(char::from(*byte).to_digit(16).unwrap_or_default());
        size = size.checked_mul(16).ok_or(AnswerError::Chunk)? + digit;
    }
    let blank = bytes[digits..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let mut at = digits + blank;
    if bytes.get(at) == Some(&b';') {
        // What an extension says is of no interest, but it ends with its line.
        at = memchr::memchr2(b'\r', b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end);
    }
    if at > MOST_CHUNK_LINE || (digits == 0 && !bytes.is_empty()) {
        return Err(AnswerError::Chunk);
    }
    match (bytes.get(at), bytes.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => Ok(Some((at + 2, size))),
        (None, _) | (Some(b'\r'), None) => Ok(None),
        _ => Err(AnswerError::Chunk),
    }
}
