//! A scenario as a person would have written it.
//!
//! In: steps and sections. Out: TOML. Always holds: a text is written so that it reads back as it was.

use std::fmt::Write as _;

/// A step, a structure of steps, or a pause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// What the plan's author said of it.
    pub(super) comment: String,
    /// Keys with their values, as they are written.
    pub(super) keys: Vec<(&'static str, String)>,
    /// The steps in it.
    pub(super) steps: Vec<Step>,
    /// The steps in its place where it is an `if` that does not hold.
    pub(super) otherwise: Vec<Step>,
}

impl Step {
    pub(super) fn of(key: &'static str, value: String) -> Self {
        Self { keys: vec![(key, value)], ..Self::default() }
    }

    /// Steps that stand together, as one.
    pub(super) fn together(steps: Vec<Self>) -> Self {
        Self { steps, ..Self::of("repeat", "1".to_owned()) }
    }

    /// Whether it is steps that stand together, and nothing else.
    pub(super) fn is_together(&self) -> bool {
        self.keys.len() == 1 && self.key("repeat") == Some("1")
    }

    /// The value of a key, as it is written.
    pub(super) fn key(&self, name: &str) -> Option<&str> {
        self.keys.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
    }

    /// Itself and every step below it.
    pub(super) fn each(&mut self, visit: &mut dyn FnMut(&mut Self)) {
        visit(self);
        self.steps.iter_mut().chain(&mut self.otherwise).for_each(|step| step.each(visit));
    }

    pub(super) fn with(mut self, key: &'static str, value: String) -> Self {
        self.keys.push((key, value));
        self
    }
}

/// Writes `steps` as entries of the array of tables `place`.
pub(super) fn steps(out: &mut String, place: &str, steps: &[Step]) {
    for step in steps {
        let _infallible = writeln!(out, "\n[[{place}]]");
        comment(out, &step.comment);
        keys(out, &step.keys);
        self::steps(out, &format!("{place}.step"), &step.steps);
        self::steps(out, &format!("{place}.else"), &step.otherwise);
    }
}

/// Writes keys, one a line.
pub(super) fn keys(out: &mut String, keys: &[(&'static str, String)]) {
    for (key, value) in keys {
        let _infallible = writeln!(out, "{key} = {value}");
    }
}

/// Writes a comment, each line as one.
pub(super) fn comment(out: &mut String, text: &str) {
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let plain: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let _infallible = writeln!(out, "# {}", plain.trim());
    }
}

/// A text as TOML: in the form that needs the fewest escapes.
pub(super) fn text(text: &str) -> String {
    let plain = !text.chars().any(|c| c.is_control() && c != '\n');
    let several = text.contains('\n');
    if plain && several && !text.contains("'''") && !text.ends_with('\'') {
        return format!("'''\n{text}'''");
    }
    if plain && !several && !text.contains('\'') && text.contains(['"', '\\']) {
        return format!("'{text}'");
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _infallible = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// An inline table. Values are written already.
pub(super) fn table(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{} = {value}", key(name))).collect();
    format!("{{ {} }}", pairs.join(", "))
}

/// A name as TOML's key, in quotes where it needs them.
pub(super) fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if bare { name.to_owned() } else { one_line(name) }
}

/// A written table of headers without those of a name, in any case; `None` where there is none.
pub(super) fn table_without(written: &str, header: &str) -> Option<String> {
    let read: toml::Table = format!("headers = {written}").parse().ok()?;
    let headers = read.get("headers")?.as_table()?;
    let is_it = |name: &str| name.eq_ignore_ascii_case(header);
    headers.keys().any(|name| is_it(name)).then(|| {
        let kept = headers.iter().filter(|(name, _)| !is_it(name));
        let pairs: Vec<(String, String)> =
            kept.map(|(name, value)| (name.clone(), one_line(value.as_str().unwrap_or_default()))).collect();
        table(&pairs)
    })
}

/// A text that stands in one line, as keys and inline tables want it.
pub(crate) fn one_line(value: &str) -> String {
    if value.contains('\n') { text(&value.replace('\n', "\r")).replace("\\r", "\\n") } else { text(value) }
}

/// A list of inline tables: one in a line when there are several.
pub(super) fn list(tables: &[String]) -> String {
    match tables {
        [one] => format!("[{one}]"),
        several => format!("[\n    {},\n]", several.join(",\n    ")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_text_reads_back_as_it_was(value in any::<String>()) {
            let written = format!("a = {}\nb = {}\n", text(&value), table(&[(value.clone(), "1".to_owned())]));
            // A carriage return before a line break is TOML's own line break inside '''.
            prop_assume!(!value.contains('\r'));
            let read: toml::Table = written.parse().unwrap();
            prop_assert_eq!(read["a"].as_str(), Some(value.as_str()));
            prop_assert!(read["b"].as_table().unwrap().contains_key(&value));
        }
    }

    #[test]
    fn bodies_keep_their_lines_and_quotes() {
        assert_eq!(text("{\"a\": 1}"), "'{\"a\": 1}'");
        assert_eq!(text("{\n  \"a\": 1\n}"), "'''\n{\n  \"a\": 1\n}'''");
        assert_eq!(text("plain"), "\"plain\"");
        assert_eq!(text("it's \"so\""), "\"it's \\\"so\\\"\"");
    }
}
