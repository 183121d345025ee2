//! The functions that are known, by their names.
//!
//! In: a function and its arguments as they were written. Out: a template. Always holds: a function that is not listed
//! here is refused by its name; a value that it stores in a variable is stored, unless nothing reads it.

use super::{Names, Remark, Translated, environment};
use crate::jmeter::script::Template;

/// Functions that compute something from code.
const CODE: [&str; 6] = ["__groovy", "__jexl2", "__jexl3", "__javaScript", "__BeanShell", "__BSF"];

/// The arguments of a call.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) name: &'a str,
    pub(super) arguments: &'a [String],
}

impl<'a> Call<'a> {
    pub(super) fn argument(self, at: usize) -> Option<&'a str> {
        self.arguments.get(at).map(|text| text.trim())
    }

    /// An argument that is not blank.
    pub(super) fn filled(self, at: usize) -> Option<&'a str> {
        self.argument(at).filter(|text| !text.is_empty())
    }

    /// Where a call of this function names the variable that it stores its value in.
    fn place(self) -> Option<usize> {
        let last = self.arguments.len().checked_sub(1);
        match self.name {
            "__UUID" | "__threadNum" | "__machineName" | "__machineIP" => Some(0),
            "__time" | "__counter" | "__iterationNum" | "__lowercase" | "__uppercase" | "__MD5" => Some(1),
            "__base64Encode" | "__strLen" => Some(1),
            "__Random" | "__RandomString" | "__changeCase" | "__FileToString" => Some(2),
            "__substring" | "__strReplace" => Some(3),
            "__timeShift" | "__digest" => Some(4),
            "__intSum" | "__longSum" => {
                last.filter(|last| *last > 0 && self.arguments[*last].trim().parse::<i64>().is_err())
            }
            "__RandomFromMultipleVars" => Some(1),
            "__chooseRandom" => last.filter(|last| *last > 0),
            code if CODE.contains(&code) => last.filter(|last| *last > 0 && is_name(&self.arguments[*last])),
            _ => None,
        }
    }
}

/// The variables that a call stores values in, of those that something `reads`.
pub(crate) fn stored_in(name: &str, arguments: &[String], reads: impl Fn(&str) -> bool) -> Option<String> {
    let call = Call { name, arguments };
    call.filled(call.place()?).filter(|variable| is_name(variable) && reads(variable)).map(str::to_owned)
}

/// The property that a call sets.
pub(crate) fn property_of<'a>(name: &str, arguments: &'a [String]) -> Option<&'a str> {
    let property = arguments.first().map(|text| text.trim()).filter(|text| !text.is_empty() && !text.contains("${"));
    property.filter(|_| name == "__setProperty")
}

/// Why code with a comma is refused.
pub(crate) const COMMA: &str = "JMeter ends the code at its comma: write \"\\,\" for one that is part of it";

/// The code of a call: its first argument, as JMeter takes it, behind which only a variable may stand.
pub(crate) fn code_of(arguments: &[String]) -> Option<&str> {
    let (code, others) = arguments.split_first().map_or(("", &[][..]), |(code, others)| (code.as_str(), others));
    others.iter().all(|other| other.trim().is_empty() || is_name(other)).then_some(code)
}

fn is_name(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty()
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
        && !text.starts_with(|c: char| c.is_ascii_digit())
}

impl Names {
    /// What a function gives.
    pub(super) fn function(&self, name: &str, arguments: &[String], out: &mut Translated) {
        let mut call = Call { name, arguments };
        let mut own = Translated::default();
        let place = call.place();
        let variable = place.and_then(|at| call.filled(at));
        if let Some(last) = place.filter(|at| at + 1 == arguments.len()) {
            call.arguments = &arguments[..last];
        }
        if !(self.of_plan(call, &mut own) || self.of_texts(call, &mut own) || self.of_numbers(call, &mut own)) {
            own.remark(Remark::Refused("JMX103", format!("function {name} is not known")));
        }
        match variable {
            Some(variable) if self.read.contains(variable) => self.store(variable, own, out),
            _ => out.join(own),
        }
    }

    /// Functions of properties, variables, files and code.
    fn of_plan(&self, call: Call<'_>, out: &mut Translated) -> bool {
        let arguments = call.arguments;
        let first = call.argument(0).unwrap_or_default();
        match call.name {
            "__P" => self.property(first, arguments.get(1), out),
            "__property" => self.property(first, arguments.get(2), out),
            "__setProperty" => self.set_property(call, out),
            "__eval" | "__log" => out.join(self.template(arguments.first().map_or("", String::as_str))),
            "__evalVar" => {
                out.join(self.template(&format!("${{{first}}}")));
                out.remark(Remark::Approx("the text of a variable is taken as it stands".to_owned()));
            }
            "__logn" => {}
            "__V" => self.variable_by_name(call, out),
            "__env" | "__machineName" | "__machineIP" => match (call.name, call.filled(0), call.filled(1)) {
                ("__env", Some(variable), None) => out.text.push_str(&format!("${{env.{}}}", environment(variable))),
                ("__env", ..) => {
                    out.remark(Remark::Refused("JMX103", "__env with a variable or a default".to_owned()));
                }
                (name, ..) => {
                    let asked = name.trim_start_matches('_');
                    out.text.push_str(&format!("${{env.{}}}", environment(asked)));
                    out.remark(Remark::Need("JMX110", asked.to_owned()));
                }
            },
            "__isVarDefined" if !self.variables.contains_key(first) => out.text.push_str("false"),
            "__isVarDefined" if self.constants.contains_key(first) => out.text.push_str("true"),
            "__isPropDefined" => {
                let known = self.properties.contains_key(first) || self.given_properties.contains_key(first);
                out.text.push_str(if known { "true" } else { "false" });
            }
            "__TestPlanName" => {
                let name = self.file.file_name().map(|name| name.to_string_lossy().into_owned());
                out.text.push_str(&name.unwrap_or_default().replace("${", "$${"));
            }
            "__FileToString" => self.file_text(first, out),
            code if CODE.contains(&code) => match code_of(arguments) {
                Some(text) => self.code(code, text, out),
                None => out.remark(Remark::Refused("JMX104", format!("{code}({}): {COMMA}", arguments.join(",")))),
            },
            counted if counted.starts_with("__jm__") => match self.variables.get(counted) {
                Some(own) => out.text.push_str(own),
                None => return false,
            },
            _ => return false,
        }
        true
    }

    /// Functions that count, draw, compute and tell the time.
    fn of_numbers(&self, call: Call<'_>, out: &mut Translated) -> bool {
        match call.name {
            "__UUID" => out.text.push_str("${uuid()}"),
            "__threadNum" => out.text.push_str("${user.id}"),
            "__Random" => self.random(call, out),
            "__RandomString" => self.random_string(call, out),
            "__iterationNum" if self.passes => {
                out.remark(Remark::Refused("JMX103", "__iterationNum in groups one after the other".to_owned()));
            }
            "__counter" => {
                let own = call.argument(0).is_some_and(|each| each.eq_ignore_ascii_case("true"));
                out.text.push_str(if own { "${sum(${user.sequence}, 1)}" } else { "${sum(${sequence}, 1)}" });
                let told = if self.passes { ", and not the passes of a group" } else { "" };
                out.remark(Remark::Approx(format!("__counter counts iterations{told}")));
            }
            "__iterationNum" => out.text.push_str("${sum(${user.sequence}, 1)}"),
            "__time" => self.time(call.filled(0), out),
            "__timeShift" => {
                self.time_shift((call.filled(0), call.filled(1), call.argument(2).unwrap_or_default()), out);
            }
            "__intSum" | "__longSum" => {
                let mut sum = Template::literal("0");
                for argument in call.arguments {
                    let Translated { text, remarks } = self.template(argument);
                    out.remarks.extend(remarks);
                    let next = Template::written(text.trim());
                    let fixed = sum.whole().zip(next.whole()).and_then(|(sum, next)| sum.checked_add(next));
                    sum = match fixed {
                        Some(fixed) => Template::literal(&fixed.to_string()),
                        None if sum.whole() == Some(0) => next,
                        None => Template::call("sum", &[&sum, &next]),
                    };
                }
                out.text.push_str(&sum.text());
            }
            _ => return false,
        }
        true
    }
}
