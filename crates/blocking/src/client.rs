//! Log in, authorize, send.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;
use std::thread;

use hallpass_client::clock::Clock;
use hallpass_client::record::Kept;
use hallpass_client::{Config, Payload, call, secrets};
use hallpass_core::dialect::Goal;
use hallpass_core::error::StoreFailure;
use hallpass_core::step::{Login, Outcome, Step};
use hallpass_core::{Deadline, Error, Grant, UserKey};

use crate::Body;
use crate::transport::Transport;

/// How often a busy lock is tried again.
const BUSY: Duration = Duration::from_millis(5);

/// A login and the connections it uses. Cheap to clone; every clone is the same client.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    config: Config,
    transport: Transport,
    clock: Clock,
}

impl Client {
    /// Builds a client. Nothing is sent and no secret is asked for yet.
    pub fn new(config: Config) -> Result<Self, Error> {
        let transport = Transport::new(&config)?;
        Ok(Self(Arc::new(Inner { config, transport, clock: Clock::start() })))
    }

    /// Logs in and returns an access token.
    pub fn token(&self) -> Result<Grant, Error> {
        self.run(Goal::Token)?.grant()
    }

    /// Registers the user and returns the `user_key`, which is kept for later logins too. Keep it somewhere safe: the
    /// server gives it once.
    pub fn register(&self) -> Result<UserKey, Error> {
        self.run(Goal::Register)?.user_key()
    }

    /// Adds the token to a request that another HTTP client will send, if its origin may have it.
    pub fn authorize<B>(&self, request: &mut http::Request<B>) -> Result<(), Error> {
        call::admit(&self.0.config, request.uri())?;
        call::attach(&self.token()?, request.headers_mut());
        Ok(())
    }

    /// Sends an API call with the token, if its origin may have it. Any status is a response; redirects are not followed.
    pub fn send<B: Into<Payload>>(&self, request: http::Request<B>) -> Result<http::Response<Body>, Error> {
        let mut request = request.map(Into::into);
        call::tidy(&mut request)?;
        self.authorize(&mut request)?;
        self.dispatch(request)
    }

    /// Sends an API call without a token, under the same limits.
    pub fn send_plain<B: Into<Payload>>(&self, request: http::Request<B>) -> Result<http::Response<Body>, Error> {
        let mut request = request.map(Into::into);
        call::tidy(&mut request)?;
        self.dispatch(request)
    }

    fn dispatch(&self, request: http::Request<Payload>) -> Result<http::Response<Body>, Error> {
        let uri = request.uri().clone();
        let origin = call::target(&self.0.config, &uri)?;
        let response = self.0.transport.call(request);
        response.map_err(|error| call::failed(&origin, &uri, error))
    }

    /// What the client was built from.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// One login, under the store's lock so that no refresh token is used twice.
    fn run(&self, goal: Goal) -> Result<Outcome, Error> {
        let Inner { config, transport, clock } = &*self.0;
        let mut kept = self.lock()?;
        let login =
            Login { dialect: config.dialect(), rules: config.egress_rules(), default_life: config.assumed_life() };
        let mut step = login.start(clock.now(), goal, kept.held(), kept.spending());
        loop {
            step = match step {
                Step::Ask(ask) => {
                    let secrets = secrets::gather(&**config.secret_source(), ask.names())?;
                    ask.answer(clock.now(), secrets)
                }
                Step::Save(save) => match kept.save(save.held(), save.spending()) {
                    Ok(()) => save.saved(clock.now()),
                    Err(failure) => save.failed(clock.now(), failure),
                },
                Step::Send(send) => {
                    let reply = transport.exchange(send.request(), send.egress(), *clock);
                    send.replied(reply)
                }
                Step::Done(outcome) => return Ok(outcome),
                Step::Failed(error) => return Err(error),
            }
        }
    }

    /// Waits for the lock, as long as one exchange may take.
    fn lock(&self) -> Result<Kept, Error> {
        let Inner { config, clock, .. } = &*self.0;
        let lease = config.egress_rules().timeout.saturating_mul(3);
        let deadline = Deadline::after(clock.now(), lease);
        loop {
            match Kept::try_lock(config, lease)? {
                Some(kept) => return Ok(kept),
                None if deadline.passed(clock.now()) => return Err(StoreFailure::busy().into()),
                None => thread::sleep(BUSY),
            }
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.0.config).finish()
    }
}
