//! Whether each probe showed what it should.
//!
//! In: [`Probed`]. Out: a check of each promise. Always holds: a charge that was not answered proves nothing, and neither
//! does a balance that could not be read; every check says whose money it spent.

use crate::acceptance::reply::{Abandoned, Concurrent, Outrageous, Probed, Reply, Twice};
use crate::gate::acceptance::{Check, Limit, Measure, Said};
use crate::scenario::acceptance::Severity;
use crate::units::Amount;

/// The checks of `seen`.
#[must_use]
pub fn judge(seen: &Probed, severity: &Severity) -> Vec<Check> {
    let mut checks = vec![
        same_number(&seen.same_number, (seen.success, severity)),
        repeat(&seen.repeat, (seen.success, severity)),
        concurrent(&seen.concurrent, (seen.success, severity)),
    ];
    checks.extend(seen.refused.iter().map(|one| outrageous(one, (seen.success, severity))));
    checks.push(timed_out(&seen.timed_out, (seen.success, severity)));
    checks
}

fn new(rule: &str, severity: &Severity, request: &str) -> Check {
    Check::new(rule, severity.blocks(rule), request)
}

/// Whose money was spent, and what was said.
fn spent(account: u64, taken: Option<Amount>, reply: &Reply) -> Said {
    let said = reply.said();
    match taken {
        Some(taken) => Said::new(
            format!("account {account}: {taken} taken; last answer: {said}"),
            format!("账户 {account}：扣款 {taken}；最后应答：{said}"),
        ),
        None => Said::new(
            format!("account {account}: the balance cannot be read; last answer: {said}"),
            format!("账户 {account}：无法读取余额；最后应答：{said}"),
        ),
    }
}

/// Without an answer there is nothing to judge.
fn unanswered(check: Check, reply: &Reply) -> Check {
    check.blocked(Said::new(
        format!("needs an answer to the charge: {}", reply.said()),
        format!("需要扣款请求的应答：{}", reply.said()),
    ))
}

fn same_number(seen: &Twice, of: (i64, &Severity)) -> Check {
    let request = format!("2 x {}", seen.replies[0].request);
    twice(("probes.same_number", &request), seen, of, true)
}

fn repeat(seen: &Twice, of: (i64, &Severity)) -> Check {
    let [first, second] = &seen.replies;
    let request = format!("{}; {}", first.request, second.request);
    twice(("probes.repeat", &request), seen, of, second.refused(of.0))
}

/// Of two charges the first must succeed, and nothing but its amount be taken; `kept` is what else was promised of the
/// second.
fn twice((rule, request): (&str, &str), seen: &Twice, (success, severity): (i64, &Severity), kept: bool) -> Check {
    let [first, second] = &seen.replies;
    let check = new(rule, severity, request).wants(Limit::Equal(Measure::Text(seen.amount.to_string())));
    if first.accepted(success) != Some(true) {
        return unanswered(check, first);
    }
    if second.status().is_none() {
        return unanswered(check, second);
    }
    let said = spent(seen.account, seen.taken, second);
    match seen.taken {
        Some(taken) => check.judged(Measure::Text(taken.to_string()), kept && taken == seen.amount).noting(said),
        None => check.no_data(said),
    }
}

fn concurrent(seen: &Concurrent, (success, severity): (i64, &Severity)) -> Check {
    let rule = "probes.concurrent";
    let wanted = Limit::Equal(Measure::Text("1; 0".to_owned()));
    let (replies, left) = match (&seen.replies, seen.left) {
        (Ok(replies), Some(left)) => (replies, left),
        (Ok(replies), None) => {
            let check = new(rule, severity, &format!("2 x {}", replies[0].request)).wants(wanted);
            return check.no_data(spent(seen.account, None, &replies[1]));
        }
        (Err(why), _) => {
            let needs = Said::new(
                format!("needs account {} to hold {} exactly: {why}", seen.account, seen.amount),
                format!("需要账户 {} 余额恰为 {}：{why}", seen.account, seen.amount),
            );
            return new(rule, severity, "").wants(wanted).blocked(needs);
        }
    };
    let check = new(rule, severity, &format!("{} | {}", replies[0].request, replies[1].request)).wants(wanted);
    if let Some(silent) = replies.iter().find(|reply| reply.status().is_none()) {
        return unanswered(check, silent);
    }
    let done = replies.iter().filter(|reply| reply.accepted(success) == Some(true)).count();
    let note = Said::new(
        format!(
            "account {}: two charges of {} at once on a balance of {}; successes, then what is left",
            seen.account, seen.amount, seen.amount
        ),
        format!(
            "账户 {}：余额 {} 时并发两笔 {} 扣款；依次为成功笔数与剩余余额",
            seen.account, seen.amount, seen.amount
        ),
    );
    check.judged(Measure::Text(format!("{done}; {left}")), done == 1 && left == Amount::ZERO).noting(note)
}

fn outrageous(seen: &Outrageous, (success, severity): (i64, &Severity)) -> Check {
    let rule = "probes.refused";
    let id = format!("{rule}:{}", seen.amount);
    let check = Check::new(id, severity.blocks(rule), &seen.reply.request);
    let check = check.wants(Limit::Equal(Measure::Truth(true)));
    if seen.reply.status().is_none() {
        return unanswered(check, &seen.reply);
    }
    let refused = seen.reply.refused(success);
    match (refused, seen.taken) {
        (true, None) => check.no_data(spent(seen.account, None, &seen.reply)),
        (refused, taken) => {
            let holds = refused && taken.is_none_or(|taken| taken == Amount::ZERO);
            check.judged(Measure::Truth(holds), holds).noting(spent(seen.account, taken, &seen.reply))
        }
    }
}

fn timed_out(seen: &Abandoned, (success, severity): (i64, &Severity)) -> Check {
    let check = new("probes.timed_out", severity, &format!("{}; {}", seen.reply.request, seen.asked.request));
    let check = check.wants(Limit::Equal(Measure::Truth(true)));
    let note = match (seen.found, seen.reply.accepted(success)) {
        (Some(after), None) => Said::new(
            format!(
                "account {}: given up after {}, found {after} later; {} taken",
                seen.account, seen.gave_up, seen.amount
            ),
            format!("账户 {}：{} 后放弃等待，{after} 后查到该交易；扣款 {}", seen.account, seen.gave_up, seen.amount),
        ),
        (_, Some(_)) => {
            return check.no_data(Said::new(
                format!("the charge was answered within {}; write a shorter give_up in [probes]", seen.gave_up),
                format!("扣款在 {} 内已得到应答；请在 [probes] 中缩短 give_up", seen.gave_up),
            ));
        }
        (None, None) => Said::new(
            format!("account {}: given up after {}, never found: {}", seen.account, seen.gave_up, seen.asked.said()),
            format!("账户 {}：{} 后放弃等待，始终查不到该交易：{}", seen.account, seen.gave_up, seen.asked.said()),
        ),
    };
    let check = if seen.reply.timed_out() {
        check
    } else {
        return unanswered(check, &seen.reply);
    };
    check.judged(Measure::Truth(seen.found.is_some()), seen.found.is_some()).noting(note)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acceptance::reply::{Answered, Unanswered};
    use crate::gate::acceptance::CheckVerdict::{self, Blocked, Fail, NoData, Pass, Warn};
    use crate::units::Micros;

    const OK: &str = r#"{"code":200}"#;

    fn reply(status: u16, body: &str) -> Reply {
        Reply { request: "POST /pay".into(), outcome: Ok(Answered { status, body: body.as_bytes().to_vec() }) }
    }

    fn silent() -> Reply {
        let cause = "no whole answer within 2ms".to_owned();
        Reply { request: "POST /pay".into(), outcome: Err(Unanswered { timed_out: true, cause }) }
    }

    fn kept() -> Probed {
        let amount = Amount::whole;
        let twice = |units, second| Twice {
            account: 1,
            amount: amount(units),
            replies: [reply(200, OK), second],
            taken: Some(amount(units)),
        };
        Probed {
            success: 200,
            same_number: twice(1, reply(200, OK)),
            repeat: twice(2, reply(400, r#"{"code":500}"#)),
            concurrent: Concurrent {
                account: 2,
                amount: amount(100),
                replies: Ok([reply(200, OK), reply(400, r#"{"code":500}"#)]),
                left: Some(Amount::ZERO),
            },
            refused: vec![Outrageous {
                account: 1,
                amount: "0.001",
                reply: reply(400, r#"{"code":400}"#),
                taken: Some(Amount::ZERO),
            }],
            timed_out: Abandoned {
                account: 1,
                amount: amount(3),
                gave_up: Micros::from_millis(2),
                reply: silent(),
                asked: reply(200, OK),
                found: Some(Micros::from_millis(100)),
            },
        }
    }

    fn ends(seen: &Probed) -> Vec<CheckVerdict> {
        judge(seen, &Severity::default()).into_iter().map(|check| check.verdict).collect()
    }

    #[test]
    fn promises_that_are_kept_pass() {
        assert_eq!(ends(&kept()), [Pass; 5]);
    }

    #[test]
    fn each_promise_that_is_broken_is_told_apart() {
        let broken = |change: &dyn Fn(&mut Probed), at: usize| {
            let mut seen = kept();
            change(&mut seen);
            let ends = ends(&seen);
            assert_eq!(ends.iter().filter(|end| **end == Pass).count(), 4, "{ends:?}");
            ends[at]
        };
        assert_eq!(broken(&|seen| seen.same_number.taken = Some(Amount::whole(2)), 0), Fail);
        assert_eq!(broken(&|seen| seen.repeat.replies[1] = reply(200, OK), 1), Warn);
        let both = |seen: &mut Probed| seen.concurrent.replies = Ok([reply(200, OK), reply(200, OK)]);
        assert_eq!(broken(&both, 2), Fail);
        assert_eq!(broken(&|seen| seen.concurrent.left = Some(Amount::whole(100)), 2), Fail);
        assert_eq!(broken(&|seen| seen.refused[0].reply = reply(500, ""), 3), Fail, "a crash is no refusal");
        assert_eq!(broken(&|seen| seen.refused[0].taken = Some(Amount::whole(1)), 3), Fail);
        assert_eq!(broken(&|seen| seen.timed_out.found = None, 4), Fail);
    }

    #[test]
    fn what_was_not_answered_or_not_read_proves_nothing() {
        let mut seen = kept();
        seen.same_number.taken = None;
        seen.repeat.replies[0] = reply(404, "");
        seen.concurrent.replies = Err("no balance".into());
        seen.refused[0].reply = silent();
        seen.timed_out.reply = reply(200, OK);
        assert_eq!(ends(&seen), [NoData, Blocked, Blocked, Blocked, NoData]);
    }
}
