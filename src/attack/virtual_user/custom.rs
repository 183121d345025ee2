//! A step that a function sends.
//!
//! In: the function and the step's body. Out: a sample like that of a request. Always holds: it ends with the step's
//! timeout or when the run is interrupted, as a request does.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use super::Session;
use super::iteration::Iteration;
use super::judge::settle;
use crate::attack::script::{Script, ScriptStep};
use crate::attack::shared::Stop;
use crate::attack::transport::{Answer, Exchange, Transport, TransportError};
use crate::plan::custom::{Call, Custom};
use crate::sample::{FailureClass, SampleOf};

impl<T: Transport> Session<T> {
    /// Calls the function and tells the sink of it. Whether it succeeded.
    pub(super) async fn call(
        &mut self,
        script: &Script,
        (of, step, custom): (SampleOf, &ScriptStep, &Custom),
        iteration: &mut Iteration,
    ) -> bool {
        let body = if step.has_body() { self.body.clone() } else { Vec::new() };
        let bytes_sent = body.len() as u64;
        let call = Call { user: self.seat as u64 + 1, body };
        self.shared.request_started(self.seat);
        let clock = self.shared.clock;
        let start = clock.floor();
        let result = self.until_over(step, custom.call(call)).await;
        let end = clock.ceil();
        let first_byte = result.is_ok().then_some(end);
        let answered = first_byte.is_some();
        let bytes_received = result.as_ref().map_or(0, |body| body.len() as u64);
        let (answer, error) = match result {
            Ok(body) => (body, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let result = error.map_or(Ok(Answer { status: 200, head: b"", body: &answer }), Err);
        let exchange = Exchange { start, connected: None, first_byte, end, bytes_sent, bytes_received, result };
        let user = (&mut self.state, &mut self.room, &*self.sink);
        let good = settle(&exchange, (of, script, step), iteration, user);
        self.ended((start, end), answered).await;
        good
    }

    /// Waits for the function, the timeout or an interruption.
    async fn until_over(
        &self,
        step: &ScriptStep,
        work: impl Future<Output = Result<Vec<u8>, String>>,
    ) -> Result<Vec<u8>, TransportError> {
        let mut work = pin!(work);
        let mut over = pin!(tokio::time::sleep(step.timeout.into()));
        poll_fn(|cx| {
            if let Poll::Ready(result) = work.as_mut().poll(cx) {
                return Poll::Ready(
                    result.map_err(|cause| TransportError::General { class: FailureClass::Check, cause }),
                );
            }
            if self.shared.poll_at_least(self.seat, Stop::Abort, cx) {
                return Poll::Ready(Err(TransportError::Aborted));
            }
            over.as_mut().poll(cx).map(|()| Err(TransportError::Timeout(step.timeout)))
        })
        .await
    }
}
