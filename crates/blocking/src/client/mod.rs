//! Have a token, authorize, send.

mod admit;
mod register;
mod revoke;

pub use admit::Call;

use core::fmt;
use core::time::Duration;
use std::sync::Arc;
use std::thread;

use hallpass_client::metrics::Wait;
use hallpass_client::pilot::Pilot;
use hallpass_client::pool::Pooled;
use hallpass_client::record::{Kept, Replace};
use hallpass_client::trace::Resends;
use hallpass_client::tries::Tries;
use hallpass_client::{Ahead, Config, Payload, call};
use hallpass_core::dialect::Key;
use hallpass_core::lifecycle::{Flight, Landed, Ticket, Todo, TokenId, Want};
use hallpass_core::{Deadline, Egress, Error, Grant, RefreshToken, Reply, Request, SendError, UserKey};
use hallpass_store::Record;

use crate::transport::Transport;
use crate::{Body, flight, park};

/// A login, its token, and the connections it uses. Cheap to clone; every clone is the same client. Build a client after a fork:
/// processes with copies of one share connections, and draw the same revisions.
///
/// The last clone waits, when it is dropped, for a flight that has sent something.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) pilot: Arc<Pilot>,
    pub(crate) transport: Arc<Transport>,
}

impl Client {
    /// Builds a client. Nothing is sent and no secret is asked for yet.
    pub fn new(config: Config) -> Result<Self, Error> {
        let transport = Arc::new(Transport::new(&config)?);
        Ok(<Self as Pooled>::over(config, transport))
    }

    /// A token: from memory while it is fresh, else from the store or a login that all callers share.
    pub fn token(&self) -> Result<Grant, Error> {
        match self.0.pilot.fresh(|grant| Ok(grant.clone())) {
            Some(fresh) => fresh,
            None => self.token_with(&Want::default()),
        }
    }

    /// A token with some wishes, such as a least life.
    pub fn token_with(&self, want: &Want) -> Result<Grant, Error> {
        let pilot = &self.0.pilot;
        let clock = pilot.clock();
        let deadline = Deadline::after(clock.now(), pilot.config().get_wait());
        let mut measured = None;
        loop {
            let flight = match pilot.ask(want) {
                Ticket::Ready(grant) => return Ok(grant),
                Ticket::Closed(error) => return Err(error),
                Ticket::Refresh(grant, flight, todo) => {
                    match pilot.config().get_ahead() {
                        Ahead::Background => drop(flight::behind(pilot, &self.0.transport, flight, todo)),
                        Ahead::Inline => self.lead(flight, todo, deadline.remaining(clock.now())),
                    }
                    return match pilot.outcome(flight, want) {
                        Landed::Ok(renewed) => Ok(renewed),
                        _ => Ok(grant),
                    };
                }
                Ticket::Lead(flight, todo) => {
                    measured.get_or_insert_with(Wait::begin);
                    self.lead(flight, todo, deadline.remaining(clock.now()));
                    flight
                }
                Ticket::Wait(flight) => {
                    measured.get_or_insert_with(Wait::begin);
                    flight
                }
            };
            // A flight that outlasts its own time is taken over by whoever asks next.
            let turn = Deadline::after(clock.now(), pilot.config().get_policy().flight);
            let landed = match pilot.outcome(flight, want) {
                Landed::Flying => park::until(pilot.wait(flight, *want), deadline.min(turn), clock),
                landed => landed,
            };
            match landed {
                Landed::Ok(grant) => return Ok(grant),
                Landed::Failed(error) => return Err(error),
                _ if deadline.passed(clock.now()) => return Err(call::out_of_patience()),
                _ => {}
            }
        }
    }

    /// A new token, whatever is in hand, for one request. Where nothing was in hand or it had to be renewed, that one is new
    /// already; one from the store never is. Callers who want a new token at the same time share one: if somebody else, in
    /// this process or another, has come by another token than the one in hand, it is that one, and nothing is sent.
    pub fn force_refresh(&self) -> Result<Grant, Error> {
        let begun = self.0.pilot.clock().now();
        let held = self.token()?;
        if held.is_new_since(begun) {
            return Ok(held);
        }
        self.token_with(&Want { not: Some(held.id()), ..Want::default() })
    }

    /// Drops this token wherever it is held; the next caller has another. For what no API said: each costs a login. An answer of
    /// 401 is for [`Call::settle`], which knows an API that refuses every token.
    pub fn invalidate(&self, token: TokenId) {
        self.0.pilot.invalidate(token);
    }

    /// Keeps a refresh token that the user already has, in place of what `replace` says.
    pub fn import(&self, token: RefreshToken, replace: Replace) -> Result<(), Error> {
        self.lock(&self.config().dialect().key())?.import(token, replace)
    }

    /// Keeps a `user_key` that the user already has, in place of what `replace` says.
    pub fn import_user_key(&self, key: UserKey, replace: Replace) -> Result<(), Error> {
        self.lock(&self.config().registration_key()?)?.import_user_key(key, replace)
    }

    /// Forgets the tokens of this login wherever they are kept, and hands back the record that was; the next caller logs
    /// in. Other processes serve what they have in hand to its end.
    pub fn forget(&self) -> Result<Option<Record>, Error> {
        let forgotten = self.lock(&self.config().dialect().key())?.forget()?;
        self.0.pilot.forget();
        Ok(forgotten)
    }

    /// Forgets a registration, which the server does not repeat: keep the `user_key` of the record that is handed back.
    pub fn forget_registration(&self) -> Result<Option<Record>, Error> {
        Ok(self.lock(&self.config().registration_key()?)?.forget()?)
    }

    /// Adds the token to a request that another HTTP client will send, if its origin may have it. The answer is not heard: after
    /// a 401 the next call has the same token. [`admit`](Self::admit) hears it.
    pub fn authorize<B>(&self, request: &mut http::Request<B>) -> Result<(), Error> {
        self.admit(request.method(), request.uri())?.attach(request.headers_mut());
        Ok(())
    }

    /// Sends an API call with the token, if its origin may have it. Any status is a response; redirects are not followed.
    /// After a 401 the call is repeated once, with another token. The response's extensions hold the [`Grant`] that it was
    /// sent with.
    pub fn send<B: Into<Payload>>(&self, request: http::Request<B>) -> Result<http::Response<Body>, Error> {
        let mut request = request.map(Into::into);
        call::tidy(&mut request)?;
        let mut call = self.admit(request.method(), request.uri())?;
        loop {
            call.attach(request.headers_mut());
            let mut response = self.dispatch(request.clone())?;
            if call.settle(response.status(), response.headers(), Some(()))?.is_none() {
                response.extensions_mut().insert(call.grant().clone());
                return Ok(response);
            }
        }
    }

    /// Sends an API call without a token, under the same limits.
    pub fn send_plain<B: Into<Payload>>(&self, request: http::Request<B>) -> Result<http::Response<Body>, Error> {
        let mut request = request.map(Into::into);
        call::tidy(&mut request)?;
        self.dispatch(request)
    }

    /// Sends one request of a machine that the caller drives, over this client's connections, as a diagnosis does
    /// ([`probe`](crate::probe)). Nothing is kept, and nothing is repeated.
    pub fn exchange(&self, request: &Request, egress: &Egress) -> Result<Reply, SendError> {
        self.0.transport.exchange(request, egress, self.0.pilot.clock(), Resends::default())
    }

    fn dispatch(&self, request: http::Request<Payload>) -> Result<http::Response<Body>, Error> {
        let uri = request.uri().clone();
        let origin = call::target(self.config(), &uri)?;
        let response = self.0.transport.call(request);
        response.map_err(|error| call::failed(&origin, &uri, error))
    }

    /// What the client was built from.
    pub fn config(&self) -> &Config {
        self.0.pilot.config()
    }

    /// Starts no flight and no registration any more, waits for those that have sent something, and tries again to save what
    /// was not saved.
    pub fn close(&self) {
        self.0.close();
    }

    /// A caller who would wait to the flight's end anyway, or for ever, flies it; whose patience may end sooner has it flown.
    /// With nothing to go on behind it, it waits for what follows the landing too, as far as its patience goes.
    fn lead(&self, flight: Flight, todo: Todo, patience: Duration) {
        let Inner { pilot, transport } = &*self.0;
        let config = pilot.config();
        let waits_for_ever = config.get_wait() == Duration::MAX;
        if waits_for_ever || config.longest_flight().is_some_and(|longest| longest <= patience) {
            return flight::fly(pilot, transport, flight, todo);
        }
        let ended = flight::behind(pilot, transport, flight, todo);
        if config.get_ahead() == Ahead::Inline {
            let _ = ended.recv_timeout(patience);
        }
    }

    /// Waits for a record's lock, for as long as whoever has it may have it: see [`Tries::lease`].
    fn lock(&self, key: &Key) -> Result<Kept, Error> {
        let (config, clock) = (self.config(), self.0.pilot.clock());
        let mut tries = Tries::begin(config, clock.now());
        loop {
            match Kept::try_lock(config, key, tries.lease())? {
                Some(kept) => return Ok(kept),
                None => thread::sleep(tries.busy(clock.now())?),
            }
        }
    }
}

impl Inner {
    fn close(&self) {
        let deadline = Deadline::after(self.pilot.clock().now(), self.pilot.config().longest_close());
        park::until(self.pilot.close(), deadline, self.pilot.clock());
        while let Some((pause, flight, todo)) = self.pilot.settle() {
            thread::sleep(pause);
            flight::fly(&self.pilot, &self.transport, flight, todo);
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(self.config()).finish()
    }
}
