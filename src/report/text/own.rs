//! The program's own words about a failure, in the reader's language.
//!
//! In: what the first failure of a kind said. Out: the same, in Chinese where the words are Tollgate's. Always holds:
//! what a server or the system said stays as it is, also inside our words; an unknown text stays whole.

use super::Lang;
use crate::sample::FailureClass;

/// A sentence of ours, its blanks written `{}`, and the same in Chinese.
type Phrase = (&'static str, &'static str);

/// Failures that no server spoke of.
const UNANSWERED: [Phrase; 17] = [
    ("no whole answer within {}", "在 {} 内未收到完整应答"),
    ("cannot connect to {} over TLS: {}", "无法与 {} 建立 TLS 连接：{}"),
    ("cannot connect to {}: {}", "无法连接 {}：{}"),
    ("connection lost: {}", "连接中断：{}"),
    ("connection closed before the answer began", "应答开始前连接被关闭"),
    ("connection closed before the answer", "收到应答前连接被关闭"),
    ("connection closed while the request was written", "发送请求时连接被关闭"),
    ("connection closed in the middle of the answer", "应答未完时连接被关闭"),
    ("connection closed {}", "连接被关闭（{}）"),
    ("the answer is not HTTP/1.1: {}", "应答不是 HTTP/1.1：{}"),
    ("the answer's head is longer than {} bytes", "应答头超过 {} 字节"),
    ("the answer's body is longer than {} bytes", "应答体超过 {} 字节"),
    (
        "the answer's content-length \"{}\" is no number, or is given twice with different values",
        "应答的 content-length \"{}\" 不是数字，或重复出现且取值不同",
    ),
    ("the answer's transfer-encoding \"{}\" is not known", "应答的 transfer-encoding \"{}\" 无法识别"),
    ("the answer's chunk size is malformed", "应答的分块长度格式有误"),
    ("no envelope with a numeric code in: {}", "应答中没有带数字 code 的外层结构：{}"),
    ("given up because the run was interrupted", "运行被中断，请求被放弃"),
];

/// Checks and extracts that did not hold.
const CHECKED: [Phrase; 5] = [
    ("a step of the iteration failed", "迭代中有步骤失败"),
    ("expected the refusal {}, found a success", "应被拒绝（{}），实际却成功"),
    ("{}: expected {} in the answer, found nothing", "{}（应答中应有：{}；实际没有）"),
    ("{}: expected not {}, found {}", "{}（不应为：{}；实际：{}）"),
    ("{}: expected {}, found {}", "{}（应为：{}；实际：{}）"),
];

/// Redirects that were not followed.
const REDIRECTED: [Phrase; 3] = [
    ("more than {} redirects, the last to {}", "重定向超过 {} 次，最后一次指向 {}"),
    ("redirected to {}, which is no URL", "重定向到 {}，该地址不是有效的 URL"),
    ("redirected to {}, which is not the target {}", "重定向到 {}，该地址不是被测目标 {}"),
];

/// What was expected or found.
const EXPECTED: [Phrase; 11] = [
    ("nothing", "空"),
    ("a value", "有值"),
    ("{} to {} bytes", "{} 到 {} 字节"),
    ("a text with {}", "包含 {} 的文本"),
    ("a match of {}", "匹配 {} 的文本"),
    ("a number {} and {}", "{} 且 {} 的数"),
    ("a number {}", "{} 的数"),
    ("at least {} bytes", "不少于 {} 字节"),
    ("at most {} bytes", "不多于 {} 字节"),
    ("at least {}", "不低于 {}"),
    ("at most {}", "不高于 {}"),
];

impl Lang {
    /// What the first failure of a kind said, with our own words in this language.
    #[must_use]
    pub fn said(self, class: FailureClass, message: &str) -> String {
        let phrases: &[Phrase] = match (self, class) {
            (Self::En, _) => return message.to_owned(),
            (Self::Zh, FailureClass::Check) => &CHECKED,
            (Self::Zh, FailureClass::Status) => &REDIRECTED,
            (Self::Zh, FailureClass::Timeout | FailureClass::Connect | FailureClass::Cut | FailureClass::Parse) => {
                &UNANSWERED
            }
            // A server's own message, which may well read like one of ours.
            (Self::Zh, _) => return message.to_owned(),
        };
        let inner = |text: &str| translated(&EXPECTED, text, &str::to_owned);
        let whole = if class == FailureClass::Check {
            translated(phrases, message, &|text| inner(text).unwrap_or_else(|| text.to_owned()))
        } else {
            translated(phrases, message, &str::to_owned)
        };
        whole.unwrap_or_else(|| message.to_owned())
    }
}

/// `text` by the first phrase it is an instance of, each blank put through `inner`.
fn translated(phrases: &[Phrase], text: &str, inner: &dyn Fn(&str) -> String) -> Option<String> {
    phrases.iter().find_map(|(ours, theirs)| {
        let mut blanks = blanks(ours, text)?.into_iter();
        let mut pieces = theirs.split("{}");
        let mut whole = pieces.next()?.to_owned();
        for piece in pieces {
            whole.push_str(&inner(blanks.next()?));
            whole.push_str(piece);
        }
        Some(whole)
    })
}

/// What stands in the blanks of `phrase`, if `text` is an instance of it.
fn blanks<'a>(phrase: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let (first, rest) = phrase.split_once("{}").map_or((phrase, None), |(first, rest)| (first, Some(rest)));
    let mut left = text.strip_prefix(first)?;
    let Some(rest) = rest else { return left.is_empty().then(Vec::new) };
    let mut found = Vec::new();
    let mut pieces = rest.split("{}").peekable();
    while let Some(piece) = pieces.next() {
        let last = pieces.peek().is_none();
        let at = if last { left.strip_suffix(piece)?.len() } else { left.find(piece)? };
        found.push(&left[..at]);
        left = &left[at + piece.len()..];
    }
    left.is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_words_are_chinese_and_a_server_s_stay() {
        use FailureClass::{BusinessReject, Check, Connect, Cut, Parse, Timeout};
        for (class, message, expected) in [
            (Timeout, "no whole answer within 10s", "在 10s 内未收到完整应答"),
            (
                Connect,
                "cannot connect to 10.0.0.1:80: Connection refused (os error 111)",
                "无法连接 10.0.0.1:80：Connection refused (os error 111)",
            ),
            (Connect, "cannot connect to [::1]:443 over TLS: expired", "无法与 [::1]:443 建立 TLS 连接：expired"),
            (Cut, "connection lost: Broken pipe", "连接中断：Broken pipe"),
            (Parse, "the answer's chunk size is malformed", "应答的分块长度格式有误"),
            (Check, "balance: expected at most 5 bytes, found 9", "balance（应为：不多于 5 字节；实际：9）"),
            (Check, "x: expected \"a\", found nothing", "x（应为：\"a\"；实际：空）"),
            (Check, "token: expected json $.t in the answer, found nothing", "token（应答中应有：json $.t；实际没有）"),
            (Check, "something of a user's own step", "something of a user's own step"),
            (BusinessReject, "no whole answer within 10s", "no whole answer within 10s"),
        ] {
            assert_eq!(Lang::Zh.said(class, message), expected);
            assert_eq!(Lang::En.said(class, message), message);
        }
    }

    #[test]
    fn both_sides_of_a_phrase_have_the_same_blanks() {
        for (ours, theirs) in UNANSWERED.iter().chain(&CHECKED).chain(&REDIRECTED).chain(&EXPECTED) {
            assert_eq!(ours.matches("{}").count(), theirs.matches("{}").count(), "{ours}");
        }
    }
}
