//! The two loads of an acceptance, played in this process one after the other.
//!
//! In: `[load]`, what was typed over it, and the ground. Out: what each measured and how it was judged, with its full
//! report in a folder of its own. Always holds: both are planned before anything is sent; the counters of the target are
//! read right before the first request of the deciding load and right behind its last.

use std::path::{Path, PathBuf};

use crate::acceptance::asking::Asking;
use crate::acceptance::metrics::{self, Unseen};
use crate::acceptance::series::Scrape;
use crate::cli::args::{PlanArgs, RunArgs, VerifyArgs};
use crate::cli::exit::CliError;
use crate::cli::facts::quoted;
use crate::cli::reconcile::Money;
use crate::cli::run::{self, Bystander, Setting};
use crate::cli::say;
use crate::gate::Verdict;
use crate::gate::acceptance::load::{Length, ReadBackSeen};
use crate::plan::connection::Connection;
use crate::plan::custom::CustomSteps;
use crate::plan::{Identity, Overrides, Plan};
use crate::report::{Lang, summary_json};
use crate::scenario::Scenario;
use crate::scenario::acceptance::{AcceptanceFile, LoadSection, OneLoad, ReadBack};
use crate::summary::Summary;

use super::ground::{Ground, shown};

/// Payments that are named when they are not there.
const NAMED: usize = 10;

/// The loads, planned.
pub(super) struct Loads {
    pub(super) deciding: Planned,
    pub(super) parity: Option<Planned>,
    pub(super) read_back: Option<ReadBack>,
    /// How the deciding load's users connect: everything else goes the same way.
    pub(super) connection: Connection,
}

/// One load.
pub(super) struct Planned {
    scenario: PathBuf,
    /// What the acceptance file writes over it, and what was typed over that.
    over: PlanArgs,
    /// Seconds of warm-up and of the window that the file asks for.
    wanted: (f64, f64),
}

/// One load that has ended.
pub(super) struct Played {
    pub(super) summary: Summary,
    pub(super) verdict: Verdict,
    pub(super) exit_code: u8,
    /// Its report.
    pub(super) folder: PathBuf,
}

/// What the target said of itself around a load.
#[derive(Default)]
pub(super) struct Around {
    /// Its metrics before the first request.
    pub(super) before: Option<Result<Scrape, Unseen>>,
    /// Its metrics behind the last one.
    pub(super) after: Option<Result<Scrape, Unseen>>,
    /// Acknowledged payments, chosen at random.
    numbers: Vec<String>,
}

impl Loads {
    /// Plans both loads, and refuses what cannot be run.
    pub(super) fn prepare(
        section: &LoadSection,
        (args, file): (&VerifyArgs, &AcceptanceFile),
    ) -> Result<Self, CliError> {
        let (deciding, connection) = Planned::prepare(&section.deciding, (args, file))?;
        let parity = section.parity.as_ref().map(|load| Planned::prepare(load, (args, file))).transpose()?;
        let parity = parity.map(|(parity, _)| parity);
        Ok(Self { deciding, parity, read_back: section.read_back.clone(), connection })
    }
}

impl Planned {
    fn prepare(load: &OneLoad, (args, file): (&VerifyArgs, &AcceptanceFile)) -> Result<(Self, Connection), CliError> {
        let path = file.beside(&load.scenario);
        let scenario = Scenario::load(&path)?;
        let written = written(load);
        let whole = resolved(&path, &scenario, &written.overrides())?;
        let over = typed_over(written, args);
        // What was typed over the file is refused here too.
        resolved(&path, &scenario, &over.overrides())?;
        let wanted = (whole.load.warm_up.as_secs_f64(), whole.load.run_time.as_secs_f64());
        Ok((Self { scenario: path, over, wanted }, whole.connection))
    }

    /// Its length beside what the file asks for.
    pub(super) fn length(&self, summary: &Summary, embedded: bool) -> Length {
        Length { wanted: self.wanted, run: (summary.run.warm_up_s, summary.run.run_time_s), embedded }
    }

    /// Plays it, with its report in `folder`.
    pub(super) fn play(
        &self,
        ground: &Ground<'_>,
        folder: &Path,
        bystander: &mut dyn Bystander,
    ) -> Result<Played, CliError> {
        let target = ground.serving.target.to_string();
        let over = if ground.is_embedded() { shortened(&self.over, ground) } else { self.over.clone() };
        let mut command = repeated_by(&self.scenario, &over);
        if !ground.is_embedded() {
            command.push_str(&format!(" --host {target}"));
        }
        let plan = PlanArgs { host: Some(target), ..over };
        let run = RunArgs {
            out: Some(folder.to_owned()),
            lang: ground.args.lang,
            quiet: ground.args.quiet,
            ..RunArgs::of(self.scenario.clone(), plan)
        };
        let setting = Setting { command, interrupt: ground.interrupt, kind: Some(ground.kind), bystander };
        let ended = run::execute(&run, &CustomSteps::default(), setting)?;
        let ended = ended.ok_or(CliError::Interrupted)?;
        let (summary, verdict, exit_code) = ended.settle();
        Ok(Played { summary, verdict, exit_code, folder: folder.to_owned() })
    }
}

impl Played {
    /// Its `summary.json`.
    pub(super) fn json(&self) -> Result<serde_json::Value, CliError> {
        let text = summary_json::render(&self.summary, &self.verdict, self.exit_code)?;
        serde_json::from_str(&text)
            .map_err(|error| CliError::System { what: "cannot read back summary.json", cause: error.to_string() })
    }
}

fn resolved(path: &Path, scenario: &Scenario, overrides: &Overrides) -> Result<Plan, CliError> {
    let identity = Identity { name: "acceptance".to_owned(), run_id: "planned".to_owned(), seed: 1 };
    Plan::resolve(scenario, overrides, identity)
        .map_err(|cause| CliError::Plan { place: run::place(path, overrides, (scenario, &cause)), cause })
}

/// What the file writes over the scenario.
fn written(load: &OneLoad) -> PlanArgs {
    let OneLoad { scenario: _, users, rate, ramp_up, warm_up, run_time, threshold } = load.clone();
    PlanArgs { users, rate, ramp_up, warm_up, run_time, thresholds: threshold, ..PlanArgs::default() }
}

/// What was typed over the file.
fn typed_over(written: PlanArgs, args: &VerifyArgs) -> PlanArgs {
    PlanArgs {
        users: args.users.or(written.users),
        ramp_up: args.ramp_up.or(written.ramp_up),
        warm_up: args.warm_up.or(written.warm_up),
        run_time: args.run_time.or(written.run_time),
        ..written
    }
}

/// With the lengths of a demonstration, where none were typed.
fn shortened(over: &PlanArgs, ground: &Ground<'_>) -> PlanArgs {
    let short = ground.file.load.as_ref().map(|load| load.embedded.clone()).unwrap_or_default();
    let args = ground.args;
    PlanArgs {
        ramp_up: args.ramp_up.or(Some(short.ramp_up)),
        warm_up: args.warm_up.or(Some(short.warm_up)),
        run_time: args.run_time.or(Some(short.run_time)),
        ..over.clone()
    }
}

/// The command that repeats it, but for its target.
fn repeated_by(scenario: &Path, over: &PlanArgs) -> String {
    let mut command = format!("tollgate run --scenario {}", quoted(&shown(scenario)));
    let mut option = |name: &str, value: Option<String>| {
        value.iter().for_each(|value| command.push_str(&format!(" --{name} {}", quoted(value))));
    };
    option("users", over.users.map(|users| users.to_string()));
    option("rate", over.rate.map(|rate| rate.get().to_string()));
    for (name, span) in [("ramp-up", over.ramp_up), ("warm-up", over.warm_up), ("run-time", over.run_time)] {
        option(name, span.map(|span| span.to_string()));
    }
    over.thresholds.iter().for_each(|rule| option("threshold", Some(rule.to_string())));
    command
}

/// Looks at the target's metrics around the deciding load, and remembers payments to read back.
pub(super) struct Watcher<'a> {
    pub(super) asking: &'a mut Asking,
    pub(super) metrics: &'a str,
    /// Payments to remember.
    pub(super) most: usize,
    pub(super) around: Around,
}

impl Bystander for Watcher<'_> {
    fn before(&mut self) {
        self.around.before = Some(metrics::scraped(&self.asking.get_text(self.metrics)));
    }

    fn after(&mut self, plan: &Plan, money: &Money<'_>) {
        self.around.after = Some(metrics::scraped(&self.asking.get_text(self.metrics)));
        self.around.numbers = money.acknowledged(plan, self.most);
    }
}

impl Around {
    /// Asks for every payment that was remembered.
    pub(super) fn read_back(&self, section: &ReadBack, (asking, lang): (&mut Asking, Lang)) -> ReadBackSeen {
        if !self.numbers.is_empty() {
            let count = self.numbers.len();
            say(&match lang {
                Lang::En => format!("reading {count} acknowledged payments back"),
                Lang::Zh => format!("正在回读 {count} 笔已确认的付款"),
            });
        }
        let mut seen = ReadBackSeen { query: format!("GET {}", section.path), ..ReadBackSeen::default() };
        for number in &self.numbers {
            let reply = asking.get(&section.path.replace("${transactionNo}", number));
            seen.asked += 1;
            if reply.status() == Some(200) && reply.value(&section.number).as_ref() == Some(number) {
                seen.found += 1;
            } else if seen.missing.len() < NAMED {
                seen.missing.push((number.clone(), reply.said()));
            }
        }
        seen
    }
}
