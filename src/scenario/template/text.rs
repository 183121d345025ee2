//! Functions that make a text or a whole number of others: `${trim(${x})}`, `${sum(${n}, 1)}`.
//!
//! In: arguments, written behind what is there. Out: the result in their place. Always holds: nothing is refused while
//! a run goes on: a text that is no whole number counts as 0, a place outside of a text is its end; nothing is
//! allocated once the buffer has grown.

use super::bound::{Bound, write_number};
use super::escape::Escape;

/// The most arguments.
const MOST: usize = 3;

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextFunction {
    /// Without the space around it.
    Trim,
    /// The letters a to z small.
    Lower,
    /// The letters a to z large.
    Upper,
    /// Every place of the second text changed to the third.
    Replace,
    /// The characters from the second to before the third, counted from 0.
    Substring,
    /// The second text where the first is empty.
    Default,
    /// How many characters it has.
    Length,
    /// With zeros before it, to so many characters.
    Padded,
    Sum,
    Difference,
    Product,
    Quotient,
    Remainder,
    /// Of what the second text separates in the first, the piece with the third's number, from 0.
    Part,
    /// Where the second text begins in the first, from 0; -1 where it does not stand there.
    Position,
    /// With everything percent-encoded that no part of a URL may hold.
    UrlEncode,
}

impl TextFunction {
    /// The function called `name` that takes so many arguments.
    pub(super) fn named(name: &str, arguments: usize) -> Option<Self> {
        Some(match (name, arguments) {
            ("trim", 1) => Self::Trim,
            ("lower", 1) => Self::Lower,
            ("upper", 1) => Self::Upper,
            ("replace", 3) => Self::Replace,
            ("substring", 2 | 3) => Self::Substring,
            ("default", 2) => Self::Default,
            ("length", 1) => Self::Length,
            ("padded", 2) => Self::Padded,
            ("sum", 2) => Self::Sum,
            ("difference", 2) => Self::Difference,
            ("product", 2) => Self::Product,
            ("quotient", 2) => Self::Quotient,
            ("remainder", 2) => Self::Remainder,
            ("part", 3) => Self::Part,
            ("position", 2) => Self::Position,
            ("urlencode", 1) => Self::UrlEncode,
            _ => return None,
        })
    }

    /// Writes the arguments behind `out`, and puts the result in their place.
    pub(super) fn apply(self, texts: &[Bound], write: impl Fn(&Bound, &mut Vec<u8>), out: &mut Vec<u8>) {
        let from = out.len();
        let mut ends = [from; MOST];
        for (at, text) in texts.iter().take(MOST).enumerate() {
            write(text, out);
            ends[at..].fill(out.len());
        }
        let behind = out.len();
        match self {
            Self::Trim | Self::Substring | Self::Default | Self::Part => {
                let (start, end) = self.kept(&out[from..], [ends[0] - from, ends[1] - from, ends[2] - from]);
                out.extend_from_within(from + start..from + end);
            }
            Self::Lower | Self::Upper => {
                out.extend_from_within(from..ends[0]);
                let text = &mut out[behind..];
                if self == Self::Lower { text.make_ascii_lowercase() } else { text.make_ascii_uppercase() }
            }
            Self::Replace => replace(out, from, ends),
            Self::UrlEncode => {
                out.extend_from_within(from..ends[0]);
                Escape::Percent.apply(out, behind);
            }
            Self::Position => {
                let place = memchr::memmem::find(&out[from..ends[0]], &out[ends[0]..ends[1]]);
                let place = place.map_or(-1, |at| characters(&out[from..from + at]) as i64);
                write_number(place, out);
            }
            Self::Length => {
                let length = characters(&out[from..ends[0]]);
                write_number(length as u64, out);
            }
            Self::Padded => {
                let width = number(&out[ends[0]..ends[1]]).clamp(0, 1_000) as usize;
                let missing = width.saturating_sub(characters(&out[from..ends[0]]));
                out.extend(std::iter::repeat_n(b'0', missing));
                out.extend_from_within(from..ends[0]);
            }
            _ => {
                let result = self.computed(number(&out[from..ends[0]]), number(&out[ends[0]..ends[1]]));
                write_number(result, out);
            }
        }
        out.copy_within(behind.., from);
        out.truncate(out.len() - (behind - from));
    }

    /// Which bytes of the arguments, that end at `ends`, are kept.
    fn kept(self, texts: &[u8], ends: [usize; MOST]) -> (usize, usize) {
        let first = &texts[..ends[0]];
        match self {
            Self::Trim => {
                let start = first.len() - first.trim_ascii_start().len();
                (start, start + first.trim_ascii().len())
            }
            Self::Default if first.trim_ascii().is_empty() => (ends[0], ends[1]),
            Self::Default => (0, ends[0]),
            Self::Part => piece(first, &texts[ends[0]..ends[1]], number(&texts[ends[1]..ends[2]])),
            _ => {
                let last = if ends[2] > ends[1] { number(&texts[ends[1]..ends[2]]) } else { i64::MAX };
                let start = place(first, number(&texts[ends[0]..ends[1]]));
                (start, place(first, last).max(start))
            }
        }
    }

    const fn computed(self, left: i64, right: i64) -> i64 {
        match self {
            Self::Sum => left.saturating_add(right),
            Self::Difference => left.saturating_sub(right),
            Self::Product => left.saturating_mul(right),
            // There is no quotient by 0.
            _ if right == 0 => 0,
            Self::Quotient => left.saturating_div(right),
            _ => left.wrapping_rem(right),
        }
    }
}

/// Appends the first text with every place of the second changed to the third.
fn replace(out: &mut Vec<u8>, from: usize, ends: [usize; MOST]) {
    let mut at = from;
    while at < ends[0] && ends[1] > ends[0] {
        let Some(found) = memchr::memmem::find(&out[at..ends[0]], &out[ends[0]..ends[1]]) else { break };
        out.extend_from_within(at..at + found);
        out.extend_from_within(ends[1]..ends[2]);
        at += found + (ends[1] - ends[0]);
    }
    out.extend_from_within(at..ends[0]);
}

/// The bytes of piece `index` of `text`; none of them where there are fewer pieces.
fn piece(text: &[u8], separator: &[u8], index: i64) -> (usize, usize) {
    let nothing = (text.len(), text.len());
    let Ok(mut left) = usize::try_from(index) else { return nothing };
    let mut start = 0;
    loop {
        let found = if separator.is_empty() { None } else { memchr::memmem::find(&text[start..], separator) };
        match found {
            _ if left == 0 => return (start, found.map_or(text.len(), |at| start + at)),
            Some(at) => start += at + separator.len(),
            None => return nothing,
        }
        left -= 1;
    }
}

pub(super) fn number(text: &[u8]) -> i64 {
    std::str::from_utf8(text).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

fn characters(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

/// Where character `index` of `text` begins.
fn place(text: &[u8], index: i64) -> usize {
    let wanted = usize::try_from(index).unwrap_or(0);
    let mut begins = text.iter().enumerate().filter(|(_, byte)| **byte & 0xc0 != 0x80).map(|(at, _)| at);
    begins.nth(wanted).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(name: &str, arguments: &[&str]) -> String {
        let function = TextFunction::named(name, arguments.len()).unwrap();
        let texts: Vec<Bound> = arguments
            .iter()
            .map(|text| {
                let mut bound = Bound::default();
                bound.push_literal(text);
                bound
            })
            .collect();
        let mut out = b"<".to_vec();
        function.apply(&texts, |text, out| out.extend_from_slice(text.as_constant().unwrap_or_default()), &mut out);
        String::from_utf8(out).unwrap().strip_prefix('<').unwrap().to_owned()
    }

    #[test]
    fn texts_are_made_of_texts() {
        for (name, arguments, expected) in [
            ("trim", &[" a b \n"][..], "a b"),
            ("lower", &["AbÄ"], "abÄ"),
            ("upper", &["ab茶"], "AB茶"),
            ("replace", &["a-b-c", "-", "+ "], "a+ b+ c"),
            ("replace", &["aaa", "a", ""], ""),
            ("replace", &["abc", "", "x"], "abc"),
            ("replace", &["abc", "z", "x"], "abc"),
            ("substring", &["奶茶店里", "1", "3"], "茶店"),
            ("substring", &["abc", "1"], "bc"),
            ("substring", &["abc", "2", "1"], ""),
            ("substring", &["abc", "9", "12"], ""),
            ("default", &["", "none"], "none"),
            ("default", &["a", "none"], "a"),
            ("length", &["奶茶"], "2"),
            ("padded", &["7", "3"], "007"),
            ("padded", &["1234", "3"], "1234"),
            ("part", &["a;b;;c", ";", "0"], "a"),
            ("part", &["a;b;;c", ";", "2"], ""),
            ("part", &["a;b;;c", ";", "3"], "c"),
            ("part", &["a;b;;c", ";", "4"], ""),
            ("part", &["a;b", ";", "-1"], ""),
            ("part", &["abc", "", "0"], "abc"),
            ("part", &["茶, 奶", ", ", "1"], "奶"),
            ("position", &["奶茶店", "店"], "2"),
            ("position", &["abc", "z"], "-1"),
            ("position", &["abc", ""], "0"),
            ("urlencode", &["a b&c=茶"], "a%20b%26c%3D%E8%8C%B6"),
        ] {
            assert_eq!(applied(name, arguments), expected, "{name}{arguments:?}");
        }
    }

    #[test]
    fn whole_numbers_are_computed_and_anything_else_is_0() {
        for (name, left, right, expected) in [
            ("sum", "4", "3", "7"),
            ("sum", "", "1", "1"),
            ("sum", "9223372036854775807", "1", "9223372036854775807"),
            ("difference", "4", "7", "-3"),
            ("product", "-2", "3", "-6"),
            ("quotient", "7", "2", "3"),
            ("quotient", "7", "0", "0"),
            ("remainder", "7", "4", "3"),
            ("remainder", "-9223372036854775808", "-1", "0"),
        ] {
            assert_eq!(applied(name, &[left, right]), expected, "{name}({left}, {right})");
        }
    }
}
