//! What was typed. Only this file and those in its folder name clap.
//!
//! In: the command line. Out: a [`Cli`] of typed values, not yet held against a scenario. Always holds: a value that
//! cannot be what its option means is refused here, with exit code 2.

mod jmeter;
mod plan;
mod serve;
mod verify;

pub(super) use jmeter::{PropertyArgs, RunFileArgs};
pub(super) use plan::PlanArgs;
pub(super) use serve::{ServeArgs, check_serve_words};
pub(super) use verify::VerifyArgs;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::plan::Overrides;
use crate::report::text::Lang;
use crate::scenario::Scenario;
use crate::scenario::threshold::Threshold;
use crate::units::Micros;

/// Load testing that ends in a verdict people can sign.
#[derive(Debug, Parser)]
#[command(name = "tollgate", version, args_conflicts_with_subcommands = true, args_override_self = true, after_help = EXIT_CODES)]
pub(super) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: RunArgs,
}

const EXIT_CODES: &str = "\
Exit codes: 0 pass, 99 gate failed, 98 invalid (the run proves nothing), 2 usage or configuration error,
            3 target not ready, 130 interrupted, 1 anything else.";

/// What to do.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "made once a process")]
pub(super) enum Command {
    /// One load run, judged and reported (the default)
    #[command(after_help = EXIT_CODES, args_override_self = true)]
    Run(RunFileArgs),
    /// The whole acceptance: environment, migration, health, probes, loads, metrics, cache, dual write, switch
    #[command(after_help = EXIT_CODES, args_override_self = true)]
    Verify(VerifyArgs),
    /// Checks scenario files and prints what a run with these options would do; sends nothing
    #[command(args_override_self = true)]
    Check(CheckArgs),
    /// Translates a JMeter plan into a scenario, and says what became of each element
    Import(ImportArgs),
    /// Judges a result file of JMeter's by the same gate, with the same report
    #[command(after_help = EXIT_CODES, args_override_self = true)]
    Score(ScoreArgs),
    /// Renders a run's report again from its journal, finished or not; or checks that it is still what was written
    Report(ReportArgs),
    /// The reference consume service
    #[command(args_override_self = true)]
    Serve(ServeArgs),
    /// The server that does nothing, for calibration; ends when standard input closes
    #[command(hide = true)]
    NullServer(NullServerArgs),
}

/// Options of `null-server`.
#[derive(Clone, Debug, Args)]
pub(super) struct NullServerArgs {
    /// The code in the envelope of each answer
    #[arg(long, allow_negative_numbers = true)]
    pub(super) code: i64,
}

/// Options of `run`.
#[derive(Clone, Debug, Args)]
pub(super) struct RunArgs {
    /// Scenario file
    #[arg(long, value_name = "FILE", default_value = super::builtin::DEFAULT)]
    pub(super) scenario: PathBuf,
    #[command(flatten)]
    pub(super) plan: PlanArgs,
    /// Folder for the report [reports/SCENARIO/UTC-TIME]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// List every sample in results.jtl, as JMeter would, while the run goes on
    #[arg(long)]
    pub(super) jtl: bool,
    /// Language of console and report: en or zh
    #[arg(long, value_name = "LANG", default_value = "en")]
    pub(super) lang: Lang,
    /// What every random choice comes from [chosen anew for each run]
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Refuse to fall back to the embedded service: for CI
    #[arg(long)]
    pub(super) require_target: bool,
    /// Options of `serve` for the embedded service, such as '--delay 0ms'. Repeatable
    #[arg(long = "serve-option", value_name = "OPTIONS", allow_hyphen_values = true)]
    pub(super) serve_options: Vec<String>,
    /// Do not measure the harness itself before the run
    #[arg(long)]
    pub(super) no_calibrate: bool,
    /// Do not ask the health endpoint and play each scenario once before the load
    #[arg(long, conflicts_with = "dry_run")]
    pub(super) no_preflight: bool,
    /// Stop behind the preflight, before any load
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Print one line only
    #[arg(long)]
    pub(super) quiet: bool,
    #[command(flatten)]
    pub(super) properties: PropertyArgs,
}

/// Options of `import`.
#[derive(Clone, Debug, Args)]
pub(super) struct ImportArgs {
    /// Plan of JMeter's
    #[arg(value_name = "PLAN.jmx")]
    pub(super) plan: PathBuf,
    /// File for the scenario; without it the scenario is printed and the account goes to stderr
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) properties: PropertyArgs,
    /// Print the account as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Options of `score`.
#[derive(Clone, Debug, Args)]
pub(super) struct ScoreArgs {
    /// Result file (JTL), CSV with or without header or XML
    #[arg(value_name = "RESULTS.jtl")]
    pub(super) file: PathBuf,
    /// A rule such as 'p95<=100ms'; replaces the default gate's for the same metric and label. Repeatable
    #[arg(long = "threshold", value_name = "RULE")]
    pub(super) thresholds: Vec<Threshold>,
    /// Leave out what started in so long a time from the first start
    #[arg(long, value_name = "DUR", default_value = "0s")]
    pub(super) skip_ramp: Micros,
    /// Column names of a CSV file without header, if they are none of JMeter's default sets
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(super) columns: Option<Vec<String>>,
    /// Folder for the report [reports/NAME/UTC-TIME of the first sample]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Language of console and report: en or zh
    #[arg(long, value_name = "LANG", default_value = "en")]
    pub(super) lang: Lang,
    /// Print one line only
    #[arg(long)]
    pub(super) quiet: bool,
}

/// Options of `check`.
#[derive(Clone, Debug, Args)]
pub(super) struct CheckArgs {
    /// Scenario files, and plans of JMeter's
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) plan: PlanArgs,
    /// Language: en or zh
    #[arg(long, value_name = "LANG", default_value = "en")]
    pub(super) lang: Lang,
    #[command(flatten)]
    pub(super) properties: PropertyArgs,
}

/// Options of `report`.
#[derive(Clone, Debug, Args)]
pub(super) struct ReportArgs {
    /// Folder of a run's report
    #[arg(value_name = "DIR")]
    pub(super) folder: PathBuf,
    /// Render nothing, and hold every file against SHA256SUMS; 0 when all are as they were written, else 1
    #[arg(long)]
    pub(super) verify: bool,
    /// Language: en or zh; without it that of the run
    #[arg(long, value_name = "LANG")]
    pub(super) lang: Option<Lang>,
    /// Print one line only
    #[arg(long)]
    pub(super) quiet: bool,
}

impl Cli {
    /// The command that was typed, or the default one.
    pub(super) fn command(self) -> Command {
        self.command.unwrap_or(Command::Run(RunFileArgs::of(self.run)))
    }

    /// Reads the command line of this process.
    ///
    /// # Errors
    /// What to print and the exit code: 2 for a mistake, 0 for `--help` and `--version`.
    pub(super) fn read() -> Result<Self, clap::Error> {
        Self::try_parse()
    }
}

impl RunArgs {
    /// What was typed over the scenario's own values.
    pub(super) fn overrides(&self) -> Overrides {
        self.plan.overrides()
    }

    /// The options of `serve`, word by word: the scenario's, and over them what was typed.
    pub(super) fn serve_words(&self, scenario: &Scenario) -> Vec<String> {
        let all = scenario.target.serve.iter().chain(&self.serve_options);
        all.flat_map(|options| options.split_whitespace()).map(str::to_owned).collect()
    }

    /// Checks the options of `serve` before anything is started.
    ///
    /// # Errors
    /// As if they had been typed behind `tollgate serve`.
    pub(super) fn check_serve_options(&self, scenario: &Scenario) -> Result<(), String> {
        check_serve_words(&self.serve_words(scenario))
    }

    /// A run of `scenario` with `plan` written over it, and nothing else typed.
    pub(super) fn of(scenario: PathBuf, plan: PlanArgs) -> Self {
        Self {
            scenario,
            plan,
            out: None,
            jtl: false,
            lang: Lang::En,
            seed: None,
            require_target: false,
            serve_options: Vec::new(),
            no_calibrate: false,
            no_preflight: false,
            dry_run: false,
            quiet: false,
            properties: PropertyArgs::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(words: &[&str]) -> RunArgs {
        let cli = Cli::try_parse_from(["tollgate"].iter().chain(words)).unwrap_or_else(|e| panic!("{e}"));
        match cli.command() {
            Command::Run(args) => args.into_run(),
            other => panic!("not a run: {other:?}"),
        }
    }

    #[test]
    fn run_is_the_default_command_and_may_be_named() {
        for words in [&["--users", "100", "--run-time", "300s"][..], &["run", "--users", "100", "--run-time", "300"]] {
            let overrides = run(words).overrides();
            assert_eq!((overrides.users, overrides.run_time), (Some(100), Some(Micros::from_secs(300))));
        }
    }

    #[test]
    fn a_run_that_is_not_typed_is_the_run_of_nothing_typed() {
        let typed = run(&["--scenario", "a.toml", "--users", "7"]);
        let plan = PlanArgs { users: Some(7), ..PlanArgs::default() };
        assert_eq!(format!("{:?}", RunArgs::of("a.toml".into(), plan)), format!("{typed:?}"));
    }

    #[test]
    fn gooses_own_spellings_of_the_ramp_are_accepted() {
        for option in ["--ramp-up", "--startup-time", "--increase-time"] {
            assert_eq!(run(&[option, "30"]).overrides().ramp_up, Some(Micros::from_secs(30)));
        }
    }

    #[test]
    fn the_last_of_a_repeated_option_counts_so_that_scripts_can_append() {
        assert_eq!(run(&["--users", "5", "--users", "7"]).overrides().users, Some(7));
        let rules = run(&["--threshold", "tps>=5", "--threshold", "failures<=0"]).overrides().thresholds;
        assert_eq!(rules.len(), 2, "rules add up");
    }

    #[test]
    fn what_cannot_be_is_a_usage_error() {
        for words in [
            &["--user", "5"][..],
            &["--users", "many"],
            &["--users", "-1"],
            &["--run-time", "5 apples"],
            &["--threshold", "p95=5"],
            &["--lang", "fr"],
            &["nonsense"],
            &["serve", "--delay", "x"],
            &["check", "x.toml", "--users", "many"],
            &["score"],
            &["score", "results.jtl", "--skip-ramp", "soon"],
            &["report"],
            &["report", "--verify"],
        ] {
            let error = Cli::try_parse_from(["tollgate"].iter().chain(words)).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{words:?}");
        }
    }

    #[test]
    fn options_of_the_embedded_service_are_checked_before_it_is_started() {
        let step = "[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"s\"\npath = \"/\"\n";
        let written = |options: &str| {
            let text = format!("[target]\nserve = [{options}]\n{step}");
            Scenario::parse(&text, std::path::Path::new("x.toml")).unwrap_or_else(|e| panic!("{e}"))
        };
        let plain = written("");
        assert!(run(&["--serve-option", "--delay 0ms --accounts 5"]).check_serve_options(&plain).is_ok());
        for bad in ["--delay soon", "--accounts 0", "--nonsense"] {
            assert!(run(&["--serve-option", bad]).check_serve_options(&plain).is_err(), "{bad}");
            assert!(run(&[]).check_serve_options(&written(&format!("\"{bad}\""))).is_err(), "{bad}");
        }
        let own = written("\"--require-token\", \"--delay 5ms\"");
        let both = run(&["--serve-option", "--require-token --delay 0ms"]);
        assert!(both.check_serve_options(&own).is_ok(), "what was typed comes last, and counts");
        assert_eq!(both.serve_words(&own).last().map(String::as_str), Some("0ms"));
    }
}
