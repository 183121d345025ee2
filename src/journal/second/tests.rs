use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::histogram::failures::FailureCount;
use crate::histogram::recorder::{Recorder, RecorderOptions};
use crate::plan::tests::{TWO_STEPS, resolve};
use crate::plan::{Overrides, Plan};
use crate::sample::{Arrival, Failure, FailureClass, Followed, MeasuredWindow, Outcome, Sample, SampleOf, SampleSink};
use crate::units::RatePerSec;

const GATE: &str = "gate = [\"p95<=40ms for look\", \"failures<=9\", \"ttfb-p50<=9ms for pay\"]\n";

fn plan(open: bool) -> Plan {
    let rate = open.then(|| RatePerSec::new(100.0).unwrap());
    resolve(&format!("{GATE}{TWO_STEPS}"), &Overrides { rate, ..Overrides::default() }).unwrap()
}

fn recorder(plan: &Plan) -> Recorder {
    let window = Arc::new(MeasuredWindow::default());
    window.open(Micros::from_secs(2), Micros::from_secs(30));
    Recorder::new(&RecorderOptions::for_plan(plan, 2), window).unwrap()
}

/// The `n`-th sample of a run that knows every kind of row and of failure.
fn sample(n: u64, open: bool) -> Sample<'static> {
    let start = Micros::new(n * 7_919);
    let failure = |class, status, code, message| Outcome::Failure(Failure { class, status, code, message });
    let outcome = match n % 11 {
        0 => failure(FailureClass::Timeout, None, None, "no answer"),
        1 => failure(FailureClass::BusinessReject, Some(200), Some(-4), "no balance"),
        2 => failure(FailureClass::Check, Some(200), Some(i64::MIN), "语言"),
        3 if n.is_multiple_of(5) => Outcome::Aborted,
        _ => Outcome::Success,
    };
    Sample {
        of: match n % 4 {
            0 => SampleOf::Iteration,
            step => SampleOf::Step(StepId((step % 2) as u16)),
        },
        arrival: open.then_some(Arrival { intended: start, late: Micros::new(n % 977) }),
        start,
        connected: n.is_multiple_of(13).then(|| start + Micros::new(300)),
        first_byte: Some(start + Micros::new(900)),
        end: start + Micros::new(1_000 + n * n % 60_000),
        bytes_sent: 10,
        bytes_received: n,
        outcome,
    }
}

fn record_some(recorder: &Recorder, samples: std::ops::Range<u64>, open: bool) {
    for n in samples {
        recorder.record(&sample(n, open));
        recorder.loop_lag(sample(n, open).start, Micros::new(n % 50));
        if n % 17 == 1 {
            let connects = [Micros::new(n % 700), Micros::new(n % 900)];
            let followed = Followed { redirects: 3, booked_at: sample(n, open).booked_at(), connects: &connects };
            recorder.followed(SampleOf::Step(StepId(0)), &followed);
        }
        if open {
            recorder.released(sample(n, open).start, Micros::new(n % 3_000), n % 9 == 0);
        }
    }
}

/// Everything in sums as text: it holds every count, sum and bucket.
fn told(sums: &Sums) -> String {
    let rows = rows(&sums.recording).map(|row| {
        let times = [&row.service, &row.failure, &row.ttfb, &row.connect].into_iter().chain(&row.response);
        let times: Vec<SparseTimes> = times.map(SparseTimes::of).collect();
        let counts = (numbers(row), row.failure_response_sum, &row.at_or_under, &row.opened);
        format!("{counts:?} {times:?}\n")
    });
    let kinds = |table: &FailureTable| {
        let times: Vec<_> = table.times().map(|(class, times)| (class, SparseTimes::of(times))).collect();
        format!("{:?} {times:?}\n", table.iter().collect::<Vec<_>>())
    };
    let Released { due, inside, late, queued, lateness, .. } = &sums.released;
    let released = format!("{due} {inside} {late} {queued} {:?}\n", SparseTimes::of(lateness));
    rows.collect::<String>()
        + &kinds(&sums.recording.failures)
        + &released
        + &format!("{:?}", SparseTimes::of(&sums.lag))
}

#[test]
fn the_records_of_a_run_add_up_to_what_it_counted() {
    for open in [false, true] {
        let plan = plan(open);
        let (all_at_once, by_seconds) = (recorder(&plan), recorder(&plan));
        record_some(&all_at_once, 0..4_000, open);
        let (mut batch, mut encoder) = (by_seconds.batch(), Encoder::default());
        let mut sums = Sums::new(&plan.terms()).unwrap();
        let (mut seconds, mut last) = (Vec::new(), None);
        for second in 0..40 {
            record_some(&by_seconds, second * 100..second * 100 + 100, open);
            by_seconds.take(Micros::from_secs(second + 1), second == 39, &mut batch);
            let record = encoder.record(&batch, 7, b"{\"now\":1}");
            let read = sums.add(&record).unwrap();
            assert_eq!((read.users, read.standing), (7, &b"{\"now\":1}"[..]));
            assert_eq!(format!("{:?}", read.intervals), format!("{:?}", batch.intervals));
            seconds.extend(read.intervals);
            last = read.stalls;
        }
        let whole = Sums {
            recording: all_at_once.recording(),
            released: all_at_once.arrivals().unwrap_or_else(|| Released::new(plan.terms().top, Micros::ZERO).unwrap()),
            lag: all_at_once.lag(),
        };
        assert_eq!(told(&sums), told(&whole));
        assert!(sums.recording.failures.iter().map(|(_, entry)| entry.count).sum::<u64>() > 500);
        let of_kinds = |entry: &FailureCount| entry.first < entry.last && entry.first.get() > 0;
        assert!(sums.recording.failures.iter().all(|(_, entry)| of_kinds(entry)), "{:?}", sums.recording.failures);
        let opened =
            |row: &RowCounts| row.opened.successes > 0 && row.opened.at_or_under.iter().any(|count| *count > 0);
        assert!(sums.recording.steps.iter().any(opened), "connections that were opened are told apart");
        assert!(sums.recording.steps[0].opened.later > 0, "and those that redirects opened");
        assert_eq!(last, by_seconds.stalls(), "and the gaps are the last that were known");
        assert!(seconds.iter().map(|counts| counts.successes).sum::<u64>() > 2_000);
        for counts in &seconds {
            let by_class: u64 = counts.classes.iter().map(|(_, failures)| u64::from(failures)).sum();
            assert_eq!(by_class, counts.failures, "{:?}", counts.key);
        }
        let micros = |of: fn(&IntervalCounts) -> u64| seconds.iter().map(of).sum::<u64>();
        let by_model = seconds.iter().map(|counts| counts.times.sum()).sum::<u128>();
        assert_eq!(
            u128::from(micros(|counts| counts.service_micros)) < by_model,
            open,
            "lateness is the model's alone"
        );
        assert_eq!(by_seconds.recording().steps[0].requests(), 0, "what was taken is counted once");
    }
}

#[test]
fn a_message_is_written_once_and_stays_that_of_the_first() {
    let plan = plan(false);
    let recorder = recorder(&plan);
    let (mut batch, mut encoder) = (recorder.batch(), Encoder::default());
    let mut sums = Sums::new(&plan.terms()).unwrap();
    let records: Vec<Vec<u8>> = ["the first of them", "another"]
        .into_iter()
        .map(|message| {
            let failure = Failure { class: FailureClass::Cut, status: None, code: None, message };
            recorder.record(&Sample { outcome: Outcome::Failure(failure), ..sample(500, false) });
            recorder.record(&Sample { outcome: Outcome::Failure(failure), ..sample(501, false) });
            recorder.take(Micros::from_secs(9), false, &mut batch);
            encoder.record(&batch, 1, b"")
        })
        .collect();
    records.iter().for_each(|record| assert!(sums.add(record).is_ok()));
    let held = |record: &[u8], text: &str| record.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(held(&records[0], "the first of them") && !held(&records[1], "first") && !held(&records[1], "another"));
    let messages: Vec<&str> = sums.recording.failures.iter().map(|(_, entry)| entry.message.as_str()).collect();
    assert_eq!(messages, ["the first of them"]);
}

#[test]
fn a_record_of_other_steps_or_with_a_tail_is_refused() {
    let plan = plan(false);
    let recorder = recorder(&plan);
    record_some(&recorder, 0..500, false);
    let mut batch = recorder.batch();
    recorder.take(Micros::from_secs(9), false, &mut batch);
    let record = Encoder::default().record(&batch, 1, b"");
    for length in 0..record.len() {
        assert_eq!(Sums::new(&plan.terms()).unwrap().add(&record[..length]).err(), Some(NotWhole), "{length}");
    }
    assert!(Sums::new(&plan.terms()).unwrap().add(&[&record[..], b"x"].concat()).is_err());
}

proptest! {
    #[test]
    fn bytes_that_no_second_made_never_panic(bytes: Vec<u8>) {
        let _whatever = Sums::new(&plan(false).terms()).unwrap().add(&bytes);
    }
}
