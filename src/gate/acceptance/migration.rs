//! The rules of a migration.
//!
//! In: what the database looks like, and what the acceptance file expects. Out: checks. Always holds: tables are compared
//! as a set of names; two empty tables agree on nothing; a share is judged by its whole numbers.

use std::collections::BTreeSet;

use crate::acceptance::migration::{Current, MigrationSeen, Partitions, Ran};
use crate::acceptance::pairs::{Comparison, How, PairSeen};
use crate::acceptance::store::Asked;
use crate::gate::acceptance::witness::{answered, begin, cut_share, listed};
use crate::gate::acceptance::{Check, Limit, Measure, Said};
use crate::scenario::acceptance::{MigrationSection, Severity};

/// The checks of `seen`.
#[must_use]
pub fn judge(section: &MigrationSection, seen: &MigrationSeen, severity: &Severity) -> Vec<Check> {
    let mut checks = history(section, &seen.history, severity);
    checks.push(tables(section, seen, severity));
    checks.extend(indexes(section, seen, severity));
    checks.extend(partitions(section, seen, severity));
    for pair in &seen.pairs {
        checks.push(rows(pair, severity));
        checks.push(consistency(section, pair, severity));
    }
    checks
}

fn none() -> Limit {
    Limit::Equal(Measure::Count(0))
}

fn history(section: &MigrationSection, seen: &Asked<Vec<Ran>>, severity: &Severity) -> Vec<Check> {
    let of = |subject: &str, judge: &dyn Fn(Check, &[Ran]) -> Check| {
        let check = begin(severity, ("migration.history", subject), &seen.query);
        answered(check, seen, |check, rows| {
            if rows.is_empty() {
                let limit = check.wants(none());
                return limit.no_data(Said::new("the history is empty", "迁移历史为空"));
            }
            judge(check, rows)
        })
    };
    vec![
        of("failed", &|check, rows| {
            let failed = rows.iter().filter(|ran| !ran.success).map(|ran| ran.script.clone());
            breaches(check, &failed.collect::<Vec<_>>())
        }),
        of("scripts", &|check, rows| {
            let is_done = |script: &str| rows.iter().filter(|ran| ran.script == script && ran.success).count() == 1;
            let undone: Vec<String> = section.scripts.iter().filter(|script| !is_done(script)).cloned().collect();
            breaches(check, &undone)
        }),
        of("versions", &|check, rows| {
            let is_other = |ran: &&Ran| version_of(&ran.script) != ran.version && section.scripts.contains(&ran.script);
            let wrong = rows.iter().filter(is_other).map(|ran| ran.script.clone());
            breaches(check, &wrong.collect::<Vec<_>>())
        }),
        of("gaps", &|check, rows| breaches(check, &gaps(rows))),
    ]
}

/// None of `broken` may be.
fn breaches(check: Check, broken: &[String]) -> Check {
    let check = check.wants(none()).found(Measure::Count(broken.len() as u64));
    if broken.is_empty() {
        return check;
    }
    check.noting(Said::foreign(listed(broken, broken.len() as u64)))
}

/// The version in a script's name: `V2_1__name.sql` is 2.1; a repeatable script has none.
fn version_of(script: &str) -> Option<String> {
    let (version, _) = script.strip_prefix('V')?.split_once("__")?;
    Some(version.replace('_', "."))
}

/// The ranks that are not there, or twice: somebody has edited the history.
fn gaps(rows: &[Ran]) -> Vec<String> {
    let ranks: BTreeSet<i64> = rows.iter().map(|ran| ran.rank).collect();
    // A baseline may begin at 0.
    let first = ranks.first().copied().unwrap_or(1).min(1);
    let last = ranks.last().copied().unwrap_or(0);
    let missing = (first..=last).filter(|rank| !ranks.contains(rank)).map(|rank| rank.to_string());
    let doubled = (rows.len() > ranks.len()).then(|| format!("{} doubled", rows.len() - ranks.len()));
    missing.take(1_000).chain(doubled).collect()
}

fn tables(section: &MigrationSection, seen: &MigrationSeen, severity: &Severity) -> Check {
    let check = begin(severity, ("migration.tables", ""), &seen.tables.query);
    if section.tables.is_empty() {
        return check.skipped(Said::new("the file lists no tables", "验收文件未列出表"));
    }
    let listed_tables = section.tables.len() as u64;
    answered(check, &seen.tables, |check, _| {
        let found = listed_tables - seen.missing.len() as u64;
        let check = check.wants(Limit::Equal(Measure::Count(listed_tables))).found(Measure::Count(found));
        if seen.missing.is_empty() {
            return check;
        }
        let missing = listed(&seen.missing, seen.missing.len() as u64);
        check.noting(Said::new(format!("missing: {missing}"), format!("缺少：{missing}")))
    })
}

fn indexes(section: &MigrationSection, seen: &MigrationSeen, severity: &Severity) -> Vec<Check> {
    if section.indexes.is_empty() {
        let check = begin(severity, ("migration.indexes", ""), "");
        return vec![check.skipped(Said::new("the file lists no indexes", "验收文件未列出索引"))];
    }
    let of = |(table, found): &(String, Asked<Vec<String>>)| {
        let wanted = section.indexes.get(table).map(Vec::as_slice).unwrap_or_default();
        let check = begin(severity, ("migration.indexes", table), &found.query);
        answered(check, found, |check, found| all_of(check, wanted, found))
    };
    seen.indexes.iter().map(of).collect()
}

/// All of `wanted` must be among `found`, in whatever case: that is how databases compare them.
fn all_of(check: Check, wanted: &[String], found: &[String]) -> Check {
    let has = |name: &String| found.iter().any(|one| one.eq_ignore_ascii_case(name));
    let missing: Vec<String> = wanted.iter().filter(|name| !has(name)).cloned().collect();
    let there = (wanted.len() - missing.len()) as u64;
    let check = check.wants(Limit::Equal(Measure::Count(wanted.len() as u64))).found(Measure::Count(there));
    if missing.is_empty() {
        return check;
    }
    let missing = listed(&missing, missing.len() as u64);
    check.noting(Said::new(format!("missing: {missing}"), format!("缺少：{missing}")))
}

fn partitions(section: &MigrationSection, seen: &MigrationSeen, severity: &Severity) -> Vec<Check> {
    let rules = ["migration.partitions", "migration.current_month"];
    let skipped = |why: &Said| rules.map(|rule| begin(severity, (rule, ""), "").skipped(why.clone())).into();
    if section.partitions.is_empty() {
        return skipped(&Said::new("the file lists no partitioned tables", "验收文件未列出分区表"));
    }
    let Some(found) = &seen.partitions else {
        return skipped(&Said::new(
            "SQLite has no partitions; asked of MySQL only",
            "SQLite 不支持分区；此项仅在 MySQL 上检查",
        ));
    };
    let of = |(table, found): &(String, Asked<Partitions>)| {
        let wanted = section.partitions.get(table).map(Vec::as_slice).unwrap_or_default();
        let named = begin(severity, (rules[0], table), &found.query);
        let current = begin(severity, (rules[1], table), &found.query);
        [
            answered(named, found, |check, found| {
                if wanted.is_empty() {
                    let check = check.wants(Limit::AtLeast(Measure::Count(1)));
                    return check.found(Measure::Count(found.names.len() as u64));
                }
                all_of(check, wanted, &found.names)
            }),
            answered(current, found, |check, found| current_month(check, &found.current)),
        ]
    };
    found.iter().flat_map(of).collect()
}

fn current_month(check: Check, current: &Current) -> Check {
    let text = |name: &str| Measure::Text(name.to_owned());
    match current {
        Current::Bounded(name) => check.judged(text(name), true),
        Current::CatchAll(name) => check.judged(text(name), false).noting(Said::new(
            "today's rows fall into the catch-all partition: the month has none of its own",
            "今天的数据落入兜底分区：当月没有独立分区",
        )),
        Current::Nowhere => check.judged(text("-"), false).noting(Said::new(
            "no partition takes today's rows: they are refused",
            "没有分区可容纳今天的数据：写入会被拒绝",
        )),
        Current::Unknown => check
            .no_data(Said::new("the table is not partitioned by a day that could be told", "该表未按可识别的日期分区")),
    }
}

fn rows(pair: &PairSeen, severity: &Severity) -> Check {
    let check = begin(severity, ("migration.rows", &pair.name), &pair.rows.query);
    answered(check, &pair.rows, |check, (old, new)| {
        let check = check.wants(Limit::Equal(Measure::Count(*old)));
        if (*old, *new) == (0, 0) {
            return check.no_data(both_empty());
        }
        check.found(Measure::Count(*new))
    })
}

fn both_empty() -> Said {
    Said::new("both tables are empty", "新旧两表均为空")
}

fn consistency(section: &MigrationSection, pair: &PairSeen, severity: &Severity) -> Check {
    let check = begin(severity, ("migration.consistency", &pair.name), &pair.comparison.query);
    let least = section.consistency.get();
    answered(check.wants(Limit::AtLeast(Measure::Share(least))), &pair.comparison, |check, seen| {
        if seen.union == 0 {
            return check.no_data(both_empty());
        }
        // The quotient is rounded to the nearest float, and so is the limit: equal shares stay equal, and no table is
        // long enough for a smaller one to reach it.
        let holds = seen.equal as f64 / seen.union as f64 >= least;
        check.judged(Measure::Share(cut_share(seen.equal, seen.union)), holds).noting(compared(seen))
    })
}

fn compared(seen: &Comparison) -> Said {
    let named: Vec<String> =
        seen.named.iter().map(|difference| format!("{}{}", difference.key, mark(&difference.how))).collect();
    let keys = listed(&named, seen.union - seen.equal);
    let (en_keys, zh_keys) = if named.is_empty() {
        (String::new(), String::new())
    } else {
        (format!("; keys: {keys}"), format!("；键：{keys}"))
    };
    let Comparison { union, equal, unequal, only_old, only_new, doubled, settled, not_reread, .. } = seen;
    Said::new(
        format!(
            "{equal} of {union} equal; {unequal} differ, {only_old} in the old table only, {only_new} in the new only, \
             {doubled} doubled; {settled} settled when read again, {not_reread} not read again{en_keys}"
        ),
        format!(
            "{union} 个键中 {equal} 个一致；{unequal} 个不同，{only_old} 个仅在旧表，{only_new} 个仅在新表，\
             {doubled} 个重复；复读后 {settled} 个已一致，{not_reread} 个未复读{zh_keys}"
        ),
    )
}

/// How a key differs, behind it: `7 balance 5.00≠4.00`.
fn mark(how: &How) -> String {
    let shown =
        |value: &Option<String>| value.as_ref().map_or("null".to_owned(), |text| text.chars().take(40).collect());
    match how {
        How::OnlyOld => " (old)".to_owned(),
        How::OnlyNew => " (new)".to_owned(),
        How::Doubled => " (x2)".to_owned(),
        How::Column(column, old, new) => format!(" {column} {}≠{}", shown(old), shown(new)),
    }
}

#[cfg(test)]
mod tests;
