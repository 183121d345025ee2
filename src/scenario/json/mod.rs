//! Finding values in a JSON body.
//!
//! In: a path (RFC 9535) and a body. Out: the values it names, as the JSON they stand in. Always holds: paths of plain
//! members and indices (`$.data.items[0].id`) are looked up in one outline of the body (`outline`, read by `reader`),
//! without building a tree or allocating; any other path parses the body. Both ways find the same.

mod outline;
mod plain;
mod reader;

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer};

pub use outline::{Document, Outline, Twice, Value};
pub(in crate::scenario) use plain::plain_length;

/// A path into a JSON body.
#[derive(Clone, Debug)]
pub struct JsonPath {
    text: String,
    way: Way,
}

#[derive(Clone, Debug)]
enum Way {
    Scan(Vec<Segment>),
    Tree(Box<serde_json_path::JsonPath>),
}

/// One step of a plain path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Member(String),
    Index(usize),
}

/// Why a text is no path.
#[derive(Debug, thiserror::Error)]
#[error("\"{text}\" is no JSON path: {cause}; write for example \"$.data.items[0].id\"")]
pub struct JsonPathError {
    text: String,
    cause: String,
}

impl PartialEq for JsonPath {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl JsonPath {
    /// Reads `text`.
    ///
    /// # Errors
    /// [`JsonPathError`] with the place of the mistake.
    pub fn parse(text: &str) -> Result<Self, JsonPathError> {
        let parsed = serde_json_path::JsonPath::parse(text)
            .map_err(|error| JsonPathError { text: text.to_owned(), cause: error.to_string() })?;
        let way = plain_segments(text).map_or_else(|| Way::Tree(Box::new(parsed)), Way::Scan);
        Ok(Self { text: text.to_owned(), way })
    }

    /// Whether it is found without parsing the whole body.
    #[must_use]
    pub const fn is_scanned(&self) -> bool {
        matches!(self.way, Way::Scan(_))
    }

    /// Calls `each` with the JSON of every value it names, in order, until that returns false. Nothing is found in a
    /// body that is not JSON.
    pub fn each(&self, body: Document<'_>, mut each: impl FnMut(&[u8]) -> bool) {
        match &self.way {
            Way::Scan(segments) => {
                if let Some(value) = body.find(segments) {
                    each(value.json());
                }
            }
            Way::Tree(path) => {
                let Ok(tree) = serde_json::from_slice::<serde_json::Value>(body.bytes()) else { return };
                for value in path.query(&tree).all() {
                    if !each(value.to_string().as_bytes()) {
                        return;
                    }
                }
            }
        }
    }

    /// Calls `then` with the first value it names, or with `None`.
    pub fn first<T>(&self, body: Document<'_>, then: impl FnOnce(Option<&[u8]>) -> T) -> T {
        if let Way::Scan(segments) = &self.way {
            return then(body.find(segments).map(Value::json));
        }
        let mut first: Option<Vec<u8>> = None;
        self.each(body, |value| {
            first = Some(value.to_vec());
            false
        });
        then(first.as_deref())
    }
}

impl<'de> Deserialize<'de> for JsonPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// Appends what a JSON value says: a text without its quotes and escapes, anything else as it stands.
pub fn write_text(json: &[u8], out: &mut Vec<u8>) {
    match json {
        [b'"', inner @ .., b'"'] if memchr::memchr(b'\\', inner).is_none() => out.extend_from_slice(inner),
        [b'"', ..] => match serde_json::from_slice::<String>(json) {
            Ok(text) => out.extend_from_slice(text.as_bytes()),
            Err(_) => out.extend_from_slice(json),
        },
        _ => out.extend_from_slice(json),
    }
}

/// The segments of a path of plain members and indices only.
fn plain_segments(text: &str) -> Option<Vec<Segment>> {
    let mut rest = text.strip_prefix('$')?;
    let mut segments = Vec::new();
    while !rest.is_empty() {
        if let Some(member) = rest.strip_prefix('.') {
            let end = member.find(['.', '[']).unwrap_or(member.len());
            let name = &member[..end];
            if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
                return None;
            }
            segments.push(Segment::Member(name.to_owned()));
            rest = &member[end..];
        } else {
            let (index, behind) = rest.strip_prefix('[')?.split_once(']')?;
            segments.push(Segment::Index(index.parse().ok()?));
            rest = behind;
        }
    }
    Some(segments)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BODY: &str =
        r#" { "a" : {"x\"y":[1], "b":[10, {"c":"d\né"}, [ ], null]}, "s":"}{][\\", "n":-1.5e3 , "a2":true}"#;

    fn found(path: &str, body: &str) -> Option<String> {
        JsonPath::parse(path).unwrap().first(Outline::default().read(body.as_bytes()), |value| {
            value.map(|v| String::from_utf8(v.to_vec()).unwrap())
        })
    }

    #[test]
    fn plain_paths_are_scanned_and_others_parse() {
        for (path, scanned) in
            [("$", true), ("$.a.b[0]", true), ("$.a[*]", false), ("$..a", false), ("$['a b']", false)]
        {
            assert_eq!(JsonPath::parse(path).unwrap().is_scanned(), scanned, "{path}");
        }
    }

    #[test]
    fn values_are_found_as_they_stand() {
        for (path, value) in [
            ("$.a.b[0]", Some("10")),
            ("$.a.b[1].c", Some(r#""d\né""#)),
            ("$.a.b[2]", Some("[ ]")),
            ("$.a.b[3]", Some("null")),
            ("$.a.b[4]", None),
            ("$.s", Some(r#""}{][\\""#)),
            ("$.n", Some("-1.5e3")),
            ("$.a2", Some("true")),
            ("$.b", None),
            ("$.s.x", None),
            ("$.a[0]", None),
        ] {
            assert_eq!(found(path, BODY).as_deref(), value, "{path}");
        }
        assert_eq!(found("$.a", "<html>"), None);
        assert_eq!(found("$.a", r#"{"a":"#), None);
        assert_eq!(found("$..c", BODY).as_deref(), Some(r#""d\né""#));
    }

    #[test]
    fn the_text_of_a_string_is_without_quotes_and_escapes() {
        let text = |json: &str| {
            let mut out = Vec::new();
            write_text(json.as_bytes(), &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!([text(r#""a""#), text(r#""a\n\u4f59""#), text("5"), text("[1]")], ["a", "a\n余", "5", "[1]"]);
    }

    #[test]
    fn a_text_that_is_no_path_is_refused() {
        let error = JsonPath::parse("data.id").unwrap_err().to_string();
        assert!(error.starts_with("\"data.id\" is no JSON path") && error.contains("$.data.items[0].id"), "{error}");
    }

    fn tree() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i32>().prop_map(Into::into),
            "[a-c\"\\\\{}\\[\\],:é]{0,6}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                proptest::collection::btree_map("[ab]|\"x", inner, 0..4)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    /// What parsing the whole body finds.
    fn parsed(path: &str, body: &[u8]) -> Option<serde_json::Value> {
        let tree = serde_json::from_slice::<serde_json::Value>(body).ok()?;
        serde_json_path::JsonPath::parse(path).unwrap().query(&tree).first().cloned()
    }

    /// Holds what is looked up in an outline of `body` against what parsing it finds.
    fn agree(body: &[u8], paths: &[&str]) {
        let mut outline = Outline::default();
        let document = outline.read(body);
        let told = String::from_utf8_lossy(body);
        for path in paths {
            let looked_up = JsonPath::parse(path).unwrap();
            assert!(looked_up.is_scanned());
            let value = looked_up.first(document, |json| json.map(|json| serde_json::from_slice(json).unwrap()));
            assert_eq!(value, parsed(path, body), "{path} in {told}");
        }
    }

    const PATHS: [&str; 7] = ["$", "$.a", "$.b", "$.a.b", "$[0]", "$.a[1].b", "$[2][0]"];

    /// What is JSON, and what nearly is.
    const TEXTS: &[&str] = &[
        "",
        " ",
        "{}",
        "[]",
        "[ ]",
        "{ }",
        "null",
        "nul",
        "nulls",
        "true",
        "tru e",
        "\u{feff}{}",
        "{}{}",
        "{} x",
        "{},",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "{'a':1}",
        "{\"a\" : 1 , \"b\"\t:\n[ ]\r}",
        "0",
        "-0",
        "-",
        "+1",
        "01",
        "1.",
        ".5",
        "1.5",
        "1e",
        "1e+",
        "1e5",
        "1E-5",
        "1e400",
        "-1e400",
        "1e-400",
        "0x1",
        "1_0",
        "NaN",
        "Infinity",
        "\"",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u00e9\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"\\ude00\"",
        "\"\\ud83dx\"",
        "\"\\ud83d\\u0041\"",
        "\"\t\"",
        "\"a\u{7f}\"",
        "\"余额不足\"",
        "{\"a\":1,\"a\":{\"b\":2}}",
        "{\"\\u0061\":{\"b\":1}}",
        "{\"a\\n\":1,\"a\":2}",
        "{\"a\":{\"b\":1},\"b\":{\"a\":2}}",
        "[[0],[1],[2]]",
        "{\"a\":[0,{\"b\":[]}]}",
    ];

    #[test]
    fn a_body_is_json_exactly_where_it_parses() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        let long = |digits: usize| "9".repeat(digits);
        let mut bodies: Vec<Vec<u8>> = TEXTS.iter().map(|text| text.as_bytes().to_vec()).collect();
        bodies.extend(
            [nested(127), nested(128), long(300), long(308), long(310), format!("-0.{}", long(400))]
                .map(String::into_bytes),
        );
        bodies.extend([&b"\"\xff\""[..], b"\"\xed\xa0\x80\"", b"{\"a\xc3\":1}", b"\xff", b"[1]\0"].map(<[u8]>::to_vec));
        for body in bodies {
            agree(&body, &PATHS);
        }
    }

    proptest! {
        #[test]
        fn scanning_finds_what_parsing_finds(value in tree(), path in "\\$((\\.[ab])|(\\[[0-2]\\])){0,4}", pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            agree(text.as_bytes(), &[path.as_str()]);
        }

        #[test]
        fn damaged_text_is_json_exactly_where_it_parses(
            value in tree(), cut in any::<prop::sample::Index>(), byte in prop_oneof![any::<u8>(), prop::sample::select(&b"\"\\{}[],:0e-. tn\n"[..])],
            how in 0..4,
        ) {
            let mut text = serde_json::to_vec(&value).unwrap();
            let at = cut.index(text.len());
            match how {
                0 => text.truncate(at),
                1 => text[at] = byte,
                2 => text.insert(at, byte),
                _ => drop(text.remove(at)),
            }
            agree(&text, &PATHS);
        }

        #[test]
        fn any_bytes_are_json_exactly_where_they_parse(bytes: Vec<u8>, text in "[\\[\\]{}\",:ab01e\\-. tru\\\\ ]{0,12}") {
            agree(&bytes, &PATHS);
            agree(text.as_bytes(), &PATHS);
        }

        #[test]
        fn of_members_of_one_name_the_last_counts(names in proptest::collection::vec("[ab]", 0..6)) {
            let members: Vec<String> = names.iter().enumerate().map(|(at, name)| format!("\"{name}\":{{\"b\":{at}}}")).collect();
            agree(format!("{{{}}}", members.join(",")).as_bytes(), &PATHS);
        }
    }
}
