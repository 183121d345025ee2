//! The framing of answers under arbitrary bytes.
//!
//! In: where to split, whether a HEAD is answered, and the answer's bytes. Always holds: no panic, the same answer
//! however the bytes are split, and a body no longer than what was read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate::attack::transport::answer::{Framing, Progress};

fn read(bytes: &[u8], is_head: bool, cut: usize) -> Option<(u16, Vec<u8>)> {
    let mut framing = Framing::default();
    framing.restart(is_head);
    for end in [cut.min(bytes.len()), bytes.len()] {
        if framing.advance(&bytes[..end]).ok()? == Progress::Whole {
            let body = framing.body(&bytes[..end]).to_vec();
            assert!(body.len() <= end);
            return Some((framing.status(), body));
        }
    }
    framing.closed(bytes).then(|| (framing.status(), framing.body(bytes).to_vec()))
}

fuzz_target!(|input: (u16, bool, &[u8])| {
    let (cut, is_head, bytes) = input;
    assert_eq!(read(bytes, is_head, bytes.len()), read(bytes, is_head, usize::from(cut)));
});
