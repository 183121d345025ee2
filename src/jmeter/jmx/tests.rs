//! Plans as JMeter writes them, and bytes that are none.

use proptest::prelude::*;

use super::*;

const SHOP: &str = include_str!("../../../tests/data/jmx/shop.jmx");

fn parse(text: &str) -> Result<Jmx, JmxError> {
    Jmx::parse(text.as_bytes(), Path::new("x.jmx"))
}

fn shop() -> Jmx {
    parse(SHOP).unwrap()
}

#[test]
fn a_plan_is_read_as_jmeters_tree_shows_it() {
    let jmx = shop();
    let met = jmx.walk();
    let shown: Vec<(&str, bool, usize)> =
        met.iter().map(|met| (met.path.as_str(), met.enabled, met.element.line)).collect();
    assert_eq!(
        shown,
        [
            ("Shop", true, 4),
            ("Shop/Buyers", true, 17),
            ("Shop/Buyers/HTTP Request Defaults", true, 31),
            ("Shop/Buyers/HTTP Header Manager", true, 42),
            ("Shop/Buyers/Buy", true, 51),
            ("Shop/Buyers/Buy/Search", true, 56),
            ("Shop/Buyers/Buy/Pay", true, 76),
            ("Shop/Buyers/Buy/Pay/Paid", true, 92),
            ("Shop/Buyers/Think", true, 104),
            ("Shop/Buyers/Debug", false, 108),
            ("Shop/View Results Tree", true, 113),
        ]
    );
    assert_eq!(jmx.jmeter.as_deref(), Some("5.5"));
}

#[test]
fn properties_keep_their_types_their_parts_and_their_lines() {
    let jmx = shop();
    let group = &jmx.plan.children[0];
    assert_eq!(group.text("ThreadGroup.num_threads"), Some("${__P(users,5)}"));
    assert_eq!(group.text("ThreadGroup.same_user"), None, "an absent property is no blank one");
    let looped = group.property("ThreadGroup.main_controller").unwrap();
    assert_eq!(
        (looped.class.as_str(), looped.part("LoopController.loops")),
        ("LoopController", Some("${__P(loops,10)}"))
    );
    assert_eq!((looped.kind.as_str(), looped.line), ("elementProp", 19));
    let pay = &group.children[2].children[1];
    let arguments = pay.property("HTTPsampler.Arguments").unwrap().parts()[0].parts();
    assert_eq!(arguments[0].part("Argument.value"), Some("{\"user\": ${__threadNum}, \"amount\": ${__Random(1,9)}}"));
    let collector = &jmx.plan.children[1];
    let config = collector.properties.iter().find(|property| property.kind == "objProp").unwrap();
    assert_eq!((config.name.as_str(), config.parts()[0].part("")), ("saveConfig", Some("true")));
}

#[test]
fn numbers_with_a_saved_value_are_numbers() {
    let text = SHOP.replace(
        "<stringProp name=\"ConstantTimer.delay\">20</stringProp>",
        "<doubleProp><name>a</name><value>0.5</value><savedValue>0.0</savedValue></doubleProp><FloatProperty>\
         <name>b</name><value>100.0</value><savedValue>0.0</savedValue></FloatProperty>",
    );
    let jmx = parse(&text).unwrap();
    let timer = &jmx.plan.children[0].children[3];
    assert_eq!((timer.text("a"), timer.text("b")), (Some("0.5"), Some("100.0")));
}

#[test]
fn a_disabled_element_takes_all_below_it_out() {
    let text = SHOP.replace("testname=\"Buy\" enabled=\"true\"", "testname=\"Buy\" enabled=\"false\"");
    let jmx = parse(&text).unwrap();
    let out: Vec<String> = jmx.walk().into_iter().filter(|met| !met.enabled).map(|met| met.path).collect();
    assert_eq!(out.len(), 5, "{out:?}");
    let text = SHOP.replace("testname=\"Buyers\" enabled=\"true\"", "testname=\"Buyers\"");
    assert!(parse(&text).unwrap().walk()[1].enabled, "one that does not say is enabled");
}

#[test]
fn recorded_bodies_with_forbidden_characters_are_read() {
    let text = SHOP.replace("tea &amp;", "&#x1f;&#x8b;&#x8;&#x0;");
    let jmx = parse(&text).unwrap();
    let search = &jmx.plan.children[0].children[2].children[0];
    let value = search.property("HTTPsampler.Arguments").unwrap().parts()[0].parts()[0].part("Argument.value");
    assert!(value.unwrap().starts_with("\u{1f}\u{8b}\u{8}\0 $"));
}

#[test]
fn bytes_that_are_no_utf_8_are_replaced_and_that_is_told() {
    let text = SHOP.replace("UTF-8", "GB2312");
    let mut bytes = text.into_bytes();
    let at = bytes.windows(6).position(|w| w == b"Buyers").unwrap();
    bytes[at] = 0xb2;
    let jmx = Jmx::parse(&bytes, Path::new("x.jmx")).unwrap();
    assert!(jmx.replaced && !shop().replaced);
}

#[test]
fn what_is_no_plan_is_refused_by_its_id_with_its_place() {
    for (text, part) in [
        ("<jmeterTestPlan>", "x.jmx:1:17: JMX001: no XML that JMeter loads"),
        ("hello", "x.jmx:1:6: JMX001"),
        ("\n<html/>", "x.jmx:2: JMX002: the outermost element"),
        (
            "<jmeterTestPlan><hashTree><ThreadGroup/></hashTree></jmeterTestPlan>",
            "x.jmx:1: JMX002: there is no test plan",
        ),
    ] {
        let error = parse(text).map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with(part), "{error}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _read = Jmx::parse(&bytes, Path::new("x.jmx"));
    }

    /// Plans with a piece cut out, doubled or overwritten: what is still a plan can be walked.
    #[test]
    fn no_damaged_plan_panics(from in 0..SHOP.len(), length in 0_usize..400, instead in "[<>&#;a-z/\"= ]{0,12}") {
        let mut bytes = SHOP.as_bytes().to_vec();
        let until = (from + length).min(bytes.len());
        bytes.splice(from..until, instead.bytes());
        if let Ok(jmx) = Jmx::parse(&bytes, Path::new("x.jmx")) {
            prop_assert!(!jmx.walk().is_empty());
        }
    }
}
