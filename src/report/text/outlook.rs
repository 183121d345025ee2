//! What `check` says of a plan, in either language.
//!
//! In: a plan and its outlook. Out: lines. Always holds: what is not known is said to be so, and secrets are masked.

use super::Lang;
use crate::plan::outlook::{Basis, Expected, Little, Outlook, Repeat, Spending};
use crate::plan::{Plan, PlannedScenario, PlannedStep, RowId, Rule};
use crate::report::figures::{count, decimal};
use crate::scenario::feeder::{AtEnd, Feeder, Order};

/// The window in which the consume service takes the same user, device and amount for a duplicate, in seconds.
const WINDOW: f64 = 60.0;

impl Lang {
    /// The resolved plan as people read it, line by line.
    #[must_use]
    pub fn outlook(self, plan: &Plan, outlook: &Outlook) -> Vec<String> {
        let mut lines = vec![self.load_line(plan)];
        for scenario in &plan.scenarios {
            lines.extend(self.scenario_lines(plan, outlook, scenario));
        }
        if !plan.groups.is_empty() {
            lines.push(format!("{}{}", self.pick("groups: ", "分组："), plan.groups.join(", ")));
        }
        lines.extend(plan.gate.iter().map(|rule| self.rule_line(plan, rule)));
        lines.push(self.rate_line(outlook));
        lines.extend(outlook.little.map(|little| self.little_line(plan, little)));
        lines.extend(plan.feeders.iter().map(|(name, feeder)| self.feeder_line((name, feeder), outlook)));
        lines.extend(outlook.repeats.iter().map(|repeat| self.repeat_line(plan, repeat)));
        lines.extend(outlook.spending.iter().map(|spending| self.spending_line(plan, spending)));
        lines.extend(plan.steps.iter().chain(&plan.setup).flat_map(|step| self.path_lines(step)));
        lines.extend(
            plan.warnings
                .iter()
                .map(|warning| format!("{}{}", self.pick("note: ", "提示："), self.caveat_message(&warning.into()))),
        );
        lines.iter().map(|line| plan.masker.mask(line)).collect()
    }

    fn load_line(self, plan: &Plan) -> String {
        let load = &plan.load;
        let (ramp, warm, run, timeout) = (load.ramp_up, load.warm_up, load.run_time, load.timeout);
        match (self, &load.arrivals) {
            (Self::En, Some(arrivals)) => format!(
                "load: open model, {} arrivals a second in the mean, {} at most, for {} users; ramp-up {ramp}, warm-up {warm}, run time {run}, timeout {timeout}",
                decimal(arrivals.rate.mean(), 1),
                decimal(arrivals.rate.most(), 1),
                load.users
            ),
            (Self::Zh, Some(arrivals)) => format!(
                "负载：开环模型，平均每秒到达 {} 次，最高 {} 次，由 {} 个用户承接；加压 {ramp}，预热 {warm}，测量 {run}，超时 {timeout}",
                decimal(arrivals.rate.mean(), 1),
                decimal(arrivals.rate.most(), 1),
                load.users
            ),
            (Self::En, None) => format!(
                "load: closed model, {} users{}; ramp-up {ramp}, warm-up {warm}, run time {run}, timeout {timeout}",
                load.users,
                if load.stages.is_some() { " at most, in stages" } else { "" }
            ),
            (Self::Zh, None) => format!(
                "负载：闭环模型，{}{} 个用户；加压 {ramp}，预热 {warm}，测量 {run}，超时 {timeout}",
                if load.stages.is_some() { "分阶段，最多 " } else { "" },
                load.users
            ),
        }
    }

    fn scenario_lines(self, plan: &Plan, outlook: &Outlook, scenario: &PlannedScenario) -> Vec<String> {
        let weights: f64 = plan.scenarios.iter().map(|scenario| f64::from(scenario.weight)).sum();
        let share = decimal(f64::from(scenario.weight) / weights * 100.0, 1);
        let of = match (self, plan.load.arrivals.is_some()) {
            (Self::En, true) => "arrivals",
            (Self::En, false) => "users",
            (Self::Zh, true) => "到达",
            (Self::Zh, false) => "用户",
        };
        let (name, weight) = (&scenario.name, scenario.weight);
        let mut lines = vec![match self {
            Self::En => format!("scenario {name}: weight {weight}, {share} % of the {of}"),
            Self::Zh => format!("场景 {name}：权重 {weight}，占{of}的 {share} %"),
        }];
        let setup = [(&scenario.on_start, "on_start"), (&scenario.on_stop, "on_stop")];
        for (program, part) in setup {
            let once = self.pick("once a user", "每个用户一次");
            let steps = program.requests().into_iter().map(|id| &plan.setup[usize::from(id.0)]);
            lines.extend(steps.map(|step| format!("  {part}, {once}: {}", request(plan, step))));
        }
        for id in &scenario.steps {
            let visits = outlook.visits[usize::from(id.0)];
            let times = decimal(visits.times, 3);
            let times = match (self, visits.exact) {
                (Self::En, true) => format!("{times} an iteration"),
                (Self::En, false) => format!("{times} an iteration, as the answers decide"),
                (Self::Zh, true) => format!("每次迭代 {times} 次"),
                (Self::Zh, false) => format!("每次迭代 {times} 次，视应答而定"),
            };
            lines.push(format!("  {}: {times}", request(plan, &plan.steps[usize::from(id.0)])));
        }
        lines
    }

    fn rule_line(self, plan: &Plan, rule: &Rule) -> String {
        let of = match rule.row {
            RowId::All => self.pick("all requests", "全部请求").to_owned(),
            RowId::Iteration => self.pick("whole iterations", "完整迭代").to_owned(),
            RowId::Step(id) => format!("{} {}", self.pick("step", "步骤"), plan.steps[usize::from(id.0)].name),
            RowId::Group(id) => format!("{} {}", self.pick("group", "分组"), plan.groups[usize::from(id)]),
        };
        match self {
            Self::En => format!("rule {}: judged on {of}", rule.threshold),
            Self::Zh => format!("规则 {}：针对{of}", rule.threshold),
        }
    }

    fn rate_line(self, outlook: &Outlook) -> String {
        let Some(Expected { rate, basis }) = &outlook.iterations else {
            return self
                .pick(
                    "rate: not known before the run; no rule asks for one, and the service decides",
                    "速率：运行前无法得知；没有规则要求速率，取决于服务本身",
                )
                .to_owned();
        };
        let (requests, iterations) = (decimal(rate * outlook.requests, 1), decimal(*rate, 1));
        let because = match (self, basis) {
            (Self::En, Basis::Arrivals) => "by the arrivals".to_owned(),
            (Self::En, Basis::AskedBy(rule)) => format!("asked for by {rule}; the service may be faster"),
            (Self::En, Basis::Paced) => "by the pacing, at most".to_owned(),
            (Self::Zh, Basis::Arrivals) => "由到达速率决定".to_owned(),
            (Self::Zh, Basis::AskedBy(rule)) => format!("由规则 {rule} 要求；服务可能更快"),
            (Self::Zh, Basis::Paced) => "由 pacing 决定，为上限".to_owned(),
        };
        match self {
            Self::En => format!("rate: {requests} requests in {iterations} iterations a second, {because}"),
            Self::Zh => format!("速率：每秒 {iterations} 次迭代，共 {requests} 个请求，{because}"),
        }
    }

    fn little_line(self, plan: &Plan, little: Little) -> String {
        match (self, little) {
            (Self::En, Little::TimeLeft { users, rate, seconds }) => format!(
                "Little's law: {} users make {} requests a second if a request and its pause take {} ms in the mean, no more",
                decimal(users, 0),
                decimal(rate, 1),
                decimal(seconds * 1e3, 1)
            ),
            (Self::Zh, Little::TimeLeft { users, rate, seconds }) => format!(
                "利特尔定律：{} 个用户要达到每秒 {} 个请求，每个请求连同停顿平均不得超过 {} ms",
                decimal(users, 0),
                decimal(rate, 1),
                decimal(seconds * 1e3, 1)
            ),
            (Self::En, Little::Busy { rate, mean, users }) => format!(
                "Little's law: {} requests a second of {} ms, the limit, keep {} of {} users busy",
                decimal(rate, 1),
                decimal(mean * 1e3, 1),
                decimal(users, 1),
                plan.load.users
            ),
            (Self::Zh, Little::Busy { rate, mean, users }) => format!(
                "利特尔定律：每秒 {} 个请求，若平均耗时达到限值 {} ms，将占用 {} 个用户（共 {} 个）",
                decimal(rate, 1),
                decimal(mean * 1e3, 1),
                decimal(users, 1),
                plan.load.users
            ),
        }
    }

    fn feeder_line(self, (name, feeder): (&str, &Feeder), outlook: &Outlook) -> String {
        let (rows, columns) = (feeder.period(), feeder.column_names().join(", "));
        // Rows of a file are drawn by the scenarios that use it; those of a permutation by every iteration.
        let after = outlook.iterations.as_ref().map(|expected| rows as f64 / expected.rate);
        let after = after.filter(|seconds| seconds.is_finite()).map(|seconds| self.length(seconds));
        let after = match (self, after) {
            (_, None) => String::new(),
            (Self::En, Some(after)) => format!(", {after} at that rate"),
            (Self::Zh, Some(after)) => format!("，按此速率为 {after}"),
        };
        let end = match feeder {
            Feeder::Permutation(_) => self.pick("used again after as many iterations", "用尽后重复"),
            Feeder::Count(_) => self.pick("counted from the first again", "数完后从头开始"),
            Feeder::File(file) => match (file.order, file.at_end) {
                (Order::Random, _) => {
                    return self.plain_feeder(
                        name,
                        (rows, &columns),
                        self.pick("drawn at random, with repetition", "随机抽取，可重复"),
                    );
                }
                (Order::UniquePerUser, _) => {
                    return self.plain_feeder(name, (rows, &columns), self.pick("one for each user", "每个用户一行"));
                }
                (Order::ByUser, _) => {
                    let end =
                        self.pick("one for each user, shared where there are fewer", "每个用户一行，行数不足时共用");
                    return self.plain_feeder(name, (rows, &columns), end);
                }
                (Order::EachUser, AtEnd::Recycle) => {
                    let end = self.pick("each user goes through them, again and again", "每个用户各自依次循环使用");
                    return self.plain_feeder(name, (rows, &columns), end);
                }
                (Order::EachUser, AtEnd::Stop) => {
                    let end = self.pick(
                        "each user goes through them; the run ends behind the last",
                        "每个用户各自依次使用，用尽后结束运行",
                    );
                    return self.plain_feeder(name, (rows, &columns), end);
                }
                (Order::Sequential, AtEnd::Recycle) => self.pick("used again after as many iterations", "用尽后重复"),
                (Order::Sequential, AtEnd::Stop) => self.pick("the run ends behind the last", "用尽后结束运行"),
            },
        };
        self.plain_feeder(name, (rows, &columns), &format!("{end}{after}"))
    }

    fn plain_feeder(self, name: &str, (rows, columns): (u64, &str), end: &str) -> String {
        match self {
            Self::En => format!("feeder {name}: {} rows of {columns}; {end}", count(rows)),
            Self::Zh => format!("数据源 {name}：{} 行（{columns}），{end}", count(rows)),
        }
    }

    fn repeat_line(self, plan: &Plan, repeat: &Repeat) -> String {
        let names: Vec<&str> = repeat.steps.iter().map(|id| plan.steps[usize::from(id.0)].name.as_str()).collect();
        let (step, columns) = (names.join(", "), repeat.columns.join(", "));
        match (self, repeat.iterations) {
            (Self::En, Some(n)) => format!(
                "step {step}: the same {columns} come again after {} iterations, so not within a minute up to {} iterations a second",
                count(n),
                count((n as f64 / WINDOW) as u64)
            ),
            (Self::Zh, Some(n)) => format!(
                "步骤 {step}：相同的 {columns} 在 {} 次迭代后才会再次出现；每秒不超过 {} 次迭代时，一分钟内不会重复",
                count(n),
                count((n as f64 / WINDOW) as u64)
            ),
            (Self::En, None) => format!(
                "step {step}: when the same {columns} come again cannot be told; put these columns first in a permute"
            ),
            (Self::Zh, None) => {
                format!("步骤 {step}：无法得知相同的 {columns} 何时再次出现；请把这些列放在 permute 的最前面")
            }
        }
    }

    fn spending_line(self, plan: &Plan, spending: &Spending) -> String {
        let step = &plan.steps[usize::from(spending.step.0)].name;
        let mean = decimal(spending.mean, 2);
        let Some(total) = spending.total else {
            return match self {
                Self::En => {
                    format!("step {step}: spends {mean} a request in the mean; how much in all depends on the rate")
                }
                Self::Zh => format!("步骤 {step}：平均每个请求消费 {mean}；总额取决于速率"),
            };
        };
        let each = spending.accounts.map(|accounts| decimal(total / accounts as f64, 2));
        let all = decimal(total, 2);
        match (self, each) {
            (Self::En, Some(each)) => format!(
                "step {step}: spends {mean} a request in the mean, {all} in a run at that rate, {each} of each account"
            ),
            (Self::En, None) => {
                format!("step {step}: spends {mean} a request in the mean, {all} in a run at that rate")
            }
            (Self::Zh, Some(each)) => {
                format!("步骤 {step}：平均每个请求消费 {mean}，按此速率整个运行共 {all}，每个账户 {each}")
            }
            (Self::Zh, None) => format!("步骤 {step}：平均每个请求消费 {mean}，按此速率整个运行共 {all}"),
        }
    }

    fn path_lines(self, step: &PlannedStep) -> Vec<String> {
        let name = &step.name;
        let line = |path: &crate::scenario::json::JsonPath| match (self, path.is_scanned()) {
            (Self::En, true) => format!("step {name}: {path} is scanned for"),
            (Self::En, false) => format!("step {name}: {path} parses the whole body of every answer"),
            (Self::Zh, true) => format!("步骤 {name}：{path} 直接扫描查找"),
            (Self::Zh, false) => format!("步骤 {name}：{path} 需解析每个应答的完整正文"),
        };
        step.json_paths().map(line).collect()
    }

    fn length(self, seconds: f64) -> String {
        let (value, en, zh) = match seconds {
            s if s < 120.0 => (s, "s", "秒"),
            s if s < 7_200.0 => (s / 60.0, "min", "分钟"),
            s if s < 172_800.0 => (s / 3_600.0, "h", "小时"),
            s => (s / 86_400.0, "days", "天"),
        };
        format!("{} {}", decimal(value, 1), self.pick(en, zh))
    }
}

/// A request in one line.
fn request(plan: &Plan, step: &PlannedStep) -> String {
    format!("{}  {} {}", step.name, step.method.name(), step.path.sketch(&plan.feeders))
}
