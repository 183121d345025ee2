//! Where in a file something stands.
//!
//! In: the file's text, and a text that stands there. Out: line and column, from 1, the column in characters. Always
//! holds: a key is not found in the middle of another (`t =` is not in `host =`), nor anything in a line that is a comment.

use regex::Regex;

/// Where byte `offset` of `text` stands: line and column, from 1, the column in characters.
pub(super) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(offset.min(text.len()))];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The byte at which `needle` first stands in `text`, as a whole word and outside of comments.
pub(super) fn first(text: &str, needle: &str) -> Option<usize> {
    places(text, needle).into_iter().next()
}

/// The byte at which `needle` last stands in `text`. The last: where something is named twice, the second is the one
/// too many.
pub(super) fn last(text: &str, needle: &str) -> Option<usize> {
    places(text, needle).pop()
}

fn places(text: &str, needle: &str) -> Vec<usize> {
    let Ok(pattern) = Regex::new(&loosely(needle)) else { return Vec::new() };
    let found = pattern.captures_iter(text).filter_map(|found| Some(found.get(1)?.start()));
    found.filter(|at| !in_comment(text, *at)).collect()
}

/// A pattern for `needle` as people may have written it: with other space around signs, in the other quotes.
fn loosely(needle: &str) -> String {
    let inner = needle.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let text = regex::escape(inner.unwrap_or(needle)).replace(' ', r"\s*");
    let text = ["<=", ">=", "=", "<", ">"].iter().fold(text, |text, sign| spaced(&text, sign));
    if inner.is_some() {
        return format!(r#"(["']{text}["'])"#);
    }
    let edge = |end: Option<char>, pattern: &'static str| match end {
        Some(c) if c.is_alphanumeric() || c == '_' => pattern,
        _ => "",
    };
    let (before, behind) = (edge(needle.chars().next(), r"(?:^|[^\w-])"), edge(needle.chars().last(), r"(?:$|[^\w-])"));
    format!("(?m){before}({text}){behind}")
}

/// Lets any space stand around a sign.
fn spaced(text: &str, sign: &str) -> String {
    // A sign that is part of a longer one was spaced with it.
    let pieces: Vec<&str> = text.split(sign).collect();
    let mut out = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        out.push_str(piece);
        let next = pieces.get(at + 1);
        let part_of_longer = sign.len() == 1
            && (piece.ends_with(['<', '>']) || next.is_some_and(|next| next.starts_with(['=', '<', '>'])));
        match next {
            Some(_) if part_of_longer => out.push_str(sign),
            Some(_) => out.extend([r"\s*", sign, r"\s*"]),
            None => {}
        }
    }
    out
}

fn in_comment(text: &str, at: usize) -> bool {
    let line = text[..at].rfind('\n').map_or(0, |at| at + 1);
    text[line..at].trim_start().starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, needle: &str) -> Option<(usize, usize)> {
        last(text, needle).map(|at| line_and_column(text, at))
    }

    #[test]
    fn a_key_is_found_as_a_whole_word_however_it_is_spaced() {
        let text = "[secrets]\nt={ env = \"A\" }\n[target]\nhost = \"http://h\"\n";
        assert_eq!(place(text, "t ="), Some((2, 1)));
        assert_eq!(place("users = 50\n[x]\nusers=5\n", "users = 5"), Some((3, 1)));
        assert_eq!(place("users = 50\n", "users = 5"), None);
    }

    #[test]
    fn a_rule_is_found_in_either_quotes_and_with_space_in_it() {
        assert_eq!(place("gate = ['p95 <= 100ms for pay']", "\"p95<=100ms for pay\""), Some((1, 9)));
        assert_eq!(place("gate = [\"tps>=5\"]", "\"tps>=5\""), Some((1, 9)));
    }

    #[test]
    fn a_comment_is_no_place() {
        assert_eq!(place("path = \"/x\"\n# path = \"/x\"\n", "\"/x\""), Some((1, 8)));
        assert_eq!(place("# users = 5\n", "users = 5"), None);
        assert_eq!(first("a = \"é\"\nb = \"é\"", "\"é\""), Some(4));
    }

    #[test]
    fn what_is_not_plain_is_found_as_it_stands() {
        let text = "body = '{\"a\":${c.amount}}'\n[[load.stage]]\nusers = 1\n";
        assert_eq!(place(text, "${c.amount}"), Some((1, 14)));
        assert_eq!(place(text, "[[load.stage]]"), Some((2, 1)));
        assert_eq!(place("a = \"${random.int(9,1)}\"", "${random.int(9,1)}"), Some((1, 6)));
    }
}
