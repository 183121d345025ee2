//! `reconcile.json`: the money, with the name of every request that does not agree; and the same, shorter, for
//! `summary.json`.
//!
//! In: the verdict's evidence. Out: JSON with a fixed set of keys. Always holds: what does not exist is null; amounts
//! are texts, because they are exact; times are in seconds.

use serde_json::{Value, json};

use super::Material;
use crate::acceptance::evidence::{Evidence, Identities, Named, Seen};
use crate::report::ReportError;
use crate::report::text::{Lang, money};
use crate::units::Micros;

/// Its name in the folder.
pub(in crate::report) const PLACE: &str = "reconcile.json";

/// Names of a kind in `summary.json`.
const FEW: usize = 20;

/// The document's bytes.
pub(in crate::report) fn render(material: &Material<'_>) -> Result<Vec<u8>, ReportError> {
    let evidence = &material.verdict.evidence;
    let steps: Vec<Value> = evidence.iter().map(|one| of(one, usize::MAX)).collect();
    let document = json!({ "run": material.summary.run.id, "reconcile": steps });
    let mut bytes = serde_json::to_vec_pretty(&document).map_err(ReportError::Json)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// What `summary.json` says of the money.
pub(in crate::report) fn summaries(evidence: &[Evidence]) -> Vec<Value> {
    evidence.iter().map(|one| of(one, FEW)).collect()
}

fn of(evidence: &Evidence, most: usize) -> Value {
    let sent = evidence.sent;
    let (mut identities, mut change, mut unread) = (Value::Null, Value::Null, Value::Null);
    match &evidence.seen {
        Seen::Identities(seen) => identities = of_identities(seen, most),
        Seen::Change(seen) => {
            change = json!({
                "before": seen.before,
                "after": seen.after,
                "moved": seen.moved(),
                "least": seen.least,
                "most": seen.most,
                "unexplained": seen.unexplained(),
                "late": seen.late.map(|(amount, time)| json!({ "amount": amount, "seconds": seconds(time) })),
            });
        }
        Seen::Unread { cause, .. } => unread = Value::String(money::unread(Lang::En, cause)),
    }
    json!({
        "step": evidence.step,
        "by": evidence.by,
        "required": evidence.required,
        "acknowledged": sent.acknowledged,
        "refused": sent.refused,
        "unknown": sent.unknown,
        "identities": identities,
        "change": change,
        "unread": unread,
    })
}

fn of_identities(seen: &Identities, most: usize) -> Value {
    let named = |named: &Named| {
        let ids: Vec<String> = named.numbers.iter().take(most).map(|number| seen.identity.name(*number)).collect();
        json!({ "count": named.count, "ids": ids })
    };
    json!({
        "rows": seen.rows,
        "lost": named(&seen.lost),
        "doubled": named(&seen.doubled),
        "done_though_refused": named(&seen.refused),
        "wrong_amount": seen.wrong_amount.as_ref().map(named),
        "unknown_done": seen.unknown_done,
        "foreign": seen.foreign,
        "late": seen.late.map(|(rows, time)| json!({ "rows": rows, "seconds": seconds(time) })),
    })
}

fn seconds(time: Micros) -> f64 {
    (time.as_secs_f64() * 10.0).round() / 10.0
}
