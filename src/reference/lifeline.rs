//! The line by which a child process knows that its parent is there.
//!
//! In: standard input, held open by the parent. Out: a future that resolves when it closes. Always holds: however the
//! parent ends, also by SIGKILL and also on Windows, the system closes its end.

use std::io::{self, Read};
use std::thread;

use tokio::sync::oneshot;

/// Resolves when standard input has ended. What it carries is thrown away.
///
/// The thread that reads is left blocked when the future is dropped; it holds the process up no longer than `main`.
pub async fn until_stdin_closes() {
    until_closed(io::stdin()).await;
}

async fn until_closed(mut line: impl Read + Send + 'static) {
    let (tell, told) = oneshot::channel::<()>();
    // Blocking reads of a terminal or a pipe cannot be cancelled, so they get a thread outside the runtime, which
    // would wait for it at its own end. Without that thread `tell` is dropped and the service ends at once: better
    // than one that outlives its parent.
    let _ = thread::Builder::new().name("lifeline".to_owned()).spawn(move || {
        // An error is an end too.
        let _ = io::copy(&mut line, &mut io::sink());
        drop(tell);
    });
    let _ = told.await;
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[tokio::test]
    async fn the_line_holds_until_the_other_end_is_dropped() {
        let (reader, writer) = io::pipe().unwrap();
        let mut closed = pin!(until_closed(reader));
        assert_eq!(closed.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending);
        drop(writer);
        closed.await;
    }
}
