//! Records: their length, their checksum, and what they hold.
//!
//! In: the kind and the bytes of a record. Out: a frame behind the others. Always holds: a frame that is cut short or has
//! one changed bit is not read as a record.
//!
//! A journal begins with [`MAGIC`]. A frame is the length of what follows the checksum (4 bytes, low first), the CRC-32
//! of that (4 bytes, low first), the kind (1 byte), and the deflated record.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::Kind;

/// What a journal begins with: its name and the version of its records.
pub const MAGIC: &[u8; 8] = b"tollj\x00\x00\x01";
/// Bytes before the kind.
pub const HEAD: usize = 8;
/// The longest a frame can be; a longer one is no frame but damage.
const LONGEST: usize = 1 << 28;
/// The longest a record can be when it is inflated.
const LONGEST_RECORD: u64 = 1 << 30;

impl Kind {
    const fn code(self) -> u8 {
        match self {
            Self::Opening => 1,
            Self::Second => 2,
            Self::Closing => 3,
            Self::Evidence => 4,
        }
    }

    const fn of(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Opening),
            2 => Some(Self::Second),
            3 => Some(Self::Closing),
            4 => Some(Self::Evidence),
            _ => None,
        }
    }
}

/// The frame of a record.
#[must_use]
pub fn framed(kind: Kind, record: &[u8]) -> Vec<u8> {
    let mut frame = vec![0; HEAD];
    frame.push(kind.code());
    let mut deflated = DeflateEncoder::new(frame, Compression::fast());
    // Writing to memory cannot fail; were it to, the checksum would hold what is there, and the record not be read.
    let _in_memory = deflated.write_all(record);
    let mut frame = deflated.finish().unwrap_or_default();
    let length = u32::try_from(frame.len().saturating_sub(HEAD)).unwrap_or(u32::MAX);
    let sum = crc32fast::hash(frame.get(HEAD..).unwrap_or_default());
    if let Some(head) = frame.first_chunk_mut::<HEAD>() {
        let (first, second) = head.split_at_mut(4);
        first.copy_from_slice(&length.to_le_bytes());
        second.copy_from_slice(&sum.to_le_bytes());
    }
    frame
}

/// How long the part behind the checksum is, and the checksum, by a frame's head; `None` where it is no head.
#[must_use]
pub fn head(bytes: [u8; HEAD]) -> Option<(usize, u32)> {
    let [a, b, c, d, e, f, g, h] = bytes;
    let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).ok()?;
    (length > 0 && length <= LONGEST).then_some((length, u32::from_le_bytes([e, f, g, h])))
}

/// Inflates the part of a frame behind its head into `record`; `None` where it is not what its checksum says.
pub fn unframed(part: &[u8], sum: u32, record: &mut Vec<u8>) -> Option<Kind> {
    if crc32fast::hash(part) != sum {
        return None;
    }
    let (code, deflated) = part.split_first()?;
    record.clear();
    DeflateDecoder::new(deflated).take(LONGEST_RECORD).read_to_end(record).ok()?;
    Kind::of(*code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_and_one_changed_bit_betrays_it() {
        let record = b"counts counts counts counts counts".repeat(9);
        let frame = framed(Kind::Second, &record);
        assert!(frame.len() < record.len() / 2);
        let mut read = Vec::new();
        let parse = |frame: &[u8], read: &mut Vec<u8>| {
            let (length, sum) = head(*frame.first_chunk()?)?;
            unframed(frame.get(HEAD..HEAD + length)?, sum, read)
        };
        assert_eq!(parse(&frame, &mut read), Some(Kind::Second));
        assert_eq!(read, record);
        for bit in 0..frame.len() * 8 {
            let mut changed = frame.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(parse(&changed, &mut read), None, "bit {bit}");
        }
    }
}
