//! A user is registered, once.

use hallpass_client::guarded;
use hallpass_client::registration::Registration;
use hallpass_client::trace::Resends;
use hallpass_core::step::Step;
use hallpass_core::{Error, UserKey};

use super::{Client, Inner};

impl Client {
    /// Registers the user and returns the `user_key`, which is kept for later logins too. Keep it somewhere safe: the
    /// server gives it once. Where it could not be kept, [`Change::Registered`](hallpass_client::Change) says so.
    pub fn register(&self) -> Result<UserKey, Error> {
        let Inner { pilot, transport } = &*self.0;
        let (config, clock) = (pilot.config(), pilot.clock());
        let mut registration = Registration::new(self.lock(&config.registration_key()?)?);
        let mut step = registration.start(config, clock.now());
        loop {
            registration.before(pilot, &step)?;
            step = match step {
                Step::Ask(ask) => {
                    let secrets = registration.admit(clock.now(), guarded::secrets(config, ask.names())?)?;
                    ask.answer(clock.now(), secrets)
                }
                Step::Save(save) => match registration.save(&registration.record(config, clock.now(), &save)) {
                    Ok(()) => save.saved(clock.now()),
                    Err(failure) => save.failed(clock.now(), failure),
                },
                Step::Send(send) => {
                    let resends = Resends::default().then(send.exchange());
                    let reply = transport.exchange(send.request(), send.egress(), clock, resends);
                    send.replied(reply)
                }
                Step::Done(outcome) => return registration.end(config, outcome),
                Step::Failed(error) => return Err(error),
            }
        }
    }
}
