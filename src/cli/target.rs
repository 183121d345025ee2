//! Which target a run is against.
//!
//! In: the option, the environment and the scenario, in that order. Out: a [`Chosen`] target, for the last resort the
//! embedded service as a child process. Always holds: a target that is named but empty is an error, not a fallback.

use std::env;
use std::path::Path;

use crate::attack::transport::tls::Tls;
use crate::cli::args::RunArgs;
use crate::cli::exit::CliError;
use crate::cli::source;
use crate::plan::connection::{Connection, ConnectionOverrides};
use crate::plan::target::{Target, TargetError};
use crate::reference::EmbeddedService;
use crate::scenario::Scenario;
use crate::summary::TargetKind;

/// The variable that names a target.
pub(super) const VARIABLE: &str = "TOLLGATE_HOST";

/// Who serves a run.
pub(super) enum Chosen {
    /// A service of the user's.
    External(Target),
    /// Tollgate's own, still to be started with these options.
    Embedded(Vec<String>),
}

/// A target that can be sent to, and the child that serves it if it is ours.
pub(super) struct Serving {
    pub(super) target: Target,
    pub(super) child: Option<EmbeddedService>,
}

/// Chooses the target. Starts nothing.
pub(super) fn choose(args: &RunArgs, scenario: &Scenario) -> Result<Chosen, CliError> {
    let is_typed = args.plan.host.is_some() || env::var_os(VARIABLE).is_some();
    if let Some(name) = scenario.host_lacks().filter(|_| !is_typed) {
        return Err(CliError::NoHost { place: args.scenario.display().to_string(), name: name.to_owned() });
    }
    let Some((target, _)) = named(args.plan.host.as_deref(), (&args.scenario, scenario))? else {
        if args.require_target {
            return Err(CliError::NoTarget);
        }
        args.check_serve_options(scenario)
            .map_err(|error| CliError::Usage(format!("--serve-option or [target] serve: {error}")))?;
        return Ok(Chosen::Embedded(args.serve_words(scenario)));
    };
    if args.serve_options.is_empty() {
        Ok(Chosen::External(target))
    } else {
        Err(CliError::ServeOptionsUnused(target.to_string()))
    }
}

/// What the scenario's own target is called.
const WRITTEN: &str = "[target] host";

/// The target that is named, and by what: the option, the environment or the scenario.
pub(super) fn named(
    host: Option<&str>,
    (file, scenario): (&Path, &Scenario),
) -> Result<Option<(Target, &'static str)>, CliError> {
    let variable = env::var_os(VARIABLE).map(|value| value.to_string_lossy().into_owned());
    let named = host
        .map(|text| (text, "--host"))
        .or_else(|| variable.as_deref().map(|text| (text, VARIABLE)))
        .or_else(|| scenario.target.host.as_deref().map(|text| (text, WRITTEN)));
    let misnamed = |cause: TargetError| {
        let written = (cause.origin() == WRITTEN).then(|| scenario.place_behind("[target]", "host =")).flatten();
        let place = match written {
            // The places of a plan of JMeter's are not those of the scenario that came of it.
            Some((line, column)) if !source::is_plan(file) => format!("{}:{line}:{column}: ", file.display()),
            Some(_) => format!("{}: ", file.display()),
            None => String::new(),
        };
        CliError::Host { place, cause }
    };
    named.map(|(text, origin)| Ok((Target::parse(text, origin).map_err(misnamed)?, origin))).transpose()
}

impl Chosen {
    pub(super) const fn kind(&self) -> TargetKind {
        match self {
            Self::External(_) => TargetKind::External,
            Self::Embedded(_) => TargetKind::Embedded,
        }
    }

    /// How connections to it are secured; `None` for a plain one.
    pub(super) fn secure(&self, connection: &Connection, typed: &ConnectionOverrides) -> Result<Option<Tls>, CliError> {
        let secured = match self {
            Self::External(target) => Tls::prepare(target, connection)?,
            Self::Embedded(_) if connection.is_general() => {
                return Err(CliError::Usage(
                    "the embedded service speaks HTTP/1.1 only; name a target with --host, or leave http2 and proxy out"
                        .to_owned(),
                ));
            }
            Self::Embedded(_) => None,
        };
        if secured.is_none() && typed.any_tls() {
            let target = match self {
                Self::External(target) => target.to_string(),
                Self::Embedded(_) => "the embedded service".to_owned(),
            };
            return Err(CliError::TlsOptionsUnused { options: "--cacert, --cert, --key and --insecure", target });
        }
        Ok(secured)
    }

    /// Starts the embedded service where it is the target.
    pub(super) fn serve(self) -> Result<Serving, CliError> {
        match self {
            Self::External(target) => Ok(Serving { target, child: None }),
            Self::Embedded(words) => {
                let system = |cause: std::io::Error| CliError::System {
                    what: "cannot find the program itself to start the embedded service",
                    cause: cause.to_string(),
                };
                let program = env::current_exe().map_err(system)?;
                let child = EmbeddedService::start(&program, &words)?;
                let target = Target::parse(child.url(), "embedded service")?;
                Ok(Serving { target, child: Some(child) })
            }
        }
    }
}
