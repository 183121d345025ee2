//! What makes an answer a success.
//!
//! In: assertions. Out: entries of a step's `check`, or the statuses it expects. Always holds: an assertion on
//! something that cannot be looked at is refused, never weakened.

use super::taken::Taken;
use super::write::{one_line, table};
use super::{Importer, extract};
use crate::jmeter::jmx::{Element, Property};

const MATCH: u64 = 1;
const CONTAINS: u64 = 2;
const NOT: u64 = 4;
const EQUALS: u64 = 8;
const SUBSTRING: u64 = 16;
const OR: u64 = 32;

/// What assertions ask of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) checks: Vec<String>,
    /// The statuses of a success, where an assertion takes the place of JMeter's own.
    pub(super) expect: Option<String>,
}

/// Whether an assertion's class is known.
pub(super) fn is_assertion(class: &str) -> bool {
    matches!(
        class,
        "ResponseAssertion" | "DurationAssertion" | "JSONPathAssertion" | "SizeAssertion" | "XPathAssertion"
    )
}

impl Importer<'_> {
    /// What an assertion asks.
    pub(super) fn assertion(&mut self, element: &Element) -> Asked {
        let taken = Taken::new(element);
        match taken.text("Assertion.scope") {
            "" | "parent" => {}
            "all" => self.approximate(element, "the answer alone is looked at, and not what it embeds"),
            "variable" if element.is("ResponseAssertion") => {}
            scope => self.refuse(element, "JMX109", format!("Assertion.scope={scope}")),
        }
        taken.ignore(&["Assertion.custom_message", "Scope.variable"]);
        let mut asked = Asked::default();
        match element.simple_class() {
            "ResponseAssertion" => asked = self.response(&taken),
            "XPathAssertion" => asked.checks.extend(self.xpath_assertion(&taken)),
            "JSONPathAssertion" => asked.checks.extend(self.json_assertion(&taken)),
            "DurationAssertion" => match self.whole(element, ("duration", taken.text("DurationAssertion.duration"))) {
                Some(0) | None => {}
                Some(limit) => asked.checks.push(format!("{{ duration = \"<={limit}ms\" }}")),
            },
            _ => asked.checks.extend(self.size(&taken)),
        }
        self.finish(&taken);
        asked
    }

    fn size(&mut self, taken: &Taken<'_>) -> Option<String> {
        let op = match taken.text("SizeAssertion.operator").trim() {
            "3" => ">",
            "4" => "<",
            "5" => ">=",
            "6" => "<=",
            "1" | "" => "==",
            other => {
                self.refuse(taken.element, "JMX109", format!("SizeAssertion.operator={other}"));
                return None;
            }
        };
        if taken.text("Assertion.test_field") != "SizeAssertion.response_data" {
            self.refuse(taken.element, "JMX109", "SizeAssertion: only the size of the body is looked at");
        }
        let size = self.whole(taken.element, ("size", taken.text("SizeAssertion.size")))?;
        let text = if op == "==" { size.to_string() } else { format!("{op}{size}") };
        Some(format!("{{ size = \"{text}\" }}"))
    }

    fn json_assertion(&mut self, taken: &Taken<'_>) -> Option<String> {
        let element = taken.element;
        let path = self.json_path(element, taken.text("JSON_PATH"));
        let expected = taken.text("EXPECTED_VALUE");
        let (validates, regex) = (taken.truth("JSONVALIDATION", false), taken.truth("ISREGEX", true));
        let mut pairs = vec![("json".to_owned(), one_line(&path))];
        if !validates {
            taken.ignore(&["EXPECT_NULL"]);
            pairs.push(("exists".to_owned(), "true".to_owned()));
        } else if taken.truth("EXPECT_NULL", false) {
            self.approximate(element, "the text \"null\" is taken for a null");
            pairs.push(("equals".to_owned(), one_line("null")));
        } else if regex {
            let regex = self.known_regex(element, &format!("^(?:{expected})$"));
            pairs.push(("matches".to_owned(), one_line(&regex)));
        } else {
            let expected = self.template(element, expected);
            pairs.push(("equals".to_owned(), one_line(&expected)));
        }
        if taken.truth("INVERT", false) {
            pairs.push(("not".to_owned(), "true".to_owned()));
        }
        Some(table(&pairs))
    }

    /// Where an assertion looks, other than at the body.
    fn place_of(&mut self, taken: &Taken<'_>) -> Option<(String, String)> {
        let element = taken.element;
        if taken.text("Assertion.scope") == "variable" {
            let name = taken.text("Scope.variable").trim();
            return Some(("value".to_owned(), one_line(&self.template(element, &format!("${{{name}}}")))));
        }
        let place = match taken.text("Assertion.test_field") {
            "" | "Assertion.response_data" | "Assertion.response_data_as_document" => return None,
            "Assertion.response_headers" => "headers",
            "Assertion.response_message" => "reason",
            field => {
                let cause = format!("Assertion.test_field={field}: code, message, headers and body are known");
                self.refuse(element, "JMX109", cause);
                return None;
            }
        };
        Some(("in".to_owned(), one_line(place)))
    }

    fn response(&mut self, taken: &Taken<'_>) -> Asked {
        let element = taken.element;
        let bits = self.whole(element, ("Assertion.test_type", taken.text("Assertion.test_type"))).unwrap_or(CONTAINS);
        let strings: Vec<String> = ["Asserion.test_strings", "Assertion.test_strings"]
            .into_iter()
            .filter_map(|name| taken.property(name))
            .flat_map(Property::parts)
            .filter_map(|part| part.text().map(str::to_owned))
            .collect();
        let assumed = taken.truth("Assertion.assume_success", false);
        if taken.text("Assertion.test_field") == "Assertion.response_code"
            && taken.text("Assertion.scope") != "variable"
        {
            return self.status(element, (&strings, bits), assumed);
        }
        let place = self.place_of(taken);
        let mut asked = Asked::default();
        if assumed {
            asked.expect = Some("[\"1xx\", \"2xx\", \"3xx\", \"4xx\", \"5xx\"]".to_owned());
        }
        let kind = bits & !(NOT | OR);
        if bits & OR != 0 && strings.len() > 1 {
            let any = self.any_of(element, (&strings, kind), bits & NOT != 0);
            asked.checks.extend(any.map(|test| table(&place.into_iter().chain([test]).collect::<Vec<_>>())));
            return asked;
        }
        for wanted in &strings {
            // Anything before it alone would be less than what a whole match asks.
            let whole = wanted.trim();
            let kept =
                |text: &&str| kind != MATCH || *text == whole || (whole.starts_with(".*") && whole.ends_with(".*"));
            let text = varying_text(wanted).filter(kept).filter(|_| self.fixed.constant(wanted).is_none());
            let (key, value) = match kind {
                MATCH | CONTAINS if text.is_some() => {
                    self.approximate(
                        element,
                        "what varies in it is looked for as a text, and not as a regular expression",
                    );
                    let key = if kind == MATCH && text == Some(whole) { "equals" } else { "contains" };
                    (key, self.template(element, text.unwrap_or_default()))
                }
                MATCH => ("matches", self.regex_of(element, &format!("^(?:{wanted})$"))),
                CONTAINS => ("matches", self.regex_of(element, wanted)),
                EQUALS => ("equals", self.template(element, wanted)),
                SUBSTRING => ("contains", self.template(element, wanted)),
                other => {
                    self.refuse(element, "JMX109", format!("Assertion.test_type={other}"));
                    continue;
                }
            };
            let mut pairs: Vec<(String, String)> = place.clone().into_iter().collect();
            pairs.push((key.to_owned(), one_line(&value)));
            if bits & NOT != 0 {
                pairs.push(("not".to_owned(), "true".to_owned()));
            }
            asked.checks.push(table(&pairs));
        }
        asked
    }

    fn regex_of(&mut self, element: &Element, regex: &str) -> String {
        self.known_regex(element, regex)
    }

    fn any_of(&mut self, element: &Element, (strings, kind): (&[String], u64), not: bool) -> Option<(String, String)> {
        let parts: Vec<String> = strings
            .iter()
            .map(|wanted| match kind {
                CONTAINS => format!("(?:{wanted})"),
                SUBSTRING => extract::escaped(wanted),
                MATCH => format!("^(?:{wanted})$"),
                _ => format!("^{}$", extract::escaped(wanted)),
            })
            .collect();
        let regex = self.regex_of(element, &parts.join("|"));
        if not {
            self.refuse(element, "JMX109", "a test that is both NOT and OR");
            return None;
        }
        Some(("matches".to_owned(), one_line(&regex)))
    }

    /// An assertion on the status: on each status there is, so that any way of writing it comes to a list.
    fn status(&mut self, element: &Element, (strings, bits): (&[String], u64), assumed: bool) -> Asked {
        let mut tests: Vec<regex::Regex> = Vec::new();
        for wanted in strings {
            let wanted = self.fixed.constant(wanted).unwrap_or_else(|| wanted.clone()).trim().to_owned();
            let pattern = match bits & !(NOT | OR) {
                EQUALS => extract::escaped(&wanted),
                SUBSTRING => format!(".*{}.*", extract::escaped(&wanted)),
                MATCH => wanted.clone(),
                CONTAINS => format!(".*(?:{wanted}).*"),
                other => {
                    self.refuse(element, "JMX109", format!("Assertion.test_type={other}"));
                    continue;
                }
            };
            match regex::Regex::new(&format!("^(?:{})$", super::dialect::regex(&pattern))) {
                Ok(regex) => tests.push(regex),
                Err(_) => self.refuse(element, "JMX106", format!("regular expression {wanted} is not one here")),
            }
        }
        let (not, any) = (bits & NOT != 0, bits & OR != 0);
        let holds = |code: u16| {
            let text = code.to_string();
            let mut each = tests.iter().map(|test| test.is_match(&text) != not);
            if any { each.any(|good| good) } else { each.all(|good| good) }
        };
        if tests.is_empty() {
            return Asked { expect: assumed.then(|| statuses(|_| true)), ..Asked::default() };
        }
        // JMeter's own rule, 200 to 399, holds beside it unless it is told to assume success.
        let good = |code: u16| holds(code) && (assumed || (200..400).contains(&code));
        if (100..600).any(good) {
            return Asked { expect: Some(statuses(good)), ..Asked::default() };
        }
        self.approximate(
            element,
            "no answer succeeds, as in JMeter: it asks for a status that JMeter takes for a failure",
        );
        let check = format!("{{ status = {} }}", statuses(holds));
        Asked { checks: if (100..600).any(holds) { vec![check] } else { Vec::new() }, expect: None }
    }
}

/// A regular expression that varies, and is a plain text but for that and for anything around it.
fn varying_text(regex: &str) -> Option<&str> {
    let plain = regex.trim();
    let plain = plain.strip_prefix(".*").unwrap_or(plain);
    let plain = plain.strip_suffix(".*").unwrap_or(plain);
    let mut literal = String::new();
    for piece in plain.split("${") {
        literal.push_str(piece.split_once('}').map_or(piece, |(_, behind)| behind));
    }
    (plain.contains("${") && !literal.contains(|c| "\\[](){}*+?|^$".contains(c))).then_some(plain)
}

/// The statuses for which `good` holds, as a step expects them.
fn statuses(good: impl Fn(u16) -> bool) -> String {
    let mut parts = Vec::new();
    for class in 1..=5_u16 {
        let all: Vec<u16> = (class * 100..class * 100 + 100).filter(|code| good(*code)).collect();
        if all.len() == 100 {
            parts.push(format!("\"{class}xx\""));
        } else {
            parts.extend(all.into_iter().map(|code| code.to_string()));
        }
    }
    if let [one] = parts.as_slice() { one.clone() } else { format!("[{}]", parts.join(", ")) }
}
