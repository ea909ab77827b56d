//! A middleware for [`reqwest_middleware`]: calls to listed origins carry the access token, and one that is answered with
//! 401 is sent once more, with another token.
//!
//! ```no_run
//! use hallpass_async::{Client, Config};
//! use hallpass_core::dialect::BasicForm;
//! use hallpass_core::{Endpoint, Secrets, secret};
//! use hallpass_reqwest_middleware::Bearer;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let dialect = BasicForm::new(Endpoint::parse("https://auth.example/token")?, "client-id");
//! let secrets = Secrets::one(secret::CLIENT_SECRET, std::env::var("CLIENT_SECRET")?);
//! let login = Client::new(Config::new(dialect, secrets).api_url("https://api.example/")?)?;
//!
//! let client = Bearer::new(login).over(reqwest::Client::builder())?.build();
//! let response = client.get("https://api.example/orders").send().await?;
//! println!("{}", response.status());
//! # Ok(())
//! # }
//! ```
//!
//! # What it promises
//!
//! - The token goes to the origins of the [`Config`](hallpass_async::Config) and to no other. Calls to others pass
//!   untouched, or are refused ([`Bearer::strict`]).
//! - After a 401 a call is sent once more at the most, with another token, if its body is at hand: a stream's is not.
//!   Which methods are repeated is the configuration's [`Repeat`](hallpass_async::Repeat). A middleware that repeats
//!   calls of its own accord belongs outside this one.
//! - The response's extensions hold the [`Grant`](hallpass_async::Grant) that it was sent with.
//! - **Redirects** are reqwest's, below any middleware. [`Bearer::over`] makes a client that follows none, and hands them
//!   out as responses: only that is safe. A client that follows them takes `Authorization` off the first step to another
//!   origin, and a second step at that origin has it again; a header of an API's own, such as `X-Api-Key`, goes everywhere.
//! - **TLS** of the calls is reqwest's: have a feature of it that brings TLS, or install rustls' provider for the process.
//!   Without either, a client of reqwest's panics when it is built.
//! - A configuration that lists no origin gives no call a token. [`Bearer::new`] warns of it by `tracing`; a strict
//!   middleware refuses every call.
//! - An error of the login is reqwest-middleware's `Error::Middleware`, which holds a `hallpass_async::Error`.

use async_trait::async_trait;
use hallpass_async::Client;
use http::{Extensions, Uri};
use reqwest::{Request, Response, redirect};
use reqwest_middleware::{ClientBuilder, Error, Middleware, Next, Result};

/// Gives calls to listed origins their token.
#[derive(Debug, Clone)]
pub struct Bearer {
    client: Client,
    strict: bool,
}

impl Bearer {
    /// With the tokens of `client`, for the origins that its configuration lists. If it lists none, a `tracing` warning
    /// says so: no call would carry a token. Below it belongs a client that follows no redirects, as [`over`](Self::over)
    /// makes one.
    pub fn new(client: Client) -> Self {
        client.config().warn_if_none_listed();
        Self { client, strict: false }
    }

    /// Refuses calls to other origins, before anybody is asked for a token.
    #[must_use = "the middleware is handed back, not changed in place"]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// In front of a client that follows no redirects, so that no header of the call travels on.
    ///
    /// reqwest panics here if it has neither a TLS feature of its own (such as `rustls`) nor a provider of the process's:
    /// `rustls::crypto::ring::default_provider().install_default()`. hallpass's own clients need neither.
    pub fn over(self, client: reqwest::ClientBuilder) -> reqwest::Result<ClientBuilder> {
        Ok(ClientBuilder::new(client.redirect(redirect::Policy::none()).build()?).with(self))
    }
}

#[async_trait]
impl Middleware for Bearer {
    async fn handle(&self, mut request: Request, extensions: &mut Extensions, next: Next<'_>) -> Result<Response> {
        // What http does not take for a URL has no origin, so it is none of those listed.
        let uri: Uri = request.url().as_str().parse().unwrap_or_default();
        if !self.strict && !self.client.config().lists(&uri) {
            return next.run(request, extensions).await;
        }
        let mut call = self.client.admit(request.method(), &uri).await.map_err(Error::middleware)?;
        let mut spare = request.try_clone();
        loop {
            call.attach(request.headers_mut());
            let mut response = next.clone().run(request, extensions).await?;
            let settled = call.settle(response.status(), response.headers(), spare.take()).await;
            let Some(again) = settled.map_err(Error::middleware)? else {
                response.extensions_mut().insert(call.grant().clone());
                return Ok(response);
            };
            request = again;
        }
    }
}
