//! What a reader sees who points at a place of a chart.
//!
//! In: the places of a chart that have values, and the values as texts. Out: one line for the page's script. Always
//! holds: the page is complete without it; a text never ends a field of the line.

use super::canvas;
use super::frame::{BOTTOM, TOP};

/// The places of a chart, from left to right.
pub(super) struct Hover {
    /// What each value is.
    pub(super) names: Vec<String>,
    pub(super) stops: Vec<Stop>,
}

/// One place.
pub(super) struct Stop {
    /// In points from the left edge of the sheet.
    pub(super) x: f64,
    /// When, or where.
    pub(super) head: String,
    /// One a name.
    pub(super) values: Vec<String>,
}

impl Hover {
    /// `TOP|BOTTOM|NAME|NAME;X|HEAD|VALUE|VALUE;...`, in the drawing's own units.
    pub(super) fn written(&self) -> String {
        let [top, bottom] = [TOP, BOTTOM].map(canvas::unit);
        let names = [top, bottom].into_iter().chain(self.names.iter().map(|name| field(name)));
        let stop = |stop: &Stop| {
            let texts = [&stop.head].into_iter().chain(&stop.values).map(|text| field(text));
            [canvas::unit(stop.x)].into_iter().chain(texts).collect::<Vec<_>>().join("|")
        };
        let lines = [names.collect::<Vec<_>>().join("|")].into_iter().chain(self.stops.iter().map(stop));
        lines.collect::<Vec<_>>().join(";")
    }
}

fn field(text: &str) -> String {
    text.replace(['|', ';'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_never_ends_a_field() {
        let stops = vec![Stop { x: 10.25, head: "1 s".to_owned(), values: vec!["a|b;c".to_owned()] }];
        assert_eq!(Hover { names: vec!["p95".to_owned()], stops }.written(), "312|1256|p95;41|1 s|a b c");
    }
}
