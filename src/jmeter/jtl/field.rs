//! The fields of a row: numbers, truths and times of day.
//!
//! In: the text of one field. Out: its value, or what is wrong with it and what to write. Always holds: a number that
//! is not wholly digits is refused, never cut.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A whole number that is not negative.
pub(super) fn whole(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |value, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        value.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// A whole number; what to say where it is none.
pub(super) fn number(name: &str, text: &[u8]) -> Result<u64, String> {
    whole(text).ok_or_else(|| {
        let text = String::from_utf8_lossy(text);
        format!("{name} \"{text}\" is no whole number of 0 or more; correct the row or take it out")
    })
}

/// `true` or `false`, in any case.
pub(super) fn truth(text: &[u8]) -> Result<bool, String> {
    match text {
        b"true" => Ok(true),
        b"false" => Ok(false),
        text if text.eq_ignore_ascii_case(b"true") => Ok(true),
        text if text.eq_ignore_ascii_case(b"false") => Ok(false),
        text => {
            let text = String::from_utf8_lossy(text);
            Err(format!("success \"{text}\" is neither true nor false; correct the row or take it out"))
        }
    }
}

/// A time of day in milliseconds since 1970: a number, or one of the forms that JMeter reads itself, taken for UTC.
pub(super) fn time_of_day(text: &[u8]) -> Result<u64, String> {
    /// As JMeter's own reader knows them.
    const FORMS: [&str; 5] =
        ["%Y/%m/%d %H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%m/%d/%y %H:%M:%S", "%s"];
    if let Some(millis) = whole(text) {
        return Ok(millis);
    }
    let text = String::from_utf8_lossy(text);
    let read = FORMS.iter().find_map(|form| DateTime::strptime(form, text.trim()).ok());
    let moment = read.and_then(|time| time.to_zoned(TimeZone::UTC).ok()).map(|time| time.timestamp().as_millisecond());
    moment.and_then(|millis| u64::try_from(millis).ok()).ok_or_else(|| {
        format!(
            "timeStamp \"{text}\" is no time; write milliseconds since 1970, as \
             jmeter.save.saveservice.timestamp_format=ms makes JMeter do"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_all_digits() {
        assert_eq!(whole(b"0042"), Some(42));
        for text in [&b""[..], b"-1", b"1.5", b" 1", b"1 ", b"99999999999999999999", b"x"] {
            assert_eq!(whole(text), None, "{text:?}");
        }
    }

    #[test]
    fn every_form_of_time_that_jmeter_reads_is_read() {
        for text in ["1700000000123", "2023/11/14 22:13:20.123", "2023-11-14 22:13:20.123", "2023-11-14T22:13:20.123"] {
            assert_eq!(time_of_day(text.as_bytes()), Ok(1_700_000_000_123), "{text}");
        }
        assert_eq!(time_of_day(b"2023/11/14 22:13:20"), Ok(1_700_000_000_000));
        assert_eq!(time_of_day(b"11/14/23 22:13:20"), Ok(1_700_000_000_000));
        for text in ["", "soon", "-5", "2023/14/14 22:13:20"] {
            assert!(time_of_day(text.as_bytes()).unwrap_err().contains("timestamp_format=ms"), "{text}");
        }
    }
}
