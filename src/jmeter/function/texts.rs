//! Functions that make a text of texts, drawn ones too.
//!
//! In: a call. Out: a template. Always holds: what cannot be made while the test runs is refused by its name.

use super::known::Call;
use super::{Names, Remark, Translated};
use crate::jmeter::script::Template;

impl Names {
    /// Functions that make a text of texts.
    pub(super) fn of_texts(&self, call: Call<'_>, out: &mut Translated) -> bool {
        let mut text = |at: usize| {
            let Translated { text, remarks } = self.template(call.arguments.get(at).map_or("", String::as_str));
            out.remarks.extend(remarks);
            Template::written(&text)
        };
        let made = match call.name {
            "__base64Encode" => Template::call("base64", &[&text(0)]),
            "__MD5" => Template::call("md5", &[&text(0)]),
            "__lowercase" => Template::call("lower", &[&text(0)]),
            "__uppercase" => Template::call("upper", &[&text(0)]),
            "__strLen" => Template::call("length", &[&text(0)]),
            "__substring" => Template::call("substring", &[&text(0), &text(1), &text(2)]),
            "__strReplace" => Template::call("replace", &[&text(0), &text(1), &text(2)]),
            // What is encoded already is not to be encoded for where it stands.
            "__urlencode" => Template::call("raw", &[&Template::call("urlencode", &[&text(0)])]),
            "__changeCase" => match call.filled(1).unwrap_or("UPPER").to_ascii_uppercase().as_str() {
                "UPPER" => Template::call("upper", &[&text(0)]),
                "LOWER" => Template::call("lower", &[&text(0)]),
                mode => return refuse(out, format!("__changeCase in the mode {mode}")),
            },
            "__digest" => {
                let Some(algorithm) = call.filled(0).and_then(|name| match name.to_ascii_uppercase().as_str() {
                    "MD5" => Some("md5"),
                    "SHA-256" => Some("sha256"),
                    _ => None,
                }) else {
                    return refuse(out, "__digest by another algorithm than MD5 and SHA-256".to_owned());
                };
                if call.filled(2).is_some() {
                    return refuse(out, "__digest with salt".to_owned());
                }
                let digest = Template::call(algorithm, &[&text(1)]);
                let large = call.argument(3).is_some_and(|large| large.eq_ignore_ascii_case("true"));
                if large { Template::call("upper", &[&digest]) } else { digest }
            }
            "__char" => match call.arguments.iter().map(|code| character(code.trim())).collect::<Option<String>>() {
                Some(characters) => Template::literal(&characters),
                None => return refuse(out, "__char with a code that is no plain number".to_owned()),
            },
            "__chooseRandom" => {
                let texts: Vec<Template> = (0..call.arguments.len()).map(text).collect();
                Template::call("random.choice", &texts.iter().collect::<Vec<_>>())
            }
            "__RandomFromMultipleVars" => {
                let names = call.argument(0).unwrap_or_default().split('|');
                let texts: Vec<Template> = names
                    .map(|name| {
                        let Translated { text, remarks } = self.template(&format!("${{{}}}", name.trim()));
                        out.remarks.extend(remarks);
                        Template::written(&text)
                    })
                    .collect();
                Template::call("random.choice", &texts.iter().collect::<Vec<_>>())
            }
            _ => return false,
        };
        out.text.push_str(&made.text());
        true
    }

    pub(super) fn random(&self, call: Call<'_>, out: &mut Translated) {
        let bounds = [0, 1].map(|at| self.template(call.argument(at).unwrap_or_default()));
        let templates = bounds.each_ref().map(|bound| Template::written(bound.text.trim()));
        let plain = templates.iter().any(|bound| bound.as_literal().is_some() && bound.whole().is_none());
        let wrong = templates[0].whole().zip(templates[1].whole()).is_some_and(|(low, high)| high < low);
        if plain || wrong {
            let told = "__Random with bounds that are no plain numbers, the lower first".to_owned();
            return out.remark(Remark::Refused("JMX103", told));
        }
        bounds.into_iter().for_each(|bound| out.remarks.extend(bound.remarks));
        let [low, high] = &templates;
        let written = match (low.whole(), high.whole()) {
            (Some(low), Some(high)) => format!("${{random.int({low}, {high})}}"),
            _ => Template::call("random.int", &[low, high]).text(),
        };
        out.text.push_str(&written);
    }

    pub(super) fn random_string(&self, call: Call<'_>, out: &mut Translated) {
        let length = self.settled(call.argument(0).unwrap_or_default()).and_then(|text| text.trim().parse().ok());
        let Some(length @ 1..=10_000_u32) = length else {
            return out.remark(Remark::Refused("JMX103", "__RandomString without a plain length".to_owned()));
        };
        let Some(letters) = call.filled(1) else {
            out.text.push_str(&format!("${{random.string({length})}}"));
            return out.remark(Remark::Approx("__RandomString draws from letters and digits".to_owned()));
        };
        match self.settled(letters).filter(|letters| !letters.is_empty()) {
            Some(letters) => {
                let quoted = letters.replace("${", "$${").replace('\'', "''");
                out.text.push_str(&format!("${{random.string({length}, '{quoted}')}}"));
            }
            None => out.remark(Remark::Refused("JMX103", "__RandomString of letters that vary".to_owned())),
        }
    }
}

fn refuse(out: &mut Translated, cause: String) -> bool {
    out.remark(Remark::Refused("JMX103", cause));
    true
}

/// The character with this number, as Java reads numbers.
fn character(code: &str) -> Option<char> {
    let number = match code.to_ascii_lowercase() {
        code if code.starts_with("0x") || code.starts_with('#') => {
            u32::from_str_radix(code.trim_start_matches("0x").trim_start_matches('#'), 16).ok()?
        }
        code if code.len() > 1 && code.starts_with('0') => u32::from_str_radix(&code, 8).ok()?,
        code => code.parse().ok()?,
    };
    char::from_u32(number)
}
