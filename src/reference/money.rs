//! Money in whole fen (1/100 yuan), read from and printed as decimal yuan.
//!
//! In: `12`, `12.5` or `12.50`. Out: whole fen, printed with two decimals. Always holds: no amount passes through a
//! float; what cannot be said in fen is refused, never rounded.

use std::fmt;
use std::str::FromStr;

use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// An amount or a balance in fen: `i64::MIN..=i64::MAX`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fen(i64);

/// Why a text is not an amount of money.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum FenError {
    /// Not digits with at most one point between them.
    #[error("not an amount in yuan; write for example \"12.50\"")]
    NotADecimal,
    /// More than two decimals.
    #[error("finer than a fen; write at most two decimals")]
    TooFine,
    /// More than fits.
    #[error("more money than can be counted; the most is 92233720368547758.07")]
    TooLarge,
}

impl Fen {
    /// `fen` hundredths of a yuan.
    #[must_use]
    pub const fn new(fen: i64) -> Self {
        Self(fen)
    }

    /// `yuan` whole yuan.
    #[must_use]
    pub const fn from_yuan(yuan: i64) -> Self {
        Self(yuan * 100)
    }

    /// The number of fen.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// `self + other`, or `None` when it cannot be counted.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// `self - other`, or `None` when less than nothing would be left.
    #[must_use]
    pub fn less(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).filter(|left| *left >= 0).map(Self)
    }
}

impl FromStr for Fen {
    type Err = FenError;

    fn from_str(text: &str) -> Result<Self, FenError> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) {
            return Err(FenError::NotADecimal);
        }
        if part.len() > 2 {
            return Err(FenError::TooFine);
        }
        // Padding turns the point into a shift: "12.5" is the integer 1250.
        let fen: i64 = format!("{whole}{part:0<2}").parse().map_err(|_| FenError::TooLarge)?;
        Ok(Self(if unsigned.len() < text.len() { -fen } else { fen }))
    }
}

impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

/// A JSON number with exactly two decimals, which no float would keep.
impl Serialize for Fen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.to_string()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yuan_are_read_to_the_fen() {
        for (text, fen) in [("12", 1200), ("12.5", 1250), ("12.50", 1250), ("0.01", 1), ("-3.07", -307), ("0", 0)] {
            assert_eq!(text.parse(), Ok(Fen(fen)), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_whole_number_of_fen_is_refused_and_never_rounded() {
        for (text, error) in [
            ("0.001", FenError::TooFine),
            ("10.000", FenError::TooFine),
            ("0.01000000000000000000001", FenError::TooFine),
            ("99999999999999999999", FenError::TooLarge),
            ("", FenError::NotADecimal),
            ("abc", FenError::NotADecimal),
            ("1e2", FenError::NotADecimal),
            ("5.", FenError::NotADecimal),
            (".5", FenError::NotADecimal),
            ("+5", FenError::NotADecimal),
            ("--5", FenError::NotADecimal),
            ("1.2.3", FenError::NotADecimal),
        ] {
            assert_eq!(text.parse::<Fen>(), Err(error), "{text}");
        }
    }

    #[test]
    fn what_is_printed_parses_to_the_same_amount_and_has_two_decimals() {
        for fen in [0, 1, 10, 99, 100, -5, 100_000_000, i64::MAX] {
            assert_eq!(Fen(fen).to_string().parse(), Ok(Fen(fen)));
        }
        assert_eq!(serde_json::to_string(&Fen(1250)).unwrap(), "12.50");
    }

    #[test]
    fn taking_more_than_there_is_leaves_nothing_to_take() {
        assert_eq!(Fen(100).less(Fen(100)), Some(Fen(0)));
        assert_eq!(Fen(100).less(Fen(101)), None);
    }
}
