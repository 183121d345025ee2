//! What a run costs the accounts, and what holds the service to it.

use super::Section;
use crate::plan::Plan;
use crate::plan::outlook::{Outlook, Repeat, Spending};
use crate::plan::reconcile::{By, Reconcile};
use crate::report::figures::{count, decimal};
use crate::report::text::Lang;

/// The window in which the consume service takes the same user, device and amount for a duplicate, in seconds.
const WINDOW: f64 = 60.0;

impl Lang {
    /// What is reconciled, when the same charge comes again, and what is spent.
    pub(super) fn money_section(self, mut section: Section, plan: &Plan, outlook: &Outlook) -> Section {
        let name = |id: &crate::sample::StepId| plan.steps[usize::from(id.0)].name.clone();
        for reconcile in &plan.reconciles {
            section.cells([name(&reconcile.step), self.reconcile_line(reconcile)]);
        }
        for repeat in &outlook.repeats {
            let steps: Vec<String> = repeat.steps.iter().map(name).collect();
            section.cells([steps.join(", "), self.repeat_line(repeat)]);
        }
        for spending in &outlook.spending {
            section.cells([name(&spending.step), self.spending_line(spending)]);
        }
        section
    }

    fn reconcile_line(self, reconcile: &Reconcile) -> String {
        let by = match (self, &reconcile.by) {
            (Self::En, By::Identity(listing)) => format!("each request by {}", listing.field),
            (Self::Zh, By::Identity(listing)) => format!("按 {} 逐笔", listing.field),
            (Self::En, By::Sum(_)) => "all by one number before and after".to_owned(),
            (Self::Zh, By::Sum(_)) => "按运行前后的一个总数".to_owned(),
        };
        let settle = reconcile.settle;
        match (self, reconcile.required) {
            (Self::En, true) => format!("reconciled, {by}, when it has stood still for {settle}"),
            (Self::En, false) => format!(
                "reconciled, {by}, when it has stood still for {settle}; a service that cannot tell is judged with a warning"
            ),
            (Self::Zh, true) => format!("{by}对账（数据静止 {settle} 后读取）"),
            (Self::Zh, false) => format!("{by}对账（数据静止 {settle} 后读取）；若服务无法提供账目，仅给出警告"),
        }
    }

    fn repeat_line(self, repeat: &Repeat) -> String {
        let columns = repeat.columns.join(", ");
        match (self, repeat.iterations) {
            (Self::En, Some(n)) => format!(
                "the same {columns} come again after {} iterations, so not within a minute up to {} iterations a second",
                count(n),
                count((n as f64 / WINDOW) as u64)
            ),
            (Self::Zh, Some(n)) => format!(
                "相同的 {columns} 在 {} 次迭代后才会再次出现；每秒不超过 {} 次迭代时，一分钟内不会重复",
                count(n),
                count((n as f64 / WINDOW) as u64)
            ),
            (Self::En, None) => {
                format!("when the same {columns} come again cannot be told; put these columns first in a permute")
            }
            (Self::Zh, None) => {
                format!("无法得知相同的 {columns} 何时再次出现；请把这些列放在 permute 的最前面")
            }
        }
    }

    fn spending_line(self, spending: &Spending) -> String {
        let mean = decimal(spending.mean, 2);
        let Some(total) = spending.total else {
            return match self {
                Self::En => {
                    format!("spends {mean} a request in the mean; how much in all depends on the rate")
                }
                Self::Zh => format!("平均每个请求消费 {mean}；总额取决于速率"),
            };
        };
        let each = spending.accounts.map(|accounts| decimal(total / accounts as f64, 2));
        let all = decimal(total, 2);
        match (self, each) {
            (Self::En, Some(each)) => {
                format!("spends {mean} a request in the mean, {all} in a run at that rate, {each} of each account")
            }
            (Self::En, None) => {
                format!("spends {mean} a request in the mean, {all} in a run at that rate")
            }
            (Self::Zh, Some(each)) => {
                format!("平均每个请求消费 {mean}，按此速率整个运行共 {all}，每个账户 {each}")
            }
            (Self::Zh, None) => format!("平均每个请求消费 {mean}，按此速率整个运行共 {all}"),
        }
    }
}
