//! Have a token, authorize, send.

mod admit;
mod register;
mod revoke;

pub use admit::Call;

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use hallpass_client::metrics::Wait;
use hallpass_client::pilot::Pilot;
use hallpass_client::pool::Pooled;
use hallpass_client::record::{Kept, Replace};
use hallpass_client::tries::Tries;
use hallpass_client::{Ahead, Config, Payload, call};
use hallpass_core::dialect::Key;
use hallpass_core::error::StoreTask;
use hallpass_core::lifecycle::{Flight, Landed, Ticket, Todo, TokenId, Want};
use hallpass_core::{Deadline, Error, Grant, RefreshToken, UserKey};
use hallpass_store::Record;

use tokio::{task, time};

use crate::Body;
use crate::flight::{fly, gone, settle};
use crate::front::Front;
use crate::off::{DropOff, off};
use crate::transport::Transport;

/// A login, its token, and the connections it uses. Cheap to clone; every clone is the same client, in any number of
/// runtimes. Build a client after a fork: processes with copies of one share connections, and draw the same revisions.
///
/// A caller may drop its future at any await: a flight that it led goes on in a task of its own, and a refresh token that
/// was sent is still answered for. A caller whose future is kept but no longer polled holds up no other caller of this
/// client; another client over the same store may find its lock held. Dropping the last clone does not end a flight; before
/// a runtime shuts down, [`close`](Self::close) waits for one that has sent something.
///
/// All of that holds while the runtime runs. One that runs only inside `block_on`, once for each call, leaves a renewal behind
/// the caller with its answer unread: such a program sets [`Ahead::Inline`] and puts no timeout around its calls, or takes the
/// blocking driver. Outside of a tokio runtime with timers all of this panics, as tokio does.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) pilot: Arc<Pilot>,
    pub(crate) transport: Arc<Transport>,
    pub(crate) front: Arc<Front>,
}

impl Client {
    /// Builds a client. Nothing is sent and no secret is asked for yet.
    pub fn new(config: Config) -> Result<Self, Error> {
        let transport = Arc::new(Transport::new(&config)?);
        Ok(<Self as Pooled>::over(config, transport))
    }

    /// A token: from memory while it is fresh, else from the store or a login that all callers share.
    pub async fn token(&self) -> Result<Grant, Error> {
        match self.0.pilot.fresh(|grant| Ok(grant.clone())) {
            Some(fresh) => fresh,
            None => self.token_with(&Want::default()).await,
        }
    }

    /// A token with some wishes, such as a least life.
    pub async fn token_with(&self, want: &Want) -> Result<Grant, Error> {
        let pilot = &self.0.pilot;
        let clock = pilot.clock();
        let deadline = Deadline::after(clock.now(), pilot.config().get_wait());
        let mut measured = None;
        loop {
            let flight = match pilot.ask(want) {
                Ticket::Ready(grant) => return Ok(grant),
                Ticket::Closed(error) => return Err(error),
                Ticket::Refresh(grant, flight, todo) => {
                    // The token in hand is good whatever becomes of its renewal.
                    let _ = self.fly(flight, todo, deadline.remaining(clock.now())).await;
                    return match pilot.outcome(flight, want) {
                        Landed::Ok(renewed) => Ok(renewed),
                        _ => Ok(grant),
                    };
                }
                Ticket::Lead(flight, todo) => {
                    measured.get_or_insert_with(Wait::begin);
                    self.lead(flight, todo, deadline.remaining(clock.now())).await?;
                    flight
                }
                Ticket::Wait(flight) => {
                    measured.get_or_insert_with(Wait::begin);
                    self.0.front.waited_for(flight);
                    flight
                }
            };
            // A flight that outlasts its own time is taken over by whoever asks next.
            let turn = deadline.remaining(clock.now()).min(pilot.config().get_policy().flight);
            match time::timeout(turn, pilot.wait(flight, *want)).await {
                Ok(Landed::Ok(grant)) => return Ok(grant),
                Ok(Landed::Failed(error)) => return Err(error),
                _ if deadline.passed(clock.now()) => return Err(call::out_of_patience()),
                _ => {}
            }
        }
    }

    /// A new token, whatever is in hand, for one request. Where nothing was in hand or it had to be renewed, that one is new
    /// already; one from the store never is. Callers who want a new token at the same time share one: if somebody else, in
    /// this process or another, has come by another token than the one in hand, it is that one, and nothing is sent.
    pub async fn force_refresh(&self) -> Result<Grant, Error> {
        let begun = self.0.pilot.clock().now();
        let held = self.token().await?;
        if held.is_new_since(begun) {
            return Ok(held);
        }
        self.token_with(&Want { not: Some(held.id()), ..Want::default() }).await
    }

    /// Drops this token wherever it is held; the next caller has another. For what no API said: each costs a login. An answer of
    /// 401 is for [`Call::settle`], which knows an API that refuses every token.
    pub fn invalidate(&self, token: TokenId) {
        self.0.pilot.invalidate(token);
    }

    /// Keeps a refresh token that the user already has, in place of what `replace` says.
    pub async fn import(&self, token: RefreshToken, replace: Replace) -> Result<(), Error> {
        let kept = self.lock(self.config().dialect().key()).await?;
        off(move || kept.into_inner().import(token, replace)).await.ok_or_else(shut_down)?
    }

    /// Keeps a `user_key` that the user already has, in place of what `replace` says.
    pub async fn import_user_key(&self, key: UserKey, replace: Replace) -> Result<(), Error> {
        let kept = self.lock(self.config().registration_key()?).await?;
        off(move || kept.into_inner().import_user_key(key, replace)).await.ok_or_else(shut_down)?
    }

    /// Forgets the tokens of this login wherever they are kept, and hands back the record that was; the next caller logs
    /// in. Other processes serve what they have in hand to its end.
    pub async fn forget(&self) -> Result<Option<Record>, Error> {
        let kept = self.lock(self.config().dialect().key()).await?;
        self.forget_kept(kept).await
    }

    /// Forgets a registration, which the server does not repeat: keep the `user_key` of the record that is handed back.
    pub async fn forget_registration(&self) -> Result<Option<Record>, Error> {
        let kept = self.lock(self.config().registration_key()?).await?;
        Ok(off(move || kept.into_inner().forget()).await.ok_or_else(shut_down)??)
    }

    /// Adds the token to a request that another HTTP client will send, if its origin may have it. The answer is not heard: after
    /// a 401 the next call has the same token. [`admit`](Self::admit) hears it.
    pub async fn authorize<B>(&self, request: &mut http::Request<B>) -> Result<(), Error> {
        self.admit(request.method(), request.uri()).await?.attach(request.headers_mut());
        Ok(())
    }

    /// Sends an API call with the token, if its origin may have it. Any status is a response; redirects are not followed.
    /// After a 401 the call is repeated once, with another token. The response's extensions hold the [`Grant`] that it was
    /// sent with.
    pub async fn send<B: Into<Payload>>(&self, request: http::Request<B>) -> Result<http::Response<Body>, Error> {
        let mut request = request.map(Into::into);
        call::tidy(&mut request)?;
        let mut call = self.admit(request.method(), request.uri()).await?;
        loop {
            call.attach(request.headers_mut());
            let mut response = self.dispatch(request.clone()).await?;
            if call.settle(response.status(), response.headers(), Some(())).await?.is_none() {
                response.extensions_mut().insert(call.grant().clone());
                return Ok(response);
            }
        }
    }

    /// Sends an API call without a token, under the same limits.
    pub async fn send_plain<B: Into<Payload>>(&self, request: http::Request<B>) -> Result<http::Response<Body>, Error> {
        let mut request = request.map(Into::into);
        call::tidy(&mut request)?;
        self.dispatch(request).await
    }

    async fn dispatch(&self, request: http::Request<Payload>) -> Result<http::Response<Body>, Error> {
        let uri = request.uri().clone();
        let origin = call::target(self.config(), &uri)?;
        let response = self.0.transport.call(request).await;
        response.map_err(|error| call::failed(&origin, &uri, error))
    }

    /// What the client was built from.
    pub fn config(&self) -> &Config {
        self.0.pilot.config()
    }

    /// Starts no flight and no registration any more, waits for those that have sent something, and tries again to save what
    /// was not saved.
    pub async fn close(&self) {
        let Inner { pilot, transport, front } = &*self.0;
        front.hand_over();
        let _ = time::timeout(pilot.config().longest_close(), pilot.close()).await;
        settle(pilot, transport, front).await;
    }

    /// A caller who would wait to the flight's end anyway flies it; whose patience may end sooner has it flown.
    async fn lead(&self, flight: Flight, todo: Todo, patience: Duration) -> Result<(), Error> {
        let Inner { pilot, transport, front } = &*self.0;
        if pilot.config().longest_flight().is_none_or(|longest| longest > patience) {
            return self.fly(flight, todo, patience).await;
        }
        let flying = Box::pin(fly(pilot.clone(), transport.clone(), front.clone(), flight, todo));
        front.fly(flight, flying).await;
        Ok(())
    }

    /// Flies in a task of its own. Where nothing is to go on behind the caller, it waits for that, as far as its patience goes.
    /// If it panics, as a watcher may once it has landed, its outcome is what counts.
    async fn fly(&self, flight: Flight, todo: Todo, patience: Duration) -> Result<(), Error> {
        let Inner { pilot, transport, front } = &*self.0;
        let task = task::spawn(fly(pilot.clone(), transport.clone(), front.clone(), flight, todo));
        match pilot.config().get_ahead() {
            Ahead::Background => Ok(()),
            Ahead::Inline => match time::timeout(patience, task).await {
                Ok(Err(error)) if error.is_cancelled() => Err(shut_down()),
                _ => Ok(()),
            },
        }
    }

    /// In one piece, so that a caller who leaves meanwhile is served nothing that was forgotten.
    async fn forget_kept(&self, kept: DropOff<Kept>) -> Result<Option<Record>, Error> {
        let pilot = self.0.pilot.clone();
        let forgetting = move || kept.into_inner().forget().inspect(|_| pilot.forget());
        Ok(off(forgetting).await.ok_or_else(shut_down)??)
    }

    /// Waits for a record's lock, for as long as whoever has it may have it: see [`Tries::lease`].
    async fn lock(&self, key: Key) -> Result<DropOff<Kept>, Error> {
        let (config, clock) = (self.config(), self.0.pilot.clock());
        let mut tries = Tries::begin(config, clock.now());
        let lease = tries.lease();
        loop {
            let (pilot, key) = (self.0.pilot.clone(), key.clone());
            let trying = move || Kept::try_lock(pilot.config(), &key, lease).map(|kept| kept.map(DropOff::new));
            let answer = off(trying).await;
            if let Some(kept) = answer.unwrap_or_else(|| Err(gone(StoreTask::Locking)))? {
                return Ok(kept);
            }
            // It may be a flight's, in front of a leader that nobody polls.
            self.0.front.hand_over();
            time::sleep(tries.busy(clock.now())?).await;
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(self.config()).finish()
    }
}

/// The error of a caller whose runtime is gone.
fn shut_down() -> Error {
    gone(StoreTask::RunningLogin).into()
}
