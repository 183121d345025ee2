//! Paper: headings, lines, tables and pictures of a Word document. The only file that names the writing crate.
//!
//! In: texts that are harmless already. Out: the bytes of a document in A4. Always holds: paragraphs and pictures are
//! numbered by their order in this document, never by what the process wrote before.

use std::io::Cursor;

use docx_rs::{
    AlignmentType, Docx, Footer, LineSpacing, NumPages, PageMargin, PageNum, Paragraph, Pic, Run, RunFonts, Shading,
    Style, StyleType, Table as Grid, TableAlignmentType, TableBorder, TableBorderPosition, TableBorders, TableCell,
    TableCellMargins, TableLayoutType, TableRow, VAlignType, WidthType,
};

use super::fit;
use super::ink::{ground, ink};
use crate::report::Figure;
use crate::report::format::table::{Column, Table};
use crate::report::text::Lang;
use crate::report::view::Tone;

/// Twentieths of a point: A4 less two margins of two centimetres.
const WIDTH: usize = 9_638;
const MARGIN: i32 = 1_134;
/// English metric units of a millimetre.
const EMU: u32 = 36_000;
const RULE: &str = "C9CED6";
const GROUND: &str = "F3F5F8";
const MUTED: &str = "5B6472";
const FOOTER: &str = "Footer";
/// Half points.
const BODY: usize = 20;
const SMALL: usize = 17;

/// How loud a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Plain,
    Strong,
    Small,
    /// Strong, and on the page of what follows it.
    Head,
}

/// A document that is being written.
pub(super) struct Paper {
    docx: Docx,
    lang: Lang,
    paragraphs: u32,
}

impl Paper {
    /// An empty document that says it was `created` then.
    pub(super) fn new(lang: Lang, created: &str) -> Self {
        let fonts =
            RunFonts::new().ascii("Arial").hi_ansi("Arial").cs("Arial").east_asia(lang.documents().east_asian_font);
        let heading = Style::new("Heading1", StyleType::Paragraph).name("heading 1").size(26).bold().color("1B2430");
        let docx = Docx::new()
            .created_at(created)
            .updated_at(created)
            .default_fonts(fonts)
            .default_size(BODY)
            .page_size(11_906, 16_838)
            .page_margin(
                PageMargin::new().top(MARGIN).bottom(MARGIN).left(MARGIN).right(MARGIN).header(567).footer(567),
            )
            .add_style(heading.outline_lvl(0))
            .add_style(Style::new(FOOTER, StyleType::Paragraph).name("footer").size(SMALL).color(MUTED));
        Self { docx, lang, paragraphs: 0 }
    }

    /// The bytes, with `footer` and the page's number below each page.
    pub(super) fn bytes(mut self, footer: &str) -> Result<Vec<u8>, String> {
        let d = self.lang.documents();
        let words = |text: &str| Run::new().add_text(text);
        let line = self
            .paragraph()
            .style(FOOTER)
            .align(AlignmentType::Center)
            .add_run(words(&format!("{footer} · {}", d.page)));
        let line = line.add_page_num(PageNum::new()).add_run(words(d.page_of)).add_num_pages(NumPages::new());
        let docx = self.docx.footer(Footer::new().add_paragraph(line.add_run(words(d.page_end))));
        let mut bytes = Cursor::new(Vec::new());
        docx.build().pack(&mut bytes).map_err(|error| error.to_string())?;
        Ok(bytes.into_inner())
    }

    fn paragraph(&mut self) -> Paragraph {
        self.paragraphs += 1;
        Paragraph::new().id(format!("{:08x}", self.paragraphs))
    }

    fn put(&mut self, paragraph: Paragraph) {
        // Moved through, as the crate builds by value.
        self.docx = std::mem::take(&mut self.docx).add_paragraph(paragraph);
    }

    /// The document's title.
    pub(super) fn title(&mut self, text: &str) {
        let run = Run::new().add_text(text).size(40).bold();
        let spacing = LineSpacing::new().before(240).after(120);
        let paragraph = self.paragraph().align(AlignmentType::Center).line_spacing(spacing).add_run(run);
        self.put(paragraph);
    }

    /// A heading that stays with what follows it.
    pub(super) fn heading(&mut self, text: &str) {
        let spacing = LineSpacing::new().before(320).after(120);
        let run = Run::new().add_text(text).size(26).bold();
        let paragraph = self.paragraph().style("Heading1").keep_next(true).line_spacing(spacing).add_run(run);
        self.put(paragraph);
    }

    /// A line or paragraph.
    pub(super) fn line(&mut self, text: &str, weight: Weight) {
        self.aligned(text, weight, AlignmentType::Left);
    }

    /// A line that stays with what follows it.
    pub(super) fn lead(&mut self, text: &str) {
        let spacing = LineSpacing::new().before(40).after(80);
        let paragraph = self.paragraph().keep_next(true).line_spacing(spacing).add_run(Run::new().add_text(text));
        self.put(paragraph);
    }

    /// A line in the middle.
    pub(super) fn centred(&mut self, text: &str, weight: Weight) {
        self.aligned(text, weight, AlignmentType::Center);
    }

    fn aligned(&mut self, text: &str, weight: Weight, align: AlignmentType) {
        let run = weighed(Run::new().add_text(text), weight);
        let spacing = LineSpacing::new().before(40).after(80);
        let paragraph = self.paragraph().align(align).line_spacing(spacing).add_run(run);
        self.put(paragraph);
    }

    /// The verdict in a band of its colour.
    pub(super) fn verdict(&mut self, word: &str, sentence: &str, tone: Tone) {
        let spacing = || LineSpacing::new().before(60).after(60);
        let word = Run::new().add_text(word).size(30).bold().color(ink(tone));
        let word = self.paragraph().keep_next(true).line_spacing(spacing()).add_run(word);
        let sentence = self.paragraph().line_spacing(spacing()).add_run(Run::new().add_text(sentence));
        let cell =
            TableCell::new().shading(Shading::new().fill(ground(tone))).add_paragraph(word).add_paragraph(sentence);
        let band = grid(vec![TableRow::new(vec![cell.width(WIDTH, WidthType::Dxa)])], &[WIDTH]);
        self.docx =
            std::mem::take(&mut self.docx).add_table(band.margins(TableCellMargins::new().margin(80, 160, 80, 160)));
        self.line("", Weight::Small);
    }

    /// Labels and what stands behind them.
    pub(super) fn pairs(&mut self, figures: &[Figure]) {
        self.labelled(figures, &[WIDTH * 30 / 100, WIDTH * 70 / 100]);
    }

    /// The same, two to a row: for figures that are short.
    pub(super) fn pairs_abreast(&mut self, figures: &[Figure]) {
        self.labelled(figures, &[WIDTH * 24 / 100, WIDTH * 26 / 100, WIDTH * 24 / 100, WIDTH * 26 / 100]);
    }

    /// Rows of labels and values, as many as there are widths for.
    fn labelled(&mut self, figures: &[Figure], widths: &[usize]) {
        let none = Figure { label: "", value: String::new() };
        let mut rows = Vec::new();
        for row in figures.chunks(widths.len() / 2) {
            let row = row.iter().chain(std::iter::repeat(&none)).zip(widths.chunks(2));
            let cells: Vec<TableCell> = row.flat_map(|(figure, widths)| self.pair(figure, widths)).collect();
            rows.push(TableRow::new(cells).cant_split());
        }
        self.docx = std::mem::take(&mut self.docx).add_table(grid(rows, widths));
    }

    fn pair(&mut self, figure: &Figure, widths: &[usize]) -> [TableCell; 2] {
        let label =
            self.cell(figure.label, (Weight::Plain, Some(MUTED)), AlignmentType::Left).width(widths[0], WidthType::Dxa);
        let value =
            self.cell(&figure.value, (Weight::Plain, None), AlignmentType::Left).width(widths[1], WidthType::Dxa);
        [label.shading(Shading::new().fill(GROUND)), value]
    }

    /// A table below a title and a word in its colour, which stay on one page with its first row.
    pub(super) fn titled_table(&mut self, (title, word): (&str, &str), tone: Tone, table: &Table) {
        let spacing = LineSpacing::new().before(240).after(80);
        let title = Run::new().add_text(format!("{title}  ")).size(22).bold();
        let word = Run::new().add_text(word).size(22).bold().color(ink(tone));
        let paragraph = self.paragraph().keep_next(true).line_spacing(spacing).add_run(title).add_run(word);
        self.put(paragraph);
        if !table.rows.is_empty() {
            self.table(table);
        }
    }

    /// A table, whose head is kept with its first row.
    pub(super) fn table(&mut self, table: &Table) {
        let widths = fit::widths(table, WIDTH);
        let mut rows = vec![self.head(table, &widths)];
        for (at, row) in table.rows.iter().enumerate() {
            let mut cells = Vec::new();
            for ((text, (_, column)), width) in row.iter().zip(&table.head).zip(&widths) {
                let last = cells.len() + 1 == table.head.len();
                let colour = table.tones.get(at).filter(|_| last).map(|tone| ink(*tone));
                let weight = if colour.is_some() { Weight::Strong } else { Weight::Plain };
                cells.push(self.cell(text, (weight, colour), align(*column)).width(*width, WidthType::Dxa));
            }
            rows.push(TableRow::new(cells).cant_split());
        }
        self.docx = std::mem::take(&mut self.docx).add_table(grid(rows, &widths));
    }

    /// A table whose empty cells are high enough to sign in.
    pub(super) fn lines_to_sign(&mut self, table: &Table) {
        let widths = [WIDTH * 20 / 100, WIDTH * 25 / 100, WIDTH * 33 / 100, WIDTH * 22 / 100];
        let mut rows = vec![self.head(table, &widths)];
        for row in &table.rows {
            let mut cells = Vec::new();
            for (text, width) in row.iter().zip(widths) {
                // The lines to sign stay on one page.
                let paragraph = self.paragraph().keep_next(true).add_run(Run::new().add_text(text).size(SMALL + 1));
                let cell = TableCell::new().vertical_align(VAlignType::Center).add_paragraph(paragraph);
                cells.push(cell.width(width, WidthType::Dxa));
            }
            rows.push(TableRow::new(cells).row_height(700.0).cant_split());
        }
        self.docx = std::mem::take(&mut self.docx).add_table(grid(rows, &widths));
    }

    /// A picture in the drawing's proportions, as wide as the page allows.
    pub(super) fn picture(&mut self, png: &[u8], number: u32) {
        // 840 by 360 points on 165 mm.
        let (wide, high) = (165 * EMU, 165 * EMU * 360 / 840);
        let picture = Pic::new_with_dimensions(png.to_vec(), 1, 1).id(format!("rIdImage{number}")).size(wide, high);
        let spacing = LineSpacing::new().before(120).after(40);
        let run = Run::new().add_image(picture);
        let paragraph =
            self.paragraph().align(AlignmentType::Center).keep_next(true).line_spacing(spacing).add_run(run);
        self.put(paragraph);
    }

    fn head(&mut self, table: &Table, widths: &[usize]) -> TableRow {
        let mut cells = Vec::new();
        for ((name, column), width) in table.head.iter().zip(widths) {
            let cell = self.cell(name, (Weight::Head, None), align(*column));
            cells.push(cell.width(*width, WidthType::Dxa).shading(Shading::new().fill(GROUND)));
        }
        TableRow::new(cells).cant_split()
    }

    fn cell(&mut self, text: &str, loud: (Weight, Option<&str>), align: AlignmentType) -> TableCell {
        celled(self.text(text, loud, align))
    }

    /// The text of a cell.
    fn text(&mut self, text: &str, (weight, colour): (Weight, Option<&str>), align: AlignmentType) -> Paragraph {
        let mut run = weighed(Run::new().add_text(text).size(SMALL + 1), weight);
        if let Some(colour) = colour {
            run = run.color(colour);
        }
        let paragraph = self.paragraph().align(align).add_run(run);
        // A head without a row below it would say nothing.
        if weight == Weight::Head { paragraph.keep_next(true) } else { paragraph }
    }
}

fn celled(text: Paragraph) -> TableCell {
    TableCell::new().vertical_align(VAlignType::Center).add_paragraph(text)
}

fn weighed(run: Run, weight: Weight) -> Run {
    match weight {
        Weight::Plain => run,
        Weight::Strong | Weight::Head => run.bold(),
        Weight::Small => run.size(SMALL).color(MUTED),
    }
}

const fn align(column: Column) -> AlignmentType {
    match column {
        Column::Figures => AlignmentType::Right,
        Column::Words | Column::Code => AlignmentType::Left,
    }
}

fn grid(rows: Vec<TableRow>, widths: &[usize]) -> Grid {
    use TableBorderPosition::{Bottom, InsideH, InsideV, Left, Right, Top};
    let borders = [Top, Bottom, Left, Right, InsideH, InsideV]
        .into_iter()
        .fold(TableBorders::new(), |borders, side| borders.set(TableBorder::new(side).color(RULE).size(4)));
    Grid::new(rows)
        .set_grid(widths.to_vec())
        .width(WIDTH, WidthType::Dxa)
        .layout(TableLayoutType::Fixed)
        .align(TableAlignmentType::Center)
        .margins(TableCellMargins::new().margin(50, 100, 50, 100))
        .set_borders(borders)
}
