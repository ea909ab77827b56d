//! Middleware as a driver: the login is a driver's, and the calls are another HTTP client's.

use std::fmt;

use bytes::Bytes;
use hallpass_client::record::Revoked;
use hallpass_client::{Config, Payload, call};
use hallpass_core::{Error, Grant, Misuse, Origin, SendError, UserKey};
use hallpass_testkit::canary;
use hallpass_tower::BearerLayer;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;
use tower::{Layer as _, ServiceExt as _};
use ureq::Agent;

use crate::driver::{Async, Blocking, Driver, LIMIT, RUNTIME};

/// The tower layer, around hyper's client.
pub type Tower = Through<TowerCalls>;

/// The middleware of reqwest-middleware.
pub type ReqwestMiddleware = Through<ReqwestCalls>;

/// The middleware of ureq.
pub type Ureq = Through<UreqCalls>;

/// A login, and an HTTP client with the middleware under test.
#[derive(Debug)]
pub struct Through<C: Calls> {
    login: C::Login,
    calls: C,
}

/// An HTTP client with a middleware that refuses calls to other origins.
pub trait Calls: Sized + Sync + fmt::Debug {
    /// Its name in reports.
    const NAME: &'static str;

    /// The driver that logs in.
    type Login: Driver;

    /// Over that login.
    fn new(login: &Self::Login) -> Self;

    /// Sends a call and reads the response to its end.
    fn send(&self, request: Request<Payload>) -> Result<Response<Vec<u8>>, Failed>;
}

/// Why a call got no response.
#[derive(Debug)]
pub struct Failed {
    /// Everything that the HTTP client's error prints.
    printed: String,
    why: String,
    /// The login's error, if it was the middleware that failed.
    login: Option<Error>,
}

impl Failed {
    fn new(error: &dyn std::error::Error, login: Option<&Error>) -> Self {
        Self { printed: canary::printed(error), why: error.to_string(), login: login.cloned() }
    }
}

impl<C: Calls> Driver for Through<C> {
    const NAME: &'static str = C::NAME;

    fn build(config: Config) -> Result<Self, Error> {
        let login = C::Login::build(config)?;
        Ok(Self { calls: C::new(&login), login })
    }

    fn token(&self) -> Result<Grant, Error> {
        self.login.token()
    }

    fn force_refresh(&self) -> Result<Grant, Error> {
        self.login.force_refresh()
    }

    fn register(&self) -> Result<UserKey, Error> {
        self.login.register()
    }

    fn revoke(&self) -> Result<Revoked, Error> {
        self.login.revoke()
    }

    fn close(&self) {
        self.login.close();
    }

    fn authorize(&self, request: &mut Request<()>) -> Result<(), Error> {
        self.login.authorize(request)
    }

    fn send(&self, request: Request<Payload>) -> Result<Response<Vec<u8>>, Error> {
        let uri = request.uri().clone();
        self.calls.send(request).map_err(|failed| match (failed, Origin::of(&uri)) {
            (Failed { login: Some(error), .. }, _) => error,
            (Failed { why, .. }, Ok(origin)) => call::failed(&origin, &uri, SendError::MaybeSent(why)),
            (_, Err(why)) => Misuse::Url { what: "the request's URL".into(), why }.into(),
        })
    }

    fn failure(&self, request: Request<Payload>) -> Option<String> {
        self.calls.send(request).err().map(|failed| failed.printed)
    }
}

/// Calls through the tower layer.
#[derive(Debug)]
pub struct TowerCalls(BearerLayer);

impl Calls for TowerCalls {
    const NAME: &'static str = "tower";

    type Login = Async;

    fn new(login: &Async) -> Self {
        Self(BearerLayer::new(login.0.clone()).strict())
    }

    fn send(&self, request: Request<Payload>) -> Result<Response<Vec<u8>>, Failed> {
        RUNTIME.block_on(async {
            let hyper = legacy::Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
            let request = request.map(|payload| Full::new(payload.bytes().clone()));
            let response = self.0.layer(hyper).oneshot(request).await;
            let response = response.map_err(|error| Failed::new(&*error, error.downcast_ref()))?;
            let (head, body) = response.into_parts();
            let bytes = body.collect().await.map_err(|error| Failed::new(&error, None))?.to_bytes();
            Ok(Response::from_parts(head, bytes.to_vec()))
        })
    }
}

/// Calls through the middleware of reqwest-middleware.
#[derive(Debug)]
pub struct ReqwestCalls(reqwest_middleware::ClientWithMiddleware);

impl Calls for ReqwestCalls {
    const NAME: &'static str = "reqwest-middleware";

    type Login = Async;

    fn new(login: &Async) -> Self {
        let bearer = hallpass_reqwest_middleware::Bearer::new(login.0.clone()).strict();
        let tls = rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("the provider knows some")
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let client = bearer.over(reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy());
        Self(client.expect("a client").build())
    }

    fn send(&self, request: Request<Payload>) -> Result<Response<Vec<u8>>, Failed> {
        let request = request.map(|payload| payload.bytes().clone());
        RUNTIME.block_on(async {
            let request = reqwest::Request::try_from(request).map_err(|error| Failed::new(&error, None))?;
            let mut response = self.0.execute(request).await.map_err(|error| match &error {
                reqwest_middleware::Error::Middleware(inner) => Failed::new(&error, inner.downcast_ref()),
                reqwest_middleware::Error::Reqwest(_) => Failed::new(&error, None),
            })?;
            let mut whole = Response::new(());
            *whole.status_mut() = response.status();
            core::mem::swap(whole.headers_mut(), response.headers_mut());
            let bytes = response.bytes().await.map_err(|error| Failed::new(&error, None))?;
            Ok(whole.map(|()| bytes.to_vec()))
        })
    }
}

/// Calls through the middleware of ureq.
#[derive(Debug)]
pub struct UreqCalls(Agent);

impl Calls for UreqCalls {
    const NAME: &'static str = "ureq";

    type Login = Blocking;

    fn new(login: &Blocking) -> Self {
        let settings = || Agent::config_builder().http_status_as_error(false).proxy(None);
        let bearer = hallpass_ureq::Bearer::new(login.0.clone()).strict().repeat_over(settings().build().new_agent());
        Self(settings().middleware(bearer).build().new_agent())
    }

    fn send(&self, request: Request<Payload>) -> Result<Response<Vec<u8>>, Failed> {
        let own = |error| match &error {
            ureq::Error::Other(inner) => Failed::new(&error, inner.downcast_ref()),
            _ => Failed::new(&error, None),
        };
        let response = self.0.run(request.map(|payload| payload.bytes().to_vec())).map_err(own)?;
        let (head, mut body) = response.into_parts();
        let bytes = body.with_config().limit(LIMIT as u64).read_to_vec().map_err(own)?;
        Ok(Response::from_parts(head, bytes))
    }
}
