//! What every rule over a witness has in common.
//!
//! In: an answer or an error, and the contract's severities. Out: a check that has begun. Always holds: what could not be
//! asked is blocked and says what it needed.

use crate::acceptance::store::{Asked, StoreError};
use crate::gate::acceptance::{Check, Said};
use crate::scenario::acceptance::Severity;

/// A check of `rule`, of `subject` where it is not empty, that asks `query`.
pub(super) fn begin(severity: &Severity, (rule, subject): (&str, &str), query: &str) -> Check {
    let id = if subject.is_empty() { rule.to_owned() } else { format!("{rule}:{subject}") };
    Check::new(id, severity.blocks(rule), query)
}

/// Goes on with what was asked, or ends as blocked.
pub(super) fn answered<T>(check: Check, asked: &Asked<T>, judge: impl FnOnce(Check, &T) -> Check) -> Check {
    match &asked.answer {
        Ok(answer) => judge(check, answer),
        Err(error) => check.blocked(said(error)),
    }
}

/// An error of a store in both languages.
pub(super) fn said(error: &StoreError) -> Said {
    let zh = match error {
        StoreError::Unreachable { place, cause } => {
            format!("无法连接数据库 {place}：{cause}；请检查 [database] 配置与数据库服务")
        }
        StoreError::Refused(cause) => format!("数据库拒绝执行：{cause}"),
        StoreError::Slow(limit) => {
            format!("数据库在 {limit} 内未返回；请调大 [database] statement_timeout，或在空闲时执行")
        }
        StoreError::NoTable(table) => format!("表 {table} 不存在，或当前用户无权读取"),
        StoreError::NoColumn { table, column } => format!("表 {table} 没有列 {column}"),
        StoreError::Unusable { table, column, value, .. } => format!("表 {table} 的列 {column} 的值“{value}”无法使用"),
        StoreError::NoKey { table, key } => format!("表 {table} 中键 {key} 的重复行过多，不能作为键"),
        StoreError::Interrupted => "已中断".to_owned(),
    };
    Said::new(error.to_string(), zh)
}

/// Some names, for people: as many as fit, and how many more there are.
pub(super) fn listed(names: &[String], count: u64) -> String {
    let shown = names.len().min(10);
    let more = count.saturating_sub(shown as u64);
    let names = names[..shown].join(", ");
    if more == 0 { names } else { format!("{names}, … (+{more})") }
}

/// A share as it is shown: cut off behind six digits and never rounded up, so that 0.99999995 is not shown as 1.
pub(super) fn cut_share(part: u64, whole: u64) -> f64 {
    let millionths = u128::from(part) * 1_000_000 / u128::from(whole.max(1));
    millionths as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_cut_and_never_rounded_up() {
        assert_eq!(cut_share(199_999_999, 200_000_000).to_string(), "0.999999");
        assert_eq!(cut_share(99_995, 100_000).to_string(), "0.99995");
        assert_eq!(cut_share(7, 7).to_string(), "1");
    }

    #[test]
    fn what_is_not_listed_is_counted() {
        let names: Vec<String> = (0..12).map(|n| n.to_string()).collect();
        assert_eq!(listed(&names, 30), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, … (+20)");
        assert_eq!(listed(&names[..2], 2), "0, 1");
    }
}
