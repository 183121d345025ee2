//! Plans as scenarios.

use std::path::Path;

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
        "{ var = \"all\", json = \"$.items[*].id\", all = true, default = \"\" }",
        "path = \"/x%20y\"",
        "if = \"${base} == /api and ${base} != ''\"",
    ] {
        assert!(scenario.contains(part), "{part}\n{scenario}");
    }
}

/// A sampler of this name and path.
fn sampler(name: &str, more: &str) -> String {
    format!(
        "<HTTPSamplerProxy testname=\"{name}\"><stringProp name=\"HTTPSampler.path\">/{name}</stringProp>\
         <boolProp name=\"HTTPSampler.use_keepalive\">true</boolProp>{more}</HTTPSamplerProxy><hashTree/>"
    )
}

fn text(name: &str, value: &str) -> String {
    format!("<stringProp name=\"{name}\">{value}</stringProp>")
}

/// The scenario that the shop with `below` comes to; it is one that a check takes.
fn written(below: &str) -> String {
    let import = with(below);
    let scenario = import.scenario.unwrap_or_else(|| panic!("{below}\n{}", import.report.text()));
    plan(&scenario);
    scenario
}

fn holds(scenario: &str, parts: &[&str]) {
    for part in parts {
        assert!(scenario.contains(part), "{part}\n{scenario}");
    }
}

#[test]
fn controllers_are_the_structures_of_the_scenario_language() {
    let (a, b) = (sampler("a", ""), sampler("b", ""));
    for (class, properties, parts) in [
        ("RandomController", String::new(), vec!["pick = \"weighted\""]),
        ("InterleaveControl", String::new(), vec!["pick = \"in_turn\""]),
        ("RandomOrderController", String::new(), vec!["pick = \"shuffled\""]),
        ("RunTime", text("RunTime.seconds", "30"), vec!["for = \"30s\""]),
        ("LoopController", text("LoopController.loops", "3"), vec!["repeat = 3"]),
        (
            "ThroughputController",
            text("ThroughputController.style", "1") + &text("ThroughputController.percentThroughput", "12.5"),
            vec!["percent = 12.5"],
        ),
        ("SwitchController", text("SwitchController.value", "b"), vec!["path = \"/b\""]),
        (
            "SwitchController",
            text("SwitchController.value", "${base}x${__threadNum}"),
            vec![
                "if = \"${base}x${user.id} == 0 or ${base}x${user.id} == 'a' or ${base}x${user.id} >= 2",
                "[[scenario.step.else]]",
            ],
        ),
        ("CriticalSectionController", text("CriticalSectionController.lockName", "l"), vec!["path = \"/a\""]),
        ("OnceOnlyController", String::new(), vec!["once = true"]),
    ] {
        let below = format!("<{class} testname=\"c\">{properties}</{class}><hashTree>{a}{b}</hashTree>");
        holds(&written(&below), &parts);
    }
}

#[test]
fn a_child_that_does_nothing_is_refused_where_children_are_counted() {
    let inside = format!(
        "<JSR223Sampler testname=\"log\">{}</JSR223Sampler><hashTree/>{}",
        text("script", "log.info('x')"),
        sampler("a", "") + &sampler("b", "")
    );
    for class in ["RandomController", "InterleaveControl", "SwitchController"] {
        let import = with(&controller(class, "", &inside));
        assert_eq!(refusals(&import).first().map(|(id, _)| *id), Some("JMX109"), "{}", import.report.text());
    }
    assert!(with(&controller("RandomOrderController", "", &inside)).scenario.is_some());
}

#[test]
fn what_scripts_read_by_another_name_of_the_variables_is_stored() {
    for read in ["ctx.getVariables().get('drawn')", "ctx.variables.drawn"] {
        let script = format!(
            "<JSR223PreProcessor testname=\"s\">{}</JSR223PreProcessor><hashTree/>",
            text("script", &format!("ctx.getVariables().put('copy', {read})"))
        );
        let scenario = written(&(sampler("${__Random(1,9,drawn)}", "") + &script + &sampler("${copy}", "")));
        holds(&scenario, &["set = { drawn = \"${random.int(1, 9)}\" }", "copy = \"${drawn}\""]);
    }
}

#[test]
fn several_steps_of_one_child_are_one_choice() {
    let (a, b, c) = (sampler("a", ""), sampler("b", ""), sampler("c", ""));
    let below = format!(
        "<RandomController testname=\"r\"><intProp name=\"InterleaveControl.style\">1</intProp></RandomController><hashTree><GenericController testname=\"g\"/><hashTree>{a}{b}</hashTree>{c}</hashTree>"
    );
    holds(&written(&below), &["pick = \"weighted\"\n\n[[scenario.step.step]]\nrepeat = 1\n"]);
}

#[test]
fn a_loop_without_end_is_the_iteration_and_what_comes_before_is_played_once() {
    let below = format!(
        "{}<LoopController testname=\"l\">{}</LoopController><hashTree>{}</hashTree>",
        sampler("login", ""),
        text("LoopController.loops", "-1"),
        sampler("work", "")
    );
    let whole = with(&below);
    let scenario = whole.scenario.unwrap();
    assert!(whole.report.needs.iter().any(|need| need.id == "JMX112"), "{:?}", whole.report.needs);
    holds(&scenario, &["once = true", "path = \"/work\""]);
    assert!(!scenario.contains("repeat"), "{scenario}");
}

#[test]
fn a_second_host_is_that_of_its_step() {
    let other = sampler("other", &(text("HTTPSampler.domain", "login.test") + &text("HTTPSampler.protocol", "https")));
    let full = sampler("full", "").replace("/full", "http://files.test:81/a?b=1");
    let scenario = written(&(other + &full));
    holds(
        &scenario,
        &["host = \"http://127.0.0.1:8094\"\n\n[load]", "host = \"https://login.test:8094\"\npath = \"/other\""],
    );
    holds(&scenario, &["host = \"http://files.test:81\"\npath = \"/a?b=1\""]);
    assert_eq!(plan(&scenario).elsewhere.len(), 2);
}

#[test]
fn groups_before_and_behind_the_test_are_played_once() {
    let group = |class: &str, inside: &str| {
        format!(
            "<{class} testname=\"{class}\"><elementProp name=\"ThreadGroup.main_controller\" elementType=\"LoopController\">{}\
             </elementProp>{}</{class}><hashTree>{inside}</hashTree>",
            text("LoopController.continue_forever", "false") + &text("LoopController.loops", "1"),
            text("ThreadGroup.num_threads", "1")
        )
    };
    let address = text("HTTPSampler.domain", "127.0.0.1") + &text("HTTPSampler.port", "8094");
    let groups =
        group("SetupThreadGroup", &sampler("open", &address)) + &group("PostThreadGroup", &sampler("close", &address));
    let import = imported(&SHOP.replacen("<ThreadGroup guiclass", &format!("{groups}<ThreadGroup guiclass"), 1));
    let scenario = import.scenario.unwrap_or_else(|| panic!("{}", import.report.text()));
    holds(&scenario, &["[[setup]]\nname = \"open\"", "[[teardown]]\nname = \"close\""]);
    let plan = plan(&scenario);
    assert_eq!((plan.around.before.requests().len(), plan.around.after.requests().len()), (1, 1));
}

#[test]
fn rows_counters_and_random_numbers_are_drawn_as_the_plan_says() {
    let strings = |name: &str, texts: &[&str]| {
        let cells: String = texts.iter().map(|cell| text("1", cell)).collect();
        format!("<collectionProp name=\"{name}\">{cells}</collectionProp>")
    };
    let rows = strings("1", &["ann", "a1"]) + &strings("2", &["bob", "b2"]);
    let parameters = format!(
        "<UserParameters testname=\"Users\">{}<collectionProp name=\"UserParameters.thread_values\">{rows}</collectionProp>\
         </UserParameters><hashTree/>",
        strings("UserParameters.names", &["login", "word"])
    );
    let counter = format!(
        "<CounterConfig testname=\"c\">{}{}{}{}{}</CounterConfig><hashTree/>",
        text("CounterConfig.start", "1"),
        text("CounterConfig.end", "99"),
        text("CounterConfig.incr", "2"),
        text("CounterConfig.name", "n"),
        text("CounterConfig.format", "A-000"),
    );
    let random = format!(
        "<RandomVariableConfig testname=\"r\">{}{}{}{}</RandomVariableConfig><hashTree/>",
        text("variableName", "item"),
        text("minimumValue", "1"),
        text("maximumValue", "50"),
        text("outputFormat", "item00")
    );
    let used = sampler("a", "").replace("/a<", "/${login}/${word}/${n}/${item}<");
    let scenario = written(&(parameters + &counter + &random + &used));
    holds(
        &scenario,
        &[
            "columns = [\"login\", \"word\"]",
            "    [\"ann\", \"a1\"],",
            "order = \"by_user\"",
            "count = { from = 1, to = 99, by = 2, width = 3 }",
            "item = \"item${padded(${random.int(1, 50)}, 2)}\"",
            "path = \"/${users.login}/${users.word}/A-${n.value}/${item}\"",
        ],
    );
}

#[test]
fn timers_are_the_pauses_of_what_is_in_their_scope() {
    let timer = |class: &str, delay: &str, range: &str| {
        format!(
            "<{class} testname=\"t\">{}{}</{class}><hashTree/>",
            text("ConstantTimer.delay", delay),
            text("RandomTimer.range", range)
        )
    };
    for (timers, part) in [
        (timer("ConstantTimer", "300", ""), "think_time = \"320ms\""),
        (timer("ConstantTimer", "${__Random(100,500)}", ""), "think_time = { uniform = [\"120ms\", \"520ms\"] }"),
        (timer("UniformRandomTimer", "1000", "2000.0"), "think_time = { uniform = [\"1020ms\", \"3020ms\"] }"),
        (
            timer("GaussianRandomTimer", "280", "100"),
            "think_time = { normal = { mean = \"300ms\", deviation = \"100ms\" } }",
        ),
    ] {
        holds(&written(&timers), &[part]);
    }
    let action = format!(
        "<TestAction testname=\"Think\">{}{}</TestAction><hashTree>{}</hashTree>",
        text("ActionProcessor.action", "1"),
        text("ActionProcessor.duration", "500"),
        timer("UniformRandomTimer", "1000", "500")
    );
    holds(&written(&action), &["pause = { uniform = [\"1520ms\", \"2020ms\"] }"]);
    let stop = format!(
        "<TestAction testname=\"Stop\">{}{}</TestAction><hashTree/>",
        text("ActionProcessor.action", "0"),
        text("ActionProcessor.target", "2")
    );
    holds(&written(&stop), &["stop = \"run\""]);
}

#[test]
fn a_plugin_that_says_when_how_many_threads_work_gives_the_stages() {
    let row = ["10", "0", "5", "15", "5"].map(|cell| text("1", cell)).concat();
    let shaped = SHOP
        .replace("<ThreadGroup guiclass=\"ThreadGroupGui\" testclass=\"ThreadGroup\"", "<kg.apc.jmeter.threads.UltimateThreadGroup guiclass=\"U\"")
        .replace("</ThreadGroup>", &format!(
            "<collectionProp name=\"ultimatethreadgroupdata\"><collectionProp name=\"1\">{row}</collectionProp></collectionProp>\
             </kg.apc.jmeter.threads.UltimateThreadGroup>"
        ))
        .replace("<stringProp name=\"ThreadGroup.ramp_time\">1</stringProp>", "");
    let import = imported(&shaped);
    let scenario = import.scenario.unwrap_or_else(|| panic!("{}", import.report.text()));
    holds(&scenario, &["[[load.stage]]\nusers = 10\nramp = \"5s\"\nhold = \"15s\"", "users = 0\nramp = \"5s\""]);
    let load = plan(&scenario).load;
    assert_eq!(
        (load.users, load.ramp_up, load.run_time),
        (10, crate::units::Micros::from_secs(5), crate::units::Micros::from_secs(20))
    );
}

#[test]
fn assertions_and_extractors_look_where_the_plan_says() {
    let assertion = |field: &str, kind: &str, wanted: &str| {
        format!(
            "<ResponseAssertion testname=\"a\"><collectionProp name=\"Asserion.test_strings\">{}</collectionProp>{}{}\
             </ResponseAssertion><hashTree/>",
            text("1", wanted),
            text("Assertion.test_field", field),
            text("Assertion.test_type", kind)
        )
    };
    for (below, part) in [
        (assertion("Assertion.response_code", "2", "20[01]"), "expect = [200, 201, 201]"),
        (assertion("Assertion.response_code", "1", "[23]\\d\\d"), "expect = [\"2xx\", \"3xx\"]"),
        (assertion("Assertion.response_code", "12", "204"), "203, 205, 206"),
        (assertion("Assertion.response_headers", "16", "gzip"), "{ in = \"headers\", contains = \"gzip\" }"),
        (assertion("Assertion.response_message", "8", "OK"), "{ in = \"reason\", equals = \"OK\" }"),
    ] {
        let part = part.replace("[200, 201, 201]", "[200, 201]");
        holds(&written(&below), &[part.as_str()]);
    }
    let never = written(&assertion("Assertion.response_code", "8", "419"));
    holds(&never, &["{ status = 419 }"]);
    let header = format!(
        "<RegexExtractor testname=\"r\">{}{}{}{}{}</RegexExtractor><hashTree/>",
        text("RegexExtractor.useHeaders", "true"),
        text("RegexExtractor.refname", "crumb"),
        text("RegexExtractor.regex", "crumb=(.*?);{x"),
        text("RegexExtractor.template", "$1$"),
        text("RegexExtractor.match_number", "1")
    );
    let xpath = format!(
        "<XPathExtractor testname=\"x\">{}{}</XPathExtractor><hashTree/>",
        text("XPathExtractor.refname", "token"),
        text("XPathExtractor.xpathQuery", "//input[@name='t']/@value")
    );
    holds(
        &written(&(header + &xpath)),
        &["regex = 'crumb=(.*?);\\{x', in = \"headers\"", "{ var = \"token\", regex = "],
    );
}

#[test]
fn assertions_on_what_varies_and_on_variables_look_for_texts() {
    let assertion = |more: &str, wanted: &str| {
        format!(
            "<ResponseAssertion testname=\"a\"><collectionProp name=\"Asserion.test_strings\">{}</collectionProp>{more}\
             </ResponseAssertion><hashTree/>",
            text("1", wanted)
        )
    };
    let row = "<RandomVariableConfig testname=\"r\"><stringProp name=\"variableName\">n</stringProp><stringProp name=\"minimumValue\">1\
               </stringProp><stringProp name=\"maximumValue\">9</stringProp></RandomVariableConfig><hashTree/>";
    for (kind, wanted, part) in [
        ("2", ".*id: ${n}.*", "{ contains = \"id: ${n}\" }"),
        ("1", "${n}", "{ equals = \"${n}\" }"),
        ("1", ".*${n}.*", "{ contains = \"${n}\" }"),
    ] {
        holds(&written(&(row.to_owned() + &assertion(&text("Assertion.test_type", kind), wanted))), &[part]);
    }
    let scoped = text("Assertion.test_type", "8") + &text("Assertion.scope", "variable") + &text("Scope.variable", "n");
    holds(&written(&(row.to_owned() + &assertion(&scoped, "5"))), &["{ value = \"${n}\", equals = \"5\" }"]);
    let refused = with(&(row.to_owned() + &assertion(&text("Assertion.test_type", "2"), "[${n}]+")));
    assert_eq!(refusals(&refused).iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["JMX106"]);
}

#[test]
fn what_is_named_before_an_answer_gives_it_begins_empty() {
    let extract = format!(
        "<RegexExtractor testname=\"r\">{}{}{}</RegexExtractor>",
        text("RegexExtractor.refname", "token"),
        text("RegexExtractor.regex", "t=(.)"),
        text("RegexExtractor.match_number", "1")
    );
    let first = sampler("${token}", "");
    let second = sampler("b", "").replace("<hashTree/>", &format!("<hashTree>{extract}<hashTree/></hashTree>"));
    holds(&written(&(first + &second)), &["token = \"\"", "path = \"/${token}\""]);
}

#[test]
fn files_and_parameters_of_one_name_are_sent() {
    let file = "<elementProp name=\"HTTPsampler.Files\" elementType=\"HTTPFileArgs\"><collectionProp name=\"HTTPFileArgs.files\">\
                <elementProp name=\"x\" elementType=\"HTTPFileArg\"><stringProp name=\"File.path\">shop.jmx</stringProp>\
                <stringProp name=\"File.paramname\">doc</stringProp><stringProp name=\"File.mimetype\">text/xml</stringProp>\
                </elementProp></collectionProp></elementProp>";
    let post = text("HTTPSampler.method", "POST");
    let import =
        with(&sampler("up", &format!("{file}{post}<boolProp name=\"HTTPSampler.DO_MULTIPART_POST\">true</boolProp>")));
    let scenario = import.scenario.unwrap_or_else(|| panic!("{}", import.report.text()));
    holds(&scenario, &["multipart = [{ name = \"doc\", file = \"shop.jmx\", content_type = \"text/xml\" }]"]);
    let twice = arguments(&[("id", "1 a"), ("id", "${base}")]);
    holds(&written(&sampler("list", &twice)), &["path = \"/list?id=1%20a&id=${base}\""]);
}

/// Parameters of a sampler that are encoded when they are sent.
fn arguments(pairs: &[(&str, &str)]) -> String {
    let argument = |(name, value): &(&str, &str)| {
        format!(
            "<elementProp name=\"{name}\" elementType=\"HTTPArgument\">\
             <boolProp name=\"HTTPArgument.always_encode\">true</boolProp>{}{}</elementProp>",
            text("Argument.name", name),
            text("Argument.value", value)
        )
    };
    format!(
        "<elementProp name=\"HTTPsampler.Arguments\" elementType=\"Arguments\">\
         <collectionProp name=\"Arguments.arguments\">{}</collectionProp></elementProp>",
        pairs.iter().map(argument).collect::<String>()
    )
}

const FORM_TYPE: &str = "Content-Type = \"application/x-www-form-urlencoded; charset=UTF-8\" }";

#[test]
fn an_empty_body_is_called_a_form_where_a_body_may_be() {
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        holds(&written(&sampler("none", &text("HTTPSampler.method", method))), &[FORM_TYPE]);
    }
    for method in ["GET", "HEAD", "OPTIONS"] {
        let scenario = written(&sampler("none", &text("HTTPSampler.method", method)));
        assert!(!scenario.contains("urlencoded"), "{scenario}");
    }
}

#[test]
fn parameters_of_a_delete_stand_in_the_query_and_in_the_body() {
    let delete = |pairs| format!("{}{}", text("HTTPSampler.method", "DELETE"), arguments(pairs));
    let once = written(&sampler("drop", &delete(&[("why", "a b")])));
    holds(&once, &["path = \"/drop\"", "query = { why = \"a b\" }", "form = { why = \"a b\" }"]);
    let twice = written(&sampler("drop", &delete(&[("id", "1 a"), ("id", "2")])));
    holds(&twice, &["path = \"/drop?id=1%20a&id=2\"", "body = \"id=1%20a&id=2\"", FORM_TYPE]);
}

#[test]
fn modules_are_put_where_they_are_used() {
    let module = format!(
        "<ModuleController testname=\"m\"><collectionProp name=\"ModuleController.node_path\">{}{}{}{}</collectionProp>\
         </ModuleController><hashTree/>",
        text("1", "WorkBench"),
        text("2", "Shop"),
        text("3", "Parts"),
        text("4", "Login")
    );
    let fragment = format!(
        "<TestFragmentController testname=\"Parts\"/><hashTree><GenericController testname=\"Login\"/><hashTree>{}</hashTree></hashTree>",
        sampler("in", "")
    );
    let text = SHOP.replacen("<ThreadGroup guiclass", &format!("{fragment}<ThreadGroup guiclass"), 1).replacen(
        "<TransactionController guiclass",
        &format!("{module}<TransactionController guiclass"),
        1,
    );
    let import = imported(&text);
    let scenario = import.scenario.unwrap_or_else(|| panic!("{}", import.report.text()));
    plan(&scenario);
    assert_eq!(scenario.matches("path = \"/in\"").count(), 1, "{scenario}");
    let lost = imported(&text.replace("<stringProp name=\"4\">Login<", "<stringProp name=\"4\">Nowhere<"));
    assert_eq!(refusals(&lost).iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["JMX109"]);
}

#[test]
fn groups_one_after_the_other_are_parts_of_one_iteration() {
    let group =
        SHOP[SHOP.find("<ThreadGroup guiclass").unwrap()..].replace("testname=\"Buyers\"", "testname=\"Sellers\"");
    let group = group[..group.find("</hashTree>\n    </hashTree>").unwrap_or(group.len())].to_owned();
    let end = SHOP.rfind("    </hashTree>\n  </hashTree>").unwrap();
    let second = group.replace("${__P(users,5)}", "2").replace("${__P(loops,10)}", "3");
    let second = &second[..second.rfind("    </hashTree>\n  </hashTree>").unwrap_or(second.len())];
    let both = format!("{}{second}{}", &SHOP[..end], &SHOP[end..]);
    let both = both.replace(
        "<stringProp name=\"TestPlan.comments\">",
        "<boolProp name=\"TestPlan.serialize_threadgroups\">true</boolProp><stringProp name=\"TestPlan.comments\">",
    );
    let import = imported(&both);
    let scenario = import.scenario.unwrap_or_else(|| panic!("{}", import.report.text()));
    let load = plan(&scenario).load;
    assert_eq!((load.users, load.iterations), (5, Some(5)), "{scenario}");
    let numbered = imported(&both.replacen("/search", "/search/${__iterationNum}", 1));
    assert_eq!(refusals(&numbered).first().map(|(id, _)| *id), Some("JMX103"), "{}", numbered.report.text());
    let counted = controller(
        "ThroughputController",
        &(text("ThroughputController.style", "0")
            + &text("ThroughputController.maxThroughput", "2")
            + &text("ThroughputController.perThread", "true")),
        &sampler("a", ""),
    );
    let before = "<TransactionController guiclass";
    let counted = imported(&both.replacen(before, &format!("{counted}{before}"), 1));
    let counted = counted.scenario.unwrap_or_else(|| panic!("{}", counted.report.text()));
    assert!(counted.contains("ThroughputController_played") && !counted.contains("${user.sequence} < 2"), "{counted}");
    holds(
        &scenario,
        &["group = \"Buyers\"", "repeat = 10", "group = \"Sellers\"", "if = \"${user.id} <= 2\"", "repeat = 3"],
    );
}

#[test]
fn parts_of_lists_and_of_matches_that_texts_name_are_taken_too() {
    let regex = format!(
        "<RegexExtractor testname=\"r\">{}{}{}</RegexExtractor>",
        text("RegexExtractor.refname", "id"),
        text("RegexExtractor.regex", "(a)(b)"),
        text("RegexExtractor.match_number", "-1")
    );
    let first = sampler("a", "").replace("<hashTree/>", &format!("<hashTree>{regex}<hashTree/></hashTree>"));
    let scenario = written(&(first + &sampler("${id_2}", "")));
    holds(&scenario, &["{ var = \"id_2\", regex = \"(a)(b)\", index = 1, default = \"\" }", "path = \"/${id_2}\""]);
}

/// A script beside `sampler`, which is the first.
fn first_with(inner: &str) -> String {
    sampler("a", "").replace("<hashTree/>", &format!("<hashTree>{inner}</hashTree>"))
}

fn regex_extractor(name: &str, (template, number, default): (&str, &str, &str)) -> String {
    format!(
        "<RegexExtractor testname=\"r\">{}{}{}{}{}</RegexExtractor><hashTree/>",
        text("RegexExtractor.refname", name),
        text("RegexExtractor.regex", "(a)(b)"),
        text("RegexExtractor.template", template),
        text("RegexExtractor.match_number", number),
        text("RegexExtractor.default", default)
    )
}

#[test]
fn a_list_under_a_name_that_a_script_sets_has_a_name_of_its_own() {
    let script = format!(
        "<JSR223PostProcessor testname=\"s\">{}</JSR223PostProcessor><hashTree/>",
        text(
            "script",
            "def n = (vars.get('id_matchNr') ?: '0') as int\nif (n > 0) vars.put('id', vars.get(\"id_${n}\"))"
        )
    );
    let first = first_with(&(regex_extractor("id", ("$1$", "-1", "NONE")) + &script));
    let scenario = written(&(first + &sampler("${id}", "")));
    holds(
        &scenario,
        &[
            "extract = [{ var = \"id_all\", regex = \"(a)(b)\", all = true, default = \"\" }]",
            "set = { id = \"NONE\" }",
            "if = \"${id_all.count} > 0\"",
            "set = { id = \"${id_all.item(${difference(${id_all.count}, 1)})}\" }",
            "path = \"/${id}\"",
        ],
    );
}

#[test]
fn several_groups_are_put_together_behind_the_request() {
    let first = first_with(&regex_extractor("id", ("$2$-$1$", "1", "NONE")));
    let scenario = written(&(first + &sampler("${id}", "")));
    holds(
        &scenario,
        &[
            "{ var = \"id_g0\", regex = \"(a)(b)\", group = 0, default = \"\" }",
            "{ var = \"id_g2\", regex = \"(a)(b)\", group = 2, default = \"\" }",
            "if = \"${id_g0} != ''\"",
            "set = { id = \"${id_g2}-${id_g1}\" }",
            "set = { id = \"NONE\" }",
        ],
    );
}

#[test]
fn what_a_function_stores_is_set_before_its_request() {
    let scenario = written(&(sampler("${__Random(1,9,drawn)}", "") + &sampler("${drawn}", "")));
    holds(&scenario, &["set = { drawn = \"${random.int(1, 9)}\" }", "path = \"/${drawn}\""]);
    assert_eq!(scenario.matches("path = \"/${drawn}\"").count(), 2, "{scenario}");
    let twice = with(&(sampler("${__Random(1,9,drawn)}/${__Random(1,9,drawn)}", "") + &sampler("${drawn}", "")));
    assert_eq!(refusals(&twice).first().map(|(id, _)| *id), Some("JMX103"), "{}", twice.report.text());
    let read = with(&sampler("${drawn}/${__Random(1,9,drawn)}", ""));
    assert!(read.report.text().contains("is stored and read in one request"), "{}", read.report.text());
    assert!(read.scenario.is_some());
}

#[test]
fn a_property_that_a_function_sets_is_a_variable() {
    let script = format!(
        "<BeanShellPostProcessor testname=\"s\">{}</BeanShellPostProcessor><hashTree/>",
        text("script", "${__setProperty(token,${id},)};")
    );
    let first = first_with(&(regex_extractor("id", ("$1$", "1", "NONE")) + &script));
    let scenario = written(&(first + &sampler("${__property(token)}", "")));
    holds(&scenario, &["set = { token = \"${id}\" }", "path = \"/${token}\""]);
}

#[test]
fn a_file_in_the_plan_s_folder_is_named_beside_it() {
    let folder =
        "${__BeanShell(import org.apache.jmeter.services.FileServer; FileServer.getFileServer().getBaseDir();)}";
    let csv = format!(
        "<CSVDataSet testname=\"rows\">{}{}{}</CSVDataSet><hashTree/>",
        text("filename", &format!("{folder}${{__BeanShell(File.separator,)}}oracle/rows.csv")),
        text("variableNames", "buyer,amount"),
        text("delimiter", ",")
    );
    let scenario = with(&(csv + &sampler("${buyer}", ""))).scenario.unwrap();
    holds(&scenario, &["file = \"oracle/rows.csv\"", "path = \"/${rows.buyer}\""]);
}

#[test]
fn what_a_group_says_of_failures_and_of_new_users_is_kept() {
    let text = SHOP
        .replace("on_sample_error\">continue", "on_sample_error\">stoptest")
        .replace("same_user_on_next_iteration\">true", "same_user_on_next_iteration\">false");
    let scenario = imported(&text).scenario.unwrap();
    plan(&scenario);
    holds(&scenario, &["on_failure = \"stop_run\"", "connection = \"iteration\""]);
}

/// A collection of entries of `kind`, each with these properties.
fn entries(name: &str, kind: &str, rows: &[&[(&str, &str)]]) -> String {
    let row = |row: &&[(&str, &str)]| {
        let cells: String = row.iter().map(|(name, value)| text(name, value)).collect();
        format!("<elementProp name=\"\" elementType=\"{kind}\">{cells}</elementProp>")
    };
    format!("<collectionProp name=\"{name}\">{}</collectionProp>", rows.iter().map(row).collect::<String>())
}

fn headers(pairs: &[(&str, &str)]) -> String {
    let rows: Vec<[(&str, &str); 2]> =
        pairs.iter().map(|(name, value)| [("Header.name", *name), ("Header.value", *value)]).collect();
    let rows: Vec<&[(&str, &str)]> = rows.iter().map(|row| &row[..]).collect();
    format!(
        "<HeaderManager testname=\"h\">{}</HeaderManager><hashTree/>",
        entries("HeaderManager.headers", "Header", &rows)
    )
}

fn controller(class: &str, properties: &str, inside: &str) -> String {
    format!("<{class} testname=\"{class}\">{properties}</{class}><hashTree>{inside}</hashTree>")
}

#[test]
fn of_two_managers_side_by_side_the_first_counts_and_the_inner_before_both() {
    let below = headers(&[("X-A", "first"), ("X-B", "b")]) + &headers(&[("x-a", "second"), ("X-C", "c")]);
    let inner =
        sampler("in", "").replace("<hashTree/>", &format!("<hashTree>{}</hashTree>", headers(&[("X-B", "in")])));
    let scenario = written(&(below + &inner));
    holds(&scenario, &["[scenario.headers]\n", "X-A = \"first\"\n", "X-B = \"b\"\n", "headers = { X-B = \"in\" }"]);
    assert!(!scenario.contains("second"), "{scenario}");
}

#[test]
fn headers_that_requests_cannot_have_are_left_out_and_told() {
    let check = "<ResponseAssertion testname=\"a\"><collectionProp name=\"Asserion.test_strings\"><stringProp name=\"1\">x\
                 </stringProp></collectionProp><intProp name=\"Assertion.test_type\">2</intProp></ResponseAssertion><hashTree/>";
    let recorded = headers(&[(":method", "GET"), ("Accept-Encoding", "gzip, br"), ("X-A", " 1 \n")]);
    let import = with(&(recorded.clone() + check + &sampler("a", "")));
    let scenario = import.scenario.unwrap_or_else(|| panic!("{}", import.report.text()));
    plan(&scenario);
    assert!(!scenario.contains("gzip") && !scenario.contains(":method"), "{scenario}");
    let told = import.report.text();
    assert!(told.contains("that is no name of a header") && told.contains("looked at as it comes"), "{told}");
    holds(&scenario, &["X-A = \"1\""]);
    let unseen = SHOP.replacen("<ResponseAssertion", "<ResponseAssertion enabled=\"false\"", 1);
    let unseen = unseen.replace("enabled=\"false\" guiclass", "guiclass").replacen(
        "testname=\"Paid\" enabled=\"true\"",
        "testname=\"Paid\" enabled=\"false\"",
        1,
    );
    let kept = imported(&unseen.replacen(
        "<TransactionController guiclass",
        &format!("{recorded}<TransactionController guiclass"),
        1,
    ));
    holds(&kept.scenario.unwrap(), &["Accept-Encoding = \"gzip, br\""]);
}

#[test]
fn users_are_those_of_the_address() {
    let user = |url: &str, name: &str, mechanism: &str| {
        let row: &[(&str, &str)] = &[
            ("Authorization.url", url),
            ("Authorization.username", name),
            ("Authorization.password", "it's, (so"),
            ("Authorization.mechanism", mechanism),
        ];
        entries("AuthManager.auth_list", "Authorization", &[row])
    };
    let manager = |list: &str| format!("<AuthManager testname=\"m\">{list}</AuthManager><hashTree/>");
    let scenario =
        written(&(manager(&user("http://127.0.0.1:8094/a", "ann", "BASIC")) + &sampler("a", "") + &sampler("b", "")));
    holds(
        &scenario,
        &["path = \"/a\"\nheaders = { Authorization = \"Basic ${base64('ann:it''s, (so')}\" }", "path = \"/b\"\n"],
    );
    assert_eq!(scenario.matches("Authorization").count(), 1, "{scenario}");
    let refused = with(&manager(&user("", "ann", "KERBEROS")));
    assert_eq!(refusals(&refused).iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["JMX109"]);
}

#[test]
fn parameters_are_sent_as_each_method_sends_them() {
    let argument = |name: &str, value: &str, more: &str| {
        format!(
            "<elementProp name=\"x\" elementType=\"HTTPArgument\">{}{}{more}</elementProp>",
            text("Argument.name", name),
            text("Argument.value", value)
        )
    };
    let all = |inside: &str| {
        format!(
            "<elementProp name=\"HTTPsampler.Arguments\" elementType=\"Arguments\"><collectionProp name=\"Arguments.arguments\">\
             {inside}</collectionProp></elementProp>"
        )
    };
    let method = |method| text("HTTPSampler.method", method);
    for (method, inside, parts) in [
        (method("GET"), argument("a", "x:y/z", ""), vec!["path = \"/s?a=x:y/z\""]),
        (method("GET"), argument("flag", "", &text("Argument.metadata", "")), vec!["path = \"/s?flag\""]),
        (method("GET"), argument("a", "1", ""), vec!["query = { a = \"1\" }"]),
        (method("HEAD"), argument("a", "1", ""), vec!["method = \"HEAD\"\npath = \"/s\"\n"]),
        (method("POST"), argument("a", "b%20c", ""), vec!["form = { a = \"b c\" }"]),
        (method("GET"), argument("", "{1}", ""), vec!["body = \"{1}\"", "text/plain; charset=UTF-8"]),
        (method("OPTIONS"), argument("", "{1}", ""), vec!["method = \"OPTIONS\"\npath = \"/s\"\n"]),
        (
            method("PATCH"),
            argument("", "a b", "<boolProp name=\"HTTPArgument.always_encode\">true</boolProp>"),
            vec!["body = \"a%20b\""],
        ),
    ] {
        holds(&written(&sampler("s", &(all(&inside) + &method))), &parts);
    }
}

#[test]
fn files_stand_where_old_and_new_versions_keep_them() {
    let sent = |below: &str| with(below).scenario.unwrap();
    let old = text("HTTPSampler.FILE_NAME", "shop.jmx")
        + &text("HTTPSampler.FILE_FIELD", "doc")
        + &text("HTTPSampler.mimetype", "text/xml");
    let post = text("HTTPSampler.method", "POST") + "<boolProp name=\"HTTPSampler.postBodyRaw\">true</boolProp>";
    let typed = headers(&[("Content-Type", "multipart/form-data; boundary=x")]);
    let scenario = sent(&(typed + &sampler("up", &(old + &post))));
    holds(
        &scenario,
        &["path = \"/up\"\nmultipart = [{ name = \"doc\", file = \"shop.jmx\", content_type = \"text/xml\" }]"],
    );
    let whole = text("HTTPSampler.FILE_NAME", "oracle/rows.csv") + &text("HTTPSampler.mimetype", "text/xml");
    holds(
        &sent(&sampler("put", &(whole + &text("HTTPSampler.method", "PUT")))),
        &["Content-Type = \"text/xml\" }\nbody_file = \"oracle/rows.csv\""],
    );
}

#[test]
fn a_loop_that_does_not_say_that_it_ends_has_no_end() {
    let unsaid = SHOP.replace("<boolProp name=\"LoopController.continue_forever\">false</boolProp>", "");
    let import = imported(&unsaid);
    assert!(import.report.needs.iter().any(|need| need.id == "JMX112"), "{}", import.report.text());
    assert!(import.report.text().contains("it has no end, whatever its loops"), "{}", import.report.text());
    let blank = imported(&SHOP.replace("${__P(loops,10)}", ""));
    assert_eq!(refusals(&blank).iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["JMX109"]);
    for (part, with) in [("${__P(users,5)}", "0"), ("${__P(users,5)}", "_THREADS_"), ("${__P(loops,10)}", "1.5")] {
        let none = imported(&SHOP.replace(part, with));
        assert_eq!(refusals(&none), [("JMX002", 4)], "{with}: {}", none.report.text());
    }
}

#[test]
fn what_is_played_once_is_played_in_the_first_round_of_its_loop() {
    let once = |name: &str| controller("OnceOnlyController", "", &sampler(name, ""));
    let looped = |inside: &str| controller("LoopController", &text("LoopController.loops", "3"), inside);
    let near = written(&looped(&(once("a") + &sampler("b", ""))));
    holds(&near, &["repeat = 3\nas = \"round\"", "if = \"${round} == 0\"\n"]);
    assert!(!near.contains("once ="), "{near}");
    let far = written(&looped(&controller("GenericController", "", &(once("a") + &sampler("b", "")))));
    holds(&far, &["if = \"${round} == 0\"\nonce = true"]);
    let once_of_one = controller("LoopController", &text("LoopController.loops", "1"), &once("a"));
    let inner = written(&looped(&(once_of_one + &sampler("b", ""))));
    assert!(
        !inner.contains("${round} == 0") && !inner.contains("once ="),
        "each round of the outer loop begins it: {inner}"
    );
    let alone = written(&looped(&sampler("b", "")));
    assert!(!alone.contains("as = "), "{alone}");
}

#[test]
fn a_number_of_executions_is_counted() {
    let counted = |each: &str| {
        controller(
            "ThroughputController",
            &(text("ThroughputController.style", "0")
                + &text("ThroughputController.maxThroughput", "2")
                + &text("ThroughputController.perThread", each)),
            &sampler("a", ""),
        )
    };
    holds(&written(&counted("true")), &["if = \"${user.sequence} < 2\""]);
    holds(&written(&counted("false")), &["if = \"${sequence} < 2\""]);
    let looped = controller("LoopController", &text("LoopController.loops", "3"), &counted("true"));
    holds(&written(&looped), &["sum(${ThroughputController_played}, 0)", "set = { ThroughputController_played = "]);
    let twice = written(&controller(
        "LoopController",
        &text("LoopController.loops", "3"),
        &(counted("true") + &counted("true")),
    ));
    holds(&twice, &["set = { ThroughputController_played = ", "set = { ThroughputController_played_more = "]);
}

#[test]
fn interleaved_blocks_are_played_step_by_step_unless_they_are_blocks() {
    let block = controller("GenericController", "", &(sampler("b", "") + &sampler("c", "")));
    let inside = sampler("a", "") + &block;
    let parts =
        written(&controller("InterleaveControl", "<intProp name=\"InterleaveControl.style\">0</intProp>", &inside));
    assert_eq!(parts.matches("pick = \"in_turn\"").count(), 2, "{parts}");
    let whole =
        written(&controller("InterleaveControl", "<intProp name=\"InterleaveControl.style\">1</intProp>", &inside));
    assert_eq!((whole.matches("pick = \"in_turn\"").count(), whole.matches("repeat = 1").count()), (1, 1), "{whole}");
}

#[test]
fn a_list_that_the_plan_writes_is_gone_through_row_by_row() {
    let listed = SHOP.replacen(
        "<elementProp name=\"base\" elementType=\"Argument\">",
        &(["in_1", "in_2", "in_3"].iter().fold(String::new(), |all, name| {
            all + &format!(
                "<elementProp name=\"{name}\" elementType=\"Argument\">{}{}</elementProp>",
                text("Argument.name", name),
                text("Argument.value", &name.replace("in_", "v"))
            )
        }) + "<elementProp name=\"base\" elementType=\"Argument\">"),
        1,
    );
    let each = |more: &str| {
        controller(
            "ForeachController",
            &(text("ForeachController.inputVal", "in") + &text("ForeachController.returnVal", "it") + more),
            &sampler("s", "").replace("/s<", "/${it}<"),
        )
    };
    let whole = |more: &str| {
        imported(&listed.replacen(
            "<TransactionController guiclass",
            &(each(more) + "<TransactionController guiclass"),
            1,
        ))
    };
    let all = whole("").scenario.unwrap();
    plan(&all);
    holds(
        &all,
        &[
            "rows = [[\"v1\"], [\"v2\"], [\"v3\"]]",
            "repeat = 3\nnext = [\"ForeachController\"]",
            "path = \"/${ForeachController.it}\"",
        ],
    );
    let some = whole(&(text("ForeachController.startIndex", "1") + &text("ForeachController.endIndex", "3")))
        .scenario
        .unwrap();
    holds(&some, &["rows = [[\"v2\"], [\"v3\"]]"]);
    let many = |count: usize| {
        let defined = (1..=count).map(|at| {
            format!(
                "<elementProp name=\"in_{at}\" elementType=\"Argument\">{}{}</elementProp>",
                text("Argument.name", &format!("in_{at}")),
                text("Argument.value", "v")
            )
        });
        let base = "<elementProp name=\"base\" elementType=\"Argument\">";
        let plan = SHOP.replacen(base, &(defined.collect::<String>() + base), 1);
        let before = "<TransactionController guiclass";
        imported(&plan.replacen(before, &(each("") + before), 1))
    };
    holds(&many(1_500).scenario.unwrap(), &["repeat = 1500"]);
    assert_eq!(refusals(&many(10_001)).first().map(|(id, _)| *id), Some("JMX109"));
}

#[test]
fn a_while_that_never_ends_is_refused() {
    for (condition, id) in [("true", "JMX113"), ("", "JMX109"), ("LAST", "JMX109")] {
        let import =
            with(&controller("WhileController", &text("WhileController.condition", condition), &sampler("a", "")));
        assert_eq!(refusals(&import).iter().map(|(id, _)| *id).collect::<Vec<_>>(), [id], "{condition}");
    }
}

#[test]
fn what_a_failure_ends_is_said_beside_the_groups_or_in_them() {
    let action = |action: &str| {
        format!(
            "<ResultAction testname=\"r\"><intProp name=\"OnError.action\">{action}</intProp></ResultAction><hashTree/>"
        )
    };
    for (number, ends) in [("1", "stop_user"), ("2", "stop_run"), ("4", "next_iteration")] {
        holds(&written(&action(number)), &[&format!("on_failure = \"{ends}\"")]);
    }
    for (number, ends, told) in [("3", "stop_run", "requests under way"), ("5", "next_iteration", "round of the loop")]
    {
        let import = with(&action(number));
        assert!(import.report.text().contains(told), "{}", import.report.text());
        holds(&import.scenario.unwrap(), &[&format!("on_failure = \"{ends}\"")]);
    }
    let next = |looped: bool| {
        let next =
            format!("<TestAction testname=\"t\">{}</TestAction><hashTree/>", text("ActionProcessor.action", "4"));
        let inside = next + &sampler("a", "");
        let loops = text("LoopController.loops", "2");
        with(&if looped { controller("LoopController", &loops, &inside) } else { inside })
    };
    assert!(next(true).report.text().contains("round of the loop"));
    assert!(!next(false).report.text().contains("round of the loop"));
    let of_plan = SHOP.replacen("<ThreadGroup guiclass", &(action("1") + "<ThreadGroup guiclass"), 1);
    holds(&imported(&of_plan).scenario.unwrap(), &["on_failure = \"stop_user\""]);
    let inner = with(&controller("GenericController", "", &(action("1") + &sampler("a", ""))));
    assert_eq!(refusals(&inner).len(), 1, "{}", inner.report.text());
}

#[test]
fn cookies_are_kept_as_long_as_their_manager_says() {
    let manager = |more: &str| {
        format!(
            "<CookieManager testname=\"c\"><collectionProp name=\"CookieManager.cookies\"/>{more}</CookieManager><hashTree/>"
        )
    };
    for (more, same_user, line) in [
        ("", "true", Some("cookies = true")),
        (
            "<boolProp name=\"CookieManager.clearEachIteration\">true</boolProp>",
            "true",
            Some("cookies = \"iteration\""),
        ),
        (
            "<boolProp name=\"CookieManager.controlledByThreadGroup\">true</boolProp>",
            "false",
            Some("cookies = \"iteration\""),
        ),
        ("", "false", Some("cookies = true")),
        ("<stringProp name=\"CookieManager.policy\">ignoreCookies</stringProp>", "true", None),
    ] {
        let text =
            SHOP.replace("same_user_on_next_iteration\">true", &format!("same_user_on_next_iteration\">{same_user}"));
        let text =
            text.replacen("<TransactionController guiclass", &(manager(more) + "<TransactionController guiclass"), 1);
        let scenario = imported(&text).scenario.unwrap();
        plan(&scenario);
        assert_eq!(scenario.lines().find(|line| line.starts_with("cookies")), line, "{scenario}");
    }
}

#[test]
fn throughput_timers_count_what_is_in_their_scope() {
    let timer = |rate: &str, mode: &str| {
        format!(
            "<ConstantThroughputTimer testname=\"t\"><doubleProp><name>throughput</name><value>{rate}</value></doubleProp>{mode}</ConstantThroughputTimer><hashTree/>"
        )
    };
    // The shop has two requests of its own.
    holds(&written(&timer("60.0", "")), &["pacing = \"2s\""]);
    holds(&written(&timer("60.0", &text("calcMode", "Nur dieser Thread"))), &["pacing = \"2s\""]);
    holds(&written(&timer("60.0", "<intProp name=\"calcMode\">2</intProp>")), &["pacing = \"10s\""]);
    let one = controller("GenericController", "", &(timer("60.0", "") + &sampler("a", "")));
    holds(&written(&one), &["pacing = \"1s\""]);
    let looped =
        controller("LoopController", &text("LoopController.loops", "5"), &(timer("60.0", "") + &sampler("b", "")));
    holds(&written(&(one + &looped)), &["pacing = \"5s\""]);
}

#[test]
fn a_schedule_of_arrivals_gives_the_stages() {
    let of = |class: &str, properties: &str| {
        let start = SHOP.find("<ThreadGroup guiclass").unwrap();
        let end = SHOP.find("</ThreadGroup>").unwrap() + "</ThreadGroup>".len();
        let group = format!("<{class} testname=\"g\">{properties}</{class}>");
        let import = imported(&format!("{}{group}{}", &SHOP[..start], &SHOP[end..]));
        let scenario = import.scenario.unwrap_or_else(|| panic!("{}", import.report.text()));
        plan(&scenario);
        scenario
    };
    let open = of(
        "OpenModelThreadGroup",
        &text("OpenModelThreadGroup.schedule", "rate(60/min) random_arrivals(2 min) rate(5/s)"),
    );
    holds(&open, &["arrivals = \"poisson\"", "connection = \"iteration\"", "rate = 5\nramp = \"120s\""]);
    let row: String = ["60", "120", "5"].map(|cell| text("1", cell)).concat();
    let rows =
        format!("<collectionProp name=\"Schedule\"><collectionProp name=\"1\">{row}</collectionProp></collectionProp>");
    let free = of("com.blazemeter.jmeter.threads.arrivals.FreeFormArrivalsThreadGroup", &(rows + &text("Unit", "M")));
    holds(&free, &["rate = 2\nramp = \"300s\""]);
}

#[test]
fn what_only_other_protocols_read_refuses_nothing_and_their_samplers_do() {
    let inert = "<ConfigTestElement guiclass=\"TCPConfigGui\" testname=\"t\"><stringProp name=\"TCPSampler.server\">x</stringProp>\
                 </ConfigTestElement><hashTree/><JDBCDataSource testname=\"d\"><stringProp name=\"dbUrl\">x</stringProp></JDBCDataSource>\
                 <hashTree/><SoapSampler testname=\"s\"/><hashTree/>";
    assert_eq!(refusals(&with(inert)), []);
    for class in ["JavaSampler", "eu.luminis.jmeter.wssampler.OpenWebSocketSampler", "JDBCPreProcessor"] {
        let inside = format!("<{class} testname=\"x\"/><hashTree><OddPart testname=\"o\"/><hashTree/></hashTree>");
        assert_eq!(refusals(&with(&inside)).iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["JMX102"], "{class}");
    }
    let disabled = "<GenericController testname=\"g\" enabled=\"false\"/><hashTree><com.example.Odd testname=\"o\"/><hashTree/></hashTree>";
    assert_eq!(refusals(&with(disabled)), []);
}

#[test]
fn rows_are_taken_where_their_controller_begins() {
    let rows = |name: &str| {
        format!(
            "<CSVDataSet testname=\"c\">{}{}</CSVDataSet><hashTree/>",
            text("filename", &format!("{name}.csv")),
            text("variableNames", "x")
        )
    };
    let used = sampler("s", "").replace("/s<", "/${x}<");
    let when = controller("IfController", &text("IfController.condition", "${__groovy(1 == 1)}"), &(rows("a") + &used));
    let import = with(&when);
    holds(&import.scenario.unwrap_or_else(|| panic!("{}", import.report.text())), &["next = [\"a\"]"]);
    let bought = controller("TransactionController", "", &(rows("b") + &used));
    assert!(!with(&bought).scenario.unwrap().contains("next"), "an iteration takes a row anyway");
    let looped = controller("LoopController", &text("LoopController.loops", "2"), &bought);
    holds(&with(&looped).scenario.unwrap(), &["group = \"TransactionController\"\nnext = [\"b\"]"]);
    let each = controller("LoopController", &text("LoopController.loops", "2"), &(rows("c") + &used));
    let twice = with(&(each.clone() + &each)).scenario.unwrap();
    assert_eq!(twice.matches("repeat = 2\nnext = [\"c\"]").count(), 2, "{twice}");
    assert_eq!(twice.matches("file = \"c.csv\"").count() + twice.matches("/c.csv\"").count(), 1, "{twice}");
}

#[test]
fn a_host_in_a_data_file_that_is_not_there_is_asked_for() {
    let rows = format!(
        "<CSVDataSet testname=\"c\">{}{}</CSVDataSet><hashTree/>",
        text("filename", "hosts.csv"),
        text("variableNames", "url")
    );
    let import = with(&(rows + &sampler("a", &text("HTTPSampler.domain", "${url}"))));
    assert!(
        import.report.needs.iter().any(|need| need.id == "JMX108" && need.what.contains("the host stands")),
        "{}",
        import.report.text()
    );
    assert!(import.scenario.is_some(), "{}", import.report.text());
}

#[test]
fn two_scripts_of_one_request_keep_their_names_and_their_order() {
    let script = |of: &str, code: &str| {
        format!("<JSR223{of} testname=\"p\">{}</JSR223{of}><hashTree/>", text("script", &code.replace('"', "'")))
    };
    let after = |code: &str| {
        let json = "def json = new groovy.json.JsonSlurper().parseText(prev.getResponseDataAsString())\n";
        script("PostProcessor", &format!("{json}{code}"))
    };
    let both = |first: String, second: String| {
        with(&sampler("s", "").replace("<hashTree/>", &format!("<hashTree>{first}{second}</hashTree>")))
    };
    let scenario = |import: Import| import.scenario.unwrap_or_else(|| panic!("{}", import.report.text()));
    let kept = both(after("vars.put('old', vars.get('id'))"), after("vars.put('id', json.id)"));
    let kept = scenario(kept);
    holds(&kept, &["var = \"answer_id\", json = \"$.id\"", "old = \"${id}\"", "id = \"${answer_id}\""]);
    let direct = scenario(both(after("vars.put('id', json.id)"), after("vars.put('old', vars.get('id'))")));
    holds(&direct, &["var = \"id\", json = \"$.id\"", "old = \"${id}\""]);
    // The same path is taken once, two paths of one name are refused.
    let set = |path: &str| after(&format!("vars.put('a', 'x' + json.{path})"));
    assert_eq!(scenario(both(set("user.id"), set("user.id"))).matches("json = \"$.user.id\"").count(), 1);
    assert_eq!(refusals(&both(set("user.id"), set("user_id"))).first().map(|(id, _)| *id), Some("JMX105"));
    let asked = format!(
        "<ResponseAssertion testname=\"r\"><collectionProp name=\"Asserion.test_strings\">{}</collectionProp>{}</ResponseAssertion><hashTree/>",
        text("1", "x1"),
        text("Assertion.test_type", "8") + &text("Assertion.scope", "variable") + &text("Scope.variable", "a")
    );
    assert_eq!(refusals(&both(set("user.id"), asked.clone())).first().map(|(id, _)| *id), Some("JMX109"));
    assert_eq!(refusals(&both(asked, set("user.id"))).first().map(|(id, _)| *id), Some("JMX105"));
    let judge = script("Assertion", "if (vars.get('a') != 'x1') AssertionResult.setFailure(true)");
    assert_eq!(refusals(&both(set("user.id"), judge)).first().map(|(id, _)| *id), Some("JMX105"));
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
