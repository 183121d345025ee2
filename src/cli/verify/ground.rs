//! What a verification stands on: the file, the target, and the way to it.
//!
//! In: what was typed, and the acceptance file. Out: a [`Ground`]. Always holds: everything that can be refused has been
//! refused, with nothing sent; a target that does not answer is no refusal, but what its steps then lack.

use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;

use jiff::Timestamp;

use crate::acceptance::asking::Asking;
use crate::attack::preflight;
use crate::attack::transport::inquiry::{Inquirer, Way};
use crate::attack::transport::tls::Tls;
use crate::cli::args::{VerifyArgs, check_serve_words};
use crate::cli::exit::CliError;
use crate::cli::run::compact;
use crate::cli::target::{Chosen, Serving, VARIABLE};
use crate::gate::acceptance::Said;
use crate::plan::connection::{Connection, ConnectionOverrides};
use crate::plan::target::Target;
use crate::scenario::acceptance::AcceptanceFile;
use crate::summary::TargetKind;
use crate::units::Micros;

use super::load::Loads;

/// The longest wait for an answer outside of the loads.
const PATIENCE: Micros = Micros::from_secs(10);

/// What a verification stands on.
pub(super) struct Ground<'a> {
    pub(super) args: &'a VerifyArgs,
    pub(super) file: &'a AcceptanceFile,
    /// The loads, with every contradiction refused.
    pub(super) loads: Option<Loads>,
    pub(super) kind: TargetKind,
    pub(super) serving: Serving,
    /// Names this verification, in the numbers of its charges too.
    pub(super) run_id: String,
    pub(super) started_at: Timestamp,
    /// A message in it ends the verification.
    pub(super) interrupt: &'a Receiver<()>,
    headers: Vec<(String, String)>,
    connection: Connection,
    tls: Option<Tls>,
    /// One of the target's addresses, or why there is none.
    address: Result<SocketAddr, String>,
}

/// What was typed and read, before anything is started.
pub(super) struct Prepared {
    loads: Option<Loads>,
    chosen: Chosen,
    headers: Vec<(String, String)>,
    connection: Connection,
    tls: Option<Tls>,
}

impl Prepared {
    /// Refuses what can be refused.
    pub(super) fn new(args: &VerifyArgs, file: &AcceptanceFile) -> Result<Self, CliError> {
        let loads = file.load.as_ref().map(|section| Loads::prepare(section, (args, file))).transpose()?;
        let chosen = choose(args, file)?;
        let connection = loads.as_ref().map_or_else(Connection::default, |loads| loads.connection.clone());
        let tls = chosen.secure(&connection, &ConnectionOverrides::default())?;
        let refused = |problem| CliError::Usage(format!("{}: [target] {problem}", args.file.display()));
        let headers = file.target.headers(file.folder()).map_err(refused)?;
        Ok(Self { loads, chosen, headers, connection, tls })
    }

    /// Starts the embedded service where it is the target, and looks whether the target answers.
    pub(super) fn stand<'a>(
        self,
        (args, file): (&'a VerifyArgs, &'a AcceptanceFile),
        started_at: Timestamp,
        interrupt: &'a Receiver<()>,
    ) -> Result<Ground<'a>, CliError> {
        let Self { loads, chosen, headers, connection, tls } = self;
        let kind = chosen.kind();
        let serving = chosen.serve()?;
        let reached = match &connection.proxy {
            Some(proxy) => preflight::reach(proxy, None, PATIENCE),
            None => preflight::reach(&serving.target, tls.as_ref(), PATIENCE),
        };
        let address = match reached {
            Ok(addresses) => addresses.taken.first().copied().ok_or_else(String::new),
            Err(error) => Err(error.to_string()),
        };
        let run_id = format!("A{}", compact(started_at));
        Ok(Ground {
            args,
            file,
            loads,
            kind,
            serving,
            run_id,
            started_at,
            interrupt,
            headers,
            connection,
            tls,
            address,
        })
    }
}

impl Ground<'_> {
    /// Whether the target is ours: it shows the tool and accepts nothing.
    pub(super) fn is_embedded(&self) -> bool {
        self.kind == TargetKind::Embedded
    }

    /// Whether anybody listens at the target.
    pub(super) const fn is_reachable(&self) -> bool {
        self.address.is_ok()
    }

    /// Somebody who asks the target, or what that needs.
    pub(super) fn asking(&self) -> Result<Asking, Said> {
        self.asking_for(PATIENCE)
    }

    /// The same, waiting at most `timeout` for each answer.
    pub(super) fn asking_for(&self, timeout: Micros) -> Result<Asking, Said> {
        let needs = |cause: &str| {
            Said::new(format!("needs a target that answers: {cause}"), format!("需要可访问的被测服务：{cause}"))
        };
        let address = *self.address.as_ref().map_err(|cause| needs(cause))?;
        let way = Way { target: &self.serving.target, address, tls: self.tls.as_ref(), connection: &self.connection };
        let client = Inquirer::new(way, timeout).map_err(|cause| needs(&cause))?;
        Ok(Asking::new(client, self.headers.clone(), timeout))
    }
}

/// The target: what was typed, the environment, the file, and at last the embedded service.
fn choose(args: &VerifyArgs, file: &AcceptanceFile) -> Result<Chosen, CliError> {
    let variable = env::var_os(VARIABLE).map(|value| value.to_string_lossy().into_owned());
    let named = args
        .host
        .as_deref()
        .map(|text| (text, "--host"))
        .or_else(|| variable.as_deref().map(|text| (text, VARIABLE)))
        .or_else(|| file.target.host.as_deref().map(|text| (text, "[target] host")));
    let Some((text, origin)) = named else {
        if args.require_target {
            return Err(CliError::NoTarget);
        }
        let all = file.target.serve.iter().chain(&args.serve_options);
        let words: Vec<String> = all.flat_map(|options| options.split_whitespace()).map(str::to_owned).collect();
        check_serve_words(&words)
            .map_err(|error| CliError::Usage(format!("--serve-option or [target] serve: {error}")))?;
        return Ok(Chosen::Embedded(words));
    };
    let target = Target::parse(text, origin)?;
    if args.serve_options.is_empty() {
        Ok(Chosen::External(target))
    } else {
        Err(CliError::ServeOptionsUnused(target.to_string()))
    }
}

/// `path` as an option's value.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Where the loads and the document of `folder` lie beside each other.
pub(super) fn part(folder: &Path, name: &str) -> PathBuf {
    folder.join(name)
}
