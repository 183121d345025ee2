//! Columns on a terminal, where a Chinese character is two cells wide.
//!
//! In: cells of text. Out: the same, padded. Always holds: padded cells of one column end at the same terminal column.

/// How many terminal cells `text` takes.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(cells).sum()
}

/// `text` with blanks behind it, up to `to` cells.
pub(crate) fn left(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// `text` with blanks before it, up to `to` cells.
pub(crate) fn right(text: &str, to: usize) -> String {
    format!("{}{text}", " ".repeat(to.saturating_sub(width(text))))
}

/// East Asian wide and fullwidth characters take two cells, combining marks and joiners none.
const fn cells(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1f64f}'
        | '\u{1f900}'..='\u{1f9ff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chinese_character_takes_two_cells() {
        assert_eq!(width("P95响应时间"), 11);
        assert_eq!(width("（演示目标）"), 12);
        assert_eq!(left("成功率", 8), "成功率  ");
        assert_eq!(right("达标", 6), "  达标");
        assert_eq!(left("longer than that", 3), "longer than that");
    }
}
