//! What templates promise.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::*;
use crate::scenario::secret::Environment;
use crate::scenario::slots::Slots;

fn noon() -> Timestamp {
    Timestamp::from_millisecond(1_700_000_000_123).unwrap()
}

/// Variables that tests name: a slot 0 called `token`, a list, and three texts.
fn variables() -> BTreeMap<String, Variable> {
    let text = |text: &str| Variable::Text(Template::parse(text).unwrap());
    [
        ("token", Variable::Slot(0)),
        ("ids", Variable::List(0)),
        ("base", text("/api/v1")),
        ("quote", text("say \"${token}\"")),
        ("key", Variable::Fixed("s3cr/t".to_owned())),
    ]
    .into_iter()
    .map(|(name, variable)| (name.to_owned(), variable))
    .collect()
}

fn bound(text: &str, place: Place) -> Result<Bound, TemplateError> {
    let environment: Environment = [("AREA".to_owned(), "A 1".to_owned())].into_iter().collect();
    let names = Names { run_id: "R7", feeders: &[], variables: &variables(), environment: &environment };
    names.bind(&Template::parse(text)?, place)
}

fn drawn(text: &str, place: Place, (seed, sequence): (u64, u64)) -> String {
    let mut slots = Slots::new(1);
    slots.set(0, |out| out.extend_from_slice(b"a/\"b\r\nc"));
    let draw = Draw {
        sequence,
        user: 3,
        user_sequence: 5,
        rows: &[],
        feeders: &[],
        slots: &slots,
        random: &Random::new(seed, sequence),
        now: noon,
    };
    let mut out = Vec::new();
    bound(text, place).unwrap_or_else(|error| panic!("{text}: {error}")).write(&draw, &mut out);
    String::from_utf8(out).unwrap()
}

fn written(text: &str, sequence: u64) -> String {
    drawn(text, Place::Plain, (1, sequence))
}

fn refusal(text: &str) -> String {
    bound(text, Place::Plain).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn variables_are_filled_in_where_they_stand() {
    assert_eq!(written("T-${run.id}-${ sequence }!", 42), "T-R7-42!");
    assert_eq!(written("no variables, only $ and { and }", 0), "no variables, only $ and { and }");
    assert_eq!(written("$${sequence}", 1), "${sequence}");
    assert_eq!(written("${user.id}/${user.sequence}/${env.AREA}", 1), "3/5/A 1");
    assert_eq!(written("${base}/pay", 1), "/api/v1/pay");
}

#[test]
fn neighbouring_literals_become_one_piece() {
    assert_eq!(bound("a${run.id}b${base64(xyz)}", Place::Plain).unwrap().as_constant(), Some(&b"aR7beHl6"[..]));
}

#[test]
fn digests_are_those_that_other_tools_give() {
    // printf 'The quick brown fox jumps over the lazy dog' | openssl dgst ...
    let fox = "'The quick brown fox jumps over the lazy dog'";
    assert_eq!(written(&format!("${{md5({fox})}}"), 0), "9e107d9d372bb6826bd81d3542a419d6");
    let sha = "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592";
    assert_eq!(written(&format!("${{sha256({fox})}}"), 0), sha);
    let hmac = "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8";
    assert_eq!(written(&format!("${{hmac_sha256('key', {fox})}}"), 0), hmac);
    assert_eq!(
        written(&format!("${{hmac_sha256('key', {fox}, base64)}}"), 0),
        "97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg="
    );
    assert_eq!(written("${base64(user:${base64('')}pass)}", 0), "dXNlcjpwYXNz");
    assert_eq!(written("${sha256(${sequence})}", 7), written("${sha256('7')}", 0));
}

#[test]
fn times_are_told_in_any_format_shift_and_zone() {
    assert_eq!(written("${now}", 0), "2023-11-14T22:13:20.123Z");
    assert_eq!(written("${now('%Y-%m-%dT%H:%M:%S', '+8h')}", 0), "2023-11-15T06:13:20");
    assert_eq!(written("${now('%Y-%m-%d %H:%M %:z', '+08:00')}", 0), "2023-11-15 06:13 +08:00");
    assert_eq!(written("${now('%d', '-1d')}", 0), "13");
    assert_eq!(written("${timestamp} ${timestamp.ms}", 0), "1700000000 1700000000123");
}

#[test]
fn the_same_seed_and_iteration_draw_the_same_values() {
    let text = "${uuid()} ${random.int(-3, 3)} ${random.decimal(0.01, 5.00)} ${random.choice(a, b, 'c, d')} ${random.string(5)}";
    assert_eq!(drawn(text, Place::Plain, (1, 7)), drawn(text, Place::Plain, (1, 7)));
    assert_ne!(drawn(text, Place::Plain, (1, 7)), drawn(text, Place::Plain, (1, 8)));
    assert_ne!(drawn(text, Place::Plain, (1, 7)), drawn(text, Place::Plain, (2, 7)));
}

#[test]
fn random_values_fill_their_range_and_never_leave_it() {
    let mut whole: Vec<i64> = (0..2_000).map(|k| written("${random.int(-3, 3)}", k).parse().unwrap()).collect();
    whole.sort_unstable();
    whole.dedup();
    assert_eq!(whole, [-3, -2, -1, 0, 1, 2, 3]);
    for k in 0..2_000 {
        let amount = written("${random.decimal(-0.05, 0.5)}", k);
        let value: f64 = amount.parse().unwrap();
        assert!((-0.05..=0.5).contains(&value) && amount.split('.').next_back().map(str::len) == Some(2), "{amount}");
    }
    assert!((0..200).any(|k| written("${random.choice(a, 'b, c')}", k) == "b, c"));
}

#[test]
fn bounds_may_vary_and_letters_may_be_chosen() {
    let mut whole: Vec<i64> =
        (0..500).map(|k| written("${random.int(${user.id}, ${user.sequence})}", k).parse().unwrap()).collect();
    whole.sort_unstable();
    whole.dedup();
    assert_eq!(whole, [3, 4, 5]);
    assert_eq!(written("${random.int(${user.sequence}, ${user.id})}", 0), "5", "the second lies below the first");
    assert_eq!(written("${random.int(${token}, 0)}", 0), "0", "what is no number counts as 0");
    let letters = written("${random.string(200, 'X茶9')}", 0);
    assert!(letters.chars().count() == 200 && letters.chars().all(|c| "X茶9".contains(c)), "{letters}");
}

#[test]
fn letters_that_json_escapes_are_escaped_where_they_are_drawn() {
    let drawn = drawn("[\"${random.string(40, '\"x')}\"]", Place::Json, (1, 0));
    let read: Vec<String> = serde_json::from_str(&drawn).unwrap();
    assert!(read[0].len() == 40 && read[0].contains('"') && read[0].contains('x'), "{drawn}");
}

#[test]
fn a_value_of_a_list_is_found_by_its_number() {
    let mut slots = Slots::new(1);
    ["a", "b", "c"].iter().for_each(|value| slots.push(0, |out| out.extend_from_slice(value.as_bytes())));
    let random = Random::new(1, 0);
    let draw = Draw {
        sequence: 0,
        user: 3,
        user_sequence: 1,
        rows: &[],
        feeders: &[],
        slots: &slots,
        random: &random,
        now: noon,
    };
    let mut out = Vec::new();
    bound("${ids.item(0)}${ids.item(${user.sequence})}<${ids.item(3)}${ids.item(-1)}>", Place::Plain)
        .unwrap()
        .write(&draw, &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), "ab<>");
    let refused = refusal("${token.item(0)}");
    assert!(refused.contains("token.item"), "{refused}");
}

#[test]
fn uuids_are_random_ones_and_do_not_recur() {
    let all: std::collections::HashSet<String> = (0..10_000).map(|k| written("${uuid()}", k)).collect();
    assert_eq!(all.len(), 10_000);
    for uuid in all.iter().take(100) {
        let parts: Vec<&str> = uuid.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{uuid}");
        assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']), "{uuid}");
    }
}

#[test]
fn a_value_is_escaped_for_the_place_it_stands_in() {
    let at = |text: &str, place| drawn(text, place, (1, 1));
    assert_eq!(at("/${token}?t=${token}", Place::Path), "/a%2F%22b%0D%0Ac?t=a%2F%22b%0D%0Ac");
    assert_eq!(at("${base}/x?b=${base}", Place::Path), "/api/v1/x?b=%2Fapi%2Fv1");
    assert_eq!(at("Bearer ${token}", Place::Header), "Bearer a/\"b  c");
    assert_eq!(at(r#"{"t":"${token}","n":${sequence}}"#, Place::Json), r#"{"t":"a/\"b\r\nc","n":1}"#);
    assert_eq!(at(r#"{"\"":"${quote}"}"#, Place::Json), r#"{"\"":"say \"a/\"b\r\nc\""}"#);
    assert_eq!(at("/${raw(${token})}", Place::Path), "/a/\"b\r\nc");
    assert_eq!(at("/${base64('??>')}", Place::Path), "/Pz8%2B");
    assert_eq!(at("/${raw(${urlencode('a/b c')})}", Place::Path), "/a%2Fb%20c", "encoded once");
    assert_eq!(at("k=${key}", Place::Path), "k=s3cr%2Ft", "a secret is no path that the author wrote");
}

#[test]
fn json_written_as_a_table_is_the_json_that_was_meant() {
    #[derive(serde::Deserialize)]
    struct File {
        json: toml::Value,
    }
    let text = r#"json = { a = "x\"${token}", n = "${raw(${sequence})}", list = [1, 2.5, true], "k\"" = { } }"#;
    let body = json_body(&toml::from_str::<File>(text).unwrap().json).unwrap();
    let mut slots = Slots::new(1);
    slots.set(0, |out| out.extend_from_slice(b"\"\n"));
    let names = Names { run_id: "R", feeders: &[], variables: &variables(), environment: &Environment::default() };
    let random = Random::default();
    let draw = Draw {
        sequence: 9,
        user: 1,
        user_sequence: 0,
        rows: &[],
        feeders: &[],
        slots: &slots,
        random: &random,
        now: noon,
    };
    let mut out = Vec::new();
    names.bind(&body, Place::Json).unwrap().write(&draw, &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), r#"{"a":"x\"\"\n","n":9,"list":[1,2.5,true],"k\"":{}}"#);
}

#[test]
fn an_unknown_or_unclosed_variable_is_an_error_that_names_the_known_ones() {
    let error = refusal("${nobody}");
    assert!(error.contains("${nobody}") && error.contains("${sequence}"), "{error}");
    assert!(refusal("${sequense}").contains("; did you mean \"${sequence}\"?"));
    assert!(refusal("${random.itn(1,2)}").contains("unknown function \"random.itn\"; did you mean \"random.int\"?"));
    assert!(refusal("${env.NO_SUCH}").contains("the environment has no variable NO_SUCH; set it"));
    assert_eq!(Template::parse("${oops"), Err(TemplateError::Unclosed));
    assert_eq!(Template::parse("${ }"), Err(TemplateError::Empty));
}

#[test]
fn a_call_that_cannot_be_meant_is_refused_with_its_cure() {
    for (text, part) in [
        ("${base64(token)}", "write ${token} for its value, or 'token'"),
        ("${random.int(1)}", "write for example ${random.int(1, 10)}"),
        ("${random.int(5, 1)}", "exchange them"),
        ("${random.int(1.5, 2)}", "two whole numbers"),
        ("${random.decimal(${token}, 2)}", "cannot vary"),
        ("${random.string(8, '')}", "no letters"),
        ("${random.string(8, ${token})}", "cannot vary"),
        ("${random.decimal(0, x)}", "at most 9 decimals"),
        ("${random.string(0)}", "between 1 and"),
        ("${now('%')}", "its format cannot be written"),
        ("${now('%Y', '8h')}", "'+8h'"),
        ("${base64('a}", "never closed"),
        ("${base64(a(b))}", "needs quotes"),
        ("${base64(a) }x${md5(a)b}", "must follow"),
        ("${ids}", "foreach = \"ids\""),
    ] {
        let error = refusal(text);
        assert!(error.contains(part), "{text}: {error}");
    }
}
