//! The words of `summary.md` and `acceptance.docx` that the page does not have.
//!
//! In: nothing. Out: [`DocumentText`] in each language. Always holds: every field is in every language.

use super::{Lang, catalogue, fill};

catalogue! {
    /// The words of documents in one language.
    DocumentText {
        /// `{label}` and what stands behind it: `{text}`.
        labelled,
        /// Title of the acceptance document.
        acceptance,
        /// Heading: what was tested, from where.
        environment,
        /// Heading: the load.
        load,
        /// Heading: limits beside figures.
        criteria,
        /// Heading: the end.
        conclusion,
        /// Heading: who signs.
        signatures,
        /// Above the lines to sign on.
        signed_by,
        /// Column: in which role.
        role,
        /// Column: name.
        name,
        /// Column: signature.
        signature,
        /// Column: date.
        date,
        /// Role: who ran the test.
        tester,
        /// Role: who looks after the service.
        developer,
        /// Role: who accepts it.
        acceptor,
        /// What the conclusion of a demonstration is worth.
        accepts_nothing,
        /// Footer: `{page}` of `{pages}`; the words around the numbers.
        page,
        /// Between the page's number and the number of pages.
        page_of,
        /// Behind the number of pages.
        page_end,
        /// Where definitions stand: `{page}`.
        definitions_in,
        /// An East Asian font that text processors have.
        east_asian_font,
        /// A file whose bytes are others: `{file}`.
        differs,
        /// A file that is gone: `{file}`.
        missing,
        /// A file that was added: `{file}`.
        extra,
        /// The report is whole: `{folder} {files}`.
        as_written,
        /// The report is not what it was: `{folder} {count}`.
        not_as_written,
        /// A warning: PNG charts are in English, as no font with Chinese was found.
        english_charts,
    }
}

static EN: DocumentText = DocumentText {
    labelled: "{label}: {text}",
    acceptance: "Load test acceptance",
    environment: "Environment",
    load: "Load model",
    criteria: "Acceptance criteria and measured values",
    conclusion: "Conclusion",
    signatures: "Signatures",
    signed_by: "The undersigned have read this document and agree with its conclusion.",
    role: "Role",
    name: "Name",
    signature: "Signature",
    date: "Date",
    tester: "Tested by",
    developer: "Service owner",
    acceptor: "Accepted by",
    accepts_nothing: "This document shows the tool; it is no ground for accepting a service.",
    page: "Page ",
    page_of: " of ",
    page_end: "",
    definitions_in: "What each figure means stands at the end of {page}.",
    east_asian_font: "SimSun",
    differs: "{file}: differs from what was written",
    missing: "{file}: is missing",
    extra: "{file}: was not part of the report",
    as_written: "{folder}: all {files} files are as they were written",
    not_as_written: "{folder}: differences: {count}; this is not the report that was written",
    english_charts: "warning: no font with Chinese characters was found on this system: the words in charts/*.png and acceptance.docx are English",
};

static ZH: DocumentText = DocumentText {
    labelled: "{label}：{text}",
    acceptance: "压力测试验收报告",
    environment: "测试环境",
    load: "负载模型",
    criteria: "验收指标与实测结果",
    conclusion: "结论",
    signatures: "签字确认",
    signed_by: "以下签字人已阅读本报告并认可其结论。",
    role: "角色",
    name: "姓名",
    signature: "签字",
    date: "日期",
    tester: "测试方",
    developer: "开发方",
    acceptor: "验收方",
    accepts_nothing: "本报告仅演示工具，不能作为验收依据。",
    page: "第 ",
    page_of: " 页，共 ",
    page_end: " 页",
    definitions_in: "各项指标的口径见 {page} 末尾。",
    east_asian_font: "宋体",
    differs: "{file}：内容与生成时不一致",
    missing: "{file}：文件缺失",
    extra: "{file}：不属于原报告",
    as_written: "{folder}：全部 {files} 个文件均与生成时一致",
    not_as_written: "{folder}：共 {count} 处差异，已不是生成时的报告",
    english_charts: "警告：系统中没有找到中文字体：charts/*.png 与 acceptance.docx 中的图表文字使用英文",
};

impl Lang {
    /// The words of documents alone.
    #[must_use]
    pub const fn documents(self) -> &'static DocumentText {
        match self {
            Self::En => &EN,
            Self::Zh => &ZH,
        }
    }

    /// `label: text`, with the language's own colon.
    pub(crate) fn labelled(self, label: &str, text: &str) -> String {
        fill(self.documents().labelled, &[("label", label), ("text", text)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_everything_but_the_end_of_a_page_number() {
        for ((field, en), (_, zh)) in EN.entries().into_iter().zip(ZH.entries()) {
            assert!(!zh.is_empty() && (!en.is_empty() || field == "page_end"), "{field}");
            for blank in ["{page}", "{label}", "{text}", "{file}", "{files}", "{folder}", "{count}"] {
                assert_eq!(en.contains(blank), zh.contains(blank), "{field}");
            }
        }
    }
}
