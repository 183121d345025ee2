//! The colours of good and bad news on paper.
//!
//! In: a [`Tone`]. Out: what Word calls a colour. Always holds: text in its colour can be read on its ground.

use crate::report::view::Tone;

/// Of text.
pub(super) const fn ink(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "1B6E3C",
        Tone::Close => "8A5A00",
        Tone::Bad => "A8201A",
        Tone::Unsure => "4A5568",
    }
}

/// Behind text.
pub(super) const fn ground(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "E8F4EC",
        Tone::Close => "FBF1DC",
        Tone::Bad => "FBE9E7",
        Tone::Unsure => "EDF0F4",
    }
}
