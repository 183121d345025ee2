//! The money in words: what was sent, what was booked, and the names of those that do not agree.
//!
//! In: the verdict's evidence. Out: [`MoneyView`]s. Always holds: at most twenty of a kind are named; the rest are
//! counted, and lie in `reconcile.json`.

use super::{Subject, Tone};
use crate::acceptance::evidence::{Evidence, Identities, Named, Seen};
use crate::report::neutral::neutral;
use crate::report::text::money::{self, Kind};
use crate::report::{figures, text::Lang};

/// Requests named of each kind.
const MOST_NAMED: usize = 20;

/// One reconciled step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyView {
    /// The step.
    pub step: String,
    /// What was sent and what was found, a sentence a line.
    pub lines: Vec<String>,
    /// What must not be overlooked although it breaks no rule.
    pub warnings: Vec<String>,
    /// Requests that do not agree.
    pub kinds: Vec<MoneyKind>,
}

/// Requests of one kind of disagreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyKind {
    /// Which, and how many.
    pub title: String,
    /// Their names, at most twenty, and how many more there are.
    pub names: String,
    /// Its colour.
    pub tone: Tone,
}

impl Subject<'_> {
    /// Every reconciled step.
    pub(super) fn money(&self) -> Vec<MoneyView> {
        self.verdict.evidence.iter().map(|evidence| of(self.lang, evidence)).collect()
    }
}

fn of(lang: Lang, evidence: &Evidence) -> MoneyView {
    let mut view = MoneyView {
        step: neutral(&evidence.step),
        lines: vec![money::sent(lang, evidence)],
        warnings: Vec::new(),
        kinds: Vec::new(),
    };
    match &evidence.seen {
        Seen::Identities(seen) => {
            view.lines.push(money::rows(lang, seen));
            view.warnings.extend(seen.late.map(|(rows, time)| money::late(lang, &figures::count(rows), time)));
            view.warnings.extend((seen.foreign > 0).then(|| money::foreign(lang, seen.foreign)));
            view.kinds =
                kinds(seen).into_iter().filter_map(|(kind, named)| listed(lang, seen, (kind, named))).collect();
        }
        Seen::Change(change) => {
            view.lines.push(money::moved(lang, change));
            view.warnings.extend(change.late.map(|(amount, time)| money::late(lang, &amount.to_string(), time)));
        }
        Seen::Unread { cause, from_the_start } => {
            let why = neutral(&money::unread(lang, cause));
            if *from_the_start && !evidence.required {
                view.warnings.push(money::not_reconciled(lang, &why));
            } else {
                view.warnings.push(money::not_read(lang, &why));
            }
        }
    }
    view
}

/// Every kind of disagreement, with the requests that have it.
pub(in crate::report) fn kinds(seen: &Identities) -> Vec<(Kind, &Named)> {
    let mut kinds =
        vec![(Kind::Lost, &seen.lost), (Kind::Doubled, &seen.doubled), (Kind::DoneThoughRefused, &seen.refused)];
    kinds.extend(seen.wrong_amount.as_ref().map(|named| (Kind::WrongAmount, named)));
    kinds
}

fn listed(lang: Lang, seen: &Identities, (kind, named): (Kind, &Named)) -> Option<MoneyKind> {
    if named.count == 0 {
        return None;
    }
    let shown = named.numbers.iter().take(MOST_NAMED);
    let mut names: Vec<String> = shown.map(|number| neutral(&seen.identity.name(*number))).collect();
    let rest = named.count.saturating_sub(names.len() as u64);
    names.extend((rest > 0).then(|| money::more(lang, rest)));
    let title = lang.labelled(kind.title(lang), &figures::count(named.count));
    Some(MoneyKind { title, names: names.join(lang.text().list_comma), tone: Tone::Bad })
}
