//! A user is registered, once.

use hallpass_client::guarded;
use hallpass_client::registration::Registration;
use hallpass_client::trace::Resends;
use hallpass_core::step::Step;
use hallpass_core::{Error, UserKey};
use tokio::task;
use tracing::Instrument as _;

use super::{Client, Inner, shut_down};
use crate::off::{DropOff, off, unless_shut_down};

impl Client {
    /// Registers the user and returns the `user_key`, which is kept for later logins too. Keep it somewhere safe: the
    /// server gives it once. Where it could not be kept, [`Change::Registered`](hallpass_client::Change) says so.
    pub async fn register(&self) -> Result<UserKey, Error> {
        let client = self.clone();
        let registering = async move { client.registration().await };
        unless_shut_down(task::spawn(registering.in_current_span()).await).ok_or_else(shut_down)?
    }

    /// In a task of its own, so that a caller who leaves cannot lose the key.
    async fn registration(&self) -> Result<UserKey, Error> {
        let Inner { pilot, transport, .. } = &*self.0;
        let (config, clock) = (pilot.config(), pilot.clock());
        let kept = self.lock(config.registration_key()?).await?.into_inner();
        let mut registration = DropOff::new(Registration::new(kept));
        let mut step = registration.start(config, clock.now());
        loop {
            registration.before(pilot, &step)?;
            step = match step {
                Step::Ask(ask) => {
                    let (source, names) = (pilot.clone(), ask.names().to_vec());
                    let secrets =
                        off(move || guarded::secrets(source.config(), &names)).await.ok_or_else(shut_down)??;
                    ask.answer(clock.now(), registration.admit(clock.now(), secrets)?)
                }
                Step::Save(save) => {
                    let record = registration.record(config, clock.now(), &save);
                    let saving = off(move || {
                        let saved = registration.save(&record);
                        (registration, saved)
                    });
                    let (back, saved) = saving.await.ok_or_else(shut_down)?;
                    registration = back;
                    match saved {
                        Ok(()) => save.saved(clock.now()),
                        Err(failure) => save.failed(clock.now(), failure),
                    }
                }
                Step::Send(send) => {
                    let resends = Resends::default().then(send.exchange());
                    let reply = transport.exchange(send.request(), send.egress(), clock, resends).await;
                    send.replied(reply)
                }
                Step::Done(outcome) => {
                    let pilot = pilot.clone();
                    let ending = off(move || registration.into_inner().end(pilot.config(), outcome));
                    return ending.await.ok_or_else(shut_down)?;
                }
                Step::Failed(error) => return Err(error),
            }
        }
    }
}
