//! The rules of the house that need no ledger, and the data by which each refusal can be provoked.
//!
//! In: a charge. Out: its refusal, if one applies. Always holds: numbers a load scenario uses by itself (accounts up to
//! ten million, areas and terminals below 900) break no rule here.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use super::charge::{Charge, Refusal};
use super::money::Fen;

/// The most one charge may take.
const SINGLE_LIMIT: Fen = Fen::from_yuan(2_000);

/// Accounts that are frozen.
pub(super) const FROZEN: RangeInclusive<i64> = 90_000_001..=90_000_100;
/// Accounts that are closed.
pub(super) const CLOSED: RangeInclusive<i64> = 90_010_001..=90_010_100;
/// Accounts without money.
pub(super) const POOR: RangeInclusive<i64> = 90_020_001..=90_020_100;
/// Accounts that may spend nothing today.
pub(super) const LIMITED: RangeInclusive<i64> = 90_030_001..=90_030_100;

/// Refuses a closed area (`AREA90` to `AREA99`), a terminal out of service (`POS900` to `POS999`) and more than 2000.00.
pub(super) fn refuse(charge: &Charge) -> Option<Refusal> {
    if numbered(&charge.device, "POS9", 2) {
        Some(Refusal::DeviceOffline)
    } else if charge.area.as_deref().is_some_and(|area| numbered(area, "AREA9", 1)) {
        Some(Refusal::PermissionDenied)
    } else if charge.amount > SINGLE_LIMIT {
        Some(Refusal::AmountLimit)
    } else {
        None
    }
}

fn numbered(text: &str, prefix: &str, digits: usize) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| rest.len() == digits && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// Remembers a minute's user, device and amount.
#[derive(Default)]
pub(super) struct Repeats {
    minute: i64,
    seen: HashSet<(i64, String, Fen)>,
}

impl Repeats {
    /// Whether the same was [taken](Self::remember) in the minute of `now` (wall time in milliseconds). As in the
    /// contract it is the minute of the clock: two charges a second apart may lie in different ones.
    pub(super) fn knows(&mut self, charge: &Charge, now: i64) -> bool {
        let minute = now / 60_000;
        if minute != self.minute {
            self.minute = minute;
            self.seen.clear();
        }
        self.seen.contains(&key(charge))
    }

    /// Keeps a charge that was accepted.
    pub(super) fn remember(&mut self, charge: &Charge) {
        self.seen.insert(key(charge));
    }
}

fn key(charge: &Charge) -> (i64, String, Fen) {
    (charge.account, charge.device.clone(), charge.amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge(area: &str, device: &str, yuan: i64) -> Charge {
        Charge {
            transaction_no: "A".to_owned(),
            account: 1,
            area: Some(area.to_owned()),
            device: device.to_owned(),
            amount: Fen::from_yuan(yuan),
        }
    }

    #[test]
    fn each_rule_has_its_own_data_and_ordinary_data_breaks_none() {
        for (area, device, yuan, refusal) in [
            ("AREA08", "POS040", 2_000, None),
            ("AREA9", "POS9", 1, None),
            ("AREA900", "POS9000", 1, None),
            ("AREA99", "POS040", 1, Some(Refusal::PermissionDenied)),
            ("AREA08", "POS900", 1, Some(Refusal::DeviceOffline)),
            ("AREA08", "POS040", 2_001, Some(Refusal::AmountLimit)),
        ] {
            assert_eq!(refuse(&charge(area, device, yuan)), refusal, "{area} {device} {yuan}");
        }
    }

    #[test]
    fn a_repeat_is_one_of_the_same_user_device_and_amount_in_the_same_minute_of_the_clock() {
        let mut repeats = Repeats::default();
        let first = charge("A", "POS001", 1);
        assert!(!repeats.knows(&first, 60_000));
        repeats.remember(&first);
        assert!(repeats.knows(&first, 119_999));
        assert!(!repeats.knows(&charge("A", "POS002", 1), 119_999));
        assert!(!repeats.knows(&charge("A", "POS001", 2), 119_999));
        assert!(!repeats.knows(&first, 120_000));
    }
}
