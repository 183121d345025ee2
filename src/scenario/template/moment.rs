//! `${now(...)}`: the time of day, as a text.
//!
//! In: a format, and by how much the time is moved or in which zone it is told. Out: text. Always holds: a format that
//! could fail was refused when the scenario was read.

use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::units::Micros;

/// ISO 8601 in UTC, to the millisecond.
const DEFAULT_FORMAT: &str = "%Y-%m-%dT%H:%M:%S%.3fZ";

/// How a time of day is told.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moment {
    format: String,
    shift: SignedDuration,
    zone: TimeZone,
}

impl Default for Moment {
    fn default() -> Self {
        Self { format: DEFAULT_FORMAT.to_owned(), shift: SignedDuration::ZERO, zone: TimeZone::UTC }
    }
}

impl Moment {
    /// Reads `[format [, shift or zone]]`.
    pub(super) fn parse(arguments: &[&str]) -> Result<Self, String> {
        let mut moment = Self::default();
        match arguments {
            [] => {}
            [format] => moment.format = (*format).to_owned(),
            [format, moved] => {
                moment.format = (*format).to_owned();
                moment.moved(moved).ok_or_else(|| {
                    format!("\"{moved}\" is no shift and no zone; write for example '+8h', '-1d' or '+08:00'")
                })?;
            }
            _ => return Err("it takes a format and a shift; write for example ${now('%Y-%m-%d', '+8h')}".to_owned()),
        }
        moment
            .try_write(Timestamp::UNIX_EPOCH, &mut Vec::new())
            .map_err(|error| format!("its format cannot be written: {error}; write for example '%Y-%m-%dT%H:%M:%S'"))?;
        Ok(moment)
    }

    fn moved(&mut self, text: &str) -> Option<()> {
        let (sign, rest) =
            if let Some(rest) = text.strip_prefix('-') { (-1, rest) } else { (1, text.strip_prefix('+')?) };
        if let Some((hours, minutes)) = rest.split_once(':') {
            let seconds = hours.parse::<i32>().ok()? * 3_600 + minutes.parse::<i32>().ok()? * 60;
            self.zone = TimeZone::fixed(Offset::from_seconds(sign * seconds).ok()?);
            return Some(());
        }
        let seconds = match rest.strip_suffix('d') {
            Some(days) => days.parse::<i64>().ok()?.checked_mul(86_400)?,
            None => i64::try_from(Micros::parse_with_unit(rest).ok()?.get() / 1_000_000).ok()?,
        };
        // 100 years either way keep every result in the calendar.
        (seconds <= 3_155_760_000).then(|| self.shift = SignedDuration::from_secs(i64::from(sign) * seconds))
    }

    /// Appends `now` as it is told.
    pub(super) fn write(&self, now: Timestamp, out: &mut Vec<u8>) {
        // Tried when the scenario was read, with a time that has every part.
        let _written = self.try_write(now, out);
    }

    fn try_write(&self, now: Timestamp, out: &mut Vec<u8>) -> Result<(), jiff::Error> {
        let moment = now.checked_add(self.shift)?.to_zoned(self.zone.clone());
        BrokenDownTime::from(&moment).format(&self.format, out)
    }
}
