//! Quantities that carry their unit in their type.
//!
//! In: what people type (`300s`, `1h30m`, `99.5%`). Out: whole microseconds, shares and rates that print as people
//! read them. Always holds: parsing what was printed gives the same value.

mod amount;
mod rate;
mod span;

pub use amount::Amount;
pub use rate::{RateError, RatePerSec, Ratio};
pub use span::{Micros, Millis, SpanError};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_type_them() {
        for (text, micros) in [
            ("300", 300_000_000),
            ("300s", 300_000_000),
            ("5m", 300_000_000),
            ("1h30m", 5_400_000_000),
            ("500ms", 500_000),
            ("1.5s", 1_500_000),
            ("250us", 250),
            ("0s", 0),
            ("0", 0),
        ] {
            assert_eq!(text.parse(), Ok(Micros::new(micros)), "{text}");
        }
    }

    #[test]
    fn a_malformed_duration_says_what_to_write() {
        for text in ["", "abc", "5 apples", "-3s", "3x", "s", "1..5s", "1h-3m", "5mm"] {
            let error = text.parse::<Micros>().unwrap_err();
            assert!(error.to_string().contains("300s"), "{text}: {error}");
        }
        assert!(matches!("99999999h".parse::<Micros>(), Err(SpanError::TooLong(_))));
    }

    #[test]
    fn a_span_in_a_file_needs_its_unit() {
        assert_eq!(Micros::parse_with_unit("3").unwrap_err().to_string(), "\"3\" has no unit; write \"3s\"");
    }

    #[test]
    fn what_is_printed_parses_to_the_same_span() {
        for micros in [0, 1, 999, 1_000, 1_500, 250_000, 1_000_000, 1_000_001, 300_000_000, 5_400_000_000] {
            let span = Micros::new(micros);
            assert_eq!(span.to_string().parse(), Ok(span), "{span}");
        }
        assert_eq!(Micros::from_millis(100).to_string(), "100ms");
        assert_eq!(Micros::new(100_350).to_string(), "100.35ms");
    }

    #[test]
    fn a_rate_over_no_time_and_a_share_of_nothing_do_not_exist() {
        assert_eq!(RatePerSec::of(5, Micros::ZERO), None);
        assert_eq!(Ratio::of(0, 0), None);
        assert_eq!(Ratio::of(1, 4).map(Ratio::get), Some(0.25));
    }
}
