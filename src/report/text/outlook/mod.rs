//! What `check` says of a plan, in either language.
//!
//! In: a plan and its outlook. Out: [`Section`]s, from what is sent to what it costs. Always holds: what is not known is
//! said to be so, and secrets are masked.

mod mix;
mod money;
mod section;

pub use section::Section;

use super::Lang;
use crate::plan::Plan;
use crate::plan::outlook::{Basis, Expected, Little, Outlook};
use crate::report::figures::{count, decimal};
use crate::report::record;
use crate::report::view::LoadShape;
use crate::scenario::feeder::{AtEnd, Feeder, Order};
use crate::summary::caveat::Caveat;
use crate::units::RatePerSec;

impl Lang {
    /// The resolved plan as people read it, sent to what `target` says.
    #[must_use]
    pub fn outlook(self, plan: &Plan, target: &str, outlook: &Outlook) -> Vec<Section> {
        let section = |(en, zh): (&'static str, &'static str)| Section::new(self.pick(en, zh));
        let mut sections = vec![self.plan_section(section(("Plan", "计划")), plan, target)];
        sections.push(self.mix(section(("Mix", "流量构成")), plan, outlook));
        sections.push(self.rules(section(("Rules", "规则")), plan));
        let mut arithmetic = section(("Arithmetic", "估算"));
        arithmetic.line(self.rate_line(outlook));
        outlook.little.into_iter().for_each(|little| arithmetic.line(self.little_line(plan, little)));
        sections.push(arithmetic);
        let mut feeders = section(("Feeders", "数据源"));
        for (name, feeder) in &plan.feeders {
            feeders.cells([name.clone(), self.feeder_line(feeder, outlook)]);
        }
        sections.push(feeders);
        sections.push(self.money_section(section(("Money", "资金")), plan, outlook));
        sections.push(self.paths(section(("JSON paths", "JSON 路径")), plan));
        let mut notes = section(("Notes", "提示"));
        plan.warnings.iter().for_each(|warning| notes.line(self.caveat_message(&Caveat::Planned(warning.clone()))));
        sections.push(notes);
        sections.retain(|section| !section.is_empty());
        sections.iter_mut().for_each(|section| section.mask(&plan.masker));
        sections
    }

    fn plan_section(self, mut section: Section, plan: &Plan, target: &str) -> Section {
        let load = &plan.load;
        let (ramp, warm, run, timeout) = (load.ramp_up, load.warm_up, load.run_time, load.timeout);
        let health = plan.health.as_deref().unwrap_or("/actuator/health");
        section.cells([self.pick("target", "目标"), target]);
        section.cells([self.pick("load", "负载"), &self.load_line(plan)]);
        let stages = record::stages(load);
        let shape = LoadShape {
            users: load.users,
            rate: load.mean_rate().and_then(RatePerSec::new),
            iterations: None,
            stages: &stages,
        };
        for (at, stage) in shape.stages_in_words(self).into_iter().enumerate() {
            section.cells([if at == 0 { self.pick("stages", "阶段").to_owned() } else { String::new() }, stage]);
        }
        section.cells([
            self.pick("course", "过程"),
            &match self {
                Self::En => format!("ramp-up {ramp}, warm-up {warm}, run time {run}; a request may take {timeout}"),
                Self::Zh => format!("加压 {ramp}，预热 {warm}，测量 {run}；单个请求超时 {timeout}"),
            },
        ]);
        section.cells([
            self.pick("preflight", "预检"),
            &match self {
                Self::En => format!("GET {health}, then each scenario once, through every arm and branch"),
                Self::Zh => format!("GET {health}，然后每个场景各执行一次，遍历所有分支"),
            },
        ]);
        section
    }

    fn load_line(self, plan: &Plan) -> String {
        let load = &plan.load;
        let staged = load.stages.is_some();
        let mut said = match (self, &load.arrivals) {
            (Self::En, Some(arrivals)) => format!(
                "open model, {} arrivals a second in the mean, {} at most, for {} users",
                decimal(arrivals.rate.mean(), 1),
                decimal(arrivals.rate.most(), 1),
                load.users
            ),
            (Self::Zh, Some(arrivals)) => format!(
                "开环模型，平均每秒到达 {} 次，最高 {} 次，由 {} 个用户承接",
                decimal(arrivals.rate.mean(), 1),
                decimal(arrivals.rate.most(), 1),
                load.users
            ),
            (Self::En, None) => {
                format!("closed model, {} users{}", load.users, if staged { " at most, in stages" } else { "" })
            }
            (Self::Zh, None) => format!("闭环模型，{}{} 个用户", if staged { "分阶段，最多 " } else { "" }, load.users),
        };
        if let Some(waiting) = load.max_waiting {
            said.push_str(&match self {
                Self::En => format!("; {} may wait for one, more are dropped", count(waiting.into())),
                Self::Zh => format!("；最多 {} 个到达排队，超出即丢弃", count(waiting.into())),
            });
        }
        if let Some(iterations) = load.iterations {
            said.push_str(&match self {
                Self::En => format!(", {} iterations in the window", count(iterations)),
                Self::Zh => format!("，测量窗口内共 {} 次迭代", count(iterations)),
            });
        }
        said
    }

    fn rate_line(self, outlook: &Outlook) -> String {
        let Some(Expected { rate, basis }) = &outlook.iterations else {
            return self
                .pick(
                    "the rate is not known before the run: no rule asks for one, and the service decides",
                    "速率在运行前无法得知：没有规则要求速率，取决于服务本身",
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
            Self::En => format!("{requests} requests in {iterations} iterations a second, {because}"),
            Self::Zh => format!("每秒 {iterations} 次迭代，共 {requests} 个请求，{because}"),
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

    fn feeder_line(self, feeder: &Feeder, outlook: &Outlook) -> String {
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
                    let drawn = self.pick("drawn at random, with repetition", "随机抽取，可重复");
                    return self.plain_feeder((rows, &columns), drawn);
                }
                (Order::UniquePerUser, _) => {
                    return self.plain_feeder((rows, &columns), self.pick("one for each user", "每个用户一行"));
                }
                (Order::ByUser, _) => {
                    let end =
                        self.pick("one for each user, shared where there are fewer", "每个用户一行，行数不足时共用");
                    return self.plain_feeder((rows, &columns), end);
                }
                (Order::EachUser, AtEnd::Recycle) => {
                    let end = self.pick("each user goes through them, again and again", "每个用户各自依次循环使用");
                    return self.plain_feeder((rows, &columns), end);
                }
                (Order::EachUser, AtEnd::Stop) => {
                    let end = self.pick(
                        "each user goes through them; the run ends behind the last",
                        "每个用户各自依次使用，用尽后结束运行",
                    );
                    return self.plain_feeder((rows, &columns), end);
                }
                (Order::Sequential, AtEnd::Recycle) => self.pick("used again after as many iterations", "用尽后重复"),
                (Order::Sequential, AtEnd::Stop) => self.pick("the run ends behind the last", "用尽后结束运行"),
            },
        };
        self.plain_feeder((rows, &columns), &format!("{end}{after}"))
    }

    fn plain_feeder(self, (rows, columns): (u64, &str), end: &str) -> String {
        match self {
            Self::En => format!("{} rows of {columns}; {end}", count(rows)),
            Self::Zh => format!("{} 行（{columns}），{end}", count(rows)),
        }
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
