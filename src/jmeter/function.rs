//! JMeter's functions and variables as Tollgate's templates.
//!
//! In: a text, and what is known of properties and variables. Out: a template, with what could not be kept exactly, what
//! only the run needs, and what cannot be translated. Always holds: a function that is not known is refused by its
//! name, never sent as it stands.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use crate::jmeter::expression::{Piece, pieces};
use crate::jmeter::moment::strftime;
use crate::jmeter::script::{self, Role, Surroundings};

/// Functions in functions: deeper than any plan.
const DEEPEST: usize = 30;

/// Functions that compute something from code: conditions of theirs are read, nothing else.
const CODE: [&str; 6] = ["__groovy", "__jexl2", "__jexl3", "__javaScript", "__BeanShell", "__BSF"];

/// What is known while a plan is translated.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Given with `-J` or `-q`.
    pub properties: BTreeMap<String, String>,
    /// Variables that the plan defines somewhere: its own, columns, what is extracted, counters.
    pub variables: BTreeMap<String, String>,
    /// Properties that scripts of the plan set, as templates.
    pub given_properties: BTreeMap<String, String>,
    /// How deep the text lies that is being translated: functions in functions.
    pub(crate) nested: Cell<usize>,
    /// The properties that texts asked for.
    pub(crate) asked: RefCell<BTreeSet<String>>,
}

/// Something to tell about a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remark {
    /// It is not quite what JMeter does.
    Approx(String),
    /// It has no value yet: the id, and its name in the environment.
    Need(&'static str, String),
    /// It cannot be translated: the id, and why.
    Refused(&'static str, String),
}

/// A text that was translated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Translated {
    /// The template.
    pub text: String,
    /// What is to be told, each once.
    pub remarks: BTreeSet<Remark>,
}

impl Names {
    /// `text` as a template.
    #[must_use]
    pub fn template(&self, text: &str) -> Translated {
        let mut out = Translated::default();
        if self.nested.get() >= DEEPEST {
            out.remark(Remark::Refused("JMX103", "functions inside of functions, too deep".to_owned()));
            return out;
        }
        self.nested.set(self.nested.get() + 1);
        for piece in pieces(text) {
            match piece {
                Piece::Literal(plain) => out.text.push_str(&plain.replace("${", "$${")),
                Piece::Variable(name) => self.variable(&name, &mut out),
                Piece::Function { name, arguments } => self.function(&name, &arguments, &mut out),
            }
        }
        self.nested.set(self.nested.get() - 1);
        out
    }

    fn variable(&self, name: &str, out: &mut Translated) {
        if let Some(own) = self.variables.get(name) {
            out.text.push_str(own);
            return;
        }
        match name {
            "START.MS" | "TESTSTART.MS" => {
                out.text.push_str("${timestamp.ms}");
                out.remark(Remark::Approx(format!("${{{name}}} is the time of each iteration, not of the start")));
            }
            name => {
                out.text.push_str(&format!("${{env.{}}}", environment(name)));
                out.remark(Remark::Need("JMX110", name.to_owned()));
            }
        }
    }

    fn function(&self, name: &str, arguments: &[String], out: &mut Translated) {
        let argument = |at: usize| arguments.get(at).map(|text| text.trim());
        let filled = |at: usize| argument(at).filter(|text| !text.is_empty());
        match name {
            "__P" => return self.property(argument(0).unwrap_or_default(), arguments.get(1), out),
            "__property" => return self.property(argument(0).unwrap_or_default(), arguments.get(2), out),
            "__eval" | "__escapeHtml" if arguments.len() == 1 && name == "__eval" => {
                return out.join(self.template(&arguments[0]));
            }
            _ => {}
        }
        let stored_in = match name {
            "__Random" | "__RandomString" => filled(2),
            "__UUID" | "__threadNum" => filled(0),
            "__time" | "__counter" => filled(1),
            _ => None,
        };
        if let Some(variable) = stored_in {
            let cause = format!("{name} stores its value in \"{variable}\"; write a variable of that name instead");
            return out.remark(Remark::Refused("JMX103", cause));
        }
        match name {
            "__UUID" => out.text.push_str("${uuid()}"),
            "__threadNum" => out.text.push_str("${user.id}"),
            "__Random" => match (filled(0).map(str::parse::<i64>), filled(1).map(str::parse::<i64>)) {
                (Some(Ok(low)), Some(Ok(high))) if low <= high => {
                    out.text.push_str(&format!("${{random.int({low}, {high})}}"));
                }
                _ => out.remark(Remark::Refused("JMX103", "__Random with bounds that are no plain numbers".to_owned())),
            },
            "__RandomString" => match filled(0).map(str::parse::<u32>) {
                Some(Ok(length)) => {
                    out.text.push_str(&format!("${{random.string({length})}}"));
                    out.remark(Remark::Approx("__RandomString draws from letters and digits".to_owned()));
                }
                _ => out.remark(Remark::Refused("JMX103", "__RandomString without a plain length".to_owned())),
            },
            "__counter" => {
                let own = argument(0).is_some_and(|each| each.eq_ignore_ascii_case("true"));
                out.text.push_str(if own { "${user.sequence}" } else { "${sequence}" });
                out.remark(Remark::Approx("__counter counts iterations, from 0".to_owned()));
            }
            "__time" => out.time(filled(0)),
            "__base64Encode" => self.wrapped("base64", arguments, out),
            "__digest" => match filled(0).map(str::to_ascii_uppercase).as_deref() {
                Some("MD5") => self.wrapped("md5", arguments.get(1..).unwrap_or_default(), out),
                Some("SHA-256") => self.wrapped("sha256", arguments.get(1..).unwrap_or_default(), out),
                _ => out
                    .remark(Remark::Refused("JMX103", "__digest by another algorithm than MD5 and SHA-256".to_owned())),
            },
            "__env" => match (filled(0), filled(1)) {
                (Some(variable), None) => out.text.push_str(&format!("${{env.{}}}", environment(variable))),
                _ => out.remark(Remark::Refused("JMX103", "__env with a variable or a default".to_owned())),
            },
            code if CODE.contains(&code) => self.code(code, arguments, out),
            other => out.remark(Remark::Refused("JMX103", format!("function {other} is not known"))),
        }
    }

    /// What an expression of another language gives, each time the text is sent.
    fn code(&self, function: &str, arguments: &[String], out: &mut Translated) {
        let quoted = arguments.join(",");
        let code = quoted.trim_end_matches(',');
        let interpolates = function == "__groovy";
        let around = Surroundings { names: self, interpolates, taken: &self.variables, role: Role::Condition };
        match script::value(code, around) {
            Ok((text, remarks)) => {
                out.text.push_str(&text);
                out.remarks.extend(remarks);
            }
            Err(outside) => {
                out.remark(Remark::Refused("JMX104", format!("{function}({quoted}): {outside} is not known")));
            }
        }
    }

    /// A property: given, else its default, else asked for. JMeter would send `1` or the name itself.
    fn property(&self, name: &str, default: Option<&String>, out: &mut Translated) {
        self.asked.borrow_mut().insert(name.to_owned());
        match (self.properties.get(name), default) {
            (Some(given), _) => out.text.push_str(&given.replace("${", "$${")),
            (None, _) if self.given_properties.contains_key(name) => out.text.push_str(&self.given_properties[name]),
            (None, Some(default)) => out.join(self.template(default)),
            (None, None) => {
                out.text.push_str(&format!("${{env.{}}}", environment(name)));
                out.remark(Remark::Need("JMX111", name.to_owned()));
            }
        }
    }

    fn wrapped(&self, function: &str, arguments: &[String], out: &mut Translated) {
        let inner = self.template(arguments.first().map_or("", String::as_str));
        // Quotes are doubled inside quotes.
        out.text.push_str(&format!("${{{function}('{}')}}", inner.text.replace('\'', "''")));
        out.remarks.extend(inner.remarks);
    }

    /// The value of a text that holds nothing to be drawn while the test runs.
    #[must_use]
    pub fn constant(&self, text: &str) -> Option<String> {
        let translated = self.template(text);
        let fixed = translated.remarks.is_empty() && !translated.text.replace("$${", "").contains("${");
        fixed.then(|| translated.text.replace("$${", "${"))
    }
}

impl Translated {
    fn remark(&mut self, remark: Remark) {
        self.remarks.insert(remark);
    }

    fn join(&mut self, other: Self) {
        self.text.push_str(&other.text);
        self.remarks.extend(other.remarks);
    }

    fn time(&mut self, format: Option<&str>) {
        match format {
            None => self.text.push_str("${timestamp.ms}"),
            Some("/1000") => self.text.push_str("${timestamp}"),
            Some(format) => {
                let format = match format {
                    "YMD" => "yyyyMMdd",
                    "HMS" => "HHmmss",
                    "YMDHMS" => "yyyyMMdd-HHmmss",
                    other => other,
                };
                match strftime(format) {
                    Some(format) => {
                        self.text.push_str(&format!("${{now('{format}')}}"));
                        self.remark(Remark::Approx("times of day are in UTC, not in the machine's zone".to_owned()));
                    }
                    None => self.remark(Remark::Refused("JMX103", format!("__time with the format \"{format}\""))),
                }
            }
        }
    }
}

/// A name as environments take it.
pub(crate) fn environment(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Names {
            properties: map(&[("host", "shop.test")]),
            variables: map(&[("user", "${users.user}")]),
            ..Names::default()
        }
    }

    #[test]
    fn known_functions_are_templates() {
        for (text, expected) in [
            ("plain", "plain"),
            ("${user}/${__UUID}", "${users.user}/${uuid()}"),
            ("${__P(host)}:${__P(port,80)}${__P(path,)}", "shop.test:80"),
            ("${__property(host,,x)}${__property(q,,x)}", "shop.testx"),
            ("${__Random(1,9)}", "${random.int(1, 9)}"),
            ("${__threadNum}", "${user.id}"),
            ("${__time()} ${__time(/1000,)}", "${timestamp.ms} ${timestamp}"),
            ("${__base64Encode(${user}:'x')}", "${base64('${users.user}:''x''')}"),
            ("${__digest(MD5,a)}", "${md5('a')}"),
            ("a ${__eval(${user})} \\${x}", "a ${users.user} $${x}"),
        ] {
            let translated = names().template(text);
            assert_eq!((translated.text.as_str(), translated.remarks.len()), (expected, 0), "{text}");
        }
    }

    #[test]
    fn what_has_no_value_yet_is_asked_for() {
        let translated = names().template("${__P(my.token)}${order-id}");
        assert_eq!(translated.text, "${env.MY_TOKEN}${env.ORDER_ID}");
        let needs: Vec<Remark> = translated.remarks.into_iter().collect();
        assert_eq!(
            needs,
            [Remark::Need("JMX110", "order-id".to_owned()), Remark::Need("JMX111", "my.token".to_owned())]
        );
    }

    #[test]
    fn what_is_not_known_is_refused_by_its_id() {
        for (text, id, part) in [
            ("${__groovy(f(1))}", "JMX104", "f(1)"),
            ("${__FileToString(a.txt)}", "JMX103", "__FileToString"),
            ("${__Random(1,9,n)}", "JMX103", "\"n\""),
            ("${__Random(${a},9)}", "JMX103", "no plain numbers"),
            ("${__time(EEEE)}", "JMX103", "EEEE"),
        ] {
            let remarks = names().template(text).remarks;
            let found = remarks.iter().any(|r| matches!(r, Remark::Refused(i, why) if *i == id && why.contains(part)));
            assert!(found, "{text}: {remarks:?}");
        }
    }

    #[test]
    fn times_of_day_are_told_to_be_in_utc() {
        let translated = names().template("${__time(YMDHMS)}");
        assert_eq!(translated.text, "${now('%Y%m%d-%H%M%S')}");
        assert!(matches!(translated.remarks.first(), Some(Remark::Approx(_))));
    }

    #[test]
    fn a_text_without_anything_to_draw_is_a_constant() {
        assert_eq!(names().constant("${__P(n,5)}").as_deref(), Some("5"));
        assert_eq!(names().constant("${user}"), None);
        assert_eq!(names().constant("${__P(n)}"), None);
    }
}
