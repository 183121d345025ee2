//! What may be typed over a scenario: `run` does it, `check` tells it.
//!
//! In: options. Out: [`Overrides`]. Always holds: both commands know the same options by the same names.

use std::path::PathBuf;

use clap::Args;

use crate::plan::Overrides;
use crate::plan::connection::ConnectionOverrides;
use crate::scenario::threshold::Threshold;
use crate::units::{Micros, RatePerSec};

/// Options that change what a scenario says.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct PlanArgs {
    /// Target; else TOLLGATE_HOST, else the scenario's, else the embedded reference service
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) host: Option<String>,
    /// Virtual users [scenario's own, else 100]
    #[arg(long, value_name = "N")]
    pub(in crate::cli) users: Option<u32>,
    /// From the first user to the last [scenario's own, else 10s]
    #[arg(long, value_name = "DUR", aliases = ["startup-time", "increase-time"])]
    pub(in crate::cli) ramp_up: Option<Micros>,
    /// Load before measuring [scenario's own, else 10s]
    #[arg(long, value_name = "DUR")]
    pub(in crate::cli) warm_up: Option<Micros>,
    /// Length of the measured window [scenario's own, else 300s]
    #[arg(long, value_name = "DUR")]
    pub(in crate::cli) run_time: Option<Micros>,
    /// A request's longest time, to its last byte [scenario's own, else 10s]
    #[arg(long, value_name = "DUR")]
    pub(in crate::cli) timeout: Option<Micros>,
    /// Arrivals per second: an open model, whose schedule does not wait for the service
    #[arg(long, value_name = "PER_SECOND")]
    pub(in crate::cli) rate: Option<RatePerSec>,
    /// Iterations in the window, over all users; it ends with the last of them, at the latest with the run time
    #[arg(long, value_name = "N")]
    pub(in crate::cli) iterations: Option<u64>,
    /// PEM file of the authorities to trust instead of the system's
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) cacert: Option<PathBuf>,
    /// PEM file of the client's certificate
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) cert: Option<PathBuf>,
    /// PEM file of the certificate's private key, where it lies apart
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) key: Option<PathBuf>,
    /// Take any server certificate; said in every report
    #[arg(long)]
    pub(in crate::cli) insecure: bool,
    /// Send over HTTP/2, one connection a user
    #[arg(long)]
    pub(in crate::cli) http2: bool,
    /// Send through an HTTP proxy
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) proxy: Option<String>,
    /// A rule such as 'p95<=100ms'; replaces the scenario's for the same metric and step. Repeatable
    #[arg(long = "threshold", value_name = "RULE")]
    pub(in crate::cli) thresholds: Vec<Threshold>,
}

impl PlanArgs {
    /// What was typed over the scenario's own values.
    pub(in crate::cli) fn overrides(&self) -> Overrides {
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
}
