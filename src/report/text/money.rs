//! What is said of the money, in each language.
//!
//! In: evidence. Out: lines and sentences. Always holds: both languages say the same, and what could not be read is
//! said with what to do about it.

use super::{Lang, fill};
use crate::acceptance::evidence::{Change, Evidence, Identities, Unread};
use crate::report::figures;
use crate::units::Micros;

/// `en` or `zh` by the language.
const fn either<'a>(lang: Lang, en: &'a str, zh: &'a str) -> &'a str {
    match lang {
        Lang::En => en,
        Lang::Zh => zh,
    }
}

/// The heading of the part about money.
#[must_use]
pub const fn heading(lang: Lang) -> &'static str {
    either(lang, "Reconciliation", "对账")
}

/// What kind of disagreement the requests have that are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Acknowledged and not there.
    Lost,
    /// There more than once.
    Doubled,
    /// Refused and there.
    DoneThoughRefused,
    /// There with another amount.
    WrongAmount,
}

impl Kind {
    /// What people call it.
    #[must_use]
    pub const fn title(self, lang: Lang) -> &'static str {
        match self {
            Self::Lost => either(lang, "Lost: acknowledged, and not booked", "丢失：已确认成功，但未入账"),
            Self::Doubled => either(lang, "Doubled: booked more than once", "重复：同一笔入账多次"),
            Self::DoneThoughRefused => either(lang, "Done though refused", "已拒绝却仍入账"),
            Self::WrongAmount => either(lang, "Booked with another amount", "入账金额与请求不符"),
        }
    }
}

/// Why an account could not be read, and what to do.
#[must_use]
pub fn unread(lang: Lang, cause: &Unread) -> String {
    let (template, path, what) = match cause {
        Unread::Status { path, status } => (
            either(
                lang,
                "GET {path} answered with status {what}; name an endpoint of this target in [[reconcile]], or its login in headers",
                "GET {path} 返回状态码 {what}；请在 [[reconcile]] 中填写被测系统自己的查询接口，或在 headers 中补上登录信息",
            ),
            path.as_str(),
            status.to_string(),
        ),
        Unread::NoAnswer { path, cause } => (
            either(
                lang,
                "GET {path} had no whole answer ({what}); see whether the target still runs",
                "GET {path} 没有得到完整应答（{what}）；请确认被测系统仍在运行",
            ),
            path.as_str(),
            cause.clone(),
        ),
        Unread::NotThere { path, wanted } => (
            either(
                lang,
                "the answer to GET {path} holds no usable {what}; correct the JSON path in [[reconcile]]",
                "GET {path} 的应答中没有可用的 {what}；请修改 [[reconcile]] 中的 JSON 路径",
            ),
            path.as_str(),
            wanted.clone(),
        ),
        Unread::OutOfOrder { path } => (
            either(
                lang,
                "GET {path} gave a row that is not behind the key it was asked for; the listing must be sorted by key and begin behind ${after}",
                "GET {path} 返回的记录不在所请求的键之后；列表必须按键排序，并从 ${after} 之后开始",
            ),
            path.as_str(),
            String::new(),
        ),
        Unread::Restless => (
            either(
                lang,
                "the account moved while nothing was sent, or never stood still: others use it; keep them away, or lengthen settle",
                "没有发送请求时账目仍在变动，或始终未能稳定：有其他流量；请隔离其他流量，或加大 settle",
            ),
            "",
            String::new(),
        ),
        Unread::Interrupted => (either(lang, "reading it was interrupted", "读取被中断"), "", String::new()),
        Unread::TooMany => (
            either(
                lang,
                "there were more requests than can be kept; shorten the run",
                "请求数超出可记录的上限；请缩短运行时间",
            ),
            "",
            String::new(),
        ),
    };
    // The template is the author's: "${after}" in it is no blank.
    fill(&template.replace("${after}", "$\u{1}"), &[("path", path), ("what", &what)]).replace("$\u{1}", "${after}")
}

/// The same as a warning on stderr.
#[must_use]
pub fn unread_warning(lang: Lang, step: &str, cause: &Unread) -> String {
    let why = unread(lang, cause);
    match lang {
        Lang::En => format!("warning: the money of step {step} cannot be reconciled: {why}"),
        Lang::Zh => format!("警告：无法对步骤 {step} 对账：{why}"),
    }
}

/// What happens behind the load.
#[must_use]
pub fn reading_back(lang: Lang, settle: Micros) -> String {
    match lang {
        Lang::En => format!("reading the account back, until it has stood still for {settle}"),
        Lang::Zh => format!("正在回读账目，直到其稳定 {settle}"),
    }
}

/// What the client knows of its requests.
#[must_use]
pub fn sent(lang: Lang, evidence: &Evidence) -> String {
    let sent = evidence.sent;
    let blanks = [
        ("acknowledged", figures::count(sent.acknowledged)),
        ("refused", figures::count(sent.refused)),
        ("unknown", figures::count(sent.unknown)),
    ];
    let template = either(
        lang,
        "{acknowledged} acknowledged, {refused} refused, {unknown} unknown (since the first reading, ramp-up and drain included)",
        "已确认 {acknowledged} 笔，已拒绝 {refused} 笔，结果未知 {unknown} 笔（自首次读取起，含加压与收尾阶段）",
    );
    filled(template, &blanks)
}

/// What rows that were read back showed.
#[must_use]
pub fn rows(lang: Lang, seen: &Identities) -> String {
    let blanks = [("rows", figures::count(seen.rows)), ("done", figures::count(seen.unknown_done))];
    let template = either(
        lang,
        "{rows} rows of this run were read back; {done} of the unknown requests had been done",
        "回读到本次运行的记录 {rows} 条；结果未知的请求中有 {done} 笔实际已入账",
    );
    filled(template, &blanks)
}

/// What a number that was read before and after showed.
#[must_use]
pub fn moved(lang: Lang, change: &Change) -> String {
    let blanks = [
        ("before", change.before.to_string()),
        ("after", change.after.to_string()),
        ("moved", change.moved().to_string()),
        ("least", change.least.to_string()),
        ("most", change.most.to_string()),
    ];
    let template = either(
        lang,
        "from {before} to {after}: {moved}, expected {least} to {most}; a sum can hide a pair of errors that cancel",
        "由 {before} 变为 {after}：变动 {moved}，应在 {least} 至 {most} 之间；仅比对总额可能掩盖相互抵消的两处错误",
    );
    filled(template, &blanks)
}

/// What came behind the first reading after the load.
#[must_use]
pub fn late(lang: Lang, amount: &str, time: Micros) -> String {
    let tenths = Micros::from_millis(time.get() / 100_000 * 100);
    let template = either(
        lang,
        "late effects: {what} came behind the first reading after the load, the last about {time} behind it",
        "延迟生效：压测结束后首次读取之后又入账 {what}，最后一笔约晚 {time}",
    );
    fill(template, &[("what", amount), ("time", &tenths.to_string())])
}

/// Rows of others.
#[must_use]
pub fn foreign(lang: Lang, rows: u64) -> String {
    let template = either(
        lang,
        "warning: {rows} rows name no request of this run: others used the service at the same time",
        "警告：有 {rows} 条记录不属于本次运行：同一时间还有其他流量",
    );
    fill(template, &[("rows", &figures::count(rows))])
}

/// A target that may do without an account, and has none.
#[must_use]
pub fn not_reconciled(lang: Lang, why: &str) -> String {
    match lang {
        Lang::En => format!("warning: not reconciled, so nothing here says that charges were booked: {why}"),
        Lang::Zh => format!("警告：未对账，本报告不能证明交易已入账：{why}"),
    }
}

/// An account that had to be read.
#[must_use]
pub fn not_read(lang: Lang, why: &str) -> String {
    match lang {
        Lang::En => format!("could not be read: {why}"),
        Lang::Zh => format!("无法读取：{why}"),
    }
}

/// How many more there are than are named.
#[must_use]
pub fn more(lang: Lang, count: u64) -> String {
    let template = either(lang, "and {count} more, in reconcile.json", "另有 {count} 笔，见 reconcile.json");
    fill(template, &[("count", &figures::count(count))])
}

fn filled(template: &str, blanks: &[(&str, String)]) -> String {
    let blanks: Vec<(&str, &str)> = blanks.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fill(template, &blanks)
}
