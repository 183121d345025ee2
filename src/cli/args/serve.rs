//! The options of `serve`.
//!
//! In: the words behind `tollgate serve`, or in `--serve-option`. Out: [`ServeOptions`], not yet held together. Always
//! holds: the defaults are the service's own.

use std::net::SocketAddr;

use clap::{Args, Parser};

use super::{Cli, Command};

use crate::reference::{DayFaults, Delay, EnvelopeProfile, Faults, Fen, ServeOptions, Share, Stall};
use crate::units::{Micros, RatePerSec};

/// Options of `serve`.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct ServeArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value_t = ServeOptions::default().address)]
    address: SocketAddr,
    /// How long each charge takes: 15ms, 10ms..30ms (even) or lognormal:50ms,0.5 (median and sigma)
    #[arg(long, value_name = "DELAY", default_value_t = ServeOptions::default().delay)]
    delay: Delay,
    /// Accounts, numbered from 1
    #[arg(long, value_name = "N", default_value_t = ServeOptions::default().accounts)]
    accounts: u32,
    /// What each account starts with, in yuan
    #[arg(long, value_name = "YUAN", default_value_t = ServeOptions::default().balance)]
    balance: Fen,
    /// How refusals are written: http-400 or http-200 (success is code 200), or code-0 (success is code 0)
    #[arg(long, value_name = "PROFILE", default_value_t = ServeOptions::default().envelope)]
    envelope: EnvelopeProfile,
    /// Answer 401 to requests without a token of the login
    #[arg(long)]
    require_token: bool,
    /// Refuse the same user, device and amount within a minute of the clock
    #[arg(long)]
    refuse_repeats: bool,
    /// Requests a second; twice as many may come at once, more are answered with 429
    #[arg(long, value_name = "PER_SECOND")]
    rate_limit: Option<RatePerSec>,
    /// Live through so much past at the start, with old and new tables, a dual write and its validator: 24h
    #[arg(long, value_name = "DUR", default_value_t = Micros::ZERO, hide_default_value = true)]
    history: Micros,
    #[command(flatten)]
    faults: FaultArgs,
    #[command(flatten)]
    day: DayArgs,
    /// End when standard input closes, as a child process does with its parent
    #[arg(long)]
    pub(in crate::cli) end_with_stdin: bool,
}

/// What the service does wrong. Shares are written 1%, 1/10000 or 0.01.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Faults")]
struct FaultArgs {
    /// Freeze for so long, beginning so long after the first request: 2s@10s
    #[arg(long, value_name = "DUR@DUR")]
    stall: Option<Stall>,
    /// Requests answered with HTTP 500, nothing done: 1%
    #[arg(long, value_name = "SHARE")]
    error_rate: Option<Share>,
    /// Requests whose connection is reset after they were read, nothing done
    #[arg(long, value_name = "SHARE")]
    reset_rate: Option<Share>,
    /// Charges acknowledged and not stored: 1/10000
    #[arg(long, value_name = "SHARE")]
    lose: Option<Share>,
    /// Charges stored and taken twice
    #[arg(long, value_name = "SHARE")]
    double: Option<Share>,
    /// Charges stored and then answered with HTTP 500
    #[arg(long, value_name = "SHARE")]
    fail_after_commit: Option<Share>,
    /// Charges become visible only after so long
    #[arg(long, value_name = "DUR", default_value_t = Micros::ZERO, hide_default_value = true)]
    late: Micros,
    /// Answer success to every charge and do nothing
    #[arg(long)]
    stub: bool,
    /// Charges recorded, and not taken off the balance
    #[arg(long, value_name = "SHARE")]
    lost_update: Option<Share>,
    /// Accept charges that the balance does not cover, and leave nothing
    #[arg(long)]
    overdraw: bool,
    /// Book a transactionNo again that was booked before
    #[arg(long)]
    duplicate_charges: bool,
    /// Accept amounts that break their rule, and charge 0.01
    #[arg(long)]
    accept_bad_amounts: bool,
    /// Answer 404 to whoever asks for a transaction's status
    #[arg(long)]
    no_status_query: bool,
    /// Say that the database is down
    #[arg(long)]
    health_down: bool,
    /// Show no series but the process's own
    #[arg(long)]
    metrics_missing: bool,
    /// Charge requests that no counter has
    #[arg(long, value_name = "SHARE")]
    uncounted: Option<Share>,
}

/// What is wrong with the history.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Faults of the history")]
struct DayArgs {
    /// Movements that the new tables are never told of: 0.1%
    #[arg(long, value_name = "SHARE")]
    drop_dual_write: Option<Share>,
    /// The validator did not run for so long, in the middle of the history: 2h
    #[arg(long, value_name = "DUR", default_value_t = Micros::ZERO, hide_default_value = true)]
    validator_gap: Micros,
    /// The validator last ran so long ago, 1h without a value, and never again
    #[arg(
        long,
        value_name = "DUR",
        num_args = 0..=1,
        default_value_t = Micros::ZERO,
        hide_default_value = true,
        default_missing_value = "1h"
    )]
    stale_validator: Micros,
    /// The new tables have lost their oldest transaction
    #[arg(long)]
    lose_row: bool,
    /// The new tables' oldest transaction has another amount
    #[arg(long)]
    change_row: bool,
    /// One of the new tables is gone
    #[arg(long)]
    missing_table: bool,
    /// One of the new tables' indexes is gone
    #[arg(long)]
    missing_index: bool,
    /// A migration failed
    #[arg(long)]
    migration_failed: bool,
    /// A migration was taken out of the migrations' history
    #[arg(long)]
    migration_gap: bool,
    /// The cache keeps nothing
    #[arg(long)]
    cache_off: bool,
}

impl ServeArgs {
    /// What the service is set up with.
    pub(in crate::cli) fn options(&self) -> ServeOptions {
        ServeOptions {
            address: self.address,
            delay: self.delay,
            accounts: self.accounts,
            balance: self.balance,
            envelope: self.envelope,
            require_token: self.require_token,
            refuse_repeats: self.refuse_repeats,
            rate_limit: self.rate_limit,
            history: self.history,
            faults: Faults { day: self.day.faults(), ..self.faults.faults() },
        }
    }
}

impl FaultArgs {
    fn faults(&self) -> Faults {
        Faults {
            stall: self.stall,
            error_rate: self.error_rate,
            reset_rate: self.reset_rate,
            lose: self.lose,
            double: self.double,
            fail_after_commit: self.fail_after_commit,
            late: self.late,
            stub: self.stub,
            lost_update: self.lost_update,
            overdraw: self.overdraw,
            duplicate_charges: self.duplicate_charges,
            accept_bad_amounts: self.accept_bad_amounts,
            no_status_query: self.no_status_query,
            health_down: self.health_down,
            metrics_missing: self.metrics_missing,
            uncounted: self.uncounted,
            day: DayFaults::default(),
        }
    }
}

impl DayArgs {
    fn faults(&self) -> DayFaults {
        DayFaults {
            drop_dual_write: self.drop_dual_write,
            validator_gap: self.validator_gap,
            stale_validator: self.stale_validator,
            lose_row: self.lose_row,
            change_row: self.change_row,
            missing_table: self.missing_table,
            missing_index: self.missing_index,
            migration_failed: self.migration_failed,
            migration_gap: self.migration_gap,
            cache_off: self.cache_off,
        }
    }
}

/// Checks options of `serve` before anything is started.
///
/// # Errors
/// As if they had been typed behind `tollgate serve`.
pub(in crate::cli) fn check_serve_words(words: &[String]) -> Result<(), String> {
    let typed = ["tollgate", "serve"].map(str::to_owned).into_iter().chain(words.iter().cloned());
    match Cli::try_parse_from(typed).map_err(|error| error.to_string())?.command() {
        Command::Serve(args) => args.options().check().map_err(|error| error.to_string()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Typed {
        #[command(flatten)]
        serve: ServeArgs,
    }

    fn options(words: &str) -> ServeOptions {
        Typed::try_parse_from(["serve"].into_iter().chain(words.split_whitespace())).unwrap().serve.options()
    }

    #[test]
    fn nothing_typed_is_the_services_own_defaults() {
        assert_eq!(options(""), ServeOptions::default());
    }

    #[test]
    fn a_validator_may_be_stale_for_an_hour_or_for_as_long_as_is_said() {
        let stale = |words| options(words).faults.day.stale_validator;
        assert_eq!(stale("--history 24h --stale-validator --lose-row"), Micros::from_secs(3_600));
        assert_eq!(stale("--history 24h --stale-validator 3h"), Micros::from_secs(10_800));
    }

    #[test]
    fn each_fault_of_the_history_is_refused_without_one() {
        for words in [
            "--drop-dual-write 0.1%",
            "--validator-gap 2h",
            "--stale-validator",
            "--lose-row",
            "--change-row",
            "--missing-table",
            "--missing-index",
            "--migration-failed",
            "--migration-gap",
            "--cache-off",
        ] {
            let option = words.split(' ').next().unwrap_or_default();
            assert!(options(words).check().unwrap_err().to_string().contains(option), "{words}");
            assert_eq!(options(&format!("{words} --history 24h")).check(), Ok(()), "{words}");
        }
    }
}
