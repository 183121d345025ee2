//! How wide the columns of a table are on paper.
//!
//! In: a table and the width of the page in twentieths of a point. Out: a width for each column. Always holds: together
//! they are no wider than the page.

use crate::report::columns::width;
use crate::report::format::table::{Column, Table};

/// The width of each column: what its figures need unbroken, then the rest to those whose texts are longest.
pub(super) fn widths(table: &Table, whole: usize) -> Vec<usize> {
    /// Twentieths of a point that a character of a cell takes, and the cell's margins.
    const CHARACTER: usize = 105;
    const MARGINS: usize = 230;
    let column = |at: usize| {
        let cells = table.rows.iter().filter_map(move |row| row.get(at)).map(String::as_str).chain([table.head[at].0]);
        let wants = cells.map(|text| (unbroken(text, table.head[at].1), width(text)));
        wants.fold((0, 0), |most, cell| (most.0.max(cell.0), most.1.max(cell.1)))
    };
    let wants: Vec<(usize, usize)> = (0..table.head.len()).map(column).collect();
    let least: Vec<usize> = wants.iter().map(|(least, _)| least * CHARACTER + MARGINS).collect();
    let taken: usize = least.iter().sum();
    let Some(rest) = whole.checked_sub(taken) else {
        return least.iter().map(|least| least * whole / taken).collect();
    };
    /// Words wrap: beyond so many cells more width is no gain.
    const LONG: usize = 60;
    let wish = |(least, most): &(usize, usize)| most.min(&LONG).saturating_sub(*least) + 1;
    let wishes: usize = wants.iter().map(wish).sum();
    least.iter().zip(&wants).map(|(least, want)| least + rest * wish(want) / wishes).collect()
}

/// How much of a text should stand on one line: figures between the ends of an interval, rules, and some of a sentence.
fn unbroken(text: &str, column: Column) -> usize {
    const RULE: usize = 22;
    const WORDS: usize = 8;
    match column {
        Column::Figures => text.split(" – ").flat_map(|part| part.split(" (")).map(width).max().unwrap_or(0),
        Column::Code => width(text).min(RULE),
        Column::Words => width(text).min(WORDS),
    }
}

#[cfg(test)]
mod tests {
    use crate::report::Lang;
    use crate::report::fixture;
    use crate::report::format::table;
    use crate::report::view::view;

    const WIDTH: usize = 9_638;

    #[test]
    fn no_figure_is_broken_and_no_table_is_wider_than_the_page() {
        for lang in [Lang::En, Lang::Zh] {
            let run = fixture::embedded();
            let seen = view(&run.summary, &run.verdict, lang);
            for table in [table::rules(&seen), table::failures(&seen), table::steps(&seen)] {
                let widths = super::widths(&table, WIDTH);
                assert!(widths.iter().sum::<usize>() <= WIDTH, "{widths:?}");
                assert!(widths.iter().all(|width| *width > 300), "{widths:?}");
            }
            let rules = table::rules(&seen);
            // The longest figure of the rules is 9 characters; 5 points each is what the font takes.
            assert!(super::widths(&rules, WIDTH)[1] >= 9 * 100 + 200, "{:?}", super::widths(&rules, WIDTH));
        }
    }
}
