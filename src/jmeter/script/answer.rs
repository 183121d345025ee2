//! What a script takes out of the answer.
//!
//! In: what it asks of `prev` or `SampleResult`. Out: checks, or variables that are taken out of the answer. Always holds:
//! what no check asks and no extract takes is refused.

use super::lower::Lowering;
use super::template::Template;
use super::test::{Asked, Relation, Test};
use super::tree::Expression;
use super::value::Value;
use super::{Outside, Role};
use crate::jmeter::function::{Remark, time};
use crate::jmeter::import::plain_name;

/// What a script says of a sample of its own, and what this changes is no answer of the target's.
pub(super) const OF_OWN_SAMPLE: [&str; 15] = [
    "setResponseData",
    "setResponseCode",
    "setResponseOK",
    "setResponseCodeOK",
    "setSampleLabel",
    "setDataType",
    "setContentType",
    "setSamplerData",
    "setBytes",
    "setResponseHeaders",
    "setDataEncoding",
    "setResponseMessageOK",
    "setResponseMessage",
    "setLatency",
    "setRequestHeaders",
];

impl Lowering<'_> {
    pub(super) fn answer(&mut self, name: &str, arguments: &[Value]) -> Result<Value, Outside> {
        let role = self.around.role;
        let sampler = role == Role::Sampler;
        match (name, arguments) {
            (_, _) if role == Role::Before => Err(Outside::new("an answer before its request")),
            ("getResponseDataAsString" | "getResponseData", []) if !sampler => Ok(Value::Body),
            ("getResponseCode", []) if !sampler => Ok(Value::Status),
            ("getTime", []) if !sampler => Ok(Value::Time),
            ("isSuccessful" | "getSuccessful" | "isResponseCodeOK", []) if !sampler => Ok(Value::Succeeded),
            ("setIgnore", []) if sampler => Ok(Value::Nothing),
            ("setIgnore", []) if self.path.is_empty() => {
                let told = "its sample is reported, where JMeter leaves it out of its results";
                self.out.remarks.push(Remark::Approx(told.to_owned()));
                Ok(Value::Nothing)
            }
            ("setResponseOK" | "setResponseCodeOK", []) | ("setSuccessful", [Value::Truth(Test::Always(true))])
                if role == Role::Judge || role == Role::Behind =>
            {
                self.accept().map(|()| Value::Nothing)
            }
            // It is a success that is spoken of, or what follows makes it one.
            ("setResponseCode", [code])
                if !sampler && code.constant().is_some_and(|code| code.starts_with('2')) && self.accept().is_ok() =>
            {
                Ok(Value::Nothing)
            }
            ("setSuccessful", [_]) if sampler && self.out.checks.is_empty() && self.is_true(arguments) => {
                Ok(Value::Nothing)
            }
            ("setSuccessful", [Value::Truth(Test::Always(false))]) if !sampler => {
                self.fail(Test::Always(true)).map(|()| Value::Nothing)
            }
            ("setResponseMessage" | "setResponseMessageOK", _) => Ok(Value::Nothing),
            (name, _) if sampler && OF_OWN_SAMPLE.contains(&name) => Ok(Value::Nothing),
            _ => Err(Outside::new(format!("the answer's {name}"))),
        }
    }

    fn is_true(&self, arguments: &[Value]) -> bool {
        matches!(arguments, [Value::Truth(Test::Always(true))])
    }

    /// The statuses that hold where the script is, for `setResponseOK`.
    fn accept(&mut self) -> Result<(), Outside> {
        let status = |test: &Test| match test {
            Test::Answer(Asked::Status(Relation::Equal, status)) => {
                status.as_literal().and_then(|text| text.trim().parse().ok())
            }
            _ => None,
        };
        let found: Option<Vec<u16>> = match self.path.as_slice() {
            [Test::Any(any)] => any.iter().map(status).collect(),
            [one] => status(one).map(|status| vec![status]),
            _ => None,
        };
        let found = found.ok_or_else(|| Outside::new("setResponseOK without the statuses that it is for"))?;
        for status in found {
            if !self.out.statuses.contains(&status) {
                self.out.statuses.push(status);
            }
        }
        Ok(())
    }

    /// A condition of a script.
    pub(super) fn test(&mut self, expression: &Expression) -> Result<Test, Outside> {
        let value = self.value(expression)?;
        self.settled(value).test()
    }

    /// A value that stands in the answer as a variable that is taken out of it.
    pub(super) fn settled(&mut self, value: Value) -> Value {
        match value {
            Value::Member(path) => {
                let own = match self.out.members.iter().find(|(_, known)| *known == path) {
                    Some((own, _)) => own.clone(),
                    None => {
                        let own = self.answer_name(&path);
                        let told = "what the answer's JSON has not is empty, where the script fails";
                        self.out.remarks.push(Remark::Approx(told.to_owned()));
                        self.out.members.push((own.clone(), path));
                        own
                    }
                };
                Value::Text(Template::expression(&own))
            }
            value => value,
        }
    }

    /// A variable for what is taken out of the answer, that neither the plan, the script nor another member has.
    fn answer_name(&self, part: &str) -> String {
        let words = part.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let words: Vec<&str> = words.collect();
        let words = if words.is_empty() { "json".to_owned() } else { words.join("_") };
        let mut name = format!("answer_{words}");
        let has = |name: &str| {
            self.around.taken.keys().any(|known| plain_name(known) == name)
                || self.own.contains(name)
                || self.out.taken().any(|known| known == name)
        };
        while has(&name) {
            name.push('_');
        }
        name
    }

    /// A value as a text, where what is told of the answer is taken out of it.
    pub(super) fn spelled(&mut self, value: Value) -> Value {
        match value {
            Value::Body if self.around.role != Role::Before => {
                let known = self.out.bodies.first().cloned();
                let own = known.unwrap_or_else(|| self.answer_name("body"));
                if self.out.bodies.is_empty() {
                    self.out.bodies.push(own.clone());
                }
                Value::Text(Template::expression(&own))
            }
            Value::Status if self.around.role != Role::Before => {
                let told = "of an answer that failed nothing is taken out: its status is empty then";
                self.out.remarks.push(Remark::Approx(told.to_owned()));
                let own = self.out.status.clone().unwrap_or_else(|| self.answer_name("status"));
                self.out.status = Some(own.clone());
                Value::Text(Template::expression(&own))
            }
            Value::Position(text, part) => {
                let text = self.spelled(*text);
                match text.clone().template() {
                    Ok(found) => Value::Whole(Template::call("position", &[&found, &part])),
                    Err(_) => Value::Position(Box::new(text), part),
                }
            }
            Value::Moment(shift, Some(format)) => {
                let told = "times of day are in UTC, not in the machine's zone";
                self.out.remarks.push(Remark::Approx(told.to_owned()));
                Value::Text(time::now(format, shift))
            }
            value => self.settled(value),
        }
    }

    /// A question about the answer as one about variables, for what is done and not judged.
    pub(super) fn told(&mut self, test: Test) -> Result<Test, Outside> {
        let mut each = |tests: Vec<Test>| tests.into_iter().map(|test| self.told(test)).collect::<Result<Vec<_>, _>>();
        Ok(match test {
            Test::All(tests) => Test::All(each(tests)?),
            Test::Any(tests) => Test::Any(each(tests)?),
            Test::Not(test) => Test::Not(Box::new(self.told(*test)?)),
            Test::Answer(Asked::Body(relation, text)) => {
                Test::Compare(self.spelled(Value::Body).template()?, relation, text)
            }
            Test::Answer(Asked::Status(relation, text)) => {
                Test::Compare(self.spelled(Value::Status).template()?, relation, text)
            }
            test => test,
        })
    }
}
