//! What may block is done, and dropped, where blocking is allowed.

use core::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use hallpass_client::trace::here;
use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinHandle};

/// Runs what may block where blocking is allowed; `None` if the runtime shut down. A panic is the caller's, wherever it
/// happens.
pub(crate) async fn off<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    match handed(&Handle::current(), here(work)) {
        Ok(working) => unless_shut_down(working.await)?,
        Err(work) => work.map(|work| work()),
    }
}

/// The same for what `blocks`; what does not is done in place.
pub(crate) async fn off_if<T: Send + 'static>(blocks: bool, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    if blocks { off(work).await } else { Some(work()) }
}

/// What a task came to; `None` if the runtime shut down. A panic goes on in whoever waits for the task.
pub(crate) fn unless_shut_down<T>(ended: Result<T, JoinError>) -> Option<T> {
    match ended.map_err(JoinError::try_into_panic) {
        Ok(value) => Some(value),
        Err(Ok(panic)) => resume_unwind(panic),
        Err(Err(_)) => None,
    }
}

/// Hands work over to a thread that may block. Where none can be started the work itself comes back: done in place, it loses
/// nothing that it has in hand. tokio panics then, whose text the panic hook prints, and leaves what it was given in its
/// queue, so the work is no part of that.
fn handed<T, W>(runtime: &Handle, work: W) -> Result<JoinHandle<Option<T>>, Option<W>>
where
    T: Send + 'static,
    W: FnOnce() -> T + Send + 'static,
{
    let offered = Arc::new(Mutex::new(Some(work)));
    let theirs = offered.clone();
    let working = move || {
        let work = taken(&theirs);
        work.map(|work| work())
    };
    catch_unwind(AssertUnwindSafe(|| runtime.spawn_blocking(working))).map_err(|_| taken(&offered))
}

fn taken<W>(offered: &Mutex<Option<W>>) -> Option<W> {
    offered.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Something whose drop may block, such as a lock: wherever its holder leaves, it is dropped where blocking is allowed.
pub(crate) struct DropOff<T: Send + 'static>(Option<T>);

impl<T: Send + 'static> DropOff<T> {
    pub(crate) fn new(held: T) -> Self {
        Self(Some(held))
    }

    pub(crate) fn into_inner(mut self) -> T {
        self.0.take().expect(HELD)
    }
}

impl<T: Send + 'static> Deref for DropOff<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect(HELD)
    }
}

impl<T: Send + 'static> DerefMut for DropOff<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().expect(HELD)
    }
}

impl<T: Send + 'static> Drop for DropOff<T> {
    fn drop(&mut self) {
        if let (Some(held), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            drop(handed(&runtime, move || drop(held)).map_err(|work| work.map(|work| work())));
        }
    }
}

const HELD: &str = "it is there until it is taken or dropped";
