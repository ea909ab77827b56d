//! The span of an HTTP exchange.

use hallpass_core::dialect::{Exchange, ExchangeKind};
use hallpass_core::{Reply, Request, SendError};
use http::Method;
use tracing::Span;
use tracing::field::Empty;

/// Which exchange a request is of, and how often it was sent before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resends {
    kind: Option<ExchangeKind>,
    count: u32,
}

impl Resends {
    /// The next one after this.
    ///
    /// ```
    /// use hallpass_client::trace::Resends;
    /// use hallpass_core::dialect::Exchange;
    ///
    /// let first = Resends::default().then(Exchange::refresh());
    /// assert_eq!(first, Resends::default().then(Exchange::authenticate()).then(Exchange::refresh()));
    /// assert_ne!(first, first.then(Exchange::refresh()));
    /// ```
    #[must_use = "what is known of the next one is handed back, not changed in place"]
    pub fn then(self, exchange: Exchange) -> Self {
        let again = self.kind == Some(exchange.kind);
        Self { kind: Some(exchange.kind), count: if again { self.count.saturating_add(1) } else { 0 } }
    }
}

/// A request whose reply is still to come: if it is dropped before, it was cancelled.
#[derive(Debug)]
#[must_use = "dropping it says that the request was cancelled"]
pub struct ExchangeSpan {
    span: Span,
    ended: bool,
}

impl ExchangeSpan {
    /// Begins now, in the current span. Numbers are signed, since OpenTelemetry knows no others and would get text.
    pub fn begin(request: &Request, resends: Resends) -> Self {
        let (method, uri, origin) = (&request.method, request.endpoint.uri(), request.endpoint.origin());
        let span = tracing::info_span!(
            target: "hallpass",
            "hallpass.exchange",
            otel.kind = "client",
            otel.name = known(method).unwrap_or("HTTP"),
            otel.status_code = Empty,
            hallpass.exchange.kind = resends.kind.map(ExchangeKind::name),
            http.request.method = known(method).unwrap_or("_OTHER"),
            http.request.method_original = known(method).is_none().then(|| method.as_str()),
            http.request.resend_count = (resends.count > 0).then(|| i64::from(resends.count)),
            server.address = origin.host(),
            server.port = i64::from(origin.port()),
            url.scheme = uri.scheme_str(),
            url.path = uri.path(),
            url.full = %format_args!("{origin}{}", uri.path()),
            http.response.status_code = Empty,
            "error.type" = Empty,
        );
        Self { span, ended: false }
    }

    /// The span, for what is done until the reply is there.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Ends now.
    pub fn end(mut self, reply: Result<Reply, SendError>) -> Result<Reply, SendError> {
        self.ended = true;
        match &reply {
            Ok(reply) => {
                self.span.record("http.response.status_code", i64::from(reply.status.as_u16()));
                if reply.status.is_client_error() || reply.status.is_server_error() {
                    self.failed(reply.status.as_str());
                }
            }
            Err(SendError::NotSent(_)) => self.failed("not_sent"),
            Err(SendError::Untrusted(_)) => self.failed("untrusted"),
            Err(SendError::MaybeSent(_)) => self.failed("maybe_sent"),
        }
        reply
    }

    fn failed(&self, what: &str) {
        self.span.record("error.type", what).record("otel.status_code", "ERROR");
    }
}

impl Drop for ExchangeSpan {
    fn drop(&mut self) {
        if !self.ended {
            self.failed("cancelled");
        }
    }
}

/// The methods that the conventions know; any other could be of any number.
fn known(method: &Method) -> Option<&str> {
    let known = [
        Method::POST,
        Method::GET,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
        Method::CONNECT,
        Method::TRACE,
    ];
    known.contains(method).then(|| method.as_str())
}
