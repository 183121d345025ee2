//! Marks into SVG: the only file that names the drawing crate.
//!
//! In: marks on a sheet of [`WIDTH`] by [`HEIGHT`] points. Out: one SVG document. Always holds: marks are drawn in
//! their order; coordinates are whole on a grid four times as fine as a point.

use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::{Color, DrawingArea, FontStyle, IntoDrawingArea, IntoFont, RGBColor, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{ShapeStyle, TextStyle};

use super::palette::Ink;

/// Width of the sheet in points.
pub(super) const WIDTH: f64 = 840.0;
/// Height of the sheet in points.
pub(super) const HEIGHT: f64 = 360.0;
/// The drawing crate counts in whole pixels: so many to a point.
const FINENESS: f64 = 4.0;
/// The drawing crate writes a font size of `size / 1.24`.
const FONT_FACTOR: f64 = 1.24;

/// A place on the sheet in points from its upper left corner.
pub(super) type Point = (f64, f64);

/// Which end of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// One thing on the sheet.
#[derive(Clone, Debug)]
pub(super) enum Mark {
    /// A line through points.
    Line { through: Vec<Point>, ink: Ink, width: f64 },
    /// A filled outline.
    Area { outline: Vec<Point>, ink: Ink },
    /// A filled rectangle between two corners.
    Block { from: Point, to: Point, ink: Ink },
    /// A dot.
    Dot { at: Point, ink: Ink },
    /// A word, centred on the height of its place.
    Word { at: Point, text: String, style: WordStyle },
}

/// How a word looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct WordStyle {
    pub(super) ink: Ink,
    pub(super) size: f64,
    pub(super) bold: bool,
    pub(super) anchor: Anchor,
}

/// The SVG document of `marks`; `Err` with what the drawing crate said.
pub(super) fn draw(marks: &[Mark]) -> Result<String, String> {
    let mut svg = String::new();
    {
        let size = (whole(WIDTH).unsigned_abs(), whole(HEIGHT).unsigned_abs());
        let sheet = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        for mark in marks {
            put(&sheet, mark).map_err(|error| error.to_string())?;
        }
        sheet.present().map_err(|error| error.to_string())?;
    }
    Ok(framed(&svg))
}

type Sheet<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Failure = Box<dyn std::error::Error>;

fn put(sheet: &Sheet<'_>, mark: &Mark) -> Result<(), Failure> {
    match mark {
        Mark::Line { through, ink, width } => {
            let style = ShapeStyle { color: colour(*ink).to_rgba(), filled: false, stroke_width: wide(*width) };
            sheet.draw(&PathElement::new(grid(through), style)).map_err(boxed)
        }
        Mark::Area { outline, ink } => sheet.draw(&Polygon::new(grid(outline), colour(*ink))).map_err(boxed),
        Mark::Block { from, to, ink } => {
            sheet.draw(&Rectangle::new([pixel(*from), pixel(*to)], colour(*ink).filled())).map_err(boxed)
        }
        Mark::Dot { at, ink } => sheet.draw(&Circle::new(pixel(*at), whole(1.6), colour(*ink).filled())).map_err(boxed),
        Mark::Word { at, text, style } => {
            sheet.draw(&Text::new(text.clone(), pixel(*at), text_style(*style))).map_err(boxed)
        }
    }
}

fn boxed<E: std::error::Error + 'static>(error: E) -> Failure {
    Box::new(error)
}

fn text_style(style: WordStyle) -> TextStyle<'static> {
    let weight = if style.bold { FontStyle::Bold } else { FontStyle::Normal };
    let across = match style.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let font = ("sans-serif", style.size * FONT_FACTOR * FINENESS).into_font().style(weight);
    let color = colour(style.ink).to_backend_color();
    TextStyle { color, ..TextStyle::from(font).pos(Pos::new(across, VPos::Center)) }
}

fn colour(ink: Ink) -> RGBColor {
    let [_, r, g, b] = ink.paper().to_be_bytes();
    RGBColor(r, g, b)
}

fn grid(points: &[Point]) -> Vec<(i32, i32)> {
    points.iter().copied().map(pixel).collect()
}

fn pixel((x, y): Point) -> (i32, i32) {
    (whole(x), whole(y))
}

/// Points as whole pixels; a float beyond the range stops at its end.
fn whole(points: f64) -> i32 {
    (points * FINENESS).round() as i32
}

fn wide(points: f64) -> u32 {
    whole(points).max(1).unsigned_abs()
}

/// Points as the drawing's own units.
pub(super) fn unit(points: f64) -> String {
    whole(points).to_string()
}

/// What a frame shows that leaves out `margin` points at the left and the right.
pub(super) fn view_box(margin: f64) -> String {
    format!("{} 0 {} {}", whole(margin), whole(WIDTH - 2.0 * margin), whole(HEIGHT))
}

/// The same document, shown at the sheet's size in points, with round joints.
fn framed(svg: &str) -> String {
    let body = svg.split_once('>').map_or("", |(_, body)| body);
    format!(
        "<svg width=\"{WIDTH}\" height=\"{HEIGHT}\" viewBox=\"{}\" xmlns=\"http://www.w3.org/2000/svg\" \
         stroke-linejoin=\"round\">{body}",
        view_box(0.0)
    )
}
