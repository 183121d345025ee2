//! Who does what how often, and which rule is about what.

use super::Section;
use crate::plan::outlook::Outlook;
use crate::plan::program::Program;
use crate::plan::{Plan, PlanWarning, PlannedScenario, PlannedStep, RowId};
use crate::report::figures::decimal;
use crate::report::neutral::neutral;
use crate::report::text::Lang;

impl Lang {
    /// The scenarios, and the steps of each.
    pub(super) fn mix(self, mut section: Section, plan: &Plan, outlook: &Outlook) -> Section {
        plan.scenarios.iter().for_each(|scenario| self.scenario_lines(&mut section, (plan, outlook), scenario));
        if !plan.groups.is_empty() {
            let groups = plan.groups.join(self.text().list_comma);
            section.line(match self {
                Self::En => format!("groups, each one transaction: {groups}"),
                Self::Zh => format!("分组（各作为一个事务统计）：{groups}"),
            });
        }
        section
    }

    fn scenario_lines(self, section: &mut Section, (plan, outlook): (&Plan, &Outlook), scenario: &PlannedScenario) {
        let weights: f64 = plan.scenarios.iter().map(|scenario| f64::from(scenario.weight)).sum();
        // Too few users are dealt out otherwise than the weights ask: what comes of it is told.
        let dealt = plan.warnings.iter().find_map(|warning| match warning {
            PlanWarning::MixDistorted { users, mix, .. } => {
                let (_, own, _) = mix.iter().find(|(name, ..)| *name == scenario.name)?;
                Some(f64::from(*own) / f64::from(*users))
            }
            _ => None,
        });
        let share = decimal(dealt.unwrap_or(f64::from(scenario.weight) / weights) * 100.0, 1);
        let of = match (self, plan.load.arrivals.is_some()) {
            (Self::En, true) => "arrivals",
            (Self::En, false) => "users",
            (Self::Zh, true) => "到达",
            (Self::Zh, false) => "用户",
        };
        let (name, weight) = (neutral(&scenario.name), scenario.weight);
        section.line(match self {
            Self::En => format!("{name}: weight {weight}, {share} % of the {of}"),
            Self::Zh => format!("{name}：权重 {weight}，占{of}的 {share} %"),
        });
        let setup = |section: &mut Section, program: &Program, part: &str| {
            for step in program.requests().into_iter().map(|id| &plan.setup[usize::from(id.0)]) {
                let [name, request] = request(plan, step);
                let once = match (self, step.shared) {
                    (Self::En, false) => format!("{part}, once a user"),
                    (Self::En, true) => format!("{part}, once for all users"),
                    (Self::Zh, false) => format!("{part}，每个用户一次"),
                    (Self::Zh, true) => format!("{part}，所有用户共用一次"),
                };
                section.cells([format!("  {name}"), request, once]);
            }
        };
        setup(section, &scenario.on_start, "on_start");
        for id in &scenario.steps {
            let visits = outlook.visits[usize::from(id.0)];
            let times = decimal(visits.times, 3);
            let mut times = match self {
                Self::En => format!("{times} an iteration"),
                Self::Zh => format!("每次迭代 {times} 次"),
            };
            let rate = outlook.rate_of(plan, *id).map(|rate| decimal(rate, 1));
            times.push_str(&match (self, rate) {
                (_, None) => String::new(),
                (Self::En, Some(rate)) => format!(", {rate} a second"),
                (Self::Zh, Some(rate)) => format!("，每秒 {rate} 次"),
            });
            if !visits.exact {
                times.push_str(self.pick(", as the answers decide", "，视应答而定"));
            }
            let [name, request] = request(plan, &plan.steps[usize::from(id.0)]);
            section.cells([format!("  {name}"), request, times]);
        }
        setup(section, &scenario.on_stop, "on_stop");
    }

    /// The rules, by what they are about.
    pub(super) fn rules(self, mut section: Section, plan: &Plan) -> Section {
        let mut rows: Vec<RowId> = Vec::new();
        plan.gate.iter().map(|rule| rule.row).for_each(|row| {
            if !rows.contains(&row) {
                rows.push(row);
            }
        });
        for row in rows {
            let of = match row {
                RowId::All => self.pick("all requests", "全部请求").to_owned(),
                RowId::Iteration => self.pick("whole iterations", "完整迭代").to_owned(),
                RowId::Step(id) => {
                    format!("{} {}", self.pick("step", "步骤"), neutral(&plan.steps[usize::from(id.0)].name))
                }
                RowId::Group(id) => format!("{} {}", self.pick("group", "分组"), plan.groups[usize::from(id)]),
            };
            let rules = plan.gate.iter().filter(|rule| rule.row == row).map(|rule| rule.threshold.to_string());
            for (at, rule) in rules.enumerate() {
                section.cells([if at == 0 { of.clone() } else { String::new() }, rule]);
            }
        }
        section
    }

    /// The paths into answers, and what looking for them costs.
    pub(super) fn paths(self, mut section: Section, plan: &Plan) -> Section {
        for step in plan.steps.iter().chain(&plan.setup) {
            for path in step.json_paths() {
                let how = match path.is_scanned() {
                    true => self.pick("scanned for", "直接扫描查找"),
                    false => self.pick("parses the whole body of every answer", "需解析每个应答的完整正文"),
                };
                section.cells([neutral(&step.name), path.to_string(), how.to_owned()]);
            }
        }
        section
    }
}

/// A step's name, and its request.
fn request(plan: &Plan, step: &PlannedStep) -> [String; 2] {
    let request = match &step.custom {
        Some(_) => "(function)".to_owned(),
        None => format!("{} {}", step.method.name(), step.path.sketch(&plan.feeders)),
    };
    [neutral(&step.name), neutral(&request)]
}
