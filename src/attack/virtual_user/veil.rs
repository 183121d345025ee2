//! Values out of answers that are used and never shown: a login's token.
//!
//! In: what a user holds, and which of it is secret. Out: messages without it. Always holds: it costs something only
//! where a request failed; what the failed answer itself would have given is hidden too.

use std::borrow::Cow;

use crate::scenario::check::{Extract, Reply};
use crate::scenario::secret::{Masker, Secret};
use crate::scenario::slots::Slots;

/// The secrets that a user holds in these slots.
pub(super) fn held(slots: &Slots, secret: &[usize]) -> Vec<Secret> {
    let values = secret.iter().flat_map(|slot| slots.values(*slot));
    values.filter_map(|value| Secret::of(std::str::from_utf8(value).ok()?)).collect()
}

/// `message` without what the user holds in the slots that are `secret`, and without what `extracts` would have taken
/// out of the answer it is about.
pub(super) fn hide<'a>(
    message: Cow<'a, str>,
    (reply, extracts): (Option<&Reply<'_>>, &[Extract]),
    (slots, secret): (&mut Slots, &[usize]),
) -> Cow<'a, str> {
    let mut secrets = held(slots, secret);
    for extract in extracts.iter().filter(|extract| extract.secret) {
        if reply.is_some_and(|reply| extract.take(reply, slots).is_ok()) {
            secrets.extend(held(slots, &[extract.slot]));
        }
    }
    if secrets.is_empty() { message } else { Cow::Owned(Masker::new(&secrets).mask(&message)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::check::{Source, Which};
    use crate::scenario::json::{JsonPath, Outline};
    use crate::units::Micros;

    #[test]
    fn a_token_is_hidden_whether_it_was_taken_before_or_stands_in_the_very_answer() {
        let mut slots = Slots::new(2);
        slots.push(0, |out| out.extend_from_slice(b"old/token"));
        let body = br#"{"token":"new-token"}"#;
        let mut outline = Outline::default();
        let reply = Reply { status: 500, head: b"", body: outline.read(body), time: Micros::ZERO };
        let token = Extract {
            name: "t".into(),
            slot: 1,
            from: Source::Json(JsonPath::parse("$.token").unwrap()),
            which: Which::One(0),
            default: None,
            secret: true,
        };
        let said = Cow::Borrowed("old%2Ftoken old/token {\"token\":\"new-token\"}");
        let hidden = hide(said, (Some(&reply), &[token]), (&mut slots, &[0, 1]));
        assert_eq!(hidden, "*** *** {\"token\":\"***\"}");
        assert_eq!(hide("nothing".into(), (None, &[]), (&mut slots, &[])), "nothing");
    }
}
