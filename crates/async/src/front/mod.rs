//! A flight in front of its leader: polled as a part of the leader's own future, so that it takes no hop between tasks.
//!
//! It is handed to a task of its own as soon as anything depends on it beside its leader: the leader leaves, somebody else
//! waits, for it or for the lock that it has, the client is closed, or something is about to be sent that must not be lost.
//! So a leader that is kept but no longer polled holds up nobody who uses the same client.

use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hallpass_core::dialect::{Exchange, Spends};
use hallpass_core::lifecycle::Flight;
use tokio::runtime::Handle;
use tokio::task;

/// Boxed where it is made: it is large, and moved by whoever hands it on.
pub(crate) type Flying = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Room for one flight in front of its leader; the one before it is handed over.
#[derive(Default)]
pub(crate) struct Front(Mutex<Room>);

#[derive(Default)]
struct Room {
    place: Option<Place>,
    /// Somebody else waits for it, even if it is yet to come in front.
    waited_for: Option<Flight>,
}

struct Place {
    flight: Flight,
    /// Out while it is polled.
    flying: Option<Flying>,
    /// To be handed over once it is back.
    leaves: bool,
    leader: Waker,
    runtime: Handle,
}

impl Front {
    /// Flies until the flight has landed or was handed over.
    pub(crate) async fn fly(&self, flight: Flight, flying: Flying) {
        self.hand_over();
        if let Some(leaves) = self.seat(flight, flying) {
            drop(task::spawn(leaves));
            return;
        }
        let leading = Leading { front: self, flight };
        poll_fn(|context| leading.poll(context)).await;
    }

    /// Has the flight fly in a task of its own, as soon as it is here.
    pub(crate) fn waited_for(&self, flight: Flight) {
        self.lock().waited_for = Some(flight);
        self.hand_over();
    }

    /// Has the flight that is here fly in a task of its own.
    pub(crate) fn hand_over(&self) {
        let mut room = self.lock();
        if let Some(Place { flying: None, leaves, .. }) = &mut room.place {
            *leaves = true;
            return;
        }
        let handed = room.place.take();
        drop(room);
        if let Some(Place { flying: Some(flying), leader, runtime, .. }) = handed {
            drop(runtime.spawn(flying));
            leader.wake();
        }
    }

    /// What is spent must not wait for a leader who may never poll again.
    pub(crate) async fn before_sending(&self, exchange: Exchange) {
        if exchange.spends != Spends::Nothing {
            self.hand_over();
            task::yield_now().await;
        }
    }

    /// The flight itself, if it is not to stay.
    fn seat(&self, flight: Flight, flying: Flying) -> Option<Flying> {
        let (leader, runtime) = (Waker::noop().clone(), Handle::current());
        let mut room = self.lock();
        if room.waited_for == Some(flight) {
            return Some(flying);
        }
        room.place = Some(Place { flight, flying: Some(flying), leaves: false, leader, runtime });
        None
    }

    fn take(&self, flight: Flight, leader: &Waker) -> Option<Flying> {
        let mut room = self.lock();
        let place = room.place.as_mut().filter(|place| place.flight == flight)?;
        place.leader.clone_from(leader);
        place.flying.take()
    }

    /// The flight itself, if it is not to stay.
    fn put_back(&self, flight: Flight, flying: Flying) -> Option<Flying> {
        match &mut self.lock().place {
            Some(place) if place.flight == flight && !place.leaves => {
                place.flying = Some(flying);
                None
            }
            _ => Some(flying),
        }
    }

    fn vacate(&self, flight: Flight) -> Option<Place> {
        self.lock().place.take_if(|place| place.flight == flight)
    }

    /// Nothing that may panic runs while it is held.
    fn lock(&self) -> MutexGuard<'_, Room> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A leader, for as long as it leads.
struct Leading<'a> {
    front: &'a Front,
    flight: Flight,
}

impl Leading<'_> {
    fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        let Some(mut flying) = self.front.take(self.flight, context.waker()) else { return Poll::Ready(()) };
        if flying.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        match self.front.put_back(self.flight, flying) {
            Some(leaves) => {
                drop(task::spawn(leaves));
                Poll::Ready(())
            }
            None => Poll::Pending,
        }
    }
}

impl Drop for Leading<'_> {
    fn drop(&mut self) {
        if let Some(Place { flying: Some(flying), runtime, .. }) = self.front.vacate(self.flight) {
            drop(runtime.spawn(flying));
        }
    }
}

#[cfg(test)]
mod tests;
