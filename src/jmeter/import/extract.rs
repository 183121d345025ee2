//! Values taken out of answers.
//!
//! In: extractors. Out: entries of a step's `extract`. Always holds: a match that JMeter would draw at random is taken
//! as the first only where there can be one only.

use super::compose::{Made, composed, composition};
use super::data::plain_name;
use super::taken::Taken;
use super::write::{one_line, table};
use super::{Importer, markup};
use crate::jmeter::jmx::Element;

/// Whether an extractor's class is known.
pub(super) fn is_extractor(class: &str) -> bool {
    let markup = matches!(class, "XPathExtractor" | "XPath2Extractor" | "HtmlExtractor");
    markup || matches!(class, "RegexExtractor" | "JSONPostProcessor" | "BoundaryExtractor")
}

/// The variables that an extractor names, each with its match number.
pub(super) fn named(element: &Element) -> Vec<(String, String)> {
    let text = |name| element.text(name).unwrap_or_default();
    if let Some(name) = markup::variable(element).map(str::trim).filter(|name| !name.is_empty()) {
        return vec![(name.to_owned(), String::new())];
    }
    let (names, numbers) = match element.simple_class() {
        "RegexExtractor" => (text("RegexExtractor.refname"), text("RegexExtractor.match_number")),
        "JSONPostProcessor" => (text("JSONPostProcessor.referenceNames"), text("JSONPostProcessor.match_numbers")),
        "BoundaryExtractor" => (text("BoundaryExtractor.refname"), text("BoundaryExtractor.match_number")),
        _ => return Vec::new(),
    };
    let numbers: Vec<&str> = numbers.split(';').map(str::trim).collect();
    let names = names.split(';').map(str::trim).enumerate().filter(|(_, name)| !name.is_empty());
    names.map(|(at, name)| (name.to_owned(), numbers.get(at).copied().unwrap_or_default().to_owned())).collect()
}

impl Importer<'_> {
    /// The variables that an element sets, as templates.
    pub(super) fn variables_of(&self, element: &Element) -> Vec<(String, String)> {
        let each = named(element).into_iter().flat_map(|(name, number)| {
            let list = self.list_name(&name);
            let count = (number == "-1").then(|| (format!("{name}_matchNr"), format!("${{{list}.count}}")));
            let own = format!("${{{}}}", plain_name(&name));
            [(name, own)].into_iter().chain(count)
        });
        each.collect()
    }

    /// What the scenario calls a list: another name where a script also gives the variable itself a value.
    pub(super) fn list_name(&self, name: &str) -> String {
        let plain = plain_name(name);
        if self.scripted.gives(name) { format!("{plain}_all") } else { plain }
    }

    /// The entries of an extractor.
    pub(super) fn extracts(&mut self, element: &Element) -> Vec<String> {
        let taken = Taken::new(element);
        let entries = match element.simple_class() {
            "RegexExtractor" => self.regex(&taken),
            "BoundaryExtractor" => self.boundary(&taken),
            "XPathExtractor" | "XPath2Extractor" | "HtmlExtractor" => self.markup(&taken),
            _ => self.json(&taken),
        };
        self.scope(&taken);
        self.finish(&taken);
        entries
    }

    fn scope(&mut self, taken: &Taken<'_>) {
        match taken.text("Sample.scope") {
            "" | "parent" => {}
            "all" => self.approximate(taken.element, "the answer alone is searched, and not what it embeds"),
            scope => self.refuse(taken.element, "JMX109", format!("Sample.scope={scope}")),
        }
        taken.ignore(&["Scope.variable"]);
    }

    fn regex(&mut self, taken: &Taken<'_>) -> Vec<String> {
        let element = taken.element;
        let regex = self.known_regex(element, taken.text("RegexExtractor.regex"));
        let mut pairs = vec![("regex".to_owned(), one_line(&regex))];
        if taken.text("RegexExtractor.useHeaders") == "code" && is_any(&regex) {
            // The status is all that is searched: it stands in the first line of the head.
            pairs = vec![("regex".to_owned(), one_line("^HTTP/\\S+ (\\d+)")), ("in".to_owned(), one_line("headers"))];
        } else {
            self.searched(element, taken.text("RegexExtractor.useHeaders"), &mut pairs);
        }
        let template = composition(taken.text("RegexExtractor.template"));
        if let [Made::Group(group)] = template.as_slice() {
            if *group != 1 {
                pairs.push(("group".to_owned(), group.to_string()));
            }
        } else if taken.text("RegexExtractor.match_number").trim() == "-1" {
            let told = format!("RegexExtractor.template={} of a list", taken.text("RegexExtractor.template"));
            self.refuse(element, "JMX109", told);
        }
        self.which(element, taken.text("RegexExtractor.match_number"), (&mut pairs, false));
        let default = taken.text("RegexExtractor.default");
        if default.is_empty() && !taken.truth("RegexExtractor.default_empty_value", false) {
            self.approximate(element, "without a match the variable is empty, and does not keep its last value");
        }
        let name = taken.text("RegexExtractor.refname");
        if composed(element).is_some() {
            return self.groups(element, (name.trim(), &template), &pairs);
        }
        self.entry(element, name, (pairs, default))
    }

    /// Where an extractor looks.
    fn searched(&mut self, element: &Element, written: &str, pairs: &mut Vec<(String, String)>) {
        let place = match written {
            "" | "false" | "unescaped" | "as_document" => {
                if written.ends_with('d') || written.ends_with('t') {
                    self.approximate(element, "the body is searched as it was sent");
                }
                return;
            }
            "true" => "headers",
            "message" => "reason",
            other => {
                return self.refuse(
                    element,
                    "JMX109",
                    format!("useHeaders={other}: body, headers and message are searched"),
                );
            }
        };
        pairs.push(("in".to_owned(), one_line(place)));
    }

    fn boundary(&mut self, taken: &Taken<'_>) -> Vec<String> {
        let element = taken.element;
        let (left, right) = (taken.text("BoundaryExtractor.lboundary"), taken.text("BoundaryExtractor.rboundary"));
        let regex = format!("(?s){}(.*?){}", escaped(left), escaped(right));
        let mut pairs = vec![("regex".to_owned(), one_line(&regex))];
        self.which(element, taken.text("BoundaryExtractor.match_number"), (&mut pairs, false));
        self.searched(element, taken.text("BoundaryExtractor.useHeaders"), &mut pairs);
        taken.ignore(&["BoundaryExtractor.default_empty_value"]);
        self.entry(element, taken.text("BoundaryExtractor.refname"), (pairs, taken.text("BoundaryExtractor.default")))
    }

    fn json(&mut self, taken: &Taken<'_>) -> Vec<String> {
        let element = taken.element;
        let list = |name| -> Vec<String> { taken.text(name).split(';').map(|part| part.trim().to_owned()).collect() };
        let names = list("JSONPostProcessor.referenceNames");
        let paths = list("JSONPostProcessor.jsonPathExprs");
        let (defaults, numbers) = (list("JSONPostProcessor.defaultValues"), list("JSONPostProcessor.match_numbers"));
        if names.len() != paths.len() {
            self.refuse(element, "JMX109", "as many names as paths are needed");
        }
        if taken.truth("JSONPostProcessor.compute_concat", false) {
            self.approximate(element, "there is no variable of all matches, joined by commas");
        }
        let mut entries = Vec::new();
        for (at, (name, path)) in names.iter().zip(&paths).enumerate() {
            let text_of = |list: &[String]| list.get(at).cloned().unwrap_or_default();
            let path = self.json_path(element, path);
            let definite = !path.contains(['*', '?', ',', ':']) && !path.contains("..");
            let mut pairs = vec![("json".to_owned(), one_line(&path))];
            self.which(element, &text_of(&numbers), (&mut pairs, definite));
            entries.extend(self.entry(element, name, (pairs, &text_of(&defaults))));
        }
        entries
    }

    /// A path as it is written in RFC 9535; a bare name is a member.
    pub(super) fn json_path(&mut self, element: &Element, path: &str) -> String {
        let plain = super::dialect::json_path(path);
        // Jayway has functions and operators of its own.
        if plain.contains("${") || serde_json_path::JsonPath::parse(&plain).is_err() {
            self.refuse(element, "JMX107", format!("JSONPath {path} is none of RFC 9535"));
        }
        plain
    }

    /// Which of several matches.
    fn which(&mut self, element: &Element, number: &str, (pairs, only_one): (&mut Vec<(String, String)>, bool)) {
        match number.trim().parse::<i64>() {
            Ok(-1) => pairs.push(("all".to_owned(), "true".to_owned())),
            Ok(1) => {}
            Ok(n) if n > 1 => pairs.push(("index".to_owned(), (n - 1).to_string())),
            _ if only_one => {}
            _ => self.approximate(element, "the first of several matches is taken, and not any of them at random"),
        }
    }

    pub(super) fn entry(
        &mut self,
        element: &Element,
        name: &str,
        (mut pairs, default): (Vec<(String, String)>, &str),
    ) -> Vec<String> {
        if name.trim().is_empty() {
            self.refuse(element, "JMX109", "it names no variable");
            return Vec::new();
        }
        let mut entries = self.part_entries(element, name.trim(), (&pairs, default));
        let all = pairs.iter().any(|(key, _)| key == "all");
        let variable = if all { self.list_name(name.trim()) } else { plain_name(name.trim()) };
        pairs.insert(0, ("var".to_owned(), one_line(&variable)));
        // A list may be empty: in JMeter that is no failure.
        let default = if all { String::new() } else { self.template(element, default) };
        pairs.push(("default".to_owned(), one_line(&default)));
        entries.insert(0, table(&pairs));
        entries
    }

    /// Entries for the parts of a list or of a match that texts name.
    fn part_entries(
        &mut self,
        element: &Element,
        name: &str,
        (pairs, default): (&[(String, String)], &str),
    ) -> Vec<String> {
        let parts = self.parts.get(name).cloned().unwrap_or_default();
        let mut entries = Vec::new();
        for part in parts {
            if part == "matchNr" && element.is("JSONPostProcessor") {
                let kept = pairs.iter().filter(|(own, _)| own != "index").cloned();
                let mut own = vec![("var".to_owned(), one_line(&plain_name(&format!("{name}_matchNr"))))];
                own.extend(kept.chain([("all".to_owned(), "true".to_owned()), ("default".to_owned(), one_line(""))]));
                entries.push(table(&own));
                continue;
            }
            let (key, number) = match part.strip_prefix('g') {
                Some(group) => ("group", group.parse::<u64>().ok()),
                None => ("index", part.parse::<u64>().ok().and_then(|number| number.checked_sub(1))),
            };
            let Some(number) = number else { continue };
            let kept = pairs.iter().filter(|(own, _)| own != key && own != "all").cloned();
            let variable = plain_name(&format!("{name}_{part}"));
            self.extracted.insert(variable.clone());
            let mut own = vec![("var".to_owned(), one_line(&variable))];
            own.extend(kept);
            own.push((key.to_owned(), number.to_string()));
            own.push(("default".to_owned(), one_line(&self.template(element, default))));
            entries.push(table(&own));
        }
        entries
    }

    /// A regular expression as it is written here; what one without backtracking cannot do is refused.
    pub(super) fn known_regex(&mut self, element: &Element, written: &str) -> String {
        let filled = self.fixed.constant(written).filter(|_| written.contains("${"));
        let perl = filled.as_deref().unwrap_or(written);
        let ours = super::dialect::regex(perl);
        let looks = ["(?=", "(?!", "(?<=", "(?<!", "(?>"].iter().any(|part| perl.contains(part));
        let refers = perl.split('\\').skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit() && c != '0'));
        if looks || refers {
            self.refuse(element, "JMX106", format!("regular expression {perl} looks around or back"));
        } else if perl.contains("${") {
            self.refuse(element, "JMX106", format!("regular expression {perl} is made while the test runs"));
        } else if regex::Regex::new(&ours).is_err() {
            self.refuse(element, "JMX106", format!("regular expression {perl} is not one here"));
        }
        ours
    }
}

/// Whether the first group of a regular expression is the whole of any number.
fn is_any(regex: &str) -> bool {
    let inner = regex.trim_start_matches('^').trim_end_matches('$');
    ["(.*)", "(.+)", "(\\d+)", "(\\d*)", "(\\d{3})", "([0-9]+)", "([0-9]{3})", "(\\w+)", "(...)"].contains(&inner)
}

/// `text` as a regular expression that matches it alone.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if "\\.+*?()|[]{}^$#&-~".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
