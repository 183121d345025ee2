//! One line of Prometheus' text format.
//!
//! In: a line without its line break. Out: a series and its value. Always holds: a label's value ends at its own quote,
//! whatever braces and commas it holds.

use super::{Labels, Sample};

/// `name{label="value"} value [timestamp]`.
pub(super) fn sample(line: &str) -> Option<Sample> {
    let (name, labels, rest) = series(line)?;
    let mut words = rest.split_ascii_whitespace();
    let value = words.next()?.parse().ok()?;
    let is_whole = words.next().is_none_or(|timestamp| timestamp.parse::<f64>().is_ok()) && words.next().is_none();
    is_whole.then_some(Sample { name, labels, value })
}

/// A series at the front of `text`, and what follows it.
pub(super) fn series(text: &str) -> Option<(String, Labels, &str)> {
    let end = text.find(|c: char| !is_of_name(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(inside) => labels(inside)?,
        None => (Labels::new(), rest),
    };
    let ends = rest.is_empty() || rest.starts_with([' ', '\t']);
    ends.then(|| (name.to_owned(), labels, rest.trim_start()))
}

/// Labels up to the brace that closes them, and what follows it.
fn labels(mut text: &str) -> Option<(Labels, &str)> {
    let mut labels = Labels::new();
    loop {
        text = text.trim_start();
        if let Some(rest) = text.strip_prefix('}') {
            return Some((labels, rest));
        }
        let (label, rest) = text.split_once('=')?;
        let label = label.trim();
        if label.is_empty() || !label.chars().all(is_of_name) {
            return None;
        }
        let (value, rest) = quoted(rest.trim_start())?;
        labels.insert(label.to_owned(), value);
        let rest = rest.trim_start();
        text = match rest.strip_prefix(',') {
            Some(rest) => rest,
            None if rest.starts_with('}') => rest,
            None => return None,
        };
    }
}

/// A quoted text at the front of `text`, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inside = text.strip_prefix('"')?;
    let mut value = String::new();
    let mut chars = inside.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &inside[at + 1..])),
            '\\' => value.push(match chars.next()?.1 {
                'n' => '\n',
                other => other,
            }),
            other => value.push(other),
        }
    }
    None
}

const fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | ':')
}
