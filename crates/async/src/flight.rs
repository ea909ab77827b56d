//! A flight: the lifecycle's effects, carried out in their order. What may block does so where blocking is allowed.

use core::mem::take;
use std::sync::Arc;

use hallpass_client::guarded::{self, Hold};
use hallpass_client::pilot::Pilot;
use hallpass_client::trace::{Effect, Resends};
use hallpass_core::Misuse;
use hallpass_core::error::{StoreFailure, StoreTask};
use hallpass_core::lifecycle::{Flight, Lock, SaveError, Todo};
use tokio::time;
use tracing::Instrument as _;

use crate::front::Front;
use crate::off::off_if;
use crate::transport::Transport;

/// Flies until nothing is left to do. It leads from now on, so that a flight that is dropped before it is polled is given
/// up too.
pub(crate) fn fly(
    pilot: Arc<Pilot>,
    transport: Arc<Transport>,
    front: Arc<Front>,
    flight: Flight,
    todo: Todo,
) -> impl Future<Output = ()> + Send + 'static {
    let lead = pilot.lead(flight);
    async move {
        effects(&pilot, &transport, &front, todo).instrument(lead.span().clone()).await;
    }
}

/// Saves what is not saved yet, once a login is closed.
pub(crate) async fn settle(pilot: &Arc<Pilot>, transport: &Arc<Transport>, front: &Arc<Front>) {
    while let Some((pause, flight, todo)) = pilot.settle() {
        // It leads in the pause as well, or nobody did if that were left.
        let flying = fly(pilot.clone(), transport.clone(), front.clone(), flight, todo);
        time::sleep(pause).await;
        flying.await;
    }
}

async fn effects(pilot: &Arc<Pilot>, transport: &Transport, front: &Front, todo: Todo) {
    let clock = pilot.clock();
    let (stores, asks) = (pilot.config().get_store().blocks(), pilot.config().secret_source().blocks());
    let mut resends = Resends::default();
    let mut hold = Hold::default();
    let mut next = Some(todo);
    while let Some(todo) = next {
        if let Todo::Send(slot) = &todo {
            front.before_sending(slot.exchange()).await;
        }
        let effect = Effect::begin(&todo);
        next = match todo {
            Todo::Peek(slot) => {
                let (store, key) = (pilot.clone(), slot.key().clone());
                let found = off_if(stores, move || guarded::peek(store.config(), &key))
                    .await
                    .unwrap_or_else(|| Err(gone(StoreTask::Reading)));
                pilot.answer(effect, |life, now| life.peeked(now, slot, found))
            }
            Todo::Lock(slot) => {
                let (store, key, lease) = (pilot.clone(), slot.key().clone(), slot.lease());
                let tried = off_if(stores, move || guarded::try_lock(store.config(), &key, lease)).await;
                let (taken, answer): (_, Result<Lock, _>) =
                    tried.unwrap_or_else(|| (Hold::default(), Err(gone(StoreTask::Locking))));
                hold = taken;
                pilot.answer(effect, |life, now| life.locked(now, slot, answer))
            }
            Todo::Secret(slot) => {
                let (source, names) = (pilot.clone(), slot.names().to_vec());
                let secrets = off_if(asks, move || guarded::secrets(source.config(), &names))
                    .await
                    .unwrap_or_else(|| Err(no_secret(slot.names())));
                pilot.answer(effect, |life, now| life.secret(now, slot, secrets))
            }
            Todo::Send(slot) => {
                resends = resends.then(slot.exchange());
                let reply = transport.exchange(slot.request(), slot.egress(), clock, resends).await;
                pilot.answer(effect, |life, now| life.replied(now, slot, reply))
            }
            Todo::Save(slot) => {
                let (mut away, record) = (take(&mut hold), slot.record().clone());
                let saving = off_if(stores, move || {
                    let saved = away.save(&record);
                    (away, saved)
                });
                let unknown = || (Hold::default(), Err(SaveError::Unknown("the runtime shut down".into())));
                let (back, saved) = saving.await.unwrap_or_else(unknown);
                hold = back;
                pilot.answer(effect, |life, now| life.saved(now, slot, saved))
            }
            Todo::Unlock(slot) => {
                let away = take(&mut hold);
                let unlocked =
                    off_if(stores, move || away.unlock()).await.unwrap_or_else(|| Err(gone(StoreTask::Unlocking)));
                pilot.answer(effect, |life, now| life.unlocked(now, slot, unlocked))
            }
            Todo::Sleep(slot) => {
                time::sleep(slot.until().remaining(clock.now())).await;
                pilot.answer(effect, |life, now| life.woke(now, slot))
            }
        };
    }
}

/// The failure of an effect that never came back.
pub(crate) fn gone(doing: StoreTask) -> StoreFailure {
    StoreFailure::new(doing, "the runtime shut down")
}

fn no_secret(names: &[&str]) -> Misuse {
    Misuse::Secret { name: names.join(", "), why: "the runtime shut down".into() }
}
