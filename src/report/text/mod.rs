//! Every word a report says of its own, in each language: one catalogue.
//!
//! In: nothing. Out: [`Text`] by [`Lang`]. Always holds: a word that is missing in one language does not compile, and
//! `{blanks}` in a sentence are the same in both (tested).

mod acceptance;
mod caveats;
mod charts;
mod definitions;
mod documents;
mod en;
mod foreign;
pub mod money;
mod outlook;
mod own;
mod page;
mod pairs;
mod strained;
mod terms;
mod why;
mod words;
mod zh;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use acceptance::AcceptanceText;
pub use charts::ChartText;
pub use definitions::Definitions;
pub use documents::DocumentText;
pub use outlook::Section;
pub use page::PageText;
pub use why::WhyText;
pub use words::Text;

/// The language of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

/// A language no report is written in.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("language \"{0}\" is not known; write \"en\" or \"zh\"")]
pub struct UnknownLang(String);

impl FromStr for Lang {
    type Err = UnknownLang;

    fn from_str(text: &str) -> Result<Self, UnknownLang> {
        match text {
            "en" => Ok(Self::En),
            "zh" => Ok(Self::Zh),
            other => Err(UnknownLang(other.to_owned())),
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::En => "en",
            Self::Zh => "zh",
        })
    }
}

impl Lang {
    /// The language's words.
    #[must_use]
    pub const fn text(self) -> &'static Text {
        match self {
            Self::En => &en::EN,
            Self::Zh => &zh::ZH,
        }
    }

    /// `first`, which lacks its full stop, and `second` behind it: Chinese has no space between sentences.
    pub(in crate::report) fn sentences(self, first: &str, second: &str) -> String {
        let space = if self == Self::Zh || second.is_empty() { "" } else { " " };
        format!("{first}{}{space}{second}", self.text().full_stop)
    }

    /// The words of the page alone: headings, column heads and captions.
    #[must_use]
    pub const fn page(self) -> &'static PageText {
        match self {
            Self::En => &en::EN_PAGE,
            Self::Zh => &zh::ZH_PAGE,
        }
    }

    /// The language's definitions of what a report shows.
    #[must_use]
    pub const fn definitions(self) -> &'static Definitions {
        match self {
            Self::En => &definitions::EN,
            Self::Zh => &definitions::ZH,
        }
    }
}

/// Declares a struct of words, and a list of them for tests.
macro_rules! catalogue {
    ($(#[$about:meta])+ $name:ident { $($(#[$doc:meta])+ $field:ident,)+ }) => {
        $(#[$about])+
        #[derive(Debug)]
        pub struct $name {
            $($(#[$doc])+ pub $field: &'static str,)+
        }

        #[cfg(test)]
        impl $name {
            pub(super) fn entries(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($field), self.$field)),+]
            }
        }
    };
}
use catalogue;

/// `template` with each `{name}` replaced by its value.
pub(crate) fn fill(template: &str, blanks: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(blanks.iter().find(|(blank, _)| *blank == name).map_or("", |(_, value)| *value));
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn blanks(sentence: &str) -> Vec<&str> {
        let mut names: Vec<&str> = sentence.split('{').skip(1).filter_map(|s| s.split('}').next()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    #[test]
    fn both_languages_fill_the_same_blanks() {
        let words = en::EN.entries().into_iter().zip(zh::ZH.entries());
        let page = en::EN_PAGE.entries().into_iter().zip(zh::ZH_PAGE.entries());
        let charts = charts::EN.entries().into_iter().zip(charts::ZH.entries());
        for ((field, en), (_, zh)) in words.chain(page).chain(charts) {
            assert!(!en.is_empty() && !zh.is_empty(), "{field}");
            assert_eq!(blanks(en), blanks(zh), "{field}");
        }
    }

    #[test]
    fn the_users_own_terms_are_kept() {
        let t = Lang::Zh.text();
        assert_eq!(
            [t.total, t.succeeded, t.failed, t.success_rate, t.tps, t.mean, t.min, t.max, t.p95],
            [
                "总请求数",
                "成功请求数",
                "失败请求数",
                "成功率",
                "TPS",
                "平均响应时间",
                "最小响应时间",
                "最大响应时间",
                "P95响应时间"
            ]
        );
        assert_eq!((t.rule_pass, t.rule_fail, t.demonstration), ("达标", "未达标", "(演示目标)"));
    }

    #[test]
    fn two_sentences_are_apart_as_their_language_has_them() {
        assert_eq!(Lang::En.sentences("one", "Two"), "one. Two");
        assert_eq!(Lang::Zh.sentences("一", "二"), "一。二");
        assert_eq!(Lang::En.sentences("one", ""), "one.");
    }

    #[test]
    fn a_value_with_braces_is_not_filled_again() {
        assert_eq!(fill("{a} and {b}.", &[("a", "{b}"), ("b", "2")]), "{b} and 2.");
    }

    #[test]
    fn a_language_prints_as_it_is_typed() {
        for lang in [Lang::En, Lang::Zh] {
            assert_eq!(lang.to_string().parse(), Ok(lang));
        }
        assert!("fr".parse::<Lang>().unwrap_err().to_string().contains("\"en\" or \"zh\""));
    }
}
