//! Text that others wrote, made harmless to read.
//!
//! In: what a server answered, what an author named a step. Out: one line in which nothing invisible is left: control
//! characters, line breaks, direction overrides and zero-width marks are shown as signs. Always holds: the text around
//! it keeps its order on the screen; every character may stand in XML; what markup it holds is the renderer's to escape.

use std::fmt::Write as _;

/// Longest text that is shown, in characters.
const LONGEST: usize = 400;

/// `text` on one line with everything invisible made visible.
pub(crate) fn neutral(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().take(LONGEST) {
        match c {
            '\u{0}'..='\u{1f}' => out.extend(char::from_u32(0x2400 + u32::from(c))),
            '\u{7f}' => out.push('\u{2421}'),
            c if c.is_control() || is_invisible(c) => {
                let _infallible = write!(out, "<U+{:04X}>", u32::from(c));
            }
            c => out.push(c),
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        out.push_str("...");
    }
    out
}

/// Direction marks and overrides, zero-width characters, line separators, tags, and what is no character in XML.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{61c}' | '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_invisible_is_left() {
        assert_eq!(neutral("a\u{1b}[31m\nb\t\0"), "a\u{241b}[31m\u{240a}b\u{2409}\u{2400}");
        assert_eq!(neutral("pay\u{202e}drowssap\u{200b}"), "pay<U+202E>drowssap<U+200B>");
        assert_eq!(neutral("\u{85}\u{7f}"), "<U+0085>\u{2421}");
        assert_eq!(neutral("\u{fffe}\u{ffff}"), "<U+FFFE><U+FFFF>", "neither may stand in XML");
    }

    #[test]
    fn what_people_write_stays() {
        for text in ["余额不足：用户 42", "naïve café", "a < b && c", "👩‍🔧"] {
            assert_eq!(neutral(text), text);
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(neutral(&"x".repeat(401)), format!("{}...", "x".repeat(400)));
        assert_eq!(neutral(&"x".repeat(400)), "x".repeat(400));
    }
}
