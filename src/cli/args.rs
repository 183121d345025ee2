//! What was typed. Only this file and those in its folder name clap.
//!
//! In: the command line. Out: a [`Cli`] of typed values, not yet held against a scenario. Always holds: a value that
//! cannot be what its option means is refused here, with exit code 2.

mod serve;
mod verify;

pub(super) use serve::ServeArgs;
pub(super) use verify::VerifyArgs;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::plan::Overrides;
use crate::plan::connection::ConnectionOverrides;
use crate::report::text::Lang;
use crate::scenario::Scenario;
use crate::scenario::threshold::Threshold;
use crate::units::{Micros, RatePerSec};

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
    Run(RunArgs),
    /// The whole acceptance: environment, migration, health, probes, loads, metrics, cache, dual write, switch
    #[command(after_help = EXIT_CODES, args_override_self = true)]
    Verify(VerifyArgs),
    /// Checks scenario files and prints what they will do; sends nothing
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
    #[arg(long, value_name = "FILE", default_value = "scenarios/consume.toml")]
    pub(super) scenario: PathBuf,
    /// Target; else TOLLGATE_HOST, else the scenario's, else the embedded reference service
    #[arg(long, value_name = "URL")]
    pub(super) host: Option<String>,
    /// Virtual users [scenario's own, else 100]
    #[arg(long, value_name = "N")]
    users: Option<u32>,
    /// From the first user to the last [scenario's own, else 10s]
    #[arg(long, value_name = "DUR", aliases = ["startup-time", "increase-time"])]
    ramp_up: Option<Micros>,
    /// Load before measuring [scenario's own, else 10s]
    #[arg(long, value_name = "DUR")]
    warm_up: Option<Micros>,
    /// Length of the measured window [scenario's own, else 300s]
    #[arg(long, value_name = "DUR")]
    run_time: Option<Micros>,
    /// A request's longest time, to its last byte [scenario's own, else 10s]
    #[arg(long, value_name = "DUR")]
    timeout: Option<Micros>,
    /// Arrivals per second: an open model, whose schedule does not wait for the service
    #[arg(long, value_name = "PER_SECOND")]
    rate: Option<RatePerSec>,
    /// Iterations in the window, over all users; it ends with the last of them, at the latest with the run time
    #[arg(long, value_name = "N")]
    iterations: Option<u64>,
    /// PEM file of the authorities to trust instead of the system's
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,
    /// PEM file of the client's certificate
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// PEM file of the certificate's private key, where it lies apart
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Take any server certificate; said in every report
    #[arg(long)]
    insecure: bool,
    /// Send over HTTP/2, one connection a user
    #[arg(long)]
    http2: bool,
    /// Send through an HTTP proxy
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
    /// A rule such as 'p95<=100ms'; replaces the scenario's for the same metric and step. Repeatable
    #[arg(long = "threshold", value_name = "RULE")]
    thresholds: Vec<Threshold>,
    /// Folder for the report [reports/SCENARIO/UTC-TIME]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
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
    /// A property, as name=value. Repeatable
    #[arg(short = 'J', value_name = "NAME=VALUE")]
    pub(super) properties: Vec<String>,
    /// A file of properties. Repeatable
    #[arg(short = 'q', value_name = "FILE")]
    pub(super) property_files: Vec<PathBuf>,
    /// Ids of what may be left out, such as JMX105
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    pub(super) allow_partial: Vec<String>,
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
    /// Scenario files
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
    /// Language: en or zh
    #[arg(long, value_name = "LANG", default_value = "en")]
    pub(super) lang: Lang,
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
        self.command.unwrap_or(Command::Run(self.run))
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
        Overrides {
            users: self.users,
            ramp_up: self.ramp_up,
            warm_up: self.warm_up,
            run_time: self.run_time,
            timeout: self.timeout,
            iterations: self.iterations,
            rate: self.rate,
            connection: ConnectionOverrides {
                cacert: self.cacert.clone(),
                cert: self.cert.clone(),
                key: self.key.clone(),
                insecure: self.insecure,
                http2: self.http2,
                proxy: self.proxy.clone(),
            },
            thresholds: self.thresholds.clone(),
        }
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

    /// The options that stand in `words`, as if they had been typed behind `tollgate run`.
    ///
    /// # Errors
    /// As if they had been typed.
    pub(super) fn of(words: &[String]) -> Result<Self, String> {
        let typed = ["tollgate", "run"].map(str::to_owned).into_iter().chain(words.iter().cloned());
        match Cli::try_parse_from(typed).map_err(|error| error.to_string())?.command() {
            Command::Run(args) => Ok(args),
            _ => Err("not a run".to_owned()),
        }
    }
}

/// Checks options of `serve` before anything is started.
///
/// # Errors
/// As if they had been typed behind `tollgate serve`.
pub(super) fn check_serve_words(words: &[String]) -> Result<(), String> {
    let typed = ["tollgate", "serve"].map(str::to_owned).into_iter().chain(words.iter().cloned());
    match Cli::try_parse_from(typed).map_err(|error| error.to_string())?.command() {
        Command::Serve(args) => args.options().check().map_err(|error| error.to_string()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(words: &[&str]) -> RunArgs {
        let cli = Cli::try_parse_from(["tollgate"].iter().chain(words)).unwrap_or_else(|e| panic!("{e}"));
        match cli.command() {
            Command::Run(args) => args,
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
