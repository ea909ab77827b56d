//! A middleware for [`ureq`]: calls to listed origins carry the access token, and one that is answered with 401 is sent
//! once more, with another token.
//!
//! ```no_run
//! use hallpass_blocking::{Client, Config};
//! use hallpass_core::dialect::BasicForm;
//! use hallpass_core::{Endpoint, Secrets, secret};
//! use hallpass_ureq::Bearer;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let dialect = BasicForm::new(Endpoint::parse("https://auth.example/token")?, "client-id");
//! let secrets = Secrets::one(secret::CLIENT_SECRET, std::env::var("CLIENT_SECRET")?);
//! let login = Client::new(Config::new(dialect, secrets).api_url("https://api.example/")?)?;
//!
//! let agent = ureq::Agent::config_builder().middleware(Bearer::new(login)).build().new_agent();
//! println!("{}", agent.get("https://api.example/orders").call()?.status());
//! # Ok(())
//! # }
//! ```
//!
//! # What it promises
//!
//! - The token goes to the origins of the [`Config`](hallpass_blocking::Config) and to no other. Calls to others pass
//!   untouched, or are refused ([`Bearer::strict`]).
//! - A 401 drops the token, and the next call has another. ureq lets a middleware go on only once, so a call is repeated,
//!   once and with another token, over an agent of its own: [`Bearer::repeat_over`]. Which methods are repeated is the
//!   configuration's [`Repeat`](hallpass_blocking::Repeat); their bodies are read into memory first.
//! - A response's extensions hold the [`Grant`](hallpass_blocking::Grant) that it was sent with.
//! - **Redirects** of calls with a token are not followed, whatever the agent's setting: ureq takes `Authorization` off,
//!   but not a header of an API's own, such as `X-Api-Key`. They are handed out as responses.
//! - Where the agent turns statuses into errors, which is ureq's default, a 401's challenge is not seen, so one that
//!   says that a scope is lacking drops the token too. `http_status_as_error(false)` lets it be seen.
//! - **Cookies** are the agent's, where anything in the build turns on ureq's feature `cookies`: it sends them again
//!   whosever token a call carries. Have an agent for each tenant.
//! - An error of the login is `ureq::Error::Other`, which holds a `hallpass_blocking::Error`.

use std::io::{Cursor, Read as _};
use std::sync::Arc;

use hallpass_blocking::{Call, Client};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use ureq::middleware::{Middleware, MiddlewareNext};
use ureq::{Agent, Body, Error, RequestExt as _, SendBody};

/// Gives calls to listed origins their token.
#[derive(Debug, Clone)]
pub struct Bearer {
    client: Client,
    strict: bool,
    repeats: Option<Agent>,
}

impl Bearer {
    /// With the tokens of `client`, for the origins that its configuration lists. If it lists none, a `tracing` warning
    /// says so: no call would carry a token.
    pub fn new(client: Client) -> Self {
        client.config().warn_if_none_listed();
        Self { client, strict: false, repeats: None }
    }

    /// Refuses calls to other origins, before anybody is asked for a token.
    #[must_use = "the middleware is handed back, not changed in place"]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Sends calls that are answered with 401 once more, over `agent`: one with the same configuration, but without this
    /// middleware.
    #[must_use = "the middleware is handed back, not changed in place"]
    pub fn repeat_over(mut self, agent: Agent) -> Self {
        self.repeats = Some(agent);
        self
    }
}

impl Middleware for Bearer {
    fn handle(&self, request: Request<SendBody>, next: MiddlewareNext) -> Result<Response<Body>, Error> {
        let config = self.client.config();
        if !self.strict && !config.lists(request.uri()) {
            return next.handle(request);
        }
        let mut call = self.client.admit(request.method(), request.uri()).map_err(failed)?;
        let settings = request.middleware_config().ok_or_else(|| failed("it is no call of an agent's"))?;
        let request = settings.max_redirects(0).build();
        let repeats = self.repeats.as_ref().filter(|_| config.get_repeat().covers(request.method()));
        let mut answer = match repeats {
            None => send(&mut call, request, None::<()>, |request| next.handle(request))?.0,
            Some(agent) => {
                let spare = Spare::read(request)?;
                match send(&mut call, spare.request(), Some(spare), |request| next.handle(request))? {
                    (answer, None) => answer,
                    (_, Some(spare)) => send(&mut call, spare.request(), None::<()>, |request| agent.run(request))?.0,
                }
            }
        };
        if let Ok(response) = &mut answer {
            response.extensions_mut().insert(call.grant().clone());
        }
        answer
    }
}

/// What came of a call, and the copy that is to be sent in its place.
type Sent<R> = (Result<Response<Body>, Error>, Option<R>);

/// Sends the call with its token, and takes note of the answer.
fn send<'b, R>(
    call: &mut Call,
    mut request: Request<SendBody<'b>>,
    spare: Option<R>,
    send: impl FnOnce(Request<SendBody<'b>>) -> Result<Response<Body>, Error>,
) -> Result<Sent<R>, Error> {
    call.attach(request.headers_mut());
    let answer = send(request);
    let again = match &answer {
        Ok(response) => call.settle(response.status(), response.headers(), spare),
        Err(Error::StatusCode(status)) => {
            let status = StatusCode::from_u16(*status).map_err(failed)?;
            call.settle(status, &HeaderMap::new(), spare)
        }
        Err(_) => Ok(None),
    };
    Ok((answer, again.map_err(failed)?))
}

/// A call that can be sent twice.
struct Spare {
    head: Parts,
    body: Arc<[u8]>,
}

impl Spare {
    fn read(request: Request<SendBody<'_>>) -> Result<Self, Error> {
        let (mut head, sent) = request.into_parts();
        let mut body = Vec::new();
        sent.into_reader().read_to_end(&mut body)?;
        let framed = [CONTENT_LENGTH, TRANSFER_ENCODING].iter().any(|name| head.headers.contains_key(name));
        let says_so = matches!(head.method, Method::POST | Method::PUT | Method::PATCH);
        if !framed && (says_so || !body.is_empty()) {
            head.headers.insert(CONTENT_LENGTH, body.len().into());
        }
        Ok(Self { head, body: body.into() })
    }

    fn request(&self) -> Request<SendBody<'static>> {
        let has_body = self.head.headers.contains_key(CONTENT_LENGTH) || !self.body.is_empty();
        let body = || SendBody::from_owned_reader(Cursor::new(self.body.clone()));
        Request::from_parts(self.head.clone(), if has_body { body() } else { SendBody::none() })
    }
}

fn failed(error: impl Into<Box<dyn core::error::Error + Send + Sync>>) -> Error {
    Error::Other(error.into())
}
