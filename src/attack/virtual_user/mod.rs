//! One virtual user: a session that works through a scenario's steps, iteration after iteration.
//!
//! In: the script of the plan and a transport. Out: a sample of every request that was sent. Always holds: a think
//! time is never part of a latency; a request is told to the sink once, and to the user's own counters at both ends.

mod cookies;
mod custom;
mod head;
mod iteration;
mod judge;
mod once;
mod pace;
mod pause;
mod redirect;
mod rehearse;
mod state;
mod veil;
mod walk;

use std::sync::Arc;

use cookies::Jar;
use iteration::Iteration;
use judge::{Room, settle};
use pace::Pace;
pub(super) use rehearse::Rehearsed;
use state::{RanDry, State};
use walk::Part;

use crate::attack::leave::Leave;
use crate::attack::script::{Script, ScriptStep};
use crate::attack::shared::{Shared, Spent, Stop};
use crate::attack::transport::{Outgoing, Transport};
use crate::plan::PlannedScenario;
use crate::plan::random::SplitMix;
use crate::sample::{SampleOf, SampleSink};
use crate::scenario::format::Lifetime;
use crate::units::Micros;

/// How long a user waits behind a request that failed at once, without an answer.
const RETRY_PAUSE: Micros = Micros::from_millis(10);

/// One user: a script, and the session that works through it.
pub(super) struct VirtualUser<T> {
    script: Arc<Script>,
    scenario: usize,
    pace: Pace,
    session: Session<T>,
}

/// What changes from request to request. Apart from the script, so that the script is borrowed and not counted anew
/// for every iteration: all users share that count.
struct Session<T> {
    shared: Arc<Shared>,
    sink: Arc<dyn SampleSink>,
    transport: T,
    seat: usize,
    state: State,
    /// The request being sent; reused.
    out: Vec<u8>,
    body: Vec<u8>,
    /// The user's cookies, where its scenario keeps them.
    jar: Option<Jar>,
    /// What it has for each host beside the target.
    elsewhere: Vec<Elsewhere<T>>,
    /// What answers are judged in.
    room: Room,
    /// When the last request ended: no iteration since began earlier.
    last_end: Micros,
    /// What pauses are drawn from.
    random: SplitMix,
    /// The pause behind the last request of an iteration, not made yet.
    owed_pause: Micros,
    /// What a step of this iteration ends.
    leave: Option<Leave>,
    /// Whether it has begun its work and not ended it.
    plays: bool,
}

/// What a user has for a host beside the target: a connection and cookies of its own.
struct Elsewhere<T> {
    transport: T,
    jar: Option<Jar>,
}

impl<T: Transport> VirtualUser<T> {
    /// A user in `seat` that plays `scenario` (an index into the plan's).
    pub(super) fn new(common: &Common, seat: usize, scenario: usize, transport: T) -> Self {
        let (clock, target) = (common.shared.clock, &common.script.target);
        let played = common.script.scenario(scenario);
        let session = Session {
            shared: Arc::clone(&common.shared),
            sink: Arc::clone(&common.sink),
            transport,
            seat,
            state: State::new(&common.script, seat),
            out: Vec::new(),
            body: Vec::new(),
            jar: played.cookies.map(|_| Jar::new(clock, target.host(), target.is_tls())),
            elsewhere: Vec::new(),
            room: Room::default(),
            last_end: common.shared.clock.floor(),
            random: SplitMix::of_user(common.script.plan.seed, seat),
            owed_pause: Micros::ZERO,
            leave: None,
            plays: false,
        };
        let pace = Pace::new(played.pacing);
        Self { script: Arc::clone(&common.script), scenario, pace, session }
    }

    /// Gives it a transport for each host beside the target, in the plan's order.
    pub(super) fn with_elsewhere(mut self, transports: Vec<T>) -> Self {
        let (session, plan) = (&mut self.session, &self.script.plan);
        let keeps_cookies = session.jar.is_some();
        let clock = session.shared.clock;
        session.elsewhere = transports
            .into_iter()
            .zip(&plan.elsewhere)
            .map(|(transport, target)| Elsewhere {
                transport,
                jar: keeps_cookies.then(|| Jar::new(clock, target.host(), target.is_tls())),
            })
            .collect();
        self
    }

    /// Does what the user does before its first iteration, a few times if need be. Whether it may begin.
    pub(super) async fn start(&mut self) -> bool {
        self.session.start(&self.script, self.scenario).await
    }

    /// Does what the user does behind its last iteration.
    pub(super) async fn finish(&mut self) {
        self.session.finish(&self.script, self.scenario).await;
    }

    /// Plays the scenario once. Whether to go on with another iteration.
    pub(super) async fn iterate(&mut self) -> bool {
        let Self { script, scenario, pace, session } = self;
        pace.wait(session).await;
        let Ok(intended) = session.shared.begin(session.seat, *scenario, session.last_end).await else {
            return false;
        };
        pace.began(session);
        let stays = session.play(script, *scenario, intended).await;
        session.shared.iteration_ended(session.seat, session.last_end);
        // Behind its last request an iteration has ended: nobody waits for the pause that follows.
        let owed = std::mem::take(&mut session.owed_pause);
        session.pause(owed).await;
        stays && !session.shared.at_least(Stop::Finish)
    }
}

impl<T: Transport> Session<T> {
    /// Works through the scenario, and records the iteration where it is recorded apart. Whether the user stays.
    async fn play(&mut self, script: &Script, scenario: usize, intended: Option<Micros>) -> bool {
        let planned = script.scenario(scenario);
        self.renew(planned);
        let sequence = self.shared.next_sequence();
        if let Err(RanDry(feeder)) = self.state.begin(script, scenario, sequence) {
            self.shared.run_dry(feeder);
            if let Some(due) = intended {
                self.sink.unsent(planned.steps[0], due);
            }
            return true;
        }
        let mut iteration = Iteration::new(intended);
        self.walk(script, Part::of_loop(script, scenario), &mut iteration).await;
        if script.records_iterations {
            iteration.record(SampleOf::Iteration, (&*self.sink, self.state.seat()));
        }
        self.shared.heed(self.leave.take().or_else(|| iteration.leave(planned.on_failure)))
    }

    /// Drops what its scenario keeps for one iteration only.
    fn renew(&mut self, planned: &PlannedScenario) {
        if planned.cookies == Some(Lifetime::Iteration) {
            self.jar
                .iter_mut()
                .chain(self.elsewhere.iter_mut().filter_map(|host| host.jar.as_mut()))
                .for_each(Jar::empty);
        }
        if planned.connection == Lifetime::Iteration {
            self.transport.hang_up();
            self.elsewhere.iter_mut().for_each(|host| host.transport.hang_up());
        }
    }

    /// Sends the request that was written and tells the sink of it. Whether it succeeded.
    async fn request(
        &mut self,
        script: &Script,
        (of, step): (SampleOf, &ScriptStep),
        iteration: &mut Iteration,
    ) -> bool {
        self.shared.request_started(self.seat);
        let outgoing = Outgoing { bytes: &self.out, is_head: step.is_head, since: None, timeout: step.timeout };
        let exchange = self.transport.exchange(outgoing).await;
        let (start, end, answered) = (exchange.start, exchange.end, exchange.first_byte.is_some());
        let user = (&mut self.state, &mut self.room, &*self.sink);
        let good = settle(&exchange, (of, script, step), iteration, user);
        self.ended((start, end), answered).await;
        good
    }

    /// Books the end of a request.
    async fn ended(&mut self, (start, end): (Micros, Micros), answered: bool) {
        self.shared.request_ended(self.seat);
        self.shared.spent(self.seat, Spent::Request, (start, end));
        self.last_end = end;
        if !answered && end.saturating_sub(start) < RETRY_PAUSE {
            // A refused connection answers at once. Trying again at once would be a load on the generator and on nobody
            // else, and this user would never let another run.
            self.pause(RETRY_PAUSE).await;
        }
    }
}

/// What every user of a run is made from.
#[derive(Clone)]
pub(super) struct Common {
    pub(super) shared: Arc<Shared>,
    pub(super) script: Arc<Script>,
    pub(super) sink: Arc<dyn SampleSink>,
}

impl<T> Drop for Session<T> {
    /// Also runs when an iteration panics, which is how a lost user is noticed.
    fn drop(&mut self) {
        if self.plays {
            self.shared.played();
        }
        self.shared.leave(self.seat);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Mutex;
    use std::time::Duration;

    use super::*;
    use crate::attack::clock::RunClock;
    use crate::attack::transport::{Answer, Exchange, TransportError};
    use crate::plan::target::Target;
    use crate::plan::tests::resolve;
    use crate::plan::{Overrides, Plan};
    use crate::sample::{MeasuredWindow, Outcome, Sample, StepId};

    /// A transport without sockets: each answer takes as long as it is told to.
    struct Scripted {
        clock: RunClock,
        answers: VecDeque<(Duration, u16)>,
        requests: Arc<Mutex<Vec<String>>>,
    }

    impl Transport for Scripted {
        async fn exchange(&mut self, request: Outgoing<'_>) -> Exchange<'_> {
            self.requests.lock().unwrap().push(String::from_utf8(request.bytes.to_vec()).unwrap());
            let start = self.clock.floor();
            let (time, status) = self.answers.pop_front().unwrap_or((Duration::from_millis(10), 200));
            tokio::time::sleep(time).await;
            let end = self.clock.ceil();
            let result =
                if status == 0 { Err(TransportError::Aborted) } else { Ok(Answer { status, head: b"", body: b"{}" }) };
            let first_byte = Some(end);
            Exchange { start, connected: None, first_byte, end, bytes_sent: 1, bytes_received: 1, result }
        }
    }

    /// What a sink was told: which sample, its service time in milliseconds, and whether it succeeded; and, in an open
    /// model, its response time.
    #[derive(Default)]
    struct Told(Mutex<Vec<(SampleOf, u64, bool)>>, Mutex<Vec<u64>>);

    impl SampleSink for Told {
        fn record(&self, sample: &Sample<'_>) {
            let millis = sample.service_time().get() / 1000;
            self.0.lock().unwrap().push((sample.of, millis, sample.outcome == Outcome::Success));
            self.1.lock().unwrap().extend(sample.response_time().map(|time| time.get() / 1000));
        }
    }

    struct Stage {
        user: VirtualUser<Scripted>,
        shared: Arc<Shared>,
        told: Arc<Told>,
        requests: Arc<Mutex<Vec<String>>>,
    }

    fn plan(steps: &str) -> Plan {
        let text = format!("gate = [\"failures<=0\"]\n[[scenario]]\nname = \"a\"\n{steps}");
        resolve(&text, &Overrides::default()).unwrap()
    }

    fn step(name: &str, rest: &str) -> String {
        format!("[[scenario.step]]\nname = \"{name}\"\npath = \"/{name}\"\n{rest}\n")
    }

    fn stage(plan: &Plan, answers: &[(u64, u16)]) -> Stage {
        let shared = Shared::new(RunClock::start(), 1, Arc::default());
        staged(plan, answers, Arc::new(shared))
    }

    fn staged(plan: &Plan, answers: &[(u64, u16)], shared: Arc<Shared>) -> Stage {
        let clock = shared.clock;
        let told = Arc::new(Told::default());
        let target = Target::parse("http://h:1/base", "test").unwrap();
        let script = Arc::new(Script::new(plan, &target));
        let common = Common { shared: Arc::clone(&shared), script, sink: Arc::clone(&told) as Arc<_> };
        let answers = answers.iter().map(|(millis, status)| (Duration::from_millis(*millis), *status)).collect();
        let requests = Arc::default();
        let transport = Scripted { clock, answers, requests: Arc::clone(&requests) };
        let seat = shared.sit_down().unwrap();
        Stage { user: VirtualUser::new(&common, seat, 0, transport), shared, told, requests }
    }

    fn told(stage: &Stage) -> Vec<(SampleOf, u64, bool)> {
        stage.told.0.lock().unwrap().clone()
    }

    const FIRST: SampleOf = SampleOf::Step(StepId(0));
    const SECOND: SampleOf = SampleOf::Step(StepId(1));

    #[tokio::test(start_paused = true)]
    async fn think_time_is_slept_and_is_no_part_of_a_latency() {
        let plan = plan(&(step("one", "think_time = \"2s\"") + &step("two", "think_time = \"3s\"")));
        let mut stage = stage(&plan, &[(10, 200), (20, 200)]);
        assert!(stage.user.iterate().await);
        assert_eq!(told(&stage), [(FIRST, 10, true), (SECOND, 20, true), (SampleOf::Iteration, 30, true)]);
        assert!(stage.shared.clock.floor() >= Micros::from_millis(5_030));
    }

    /// Plays so often, and returns when each request started, in milliseconds to the next ten.
    async fn starts(stage: &mut Stage, times: usize) -> Vec<u64> {
        let mut starts = Vec::new();
        for _ in 0..times {
            assert!(stage.user.iterate().await);
            let ended = stage.shared.clock.floor().get() / 1_000;
            starts.push((ended - told(stage).last().unwrap().1) / 10 * 10);
        }
        starts
    }

    #[tokio::test(start_paused = true)]
    async fn paced_iterations_start_on_a_period_and_a_late_one_is_not_caught_up() {
        let mut plan = plan(&step("one", ""));
        plan.scenarios[0].pacing = Some(Micros::SECOND);
        let mut stage = stage(&plan, &[(100, 200), (100, 200), (2_500, 200), (100, 200), (100, 200)]);
        assert_eq!(starts(&mut stage, 5).await, [0, 1_000, 2_000, 4_500, 5_500]);
        assert_eq!(told(&stage)[1], (FIRST, 100, true), "the wait is part of no latency");
    }

    #[tokio::test(start_paused = true)]
    async fn think_times_are_drawn_by_seed_and_user_and_the_same_seed_draws_them_again() {
        let drawn = plan(&step("one", "think_time = { uniform = [\"1s\", \"3s\"] }"));
        let other = Plan { seed: 2, ..drawn.clone() };
        let (first, again) = (starts(&mut stage(&drawn, &[]), 20).await, starts(&mut stage(&drawn, &[]), 20).await);
        assert_eq!(first, again);
        assert_ne!(first, starts(&mut stage(&other, &[]), 20).await);
        let gaps: Vec<u64> = first.windows(2).map(|two| two[1] - two[0]).collect();
        assert!(gaps.iter().all(|gap| (1_000..=3_020).contains(gap)), "{gaps:?}");
        assert!(gaps.iter().any(|gap| *gap > gaps[0] + 100 || *gap + 100 < gaps[0]), "{gaps:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_users_time_in_the_window_is_spent_in_requests_and_at_rest() {
        let plan = plan(&(step("one", "think_time = \"2s\"") + &step("two", "think_time = \"3s\"")));
        let window = Arc::new(MeasuredWindow::default());
        window.open(Micros::from_millis(1_010), Micros::from_secs(3));
        let shared = Arc::new(Shared::new(RunClock::start(), 1, window));
        let mut stage = staged(&plan, &[(10, 200), (20, 200)], Arc::clone(&shared));
        assert!(stage.user.iterate().await);
        let within = |time: Micros, millis: u64| (millis..=millis + 10).contains(&(time.get() / 1_000));
        let time = shared.user_time();
        assert_eq!(time.present, Micros::from_secs(3));
        assert!(within(time.requests, 20), "the first request ended before the window: {time:?}");
        assert!(within(time.rest, 2_970), "both pauses are clipped to the window: {time:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn lateness_is_charged_to_the_first_step_of_an_iteration() {
        let plan = plan(&(step("one", "") + &step("two", "")));
        let shared = Arc::new(Shared::new(RunClock::start(), 1, Arc::default()).with_arrivals(1, None));
        let mut stage = staged(&plan, &[(10, 200), (20, 200)], Arc::clone(&shared));
        shared.release(0, Micros::from_millis(100));
        tokio::time::advance(Duration::from_millis(400)).await;
        assert!(stage.user.iterate().await);
        assert_eq!(told(&stage), [(FIRST, 10, true), (SECOND, 20, true), (SampleOf::Iteration, 30, true)]);
        assert_eq!(*stage.told.1.lock().unwrap(), [310, 20, 330]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_iteration_of_one_step_is_not_told_twice() {
        let mut stage = stage(&plan(&step("one", "")), &[(10, 200)]);
        assert!(stage.user.iterate().await);
        assert_eq!(told(&stage), [(FIRST, 10, true)]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_iteration_fails_with_any_of_its_steps_and_goes_on() {
        let mut stage = stage(&plan(&(step("one", "") + &step("two", ""))), &[(10, 500), (20, 200)]);
        assert!(stage.user.iterate().await);
        assert_eq!(told(&stage), [(FIRST, 10, false), (SECOND, 20, true), (SampleOf::Iteration, 30, false)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_cuts_a_think_time_short_and_starts_nothing_new() {
        let mut stage = stage(&plan(&(step("one", "think_time = \"1h\"") + &step("two", ""))), &[(10, 200)]);
        let shared = Arc::clone(&stage.shared);
        let stop = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            shared.stop(Stop::Finish);
        };
        let (go_on, ()) = tokio::join!(stage.user.iterate(), stop);
        assert!(!go_on);
        assert!(stage.shared.clock.floor() < Micros::from_secs(2));
        assert_eq!(told(&stage), [(FIRST, 10, true)], "an iteration that was never whole is not told of");
        assert!(!stage.user.iterate().await);
        assert_eq!(stage.requests.lock().unwrap().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_users_own_count_is_of_requests_begun_and_ended() {
        let mut stage = stage(&plan(&step("one", "")), &[(10, 200), (10, 500), (10, 0)]);
        for _ in 0..3 {
            stage.user.iterate().await;
        }
        assert_eq!(stage.shared.requests(), (3, 3));
        assert!(!stage.shared.any_busy_since_before(Micros::new(u64::MAX)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_user_that_goes_without_being_told_to_is_lost() {
        let stage_of = || stage(&plan(&step("one", "")), &[]);
        let Stage { user, shared, .. } = stage_of();
        drop(user);
        assert_eq!((shared.lost(), shared.live()), (1, 0));
        let Stage { user, shared, .. } = stage_of();
        shared.stop(Stop::Finish);
        drop(user);
        assert_eq!((shared.lost(), shared.live()), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_is_written_whole() {
        let plan =
            plan(&step("one", "method = \"POST\"\nbody = '{\"n\":${sequence}}'\nheaders = { X-Run = \"${run.id}\" }"));
        let mut stage = stage(&plan, &[]);
        stage.user.iterate().await;
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            stage.requests.lock().unwrap()[0],
            format!(
                "POST /base/one HTTP/1.1\r\nHost: h:1\r\nUser-Agent: tollgate/{version}\r\nX-Run: R\r\nContent-Length: 7\r\n\r\n{{\"n\":0}}"
            )
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_without_a_body_says_so_only_where_one_is_expected() {
        let steps = step("get", "") + &step("post", "method = \"POST\"");
        let mut stage = stage(&plan(&steps), &[]);
        stage.user.iterate().await;
        let requests = stage.requests.lock().unwrap();
        assert!(!requests[0].contains("Content-Length"), "{}", requests[0]);
        assert!(requests[1].ends_with("Content-Length: 0\r\n\r\n"), "{}", requests[1]);
    }
}
