//! How far a text goes on as plain text, or as digits.
//!
//! In: bytes. Out: how many of them come before the first quote, backslash or control character, or before the first
//! that is no digit. Always holds: bytes that are no ASCII are none of these.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = ONES << 7;

/// The number of bytes before the first that a JSON string escapes; the length of `text` where there is none.
pub(in crate::scenario) fn plain_length(text: &[u8]) -> usize {
    let mut at = 0;
    // Eight bytes at once: most names and values are a word or two.
    while let Some(word) = text[at..].first_chunk() {
        let found = escaped(u64::from_le_bytes(*word));
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + plain_rest(text, at)
}

/// How many of the last bytes of `text`, fewer than eight from `at` on, come before the first that is escaped.
#[inline(never)]
fn plain_rest(text: &[u8], at: usize) -> usize {
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    text[at..].iter().position(special).unwrap_or(text.len() - at)
}

/// The number of digits that `text` begins with.
pub(super) fn digits_length(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(word) = text[at..].first_chunk() {
        // A digit is at most 9 above '0': 118 more do not reach the high bit, and bytes do not carry into each other.
        let above = u64::from_le_bytes(*word) ^ (ONES * b'0' as u64);
        let others = (((above & !HIGH) + ONES * (0x80 - 10)) | above) & HIGH;
        if others != 0 {
            return at + others.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// The high bit of the first byte that is escaped, and perhaps of some behind it; 0 where there is none.
const fn escaped(word: u64) -> u64 {
    below(word ^ (ONES * b'"' as u64), 1) | below(word ^ (ONES * b'\\' as u64), 1) | below(word, 0x20)
}

/// The high bit of the first byte below `limit`, and perhaps of some behind it: a subtraction borrows from the bytes
/// behind the first that it borrows for.
const fn below(word: u64, limit: u64) -> u64 {
    word.wrapping_sub(ONES * limit) & !word & HIGH
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_byte_is_found_at_every_place_or_is_plain() {
        for byte in 0..=u8::MAX {
            for at in 0..20 {
                let mut text = [b'a'; 20];
                text[at] = byte;
                let escaped = byte < 0x20 || byte == b'"' || byte == b'\\';
                assert_eq!(plain_length(&text), if escaped { at } else { 20 }, "{byte} at {at}");
                let mut digits = [b'0' + at as u8 % 10; 20];
                digits[at] = byte;
                assert_eq!(digits_length(&digits), if byte.is_ascii_digit() { 20 } else { at }, "{byte} at {at}");
            }
        }
    }

    proptest! {
        #[test]
        fn words_find_what_bytes_find(text in proptest::collection::vec(prop_oneof![any::<u8>(), 0x1e_u8..0x24, 0x5a_u8..0x5e], 0..40)) {
            let first = text.iter().position(|byte| *byte < 0x20 || *byte == b'"' || *byte == b'\\');
            prop_assert_eq!(plain_length(&text), first.unwrap_or(text.len()));
        }
    }
}
