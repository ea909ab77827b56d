//! Log in, authorize, send.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use hallpass_client::clock::Clock;
use hallpass_client::record::Kept;
use hallpass_client::{Config, Payload, call, secrets};
use hallpass_core::dialect::Goal;
use hallpass_core::error::StoreFailure;
use hallpass_core::step::{Login, Outcome, Step};
use hallpass_core::{Deadline, Error, Grant, UserKey};
use tokio::{task, time};

use crate::Body;
use crate::transport::Transport;

/// How often a busy lock is tried again.
const BUSY: Duration = Duration::from_millis(5);

/// A login and the connections it uses. Cheap to clone; every clone is the same client, in any number of runtimes.
///
/// Logins run in tasks of their own: a caller may drop its future at any await, and a refresh token that was sent is
/// still answered for.
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
    pub async fn token(&self) -> Result<Grant, Error> {
        self.run(Goal::Token).await?.grant()
    }

    /// Registers the user and returns the `user_key`, which is kept for later logins too. Keep it somewhere safe: the
    /// server gives it once.
    pub async fn register(&self) -> Result<UserKey, Error> {
        self.run(Goal::Register).await?.user_key()
    }

    /// Adds the token to a request that another HTTP client will send, if its origin may have it.
    pub async fn authorize<B>(&self, request: &mut http::Request<B>) -> Result<(), Error> {
        call::admit(&self.0.config, request.uri())?;
        let grant = self.token().await?;
        call::attach(&grant, request.headers_mut());
        Ok(())
    }

    /// Sends an API call with the token, if its origin may have it. Any status is a response; redirects are not followed.
    pub async fn send<B: Into<Payload>>(&self, request: http::Request<B>) -> Result<http::Response<Body>, Error> {
        let mut request = request.map(Into::into);
        call::tidy(&mut request)?;
        self.authorize(&mut request).await?;
        self.dispatch(request).await
    }

    /// Sends an API call without a token, under the same limits.
    pub async fn send_plain<B: Into<Payload>>(&self, request: http::Request<B>) -> Result<http::Response<Body>, Error> {
        let mut request = request.map(Into::into);
        call::tidy(&mut request)?;
        self.dispatch(request).await
    }

    async fn dispatch(&self, request: http::Request<Payload>) -> Result<http::Response<Body>, Error> {
        let uri = request.uri().clone();
        let origin = call::target(&self.0.config, &uri)?;
        let response = self.0.transport.call(request).await;
        response.map_err(|error| call::failed(&origin, &uri, error))
    }

    /// What the client was built from.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// One login in a task of its own, so that a caller who leaves cannot cut it in half.
    async fn run(&self, goal: Goal) -> Result<Outcome, Error> {
        let inner = self.0.clone();
        task::spawn(inner.login(goal)).await.unwrap_or_else(|_| Err(shut_down()))
    }
}

impl Inner {
    /// Under the store's lock, so that no refresh token is used twice.
    async fn login(self: Arc<Self>, goal: Goal) -> Result<Outcome, Error> {
        let mut kept = self.lock().await?;
        let login = Login {
            dialect: self.config.dialect(),
            rules: self.config.egress_rules(),
            default_life: self.config.assumed_life(),
        };
        let mut step = login.start(self.clock.now(), goal, kept.held(), kept.spending());
        loop {
            step = match step {
                Step::Ask(ask) => {
                    let (source, names) = (self.config.secret_source().clone(), ask.names());
                    let secrets = off(move || secrets::gather(&*source, names)).await??;
                    ask.answer(self.clock.now(), secrets)
                }
                Step::Save(save) => {
                    let (held, spending) = (save.held().clone(), save.spending());
                    let (back, result) = off(move || {
                        let result = kept.save(&held, spending);
                        (kept, result)
                    })
                    .await?;
                    kept = back;
                    match result {
                        Ok(()) => save.saved(self.clock.now()),
                        Err(failure) => save.failed(self.clock.now(), failure),
                    }
                }
                Step::Send(send) => {
                    let reply = self.transport.exchange(send.request(), send.egress(), self.clock).await;
                    send.replied(reply)
                }
                Step::Done(outcome) => return Ok(outcome),
                Step::Failed(error) => return Err(error),
            }
        }
    }

    /// Waits for the lock, as long as one exchange may take.
    async fn lock(self: &Arc<Self>) -> Result<Kept, Error> {
        let lease = self.config.egress_rules().timeout.saturating_mul(3);
        let deadline = Deadline::after(self.clock.now(), lease);
        loop {
            let inner = self.clone();
            match off(move || Kept::try_lock(&inner.config, lease)).await?? {
                Some(kept) => return Ok(kept),
                None if deadline.passed(self.clock.now()) => return Err(StoreFailure::busy().into()),
                None => time::sleep(BUSY).await,
            }
        }
    }
}

/// Runs what may block where blocking is allowed.
async fn off<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    task::spawn_blocking(work).await.map_err(|_| shut_down())
}

fn shut_down() -> Error {
    let why = "the runtime shut down, or a secret source or store panicked".into();
    StoreFailure { doing: "running the login", why }.into()
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.0.config).finish()
    }
}
