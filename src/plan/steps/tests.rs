//! What planned steps promise.

use crate::plan::tests::{ONE_STEP, resolve};
use crate::plan::{Identity, Overrides, Plan};
use crate::scenario::Scenario;
use crate::scenario::feeder::Turn;
use crate::scenario::slots::Slots;
use crate::scenario::template::{Bound, Draw, Random};

fn refusal(text: &str) -> String {
    resolve(text, &Overrides::default()).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn steps_that_cannot_be_sent_are_refused() {
    let step = |lines: &str| format!("[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"s\"\n{lines}\n");
    for (text, part) in [
        (step("path = \"pay\""), "must start with \"/\""),
        (step("path = \"http://h/pay\""), "must start with \"/\""),
        (step("path = \"/a b\""), "%20"),
        (step("path = \"/${nobody}\""), "unknown variable \"${nobody}\""),
        (step("path = \"/\"\nheaders = { Host = \"x\" }"), "set by Tollgate itself"),
        (step("path = \"/\"\nheaders = { \"a b\" = \"x\" }"), "header \"a b\""),
        (step("path = \"/\"\nheaders = { a = \"x\\r\\ny: z\" }"), "header \"a\""),
        (step("path = \"/\"").replace("\"s\"", "\"all\""), "reserved word"),
        (step("path = \"/\"").replace("\"s\"", "\" \""), "nothing"),
        (format!("{ONE_STEP}{ONE_STEP}"), "scenario \"a\" is named twice"),
        (format!("{ONE_STEP}{}", ONE_STEP.replace("\"a\"", "\"b\"")), "step \"pay\" is named twice"),
        ("scenario = []".to_owned(), "no [[scenario]]"),
        ("[[scenario]]\nname = \"a\"\nstep = []".to_owned(), "no [[scenario.step]]"),
    ] {
        let error = refusal(&text);
        assert!(error.contains(part), "{text}: {error}");
    }
}

/// The request of the only step, as it would be sent in iteration 7.
fn sent(text: &str) -> (String, Vec<String>, String) {
    let plan = resolve(text, &Overrides::default()).unwrap_or_else(|error| panic!("{error}"));
    let rows: Vec<u64> = plan
        .feeders
        .iter()
        .map(|(_, feeder)| feeder.next(Turn { sequence: 7, user: 1, own: 0 }, || 7).unwrap())
        .collect();
    let (slots, random) = (Slots::new(plan.slots), Random::new(1, 7));
    let draw = Draw {
        sequence: 7,
        user: 1,
        user_sequence: 0,
        rows: &rows,
        feeders: &plan.feeders,
        slots: &slots,
        random: &random,
        now: jiff::Timestamp::default,
    };
    let written = |text: &Bound| {
        let mut out = Vec::new();
        text.write(&draw, &mut out);
        String::from_utf8(out).unwrap()
    };
    let step = &plan.steps[0];
    let headers = step.headers.iter().map(|(name, value)| format!("{name}: {}", written(value))).collect();
    (written(&step.path), headers, step.body.as_ref().map(written).unwrap_or_default())
}

fn with(lines: &str) -> String {
    format!("[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"s\"\n{lines}\n")
}

#[test]
fn a_request_is_made_of_the_parts_that_were_written() {
    let (path, _, _) = sent(&with("path = \"/a?x=1\"\nquery = { \"k 1\" = \"v&${sequence}\", z = 5 }"));
    assert_eq!(path, "/a?x=1&k%201=v%267&z=5");
    let (_, headers, body) = sent(&with("path = \"/\"\njson = { n = \"${sequence}\" }"));
    assert_eq!((headers, body.as_str()), (vec!["Content-Type: application/json".to_owned()], "{\"n\":\"7\"}"));
    let (_, headers, body) = sent(&with("path = \"/\"\nform = { name = \"a b\", run = \"${run.id}\" }"));
    assert_eq!(
        (headers[0].as_str(), body.as_str()),
        ("Content-Type: application/x-www-form-urlencoded", "name=a%20b&run=R")
    );
    let (_, headers, _) = sent(&with("path = \"/\"\nheaders = { content-type = \"text/json\" }\njson = 5"));
    assert_eq!(headers, ["content-type: text/json"]);
}

#[test]
fn a_multipart_body_carries_its_values_and_files() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("face.jpg"), b"\xff\xd8${not a template}").unwrap();
    let text = with(
        "path = \"/\"\nmultipart = [{ name = \"id\", value = \"${sequence}\" }, { name = \"face\", file = \"face.jpg\", content_type = \"image/jpeg\" }]",
    );
    let scenario = Scenario::parse(&text, &folder.path().join("x.toml")).unwrap();
    let identity = Identity { name: "x".into(), run_id: "R".into(), seed: 1 };
    let plan = Plan::resolve(&scenario, &Overrides::default(), identity).unwrap();
    assert_eq!(plan.steps[0].headers[0].1.as_constant(), Some(&b"multipart/form-data; boundary=tollgate-R"[..]));
    let body = format!("{:?}", plan.steps[0].body);
    assert!(body.contains("Sequence"), "{body}");
    let missing = with("path = \"/\"\nbody_file = \"none.json\"");
    let error = Scenario::parse(&missing, &folder.path().join("x.toml")).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("x.toml:6:13: cannot read none.json"), "{error}");
}

#[test]
fn headers_of_the_target_and_the_scenario_are_sent_unless_a_step_says_otherwise() {
    let text = "[target]\nheaders = { X-A = \"target\", X-B = \"target\", X-C = \"target\" }\n[[scenario]]\nname = \"a\"\nheaders = { x-b = \"scenario\", X-C = \"scenario\" }\n[[scenario.step]]\nname = \"s\"\npath = \"/\"\nheaders = { x-c = \"step\" }\n";
    assert_eq!(sent(text).1, ["X-A: target", "x-b: scenario", "x-c: step"]);
}

#[test]
fn variables_are_the_same_through_an_iteration() {
    let vars = "[vars]\nbase = \"/api\"\nid = \"${uuid()}\"\nboth = \"${id}-${base}\"\nn = 5\n";
    let plan = resolve(&format!("{vars}{}", with("path = \"${base}/${both}?n=${n}\"")), &Overrides::default()).unwrap();
    assert_eq!(plan.drawn.len(), 2, "the id, and what is made of it");
    assert_eq!(plan.scenarios[0].drawn, [0, 1], "in the order in which they need each other");
    let unused = resolve(&format!("{vars}{}", with("path = \"/\"")), &Overrides::default()).unwrap();
    assert!(unused.scenarios[0].drawn.is_empty(), "what no step uses is not drawn");
}

#[test]
fn variables_that_make_no_sense_are_refused() {
    let step = with("path = \"/\"");
    for (vars, part) in [
        ("[vars]\na = \"${b}\"\nb = \"x${a}\"\n", "variable \"a\": it is defined through itself (a -> b -> a)"),
        ("[vars]\na = \"${uuid()}${a}\"\n", "defined through itself (a -> a)"),
        ("[vars]\nunused = \"${nobody}\"\n", "variable \"unused\": unknown variable \"${nobody}\""),
        ("[vars]\n\"a b\" = \"x\"\n", "\"a b\" is no name for a variable"),
        ("[vars]\nuuid = \"x\"\n", "\"uuid\" is no name for a variable"),
    ] {
        let error = refusal(&format!("{vars}{step}"));
        assert!(error.contains(part), "{vars}: {error}");
    }
}

#[test]
fn parts_that_contradict_each_other_are_refused() {
    for (lines, part) in [
        ("path = \"/\"\nbody = \"x\"\njson = 5", "has a body and a json"),
        ("", "has no path"),
        ("path = \"/\"\nmultipart = [{ name = \"a\" }]", "needs either a value or a file"),
        ("path = \"/\"\nmultipart = [{ name = \"a\\\"b\", value = \"x\" }]", "holds a quote"),
    ] {
        let error = refusal(&with(lines));
        assert!(error.contains(part), "{lines}: {error}");
    }
}
