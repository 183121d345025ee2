//! Records: their length, their checksum, and what they hold.
//!
//! In: the kind and the bytes of a record. Out: a frame behind the others. Always holds: a frame that is cut short or has
//! one changed bit is not read as a record.
//!
//! A journal begins with [`MAGIC`]. A frame is the length of what follows the checksum (4 bytes, low first), the CRC-32
//! of that (4 bytes, low first), the kind (1 byte), and the deflated record.

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Decompress, FlushDecompress, Status};

use super::Kind;

/// What a journal begins with: its name and the version of its records.
pub const MAGIC: &[u8; 8] = b"tollj\x00\x00\x03";
/// Bytes before the kind.
pub const HEAD: usize = 8;
/// The longest a frame can be; a longer one is no frame but damage.
const LONGEST: usize = 1 << 28;
/// The longest a record can be when it is inflated.
const LONGEST_RECORD: usize = 1 << 30;

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

/// Opens frames, one after the other in the same memory.
#[derive(Debug)]
pub struct Opener(Decompress);

impl Default for Opener {
    fn default() -> Self {
        Self(Decompress::new(false))
    }
}

impl Opener {
    /// Inflates the part of a frame behind its head into `record`; `None` where it is not what its checksum says.
    pub fn open(&mut self, part: &[u8], sum: u32, record: &mut Vec<u8>) -> Option<Kind> {
        if crc32fast::hash(part) != sum {
            return None;
        }
        let (code, deflated) = part.split_first()?;
        self.inflate(deflated, record)?;
        Kind::of(*code)
    }

    fn inflate(&mut self, deflated: &[u8], record: &mut Vec<u8>) -> Option<()> {
        self.0.reset(false);
        record.clear();
        loop {
            // Grows with what comes out: a record asks for no more memory than it is long.
            record.reserve(record.len().max(4_096));
            let rest = deflated.get(usize::try_from(self.0.total_in()).ok()?..)?;
            let full = record.capacity();
            match self.0.decompress_vec(rest, record, FlushDecompress::Finish).ok()? {
                Status::StreamEnd => return Some(()),
                Status::Ok | Status::BufError if record.len() == full && full < LONGEST_RECORD => {}
                Status::Ok | Status::BufError => return None,
            }
        }
    }
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
            Opener::default().open(frame.get(HEAD..HEAD + length)?, sum, read)
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
