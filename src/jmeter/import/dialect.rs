//! Regular expressions and JSON paths of JMeter's libraries, as ours write them.
//!
//! In: an expression as Perl 5 or Jayway has it. Out: the same for the `regex` crate or RFC 9535. Always holds: what has
//! no meaning there is left as it is, so that it is refused where it is compiled, and never changed in what it finds.

/// A regular expression: braces that count nothing, and brackets inside brackets, stand for themselves.
pub(super) fn regex(perl: &str) -> String {
    let chars: Vec<char> = perl.chars().collect();
    let mut out = String::with_capacity(perl.len());
    let (mut at, mut in_class) = (0, false);
    while at < chars.len() {
        let c = chars[at];
        match c {
            '\\' => {
                match chars.get(at + 1) {
                    // Ends of words in one dialect, plain characters in the other.
                    Some(next @ ('<' | '>')) => out.push(*next),
                    Some('Z') if !in_class => out.push_str("\\n?\\z"),
                    Some(next) if next.is_ascii_alphanumeric() || next.is_ascii_punctuation() => {
                        out.extend(['\\', *next])
                    }
                    Some(next) => out.push(*next),
                    None => out.push('\\'),
                }
                at += 1;
                // The name of a class of characters goes with it.
                if matches!(chars.get(at), Some('p' | 'P' | 'x')) && chars.get(at + 1) == Some(&'{') {
                    let end = chars[at..].iter().position(|c| *c == '}').map_or(at, |length| at + length);
                    out.extend(&chars[(at + 1).min(end + 1)..=end]);
                    at = end.max(at);
                }
            }
            '[' if in_class && chars.get(at + 1) != Some(&':') => out.push_str("\\["),
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                // A bracket that comes first stands for itself.
                let first = at + 1 + usize::from(chars.get(at + 1) == Some(&'^'));
                out.extend(&chars[at + 1..first.min(chars.len())]);
                at = first - 1;
                if chars.get(first) == Some(&']') {
                    out.push_str("\\]");
                    at = first;
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' | '-' if in_class && chars.get(at + 1) == Some(&c) => out.extend(['\\', c]),
            '{' if !in_class && !counts(&chars[at..], &out) => out.push_str("\\{"),
            '}' if !in_class && !closes(&out) => out.push_str("\\}"),
            other => out.push(other),
        }
        at += 1;
    }
    out
}

/// Whether what begins with a brace says how often something is repeated.
fn counts(rest: &[char], before: &str) -> bool {
    let Some(end) = rest.iter().position(|c| *c == '}') else { return false };
    let inside: String = rest[1..end].iter().collect();
    let (least, most) = inside.split_once(',').unwrap_or((&inside, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most) && !before.is_empty() && !before.ends_with(['(', '|'])
}

/// Whether a closing brace ends a count, or the name of a class of characters.
fn closes(before: &str) -> bool {
    let Some(open) = before.rfind('{') else { return false };
    let escaped = before[..open].ends_with('\\') && !before[..open].ends_with("\\\\");
    !escaped && !before[open..].contains('}')
}

/// A JSON path: names with hyphens in quotes, no dot before a bracket.
pub(crate) fn json_path(jayway: &str) -> String {
    let path = jayway.trim().trim_end_matches('.');
    let rooted = if path.starts_with('$') { path.to_owned() } else { format!("$.{}", path.trim_start_matches('.')) };
    let chars: Vec<char> = rooted.chars().collect();
    let mut out = String::with_capacity(rooted.len());
    let (mut at, mut depth, mut quote) = (0, 0_usize, None);
    while at < chars.len() {
        let c = chars[at];
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') => depth = depth.saturating_sub(1),
            (None, '.') if depth == 0 => {
                let from = at + 1 + usize::from(chars.get(at + 1) == Some(&'.'));
                if chars.get(from) == Some(&'[') {
                    out.push_str(if from > at + 1 { ".." } else { "" });
                    at = from;
                    continue;
                }
                let name: String =
                    chars[from.min(chars.len())..].iter().take_while(|c| !matches!(c, '.' | '[')).collect();
                if name.contains(['-', '@', ' ', ':', '/']) && !name.contains(['(', '\'']) {
                    out.push_str(if from > at + 1 { ".." } else { "" });
                    out.push_str(&format!("['{name}']"));
                    at = from + name.chars().count();
                    continue;
                }
            }
            _ => {}
        }
        out.push(c);
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brace_that_counts_nothing_stands_for_itself() {
        for (perl, ours, finds) in [
            ("{\"token\":\"(.+?)\"}", "\\{\"token\":\"(.+?)\"\\}", "{\"token\":\"x\"}"),
            ("a{2,3}b{2}c{1,}", "a{2,3}b{2}c{1,}", "aabbc"),
            ("[^\"[]+x", "[^\"\\[]+x", "ax"),
            ("[]a]b", "[\\]a]b", "]b"),
            ("\\<b\\>", "<b>", "<b>"),
            ("id\\=(\\d{4})", "id\\=(\\d{4})", "id=2024"),
            ("\\p{L}+", "\\p{L}+", "ü"),
        ] {
            assert_eq!(regex(perl), ours, "{perl}");
            assert!(regex::Regex::new(&regex(perl)).unwrap().is_match(finds), "{perl}");
        }
    }

    #[test]
    fn paths_of_jayway_are_those_of_the_standard() {
        for (jayway, ours) in [
            ("$.token", "$.token"),
            ("token", "$.token"),
            ("$.data.[0].id", "$.data[0].id"),
            ("$.access-token.x", "$['access-token'].x"),
            ("$..items[?(@.a == 'b.c-d')].id", "$..items[?(@.a == 'b.c-d')].id"),
            ("$..x-y", "$..['x-y']"),
            ("$.", "$"),
        ] {
            assert_eq!(json_path(jayway), ours, "{jayway}");
            assert!(serde_json_path::JsonPath::parse(&json_path(jayway)).is_ok(), "{jayway}");
        }
    }
}
