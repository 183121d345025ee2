//! Arithmetic on the figures of any report.
//!
//! In: [`Figures`]. Out: [`Finding`]s: what agrees, what contradicts itself, and what needs an explanation. Always holds:
//! pure; a finding is made only of figures that were typed in; rounding of the report's own is allowed for.

use crate::gate::RunVerdict;
use crate::gate::acceptance::Said;
use crate::scenario::acceptance::audit::Figures;

/// How far requests over time may lie from the rate, as a share.
const RATE: f64 = 0.005;
/// How much of the users' time may be unexplained, as a share.
const BUSY: f64 = 0.05;
/// How far a share may be rounded.
const ROUNDED: f64 = 0.000_051;

/// How one piece of arithmetic came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// The figures agree.
    Agrees,
    /// They can all be true only if something is shown that the report does not show.
    Unexplained,
    /// They cannot all be true.
    Contradicts,
}

/// One piece of arithmetic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How it came out.
    pub outcome: Arithmetic,
    /// The arithmetic itself, in words.
    pub said: Said,
}

/// All that can be said of `figures`.
#[must_use]
pub fn audit(figures: &Figures) -> Vec<Finding> {
    let findings = [
        rate(figures),
        littles_law(figures),
        shares(figures),
        sum(figures),
        order(figures),
        spread(figures),
        resolution(figures),
    ];
    findings.into_iter().flatten().collect()
}

/// The verdict over `findings`: a contradiction fails; what is unexplained, or nothing at all, proves nothing.
#[must_use]
pub fn verdict(findings: &[Finding]) -> RunVerdict {
    let any = |outcome| findings.iter().any(|finding| finding.outcome == outcome);
    if any(Arithmetic::Contradicts) {
        RunVerdict::Fail
    } else if any(Arithmetic::Unexplained) || findings.is_empty() {
        RunVerdict::Invalid
    } else {
        RunVerdict::Pass
    }
}

fn finding(agrees: bool, otherwise: Arithmetic, said: Said) -> Finding {
    Finding { outcome: if agrees { Arithmetic::Agrees } else { otherwise }, said }
}

/// Requests over time are the rate.
fn rate(f: &Figures) -> Option<Finding> {
    let (requests, seconds, tps) = (f.requests?, f.seconds.filter(|s| *s > 0.0)?, f.tps.filter(|t| *t > 0.0)?);
    let real = requests / seconds;
    let agrees = (tps - real).abs() <= RATE * real;
    let [n, s, r, t] = [number(requests, 0), number(seconds, 1), number(real, 2), number(tps, 2)];
    let said = if agrees {
        Said::new(
            format!("{n} requests in {s} s are {r} a second, as reported"),
            format!("{s} 秒内 {n} 个请求，即每秒 {r} 个，与报告一致"),
        )
    } else {
        let (needed, span) = (number((tps * seconds).round(), 0), number(requests / tps, 1));
        Said::new(
            format!("{n} requests in {s} s are {r} a second, not {t} TPS: that takes {needed} requests, or {span} s"),
            format!(
                "{s} 秒内 {n} 个请求是每秒 {r} 个，而不是 {t} TPS：要达到该值需要 {needed} 个请求，或只用 {span} 秒"
            ),
        )
    };
    Some(finding(agrees, Arithmetic::Contradicts, said))
}

/// In a closed loop every user is waiting, pausing, or unexplained.
fn littles_law(f: &Figures) -> Option<Finding> {
    let (users, tps, mean) = (f.users?, f.tps.filter(|t| *t > 0.0)?, f.mean_ms?);
    let think = f.think_ms.unwrap_or(0.0);
    let whole = users / tps * 1e3;
    let left = whole - mean - think;
    let [u, t, m, w, l] = [number(users, 0), number(tps, 2), number(mean, 2), number(whole, 1), number(left.abs(), 1)];
    if left.abs() <= BUSY * whole {
        let said = Said::new(
            format!("{u} users at {t} TPS have {w} ms per request: the mean of {m} ms and the pauses explain it"),
            format!("{u} 个用户以 {t} TPS 运行，每个请求对应 {w} 毫秒，平均响应时间 {m} 毫秒与停顿可以解释"),
        );
        return Some(finding(true, Arithmetic::Unexplained, said));
    }
    if left < 0.0 {
        let most = number(users / (mean + think) * 1e3, 2);
        let said = Said::new(
            format!(
                "{u} users with a mean of {m} ms can make {most} TPS at most, not {t}: {l} ms per request are missing"
            ),
            format!("{u} 个用户、平均 {m} 毫秒时最多 {most} TPS，不可能是 {t}：每个请求缺 {l} 毫秒"),
        );
        return Some(finding(false, Arithmetic::Contradicts, said));
    }
    let (failed, failed_zh) = failures_of(f, left);
    let said = Said::new(
        format!(
            "{u} busy users at {t} TPS with a mean of {m} ms leave {l} ms per request unexplained (think time, the generator{failed}: prove one)"
        ),
        format!(
            "{u} 个并发用户、{t} TPS、平均 {m} 毫秒，每个请求有 {l} 毫秒无法解释（思考时间、压测机自身{failed_zh}：请证明其一）"
        ),
    );
    Some(finding(false, Arithmetic::Unexplained, said))
}

/// How long each failure would have taken, were the failures what is unexplained.
fn failures_of(f: &Figures, left_ms: f64) -> (String, String) {
    let requests = f.requests.or_else(|| Some(f.tps? * f.seconds?));
    match (f.failures.filter(|failures| *failures > 0.0), requests) {
        (Some(failures), Some(requests)) => {
            let (count, each) = (number(failures, 0), number(left_ms * requests / failures / 1e3, 0));
            (format!(", or {count} failures of {each} s each"), format!("，或 {count} 个失败请求各耗时 {each} 秒"))
        }
        _ => (String::new(), String::new()),
    }
}

/// Successes of requests are the rate of success.
fn shares(f: &Figures) -> Option<Finding> {
    let (rate, requests) = (f.success_rate?, f.requests.filter(|n| *n > 0.0)?);
    let successes = f.successes.or_else(|| Some(requests - f.failures?))?;
    let real = successes / requests;
    let agrees = (real - rate).abs() <= ROUNDED;
    let [s, n, r, g] = [number(successes, 0), number(requests, 0), number(real * 1e2, 3), number(rate * 1e2, 3)];
    let said = if agrees {
        Said::new(format!("{s} of {n} are {r}%, as reported"), format!("{n} 个中成功 {s} 个，即 {r}%，与报告一致"))
    } else {
        Said::new(format!("{s} of {n} are {r}%, not {g}%"), format!("{n} 个中成功 {s} 个是 {r}%，而不是 {g}%"))
    };
    Some(finding(agrees, Arithmetic::Contradicts, said))
}

/// Successes and failures are all requests.
fn sum(f: &Figures) -> Option<Finding> {
    let (successes, failures, requests) = (f.successes?, f.failures?, f.requests?);
    let agrees = (successes + failures - requests).abs() < 0.5;
    let [s, b, n, a] = [successes, failures, requests, successes + failures].map(|figure| number(figure, 0));
    let said = if agrees {
        Said::new(
            format!("{s} successes and {b} failures are {n} requests"),
            format!("成功 {s} 与失败 {b} 合计 {n} 个请求"),
        )
    } else {
        Said::new(
            format!("{s} successes and {b} failures are {a} requests, not {n}"),
            format!("成功 {s} 与失败 {b} 合计 {a} 个请求，而不是 {n}"),
        )
    };
    Some(finding(agrees, Arithmetic::Contradicts, said))
}

/// The least is no more than the mean and the percentile, and these no more than the most.
fn order(f: &Figures) -> Option<Finding> {
    let between = |figure: Option<f64>| {
        figure.is_none_or(|figure| f.min_ms.is_none_or(|min| min <= figure) && f.max_ms.is_none_or(|max| figure <= max))
    };
    if (f.min_ms.is_none() && f.max_ms.is_none()) || (f.mean_ms.is_none() && f.p95_ms.is_none()) {
        return None;
    }
    let agrees = between(f.mean_ms) && between(f.p95_ms);
    let said = if agrees {
        Said::new("mean and P95 lie between minimum and maximum", "平均值与 P95 介于最小值与最大值之间")
    } else {
        Said::new("mean or P95 lies outside of minimum and maximum", "平均值或 P95 不在最小值与最大值之间")
    };
    Some(finding(agrees, Arithmetic::Contradicts, said))
}

/// One request in twenty took the 95th percentile at least, and the others the minimum at least; and the other way round.
fn spread(f: &Figures) -> Option<Finding> {
    let (mean, p95) = (f.mean_ms?, f.p95_ms?);
    let least = 0.95 * f.min_ms.unwrap_or(0.0) + 0.05 * p95;
    let most = f.max_ms.map(|max| 0.95 * p95 + 0.05 * max);
    let agrees = mean >= least && most.is_none_or(|most| mean <= most);
    let [m, p, l] = [mean, p95, least].map(|figure| number(figure, 2));
    let said = if agrees {
        Said::new(
            format!("a mean of {m} ms is possible with a P95 of {p} ms"),
            format!("P95 为 {p} 毫秒时，平均值 {m} 毫秒是可能的"),
        )
    } else if mean < least {
        Said::new(
            format!("with a P95 of {p} ms the mean is {l} ms at least, not {m}"),
            format!("P95 为 {p} 毫秒时平均值至少 {l} 毫秒，不可能是 {m}"),
        )
    } else {
        let most = number(most.unwrap_or(mean), 2);
        Said::new(
            format!("with a P95 of {p} ms and this maximum the mean is {most} ms at most, not {m}"),
            format!("P95 为 {p} 毫秒且最大值如此时，平均值至多 {most} 毫秒，不可能是 {m}"),
        )
    };
    Some(finding(agrees, Arithmetic::Contradicts, said))
}

/// A percentile is one of the samples.
fn resolution(f: &Figures) -> Option<Finding> {
    let (p95, unit) = (f.p95_ms?, f.resolution_ms.filter(|unit| *unit > 0.0)?);
    let steps = p95 / unit;
    let agrees = (steps - steps.round()).abs() < 1e-6;
    let [p, u] = [number(p95, 2), number(unit, 3)];
    let said = if agrees {
        Said::new(format!("a P95 of {p} ms is a whole number of {u} ms"), format!("P95 {p} 毫秒是 {u} 毫秒的整数倍"))
    } else {
        Said::new(
            format!("a P95 of {p} ms is no sample of a tool that measures in {u} ms: it was interpolated, or typed"),
            format!("以 {u} 毫秒为单位的工具测不出 {p} 毫秒的 P95：该值经过插值，或系人工填写"),
        )
    };
    Some(finding(agrees, Arithmetic::Contradicts, said))
}

/// At most `places` decimals, without zeros that say nothing, thousands apart.
fn number(figure: f64, places: usize) -> String {
    let text = format!("{figure:.places$}");
    let (whole, part) = text.split_once('.').map_or((text.as_str(), ""), |(whole, part)| (whole, part));
    let digits = whole.len();
    let grouped: String = whole
        .char_indices()
        .flat_map(|(at, digit)| [(at > 0 && (digits - at) % 3 == 0).then_some(','), Some(digit)])
        .flatten()
        .collect();
    if part.is_empty() || part.bytes().all(|digit| digit == b'0') && places < 2 {
        grouped
    } else {
        format!("{grouped}.{part}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Arithmetic::{Agrees, Contradicts, Unexplained};

    /// The log's own run.
    fn todays() -> Figures {
        Figures {
            requests: Some(300_000.0),
            successes: Some(299_850.0),
            failures: Some(150.0),
            success_rate: Some(0.9995),
            seconds: Some(300.0),
            tps: Some(1_234.56),
            users: Some(100.0),
            mean_ms: Some(35.24),
            min_ms: Some(10.0),
            max_ms: Some(150.0),
            p95_ms: Some(82.15),
            resolution_ms: Some(1.0),
            ..Figures::default()
        }
    }

    fn outcomes(figures: &Figures) -> Vec<Arithmetic> {
        audit(figures).into_iter().map(|finding| finding.outcome).collect()
    }

    #[test]
    fn the_logs_own_figures_contradict_each_other() {
        let findings = audit(&todays());
        assert_eq!(outcomes(&todays()), [Contradicts, Unexplained, Agrees, Agrees, Agrees, Agrees, Contradicts]);
        assert_eq!(
            findings[0].said.en,
            "300,000 requests in 300 s are 1,000.00 a second, not 1,234.56 TPS: that takes 370,368 requests, or 243 s"
        );
        assert_eq!(
            findings[1].said.en,
            "100 busy users at 1,234.56 TPS with a mean of 35.24 ms leave 45.8 ms per request unexplained (think time, the generator, or 150 failures of 92 s each: prove one)"
        );
        assert!(findings[1].said.zh.contains("每个请求有 45.8 毫秒无法解释"), "{}", findings[1].said.zh);
        assert!(findings[1].said.zh.contains("150 个失败请求各耗时 92 秒"), "{}", findings[1].said.zh);
        assert_eq!(verdict(&findings), RunVerdict::Fail);
    }

    #[test]
    fn what_is_explained_by_think_time_agrees() {
        let explained = Figures { think_ms: Some(45.76), ..todays() };
        assert_eq!(outcomes(&explained)[1], Agrees);
        let impossible = Figures { mean_ms: Some(100.0), ..todays() };
        assert_eq!(outcomes(&impossible)[1], Contradicts, "1,234.56 TPS of 100 users leave 81 ms at most");
    }

    #[test]
    fn only_what_was_typed_in_is_judged() {
        assert_eq!(audit(&Figures::default()), []);
        assert_eq!(verdict(&[]), RunVerdict::Invalid, "nothing was shown");
        let two = Figures { requests: Some(1_000.0), success_rate: Some(0.99), ..Figures::default() };
        assert_eq!(audit(&two), []);
        let counted = Figures { failures: Some(10.0), ..two };
        assert_eq!(outcomes(&counted), [Agrees]);
        assert_eq!(verdict(&audit(&counted)), RunVerdict::Pass);
    }

    #[test]
    fn shares_sums_and_spreads_that_cannot_be_are_found() {
        let broken = |change: &dyn Fn(&mut Figures)| {
            let mut figures = Figures { tps: Some(1_000.0), users: None, resolution_ms: None, ..todays() };
            change(&mut figures);
            outcomes(&figures).iter().filter(|outcome| **outcome == Contradicts).count()
        };
        assert_eq!(broken(&|_| {}), 0);
        assert_eq!(broken(&|f| f.success_rate = Some(0.9999)), 1);
        assert_eq!(broken(&|f| f.failures = Some(151.0)), 1);
        assert_eq!(broken(&|f| f.max_ms = Some(80.0)), 1, "P95 over the maximum");
        assert_eq!(broken(&|f| f.mean_ms = Some(10.5)), 1, "13.6 ms at least");
        assert_eq!(broken(&|f| f.mean_ms = Some(100.0)), 1, "85.5 ms at most");
    }

    #[test]
    fn a_rate_within_half_a_percent_is_rounding() {
        let near = Figures { tps: Some(1_004.9), users: None, ..todays() };
        assert_eq!(outcomes(&near)[0], Agrees);
        let far = Figures { tps: Some(1_005.1), users: None, ..todays() };
        assert_eq!(outcomes(&far)[0], Contradicts);
    }
}
