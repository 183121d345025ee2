//! How witnesses wait.
//!
//! In: a way to pause, and a way to know that nobody wants to wait any more. Out: pauses. Always holds: no witness sleeps
//! by itself, so a test waits no longer than it says.

use std::thread;

use crate::acceptance::store::StoreError;
use crate::units::Micros;

/// How long a pause lasts before it is asked again whether anybody still wants to wait.
const LOOK: Micros = Micros::from_millis(200);

/// A way to wait.
pub struct Patience<'a> {
    pause: &'a mut dyn FnMut(Micros),
    stop: &'a dyn Fn() -> bool,
}

impl<'a> Patience<'a> {
    /// Waits with `pause` until `stop` says that nobody wants to any more.
    pub fn new(pause: &'a mut dyn FnMut(Micros), stop: &'a dyn Fn() -> bool) -> Self {
        Self { pause, stop }
    }

    /// Waits for `span`.
    ///
    /// # Errors
    /// [`StoreError::Interrupted`].
    pub fn wait(&mut self, span: Micros) -> Result<(), StoreError> {
        self.check()?;
        (self.pause)(span);
        self.check()
    }

    /// Whether anybody still wants to wait.
    ///
    /// # Errors
    /// [`StoreError::Interrupted`] when nobody does.
    pub fn check(&self) -> Result<(), StoreError> {
        if (self.stop)() { Err(StoreError::Interrupted) } else { Ok(()) }
    }
}

/// A pause by the system's own clock, which ends early when `stop` says so.
pub fn sleep(stop: &dyn Fn() -> bool) -> impl FnMut(Micros) {
    move |span| {
        let mut left = span;
        while left > Micros::ZERO && !stop() {
            let part = left.min(LOOK);
            thread::sleep(part.into());
            left = left.saturating_sub(part);
        }
    }
}
