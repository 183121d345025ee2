//! Writing and checking a request allocates nothing once the buffers have grown.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;

use tollgate::plan::{Identity, Overrides, Plan};
use tollgate::scenario::Scenario;
use tollgate::scenario::check::Reply;
use tollgate::scenario::feeder::Turn;
use tollgate::scenario::json::Outline;
use tollgate::scenario::slots::Slots;
use tollgate::scenario::template::{Draw, Random};
use tollgate::units::Micros;

const ANSWER: &[u8] =
    br#"{"code":200,"message":"success","data":{"transactionNo":"T1","status":"SUCCESS","balance":12.5},"timestamp":1700000000000}"#;
const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nSet-Cookie: SID=s1; Path=/\r\n\r\n";

/// A charge with every kind of value that a template can have, and every kind of check and extract.
const CHARGE: &str = r#"
gate = ["failures<=0"]
[vars]
base = "/api/v1"
orderNo = "${run.id}-${uuid()}"
[[feeder]]
name = "charge"
permute = [{ column = "userId", from = 1, to = 10000 }, { column = "deviceId", from = 1, to = 40, prefix = "POS" }]
[[scenario]]
name = "a"
[[scenario.step]]
name = "charge"
method = "POST"
path = "${base}/pay/${orderNo}?r=${random.int(1, 9)}&b=${base64(${orderNo})}"
headers = { X-Sign = "${hmac_sha256(k, ${orderNo}${sequence})}", X-Md5 = "${md5(${orderNo})}", X-User = "${user.id}" }
body = '{"no":"${orderNo}","user":${charge.userId},"device":"${charge.deviceId}","amount":${random.decimal(5.50, 50.50)},"mode":"${random.choice(FIXED, FREE)}","at":"${now}","ms":${timestamp.ms},"no2":"${user.sequence}"}'
envelope = "consume-400"
check = [
    { json = "$.data.status", equals = "SUCCESS" },
    { json = "$.data.balance", at_least = 0 },
    { json = "$.message", matches = "^succ" },
    { header = "content-type", contains = "json" },
    { contains = "T1" },
    { size = "<=1000" },
    { duration = "<=1s" },
]
extract = [
    { var = "token", json = "$.data.transactionNo" },
    { var = "kind", header = "Content-Type" },
    { var = "session", cookie = "SID" },
    { var = "time", regex = "timestamp.:[0-9]+" },
]
"#;

/// What the texts of an iteration draw on.
fn draw<'a>(plan: &'a Plan, slots: &'a Slots, (sequence, rows, random): (u64, &'a [u64], &'a Random)) -> Draw<'a> {
    let now = jiff::Timestamp::default;
    Draw { sequence, user: 1, user_sequence: sequence, rows, feeders: &plan.feeders, slots, random, now }
}

/// Writes and judges so many charges with what a user keeps between them.
fn charges(plan: &Plan, (slots, texts, outline): (&mut Slots, &mut [Vec<u8>; 3], &mut Outline), count: u64) {
    let step = &plan.steps[0];
    for sequence in 0..count {
        let random = Random::new(1, sequence);
        let rows = [plan.feeders[0].1.next(Turn { sequence, user: 1, own: sequence }, || sequence).unwrap()];
        let of = (sequence, rows.as_slice(), &random);
        for variable in &plan.drawn {
            let mut bytes = slots.take(variable.slot);
            variable.text.write(&draw(plan, slots, of), &mut bytes);
            slots.put(variable.slot, bytes);
        }
        let [head, body, scratch] = texts;
        head.clear();
        body.clear();
        step.path.write(&draw(plan, slots, of), head);
        step.headers.iter().for_each(|(_, value)| value.write(&draw(plan, slots, of), head));
        step.body.as_ref().unwrap().write(&draw(plan, slots, of), body);
        let reply = Reply { status: 200, head: HEAD, body: outline.read(ANSWER), time: Micros::from_millis(15) };
        step.expectation.examine(&reply, &draw(plan, slots, of), scratch).unwrap();
        step.extracts.iter().for_each(|extract| extract.take(&reply, slots).unwrap());
    }
}

#[test]
fn a_charge_is_written_and_checked_without_an_allocation() {
    let scenario = Scenario::parse(CHARGE, Path::new("x.toml")).unwrap();
    let identity = Identity { name: "x".into(), run_id: "20251223T205900Z-1a2b".into(), seed: 1 };
    let plan = Plan::resolve(&scenario, &Overrides::default(), identity).unwrap();
    let mut slots = Slots::new(plan.slots);
    let mut texts: [Vec<u8>; 3] = Default::default();
    let mut outline = Outline::default();
    charges(&plan, (&mut slots, &mut texts, &mut outline), 100);
    let counted = allocation_counter::measure(|| charges(&plan, (&mut slots, &mut texts, &mut outline), 10_000));
    assert_eq!(counted.count_total, 0, "{counted:?}");
    assert!(texts[1].starts_with(b"{\"no\":\"20251223T205900Z-1a2b-"), "something was written");
    assert_eq!(slots.get(plan.steps[0].extracts[0].slot), b"T1", "something was taken out");
    let seen = allocation_counter::measure(|| drop(vec![0_u8; 100]));
    assert_eq!(seen.count_total, 1, "the counter counts");
}
