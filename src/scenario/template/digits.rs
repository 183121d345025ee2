//! Digits and letters of values, written in place.
//!
//! In: bytes, numbers and what is drawn. Out: their text behind a buffer's end. Always holds: nothing is allocated once the
//! buffer has grown.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::bound::{Draw, write_number};

/// The eight hexadecimal digits of a number, all at once.
const fn hex(number: u32) -> [u8; 8] {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // Four bits to a byte.
    let mut bits = number as u64;
    bits = (bits | bits << 16) & 0x0000_ffff_0000_ffff;
    bits = (bits | bits << 8) & 0x00ff_00ff_00ff_00ff;
    bits = (bits | bits << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    let letters = (bits + ONES * 6) >> 4 & ONES;
    (bits + ONES * b'0' as u64 + letters * (b'a' - b'0' - 10) as u64).to_be_bytes()
}

/// Puts the digits of a digest, which has whole words, in the place of what stands from `from` on.
pub(super) fn replace_with_hex(out: &mut Vec<u8>, from: usize, digest: &[u8]) {
    out.truncate(from);
    let (words, _) = digest.as_chunks();
    words.iter().for_each(|word| out.extend_from_slice(&hex(u32::from_be_bytes(*word))));
}

/// Encodes what stands from `from` on: it is written behind itself and moved down.
pub(super) fn encode_in_place(out: &mut Vec<u8>, from: usize) {
    let plain = out.len();
    let length = (plain - from).div_ceil(3) * 4;
    out.resize(plain + length, 0);
    let (source, target) = out.split_at_mut(plain);
    // The room is exactly what the encoding needs.
    let written = STANDARD.encode_slice(&source[from..], target).unwrap_or(0);
    out.copy_within(plain..plain + written, from);
    out.truncate(from + written);
}

/// A random UUID (RFC 9562, version 4) from the run's seed.
pub(super) fn write_uuid(draw: &Draw<'_>, out: &mut Vec<u8>) {
    let high = draw.random.next() & !0xf000 | 0x4000;
    let low = draw.random.next() >> 2 | 1 << 63;
    let [a, b, c, d] = [high >> 32, high, low >> 32, low].map(|word| hex(word as u32));
    let mut text = *b"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    text[..8].copy_from_slice(&a);
    text[9..13].copy_from_slice(&b[..4]);
    text[14..18].copy_from_slice(&b[4..]);
    text[19..23].copy_from_slice(&c[..4]);
    text[24..28].copy_from_slice(&c[4..]);
    text[28..].copy_from_slice(&d);
    out.extend_from_slice(&text);
}

pub(super) fn write_decimal(value: i64, decimals: usize, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    let scale = 10_u64.pow(decimals as u32);
    write_number(value.unsigned_abs() / scale, out);
    if decimals > 0 {
        out.push(b'.');
        let mut buffer = itoa::Buffer::new();
        let behind = buffer.format(value.unsigned_abs() % scale).as_bytes();
        out.extend(std::iter::repeat_n(b'0', decimals - behind.len()));
        out.extend_from_slice(behind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_that_formatting_gives() {
        let numbers = [0, 9, 10, 15, 16, 0x9abc_def0, 0x0f0f_0f0f, u32::MAX];
        for number in numbers.into_iter().chain((0..100_000).map(|n: u32| n.wrapping_mul(0x9e37_79b9))) {
            assert_eq!(std::str::from_utf8(&hex(number)).unwrap(), format!("{number:08x}"));
        }
        let mut out = b"a digest".to_vec();
        replace_with_hex(&mut out, 2, &[0x00, 0xff, 0x10, 0xa0]);
        assert_eq!(out, b"a 00ff10a0");
    }
}
