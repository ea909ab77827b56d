//! One request out, one reply in, under its egress rules.

use core::error::Error as _;
use core::fmt;
use core::time::Duration;
use std::io::ErrorKind;

use bytes::Bytes;
use hallpass_client::clock::Clock;
use hallpass_client::exchange::{self, CALL_IDLE, TOKEN_IDLE};
use hallpass_client::failure::{Cause, bad_proxy, send_error};
use hallpass_client::trace::{ExchangeSpan, Resends};
use hallpass_client::{Config, Payload, USER_AGENT, tls};
use hallpass_core::{Egress, Misuse, Origin, Reply, Request, SendError};
use reqwest::{Client, redirect, retry};
use rustls::ClientConfig;
use tokio::runtime;
use tracing::Instrument as _;

use crate::Body;
use crate::gauge::{CANCELED, Gauge};
use crate::resolve::Lookup;
use crate::runtimes::Runtimes;
use crate::url::{Known, url};

/// The connections of each runtime, since a connection belongs to the runtime that drives it: of those that used it last, four
/// for each core of the machine and 16 at the least. The clients of a [`Pool`](crate::Pool) share them.
pub struct Transport {
    tls: ClientConfig,
    proxy: Option<reqwest::Proxy>,
    via: Option<Origin>,
    connect_timeout: Duration,
    timeout: Duration,
    call_timeout: Duration,
    pools: Runtimes<Pools>,
    endpoint: Known,
}

/// Connections to token endpoints, and those to APIs, with and without the proxy.
#[derive(Clone)]
struct Pools {
    tokens: Client,
    calls: Client,
    direct: Client,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Transport");
        out.field("proxy", &self.via).field("call_timeout", &self.call_timeout).finish_non_exhaustive()
    }
}

impl Transport {
    pub(crate) fn new(config: &Config) -> Result<Self, Misuse> {
        let tls = tls::settings(&config.trusted()?, config.get_client_certificate())?;
        let rules = config.egress_rules();
        let proxy = config.get_proxy().map(proxy).transpose()?;
        let via = config.get_proxy().map(|proxy| proxy.origin().clone());
        Ok(Self {
            tls,
            proxy,
            via,
            connect_timeout: rules.connect_timeout,
            timeout: rules.timeout,
            call_timeout: config.get_call_timeout(),
            pools: Runtimes::new(),
            endpoint: Known::default(),
        })
    }

    /// Sends a token request and reads the reply, as far as `egress` lets it.
    pub(crate) async fn exchange(
        &self,
        request: &Request,
        egress: &Egress,
        clock: Clock,
        resends: Resends,
    ) -> Result<Reply, SendError> {
        let span = ExchangeSpan::begin(request, resends);
        let reply = self.reply(request, egress, clock).instrument(span.span().clone()).await;
        span.end(reply)
    }

    async fn reply(&self, request: &Request, egress: &Egress, clock: Clock) -> Result<Reply, SendError> {
        exchange::within(egress, request)?;
        let pools = self.pools()?;
        let client = if egress.origin().is_https() { &pools.tokens } else { &pools.direct };
        let url = self.endpoint.url(request.endpoint.uri())?;
        let (gauge, body) = Gauge::of(Bytes::from_owner(Wiped(request.body.clone())));
        let mut out = reqwest::Request::new(request.method.clone(), url);
        *out.headers_mut() = request.headers.clone();
        *out.timeout_mut() = Some(egress.timeout());
        *out.body_mut() = (!exchange::bodiless(&request.method, request.body.expose())).then_some(body);
        let reply = async { read(client.execute(out).await?, egress, clock).await };
        let proxy = self.via.as_ref().filter(|_| egress.origin().is_https());
        reply.await.map_err(|error| explain(&error, gauge.wrote(&error), proxy))
    }

    /// Sends an API call as it is; the response is read by the caller, within the same time.
    pub(crate) async fn call(&self, request: http::Request<Payload>) -> Result<http::Response<Body>, SendError> {
        let pools = self.pools()?;
        let https = request.uri().scheme_str() == Some("https");
        let client = if https { &pools.calls } else { &pools.direct };
        let (head, payload) = request.into_parts();
        let url = url(&head.uri)?;
        let (gauge, body) = Gauge::of(payload.bytes().clone());
        let bodiless = exchange::bodiless(&head.method, payload.bytes());
        let out = client.request(head.method, url).headers(head.headers).timeout(self.call_timeout);
        let response = if bodiless { out.send().await } else { out.body(body).send().await };
        let proxy = self.via.as_ref().filter(|_| https);
        response.map(Body::split).map_err(|error| explain(&error, gauge.wrote(&error), proxy))
    }

    /// This runtime's connections, made at its first request.
    fn pools(&self) -> Result<Pools, SendError> {
        let runtime = runtime::Handle::current().id();
        let build = |idle, whole, proxy| {
            self.client(idle, whole, proxy).map_err(|_| SendError::NotSent("the HTTP client could not be built".into()))
        };
        self.pools.get(runtime, || {
            Ok(Pools {
                tokens: build(TOKEN_IDLE, self.timeout, self.proxy.clone())?,
                calls: build(CALL_IDLE, self.call_timeout, self.proxy.clone())?,
                direct: build(TOKEN_IDLE, self.timeout.min(self.call_timeout), None)?,
            })
        })
    }

    /// A connection ends before the `whole` exchange does: then a request whose connection was never made is known not to
    /// have left.
    fn client(&self, idle: Duration, whole: Duration, proxy: Option<reqwest::Proxy>) -> reqwest::Result<Client> {
        let builder = Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .no_proxy()
            .dns_resolver(Lookup)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            // Another crate of the build may have turned these on.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .http1_only()
            .user_agent(USER_AGENT)
            .connect_timeout(self.connect_timeout.min(whole / 8 * 7))
            .pool_idle_timeout(idle);
        match proxy {
            Some(proxy) => builder.proxy(proxy).build(),
            None => builder.build(),
        }
    }
}

/// A request's body, wiped when the connection lets go of it.
struct Wiped(hallpass_core::Body);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        self.0.expose()
    }
}

/// Reads no further than the chunk in which the reply is longer than allowed.
async fn read(mut response: reqwest::Response, egress: &Egress, clock: Clock) -> reqwest::Result<Reply> {
    let mut bytes = exchange::buffer(response.content_length(), egress, 0);
    let mut cut = false;
    while !cut && let Some(chunk) = response.chunk().await? {
        let room = egress.reply_cap() - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        cut = chunk.len() > room;
    }
    let (status, headers) = (response.status(), core::mem::take(response.headers_mut()));
    Ok(Reply { status, headers, body: bytes.into(), cut, received: clock.now() })
}

fn proxy(proxy: &hallpass_client::config::Proxy) -> Result<reqwest::Proxy, Misuse> {
    let made = reqwest::Proxy::https(proxy.origin().to_string()).map_err(|_| bad_proxy())?;
    Ok(match proxy.credentials() {
        Some((user, password)) => made.basic_auth(user, password.expose()),
        None => made,
    })
}

/// What happened, without the URL that reqwest's own texts show.
fn explain(error: &reqwest::Error, wrote: bool, proxy: Option<&Origin>) -> SendError {
    let mut source = error.source();
    let mut found = None;
    while let Some(inner) = source {
        found = cause(inner).or(found);
        source = inner.source();
    }
    let cause = found.unwrap_or_else(|| match (error.is_timeout(), error.is_connect()) {
        (true, true) => Cause::ConnectTimeout,
        (true, false) => Cause::Timeout,
        (false, true) => Cause::Connect,
        (false, false) => Cause::Unclear,
    });
    send_error(&cause, wrote, proxy)
}

/// A cause that says something of its own.
fn cause<'a>(error: &'a (dyn core::error::Error + 'static)) -> Option<Cause<'a>> {
    if let Some(tls) = error.downcast_ref() {
        return Some(Cause::Tls(tls));
    }
    let Some(io) = error.downcast_ref::<std::io::Error>() else { return told(error) };
    let inner = io.get_ref().and_then(|inner| cause(inner));
    inner.or_else(|| match io.kind() {
        ErrorKind::InvalidInput | ErrorKind::InvalidData if io.raw_os_error().is_none() => Some(Cause::NotHttp),
        // One in words alone, which may be of anything.
        ErrorKind::Other => io.get_ref().is_none().then_some(Cause::Io(io)),
        _ => Some(Cause::Io(io)),
    })
}

/// What hyper and its tunnel say in words alone, which show nothing of the request.
fn told(error: &dyn core::error::Error) -> Option<Cause<'static>> {
    Some(match error.to_string().as_str() {
        "tunnel error: proxy authorization required" => Cause::Proxy(Some(407)),
        "tunnel error: unsuccessful" => Cause::Proxy(None),
        "tunnel error: unexpected end of file" | "connection closed before message completed" => Cause::Closed,
        CANCELED => Cause::Other("the server closed the connection before it took the request"),
        "message head is too large"
        | "received unexpected message from connection"
        | "invalid content-length parsed"
        | "invalid transfer-encoding parsed"
        | "unexpected transfer-encoding parsed" => Cause::NotHttp,
        said if said.starts_with("invalid HTTP ") => Cause::NotHttp,
        _ => return None,
    })
}
