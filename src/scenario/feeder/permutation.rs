//! Values that vary from request to request, drawn from one permuted sequence.
//!
//! In: columns, each a range of values. Out: for iteration `k` one row; the rows of `k = 0, 1, 2, ...` visit every
//! combination of values exactly once, in an order that looks random, before any combination comes again. Always
//! holds: the same seed gives the same rows, and drawing a row touches no shared state.
//!
//! Why not random picks: an idempotency window of a minute keyed by user, device and amount would refuse up to 6 % of
//! them by chance. The order is the full-period walk `row(k) = (a k + b) mod n` with `a` coprime to `n`; the row
//! splits into columns as a number into digits, the first column varying fastest.

use serde::Deserialize;
use serde::de::{self, Deserializer};

/// The most combinations a permutation may have.
const MOST_ROWS: u64 = 1 << 62;

/// A source of rows that runs through every combination of its columns before any comes again.
#[derive(Clone, Debug, PartialEq)]
pub struct Permutation {
    columns: Vec<Column>,
    /// Product of the columns' sizes.
    rows: u64,
    /// The walk's step, coprime to `rows`, in `1..rows` (or 0 when there is one row).
    step: u64,
    /// The walk's start, in `0..rows`.
    offset: u64,
}

/// A range of values: `from`, `from + 1`, ... `to`, counted in the last decimal.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Column {
    name: String,
    prefix: String,
    /// First value, in units of the last decimal.
    from: u64,
    /// Number of values, at least 1.
    size: u64,
    /// Rows until the next value: the product of the sizes of the columns before it, at least 1.
    stride: u64,
    /// Digits behind the point, `0..=9`.
    decimals: u32,
    /// Digits before the point at least; filled with zeros.
    width: usize,
}

/// Why a list of columns is not a permutation.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FeederError {
    /// No columns.
    #[error("a feeder needs at least one column; write permute = [{{ column = \"userId\", from = 1, to = 10000 }}]")]
    Empty,
    /// Two columns of one name.
    #[error("column \"{0}\" is named twice")]
    Twice(String),
    /// `to` below `from`.
    #[error("column \"{column}\": to = {to} lies below from = {from}")]
    Backwards {
        /// The column.
        column: String,
        /// Its first value.
        from: String,
        /// Its last value.
        to: String,
    },
    /// Not a plain number.
    #[error("column \"{column}\": {text} is not a number of at most 9 decimals; write for example 1 or \"5.50\"")]
    NotANumber {
        /// The column.
        column: String,
        /// What stood there.
        text: String,
    },
    /// A prefix that could end a header or a path.
    #[error("column \"{0}\": the prefix holds a space or a control character; write plain characters")]
    BadPrefix(String),
    /// More combinations than can be counted.
    #[error("the columns have more than 2^62 combinations; narrow their ranges")]
    TooMany,
}

/// A column as the file gives it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenColumn {
    column: String,
    from: Number,
    to: Number,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    width: usize,
}

/// A whole number, or a decimal in quotes so that its digits are exact.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a column runs between whole numbers, or decimals in quotes; write for example \"5.50\"")]
enum Number {
    Whole(u64),
    Decimal(String),
}

impl<'de> Deserialize<'de> for Permutation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Vec::<WrittenColumn>::deserialize(deserializer)?;
        let columns: Result<Vec<Column>, FeederError> = written.into_iter().map(Column::from_written).collect();
        columns.and_then(Self::new).map_err(de::Error::custom)
    }
}

impl Column {
    fn from_written(written: WrittenColumn) -> Result<Self, FeederError> {
        if written.prefix.contains(|c: char| c.is_control() || c.is_whitespace()) {
            return Err(FeederError::BadPrefix(written.column));
        }
        let not_a_number =
            |text: &Number| FeederError::NotANumber { column: written.column.clone(), text: text.text() };
        let (from, from_decimals) = written.from.digits().ok_or_else(|| not_a_number(&written.from))?;
        let (to, to_decimals) = written.to.digits().ok_or_else(|| not_a_number(&written.to))?;
        let decimals = from_decimals.max(to_decimals);
        let scaled = |value: u64, of: u32| value.checked_mul(10_u64.pow(decimals - of)).ok_or(FeederError::TooMany);
        let (first, last) = (scaled(from, from_decimals)?, scaled(to, to_decimals)?);
        if last < first {
            let (from, to) = (written.from.text(), written.to.text());
            return Err(FeederError::Backwards { column: written.column, from, to });
        }
        let size = (last - first).checked_add(1).ok_or(FeederError::TooMany)?;
        let (name, prefix, width) = (written.column, written.prefix, written.width);
        Ok(Self { name, prefix, from: first, size, stride: 1, decimals, width })
    }
}

impl Number {
    fn text(&self) -> String {
        match self {
            Self::Whole(number) => number.to_string(),
            Self::Decimal(text) => format!("\"{text}\""),
        }
    }

    /// The number without its point, and how many digits stood behind it.
    fn digits(&self) -> Option<(u64, u32)> {
        let text = match self {
            Self::Whole(number) => return Some((*number, 0)),
            Self::Decimal(text) => text,
        };
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let plain =
            !whole.is_empty() && part.len() <= 9 && format!("{whole}{part}").bytes().all(|b| b.is_ascii_digit());
        let decimals = u32::try_from(part.len()).ok()?;
        plain.then(|| format!("{whole}{part}").parse().ok().map(|digits| (digits, decimals)))?
    }
}

impl Permutation {
    fn new(mut columns: Vec<Column>) -> Result<Self, FeederError> {
        if columns.is_empty() {
            return Err(FeederError::Empty);
        }
        for (at, column) in columns.iter().enumerate() {
            if columns[..at].iter().any(|earlier| earlier.name == column.name) {
                return Err(FeederError::Twice(column.name.clone()));
            }
        }
        let rows = columns.iter_mut().try_fold(1_u64, |rows, column| {
            column.stride = rows;
            rows.checked_mul(column.size)
        });
        let rows = rows.filter(|rows| *rows <= MOST_ROWS).ok_or(FeederError::TooMany)?;
        let mut permutation = Self { columns, rows, step: 0, offset: 0 };
        permutation.reseed(0);
        Ok(permutation)
    }

    /// Chooses the order of the rows. The step lies near the golden section of their number, which spreads neighbours
    /// far apart in every column.
    pub fn reseed(&mut self, seed: u64) {
        let mixed = splitmix(seed);
        self.offset = mixed % self.rows;
        let golden = (self.rows as f64 * 0.618_033_988_749_895) as u64;
        let wander = splitmix(mixed) % (self.rows / 64).max(1);
        let mut step = (golden + wander) % self.rows;
        while greatest_common_divisor(step, self.rows) != 1 {
            step = (step + 1) % self.rows;
        }
        self.step = step;
    }

    /// How many rows there are before the first comes again.
    #[must_use]
    pub const fn period(&self) -> u64 {
        self.rows
    }

    /// The row of iteration `sequence`, in `0..period`.
    #[must_use]
    pub fn row(&self, sequence: u64) -> u64 {
        let walked = u128::from(sequence) * u128::from(self.step) + u128::from(self.offset);
        (walked % u128::from(self.rows)) as u64
    }

    /// The mean of a column's numbers; `None` where they have a prefix.
    pub(super) fn mean(&self, column: usize) -> Option<f64> {
        let column = &self.columns[column];
        let twice = column.from as f64 * 2.0 + (column.size - 1) as f64;
        column.prefix.is_empty().then(|| twice / 2.0 / 10_f64.powi(column.decimals as i32))
    }

    /// After how many rows the values of these columns come together again; `None` unless they are the first ones.
    ///
    /// The first columns are the low digits of a row, so their values are the row modulo the product `m` of their sizes;
    /// the step is coprime to the number of rows and so to `m`: the walk modulo `m` has the full period `m`.
    pub(super) fn apart(&self, columns: &[usize]) -> Option<u64> {
        let first = (0..columns.len()).all(|column| columns.contains(&column));
        (first && !columns.is_empty()).then(|| self.columns[..columns.len()].iter().map(|column| column.size).product())
    }

    /// The columns' names, in order.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// Appends the value of `column` in `row` to `out`.
    pub fn write(&self, column: usize, row: u64, out: &mut Vec<u8>) {
        let column = &self.columns[column];
        column.write(row / column.stride % column.size, out);
    }
}

impl Column {
    fn write(&self, index: u64, out: &mut Vec<u8>) {
        let value = self.from + index;
        out.extend_from_slice(self.prefix.as_bytes());
        if self.decimals == 0 {
            return write_padded(value, self.width, out);
        }
        let scale = 10_u64.pow(self.decimals);
        write_padded(value / scale, self.width, out);
        out.push(b'.');
        write_padded(value % scale, self.decimals as usize, out);
    }
}

fn write_padded(number: u64, width: usize, out: &mut Vec<u8>) {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(number).as_bytes();
    out.resize(out.len() + width.saturating_sub(digits.len()), b'0');
    out.extend_from_slice(digits);
}

pub(crate) const fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// How far apart the states lie of which [`splitmix`] makes a sequence.
pub(crate) const SPLITMIX_STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Spreads a seed over all 64 bits (Steele, Lea and Flood 2014).
pub(crate) const fn splitmix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(SPLITMIX_STEP);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[derive(Deserialize)]
    struct File {
        permute: Permutation,
    }

    fn permutation(columns: &str) -> Permutation {
        toml::from_str::<File>(&format!("permute = [{columns}]")).map(|f| f.permute).unwrap_or_else(|e| panic!("{e}"))
    }

    fn refusal(columns: &str) -> String {
        toml::from_str::<File>(&format!("permute = [{columns}]")).map(|_| ()).unwrap_err().message().to_owned()
    }

    fn value(feeder: &Permutation, column: usize, row: u64) -> String {
        let mut out = Vec::new();
        feeder.write(column, row, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn no_combination_recurs_before_all_have_been_used() {
        let mut feeder = permutation(
            "{ column = \"u\", from = 1, to = 30 }, { column = \"d\", from = 1, to = 7 }, { column = \"a\", from = \"0.10\", to = \"0.19\" }",
        );
        for seed in 0..20 {
            feeder.reseed(seed);
            let rows: HashSet<Vec<String>> = (0..feeder.period())
                .map(|k| (0..3).map(|column| value(&feeder, column, feeder.row(k))).collect())
                .collect();
            assert_eq!(rows.len(), 30 * 7 * 10, "seed {seed}");
            assert_eq!(feeder.row(0), feeder.row(feeder.period()));
        }
    }

    #[test]
    fn the_first_column_is_used_evenly() {
        let feeder = permutation("{ column = \"u\", from = 1, to = 100 }, { column = \"a\", from = 1, to = 1000 }");
        let users: HashSet<String> = (0..100).map(|k| value(&feeder, 0, feeder.row(k))).collect();
        assert_eq!(users.len(), 100, "any 100 neighbours charge 100 different users");
    }

    #[test]
    fn values_carry_their_prefix_width_and_decimals() {
        let feeder = permutation(
            "{ column = \"d\", from = 7, to = 7, prefix = \"POS\", width = 3 }, { column = \"a\", from = \"5.05\", to = \"5.05\" }",
        );
        assert_eq!(value(&feeder, 0, 0), "POS007");
        assert_eq!(value(&feeder, 1, 0), "5.05");
    }

    #[test]
    fn columns_that_make_no_sense_are_refused_with_a_cure() {
        for (columns, part) in [
            ("", "at least one column"),
            ("{ column = \"a\", from = 2, to = 1 }", "lies below"),
            ("{ column = \"a\", from = 1, to = 1, prefix = \"a\\r\\n\" }", "plain characters"),
            ("{ column = \"a\", from = \"x\", to = 1 }", "is not a number"),
            ("{ column = \"a\", from = \"1.\", to = \"-2\" }", "is not a number"),
            ("{ column = \"a\", from = 1, to = 1 }, { column = \"a\", from = 1, to = 1 }", "named twice"),
            ("{ column = \"a\", from = 0, to = 9000000000000000000 }", "2^62"),
        ] {
            let error = refusal(columns);
            assert!(error.contains(part), "{columns}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_two_of_a_minutes_worth_of_draws_differ(seed: u64, start in 0_u64..1 << 50) {
            let mut feeder = permutation("{ column = \"u\", from = 1, to = 10000 }, { column = \"d\", from = 1, to = 40 }, { column = \"a\", from = \"5.50\", to = \"50.50\" }");
            feeder.reseed(seed);
            let rows: HashSet<u64> = (start..start + 2000).map(|k| feeder.row(k)).collect();
            prop_assert_eq!(rows.len(), 2000);
        }
    }
}
