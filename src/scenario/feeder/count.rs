//! Numbers, one after the other.
//!
//! In: first and last number, and the step between two. Out: for row `k` the number `from + k * by`. Always holds: behind
//! the last number that is not beyond `to` comes the first again.

use serde::Deserialize;
use serde::de::{self, Deserializer};

/// A counter: `{ from = 1, to = 100, by = 1, width = 3, each_user = true }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    from: i64,
    by: i64,
    /// How many numbers there are, at least 1.
    period: u64,
    /// Digits at least; filled with zeros.
    width: usize,
    /// Whether each user counts for itself.
    pub each_user: bool,
}

/// As the file gives it.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct WrittenCount {
    #[serde(default)]
    from: i64,
    to: Option<i64>,
    by: Option<i64>,
    #[serde(default)]
    width: usize,
    #[serde(default)]
    each_user: bool,
}

impl Count {
    /// What templates call the number: `${name.value}`.
    pub const COLUMN: &'static str = "value";

    /// How many numbers there are before the first comes again.
    #[must_use]
    pub const fn period(&self) -> u64 {
        self.period
    }

    /// Their mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.from as f64 + self.by as f64 * (self.period - 1) as f64 / 2.0
    }

    /// Appends the number of `row` to `out`.
    pub fn write(&self, row: u64, out: &mut Vec<u8>) {
        let offset = i64::try_from(row % self.period).unwrap_or(i64::MAX).saturating_mul(self.by);
        let number = self.from.saturating_add(offset);
        if number < 0 {
            out.push(b'-');
        }
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(number.unsigned_abs()).as_bytes();
        out.extend(std::iter::repeat_n(b'0', self.width.saturating_sub(digits.len())));
        out.extend_from_slice(digits);
    }
}

impl TryFrom<WrittenCount> for Count {
    type Error = String;

    fn try_from(WrittenCount { from, to, by, width, each_user }: WrittenCount) -> Result<Self, String> {
        let by = by.unwrap_or(1);
        if by == 0 {
            return Err("a count by 0 stays where it is; write for example by = 1".to_owned());
        }
        let last = to.unwrap_or(if by > 0 { i64::MAX } else { i64::MIN });
        if (last < from) == (by > 0) && last != from {
            return Err(format!("counting by {by} from {from} never comes to {last}; exchange from and to"));
        }
        if width > 20 {
            return Err("a width of over 20 digits is more than a number has".to_owned());
        }
        let period = last.abs_diff(from) / by.unsigned_abs();
        Ok(Self { from, by, period: period.saturating_add(1), width, each_user })
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        WrittenCount::deserialize(deserializer)?.try_into().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        count: Count,
    }

    fn counted(text: &str, rows: u64) -> Result<Vec<String>, String> {
        let count = toml::from_str::<File>(&format!("count = {text}")).map_err(|error| error.to_string())?.count;
        let number = |row| {
            let mut out = Vec::new();
            count.write(row, &mut out);
            String::from_utf8(out).unwrap()
        };
        Ok((0..rows).map(number).collect())
    }

    #[test]
    fn a_counter_begins_again_behind_its_last_number() {
        assert_eq!(counted("{ from = 1, to = 6, by = 2, width = 3 }", 4).unwrap(), ["001", "003", "005", "001"]);
        assert_eq!(counted("{ from = 2, to = 0, by = -1 }", 4).unwrap(), ["2", "1", "0", "2"]);
        assert_eq!(counted("{}", 2).unwrap(), ["0", "1"]);
        assert_eq!(counted("{ from = 5, to = 5 }", 2).unwrap(), ["5", "5"]);
    }

    #[test]
    fn a_counter_that_never_arrives_is_refused() {
        for (text, part) in [
            ("{ by = 0 }", "stays where it is"),
            ("{ from = 5, to = 1 }", "never comes to 1"),
            ("{ from = 1, to = 5, by = -1 }", "never comes to 5"),
        ] {
            let error = counted(text, 1).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
