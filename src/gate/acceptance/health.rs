//! Whether the service says that it is up.
//!
//! In: what its health endpoint and its metrics answered, and the time of day. Out: checks. Always holds: only a body
//! whose own status is UP passes, whatever the components say.

use jiff::Timestamp;
use serde_json::Value;

use crate::acceptance::reply::Reply;
use crate::gate::acceptance::{Check, Limit, Measure, Said};
use crate::scenario::acceptance::{HealthSection, Severity};
use crate::units::Micros;

/// When the process started, in seconds since 1970: as Micrometer says it.
const STARTED: &str = "process_start_time_seconds";

/// What the service answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthSeen {
    /// The health endpoint.
    pub health: Reply,
    /// The metrics.
    pub metrics: Reply,
    /// When they were asked.
    pub at: Timestamp,
}

/// The checks of `seen`.
#[must_use]
pub fn judge(section: &HealthSection, seen: &HealthSeen, severity: &Severity) -> Vec<Check> {
    let mut checks = vec![status(&seen.health, severity)];
    checks.extend(components(section, &seen.health, severity));
    checks.push(uptime(section, seen, severity));
    checks
}

fn body(reply: &Reply) -> Option<Value> {
    let answered = reply.outcome.as_ref().ok()?;
    serde_json::from_slice(&answered.body).ok()
}

fn status(reply: &Reply, severity: &Severity) -> Check {
    let check = Check::new("health.status", severity.blocks("health.status"), &reply.request);
    let check = check.wants(Limit::Equal(Measure::Text("UP".to_owned())));
    let said = body(reply).and_then(|body| body.get("status")?.as_str().map(str::to_owned));
    match (said, reply.status()) {
        (Some(said), Some(200)) => check.found(Measure::Text(said)),
        (Some(said), Some(status)) => check.judged(Measure::Text(format!("{said} (HTTP {status})")), false),
        (None, Some(status)) => check
            .judged(Measure::Text(format!("HTTP {status}")), false)
            .noting(Said::new("the answer has no status", "应答中没有 status 字段")),
        (_, None) => check.blocked(Said::new(
            format!("needs an answer: {}", reply.said()),
            format!("需要健康检查端点的应答：{}", reply.said()),
        )),
    }
}

/// A check of each component that is shown or asked for.
fn components(section: &HealthSection, reply: &Reply, severity: &Severity) -> Vec<Check> {
    let shown = body(reply).and_then(|body| body.get("components")?.as_object().cloned()).unwrap_or_default();
    let asked = section.components.iter().filter(|name| !shown.contains_key(*name));
    let new = |name: &str| {
        Check::new(format!("health.components:{name}"), severity.blocks("health.components"), &reply.request)
            .wants(Limit::Equal(Measure::Text("UP".to_owned())))
    };
    let missing = asked.map(|name| {
        new(name).no_data(Said::new(
            "the health endpoint does not show it; let it show details to this request, for example with a login",
            "健康检查端点未返回该组件；请允许本请求查看明细，例如在 [target] 的 headers 中携带登录令牌",
        ))
    });
    let seen = shown.iter().map(|(name, component)| {
        let status = component.get("status").and_then(Value::as_str).unwrap_or("?");
        new(name).found(Measure::Text(status.to_owned()))
    });
    seen.chain(missing).collect()
}

fn uptime(section: &HealthSection, seen: &HealthSeen, severity: &Severity) -> Check {
    let least = section.uptime.unwrap_or(Micros::ZERO).as_secs_f64();
    let query = format!("{} {STARTED}", seen.metrics.request);
    let check = Check::new("health.uptime", severity.blocks("health.uptime"), query);
    let check = check.wants(Limit::AtLeast(Measure::Seconds(least)));
    let text = seen.metrics.outcome.as_ref().map(|answered| String::from_utf8_lossy(&answered.body).into_owned());
    let line = |text: &String| text.lines().find(|line| line.starts_with(STARTED)).map(str::to_owned);
    let started =
        text.ok().as_ref().and_then(line).and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    match started {
        Some(started) => {
            let now = seen.at.as_millisecond() as f64 / 1e3;
            check.found(Measure::Seconds(((now - started) * 10.0).round().max(0.0) / 10.0))
        }
        None => check.no_data(Said::new(
            format!("the metrics have no {STARTED}: {}", short(&seen.metrics)),
            format!("指标中没有 {STARTED}：{}", short(&seen.metrics)),
        )),
    }
}

/// Status, or why there was none.
fn short(reply: &Reply) -> String {
    reply.status().map_or_else(|| reply.said(), |status| format!("HTTP {status}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acceptance::reply::{Answered, Unanswered};
    use crate::gate::acceptance::CheckVerdict;

    fn reply(status: u16, body: &str) -> Reply {
        Reply { request: "GET /x".into(), outcome: Ok(Answered { status, body: body.as_bytes().to_vec() }) }
    }

    fn verdicts(health: Reply, metrics: &str, wanted: &[&str]) -> Vec<(String, CheckVerdict)> {
        let section = HealthSection {
            path: "/h".into(),
            components: wanted.iter().map(|name| (*name).to_owned()).collect(),
            metrics: "/m".into(),
            uptime: Some(Micros::from_secs(10)),
        };
        let seen = HealthSeen { health, metrics: reply(200, metrics), at: Timestamp::from_second(1_000).unwrap() };
        judge(&section, &seen, &Severity::default()).into_iter().map(|check| (check.id, check.verdict)).collect()
    }

    #[test]
    fn only_the_bodys_own_status_counts() {
        use CheckVerdict::{Blocked, Fail, NoData, Pass, Warn};
        let of = |reply| verdicts(reply, "", &[])[0].1;
        assert_eq!(of(reply(200, r#"{"status":"UP","components":{"db":{"status":"UP"}}}"#)), Pass);
        assert_eq!(of(reply(503, r#"{"status":"DOWN","components":{"ping":{"status":"UP"}}}"#)), Fail);
        assert_eq!(of(reply(503, r#"{"status":"UP"}"#)), Fail);
        assert_eq!(of(reply(200, "UP")), Fail);
        let gone = Unanswered { timed_out: false, cause: "refused".into() };
        assert_eq!(of(Reply { request: "GET /x".into(), outcome: Err(gone) }), Blocked);
        let shown = verdicts(reply(200, r#"{"status":"UP","components":{"db":{"status":"DOWN"}}}"#), "", &["redis"]);
        assert_eq!(shown[1], ("health.components:db".into(), Fail));
        assert_eq!(shown[2], ("health.components:redis".into(), NoData));
        assert_eq!(shown[3], ("health.uptime".into(), NoData));
        let up = |at: &str| verdicts(reply(200, r#"{"status":"UP"}"#), &format!("{STARTED} {at}\n"), &[])[1].1;
        assert_eq!((up("9.9e2"), up("995.0")), (Pass, Warn));
    }
}
