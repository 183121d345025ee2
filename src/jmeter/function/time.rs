//! Times of day: `__time` and `__timeShift`.
//!
//! In: a format of Java's, and by how much the time is moved. Out: a template. Always holds: a format or a shift that is
//! not known is refused.

use super::{Names, Remark, Translated};
use crate::jmeter::moment::strftime;
use crate::jmeter::script::Template;

const DAY: i64 = 86_400;

/// A call of `now` in a format of `strftime`, moved by so many seconds.
pub(crate) fn now(format: &str, shift: i64) -> Template {
    let format = format.replace('\'', "''");
    let sign = if shift < 0 { '-' } else { '+' };
    let size = shift.unsigned_abs();
    let moved = match shift {
        0 => String::new(),
        _ if shift % DAY == 0 => format!(", '{sign}{}d'", size / DAY.unsigned_abs()),
        _ if shift % 3_600 == 0 => format!(", '{sign}{}h'", size / 3_600),
        _ if shift % 60 == 0 => format!(", '{sign}{}m'", size / 60),
        _ => format!(", '{sign}{size}s'"),
    };
    Template::expression(&format!("now('{format}'{moved})"))
}

/// Milliseconds since 1970, moved by so many seconds.
pub(crate) fn millis(shift: i64) -> Template {
    let now = Template::expression("timestamp.ms");
    match shift {
        0 => now,
        shift if shift < 0 => Template::call("difference", &[&now, &Template::literal(&(shift * -1_000).to_string())]),
        shift => Template::call("sum", &[&now, &Template::literal(&(shift * 1_000).to_string())]),
    }
}

impl Names {
    /// `__time(format)`.
    pub(super) fn time(&self, format: Option<&str>, out: &mut Translated) {
        let by = format.and_then(|format| format.strip_prefix('/')).and_then(|by| by.parse::<u64>().ok());
        match (format, by.filter(|by| *by > 0)) {
            (None, _) => out.text.push_str("${timestamp.ms}"),
            (_, Some(1_000)) => out.text.push_str("${timestamp}"),
            (_, Some(by)) => out.text.push_str(&format!("${{quotient(${{timestamp.ms}}, {by})}}")),
            (Some(format), None) => match self.java_format(format) {
                Some(format) => out.in_utc(&now(&format, 0)),
                None => out.remark(Remark::Refused("JMX103", format!("__time with the format \"{format}\""))),
            },
        }
    }

    /// `__timeShift(format, date, shift)`.
    pub(super) fn time_shift(&self, (format, date, shift): (Option<&str>, Option<&str>, &str), out: &mut Translated) {
        let refused = |what: String| Remark::Refused("JMX103", format!("__timeShift {what}"));
        if let Some(date) = date {
            return out.remark(refused(format!("of the date {date}: only the time of the moment is moved")));
        }
        let seconds = self.settled(shift).and_then(|shift| seconds_of(shift.trim()));
        let Some(seconds) = seconds else {
            return out.remark(refused(format!("by \"{shift}\", which is no time that is known before the test")));
        };
        match format {
            None => out.text.push_str(&millis(seconds).text()),
            Some(format) => match self.java_format(format) {
                Some(format) => out.in_utc(&now(&format, seconds)),
                None => out.remark(refused(format!("with the format \"{format}\""))),
            },
        }
    }

    fn java_format(&self, format: &str) -> Option<String> {
        let format = self.settled(format)?;
        strftime(match format.as_str() {
            "YMD" => "yyyyMMdd",
            "HMS" => "HHmmss",
            "YMDHMS" => "yyyyMMdd-HHmmss",
            other => other,
        })
    }
}

impl Translated {
    fn in_utc(&mut self, now: &Template) {
        self.text.push_str(&now.text());
        self.remark(Remark::Approx("times of day are in UTC, not in the machine's zone".to_owned()));
    }
}

/// The seconds of a duration of ISO 8601, as Java reads it: `P10DT-1H5M`; 0 for nothing.
fn seconds_of(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    let upper = text.to_ascii_uppercase();
    let (sign, rest) = upper.strip_prefix('-').map_or((1, upper.as_str()), |rest| (-1, rest));
    let rest = rest.strip_prefix('P')?;
    let (mut total, mut of_day, mut number, mut parts) = (0_i64, true, String::new(), 0);
    for c in rest.chars() {
        let unit = match c {
            'T' if of_day && number.is_empty() => {
                of_day = false;
                continue;
            }
            'D' if of_day => DAY,
            'H' if !of_day => 3_600,
            'M' if !of_day => 60,
            'S' if !of_day => 1,
            c => {
                number.push(c);
                continue;
            }
        };
        total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
        number.clear();
        parts += 1;
    }
    // 100 years either way, as templates take it.
    (number.is_empty() && parts > 0 && total.unsigned_abs() <= 36_500 * DAY.unsigned_abs()).then_some(sign * total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_java_reads_them() {
        for (text, seconds) in [
            ("", Some(0)),
            ("P1D", Some(DAY)),
            ("P-2D", Some(-2 * DAY)),
            ("-P2D", Some(-2 * DAY)),
            ("PT1H30M", Some(5_400)),
            ("P10DT-1H-5M5S", Some(10 * DAY - 3_895)),
            ("pt20m", Some(1_200)),
            ("P1M", None),
            ("P", None),
            ("1D", None),
            ("P1DX", None),
            ("P99999999999999999999D", None),
            ("PT-9223372036854775808S", None),
            ("P-36500D", Some(-36_500 * DAY)),
        ] {
            assert_eq!(seconds_of(text), seconds, "{text}");
        }
    }
}
