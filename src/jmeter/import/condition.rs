//! Conditions: the few forms that plans use.
//!
//! In: the condition of an `if` or a `while`, plain or in `${__groovy(...)}`, `${__jexl3(...)}`, `${__javaScript(...)}`.
//! Out: a condition of the scenario language. Always holds: what is not wholly understood is refused as it was written.

use super::Importer;
use crate::jmeter::expression::{Piece, pieces};
use crate::jmeter::jmx::Element;

/// Comparisons, the longer first.
const COMPARISONS: [&str; 6] = ["==", "!=", "<=", ">=", "<", ">"];

impl Importer<'_> {
    /// The condition `text` of `element`; `None` where it was refused.
    pub(super) fn condition(&mut self, element: &Element, text: &str) -> Option<String> {
        let code = match pieces(text.trim()).as_slice() {
            [Piece::Function { name, arguments }] if name != "__P" && name != "__property" => {
                known_code(name).then(|| arguments.join(",").trim_end_matches(',').to_owned())
            }
            _ => Some(text.trim().to_owned()),
        };
        let found = code.as_deref().and_then(|code| self.alternatives(element, code.trim().trim_end_matches(';')));
        if found.is_none() {
            self.refuse(element, "JMX104", format!("condition {text}"));
        }
        found
    }

    fn alternatives(&mut self, element: &Element, code: &str) -> Option<String> {
        let mut out = Vec::new();
        for alternative in split(code, "||") {
            let parts: Option<Vec<String>> =
                split(alternative, "&&").into_iter().map(|part| self.comparison(element, part.trim())).collect();
            out.push(parts?.join(" and "));
        }
        Some(out.join(" or "))
    }

    fn comparison(&mut self, element: &Element, code: &str) -> Option<String> {
        let (negated, plain) = match code.strip_prefix('!') {
            Some(rest) if !rest.starts_with('=') => (true, rest.trim()),
            _ => (false, code),
        };
        if let Some((left, right)) = plain.strip_suffix(')').and_then(|plain| plain.split_once(".equals(")) {
            let op = if negated { "!=" } else { "==" };
            return Some(format!("{} {op} {}", self.operand(element, left)?, self.operand(element, right)?));
        }
        for op in COMPARISONS {
            if let [left, right] = split(plain, op).as_slice()
                && !negated
            {
                return Some(format!("{} {op} {}", self.operand(element, left)?, self.operand(element, right)?));
            }
        }
        let value = self.operand(element, plain)?;
        Some(if negated { format!("{value} == false") } else { value })
    }

    /// A quoted text, a number, a truth, or a variable.
    fn operand(&mut self, element: &Element, code: &str) -> Option<String> {
        let code = code.trim();
        let code = ["as int", ".toInteger()", ".toLong()", ".toString()", ".trim()"]
            .iter()
            .fold(code, |code, part| code.trim_end_matches(part).trim_end());
        let quoted = |quote: char| {
            let inner = code.strip_prefix(quote)?.strip_suffix(quote)?;
            (!inner.contains(quote)).then_some(inner)
        };
        if let Some(inner) = quoted('"').or_else(|| quoted('\'')) {
            if let Some(name) = inner.strip_prefix("vars.get(") {
                return self.operand(element, &format!("vars.get({name}"));
            }
            let text = self.template(element, inner);
            let bare = !text.is_empty() && !text.contains([' ', '\'', '"', '=', '<', '>', '!']);
            return Some(if bare { text } else { format!("'{}'", text.replace('\'', "''")) });
        }
        if let Some(name) = code.strip_prefix("vars.get(").and_then(|rest| rest.strip_suffix(')')) {
            let name = name.trim_matches(['"', '\'']);
            return plain_word(name).then(|| self.template(element, &format!("${{{name}}}")));
        }
        let number = code.parse::<f64>().is_ok();
        if number || matches!(code, "true" | "false") {
            return Some(code.to_owned());
        }
        matches!(pieces(code).as_slice(), [Piece::Variable(_) | Piece::Function { .. }])
            .then(|| self.template(element, code))
    }
}

fn known_code(function: &str) -> bool {
    matches!(function, "__groovy" | "__jexl3" | "__jexl2" | "__javaScript")
}

fn plain_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c))
}

/// Splits `code` at `by`, but not inside quotes or parentheses.
fn split<'c>(code: &'c str, by: &str) -> Vec<&'c str> {
    let (mut parts, mut from, mut quote, mut depth) = (Vec::new(), 0, None, 0_i32);
    for (at, c) in code.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '{') => depth += 1,
            (None, ')' | '}') => depth -= 1,
            (None, _) if depth == 0 && at >= from && code[at..].starts_with(by) => {
                parts.push(&code[from..at]);
                from = at + by.len();
            }
            _ => {}
        }
    }
    parts.push(&code[from.min(code.len())..]);
    parts
}
