//! How a number is written: once, for every output.
//!
//! In: figures with their unit. Out: their text, the same on the console and in the page. Always holds: rounding never
//! makes a share whole that is not, and [`beside`] never makes a figure read as a limit that it misses.

use crate::scenario::threshold::Dimension;
use crate::units::{Millis, RatePerSec, Ratio};

/// `456789` as `456,789`.
pub(crate) fn count(n: u64) -> String {
    grouped(&n.to_string())
}

/// `18.23 ms`: three decimals under 1 ms, none from a second on.
pub(crate) fn millis(time: Millis) -> String {
    format!("{} ms", bare_millis(time))
}

/// A time without its unit, for columns that name it.
pub(crate) fn bare_millis(time: Millis) -> String {
    decimal(time.get(), millis_places(time.get()))
}

/// `1,523.4`: a rate without its unit.
pub(crate) fn rate(rate: RatePerSec) -> String {
    decimal(rate.get(), rate_places(rate.get()))
}

/// `99.83%`, with as many decimals as it takes not to read 0% or 100% when it is neither.
pub(crate) fn share(share: Ratio) -> String {
    let percent = share.get() * 100.0;
    let whole = |places: usize| {
        let text = format!("{percent:.places$}");
        let value = text.parse().unwrap_or(percent);
        (value >= 100.0 && percent < 100.0) || (value <= 0.0 && percent > 0.0)
    };
    let places = (2..6).find(|&places| !whole(places)).unwrap_or(6);
    format!("{percent:.places$}%")
}

/// `12.4 MiB`.
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if n < 1024 {
        return format!("{n} B");
    }
    let mut value = n as f64 / 1024.0;
    let mut unit = UNITS[0];
    for larger in &UNITS[1..] {
        if value < 1023.95 {
            break;
        }
        value /= 1024.0;
        unit = larger;
    }
    format!("{value:.1} {unit}")
}

/// `300 s`, `0.5 s`, `299.999954 s`: as exact as it is.
pub(crate) fn seconds(s: f64) -> String {
    let text = decimal(s, 6);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} s")
}

/// A figure of a rule in its unit, with as many decimals as it takes to tell it from `other`.
pub(crate) fn beside(value: f64, other: f64, dimension: Dimension) -> String {
    let (shown, reference) =
        if dimension == Dimension::Share { (value * 100.0, other * 100.0) } else { (value, other) };
    let first = match dimension {
        Dimension::Time => millis_places(shown),
        Dimension::Rate => rate_places(shown),
        Dimension::Share => 2,
        Dimension::Count => 0,
    };
    let same = |places: &usize| decimal(shown, *places) == decimal(reference, *places);
    let distinct = (first..=6).find(|places| !same(places));
    let places = if (shown - reference).abs() > 0.0 { distinct.unwrap_or(6) } else { first };
    with_unit(&decimal(shown, places), dimension)
}

/// A rule's limit in its unit, without decimals that say nothing.
pub(crate) fn limit(value: f64, dimension: Dimension) -> String {
    let value = if dimension == Dimension::Share { value * 100.0 } else { value };
    let text = decimal(value, 6);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    with_unit(text, dimension)
}

/// A difference to a limit, with its sign: `+61.80 ms`, `-23.10 ms`, `+0.83 pp`.
pub(crate) fn difference(value: f64, dimension: Dimension) -> String {
    let sign = if value < 0.0 { "-" } else { "+" };
    let size = value.abs();
    match dimension {
        Dimension::Time => format!("{sign}{}", millis(Millis::new(size))),
        Dimension::Rate => format!("{sign}{}/s", decimal(size, rate_places(size))),
        Dimension::Share => format!("{sign}{} pp", decimal(size * 100.0, if size < 0.001 { 4 } else { 2 })),
        Dimension::Count => format!("{sign}{}", decimal(size, 0)),
    }
}

fn with_unit(number: &str, dimension: Dimension) -> String {
    match dimension {
        Dimension::Time => format!("{number} ms"),
        Dimension::Rate => format!("{number}/s"),
        Dimension::Share => format!("{number}%"),
        Dimension::Count => number.to_owned(),
    }
}

fn millis_places(millis: f64) -> usize {
    match millis.abs() {
        0.0 => 0,
        m if m < 1.0 => 3,
        m if m < 100.0 => 2,
        m if m < 1_000.0 => 1,
        _ => 0,
    }
}

fn rate_places(rate: f64) -> usize {
    match rate.abs() {
        r if r < 10.0 => 3,
        r if r < 100.0 => 2,
        _ => 1,
    }
}

/// A number with `places` decimals and its thousands separated.
pub(crate) fn decimal(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    match text.split_once('.') {
        Some((whole, part)) => format!("{}.{part}", grouped(whole)),
        None => grouped(&text),
    }
}

fn grouped(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let mut out = String::from(sign);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        for (n, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (456_789, "456,789"), (1_234_567, "1,234,567")] {
            assert_eq!(count(n), text);
        }
    }

    #[test]
    fn a_time_has_the_decimals_it_deserves() {
        for (ms, text) in
            [(0.0, "0 ms"), (0.184, "0.184 ms"), (18.231, "18.23 ms"), (123.45, "123.5 ms"), (12_345.6, "12,346 ms")]
        {
            assert_eq!(millis(Millis::new(ms)), text);
        }
    }

    #[test]
    fn a_share_never_rounds_to_whole() {
        assert_eq!(share(Ratio::of(9_983, 10_000).unwrap()), "99.83%");
        assert_eq!(share(Ratio::of(999_999, 1_000_000).unwrap()), "99.9999%");
        assert_eq!(share(Ratio::of(1, 1_000_000).unwrap()), "0.0001%");
        assert_eq!(share(Ratio::of(5, 5).unwrap()), "100.00%");
        assert_eq!(share(Ratio::of(0, 5).unwrap()), "0.00%");
    }

    #[test]
    fn a_failing_figure_never_reads_as_its_limit() {
        assert_eq!(beside(100.004, 100.0, Dimension::Time), "100.004 ms");
        assert_eq!(beside(999.97, 1_000.0, Dimension::Rate), "999.97/s");
        assert_eq!(beside(0.989_996, 0.99, Dimension::Share), "98.9996%");
        assert_eq!(beside(38.2, 100.0, Dimension::Time), "38.20 ms");
        assert_eq!(limit(100.0, Dimension::Time), "100 ms");
        assert_eq!(limit(0.99, Dimension::Share), "99%");
    }

    #[test]
    fn spans_and_sizes_read_as_people_say_them() {
        assert_eq!(seconds(300.0), "300 s");
        assert_eq!(seconds(0.5), "0.5 s");
        assert_eq!(bytes(512), "512 B");
        assert_eq!(bytes(13_002_342), "12.4 MiB");
        assert_eq!(bytes(u64::MAX), "16777216.0 TiB");
    }
}
