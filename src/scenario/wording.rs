//! The parser's messages in the words of whoever wrote the file.
//!
//! In: what the TOML parser said, and the line it said it of. Out: cause and cure. Always holds: no type of the program's
//! own language is named, and an unknown word comes with the known one that it is nearest to.

use crate::scenario::nearest::nearest;

/// Words of the parser's, and what stands for them. In this order: a longer one before what it begins with.
const WORDS: [(&str, &str); 14] = [
    ("expected a sequence", "expected a list; write brackets around it"),
    ("expected a string", "expected a text; write it in quotes"),
    ("expected a boolean", "expected true or false"),
    ("expected a borrowed string", "expected a text; write it in quotes"),
    ("wanted string or table", "expected a text; write it in quotes"),
    ("expected u8", "expected a whole number of at least 0"),
    ("expected u16", "expected a whole number of at least 0"),
    ("expected u32", "expected a whole number from 0 to 4294967295"),
    ("expected u64", "expected a whole number of at least 0"),
    ("expected usize", "expected a whole number of at least 0"),
    ("expected i64", "expected a whole number"),
    ("expected f64", "expected a number"),
    ("invalid type: map", "invalid type: a table"),
    ("invalid type: sequence", "invalid type: a list"),
];

/// `message`, said of `line`, in plain words.
pub(super) fn plainly(message: &str, line: &str) -> String {
    if let Some(known) = whole(message, line.trim()) {
        return known;
    }
    let message = WORDS.iter().fold(message.to_owned(), |text, (theirs, ours)| replaced(&text, theirs, ours));
    let mut words = message.split('`').skip(1).step_by(2);
    let unknown =
        words.next().filter(|_| message.starts_with("unknown field") || message.starts_with("unknown variant"));
    match unknown.and_then(|word| nearest(word, words)) {
        Some(known) => format!("{message}; did you mean `{known}`?"),
        None => message,
    }
}

/// `theirs` exchanged for `ours`, where it is a whole word.
fn replaced(text: &str, theirs: &str, ours: &str) -> String {
    match text.split_once(theirs) {
        Some((before, behind)) if !behind.starts_with(char::is_alphanumeric) => format!("{before}{ours}{behind}"),
        _ => text.to_owned(),
    }
}

/// Messages that are known as a whole, because the cure depends on what stands in the line.
fn whole(message: &str, line: &str) -> Option<String> {
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    match missing {
        Some("scenario") => {
            return Some("the file has no [[scenario]]; write one with at least one [[scenario.step]]".to_owned());
        }
        Some("step") => {
            return Some("the scenario has no [[scenario.step]]; write one with a name and a path".to_owned());
        }
        Some(key) => return Some(format!("missing field `{key}`; write {key} = ...")),
        None => {}
    }
    if message == "duplicate key" {
        return Some("duplicate key; keep one of the two".to_owned());
    }
    if message != "invalid type: map, expected a sequence" {
        return None;
    }
    Some(if line.starts_with("[[scenario.") {
        "there is no [[scenario]] before it; write one with a name".to_owned()
    } else if line.starts_with('[') {
        format!("there may be several of them; write it in double brackets: [{}]", line.split('#').next()?.trim())
    } else {
        "invalid type: a table, expected a list; write brackets around it: [{ ... }]".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_parser_says_is_said_in_words_of_the_file() {
        for (message, line, said) in [
            (
                "invalid type: string \"x\", expected f64",
                "rate = \"x\"",
                "invalid type: string \"x\", expected a number",
            ),
            ("invalid type: map, expected a sequence", "[[scenario.step]]", "no [[scenario]] before it"),
            ("invalid type: map, expected a sequence", "[load.stage] # one", "in double brackets: [[load.stage]]"),
            ("invalid type: map, expected a sequence", "extract = { var = \"x\" }", "brackets around it: [{ ... }]"),
            ("missing field `var`", "extract = [{ json = \"$.a\" }]", "missing field `var`; write var = ..."),
            ("duplicate key", "path = \"/\"", "keep one of the two"),
        ] {
            let plain = plainly(message, line);
            assert!(plain.contains(said), "{plain}");
        }
    }

    #[test]
    fn an_unknown_word_comes_with_the_nearest_known_one() {
        let said = plainly("unknown field `usres`, expected one of `users`, `rate`", "usres = 5");
        assert!(said.ends_with("; did you mean `users`?"), "{said}");
        let said = plainly("unknown field `gate`, expected `users`", "gate = 5");
        assert!(said.ends_with("expected `users`"), "{said}");
    }
}
