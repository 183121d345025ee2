//! A heading and the lines below it, with columns that align.
//!
//! In: cells. Out: text. Always holds: columns align also where characters are two cells wide; a last cell is not padded.

use crate::report::columns::{left, width};
use crate::scenario::secret::Masker;

/// A heading and the lines below it.
#[derive(Clone, Debug)]
pub struct Section {
    heading: &'static str,
    lines: Vec<Vec<String>>,
}

impl Section {
    pub(super) const fn new(heading: &'static str) -> Self {
        Self { heading, lines: Vec::new() }
    }

    /// Adds a line that stands for itself.
    pub(super) fn line(&mut self, text: impl Into<String>) {
        self.lines.push(vec![text.into()]);
    }

    /// Adds a line whose cells align with those of the others.
    pub(super) fn cells<const N: usize>(&mut self, cells: [impl Into<String>; N]) {
        self.lines.push(cells.into_iter().map(Into::into).collect());
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Takes secrets out.
    pub(super) fn mask(&mut self, masker: &Masker) {
        self.lines.iter_mut().flatten().for_each(|cell| *cell = masker.mask(cell));
    }

    /// The section with an empty line before it.
    #[must_use]
    pub fn printed(&self) -> String {
        let most = self.lines.iter().map(Vec::len).max().unwrap_or(0);
        // A line that stands for itself widens no column.
        let tables = || self.lines.iter().filter(|line| line.len() > 1);
        let widths: Vec<usize> = (0..most)
            .map(|at| tables().filter_map(|line| line.get(at)).map(|cell| width(cell)).max().unwrap_or(0))
            .collect();
        let mut text = format!("\n{}\n", self.heading);
        for line in &self.lines {
            let last = line.len().saturating_sub(1);
            let cells: Vec<String> = line
                .iter()
                .enumerate()
                .map(|(at, cell)| if at == last { cell.clone() } else { left(cell, widths[at]) })
                .collect();
            text.push_str(&format!("  {}\n", cells.join("  ")));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_and_a_line_of_its_own_widens_none() {
        let mut section = Section::new("计划");
        section.line("a long line that stands for itself");
        section.cells(["目标", "x", "1"]);
        section.cells(["b", "long", "2"]);
        assert_eq!(
            section.printed(),
            "\n计划\n  a long line that stands for itself\n  目标  x     1\n  b     long  2\n"
        );
    }
}
