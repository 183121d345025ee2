//! `tollgate serve`: the reference consume service.

use std::future::Future;
use std::process::ExitCode;
use std::sync::mpsc::Receiver;

use tokio::sync::oneshot;

use crate::attack::host;
use crate::cli::args::{NullServerArgs, ServeArgs};
use crate::cli::exit::CliError;
use crate::cli::{interruptions, put, say};
use crate::reference::{NullServer, ServeError, Server, until_stdin_closes};

/// Serves until Ctrl-C, SIGTERM, or the end of standard input where that was asked for.
pub(super) fn serve(args: &ServeArgs) -> Result<ExitCode, CliError> {
    let interrupted = interruptions()?;
    // As many connections as the system allows; what does not fit is refused by the system itself.
    let _limit = host::raise_open_files();
    let failed = |cause: std::io::Error| CliError::System { what: "cannot start threads", cause: cause.to_string() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    let options = args.options();
    runtime.block_on(async {
        let server = Server::bind(options).await?;
        let store = server.store().map_or_else(String::new, |store| format!(", store {}", store.display()));
        put(&format!("listening on http://{}{store}\n", server.local_addr()));
        if !args.end_with_stdin {
            say("reference consume service, for demonstration; end it with Ctrl-C");
        }
        let interrupted = until_interrupted(interrupted);
        let end_with_stdin = args.end_with_stdin;
        server
            .run(async move {
                if end_with_stdin {
                    tokio::select! { () = interrupted => {}, () = until_stdin_closes() => {} }
                } else {
                    interrupted.await;
                }
            })
            .await
    })?;
    // A thread may still be blocked on standard input.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

/// Answers every request with the same success until standard input closes. On one thread: its process is not to take
/// the processors of the generator.
pub(super) fn null_server(args: &NullServerArgs) -> Result<ExitCode, CliError> {
    let failed = |cause: std::io::Error| CliError::System { what: "cannot start threads", cause: cause.to_string() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        let server = NullServer::bind(args.code).await?;
        put(&format!("listening on http://{}\n", server.local_addr()?));
        server.run(until_stdin_closes()).await;
        Ok::<(), ServeError>(())
    })?;
    // A thread may still be blocked on standard input.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

/// Resolves with the first interruption.
fn until_interrupted(interrupted: Receiver<()>) -> impl Future<Output = ()> {
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || {
        let message = interrupted.recv();
        // The service may have ended already.
        let _ = tell.send(message);
    });
    async move {
        let _ = told.await;
    }
}
