//! What may block is done, and dropped, where blocking is allowed.

use core::ops::{Deref, DerefMut};

use hallpass_client::trace::here;
use tokio::runtime::Handle;
use tokio::task;

/// Runs what may block where blocking is allowed, and what does not in place; `None` if the runtime shut down.
pub(crate) async fn off<T: Send + 'static>(blocks: bool, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    if !blocks {
        return Some(work());
    }
    task::spawn_blocking(here(work)).await.ok()
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
            drop(runtime.spawn_blocking(move || drop(held)));
        }
    }
}

const HELD: &str = "it is there until it is taken or dropped";
