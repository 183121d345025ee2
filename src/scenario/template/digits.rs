//! Digits and letters of values, written in place.
//!
//! In: bytes, numbers and what is drawn. Out: their text behind a buffer's end. Always holds: nothing is allocated once the
//! buffer has grown.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::bound::{Draw, write_number};

pub(super) fn replace_with_hex(out: &mut Vec<u8>, from: usize, digest: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.truncate(from);
    out.extend(digest.iter().flat_map(|byte| [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]));
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
    let digits = (u128::from(high) << 64) | u128::from(low);
    for place in 0..32 {
        if matches!(place, 8 | 12 | 16 | 20) {
            out.push(b'-');
        }
        out.push(b"0123456789abcdef"[(digits >> (124 - 4 * place)) as usize & 15]);
    }
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
