//! Waiting by parking: the caller's thread sleeps until the flight that it waits for lands.

use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::sync::Arc;
use std::task::Wake;
use std::thread::{self, Thread};

use hallpass_client::clock::Clock;
use hallpass_client::pilot::Waiting;
use hallpass_core::Deadline;
use hallpass_core::lifecycle::Landed;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Where the flight landed; still flying if the deadline came first.
pub(crate) fn until(waiting: Waiting, deadline: Deadline, clock: Clock) -> Landed {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let (mut waiting, mut context) = (pin!(waiting), Context::from_waker(&waker));
    loop {
        if let Poll::Ready(landed) = waiting.as_mut().poll(&mut context) {
            return landed;
        }
        let left = deadline.remaining(clock.now());
        if left.is_zero() {
            return Landed::Flying;
        }
        thread::park_timeout(left);
    }
}
