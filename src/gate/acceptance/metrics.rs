//! The rules of what the server saw of the load.
//!
//! In: figures, and what the client knows. Out: checks. Always holds: no figure is no data and never a pass; what was
//! answered was counted, once each; a figure that its witness cannot tell from its limit neither passes nor fails.

use std::collections::BTreeSet;

use crate::acceptance::metrics::{Figure, LoadFacts, MetricsSeen, Source, Unseen};
use crate::gate::acceptance::database::prometheus_said;
use crate::gate::acceptance::witness::begin;
use crate::gate::acceptance::{Check, CheckVerdict, Limit, Measure, Said, Window};
use crate::scenario::acceptance::metrics::{MetricLimit, MetricRule};
use crate::scenario::acceptance::{MetricsSection, Severity};

/// By how much the server's own successes a second may differ from the client's, whatever the scrapes.
const AGREEMENT: f64 = 0.05;

/// The checks of `seen`.
#[must_use]
pub fn judge(section: &MetricsSection, (seen, load): (&MetricsSeen, &LoadFacts), severity: &Severity) -> Vec<Check> {
    let mut checks = vec![count(&seen.requests, load, severity), tps(&seen.tps, load, severity)];
    checks.extend(seen.mean_ms.as_ref().map(|mean| self::mean(mean, load, severity)));
    for (rule, figure) in section.rules.iter().zip(&seen.rules) {
        checks.push(of_rule(rule, (figure, load), severity));
    }
    checks.push(series(seen, severity));
    checks
}

/// How many figures have no series: all that the file names should be there, whatever they are needed for.
fn series(seen: &MetricsSeen, severity: &Severity) -> Check {
    let all = [&seen.requests, &seen.tps].into_iter().chain(&seen.mean_ms).chain(&seen.rules);
    let missing: BTreeSet<&str> = all
        .filter_map(|figure| match &figure.value {
            Err(Unseen::Missing(series) | Unseen::TooFew(series)) => Some(series.as_str()),
            _ => None,
        })
        .collect();
    let check = begin(severity, ("metrics.series", ""), "").wants(Limit::Equal(Measure::Count(0)));
    let check = check.found(Measure::Count(missing.len() as u64));
    if missing.is_empty() {
        return check;
    }
    let missing = missing.into_iter().collect::<Vec<_>>().join(", ");
    check.noting(Said::new(format!("missing: {missing}"), format!("缺少：{missing}")))
}

/// The time that a figure is of.
fn window(figure: &Figure, load: &LoadFacts) -> Window {
    match figure.source {
        Source::Reads => Window::Between(load.span.start, load.span.end),
        Source::Prometheus => Window::Between(load.window.start, load.window.end),
    }
}

/// Goes on with a figure, or ends without one: what could not be asked is blocked, what is not there is no data.
pub(super) fn with(check: Check, figure: &Figure, judge: impl FnOnce(Check, f64) -> Check) -> Check {
    match &figure.value {
        Ok(value) => judge(check, *value),
        Err(why @ (Unseen::Unread { .. } | Unseen::Prometheus(_) | Unseen::Malformed(_))) => check.blocked(said(why)),
        Err(Unseen::NeedsPrometheus) => check.blocked(said(&Unseen::NeedsPrometheus)),
        Err(why) => check.no_data(said(why)),
    }
}

fn said(why: &Unseen) -> Said {
    match why {
        Unseen::Unread { path, cause } => {
            Said::new(format!("cannot read {path}: {cause}"), format!("无法读取 {path}：{cause}"))
        }
        Unseen::Missing(series) => Said::new(format!("no series {series}"), format!("没有序列 {series}")),
        Unseen::TooFew(series) => Said::new(
            format!("{series} has fewer than two samples in the window"),
            format!("窗口内 {series} 的样本不足两个"),
        ),
        Unseen::BeganAnew(series) => Said::new(
            format!("{series} began anew during the load: the target was started again"),
            format!("压测期间 {series} 被重置：目标服务曾重启"),
        ),
        Unseen::Nothing(series) => Said::new(
            format!("{series} did not rise: nothing happened"),
            format!("{series} 没有增长：期间没有发生任何请求"),
        ),
        Unseen::ClockMoved => Said::new(
            "the clock was set during the load: nobody knows which of the server's seconds it was",
            "压测期间系统时钟被调整：无法对应到服务端的时间段",
        ),
        Unseen::NeedsPrometheus => {
            Said::new("needs Prometheus: write [prometheus] url", "需要 Prometheus：请配置 [prometheus] url")
        }
        Unseen::Prometheus(error) => prometheus_said(error),
        Unseen::Malformed(cause) => Said::new(cause.clone(), format!("验收文件中的写法无效：{cause}")),
    }
}

/// What was answered was counted; what is unknown may have been.
fn count(figure: &Figure, load: &LoadFacts, severity: &Severity) -> Check {
    let check = begin(severity, ("metrics.count", ""), &figure.query).over(window(figure, load));
    let most = load.answered + load.unknown;
    let check = check.wants(Limit::Between(Measure::Count(load.answered), Measure::Count(most)));
    with(check, figure, |check, counted| {
        if load.answered == 0 {
            return check.no_data(Said::new("no request was answered", "没有任何请求得到应答"));
        }
        check.found(Measure::Count(counted.round() as u64))
    })
}

/// Successes a second as the server saw them and as the client did.
fn tps(figure: &Figure, load: &LoadFacts, severity: &Severity) -> Check {
    let check = begin(severity, ("metrics.tps", ""), &figure.query).over(window(figure, load));
    let client = match figure.source {
        Source::Reads => load.succeeded as f64 / load.span.seconds(),
        Source::Prometheus => load.tps,
    };
    let off = AGREEMENT.max(figure.tolerance);
    let ends = (rounded(client * (1.0 - off)), rounded(client * (1.0 + off)));
    let check = check.wants(Limit::Between(Measure::PerSecond(ends.0), Measure::PerSecond(ends.1)));
    with(check, figure, |check, server| {
        let client = rounded(client);
        check
            .found(Measure::PerSecond(rounded(server)))
            .noting(Said::new(format!("the client saw {client} a second"), format!("客户端测得每秒 {client}")))
    })
}

/// The server's mean is part of the client's, and so no longer.
fn mean(figure: &Figure, load: &LoadFacts, severity: &Severity) -> Check {
    let check = begin(severity, ("metrics.mean", ""), &figure.query).over(window(figure, load));
    // Two reads have the ramp and the warm-up in them, whose requests are slower.
    let off = if figure.source == Source::Reads { 0.1 } else { figure.tolerance };
    let check = check.wants(Limit::AtMost(Measure::Millis(rounded(load.mean_ms * (1.0 + off)))));
    with(check, figure, |check, server| {
        let client = rounded(load.mean_ms);
        check
            .found(Measure::Millis(rounded(server)))
            .noting(Said::new(format!("the client saw {client} ms"), format!("客户端测得 {client} 毫秒")))
    })
}

fn of_rule(rule: &MetricRule, (figure, load): (&Figure, &LoadFacts), severity: &Severity) -> Check {
    let MetricLimit { least, figure: limit } = rule.limit;
    let measure = |figure: f64| if is_rate(rule) { Measure::PerSecond(figure) } else { measure_of(rule, figure) };
    let wanted = if least { Limit::AtLeast(measure(limit)) } else { Limit::AtMost(measure(limit)) };
    let check = begin(severity, ("metrics.rule", &rule.name), &figure.query).over(window(figure, load)).wants(wanted);
    let check = Check { blocking: check.blocking && rule.severity.blocks(), ..check };
    with(check, figure, |check, value| {
        let check = check.judged(measure(value), if least { value >= limit } else { value <= limit });
        let off = limit.abs() * figure.tolerance;
        let is_near = check.verdict != CheckVerdict::Pass && (value - limit).abs() <= off;
        let check = if is_near { undecided(check, figure.tolerance) } else { check };
        if figure.began_anew { began_anew(check) } else { check }
    })
}

const fn is_rate(rule: &MetricRule) -> bool {
    rule.counter.is_some() && rule.per.is_none() && rule.query.is_none() && rule.gauge.is_none()
}

/// Of what kind a figure that is no rate is: the file does not say, so it is shown as it is.
const fn measure_of(rule: &MetricRule, figure: f64) -> Measure {
    if rule.per.is_some() { Measure::Share(figure) } else { Measure::Number(figure) }
}

/// It does not hold, by less than its witness can tell: the client's own figure decides, and stands in the load's step.
fn undecided(check: Check, tolerance: f64) -> Check {
    let percent = tolerance * 100.0;
    Check { verdict: CheckVerdict::Warn, ..check }.noting(Said::new(
        format!(
            "within {percent:.1} % of the limit, which is all that the counters can tell; the load's own figure decides"
        ),
        format!("与限值相差在计数器的分辨误差 {percent:.1} % 以内；以压测步骤的结果为准"),
    ))
}

fn began_anew(check: Check) -> Check {
    check.noting(Said::new(
        "a counter began anew in the window: the target was started again",
        "窗口内计数器被重置：目标服务曾重启",
    ))
}

/// Three digits behind the point.
fn rounded(figure: f64) -> f64 {
    (figure * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests;
