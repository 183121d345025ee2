//! The options of `serve`.
//!
//! In: the words behind `tollgate serve`, or in `--serve-option`. Out: [`ServeOptions`], not yet held together. Always
//! holds: the defaults are the service's own.

use std::net::SocketAddr;

use clap::Args;

use crate::reference::{Delay, EnvelopeProfile, Faults, Fen, ServeOptions, Share, Stall};
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
    #[command(flatten)]
    faults: FaultArgs,
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
            faults: self.faults.faults(),
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
        }
    }
}
