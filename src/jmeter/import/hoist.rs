//! Headers that every request of a scenario has.
//!
//! In: a scenario before it is written. Out: the same, with what its requests share said once. Always holds: each request
//! is sent with the headers that it had.

use std::fmt::Write as _;

use super::draft::Draft;
use super::write::{self, Step, one_line};

/// Names and values.
type Headers = Vec<(String, String)>;

/// Says once what the requests of `draft` share: a header that all of them have, in the value that most of them have.
pub(super) fn hoist(draft: &mut Draft) {
    let mut all: Vec<Headers> = Vec::new();
    let mut gather = |step: &mut Step| {
        if step.key("path").is_some() {
            all.push(headers_of(step));
        }
    };
    draft.steps.iter_mut().for_each(|step| step.each(&mut gather));
    let shared = shared(&all);
    if shared.is_empty() {
        return;
    }
    let mut leave = |step: &mut Step| {
        if step.key("path").is_none() {
            return;
        }
        let said = |(name, value): &(String, String)| {
            shared.iter().any(|(known, of_all)| known.eq_ignore_ascii_case(name) && of_all == value)
        };
        let own: Headers = headers_of(step)
            .into_iter()
            .filter(|pair| !said(pair))
            .map(|(name, value)| (name, one_line(&value)))
            .collect();
        match step.keys.iter_mut().find(|(key, _)| *key == "headers") {
            Some((_, written)) if !own.is_empty() => *written = write::table(&own),
            _ => step.keys.retain(|(key, _)| *key != "headers"),
        }
    };
    draft.steps.iter_mut().for_each(|step| step.each(&mut leave));
    let rows: Headers = shared.into_iter().map(|(name, value)| (name, one_line(&value))).collect();
    if let [_, _, _, ..] = rows.as_slice() {
        // Several stand in lines of their own, which come last: what follows a table's head is its own.
        let _infallible = writeln!(draft.head, "\n[scenario.headers]");
        for (name, value) in &rows {
            let _infallible = writeln!(draft.head, "{} = {value}", write::key(name));
        }
    } else {
        let _infallible = writeln!(draft.head, "headers = {}", write::table(&rows));
    }
}

/// The headers of a step, as they read.
fn headers_of(step: &Step) -> Headers {
    let Some(written) = step.key("headers") else { return Vec::new() };
    let read = format!("headers = {written}").parse::<toml::Table>().ok();
    let table = read.as_ref().and_then(|table| table.get("headers")).and_then(toml::Value::as_table);
    let pair = |(name, value): (&String, &toml::Value)| (name.clone(), value.as_str().unwrap_or_default().to_owned());
    table.into_iter().flatten().map(pair).collect()
}

/// What at least two requests have, and none is without.
fn shared(all: &[Headers]) -> Headers {
    let [first, _, ..] = all else { return Vec::new() };
    let value_of = |headers: &Headers, name: &str| {
        headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
    };
    let usual = |name: &str| -> Option<(String, String)> {
        let values: Vec<String> = all.iter().map(|headers| value_of(headers, name)).collect::<Option<_>>()?;
        let count = |value: &String| values.iter().filter(|other| *other == value).count();
        let most = values.iter().map(count).max().filter(|most| *most > 1)?;
        let value = values.iter().find(|value| count(value) == most)?;
        let is_it = |(known, of_it): &&(String, String)| known.eq_ignore_ascii_case(name) && of_it == value;
        all.iter().flatten().find(is_it).cloned()
    };
    first.iter().filter_map(|(name, _)| usual(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(headers: &[Option<&str>]) -> Draft {
        let steps = headers.iter().map(|headers| {
            let step = Step::of("path", "\"/\"".to_owned());
            headers.iter().fold(step, |step, written| step.with("headers", (*written).to_owned()))
        });
        Draft { head: "name = \"a\"\n".to_owned(), steps: vec![Step { steps: steps.collect(), ..Step::default() }] }
    }

    fn hoisted(headers: &[Option<&str>]) -> (String, Vec<Option<String>>) {
        let mut draft = draft(headers);
        hoist(&mut draft);
        let left = draft.steps[0].steps.iter().map(|step| step.key("headers").map(str::to_owned)).collect();
        (draft.head, left)
    }

    #[test]
    fn what_all_requests_share_is_said_once() {
        let (head, left) = hoisted(&[
            Some("{ Accept = \"a\", X = \"1\" }"),
            Some("{ accept = \"a\", X = \"2\", Y = \"y\" }"),
            Some("{ Accept = \"b\", X = \"3\" }"),
        ]);
        assert_eq!(head, "name = \"a\"\nheaders = { Accept = \"a\" }\n");
        let left: Vec<&str> = left.iter().flatten().map(String::as_str).collect();
        assert_eq!(left, ["{ X = \"1\" }", "{ X = \"2\", Y = \"y\" }", "{ Accept = \"b\", X = \"3\" }"]);
    }

    #[test]
    fn several_stand_in_lines_of_their_own() {
        let (head, left) = hoisted(&[Some("{ A = \"1\", B = \"2\", \"C d\" = \"3\" }"); 2]);
        assert_eq!(head, "name = \"a\"\n\n[scenario.headers]\nA = \"1\"\nB = \"2\"\n\"C d\" = \"3\"\n");
        assert_eq!(left, [None, None]);
    }

    #[test]
    fn what_one_request_is_without_stays_where_it_is() {
        let written = Some("{ A = \"1\" }");
        let (head, left) = hoisted(&[written, None, written]);
        assert_eq!(head, "name = \"a\"\n");
        assert_eq!(left[0].as_deref(), written);
    }
}
