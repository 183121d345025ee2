//! Plans as scenarios.

use proptest::prelude::*;

use super::*;
use crate::plan::{Identity, Overrides, Plan};
use crate::scenario::Scenario;

const SHOP: &str = include_str!("../../../tests/data/jmx/shop.jmx");

fn options() -> ImportOptions {
    ImportOptions { file: PathBuf::from("tests/data/jmx/shop.jmx"), ..ImportOptions::default() }
}

fn imported(text: &str) -> Import {
    let jmx = Jmx::parse(text.as_bytes(), Path::new("x.jmx")).unwrap_or_else(|error| panic!("{error}"));
    import(&jmx, &options())
}

/// The shop with `below` beside its transaction.
fn with(below: &str) -> Import {
    imported(&SHOP.replacen("<TransactionController guiclass", &format!("{below}\n<TransactionController guiclass"), 1))
}

fn plan(scenario: &str) -> Plan {
    let parsed =
        Scenario::parse(scenario, Path::new("shop.toml")).unwrap_or_else(|error| panic!("{error}\n{scenario}"));
    let identity = Identity { name: "shop".into(), run_id: "R".into(), seed: 1 };
    Plan::resolve(&parsed, &Overrides::default(), identity).unwrap_or_else(|error| panic!("{error}\n{scenario}"))
}

fn refusals(import: &Import) -> Vec<(&'static str, usize)> {
    let refused = import.report.findings.iter().filter(|finding| finding.status == Status::Refused);
    refused.map(|finding| (finding.id, finding.line)).collect()
}

#[test]
fn a_plan_becomes_a_scenario_that_runs() {
    let import = imported(SHOP);
    let scenario = import.scenario.unwrap();
    let plan = plan(&scenario);
    assert_eq!((plan.load.users, plan.load.iterations), (5, Some(50)));
    for line in [
        "# Buyers of the shop",
        "host = \"http://127.0.0.1:8094\"",
        "group = \"Buy\"",
        "path = \"${base}/search\"",
        "body = '{\"user\": ${user.id}, \"amount\": ${random.int(1, 9)}}'",
        "check = [{ contains = \"SUCCESS\" }]",
        "timeout = \"5000ms\"",
        "think_time = \"20ms\"",
    ] {
        assert!(scenario.lines().any(|written| written == line), "{line}\n{scenario}");
    }
    assert!(!scenario.contains("Debug"), "what is disabled is left out");
}

#[test]
fn every_element_is_counted_once() {
    let import = imported(SHOP);
    let counts = import.report.counts;
    assert_eq!(counts.elements, 11);
    assert_eq!(counts.exact + counts.approx + counts.inert + counts.refused, 11);
    assert_eq!((counts.inert, counts.refused), (2, 0), "the listener, and the sampler that is disabled");
}

#[test]
fn properties_that_are_given_take_the_place_of_defaults() {
    let jmx = Jmx::parse(SHOP.as_bytes(), Path::new("x.jmx")).unwrap();
    let properties = [("users", "40"), ("host", "shop.test"), ("port", "80")];
    let properties = properties.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    let scenario = import(&jmx, &ImportOptions { properties, ..options() }).scenario.unwrap();
    assert!(scenario.contains("users = 40\n") && scenario.contains("host = \"http://shop.test\"\n"), "{scenario}");
}

#[test]
fn what_only_the_run_has_is_asked_for_and_refuses_no_import() {
    let text = SHOP
        .replace("${__P(host,127.0.0.1)}", "${__P(host)}")
        .replace("${__P(loops,10)}", "-1")
        .replace("tea &amp; ", "${nobody}");
    let import = imported(&text);
    let ids: Vec<&str> = import.report.needs.iter().map(|need| need.id).collect();
    assert_eq!(ids, ["JMX110", "JMX111", "JMX112"]);
    let scenario = import.scenario.unwrap();
    assert!(scenario.contains("${env.NOBODY}") && scenario.contains("run_time = \"?\""), "{scenario}");
    let parsed = Scenario::parse(&scenario, Path::new("x.toml")).unwrap_or_else(|error| panic!("{error}"));
    let identity = Identity { name: "shop".into(), run_id: "R".into(), seed: 1 };
    let planned = Plan::resolve(&parsed, &Overrides::default(), identity);
    assert!(planned.is_err() && parsed.host_lacks() == Some("HOST"), "it cannot be run until they are given");
}

#[test]
fn what_is_not_known_is_refused_with_its_id_and_its_line() {
    for (below, id) in [
        ("<com.example.Odd testname=\"Odd\"/><hashTree/>", "JMX101"),
        ("<JDBCSampler testname=\"rows\"/><hashTree/>", "JMX102"),
        (
            "<JSR223PostProcessor testname=\"s\"><stringProp name=\"script\">new Foo()</stringProp>\
             </JSR223PostProcessor><hashTree/>",
            "JMX105",
        ),
        (
            "<RegexExtractor testname=\"r\"><stringProp name=\"RegexExtractor.refname\">x</stringProp>\
             <stringProp name=\"RegexExtractor.regex\">(?=a)b</stringProp></RegexExtractor><hashTree/>",
            "JMX106",
        ),
        ("<ConstantTimer testname=\"t\"><stringProp name=\"odd\">1</stringProp></ConstantTimer><hashTree/>", "JMX109"),
        (
            "<IfController testname=\"i\"><stringProp name=\"IfController.condition\">${__groovy(f(x))}</stringProp>\
             </IfController><hashTree/>",
            "JMX104",
        ),
    ] {
        let import = with(below);
        assert_eq!(refusals(&import), [(id, 51)], "{below}: {:?}", import.report.findings);
        assert_eq!(import.scenario, None);
    }
}

#[test]
fn what_may_be_left_out_is_and_the_scenario_says_so() {
    let text = SHOP.replacen("<TransactionController guiclass", "<Odd/><hashTree/><TransactionController guiclass", 1);
    let jmx = Jmx::parse(text.as_bytes(), Path::new("x.jmx")).unwrap();
    let allow_partial = vec!["JMX101".to_owned()];
    let import = import(&jmx, &ImportOptions { allow_partial, ..options() });
    assert!(import.report.text().ends_with("RUNNABLE (partial)\n"));
    let scenario = import.scenario.unwrap();
    assert!(scenario.contains("left_out = [\n    \"JMX101 Shop/Buyers/Odd [Odd], line 51\",\n]\n"), "{scenario}");
    let warnings = plan(&scenario).warnings;
    assert!(matches!(&warnings[..], [crate::plan::PlanWarning::PartialImport(left_out)] if left_out.len() == 1));
}

#[test]
fn scripts_that_only_log_are_without_effect() {
    let import = with(
        "<JSR223Sampler testname=\"s\"><stringProp name=\"script\">// nothing\nlog.info('x')</stringProp></JSR223Sampler>\
         <hashTree/>",
    );
    assert_eq!((refusals(&import), import.report.counts.inert), (vec![], 3));
}

#[test]
fn structures_extracts_and_conditions_are_those_of_the_scenario_language() {
    let import = with(
        "<JSONPostProcessor testname=\"j\"><stringProp name=\"JSONPostProcessor.referenceNames\">id;all</stringProp>\
         <stringProp name=\"JSONPostProcessor.jsonPathExprs\">$.id;$.items[*].id</stringProp>\
         <stringProp name=\"JSONPostProcessor.match_numbers\">;-1</stringProp>\
         <stringProp name=\"JSONPostProcessor.defaultValues\">none;</stringProp></JSONPostProcessor><hashTree/>\
         <IfController testname=\"i\"><stringProp name=\"IfController.condition\">\
         ${__groovy(vars.get(\"base\") == \"/api\" &amp;&amp; !\"${base}\".equals(\"\"))}</stringProp></IfController><hashTree>\
         <HTTPSamplerProxy testname=\"Odd\"><stringProp name=\"HTTPSampler.path\">x y</stringProp>\
         <boolProp name=\"HTTPSampler.use_keepalive\">true</boolProp></HTTPSamplerProxy><hashTree/></hashTree>",
    );
    let scenario = import.scenario.unwrap_or_else(|| panic!("{}", import.report.text()));
    plan(&scenario);
    for part in [
        "{ var = \"id\", json = \"$.id\", default = \"none\" }",
        "{ var = \"all\", json = \"$.items[*].id\", all = true }",
        "path = \"/x%20y\"",
        "if = \"${base} == /api and ${base} != ''\"",
    ] {
        assert!(scenario.contains(part), "{part}\n{scenario}");
    }
}

proptest! {
    /// Whatever happens to a plan: no panic, and no element without its account.
    #[test]
    fn no_damaged_plan_loses_an_element(from in 0..SHOP.len(), length in 0_usize..300, instead in "[<>&#;a-z/${}(\"= ]{0,12}") {
        let mut bytes = SHOP.as_bytes().to_vec();
        let until = (from + length).min(bytes.len());
        bytes.splice(from..until, instead.bytes());
        if let Ok(jmx) = Jmx::parse(&bytes, Path::new("x.jmx")) {
            let import = import(&jmx, &options());
            prop_assert_eq!(import.report.counts.elements, jmx.walk().len());
            prop_assert_eq!(import.scenario.is_some(), import.report.counts.refused == 0);
        }
    }
}
