//! One sample as a row of JMeter's.
//!
//! In: an [`Entry`], and the names of a plan. Out: a line of CSV with the columns that JMeter writes by default. Always
//! holds: times are whole milliseconds, rounded to the nearest; no secret is written; nothing here runs in a user's task.

use std::io::Write;

use csv::{ByteRecord, Writer};
use itoa::Buffer;

use crate::plan::program::Op;
use crate::plan::target::Target;
use crate::plan::{Plan, PlannedScenario};
use crate::sample::{FailureClass, Made, SampleOf};
use crate::scenario::secret::Masker;
use crate::units::Micros;

/// What is kept of a sample until it is written: plain numbers, and of a failure its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) of: SampleOf,
    pub(super) user: u32,
    pub(super) made: Made,
    /// From the run's start.
    pub(super) start: Micros,
    pub(super) elapsed: Micros,
    /// To the first byte, from the start.
    pub(super) latency: Option<Micros>,
    /// To the connection, from the start; `None` on one that was reused.
    pub(super) connect: Option<Micros>,
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) ended: Ended,
}

/// How a sample ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Success,
    Failure(FailureClass, Box<str>),
    Aborted,
}

/// Writes rows of one run.
pub(super) struct Lines {
    /// The time of day at the run's start, from 1970.
    begun: Micros,
    steps: Vec<Label>,
    setup: Vec<Label>,
    groups: Vec<Label>,
    /// Names of the scenarios, and which users were seen to play each.
    scenarios: Vec<(String, Vec<bool>)>,
    masker: Masker,
    row: ByteRecord,
    text: String,
}

/// What all rows of a step have in common.
struct Label {
    name: String,
    url: String,
    scenario: usize,
}

impl Lines {
    /// For the steps of `plan`, sent to `target`.
    pub(super) fn new(plan: &Plan, target: &Target) -> Self {
        let all: Vec<_> = plan.steps.iter().collect();
        let setup: Vec<_> = plan.setup.iter().collect();
        let base = target.to_string();
        let label = |(name, path): (&str, Option<String>), scenario: usize| Label {
            name: plan.masker.mask(name),
            url: path.map_or_else(|| "null".to_owned(), |path| plan.masker.mask(&format!("{base}{path}"))),
            scenario,
        };
        let playing = |plays: &dyn Fn(&PlannedScenario) -> bool| plan.scenarios.iter().position(plays).unwrap_or(0);
        let path = |step: &crate::plan::PlannedStep| Some(step.path.sketch(&plan.feeders));
        Self {
            begun: Micros::ZERO,
            steps: (0..)
                .zip(all)
                .map(|(at, step)| label((&step.name, path(step)), playing(&|s| s.steps.iter().any(|id| id.0 == at))))
                .collect(),
            setup: (0..)
                .zip(setup)
                .map(|(at, step)| {
                    let plays = |s: &PlannedScenario| {
                        [&s.on_start, &s.on_stop].iter().any(|part| part.requests().iter().any(|id| id.0 == at))
                    };
                    label((&step.name, path(step)), playing(&plays))
                })
                .collect(),
            groups: (0..)
                .zip(&plan.groups)
                .map(|(at, name)| {
                    let begins = |op: &Op| matches!(op, Op::Begin(group) if *group == at);
                    label((name, None), playing(&|s| s.program.0.iter().any(begins)))
                })
                .collect(),
            scenarios: plan.scenarios.iter().map(|s| (plan.masker.mask(&s.name), Vec::new())).collect(),
            masker: plan.masker.clone(),
            row: ByteRecord::new(),
            text: String::new(),
        }
    }

    /// The run begins at this time of day, from 1970.
    pub(super) const fn begin(&mut self, at: Micros) {
        self.begun = at;
    }

    /// Writes the row of `entry` while so many users are active. Nothing for what JMeter has no row for.
    pub(super) fn write(&mut self, entry: &Entry, users: u32, out: &mut Writer<impl Write>) -> csv::Result<bool> {
        let label = match entry.of {
            SampleOf::Step(id) => self.steps.get(usize::from(id.0)),
            SampleOf::Setup(id) => self.setup.get(usize::from(id.0)),
            SampleOf::Group(id) => self.groups.get(usize::from(id)),
            SampleOf::Iteration => None,
        };
        let Some(label) = label else { return Ok(false) };
        let (of_scenario, users) = threads(&mut self.scenarios, (label.scenario, entry.user), users);
        let scenario = &self.scenarios[label.scenario].0;
        let (row, text, masker) = (&mut self.row, &mut self.text, &self.masker);
        row.clear();
        let mut number = Buffer::new();
        let mut int = |row: &mut ByteRecord, value: u64| row.push_field(number.format(value).as_bytes());
        int(row, (self.begun + entry.start).get() / 1_000);
        int(row, millis(entry.elapsed));
        row.push_field(label.name.as_bytes());
        answer(entry, text, masker);
        for part in text.split('\0') {
            row.push_field(part.as_bytes());
        }
        text.clear();
        text.push_str(scenario);
        text.push_str(&format!(" {}-{}", label.scenario + 1, entry.user + 1));
        row.push_field(text.as_bytes());
        row.push_field(b"text");
        row.push_field(if entry.ended == Ended::Success { b"true" } else { b"false" });
        row.push_field(failure(entry, masker).as_bytes());
        int(row, entry.received);
        int(row, entry.sent);
        int(row, of_scenario);
        int(row, users);
        row.push_field(label.url.as_bytes());
        int(row, entry.latency.map_or(0, |time| millis(time.min(entry.elapsed))));
        int(row, 0);
        int(row, entry.connect.map_or(0, |time| millis(time.min(entry.elapsed))));
        out.write_byte_record(row)?;
        Ok(true)
    }
}

/// Whole milliseconds, to the nearest.
const fn millis(time: Micros) -> u64 {
    (time.get() + 500) / 1_000
}

/// How many users play a scenario, its share of those that were seen so far, and how many there are in all. Until it is
/// known how many are active, they are those that were seen.
fn threads(scenarios: &mut [(String, Vec<bool>)], (scenario, user): (usize, u32), users: u32) -> (u64, u64) {
    let seats = &mut scenarios[scenario].1;
    let seat = user as usize;
    if seats.len() <= seat {
        seats.resize(seat + 1, false);
    }
    seats[seat] = true;
    if scenarios.len() == 1 && users > 0 {
        return (users.into(), users.into());
    }
    let count = |seats: &Vec<bool>| seats.iter().filter(|seen| **seen).count() as u64;
    let (own, all) = (count(&scenarios[scenario].1), scenarios.iter().map(|(_, seats)| count(seats)).sum::<u64>());
    let users = if users == 0 { all } else { users.into() };
    ((users * own + all / 2) / all.max(1), users)
}

/// Writes `responseCode` and `responseMessage` into `text`, with a zero byte between them. What came in place of an
/// answer is named as JMeter names it, by Java's exception: other programs tell failures apart by these names.
fn answer(entry: &Entry, text: &mut String, masker: &Masker) {
    text.clear();
    match (entry.made, &entry.ended) {
        (Made::Requests(requests, failed), _) => {
            text.push('\0');
            text.push_str(&format!(
                "Number of samples in transaction : {requests}, number of failing samples : {failed}"
            ));
        }
        (Made::Request(Some(status)), _) => {
            text.push_str(Buffer::new().format(status));
            text.push('\0');
            let known = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
            text.push_str(known.unwrap_or_default());
        }
        (Made::Request(None), Ended::Success) => text.push_str("200\0OK"),
        (Made::Request(None), ended) => {
            let (exception, message) = match ended {
                Ended::Failure(class, message) => (exception(*class), masker.mask(message)),
                _ => ("java.net.SocketException", "Socket closed".to_owned()),
            };
            text.push_str("Non HTTP response code: ");
            text.push_str(exception);
            text.push_str("\0Non HTTP response message: ");
            text.push_str(&message.replace('\0', " "));
        }
    }
}

/// What Java calls it.
const fn exception(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Timeout => "java.net.SocketTimeoutException",
        FailureClass::Connect => "org.apache.http.conn.HttpHostConnectException",
        FailureClass::Cut => "org.apache.http.NoHttpResponseException",
        _ => "org.apache.http.client.ClientProtocolException",
    }
}

/// What an answer that was read whole lacked; empty where there was none, whose message says it.
fn failure(entry: &Entry, masker: &Masker) -> String {
    match (&entry.ended, entry.made) {
        (Ended::Failure(_, message), Made::Request(Some(_))) => masker.mask(message),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Overrides;
    use crate::plan::tests::resolve;
    use crate::sample::StepId;

    const PLAN: &str = "gate = [\"failures<=0\"]\n[[scenario]]\nname = \"shop\"\n[[scenario.on_start]]\nname = \"login\"\npath = \"/login\"\n[[scenario.step]]\ngroup = \"buy\"\n[[scenario.step.step]]\nname = \"pay, \\\"now\\\"\"\npath = \"/pay?no=${sequence}\"\n[[scenario]]\nname = \"look\"\n[[scenario.step]]\nname = \"look\"\npath = \"/look\"\n";

    fn rows(entries: &[Entry]) -> Vec<String> {
        let plan = resolve(PLAN, &Overrides::default()).unwrap();
        let mut lines = Lines::new(&plan, &Target::parse("http://h:1/base", "test").unwrap());
        lines.begin(Micros::from_millis(1_700_000_000_000));
        let mut out = Writer::from_writer(Vec::new());
        for entry in entries {
            lines.write(entry, 10, &mut out).unwrap();
        }
        String::from_utf8(out.into_inner().unwrap()).unwrap().lines().map(str::to_owned).collect()
    }

    fn entry(of: SampleOf, made: Made, ended: Ended) -> Entry {
        Entry {
            of,
            user: 4,
            made,
            start: Micros::new(1_999),
            elapsed: Micros::new(15_500),
            latency: Some(Micros::new(15_499)),
            connect: Some(Micros::new(700)),
            sent: 280,
            received: 430,
            ended,
        }
    }

    const PAY: SampleOf = SampleOf::Step(StepId(0));

    #[test]
    fn a_success_has_seventeen_fields_in_jmeters_order() {
        let rows = rows(&[entry(PAY, Made::Request(Some(200)), Ended::Success)]);
        assert_eq!(
            rows,
            [
                "1700000000001,16,\"pay, \"\"now\"\"\",200,OK,shop 1-5,text,true,,430,280,10,10,http://h:1/base/pay?no=${sequence},15,0,1"
            ]
        );
    }

    #[test]
    fn a_failure_says_what_was_missing_or_what_came_in_place_of_an_answer() {
        let failed = |class, status| {
            let row = entry(PAY, Made::Request(status), Ended::Failure(class, "what\nwas".into()));
            rows(&[row]).join("|").split(',').skip(4).take(6).collect::<Vec<_>>().join(",")
        };
        assert_eq!(
            failed(FailureClass::ServerError, Some(503)),
            "503,Service Unavailable,shop 1-5,text,false,\"what|was\""
        );
        let timeout = failed(FailureClass::Timeout, None);
        assert!(timeout.starts_with("Non HTTP response code: java.net.SocketTimeoutException,"), "{timeout}");
        assert!(timeout.contains("\"Non HTTP response message: what|was\",shop 1-5,text,false,"), "{timeout}");
    }

    #[test]
    fn a_group_is_a_transaction_a_login_a_sample_and_an_iteration_has_no_row() {
        let group =
            entry(SampleOf::Group(0), Made::Requests(2, 1), Ended::Failure(FailureClass::Check, "a step".into()));
        let login = entry(SampleOf::Setup(StepId(0)), Made::Request(Some(200)), Ended::Success);
        let whole = entry(SampleOf::Iteration, Made::Requests(2, 0), Ended::Success);
        let rows = rows(&[group, login, whole]);
        assert_eq!(rows.len(), 2, "{rows:?}");
        let message = "\"Number of samples in transaction : 2, number of failing samples : 1\"";
        assert!(rows[0].contains(&format!(",buy,,{message},shop 1-5,text,false,,")), "{}", rows[0]);
        assert!(rows[0].contains(",10,10,null,"), "{}", rows[0]);
        assert!(rows[1].contains(",login,200,OK,"), "{}", rows[1]);
    }

    #[test]
    fn the_users_of_a_scenario_are_its_share_of_those_that_were_seen() {
        let of =
            |step, user| Entry { user, ..entry(SampleOf::Step(StepId(step)), Made::Request(None), Ended::Success) };
        let rows = rows(&[of(0, 0), of(1, 1), of(0, 2), of(0, 3)]);
        let threads: Vec<&str> = rows.iter().map(|row| row.rsplit(',').nth(5).unwrap()).collect();
        assert_eq!(threads, ["10", "5", "7", "8"]);
    }
}
