//! The rules of the validator's log.
//!
//! In: the log of a window, and what is validated how often. Out: five checks a type. Always holds: the window's own ends
//! count as gaps; the seed, which compared nothing, is no validation.

use crate::acceptance::dual_write::{LogRow, LogSeen};
use crate::gate::acceptance::witness::{answered, cut_share};
use crate::gate::acceptance::{Check, Limit, Measure, Said, Window};
use crate::scenario::acceptance::dual_write::TypeSection;
use crate::units::{Amount, Micros, Ratio};

/// How far in the future a row may lie before its clock is doubted, in seconds.
const MOST_AHEAD: i64 = 60;
/// By how much a written rate may differ from its counts: half of its fourth decimal.
const MOST_ROUNDED: f64 = 0.000_051;

/// What must hold of a log.
pub(in crate::gate::acceptance) struct Rules<'a> {
    /// What is validated.
    pub(in crate::gate::acceptance) types: &'a [TypeSection],
    /// The least rate of any one validation.
    pub(in crate::gate::acceptance) min_rate: Ratio,
    /// The least rate over all.
    pub(in crate::gate::acceptance) mean_rate: Ratio,
}

/// A check that begins: the rule's name, the type, the query.
type Begin<'a> = dyn Fn(&str, &str, &str) -> Check + 'a;

/// The checks of every type.
pub(in crate::gate::acceptance) fn of_types(rules: &Rules<'_>, seen: &LogSeen, begin: &Begin<'_>) -> Vec<Check> {
    rules.types.iter().flat_map(|kind| of_type(rules, kind, (seen, begin))).collect()
}

/// One type's rows.
struct OfType<'a> {
    /// Those that compared something.
    rows: Vec<&'a LogRow>,
    /// How many compared nothing, the seed not counted.
    empty: usize,
    /// How many lie in the future.
    ahead: usize,
}

fn of_type(rules: &Rules<'_>, kind: &TypeSection, (seen, begin): (&LogSeen, &Begin<'_>)) -> Vec<Check> {
    let check = |rule: &str, judge: &dyn Fn(Check, &OfType<'_>) -> Check| {
        let check = begin(rule, &kind.name, &seen.rows.query).over(Window::Last(seen.window));
        answered(check, &seen.rows, |check, rows| {
            let of_type = OfType::of(rows, &kind.name);
            if of_type.ahead > 0 {
                return check.no_data(in_the_future(of_type.ahead));
            }
            judge(check, &of_type)
        })
    };
    vec![
        check("rows", &|check, of| rows(check, of, kind.expected_rows(seen.window))),
        check("gap", &|check, of| gap(check, of, (seen.window, kind.most_gap()))),
        check("status", &|check, of| status(check, of)),
        check("min", &|check, of| least_rate(check, of, rules.min_rate)),
        check("mean", &|check, of| mean_rate(check, of, rules.mean_rate)),
        check("recomputed", &|check, of| recomputed(check, of)),
    ]
}

impl<'a> OfType<'a> {
    fn of(rows: &'a [LogRow], kind: &str) -> Self {
        let of_kind: Vec<&LogRow> = rows.iter().filter(|row| row.kind == kind && !row.is_seed).collect();
        Self {
            ahead: of_kind.iter().filter(|row| row.age < -MOST_AHEAD).count(),
            empty: of_kind.iter().filter(|row| row.total <= 0).count(),
            rows: of_kind.into_iter().filter(|row| row.total > 0).collect(),
        }
    }
}

fn in_the_future(rows: usize) -> Said {
    Said::new(
        format!(
            "{rows} rows lie in the future: the service writes in another time zone than the database's; set [database] time_zone"
        ),
        format!("{rows} 行的时间在未来：服务写入的时区与数据库不同；请设置 [database] time_zone"),
    )
}

fn no_rows() -> Said {
    Said::new("no validation compared anything in the window", "窗口内没有任何有效校验")
}

fn rows(check: Check, of: &OfType<'_>, (least, most): (u64, u64)) -> Check {
    let check = check.wants(Limit::Between(Measure::Count(least), Measure::Count(most)));
    let check = check.found(Measure::Count(of.rows.len() as u64));
    if of.empty == 0 {
        return check;
    }
    let empty = of.empty;
    check.noting(Said::new(format!("{empty} more compared nothing"), format!("另有 {empty} 次校验未比较任何数据")))
}

/// The longest time without a validation. The window's ends count: a validator that stopped leaves a gap up to now.
fn gap(check: Check, of: &OfType<'_>, (window, most): (Micros, Micros)) -> Check {
    let mut ages: Vec<i64> = of.rows.iter().map(|row| row.age.max(0)).collect();
    ages.push(i64::try_from(window.get() / 1_000_000).unwrap_or(i64::MAX));
    ages.push(0);
    ages.sort_unstable();
    let longest = ages.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
    check.wants(Limit::AtMost(Measure::Seconds(most.as_secs_f64()))).found(Measure::Seconds(longest as f64))
}

fn status(check: Check, of: &OfType<'_>) -> Check {
    let check = check.wants(Limit::Equal(Measure::Count(0)));
    if of.rows.is_empty() {
        return check.no_data(no_rows());
    }
    check.found(Measure::Count(of.rows.iter().filter(|row| row.status != 1).count() as u64))
}

/// What a row proves: rows that say the same, never more than were compared and never those that it calls different.
fn proven(row: &LogRow) -> (u64, u64) {
    let total = u64::try_from(row.total).unwrap_or(0);
    let different = u64::try_from(row.inconsistent).unwrap_or(total);
    let consistent = u64::try_from(row.consistent).unwrap_or(0);
    (consistent.min(total.saturating_sub(different)), total)
}

fn least_rate(check: Check, of: &OfType<'_>, least: Ratio) -> Check {
    let check = check.wants(Limit::AtLeast(Measure::Share(least.get())));
    let rates = of.rows.iter().map(|row| proven(row));
    // One fraction is less than another if its product across is.
    let lowest = rates
        .min_by(|one, other| (u128::from(one.0) * u128::from(other.1)).cmp(&(u128::from(other.0) * u128::from(one.1))));
    match lowest {
        Some((part, whole)) => share(check, (part, whole), least),
        None => check.no_data(no_rows()),
    }
}

fn mean_rate(check: Check, of: &OfType<'_>, least: Ratio) -> Check {
    let check = check.wants(Limit::AtLeast(Measure::Share(least.get())));
    let sum = of.rows.iter().map(|row| proven(row)).fold((0, 0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
    if sum.1 == 0 { check.no_data(no_rows()) } else { share(check, sum, least) }
}

fn share(check: Check, (part, whole): (u64, u64), least: Ratio) -> Check {
    let holds = part as f64 / whole as f64 >= least.get();
    check
        .judged(Measure::Share(cut_share(part, whole)), holds)
        .noting(Said::new(format!("{part} of {whole} consistent"), format!("{whole} 条中 {part} 条一致")))
}

/// Rows whose own rate is not what their counts say, or whose counts do not add up.
fn recomputed(check: Check, of: &OfType<'_>) -> Check {
    let check = check.wants(Limit::Equal(Measure::Count(0)));
    if of.rows.is_empty() {
        return check.no_data(no_rows());
    }
    let is_other = |row: &&&LogRow| {
        let rate = row.consistent as f64 / row.total as f64;
        let is_rounded = |written: Amount| (written.as_f64() - rate).abs() <= MOST_ROUNDED;
        row.consistent + row.inconsistent != row.total || !row.rate.is_some_and(is_rounded)
    };
    check.found(Measure::Count(of.rows.iter().filter(is_other).count() as u64))
}
