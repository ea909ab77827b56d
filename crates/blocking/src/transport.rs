//! One request out, one reply in, under its egress rules.

use core::fmt;
use core::time::Duration;
use std::io::Read;
use std::sync::Arc;

use hallpass_client::clock::Clock;
use hallpass_client::exchange::{self, CALL_IDLE, TOKEN_IDLE};
use hallpass_client::failure::{Cause, bad_proxy, send_error};
use hallpass_client::tls::{Identity, Trusted};
use hallpass_client::trace::{ExchangeSpan, Resends};
use hallpass_client::{Config, Payload, USER_AGENT};
use hallpass_core::{Egress, Misuse, Origin, Reply, Request, SendError};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig, TlsProvider};
use ureq::unversioned::transport::{Connector, DefaultConnector};
use ureq::{Agent, AsSendBody, Proxy, Timeout};

use crate::Body;
use crate::gauge::{Gauge, watch};
use crate::resolve::{Later, Lookup, Resolving};

/// Of a connection to a token endpoint: an input buffer that holds the longest head ureq takes, 64 KiB, and an output buffer
/// for a request that is small. They are filled with zeros, so all of them takes memory. Each line of a request's head has to
/// fit into the latter.
const TOKEN_BUFFERS: (usize, usize) = (68 * 1024, 32 * 1024);

/// The same to an API, whose bodies may be long.
const CALL_BUFFERS: (usize, usize) = (128 * 1024, 128 * 1024);

/// Unused connections to APIs that are kept, to one host or to many, so that a burst of so many threads finds those of the
/// last. No more, since each keeps its buffers (with TLS twice, 32 MiB in all) and ureq looks at all of them at each call.
/// Token endpoints are few: ureq's own limits, ten and three to a host, do for them.
const CALL_CONNECTIONS: usize = 64;

/// What reading to the end wants to have left over.
const PROBE: usize = 64;

/// A pool of connections to token endpoints, and one to APIs. The clients of a [`Pool`](crate::Pool) share them.
pub struct Transport {
    tokens: Agent,
    calls: Agent,
    proxy: Option<Origin>,
    call_timeout: Duration,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Transport");
        out.field("proxy", &self.proxy).field("call_timeout", &self.call_timeout).finish_non_exhaustive()
    }
}

impl Transport {
    pub(crate) fn new(config: &Config) -> Result<Self, Misuse> {
        let Trusted { bundled, read } = config.trusted()?;
        let read = read.iter().map(|der| Certificate::from_der(der).to_owned());
        let roots = bundled.iter().map(|der| Certificate::from_der(der)).chain(read).collect();
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::Specific(Arc::new(roots)))
            .client_cert(config.get_client_certificate().map(shown).transpose()?)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let proxy = config.get_proxy().map(proxy).transpose()?;
        let rules = config.egress_rules();
        let settings = |timeout: Duration, idle: Duration, (input, output)| {
            Agent::config_builder()
                .tls_config(tls.clone())
                .proxy(proxy.clone())
                .max_redirects(0)
                .max_redirects_will_error(false)
                .http_status_as_error(false)
                .allow_non_standard_methods(true)
                .user_agent(USER_AGENT)
                .accept_encoding("identity")
                .max_idle_age(idle)
                .input_buffer_size(input)
                .output_buffer_size(output)
                .timeout_global(Some(timeout))
                .timeout_connect(Some(rules.connect_timeout))
        };
        let agent =
            |settings| Agent::with_parts(settings, Resolving(Lookup, DefaultConnector::new()).chain(Gauge), Later);
        let call_timeout = config.get_call_timeout();
        let tokens = agent(settings(rules.timeout, TOKEN_IDLE, TOKEN_BUFFERS).build());
        let calls = settings(call_timeout, CALL_IDLE, CALL_BUFFERS).max_idle_connections(CALL_CONNECTIONS);
        let calls = agent(calls.max_idle_connections_per_host(CALL_CONNECTIONS).build());
        let proxy = config.get_proxy().map(|proxy| proxy.origin().clone());
        Ok(Self { tokens, calls, proxy, call_timeout })
    }

    /// Sends a token request and reads the reply, as far as `egress` lets it.
    pub(crate) fn exchange(
        &self,
        request: &Request,
        egress: &Egress,
        clock: Clock,
        resends: Resends,
    ) -> Result<Reply, SendError> {
        let span = ExchangeSpan::begin(request, resends);
        let reply = span.span().in_scope(|| self.reply(request, egress, clock));
        span.end(reply)
    }

    fn reply(&self, request: &Request, egress: &Egress, clock: Clock) -> Result<Reply, SendError> {
        exchange::within(egress, request)?;
        if longest_line(request) > TOKEN_BUFFERS.1 {
            return Err(SendError::NotSent("a line of the request's head is longer than 32 KiB".into()));
        }
        let mut out = http::Request::new(request.body.expose());
        *out.method_mut() = request.method.clone();
        *out.uri_mut() = request.endpoint.uri().clone();
        *out.headers_mut() = request.headers.clone();
        let (result, wrote) = watch(request.endpoint.uri(), egress.timeout(), || {
            read(self.run(&self.tokens, out, egress.origin().is_https())?, egress, clock)
        });
        let proxy = self.proxy.as_ref().filter(|_| egress.origin().is_https());
        result.map_err(|error| explain(&error, wrote, proxy))
    }

    /// Sends an API call as it is; the response is read by the caller, within the same time.
    pub(crate) fn call(&self, request: http::Request<Payload>) -> Result<http::Response<Body>, SendError> {
        let https = request.uri().scheme_str() == Some("https");
        let (mut head, payload) = request.into_parts();
        // What ureq finds there it would take in place of every setting of ours.
        head.extensions.clear();
        let out = http::Request::from_parts(head, payload.bytes().as_ref());
        let uri = out.uri().clone();
        let (result, wrote) = watch(&uri, self.call_timeout, || self.run(&self.calls, out, https));
        result
            .map(|response| response.map(Body::new))
            .map_err(|error| explain(&error, wrote, self.proxy.as_ref().filter(|_| https)))
    }

    /// Of an empty body ureq tells the length, whatever the method; of none it does not.
    fn run(
        &self,
        agent: &Agent,
        request: http::Request<&[u8]>,
        https: bool,
    ) -> Result<http::Response<ureq::Body>, ureq::Error> {
        if exchange::bodiless(request.method(), request.body()) {
            return self.run_as_it_is(agent, request.map(|_| ()), https);
        }
        self.run_as_it_is(agent, request, https)
    }

    /// Plain http never goes through the proxy. The deadlines are the agent's, made from the same rules as the egress.
    fn run_as_it_is<B: AsSendBody>(
        &self,
        agent: &Agent,
        request: http::Request<B>,
        https: bool,
    ) -> Result<http::Response<ureq::Body>, ureq::Error> {
        if self.proxy.is_some() && !https {
            return agent.run(agent.configure_request(request).proxy(None).build());
        }
        agent.run(request)
    }
}

/// Of a request's head, in bytes: the first line, or a header and, since it may be the last, the empty line behind it.
fn longest_line(request: &Request) -> usize {
    let first = request.method.as_str().len() + request.endpoint.to_url().len() + " HTTP/1.1\r\n".len() + 1;
    let headers = request.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n\r\n".len());
    headers.fold(first, usize::max)
}

/// Reads one byte more than allowed, to tell a reply that fits from one that was cut.
fn read(response: http::Response<ureq::Body>, egress: &Egress, clock: Clock) -> Result<Reply, ureq::Error> {
    let (head, body) = response.into_parts();
    let cap = egress.reply_cap();
    let mut bytes = exchange::buffer(body.content_length(), egress, PROBE);
    let most = u64::try_from(cap).unwrap_or(u64::MAX).saturating_add(1);
    body.into_with_config().limit(u64::MAX).reader().take(most).read_to_end(&mut bytes)?;
    let cut = bytes.len() > cap;
    bytes.truncate(cap);
    Ok(Reply { status: head.status, headers: head.headers, body: bytes.into(), cut, received: clock.now() })
}

fn shown(identity: &Identity) -> Result<ClientCert, Misuse> {
    let chain: Vec<_> = identity.chain().iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    let misuse = |_| Misuse::Value { what: "the client certificate".into(), why: "TLS here cannot use its key".into() };
    Ok(ClientCert::new_with_certs(&chain, PrivateKey::from_pem(identity.key_pem()).map_err(misuse)?))
}

fn proxy(proxy: &hallpass_client::config::Proxy) -> Result<Proxy, Misuse> {
    let origin = proxy.origin();
    let mut builder = Proxy::builder(ureq::ProxyProtocol::Http).host(&host(origin)).port(origin.port());
    if let Some((user, password)) = proxy.credentials() {
        builder = builder.username(user).password(password.expose());
    }
    builder.build().map_err(|_| bad_proxy())
}

/// The host as a URL has it: an IPv6 address in brackets.
pub(crate) fn host(origin: &Origin) -> String {
    let host = origin.host();
    if host.contains(':') { format!("[{host}]") } else { host }
}

/// What happened, without the URL that ureq's own texts may show.
fn explain(error: &ureq::Error, wrote: bool, proxy: Option<&Origin>) -> SendError {
    let cause = match error {
        ureq::Error::Io(io) => match io.get_ref() {
            Some(inner) if inner.is::<ureq::Error>() => {
                return inner.downcast_ref().map_or_else(|| other(wrote, proxy), |inner| explain(inner, wrote, proxy));
            }
            Some(inner) => match (inner.downcast_ref(), inner.downcast_ref::<std::io::Error>()) {
                (Some(tls), _) => Cause::Tls(tls),
                (None, Some(broken)) => Cause::Io(broken),
                (None, None) => Cause::Io(io),
            },
            None => Cause::Io(io),
        },
        ureq::Error::Timeout(Timeout::Resolve) => Cause::LookupTimeout,
        ureq::Error::Timeout(Timeout::Connect) => Cause::ConnectTimeout,
        ureq::Error::Timeout(_) => Cause::Timeout,
        ureq::Error::HostNotFound => Cause::Name,
        ureq::Error::ConnectionFailed => Cause::Connect,
        ureq::Error::Rustls(error) => Cause::Tls(error),
        ureq::Error::Tls(text) => Cause::Other(text),
        ureq::Error::ConnectProxyFailed(said) => refused(said),
        ureq::Error::Protocol(_) => Cause::NotHttp,
        _ => return other(wrote, proxy),
    };
    send_error(&cause, wrote, proxy)
}

/// ureq says the status in words alone, and quotes nothing else of the proxy's.
fn refused(said: &str) -> Cause<'static> {
    match said.strip_prefix("proxy server responded ") {
        Some(status) => Cause::Proxy(status.get(..3).and_then(|digits| digits.parse().ok())),
        None => Cause::Closed,
    }
}

fn other(wrote: bool, proxy: Option<&Origin>) -> SendError {
    send_error(&Cause::Unclear, wrote, proxy)
}
