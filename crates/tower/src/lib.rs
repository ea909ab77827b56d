//! A [`tower`](tower_service) layer for HTTP clients: calls to listed origins carry the access token, and one that is
//! answered with 401 is sent once more, with another token.
//!
//! It wraps any service from an [`http::Request`] to an [`http::Response`]: hyper-util's client, tonic's channel, a stack
//! of other layers.
//!
//! ```no_run
//! use hallpass_async::{Client, Config};
//! use hallpass_core::dialect::BasicForm;
//! use hallpass_core::{Endpoint, Secrets, secret};
//! use hallpass_tower::BearerLayer;
//! use http_body_util::Empty;
//! use hyper_util::{client::legacy, rt::TokioExecutor};
//! use tower::{Service as _, ServiceBuilder, ServiceExt as _};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let dialect = BasicForm::new(Endpoint::parse("https://auth.example/token")?, "client-id");
//! let secrets = Secrets::one(secret::CLIENT_SECRET, std::env::var("CLIENT_SECRET")?);
//! let login = Client::new(Config::new(dialect, secrets).api_url("https://api.example/")?)?;
//!
//! let hyper = legacy::Client::builder(TokioExecutor::new()).build_http::<Empty<&[u8]>>();
//! let mut client = ServiceBuilder::new().layer(BearerLayer::new(login)).service(hyper);
//! let request = http::Request::get("https://api.example/orders").body(Empty::new())?;
//! println!("{}", client.ready().await?.call(request).await?.status());
//! # Ok(())
//! # }
//! ```
//!
//! # What it promises
//!
//! - The token goes to the origins of the [`Config`](hallpass_async::Config) and to no other. Calls to others pass
//!   untouched, or are refused ([`BearerLayer::strict`]). A request without a whole URL has no origin: put the layer
//!   outside what takes the origin off, and inside what puts it on. The first one that a layer lets pass is warned of, by
//!   `tracing`.
//! - After a 401 a call is sent once more at the most, with another token, if its body can be cloned; what else is a
//!   copy, or that there is none, [`BearerLayer::copied_by`] tells. Which methods are repeated is the configuration's
//!   [`Repeat`](hallpass_async::Repeat). (gRPC says "unauthenticated" in another way: there the token is only attached.)
//! - The service that said it was ready is the one that is called, and it is asked again before a repeat. It is held while
//!   a login goes on: what counts calls in flight counts those too.
//! - The response's extensions hold the [`Grant`](hallpass_async::Grant) that it was sent with.
//! - **Redirects** are followed by whoever follows them. With a `FollowRedirect` *outside* this layer every step is a call
//!   of its own, and only those to listed origins carry the token. Never put one *inside*: what this layer promises ends
//!   there. tower-http before 0.7 takes `Authorization` off the first step to another origin, and a second step at that
//!   origin has it again; no version takes off a header of an API's own, such as `X-Api-Key`.
//! - An error is the inner service's, or a boxed `hallpass_async::Error`.
//!
//! # With tonic
//!
//! A client that tonic generates makes requests without an origin, and its channel puts one on, inside the layer: no call would
//! carry a token. So give the client the origin as well, which is to be the channel's and listed. And a body of tonic's is no
//! `Clone`; say that there is no copy:
//!
//! ```text
//! let layer = BearerLayer::new(login).copied_by(|_: &tonic::body::Body| None);
//! let service = ServiceBuilder::new().layer(layer).service(channel);
//! let client = GreeterClient::with_origin(service, "https://api.example".parse()?);
//! ```

use core::fmt;
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hallpass_async::Client;
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

/// An error of the login, or of the inner service.
pub type BoxError = Box<dyn core::error::Error + Send + Sync>;

/// Puts a [`Bearer`] around a service.
#[derive(Debug, Clone)]
pub struct BearerLayer<C = Clones> {
    client: Client,
    strict: bool,
    copier: C,
    /// A call without an origin was told of.
    told: Arc<AtomicBool>,
}

impl BearerLayer {
    /// With the tokens of `client`, for the origins that its configuration lists. If it lists none, a `tracing` warning
    /// says so: no call would carry a token.
    pub fn new(client: Client) -> Self {
        client.config().warn_if_none_listed();
        Self { client, strict: false, copier: Clones, told: Arc::default() }
    }
}

impl<C> BearerLayer<C> {
    /// Refuses calls to other origins, before anybody is asked for a token.
    #[must_use = "the layer is handed back, not changed in place"]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Says how a body is copied that is no `Clone`; where it answers `None`, a call is not repeated.
    ///
    /// ```
    /// # fn layer(login: hallpass_async::Client) {
    /// struct Upload;
    /// let layer = hallpass_tower::BearerLayer::new(login).copied_by(|_: &Upload| None);
    /// # }
    /// ```
    pub fn copied_by<B, F: Fn(&B) -> Option<B> + Send + Sync + 'static>(self, copy: F) -> BearerLayer<By<B>> {
        BearerLayer { client: self.client, strict: self.strict, copier: By(Arc::new(copy)), told: self.told }
    }
}

impl<S, C: Clone> Layer<S> for BearerLayer<C> {
    type Service = Bearer<S, C>;

    fn layer(&self, inner: S) -> Self::Service {
        Bearer { inner, layer: self.clone() }
    }
}

/// Gives calls to listed origins their token. [`BearerLayer`] makes one.
#[derive(Debug, Clone)]
pub struct Bearer<S, C = Clones> {
    inner: S,
    layer: BearerLayer<C>,
}

impl<S, C, B, R> Service<Request<B>> for Bearer<S, C>
where
    S: Service<Request<B>, Response = Response<R>, Error: Into<BoxError>, Future: Send> + Clone + Send + 'static,
    C: CopyBody<B>,
    B: Send + 'static,
    R: Send + 'static,
{
    type Response = Response<R>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that was ready is used up; its clone need not be.
        let clone = self.inner.clone();
        let mut ready = core::mem::replace(&mut self.inner, clone);
        let BearerLayer { client, strict, copier, told } = &self.layer;
        if !strict && !client.config().lists(request.uri()) {
            if request.uri().authority().is_none() && !told.swap(true, Ordering::Relaxed) {
                tracing::warn!(target: "hallpass", "{NO_ORIGIN}");
            }
            let future = ready.call(request);
            return Box::pin(async move { future.await.map_err(Into::into) });
        }
        let spare = copied(copier, &request);
        Box::pin(send(client.clone(), ready, request, spare))
    }
}

const NO_ORIGIN: &str = "a call went out without a token, since its URL has no origin where the layer sees it: give a tonic \
    client its origin (with_origin), or put the layer outside what takes the origin off";

/// Sends a call with its token through a service that is ready.
async fn send<S, B, R>(
    client: Client,
    mut service: S,
    mut request: Request<B>,
    mut spare: Option<Request<B>>,
) -> Result<Response<R>, BoxError>
where
    S: Service<Request<B>, Response = Response<R>, Error: Into<BoxError>>,
{
    let mut call = client.admit(request.method(), request.uri()).await?;
    loop {
        call.attach(request.headers_mut());
        let mut response = service.call(request).await.map_err(Into::into)?;
        let Some(again) = call.settle(response.status(), response.headers(), spare.take()).await? else {
            response.extensions_mut().insert(call.grant().clone());
            return Ok(response);
        };
        drop(response);
        request = again;
        poll_fn(|context| service.poll_ready(context)).await.map_err(Into::into)?;
    }
}

fn copied<B>(copier: &impl CopyBody<B>, request: &Request<B>) -> Option<Request<B>> {
    let mut copy = Request::new(copier.copy(request.body())?);
    copy.method_mut().clone_from(request.method());
    copy.uri_mut().clone_from(request.uri());
    copy.headers_mut().clone_from(request.headers());
    copy.extensions_mut().clone_from(request.extensions());
    *copy.version_mut() = request.version();
    Some(copy)
}

/// Copies bodies, so that a call can be sent once more.
pub trait CopyBody<B>: private::Sealed {
    /// The copy, if there is one.
    fn copy(&self, body: &B) -> Option<B>;
}

/// Copies bodies by cloning them.
#[derive(Debug, Clone)]
pub struct Clones;

impl<B: Clone> CopyBody<B> for Clones {
    fn copy(&self, body: &B) -> Option<B> {
        Some(body.clone())
    }
}

/// Copies bodies as it was told to; see [`BearerLayer::copied_by`].
pub struct By<B>(Arc<CopyFn<B>>);

type CopyFn<B> = dyn Fn(&B) -> Option<B> + Send + Sync;

impl<B> CopyBody<B> for By<B> {
    fn copy(&self, body: &B) -> Option<B> {
        (self.0)(body)
    }
}

impl<B> Clone for By<B> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<B> fmt::Debug for By<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("By")
    }
}

mod private {
    pub trait Sealed {}
    impl Sealed for super::Clones {}
    impl<B> Sealed for super::By<B> {}
}
