//! JMeter's texts with `${...}` in them, taken apart as JMeter takes them.
//!
//! In: the text of a property. Out: its [`Piece`]s. Always holds: every text has pieces; what JMeter would send
//! literally is a literal, and nothing is evaluated here.

use std::iter::Peekable;
use std::str::Chars;

/// Functions in functions: deeper than any plan.
const DEEPEST: usize = 50;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Characters that stand for themselves.
    Literal(String),
    /// `${name}`.
    Variable(String),
    /// `${__name(a,b)}`; without parentheses there are no arguments.
    Function {
        /// With its two underscores.
        name: String,
        /// As they were written: each is a text of its own.
        arguments: Vec<String>,
    },
}

/// Takes `text` apart.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece> {
    // Backslashes are read in texts that hold something to replace, and in no others.
    if !text.contains("${") {
        return literal(text.to_owned()).into_iter().collect();
    }
    let mut out = Vec::new();
    let mut plain = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some(escaped @ ('\\' | '$' | ',')) => plain.push(escaped),
                Some(other) => plain.extend(['\\', other]),
                None => plain.push('\\'),
            },
            '$' if rest.peek() == Some(&'{') => {
                rest.next();
                out.extend(literal(std::mem::take(&mut plain)));
                out.push(reference(&mut rest));
            }
            other => plain.push(other),
        }
    }
    out.extend(literal(plain));
    out
}

/// Every function and variable in `text`, those in arguments too.
pub fn references(text: &str, each: &mut dyn FnMut(&Piece)) {
    visit(text, DEEPEST, each);
}

fn visit(text: &str, deeper: usize, each: &mut dyn FnMut(&Piece)) {
    for piece in pieces(text) {
        if !matches!(piece, Piece::Literal(_)) {
            each(&piece);
        }
        if let (Piece::Function { arguments, .. }, Some(deeper)) = (&piece, deeper.checked_sub(1)) {
            arguments.iter().for_each(|argument| visit(argument, deeper, each));
        }
    }
}

fn literal(text: String) -> Option<Piece> {
    (!text.is_empty()).then_some(Piece::Literal(text))
}

/// What stands behind `${`.
fn reference(rest: &mut Peekable<Chars<'_>>) -> Piece {
    let mut name = String::new();
    while let Some(c) = rest.next() {
        match c {
            '\\' => name.extend(rest.next()),
            '(' if name.trim().starts_with("__") => {
                let arguments = arguments(rest);
                if rest.peek() == Some(&'}') {
                    rest.next();
                }
                return Piece::Function { name: name.trim().to_owned(), arguments };
            }
            '}' if name.trim().starts_with("__") => {
                return Piece::Function { name: name.trim().to_owned(), arguments: Vec::new() };
            }
            '}' => return Piece::Variable(name),
            other => name.push(other),
        }
    }
    // Never closed: JMeter keeps what stands behind the brace.
    Piece::Literal(name)
}

/// Arguments up to the parenthesis that closes them. Commas and parentheses inside `${...}` are theirs.
fn arguments(rest: &mut Peekable<Chars<'_>>) -> Vec<String> {
    let (mut found, mut current) = (Vec::new(), String::new());
    let (mut braces, mut parentheses) = (0_usize, 0_usize);
    let mut last = ' ';
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                let Some(escaped) = rest.next() else { break };
                // Each argument is read again as a text, which reads all other escapes.
                if escaped != ',' || braces > 0 {
                    current.push('\\');
                }
                current.push(escaped);
                last = ' ';
                continue;
            }
            ',' if braces == 0 && parentheses == 0 => found.push(std::mem::take(&mut current)),
            ')' if braces == 0 && parentheses == 0 => break,
            '{' if last == '$' => {
                braces += 1;
                current.push(c);
            }
            '}' if braces > 0 => {
                braces -= 1;
                current.push(c);
            }
            _ => {
                if braces == 0 {
                    match c {
                        '(' => parentheses += 1,
                        ')' => parentheses -= 1,
                        _ => {}
                    }
                }
                current.push(c);
            }
        }
        last = c;
    }
    if !(current.is_empty() && found.is_empty()) {
        found.push(current);
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn function(name: &str, arguments: &[&str]) -> Piece {
        Piece::Function { name: name.to_owned(), arguments: arguments.iter().map(|a| (*a).to_owned()).collect() }
    }

    fn text(text: &str) -> Piece {
        Piece::Literal(text.to_owned())
    }

    fn variable(name: &str) -> Piece {
        Piece::Variable(name.to_owned())
    }

    #[test]
    fn texts_are_taken_apart_as_jmeter_does() {
        for (written, expected) in [
            ("", vec![]),
            ("a\\,b\\$", vec![text("a\\,b\\$")]),
            ("a\\,${x}", vec![text("a,"), variable("x")]),
            ("\\${x}", vec![text("${x}")]),
            ("${a}-${b}", vec![variable("a"), text("-"), variable("b")]),
            ("${__UUID}", vec![function("__UUID", &[])]),
            ("${__UUID()}", vec![function("__UUID", &[])]),
            ("${__P(x)}", vec![function("__P", &["x"])]),
            ("${__P(x,)}", vec![function("__P", &["x", ""])]),
            ("${__P(x,a\\,b)}", vec![function("__P", &["x", "a,b"])]),
            ("${__P(x,${__P(y,1)})}", vec![function("__P", &["x", "${__P(y,1)}"])]),
            ("${__groovy(f(a, b))}!", vec![function("__groovy", &["f(a, b)"]), text("!")]),
            ("${__time(yyyy-MM-dd,)}", vec![function("__time", &["yyyy-MM-dd", ""])]),
            ("${open", vec![text("open")]),
            ("$ {x} $", vec![text("$ {x} $")]),
        ] {
            assert_eq!(pieces(written), expected, "{written}");
        }
    }

    #[test]
    fn references_in_arguments_are_met_too() {
        let mut met = Vec::new();
        references("${__P(a,${__V(b_${n})})}${c}", &mut |piece| met.push(piece.clone()));
        assert_eq!(met.len(), 4, "{met:?}");
        assert_eq!((&met[2], &met[3]), (&variable("n"), &variable("c")));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[${}(),\\\\a_ ]{0,60}") {
            references(&text, &mut |_| {});
        }

        /// What holds nothing to replace stands for itself.
        #[test]
        fn plain_text_stays(text in "[a-z,\\\\(){} ]{1,40}") {
            prop_assert_eq!(pieces(&text), vec![Piece::Literal(text.clone())]);
        }
    }
}
