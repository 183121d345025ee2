//! Sums of money, exact.
//!
//! In: decimals as people and services write them (`12.50`). Out: whole billionths. Always holds: nothing is rounded;
//! a text that is no plain decimal of at most nine digits behind the point is none.

use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Digits behind the point.
const PLACES: usize = 9;
const ONE: i128 = 1_000_000_000;

/// A sum of money in the currency's unit, exact to nine decimals; it may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(i128);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many whole units.
    #[must_use]
    pub const fn whole(units: u64) -> Self {
        Self(units as i128 * ONE)
    }

    /// Reads a plain decimal: `12`, `-3.50`. `None` for anything else, an exponent too.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(part) || whole.len() > 20 {
            return None;
        }
        let (kept, rest) = part.split_at(part.len().min(PLACES));
        if rest.bytes().any(|digit| digit != b'0') {
            return None;
        }
        let scale = 10_i128.pow(u32::try_from(PLACES - kept.len()).ok()?);
        let value = whole.parse::<i128>().ok()? * ONE + kept.parse::<i128>().ok()? * scale;
        Some(Self(if negative { -value } else { value }))
    }

    /// The nearest float, for rules and charts.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / ONE as f64
    }
}

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Amount {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Amount {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl fmt::Display for Amount {
    /// With two decimals, or as many as it has; none for a whole number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) = (self.0.unsigned_abs() / ONE.unsigned_abs(), self.0.unsigned_abs() % ONE.unsigned_abs());
        if part == 0 {
            return write!(f, "{sign}{whole}");
        }
        let digits = format!("{part:09}");
        let kept = digits.trim_end_matches('0').len().max(2);
        write!(f, "{sign}{whole}.{}", &digits[..kept])
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(text.as_bytes()).ok_or_else(|| de::Error::custom(format!("\"{text}\" is no amount")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<String> {
        Amount::parse(text.as_bytes()).map(|amount| amount.to_string())
    }

    #[test]
    fn amounts_are_exact_and_print_as_they_were_written() {
        for text in ["0", "12.50", "-3.05", "100000000000.01", "0.000000001"] {
            assert_eq!(parsed(text).as_deref(), Some(text));
        }
        assert_eq!(parsed("12.5000000000").as_deref(), Some("12.50"));
        let sum = (0..10).filter_map(|_| Amount::parse(b"0.10")).fold(Amount::ZERO, Add::add);
        assert_eq!(sum, Amount::whole(1));
    }

    #[test]
    fn what_is_no_plain_decimal_is_no_amount() {
        for text in ["", "-", ".5", "5.", "1e3", "1.0000000001", "12,50", "+1", "--1", "1.-5", "999999999999999999999"]
        {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
