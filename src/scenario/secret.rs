//! Values that may be sent and never shown.
//!
//! In: `[secrets]`, each with the place its value is kept in. Out: the values, and a [`Masker`] that takes them out of
//! every text that is shown. Always holds: printing a [`Secret`] shows no part of it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};

/// The shortest secret: a shorter one would mask half of every text.
const SHORTEST: usize = 4;
/// What stands in the place of a secret.
const MASK: &str = "***";
/// What stands where a text was cut off.
pub(crate) const CUT: &str = "\u{2026}";

/// Where the value of a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SecretSource {
    /// In an environment variable.
    Env(String),
    /// In a file, relative to the scenario's; a line break at its end is not part of it.
    File(PathBuf),
}

/// A value that is never shown.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// The environment of the process. Never shown: it may hold secrets that nobody declared.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} variables", self.0.len())
    }
}

impl Environment {
    /// The environment of this process; variables that are no text are left out.
    #[must_use]
    pub fn of_process() -> Self {
        Self(std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect())
    }

    /// The value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(variables.into_iter().collect())
    }
}

impl Secret {
    /// `value` as a secret; `None` where it is too short to be masked.
    #[must_use]
    pub fn of(value: &str) -> Option<Self> {
        (value.len() >= SHORTEST).then(|| Self(value.to_owned()))
    }

    /// The value itself, to be sent.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl SecretSource {
    /// Reads the value; files lie relative to `folder`. Why there is none, and what to do.
    pub(super) fn read(&self, folder: &Path, environment: &Environment) -> Result<Secret, String> {
        let value = match self {
            Self::Env(name) => environment
                .get(name)
                .map(str::to_owned)
                .ok_or_else(|| format!("the environment has no variable {name}; set it before the run"))?,
            Self::File(path) => {
                let path = folder.join(path);
                let read = std::fs::read_to_string(&path);
                read.map_err(|cause| format!("cannot read {}: {cause}; write the secret into it", path.display()))?
            }
        };
        let value = value.trim_end_matches(['\r', '\n']);
        if value.len() < SHORTEST {
            return Err(format!("a secret has at least {SHORTEST} characters; a shorter one could not be masked"));
        }
        Ok(Secret(value.to_owned()))
    }
}

impl<'de> Deserialize<'de> for SecretSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SourceVisitor)
    }
}

/// Reads a source. What stands in its place may be the secret itself, so no refusal says it again.
struct SourceVisitor;

/// A source as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    env: Option<String>,
    file: Option<PathBuf>,
}

const SOURCE: &str =
    "a secret has its value from outside of the file; write { env = \"NAME\" } or { file = \"name.txt\" }";

impl<'de> Visitor<'de> for SourceVisitor {
    type Value = SecretSource;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SOURCE)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SecretSource, A::Error> {
        match Written::deserialize(MapAccessDeserializer::new(map))? {
            Written { env: Some(name), file: None } => Ok(SecretSource::Env(name)),
            Written { env: None, file: Some(path) } => Ok(SecretSource::File(path)),
            _ => Err(de::Error::custom(SOURCE)),
        }
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<SecretSource, E> {
        Err(E::custom(SOURCE))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<SecretSource, E> {
        Err(E::custom(SOURCE))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<SecretSource, E> {
        Err(E::custom(SOURCE))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<SecretSource, A::Error> {
        Err(de::Error::custom(SOURCE))
    }
}

/// Line `line` of a scenario file, counted from 1, as an error may show it: of `[secrets]` the names only, because a
/// value that is written there by mistake is one that must not be shown.
pub(super) fn unsaid(text: &str, line: usize) -> String {
    let shown = text.lines().nth(line - 1).unwrap_or_default();
    let header = text.lines().take(line).filter(|line| line.trim_start().starts_with('[')).last();
    let secret = |line: &str| line.trim_start().trim_start_matches('[').trim_start().starts_with("secrets");
    match shown.split_once('=') {
        Some((name, _)) if secret(shown) || header.is_some_and(secret) => format!("{name}= {MASK}"),
        // A value may go on over lines, or stand alone by mistake.
        None if header.is_some_and(secret) && !shown.trim_start().starts_with('[') => MASK.to_owned(),
        _ => shown.to_owned(),
    }
}

/// Takes secrets out of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masker(Arc<[Secret]>);

impl Masker {
    /// Masks `secrets`, and the forms they take in a JSON string and in a URL.
    #[must_use]
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut forms: Vec<Secret> = secrets.into_iter().flat_map(Secret::forms).collect();
        // Longest first: a secret that holds another is masked whole.
        forms.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
        forms.dedup();
        Self(forms.into())
    }

    /// `text` without secrets, nor the beginning of one where the text was cut off in the middle of it.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        let whole = self.0.iter().fold(text.to_owned(), |text, secret| {
            if text.contains(&secret.0) { text.replace(&secret.0, MASK) } else { text }
        });
        if self.0.is_empty() || !whole.contains(CUT) {
            return whole;
        }
        let mut pieces: Vec<String> = whole.split(CUT).map(str::to_owned).collect();
        let last = pieces.len() - 1;
        pieces[..last].iter_mut().for_each(|piece| self.mask_end(piece));
        pieces.join(CUT)
    }

    /// Masks the beginning of a secret that `piece` ends with.
    fn mask_end(&self, piece: &mut String) {
        let begun = |secret: &Secret| {
            let lengths = (SHORTEST..secret.0.len()).rev().filter(|length| secret.0.is_char_boundary(*length));
            lengths.filter(|length| piece.ends_with(&secret.0[..*length])).max()
        };
        if let Some(length) = self.0.iter().filter_map(begun).max() {
            piece.truncate(piece.len() - length);
            piece.push_str(MASK);
        }
    }
}

impl Secret {
    /// The value as it may come back: plain, in JSON, in a URL, and in base64, alone or as a part of what was encoded,
    /// as HTTP's basic credentials are.
    fn forms(&self) -> Vec<Self> {
        let json = serde_json::to_string(&self.0).unwrap_or_default();
        let json = json.get(1..json.len().saturating_sub(1)).unwrap_or_default().to_owned();
        let percent: String = url::form_urlencoded::byte_serialize(self.0.as_bytes()).collect();
        let spaces = percent.replace('+', "%20");
        let mut forms =
            vec![self.0.clone(), json.replace('/', "\\/"), in_ascii(&json), json, small_hex(&spaces), percent, spaces];
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            forms.push(engine.encode(&self.0));
            forms.extend((0..3).filter_map(|before| within(engine, before, &self.0)));
        }
        forms.into_iter().map(Self).collect()
    }
}

/// A JSON text with every letter outside of ASCII as `\uXXXX`, as some services write it.
fn in_ascii(json: &str) -> String {
    let escaped = |c: char| -> String {
        if c.is_ascii() {
            return c.to_string();
        }
        c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
    };
    json.chars().map(escaped).collect()
}

/// A percent-encoded text with the small letters that some encoders use.
fn small_hex(percent: &str) -> String {
    let mut pieces = percent.split('%');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| match piece.split_at_checked(2) {
        Some((hex, rest)) => text + "%" + &hex.to_ascii_lowercase() + rest,
        None => text + "%" + piece,
    })
}

/// The letters of a base64 text that a secret alone decides, behind `before` bytes (modulo 3) of something else. `None`
/// where they are too few to be told from chance.
fn within(engine: &GeneralPurpose, before: usize, secret: &str) -> Option<String> {
    let padded = [&vec![0; before], secret.as_bytes()].concat();
    let encoded = engine.encode(&padded);
    // The letters that bytes before it share; the last one may be shared with what comes behind.
    let (first, whole) = ([0, 2, 3][before % 3], padded.len() * 8 / 6);
    encoded.get(first..whole).filter(|letters| letters.len() >= 8).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(value: &str) -> Result<Secret, String> {
        let environment = [("TOKEN".to_owned(), value.to_owned())].into_iter().collect();
        SecretSource::Env("TOKEN".into()).read(Path::new("."), &environment)
    }

    #[test]
    fn a_secret_is_masked_in_every_form_it_may_come_back_in() {
        let secret = secret("pa ss/\"word\"").unwrap();
        let masker = Masker::new([&secret]);
        for text in
            ["got pa ss/\"word\"!", r#"got pa ss/\"word\"!"#, "got pa+ss%2F%22word%22!", "got pa%20ss%2F%22word%22!"]
        {
            assert_eq!(masker.mask(text), "got ***!");
        }
        assert_eq!(masker.mask("nothing to hide"), "nothing to hide");
        assert_eq!(masker.mask(r#"got pa ss\/\"word\"!"#), "got ***!");
        assert_eq!(masker.mask("got pa%20ss%2f%22word%22!"), "got ***!");
        assert_eq!(format!("{secret:?} {masker:?}").matches("word").count(), 0);
    }

    #[test]
    fn a_secret_is_masked_inside_of_what_was_encoded_with_it() {
        let masker = Masker::new([&secret("pass-w\u{f6}rd-of-ann").unwrap()]);
        for user in ["u", "ann", "anna", "of the other hall", ""] {
            for behind in ["", ":", "!!", "more"] {
                let credentials = format!("{user}:pass-w\u{f6}rd-of-ann{behind}");
                for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                    let shown = masker.mask(&engine.encode(&credentials));
                    assert!(shown.contains("***") && shown.len() < 40, "{credentials}: {shown}");
                }
            }
        }
        assert_eq!(masker.mask("\"pass-w\\u00f6rd-of-ann\""), "\"***\"");
    }

    #[test]
    fn the_beginning_of_a_secret_at_which_a_text_was_cut_is_masked_too() {
        let masker = Masker::new([&secret("planted-s3cret").unwrap()]);
        assert_eq!(
            masker.mask("found \"token planted-s3\u{2026}\", and more"),
            "found \"token ***\u{2026}\", and more"
        );
        assert_eq!(masker.mask("planted\u{2026} planted-s3cret pla\u{2026}"), "***\u{2026} *** pla\u{2026}");
        assert_eq!(masker.mask("a plan\u{2026}t"), "a ***\u{2026}t");
        assert_eq!(masker.mask("uncut planted"), "uncut planted");
    }

    #[test]
    fn a_secret_that_is_missing_or_too_short_is_refused_with_its_cure() {
        assert!(secret("abc").unwrap_err().contains("at least 4"));
        let missing = SecretSource::Env("NO".into()).read(Path::new("."), &Environment::default());
        assert!(missing.unwrap_err().contains("no variable NO; set it"));
        let missing = SecretSource::File("none.txt".into()).read(Path::new("keys"), &Environment::default());
        assert!(missing.unwrap_err().contains("none.txt"));
    }

    #[test]
    fn an_error_shows_no_value_that_stands_among_the_secrets() {
        let text = "[load]\nusers = 5\n[secrets]\nkey = \"s3cret\"\n[target]\nhost = \"h\"\n";
        let shown: Vec<String> = [2, 3, 4, 6].map(|line| unsaid(text, line)).into();
        assert_eq!(shown, ["users = 5", "[secrets]", "key = ***", "host = \"h\""]);
        assert_eq!(unsaid("secrets = { a = \"s3cret\" }", 1), "secrets = ***");
        assert_eq!(unsaid("secrets.a = \"s3cret\"", 1), "secrets.a = ***");
        assert_eq!(unsaid("[secrets]\nkey = \"\"\"\ns3cret\n", 3), "***");
        assert_eq!(unsaid("[secrets]\ns3cret", 2), "***");
        assert_eq!(unsaid("[secrets]\n[target", 2), "[target");
    }

    #[test]
    fn a_value_in_the_place_of_a_source_is_refused_and_not_said_again() {
        for written in
            ["\"s3cret\"", "{ value = \"s3cret\" }", "[\"s3cret\"]", "53457", "{ env = \"A\", file = \"b\" }", "{}"]
        {
            let text = format!("a = {written}");
            let error = toml::from_str::<BTreeMap<String, SecretSource>>(&text).unwrap_err();
            assert!(!error.message().contains("s3cret") && !error.message().contains("53457"), "{}", error.message());
            assert!(error.message().contains("env"), "{}", error.message());
        }
    }

    #[test]
    fn a_file_gives_its_text_without_the_last_line_break() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), "s3cret\r\n").unwrap();
        let read = SecretSource::File("key".into()).read(folder.path(), &Environment::default()).unwrap();
        assert_eq!(read.reveal(), "s3cret");
    }
}
