//! What structures, extracts, checks and on_start promise, played by a user against a scripted service.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::attack::clock::RunClock;
use crate::attack::leave::Early;
use crate::attack::script::Script;
use crate::attack::shared::{Shared, Stop};
use crate::attack::transport::{Answer, Exchange, Outgoing, Transport};
use crate::attack::virtual_user::{Common, VirtualUser};
use crate::plan::target::Target;
use crate::plan::tests::resolve;
use crate::plan::{Overrides, Plan};
use crate::sample::{Outcome, Sample, SampleOf, SampleSink, StepId};

/// Answers every request at once by its path.
struct Service {
    clock: RunClock,
    requests: Arc<Mutex<Vec<String>>>,
    answer: fn(&str, usize) -> (u16, &'static str),
}

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nX-Trace: t-1\r\nSet-Cookie: SID=s1; Path=/\r\n\r\n";

impl Transport for Service {
    async fn exchange(&mut self, request: Outgoing<'_>) -> Exchange<'_> {
        let text = String::from_utf8(request.bytes.to_vec()).unwrap();
        let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
        let times = {
            let mut requests = self.requests.lock().unwrap();
            requests.push(text);
            requests.len()
        };
        let start = self.clock.floor();
        tokio::time::sleep(Duration::from_millis(10)).await;
        let end = self.clock.ceil();
        let (status, body) = (self.answer)(&path, times);
        let result = Ok(Answer { status, head: HEAD, body: body.as_bytes() });
        Exchange { start, connected: None, first_byte: Some(end), end, bytes_sent: 1, bytes_received: 1, result }
    }
}

/// What a sink was told: which sample, milliseconds, and what a failure said.
#[derive(Default)]
struct Told(Mutex<Vec<(SampleOf, u64, Option<String>)>>);

impl SampleSink for Told {
    fn record(&self, sample: &Sample<'_>) {
        let said = match &sample.outcome {
            Outcome::Failure(failure) => Some(format!("{}: {}", failure.class.name(), failure.message)),
            _ => None,
        };
        self.0.lock().unwrap().push((sample.of, sample.service_time().get() / 1000, said));
    }
}

struct Stage {
    users: Vec<VirtualUser<Service>>,
    shared: Arc<Shared>,
    told: Arc<Told>,
    requests: Arc<Mutex<Vec<String>>>,
}

fn planned(rest: &str) -> Plan {
    let text = format!("gate = [\"failures<=0\"]\n{rest}");
    resolve(&text, &Overrides::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn stage(rest: &str, users: u32, answer: fn(&str, usize) -> (u16, &'static str)) -> Stage {
    let plan = planned(rest);
    let shared = Arc::new(Shared::new(RunClock::start(), users, Arc::default()));
    let told = Arc::new(Told::default());
    let script = Arc::new(Script::new(&plan, &Target::parse("http://h:1", "test").unwrap()));
    let common = Common { shared: Arc::clone(&shared), script, sink: Arc::clone(&told) as Arc<_> };
    let requests = Arc::<Mutex<Vec<String>>>::default();
    let user = |_| {
        let transport = Service { clock: shared.clock, requests: Arc::clone(&requests), answer };
        VirtualUser::new(&common, shared.sit_down().unwrap(), 0, transport)
    };
    Stage { users: (0..users).map(user).collect(), shared, told, requests }
}

impl Stage {
    /// The paths that were asked for since this was last called.
    fn paths(&self) -> Vec<String> {
        let requests = std::mem::take(&mut *self.requests.lock().unwrap());
        requests.iter().map(|text| text.split(' ').nth(1).unwrap_or_default().to_owned()).collect()
    }

    fn failures(&self) -> Vec<String> {
        self.told.0.lock().unwrap().iter().filter_map(|(_, _, said)| said.clone()).collect()
    }

    async fn iterate(&mut self) -> bool {
        self.users[0].iterate().await
    }
}

const SCENARIO: &str = "[[scenario]]\nname = \"a\"\n";

fn fine(_: &str, _: usize) -> (u16, &'static str) {
    (200, r#"{"code":200,"data":{"token":"t/1","n":3,"items":[{"id":7},{"id":"b c"}],"more":true}}"#)
}

#[tokio::test(start_paused = true)]
async fn what_an_answer_gives_is_sent_with_what_follows() {
    let steps = r#"
        [[scenario.step]]
        name = "login"
        path = "/login"
        extract = [
            { var = "token", json = "$.data.token" },
            { var = "n", regex = "\"n\":([0-9]+)" },
            { var = "trace", header = "x-trace" },
            { var = "sid", cookie = "SID" },
            { var = "none", json = "$.data.none", default = "d" },
            { var = "last", json = "$.data.items[*].id", index = 1 },
        ]
        [[scenario.step]]
        name = "use"
        method = "POST"
        path = "/use/${token}?n=${n}&l=${last}"
        headers = { Authorization = "Bearer ${token}", Cookie = "${sid}" }
        body = '{"trace":"${trace}","none":"${none}"}'
        check = [{ json = "$.data.n", equals = "${n}" }, { json = "$.data.n", at_least = 3, below = 4 }]
    "#;
    let mut stage = stage(&format!("{SCENARIO}{steps}"), 1, fine);
    assert!(stage.iterate().await);
    assert_eq!(stage.failures(), Vec::<String>::new());
    let request = stage.requests.lock().unwrap()[1].clone();
    assert!(request.starts_with("POST /use/t%2F1?n=3&l=b%20c HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("Authorization: Bearer t/1\r\n") && request.contains("Cookie: s1\r\n"), "{request}");
    assert!(request.ends_with("{\"trace\":\"t-1\",\"none\":\"d\"}"), "{request}");
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_not_there_is_a_failure_and_never_the_one_of_an_earlier_answer() {
    let steps = r#"
        [[scenario.step]]
        name = "get"
        path = "/get"
        extract = [{ var = "x", json = "$.x" }]
        [[scenario.step]]
        name = "use"
        path = "/use/${x}"
    "#;
    let answer = |_: &str, times: usize| (200, if times == 1 { r#"{"x":1}"# } else { "{}" });
    let mut stage = stage(&format!("{SCENARIO}{steps}"), 1, answer);
    stage.iterate().await;
    stage.iterate().await;
    assert_eq!(stage.paths(), ["/get", "/use/1", "/get", "/use/"]);
    let failures = stage.failures();
    assert_eq!(failures[0], "check: x: expected json $.x in the answer, found nothing");
}

#[tokio::test(start_paused = true)]
async fn a_failing_check_says_what_was_expected_and_found() {
    for (check, said) in [
        ("{ json = \"$.data.token\", equals = \"t2\" }", "json $.data.token: expected \"t2\", found \"t/1\""),
        ("{ json = \"$.data.x\", exists = true }", "json $.data.x: expected a value, found nothing"),
        ("{ json = \"$.data.n\", exists = false }", "json $.data.n: expected not a value, found \"3\""),
        ("{ json = \"$.data.n\", above = 3 }", "json $.data.n: expected a number > 3, found \"3\""),
        ("{ header = \"X-Trace\", matches = \"^q\" }", "header X-Trace: expected a match of /^q/, found \"t-1\""),
        ("{ contains = \"items\", not = true }", "body: expected not a text with \"items\", found \"{\"code\":200"),
        ("{ status = 201 }", "status: expected 201, found 200"),
        ("{ size = \"<=5\" }", "size: expected at most 5 bytes, found"),
        ("{ duration = \"<=1ms\" }", "duration: expected at most 1ms, found 10ms"),
    ] {
        let steps = format!("{SCENARIO}[[scenario.step]]\nname = \"s\"\npath = \"/\"\ncheck = [{check}]\n");
        let mut stage = stage(&steps, 1, fine);
        stage.iterate().await;
        let failures = stage.failures();
        assert!(failures.len() == 1 && failures[0].starts_with(&format!("check: {said}")), "{check}: {failures:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn structures_play_their_steps_in_the_order_they_say() {
    let steps = r#"
        [[scenario.step]]
        name = "first"
        path = "/first"
        once = true
        extract = [{ var = "ids", json = "$.data.items[*].id", all = true }, { var = "n", json = "$.data.n" }]
        [[scenario.step]]
        repeat = 2
        as = "round"
        [[scenario.step.step]]
        name = "again"
        path = "/again/${round}"
        [[scenario.step]]
        if = "${user.sequence} == 0 and ${n} == 3"
        [[scenario.step.step]]
        foreach = "ids"
        as = "id"
        [[scenario.step.step.step]]
        name = "each"
        path = "/each/${id}/${ids.count}"
        [[scenario.step.else]]
        name = "else"
        path = "/else"
        [[scenario.step]]
        pick = "in_turn"
        [[scenario.step.step]]
        name = "a"
        path = "/a"
        [[scenario.step.step]]
        name = "b"
        path = "/b"
        [[scenario.step]]
        while = "${go} != 'false'"
        at_most = 3
        [[scenario.step.step]]
        name = "poll"
        path = "/poll"
        extract = [{ var = "go", json = "$.data.more" }]
    "#;
    let mut stage = stage(&format!("{SCENARIO}{steps}"), 1, fine);
    stage.iterate().await;
    let first = ["/first", "/again/0", "/again/1", "/each/7/2", "/each/b%20c/2", "/a", "/poll", "/poll", "/poll"];
    assert_eq!(stage.paths(), first);
    stage.iterate().await;
    assert_eq!(stage.paths(), ["/again/0", "/again/1", "/else", "/b", "/poll", "/poll", "/poll"]);
}

#[tokio::test(start_paused = true)]
async fn a_weighted_pick_follows_its_weights_and_the_seed() {
    let steps = "[[scenario.step]]\npick = \"weighted\"\n[[scenario.step.step]]\nweight = 3\nname = \"a\"\npath = \"/a\"\n[[scenario.step.step]]\nname = \"b\"\npath = \"/b\"\n";
    let mut paths = Vec::new();
    for _ in 0..2 {
        let mut stage = stage(&format!("{SCENARIO}{steps}"), 1, fine);
        for _ in 0..1_000 {
            stage.iterate().await;
        }
        paths.push(stage.paths());
    }
    let share = paths[0].iter().filter(|path| *path == "/a").count();
    assert!((700..800).contains(&share), "{share}");
    assert_eq!(paths[0], paths[1], "the same seed picks the same");
}

#[tokio::test(start_paused = true)]
async fn a_group_is_told_of_as_one_without_its_pauses() {
    let steps = r#"
        [[scenario.step]]
        group = "buy"
        [[scenario.step.step]]
        name = "cart"
        path = "/cart"
        think_time = "2s"
        [[scenario.step.step]]
        pause = "1s"
        [[scenario.step.step]]
        name = "pay"
        path = "/pay"
        [[scenario.step]]
        name = "look"
        path = "/look"
    "#;
    let mut stage = stage(&format!("{SCENARIO}{steps}"), 1, |path, _| (if path == "/pay" { 500 } else { 200 }, ""));
    stage.iterate().await;
    let told: Vec<(SampleOf, u64, bool)> =
        stage.told.0.lock().unwrap().iter().map(|(of, time, said)| (*of, *time, said.is_none())).collect();
    let step = |at| SampleOf::Step(StepId(at));
    assert_eq!(
        told,
        [
            (step(0), 10, true),
            (step(1), 10, false),
            (SampleOf::Group(0), 20, false),
            (step(2), 10, true),
            (SampleOf::Iteration, 30, false)
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_iteration_may_end_with_its_first_failure() {
    let steps = "on_failure = \"next_iteration\"\n[[scenario.step]]\nname = \"a\"\npath = \"/a\"\n[[scenario.step]]\nname = \"b\"\npath = \"/b\"\n";
    let mut stage = stage(&format!("{SCENARIO}{steps}"), 1, |_, _| (503, ""));
    assert!(stage.iterate().await);
    assert_eq!(stage.paths(), ["/a"]);
    let last = stage.told.0.lock().unwrap().last().cloned().unwrap();
    assert!(last.0 == SampleOf::Iteration && last.2.is_some(), "the iteration failed: {last:?}");
}

const LOGIN: &str = r#"
    [[scenario.on_start]]
    name = "login"
    path = "/login?user=${user.id}"
    extract = [{ var = "token", json = "$.data.token" }]
    [[scenario.step]]
    name = "use"
    path = "/use/${token}"
    [[scenario.on_stop]]
    name = "logout"
    path = "/logout/${token}"
"#;

#[tokio::test(start_paused = true)]
async fn a_user_logs_in_once_and_its_token_is_used_after() {
    let mut stage = stage(&format!("{SCENARIO}{LOGIN}"), 1, fine);
    assert!(stage.users[0].start().await);
    for _ in 0..2 {
        stage.iterate().await;
    }
    stage.shared.stop(Stop::Finish);
    stage.users[0].finish().await;
    assert_eq!(stage.paths(), ["/login?user=1", "/use/t%2F1", "/use/t%2F1", "/logout/t%2F1"]);
    let of: Vec<SampleOf> = stage.told.0.lock().unwrap().iter().map(|(of, _, _)| *of).collect();
    let (step, setup) = (SampleOf::Step(StepId(0)), |at| SampleOf::Setup(StepId(at)));
    assert_eq!(of, [setup(0), step, step, setup(1)], "what lies outside of the loop is told apart");
}

#[tokio::test(start_paused = true)]
async fn a_user_whose_login_fails_tries_three_times_and_never_begins() {
    let mut stage = stage(&format!("{SCENARIO}{LOGIN}"), 1, |_, _| (401, "no"));
    assert!(!stage.users[0].start().await);
    assert_eq!(stage.paths().len(), 3);
    assert_eq!(stage.failures(), ["auth: no", "auth: no", "auth: no"]);
    stage.users.clear();
    assert_eq!(stage.shared.lost(), 1, "a run without one of its users is no proof");
    let mut stage =
        self::stage(&format!("{SCENARIO}{LOGIN}"), 1, |_, times| if times < 3 { (500, "") } else { fine("", 0) });
    assert!(stage.users[0].start().await, "a login that succeeds late is a login");
}

#[tokio::test(start_paused = true)]
async fn a_shared_token_is_fetched_by_one_user_for_all() {
    let shared = LOGIN.replacen("path =", "shared = true\npath =", 1);
    let mut stage = stage(&format!("{SCENARIO}{shared}"), 3, fine);
    let [one, two, three] = stage.users.as_mut_slice() else { panic!("three users") };
    assert_eq!(tokio::join!(one.start(), two.start(), three.start()), (true, true, true));
    assert_eq!(stage.paths().len(), 1, "one login for all");
    for user in &mut stage.users {
        user.iterate().await;
    }
    assert_eq!(stage.paths(), ["/use/t%2F1"; 3]);
}

#[tokio::test(start_paused = true)]
async fn each_user_makes_the_pause_behind_a_shared_step_so_that_the_seed_alone_decides_its_course() {
    let shared = LOGIN.replacen("path =", "shared = true\nthink_time = \"2s\"\npath =", 1);
    let mut stage = stage(&format!("{SCENARIO}{shared}"), 2, fine);
    let [one, two] = stage.users.as_mut_slice() else { panic!("two users") };
    assert!(one.start().await);
    let first = stage.shared.clock.floor();
    assert!(two.start().await, "it sends nothing, and pauses all the same");
    let second = stage.shared.clock.floor().saturating_sub(first);
    assert_eq!(stage.requests.lock().unwrap().len(), 1);
    for pause in [first, second] {
        assert!((2_000..=2_010).contains(&(pause.get() / 1_000)), "{pause}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_loop_that_sends_nothing_ends_and_lets_the_run_stop() {
    let steps = "[[scenario.step]]\nrepeat = 10000\n[[scenario.step.step]]\nrepeat = 10000\n[[scenario.step.step.step]]\nif = \"'' == 'x'\"\n[[scenario.step.step.step.step]]\nname = \"never\"\npath = \"/\"\n";
    let mut stage = stage(&format!("{SCENARIO}{steps}"), 1, fine);
    let shared = Arc::clone(&stage.shared);
    let stop = async {
        tokio::task::yield_now().await;
        shared.stop(Stop::Finish);
    };
    let (go_on, ()) = tokio::join!(stage.iterate(), stop);
    assert!(!go_on && stage.paths().is_empty());
}

#[test]
fn structures_that_make_no_sense_are_refused_with_their_cure() {
    let refusal = |steps: &str| {
        let text = format!("gate = [\"failures<=0\"]\n{SCENARIO}{steps}");
        resolve(&text, &Overrides::default()).map(|_| ()).unwrap_err().to_string()
    };
    let inner = "[[scenario.step.step]]\nname = \"i\"\npath = \"/\"\n";
    for (steps, part) in [
        ("[[scenario.step]]\nrepeat = 2\n".to_owned(), "has no steps inside"),
        (format!("[[scenario.step]]\nrepeat = 2\nname = \"x\"\n{inner}"), "has keys of a request"),
        (format!("[[scenario.step]]\nrepeat = 2\ngroup = \"g\"\n{inner}"), "is two structures at once"),
        (format!("[[scenario.step]]\nrepeat = \"x\"\n{inner}"), "repeat takes a whole number"),
        (format!("[[scenario.step]]\nforeach = \"ids\"\nas = \"id\"\n{inner}"), "names no list"),
        (format!("[[scenario.step]]\nname = \"s\"\npath = \"/\"\n{inner}"), "has steps inside of it"),
        (format!("[[scenario.step]]\ngroup = \"i\"\n{inner}"), "step \"i\" is named twice"),
        ("[[scenario.step]]\nname = \"s\"\npath = \"/\"\nshared = true\n".to_owned(), "shared = true"),
        ("[[scenario.step]]\nname = \"s\"\npath = \"/${late}\"\n[[scenario.step]]\nname = \"t\"\npath = \"/\"\nextract = [{ var = \"late\", json = \"$.x\" }]\n".to_owned(), "unknown variable \"${late}\""),
        ("[[scenario.step]]\nname = \"s\"\npath = \"/\"\nexpect_reject = \"any\"\n".to_owned(), "names no envelope"),
    ] {
        let error = refusal(&steps);
        assert!(error.contains(part), "{steps}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn shuffled_steps_are_all_played_and_not_always_in_one_order() {
    let arm = |name: &str| format!("[[scenario.step.step]]\nname = \"{name}\"\npath = \"/{name}\"\n");
    let steps = format!("{SCENARIO}[[scenario.step]]\npick = \"shuffled\"\n{}{}{}", arm("a"), arm("b"), arm("c"));
    let mut stage = stage(&steps, 1, fine);
    let mut orders = std::collections::BTreeSet::new();
    for _ in 0..20 {
        stage.iterate().await;
        let order = stage.paths();
        let mut sorted = order.clone();
        sorted.sort();
        assert_eq!(sorted, ["/a", "/b", "/c"], "{order:?}");
        orders.insert(order);
    }
    assert!(orders.len() > 2, "{orders:?}");
}

#[tokio::test(start_paused = true)]
async fn a_share_of_the_passes_is_spread_evenly() {
    let steps = format!(
        "{SCENARIO}[[scenario.step]]\nname = \"all\"\npath = \"/all\"\n[[scenario.step]]\npercent = 25\n\
         [[scenario.step.step]]\nname = \"some\"\npath = \"/some\"\n"
    )
    .replace("name = \"all\"", "name = \"each\"");
    let mut stage = stage(&steps, 1, fine);
    let mut played = Vec::new();
    for pass in 0..12 {
        stage.iterate().await;
        if stage.paths().contains(&"/some".to_owned()) {
            played.push(pass);
        }
    }
    assert_eq!(played.len(), 3, "{played:?}");
    assert!(played.windows(2).all(|pair| pair[1] - pair[0] == 4), "{played:?}");
}

#[tokio::test(start_paused = true)]
async fn steps_are_repeated_for_a_time_and_the_round_that_has_begun_is_played_to_its_end() {
    let steps = format!(
        "{SCENARIO}[[scenario.step]]\nfor = \"1s\"\n[[scenario.step.step]]\nname = \"s\"\npath = \"/s\"\n\
         [[scenario.step.step]]\npause = \"300ms\"\n"
    );
    let mut stage = stage(&steps, 1, fine);
    stage.iterate().await;
    assert_eq!(stage.paths().len(), 4, "rounds of 310 ms begin at 0, 310, 620 and 930 ms");
}

#[tokio::test(start_paused = true)]
async fn a_round_takes_the_next_row_and_the_iteration_takes_none() {
    let steps = format!(
        "[[feeder]]\nname = \"r\"\ncolumns = [\"x\"]\nrows = [[\"a\"], [\"b\"], [\"c\"]]\n\
         [[feeder]]\nname = \"n\"\ncount = {{ from = 5, by = 5 }}\n\
         {SCENARIO}[[scenario.step]]\nrepeat = 2\nnext = [\"r\"]\n[[scenario.step.step]]\nname = \"s\"\n\
         path = \"/${{r.x}}${{n.value}}\"\n"
    );
    let mut stage = stage(&steps, 1, fine);
    stage.iterate().await;
    stage.iterate().await;
    assert_eq!(stage.paths(), ["/a5", "/b5", "/c10", "/a10"]);
}

#[tokio::test(start_paused = true)]
async fn a_step_may_end_the_iteration_the_user_or_the_run() {
    for (stop, stays, ends) in [("iteration", true, false), ("user", false, false), ("run", false, true)] {
        let steps = format!(
            "{SCENARIO}[[scenario.step]]\nname = \"a\"\npath = \"/a\"\n[[scenario.step]]\nstop = \"{stop}\"\n\
             [[scenario.step]]\nname = \"b\"\npath = \"/b\"\n"
        );
        let mut stage = stage(&steps, 1, fine);
        assert_eq!(stage.iterate().await, stays, "{stop}");
        assert_eq!(stage.paths(), ["/a"], "{stop}");
        assert_eq!(stage.shared.at_least(Stop::Finish), ends, "{stop}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_may_end_the_user_or_the_run() {
    fn broken(_: &str, _: usize) -> (u16, &'static str) {
        (500, "")
    }
    for (on_failure, ends) in [("stop_user", false), ("stop_run", true)] {
        let steps = format!(
            "{SCENARIO}on_failure = \"{on_failure}\"\n[[scenario.step]]\nname = \"a\"\npath = \"/a\"\n\
             [[scenario.step]]\nname = \"b\"\npath = \"/b\"\n"
        );
        let mut stage = stage(&steps, 1, broken);
        assert!(!stage.iterate().await, "{on_failure}");
        assert_eq!((stage.paths(), stage.shared.at_least(Stop::Finish)), (vec!["/a".to_owned()], ends), "{on_failure}");
        let why = ends.then_some(Early::Failure);
        assert_eq!(stage.shared.early.get(), why, "{on_failure}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_variable_that_an_answer_gives_begins_each_iteration_with_its_own_text() {
    let steps = format!(
        "[vars]\ntoken = \"none\"\n{SCENARIO}[[scenario.step]]\nname = \"before\"\npath = \"/before/${{token}}\"\n\
         extract = [{{ var = \"token\", json = \"$.data.n\" }}]\n\
         [[scenario.step]]\nname = \"behind\"\npath = \"/behind/${{token}}\"\n"
    );
    let mut stage = stage(&steps, 1, fine);
    stage.iterate().await;
    stage.iterate().await;
    assert_eq!(stage.paths(), ["/before/none", "/behind/3", "/before/none", "/behind/3"]);
}

#[tokio::test(start_paused = true)]
async fn one_user_prepares_for_all_and_the_last_one_tidies_up() {
    let steps = format!(
        "[[setup]]\nname = \"login\"\npath = \"/login\"\nextract = [{{ var = \"n\", json = \"$.data.n\" }}]\n\
         [[teardown]]\nname = \"logout\"\npath = \"/logout/${{n}}\"\n\
         {SCENARIO}[[scenario.step]]\nname = \"s\"\npath = \"/s/${{n}}\"\n"
    );
    let mut stage = stage(&steps, 3, fine);
    for user in &mut stage.users {
        assert!(user.start().await);
    }
    assert_eq!(stage.paths(), ["/login"]);
    for user in &mut stage.users {
        user.iterate().await;
    }
    assert_eq!(stage.paths(), ["/s/3", "/s/3", "/s/3"]);
    stage.shared.stop(Stop::Finish);
    for user in &mut stage.users {
        user.finish().await;
    }
    assert_eq!(stage.paths(), ["/logout/3"]);
}

#[tokio::test(start_paused = true)]
async fn nobody_begins_when_what_comes_before_all_fails() {
    fn broken(_: &str, _: usize) -> (u16, &'static str) {
        (500, "")
    }
    let steps = format!(
        "[[setup]]\nname = \"login\"\npath = \"/login\"\n{SCENARIO}[[scenario.step]]\nname = \"s\"\npath = \"/s\"\n"
    );
    let mut stage = stage(&steps, 2, broken);
    for user in &mut stage.users {
        assert!(!user.start().await);
    }
    assert_eq!(stage.paths(), ["/login", "/login", "/login"], "one user tries three times, the other not at all");
}

#[tokio::test(start_paused = true)]
async fn a_step_with_a_host_of_its_own_goes_there_over_a_connection_of_its_own() {
    let plan = planned(&format!(
        "{SCENARIO}[[scenario.step]]\nname = \"in\"\nhost = \"http://login:2\"\npath = \"/in\"\n\
         [[scenario.step]]\nname = \"s\"\npath = \"/s\"\n"
    ));
    let shared = Arc::new(Shared::new(RunClock::start(), 1, Arc::default()));
    let script = Arc::new(Script::new(&plan, &Target::parse("http://h:1/base", "test").unwrap()));
    let common = Common { shared: Arc::clone(&shared), script, sink: Arc::new(Told::default()) as Arc<_> };
    let sent: [Arc<Mutex<Vec<String>>>; 2] = Default::default();
    let [here, there] = [&sent[0], &sent[1]].map(|requests| Service {
        clock: shared.clock,
        requests: Arc::clone(requests),
        answer: fine,
    });
    let seat = shared.sit_down().unwrap();
    let mut user = VirtualUser::new(&common, seat, 0, here).with_elsewhere(vec![there]);
    user.iterate().await;
    let first_lines = |requests: &Mutex<Vec<String>>| -> Vec<String> {
        requests.lock().unwrap().iter().map(|text| text.lines().take(2).collect::<Vec<_>>().join(" ")).collect()
    };
    assert_eq!(first_lines(&sent[0]), ["GET /base/s HTTP/1.1 Host: h:1"]);
    assert_eq!(first_lines(&sent[1]), ["GET /in HTTP/1.1 Host: login:2"]);
}
