//! Damaged plans: no panic, no element without its account, no scenario that is none.
//!
//! Plans of `tests/data/jmx` are changed by bytes, by elements and by values, from a seed; what must hold of each is said
//! by `jmeter::import::trial`, which the libFuzzer target of `fuzz/` calls too.
// A test ends where it panics. The long one is bounded by the clock.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods)]

use std::fs;
use std::panic;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tollgate::jmeter::import::trial::trial;

/// Values that plans are not expected to hold, and some that they are.
const VALUES: [&str; 36] = [
    "",
    "-1",
    "0",
    "1",
    "true",
    "false",
    "99999999999999999999",
    "1e400",
    "NaN",
    "${",
    "${}",
    "$${",
    "${x}",
    "${__P(x)}",
    "${__P(x,)}",
    "${__groovy(vars.get(\"x\") == \"1\")}",
    "${__groovy(${__groovy(${__groovy(1)})})}",
    "${__javaScript(1+",
    "${__Random(9,1)}",
    "${__time(yyyy'x)}",
    "${__counter()}",
    "(?<=a)b",
    "(",
    "$..[?(@.a=='b')]",
    "$.a[",
    "';drop",
    "'''",
    "a\nb\r\nc",
    "\u{0}\u{1f}",
    "奶茶 &amp; &#x1f;",
    "http://a b/?c=${d}",
    "/a?b=c d",
    "vars.put(\"a\", \"${b}\")\nprops.put('c', 'd')",
    "if (vars.get('x') == null) { return }\nvars.put('id', UUID.randomUUID().toString())",
    "import x\nfor (;;) {}",
    "<EOF>",
];
/// Classes that take the place of others.
const CLASSES: [&str; 24] = [
    "HTTPSamplerProxy",
    "ThreadGroup",
    "SetupThreadGroup",
    "LoopController",
    "IfController",
    "WhileController",
    "ForeachController",
    "OnceOnlyController",
    "TransactionController",
    "RandomController",
    "InterleaveControl",
    "ThroughputController",
    "SwitchController",
    "JSR223PreProcessor",
    "JSR223Sampler",
    "BeanShellAssertion",
    "CSVDataSet",
    "CounterConfig",
    "RegexExtractor",
    "JSONPostProcessor",
    "ResponseAssertion",
    "ConstantThroughputTimer",
    "CookieManager",
    "com.example.Odd",
];

/// Numbers that look random (Steele, Lea and Flood 2014).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound.max(1) as u64) as usize
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

fn collect(folder: &Path, plans: &mut Vec<(PathBuf, Vec<u8>)>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, plans);
        } else if path.extension().is_some_and(|extension| extension == "jmx") {
            let bytes = fs::read(&path).unwrap();
            plans.push((path, bytes));
        }
    }
}

fn plans() -> Vec<Vec<u8>> {
    let mut plans = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/jmx"), &mut plans);
    assert!(plans.len() >= 8, "the plans were not found");
    plans.into_iter().map(|(_, bytes)| bytes).collect()
}

/// Bytes taken out, doubled, turned, or put in.
fn damaged(plan: &mut Vec<u8>, numbers: &mut Numbers) {
    let from = numbers.below(plan.len());
    let until = (from + numbers.below(200)).min(plan.len());
    match numbers.below(4) {
        0 => drop(plan.drain(from..until)),
        1 => drop(plan.splice(from..from, plan[from..until].to_vec())),
        2 => plan[from] ^= 1 << numbers.below(8),
        _ => drop(plan.splice(from..until, numbers.of(&VALUES).bytes())),
    }
}

/// Where a line begins and ends on which `wanted` is true.
fn line(plan: &str, numbers: &mut Numbers, wanted: impl Fn(&str) -> bool) -> Option<(usize, usize)> {
    let mut places = Vec::new();
    let mut at = 0;
    for line in plan.split_inclusive('\n') {
        if wanted(line) {
            places.push((at, at + line.len()));
        }
        at += line.len();
    }
    if places.is_empty() { None } else { Some(*numbers.of(&places)) }
}

/// A value, a class or a whole property changed, so that the plan is still one.
fn changed(plan: &mut String, numbers: &mut Numbers) {
    let kind = numbers.below(5);
    let wanted = move |line: &str| match kind {
        0 | 1 => line.contains("<stringProp") && line.contains("</stringProp>"),
        2 => line.contains("guiclass="),
        3 => line.contains("Prop name=") && line.contains("</"),
        _ => line.contains("enabled=\"true\""),
    };
    let Some((from, until)) = line(plan, numbers, wanted) else { return };
    let text = plan[from..until].to_owned();
    let new = match kind {
        0 | 1 => {
            let start = text.find('>').map_or(0, |at| at + 1);
            let end = text.rfind("</").filter(|end| *end >= start).unwrap_or(start);
            let value = numbers.of(&VALUES).replace('<', "&lt;");
            format!("{}{value}{}", &text[..start], &text[end..])
        }
        2 => {
            let class = text.split(['<', ' ', '\n']).find(|word| !word.is_empty()).unwrap_or("Odd").to_owned();
            let other = (*numbers.of(&CLASSES)).to_owned();
            *plan = plan.replacen(&format!("<{class} "), &format!("<{other} "), 1).replacen(
                &format!("</{class}>"),
                &format!("</{other}>"),
                1,
            );
            return;
        }
        3 if numbers.below(2) == 0 => String::new(),
        3 => text.repeat(2),
        _ => text.replace("enabled=\"true\"", "enabled=\"false\""),
    };
    plan.replace_range(from..until, &new);
}

/// Tries plan after plan until `goes_on` says no. How many were tried.
fn hunt(seed: u64, mut goes_on: impl FnMut(u64) -> bool) -> u64 {
    let (plans, mut numbers, mut tried) = (plans(), Numbers(seed), 0);
    while goes_on(tried) {
        let mut plan = numbers.of(&plans).clone();
        for _ in 0..=numbers.below(6) {
            match String::from_utf8(plan) {
                Ok(mut text) if numbers.below(3) > 0 => {
                    changed(&mut text, &mut numbers);
                    plan = text.into_bytes();
                }
                Ok(text) => {
                    plan = text.into_bytes();
                    damaged(&mut plan, &mut numbers);
                }
                Err(error) => {
                    plan = error.into_bytes();
                    damaged(&mut plan, &mut numbers);
                }
            }
        }
        let broken = match panic::catch_unwind(|| trial(&plan)) {
            Ok(Ok(())) => None,
            Ok(Err(broken)) => Some(broken),
            Err(_) => Some("it panics".to_owned()),
        };
        if let Some(broken) = broken {
            let place = std::env::temp_dir().join(format!("tollgate-broken-{seed}-{tried}.jmx"));
            fs::write(&place, &plan).unwrap();
            panic!("seed {seed}, plan {tried}, kept as {}: {broken}", place.display());
        }
        tried += 1;
    }
    tried
}

#[test]
fn every_plan_of_the_tests_holds_what_an_import_promises() {
    for plan in plans() {
        assert_eq!(trial(&plan), Ok(()));
    }
}

#[test]
fn hundreds_of_damaged_plans_hold_what_an_import_promises() {
    assert_eq!(hunt(1, |tried| tried < 300), 300);
}

#[test]
#[ignore = "takes 15 s"]
fn no_plan_that_is_found_in_15_seconds_breaks_an_import() {
    let end = Instant::now() + Duration::from_secs(15);
    let seed = std::env::var("TOLLGATE_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(2);
    let tried = hunt(seed, |_| Instant::now() < end);
    assert!(tried > 100, "only {tried} plans were tried");
}
