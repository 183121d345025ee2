//! What must add up at the service, with nothing left to decide.
//!
//! In: `[[reconcile]]`, and the steps as they are planned. Out: [`Reconcile`]s. Always holds: the identity of a request
//! is the run's id and the iteration's number and nothing else, so that a request can be named by its number alone; an
//! amount can be worked out anew from that number.

use std::collections::BTreeMap;

use crate::plan::program::Op;
use crate::plan::{PlanError, PlannedScenario, PlannedStep};
use crate::sample::StepId;
use crate::scenario::Scenario;
use crate::scenario::feeder::Feeder;
use crate::scenario::format::{ListSection, Pairs, ReconcileSection, SumSection};
use crate::scenario::json::JsonPath;
use crate::scenario::template::{Bound, Names, Outline, Place, Template, Variable};
use crate::units::{Amount, Micros};

/// How long an account must stand still where the author does not say.
const SETTLE: Micros = Micros::from_secs(5);
/// Rows of a page where the author does not say.
const PAGE: u32 = 20_000;
/// What stands in a path for the key and the page's length until they are known: characters that no path may hold.
const AFTER: &str = "\u{1}after\u{1}";
const LIMIT: &str = "\u{1}limit\u{1}";

/// What must add up.
#[derive(Clone, Debug)]
pub struct Reconcile {
    /// The step whose requests are reconciled.
    pub step: StepId,
    /// Its name.
    pub name: String,
    /// How long the account must stand still.
    pub settle: Micros,
    /// Whether a target without such an account refuses the verdict.
    pub required: bool,
    /// What each request moves; `None` where only their number counts.
    pub amount: Option<AmountOf>,
    /// Names and values of the headers that it is read with.
    pub headers: Vec<(String, String)>,
    /// By what.
    pub by: By,
}

/// By what requests are reconciled.
#[derive(Clone, Debug)]
pub enum By {
    /// Each by its own identity.
    Identity(Box<Listing>),
    /// All by one number.
    Sum(Figure),
}

/// Where identities are read back, in pages.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The request's field, for reports.
    pub field: String,
    /// How a request is named.
    pub identity: Identity,
    path: String,
    /// Rows of a page, at least 1.
    pub page: u32,
    /// The array of rows.
    pub items: JsonPath,
    /// A row's key.
    pub key: JsonPath,
    /// A row's identity.
    pub id: JsonPath,
    /// A row's amount.
    pub amount: Option<JsonPath>,
}

/// What stands before and behind an iteration's number in the identity of its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    prefix: String,
    suffix: String,
}

/// A number that requests change.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Path and query of the answer that holds it.
    pub path: String,
    /// The number in the answer.
    pub value: JsonPath,
    /// Whether it falls by what is done.
    pub falls: bool,
}

/// Where the amount of a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AmountOf {
    /// Always the same.
    Fixed(Amount),
    /// A column of a permuted feeder, whose row an iteration's number gives.
    Column {
        /// The feeder's index.
        feeder: usize,
        /// The column's index.
        column: usize,
    },
}

impl Listing {
    /// Path and query of the page of `limit` rows behind the key `after`.
    #[must_use]
    pub fn page_after(&self, after: u64, limit: u32) -> String {
        self.path.replace(AFTER, &after.to_string()).replace(LIMIT, &limit.to_string())
    }
}

impl Identity {
    /// How the request of iteration `sequence` is named.
    #[must_use]
    pub fn name(&self, sequence: u64) -> String {
        format!("{}{sequence}{}", self.prefix, self.suffix)
    }

    /// The iteration whose request is named `text`; `None` for a name of another's.
    #[must_use]
    pub fn sequence(&self, text: &[u8]) -> Option<u64> {
        let digits = text.strip_prefix(self.prefix.as_bytes())?.strip_suffix(self.suffix.as_bytes())?;
        let plain = matches!(digits, [b'0'] | [b'1'..=b'9', ..]) && digits.iter().all(u8::is_ascii_digit);
        plain.then(|| std::str::from_utf8(digits).ok()?.parse().ok())?
    }
}

impl AmountOf {
    /// What the request of iteration `sequence` moves.
    #[must_use]
    pub fn of(&self, sequence: u64, feeders: &[(String, Feeder)]) -> Option<Amount> {
        match self {
            Self::Fixed(amount) => Some(*amount),
            Self::Column { feeder, column } => {
                let Feeder::Permutation(values) = &feeders.get(*feeder)?.1 else { return None };
                let mut text = Vec::with_capacity(24);
                values.write(*column, values.row(sequence), &mut text);
                Amount::parse(&text)
            }
        }
    }
}

/// What the sections are resolved against.
pub(super) struct Against<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) scenarios: &'a [PlannedScenario],
    pub(super) steps: &'a [PlannedStep],
    pub(super) names: Names<'a>,
}

impl Against<'_> {
    /// Every `[[reconcile]]` of the file.
    pub(super) fn resolve(&self) -> Result<Vec<Reconcile>, PlanError> {
        self.scenario.reconciles.iter().map(|section| self.reconcile(section)).collect()
    }

    fn reconcile(&self, section: &ReconcileSection) -> Result<Reconcile, PlanError> {
        let id = self.step(section)?;
        let step = &self.steps[usize::from(id.0)];
        let amount = section.amount.as_deref().map(|field| self.amount(step, field)).transpose()?;
        let by = match (&section.by, &section.list, &section.sum) {
            (Some(field), Some(list), None) => By::Identity(Box::new(self.listing(step, field, list)?)),
            (None, None, Some(sum)) => By::Sum(self.figure(sum)?),
            _ => {
                let problem = "it goes by identity, with by and [reconcile.list], or by a sum, with [reconcile.sum]; \
                               write one of the two";
                return Err(refused("[[reconcile]]", problem));
            }
        };
        let rows_amount = matches!(&by, By::Identity(list) if list.amount.is_some());
        if rows_amount && amount.is_none() {
            let problem = "the rows' amount is compared with the request's; name its field with amount = \"...\"";
            return Err(refused("amount =", problem));
        }
        Ok(Reconcile {
            step: id,
            name: step.name.clone(),
            settle: section.settle.unwrap_or(SETTLE),
            required: section.required,
            amount,
            headers: self.headers(&section.headers)?,
            by,
        })
    }

    /// The step that is meant: sent at most once an iteration, so that an iteration's number names one request.
    fn step(&self, section: &ReconcileSection) -> Result<StepId, PlanError> {
        let named = match &section.step {
            Some(name) => self.steps.iter().position(|step| step.name == *name).ok_or_else(|| {
                let known: Vec<String> = self.steps.iter().map(|step| format!("\"{}\"", step.name)).collect();
                let problem = format!("there is no step \"{name}\"; name one of {}", known.join(", "));
                refused(&format!("\"{name}\""), &problem)
            })?,
            None if self.steps.len() == 1 => 0,
            None => {
                return Err(refused("[[reconcile]]", "the scenario has several steps; name one with step = \"...\""));
            }
        };
        let id = u16::try_from(named).map(StepId).map_err(|_| PlanError::TooManySteps)?;
        if self.scenarios.iter().any(|scenario| is_repeated(&scenario.program.0, id)) {
            let name = &self.steps[named].name;
            let problem =
                format!("step \"{name}\" stands in a loop, where one iteration sends it more than once; take it out");
            return Err(refused("[[reconcile]]", &problem));
        }
        Ok(id)
    }

    fn listing(&self, step: &PlannedStep, field: &str, list: &ListSection) -> Result<Listing, PlanError> {
        let path = self.text(&list.path, Place::Plain)?;
        if !path.contains(AFTER) {
            let problem = "the path names no ${after}, the key behind which a page begins; \
                           write for example \"/records?afterId=${after}&limit=${limit}\"";
            return Err(refused(&quoted(&list.path), problem));
        }
        Ok(Listing {
            field: field.to_owned(),
            identity: identity(step, field, self.names.run_id)?,
            path,
            page: list.page.map_or(PAGE, std::num::NonZeroU32::get),
            items: list.items.clone(),
            key: list.key.clone(),
            id: list.id.clone(),
            amount: list.amount.clone(),
        })
    }

    fn figure(&self, sum: &SumSection) -> Result<Figure, PlanError> {
        let path = self.text(&sum.path, Place::Plain)?;
        Ok(Figure { path, value: sum.value.clone(), falls: sum.falls })
    }

    fn headers(&self, own: &Pairs) -> Result<Vec<(String, String)>, PlanError> {
        let shared = self.scenario.target.headers.iter().filter(|(name, _)| {
            // What is written here replaces a header of the target's.
            !own.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
        });
        shared.chain(own.iter()).map(|(name, text)| Ok((name.to_owned(), self.text(text, Place::Header)?))).collect()
    }

    /// A text that is the same for the whole run, but for a page's key and length.
    fn text(&self, template: &Template, place: Place) -> Result<String, PlanError> {
        let fixed = |text: &str| Variable::Fixed(text.to_owned());
        let mut variables: BTreeMap<String, Variable> =
            self.scenario.vars.iter().map(|(name, value)| (name.clone(), Variable::Text(value.0.clone()))).collect();
        variables.extend(self.scenario.secret_values.iter().map(|(name, value)| (name.clone(), fixed(value.reveal()))));
        variables.extend([("after".to_owned(), fixed(AFTER)), ("limit".to_owned(), fixed(LIMIT))]);
        let names = Names { variables: &variables, ..self.names };
        let bound = names.bind(template, place).map_err(|cause| {
            let needle = cause.needle().unwrap_or_else(|| quoted(template));
            refused(&needle, &cause.to_string())
        })?;
        let text = bound.as_constant().map(|text| String::from_utf8_lossy(text).into_owned());
        let varies = "this text must be the same for the whole run; use ${after}, ${limit}, ${env.NAME} and fixed text";
        let text = text.ok_or_else(|| refused(&quoted(template), varies))?;
        let sendable = !text.replace(AFTER, "").replace(LIMIT, "").chars().any(char::is_control);
        let sendable = sendable && (place == Place::Header || (text.starts_with('/') && !text.contains(' ')));
        sendable.then_some(text).ok_or_else(|| {
            refused(&quoted(template), "a path starts with \"/\" and holds no space; a header holds no line break")
        })
    }

    fn amount(&self, step: &PlannedStep, field: &str) -> Result<AmountOf, PlanError> {
        let value = field_of(step, field)?;
        let amount = match value.as_slice() {
            [Token::Byte(_), ..] => {
                let text: Option<Vec<u8>> = value.iter().map(|token| token.byte()).collect();
                text.and_then(|text| Amount::parse(&text)).map(AmountOf::Fixed)
            }
            [Token::Column { feeder, column }] => Some(AmountOf::Column { feeder: *feeder, column: *column }),
            _ => None,
        };
        amount.filter(|amount| amount.of(0, self.names.feeders).is_some()).ok_or_else(|| {
            let problem = format!(
                "step \"{}\": field \"{field}\" is neither a fixed amount nor a column of a permuted feeder, so what a \
                 request moved cannot be worked out again; leave amount out to compare numbers of requests only",
                step.name
            );
            refused(&format!("\"{field}\""), &problem)
        })
    }
}

fn quoted(template: &Template) -> String {
    template.leading_literal().to_owned()
}

fn refused(needle: &str, problem: &str) -> PlanError {
    PlanError::Reconcile { needle: needle.to_owned(), problem: problem.to_owned() }
}

/// Whether a loop goes round the request.
fn is_repeated(ops: &[Op], step: StepId) -> bool {
    let at: Vec<usize> = (0..ops.len()).filter(|at| matches!(ops[*at], Op::Request(id) if id == step)).collect();
    let round = |(from, op): (usize, &Op)| match op {
        Op::Round(round) => at.iter().any(|at| (from..round.end).contains(at)),
        _ => false,
    };
    ops.iter().enumerate().any(round)
}

/// One byte of a request, or one value that varies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Byte(u8),
    Sequence,
    Column { feeder: usize, column: usize },
    Other,
}

impl Token {
    const fn byte(self) -> Option<u8> {
        match self {
            Self::Byte(byte) => Some(byte),
            _ => None,
        }
    }

    fn is_one_of(self, bytes: &[u8]) -> bool {
        self.byte().is_some_and(|byte| bytes.contains(&byte))
    }
}

fn tokens(text: &Bound) -> Vec<Token> {
    let mut tokens = Vec::new();
    for piece in text.outline() {
        match piece {
            Outline::Fixed(bytes) => tokens.extend(bytes.iter().map(|byte| Token::Byte(*byte))),
            Outline::Sequence => tokens.push(Token::Sequence),
            Outline::Column { feeder, column } => tokens.push(Token::Column { feeder, column }),
            Outline::Other => tokens.push(Token::Other),
        }
    }
    tokens
}

/// The value of a request's field: a member of its JSON body, a name of its form or query, or a header.
fn field_of(step: &PlannedStep, field: &str) -> Result<Vec<Token>, PlanError> {
    let body = step.body.as_ref().map(tokens).unwrap_or_default();
    let path = tokens(&step.path);
    let member: Vec<u8> = format!("\"{field}\"").into_bytes();
    let mut found: Vec<Vec<Token>> =
        places(&body, &member).filter_map(|behind| member_value(&body[behind..])).collect();
    for text in [&body, &path] {
        let name = format!("{field}=").into_bytes();
        let starts = |at: usize| at == name.len() || text[at - name.len() - 1].is_one_of(b"?&");
        found.extend(places(text, &name).filter(|at| starts(*at)).map(|behind| until(&text[behind..], b"&")));
    }
    let headers = step.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(field));
    found.extend(headers.map(|(_, value)| tokens(value)));
    match <[Vec<Token>; 1]>::try_from(found) {
        Ok([value]) => Ok(value),
        Err(found) => {
            let many = if found.is_empty() { "no" } else { "more than one" };
            let problem = format!(
                "step \"{}\" sends {many} field \"{field}\"; name one of its body, form, query or headers",
                step.name
            );
            Err(refused(&format!("\"{field}\""), &problem))
        }
    }
}

/// Where `text` goes on behind each place of `needle`.
fn places<'a>(text: &'a [Token], needle: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let is_there =
        move |at: &usize| text[*at..*at + needle.len()].iter().map(|t| t.byte()).eq(needle.iter().map(|b| Some(*b)));
    (0..(text.len() + 1).saturating_sub(needle.len())).filter(is_there).map(move |at| at + needle.len())
}

/// What stands behind a member's name: a text without its quotes, or a number.
fn member_value(behind: &[Token]) -> Option<Vec<Token>> {
    let skip = |text: &[Token]| text.iter().take_while(|token| token.is_one_of(b" \t\r\n")).count();
    let behind = &behind[skip(behind)..];
    let behind = behind.strip_prefix(&[Token::Byte(b':')])?;
    let behind = &behind[skip(behind)..];
    Some(match behind.strip_prefix(&[Token::Byte(b'"')]) {
        Some(text) => until(text, b"\""),
        None => until(behind, b",}] \t\r\n"),
    })
}

fn until(text: &[Token], ends: &[u8]) -> Vec<Token> {
    text.iter().take_while(|token| !token.is_one_of(ends)).copied().collect()
}

/// What a request's field says: the run's id and the iteration's number, with fixed text around them.
fn identity(step: &PlannedStep, field: &str, run_id: &str) -> Result<Identity, PlanError> {
    let value = field_of(step, field)?;
    let mut sides = value.splitn(2, |token| *token == Token::Sequence);
    let side = |side: Option<&[Token]>| {
        side.and_then(|side| String::from_utf8(side.iter().map(|token| token.byte()).collect::<Option<_>>()?).ok())
    };
    let sides = (side(sides.next()), side(sides.next()));
    match sides {
        (Some(prefix), Some(suffix)) if prefix.contains(run_id) || suffix.contains(run_id) => {
            Ok(Identity { prefix, suffix })
        }
        _ => {
            let problem = format!(
                "step \"{}\": field \"{field}\" must name each request of each run apart; \
                 write for example \"{field}\": \"${{run.id}}-${{sequence}}\"",
                step.name
            );
            Err(refused(&format!("\"{field}\""), &problem))
        }
    }
}

#[cfg(test)]
mod tests;
