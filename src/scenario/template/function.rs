//! The functions of templates.
//!
//! In: a [`Function`] whose arguments are known to be good. Out: its text, or what can be told of it before. Always holds:
//! what a function draws comes from the iteration's [`Random`](super::Random) or from the clock, and nothing else.

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha2::{Digest, Sha256};

use super::bound::{Bound, Draw, write_number};
use super::digits::{encode_in_place, replace_with_hex, write_decimal, write_uuid};
use super::moment::Moment;
use super::text::{TextFunction, number};

/// A function with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Function {
    Uuid,
    /// `from`, `from + 1`, ... of `size` numbers, the last `decimals` digits behind a point.
    Number {
        from: i64,
        size: u64,
        decimals: usize,
    },
    /// A whole number between two that vary, both of them in it.
    Between(Bound, Bound),
    /// So many of these characters.
    Letters(u64, Box<[char]>),
    Choice(Vec<Bound>),
    Now(Moment),
    Seconds,
    Millis,
    Base64(Bound),
    Md5(Bound),
    Sha256(Bound),
    Hmac {
        key: Bound,
        text: Bound,
        base64: bool,
    },
    /// What stands between its parentheses, escaped nowhere.
    Raw(Bound),
    /// A text or a whole number made of others.
    Text(TextFunction, Vec<Bound>),
    /// Of the list in this slot, the value with this number, from 0.
    Item(usize, Bound),
}

impl Function {
    /// The mean of the numbers that it draws; `None` where it draws none.
    pub(super) fn mean(&self) -> Option<f64> {
        match self {
            Self::Number { from, size, decimals } => {
                let middle = *from as f64 + size.saturating_sub(1) as f64 / 2.0;
                Some(middle / 10_f64.powi(i32::try_from(*decimals).ok()?))
            }
            Self::Choice(texts) => {
                let number = |text: &Bound| std::str::from_utf8(text.as_constant()?).ok()?.trim().parse::<f64>().ok();
                let sum: f64 = texts.iter().map(number).sum::<Option<f64>>()?;
                Some(sum / texts.len() as f64)
            }
            _ => None,
        }
    }

    /// The texts it is computed from.
    pub(super) fn arguments(&self) -> impl Iterator<Item = &Bound> {
        let (first, second, rest): (Option<&Bound>, Option<&Bound>, &[Bound]) = match self {
            Self::Base64(text) | Self::Md5(text) | Self::Sha256(text) | Self::Raw(text) => (Some(text), None, &[]),
            Self::Item(_, index) => (Some(index), None, &[]),
            Self::Between(low, high) => (Some(low), Some(high), &[]),
            Self::Hmac { key, text, .. } => (Some(key), Some(text), &[]),
            Self::Choice(texts) | Self::Text(_, texts) => (None, None, texts),
            _ => (None, None, &[]),
        };
        first.into_iter().chain(second).chain(rest)
    }

    /// The slot of the list that it takes a value of.
    pub(super) const fn list(&self) -> Option<usize> {
        match self {
            Self::Item(slot, _) => Some(*slot),
            _ => None,
        }
    }

    /// Whether it gives the same text every time.
    pub(super) fn is_constant(&self) -> bool {
        let computed =
            matches!(self, Self::Base64(_) | Self::Md5(_) | Self::Sha256(_) | Self::Hmac { .. } | Self::Text(..));
        computed && self.arguments().all(|text| text.as_constant().is_some())
    }

    /// Whether it gives nothing but ASCII letters, digits, `-` and `.`, whatever it draws.
    pub(super) fn is_plain(&self) -> bool {
        match self {
            Self::Letters(_, letters) => letters.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')),
            Self::Uuid | Self::Number { .. } | Self::Seconds | Self::Millis => true,
            _ => matches!(self, Self::Md5(_) | Self::Sha256(_) | Self::Hmac { base64: false, .. }),
        }
    }

    /// Appends what a constant function gives.
    pub(super) fn write_constant(&self, out: &mut Vec<u8>) {
        self.compute(|text, out| out.extend_from_slice(text.as_constant().unwrap_or_default()), out);
    }

    /// Appends what it gives this time.
    pub(super) fn write(&self, draw: &Draw<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Uuid => write_uuid(draw, out),
            Self::Number { from, size, decimals } => {
                let offset = i64::try_from(draw.random.below(*size)).unwrap_or(i64::MAX);
                write_decimal(from.saturating_add(offset), *decimals, out);
            }
            Self::Between(low, high) => between((low, high), draw, out),
            Self::Letters(count, of) => (0..*count).for_each(|_| {
                let letter = of[draw.random.below(of.len() as u64) as usize];
                out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            }),
            Self::Item(slot, index) => {
                let index = scratch_number(index, draw, out);
                usize::try_from(index).into_iter().for_each(|at| out.extend_from_slice(draw.slots.item(*slot, at)));
            }
            Self::Choice(texts) => texts[draw.random.below(texts.len() as u64) as usize].write(draw, out),
            Self::Now(moment) => moment.write((draw.now)(), out),
            Self::Seconds => write_number((draw.now)().as_second(), out),
            Self::Millis => write_number((draw.now)().as_millisecond(), out),
            _ => self.compute(|text, out| text.write(draw, out), out),
        }
    }

    /// Writes the arguments behind `out`, and puts what is computed of them in their place.
    fn compute(&self, write: impl Fn(&Bound, &mut Vec<u8>), out: &mut Vec<u8>) {
        let from = out.len();
        match self {
            Self::Base64(text) => {
                write(text, out);
                encode_in_place(out, from);
            }
            Self::Md5(text) => {
                write(text, out);
                let digest = Md5::digest(&out[from..]);
                replace_with_hex(out, from, &digest);
            }
            Self::Sha256(text) => {
                write(text, out);
                let digest = Sha256::digest(&out[from..]);
                replace_with_hex(out, from, &digest);
            }
            Self::Text(function, texts) => function.apply(texts, write, out),
            Self::Hmac { key, text, base64 } => {
                write(key, out);
                let middle = out.len();
                write(text, out);
                // A key of any length is a good one.
                let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&out[from..middle]) else { return };
                mac.update(&out[middle..]);
                let digest = mac.finalize().into_bytes();
                if *base64 {
                    out.truncate(from);
                    out.extend_from_slice(&digest);
                    encode_in_place(out, from);
                } else {
                    replace_with_hex(out, from, &digest);
                }
            }
            _ => {}
        }
    }
}

/// A number that is written behind `out` and taken away again.
fn scratch_number(text: &Bound, draw: &Draw<'_>, out: &mut Vec<u8>) -> i64 {
    let from = out.len();
    text.write(draw, out);
    let number = number(&out[from..]);
    out.truncate(from);
    number
}

/// Draws a whole number; the first where the second lies below it.
fn between((low, high): (&Bound, &Bound), draw: &Draw<'_>, out: &mut Vec<u8>) {
    let (low, high) = (scratch_number(low, draw, out), scratch_number(high, draw, out));
    let size = high.abs_diff(low).saturating_add(1);
    let offset = if high > low { draw.random.below(size) } else { 0 };
    write_number(low.wrapping_add_unsigned(offset), out);
}
