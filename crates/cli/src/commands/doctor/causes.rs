//! Which mistake a token endpoint's reply points to. Pure: what was sent and what came back, to causes, likeliest first.

use hallpass_core::error::{Denied, Malformed, Oddity};
use hallpass_core::wire::date;
use hallpass_core::{Endpoint, Error, Reply, Request};
use http::header;

use super::login::Skew;
use super::report::Cause;
use super::{proofs, variants};

/// A request, and what is known about it.
pub(super) struct Sent<'a> {
    pub(super) dialect: &'a str,
    pub(super) request: &'a Request,
    /// What looks wrong about its secrets.
    pub(super) flaws: &'a [Cause],
    /// The Basic encodings that would have sent something else.
    pub(super) encodings: &'a [&'static str],
    /// Whether the connection shows a client certificate.
    pub(super) certified: bool,
    /// How far the server's clock is ahead.
    pub(super) ahead: Skew,
}

impl Sent<'_> {
    fn content_type(&self) -> &str {
        self.request.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn is_json(&self) -> bool {
        self.content_type().starts_with("application/json")
    }

    fn is_form(&self) -> bool {
        self.content_type().starts_with("application/x-www-form-urlencoded")
    }

    fn is_basic(&self) -> bool {
        variants::is_basic(self.request)
    }

    fn has_audience(&self) -> bool {
        self.says("audience")
    }

    /// Whether an assertion speaks for the client, or is the grant itself.
    fn is_signed(&self) -> bool {
        self.is_form() && self.says("assertion=")
    }

    /// Whether nothing but the certificate says who the client is.
    fn is_certified_only(&self) -> bool {
        self.certified && !self.is_basic() && !self.says("client_secret") && !self.is_signed()
    }

    fn says(&self, word: &str) -> bool {
        self.request.body.expose().windows(word.len()).any(|part| part == word.as_bytes())
    }
}

/// The causes of a reply that brought no token.
pub(super) fn of(sent: &Sent<'_>, reply: &Reply, error: &Error) -> Vec<Cause> {
    let status = reply.status.as_u16();
    if reply.status.is_redirection() {
        return vec![redirected(&sent.request.endpoint, reply)];
    }
    match status {
        404 | 405 | 410 | 501 => return vec![wrong_path(sent, status)],
        407 => return vec![proxy_credentials()],
        511 => return vec![portal()],
        429 => return vec![rate_limit(reply)],
        406 | 415 => return vec![body_format(sent)],
        _ => {}
    }
    let page = is_html(reply) || matches!(error, Error::Malformed(odd) if odd.oddity == Oddity::Html);
    match error {
        _ if page && proofs::is_complaint(reply.body.expose()) => vec![proofs::certificate(sent.certified)],
        _ if page => vec![portal()],
        Error::Unreachable(_) => vec![Cause::new(
            "server-trouble",
            format!("the server is in trouble ({status}); the profile may be right"),
            "try again later, or ask whoever runs it",
        )],
        Error::Malformed(malformed) => vec![odd(malformed)],
        Error::Denied(denied) => refused(sent, status, error, denied),
        _ => Vec::new(),
    }
}

fn refused(sent: &Sent<'_>, status: u16, error: &Error, denied: &Denied) -> Vec<Cause> {
    let code = error.code().unwrap_or_default();
    let text = match denied {
        Denied::Refused(refused) => refused.text.as_deref().unwrap_or_default().to_ascii_lowercase(),
        _ => String::new(),
    };
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let mut causes = Vec::new();
    if sent.is_signed() && (matches!(code, "invalid_client" | "invalid_grant") || status == 401) {
        return proofs::assertion(&text, sent.ahead);
    }
    if code == "invalid_scope" || says(&["scope"]) {
        causes.push(Cause::new(
            "scope",
            "the server does not give the `scope` that the profile asks for",
            "correct `scope`, or leave it out to get the server's own choice",
        ));
    } else if code == "invalid_target" || says(&["audience", "resource", "service not"]) {
        causes.push(audience(sent));
    } else if sent.is_json() && says(&["form", "grant_type"]) || sent.is_form() && says(&["json"]) {
        causes.push(body_format(sent));
    } else if matches!(code, "unauthorized_client" | "unsupported_grant_type") {
        causes.push(Cause::new(
            "grant-type",
            "the server does not let this client use this grant",
            "have the grant allowed for the client, or use the dialect of one that is",
        ));
        causes.push(body_format(sent));
    } else if matches!(code, "invalid_client" | "invalid_grant" | "access_denied") || matches!(status, 401 | 403) {
        causes.extend(credentials(sent));
        if sent.dialect == "auth0-json" && status == 403 {
            causes.insert(0, audience(sent));
        }
    } else if status == 400 {
        causes.push(body_format(sent));
        causes.extend(credentials(sent));
    }
    causes
}

/// The server read the credentials, and they are not those that it knows.
fn credentials(sent: &Sent<'_>) -> Vec<Cause> {
    let mut causes = sent.flaws.to_vec();
    if sent.is_certified_only() {
        causes.push(proofs::other_client());
        return causes;
    }
    if sent.is_basic() && !sent.encodings.is_empty() {
        let others: Vec<_> = sent.encodings.iter().map(|name| format!("\"{name}\"")).collect();
        causes.push(Cause::new(
            "basic-encoding",
            "the id or secret has characters that servers read from a Basic header in different ways",
            format!("set basic_encoding to {} (`hallpass doctor --try` tells which)", others.join(" or ")),
        ));
    }
    if sent.is_basic() {
        causes.push(Cause::new(
            "client-auth",
            "the server may want id and secret in the form rather than in a Basic header",
            "set client_auth = \"body\"",
        ));
    } else if sent.dialect == "basic-form" {
        causes.push(Cause::new(
            "client-auth",
            "the server may want id and secret in a Basic header rather than in the form",
            "set client_auth = \"basic\"",
        ));
    }
    let what = match sent.dialect {
        "password-form" => "username or password is wrong, or the user may not log in",
        "user-key" => "user_id, user_secret or user_key is wrong",
        _ => "client_id or client_secret is wrong, has expired, or belongs to another server",
    };
    causes.push(Cause::new("credentials", what, "compare both with what the server's owner gave you, and its URL too"));
    causes
}

fn audience(sent: &Sent<'_>) -> Cause {
    if sent.has_audience() {
        let remedy = "compare `audience` with the API's identifier, and have the client allowed for it";
        return Cause::new("audience", "the server does not know the `audience`, or not for this client", remedy);
    }
    Cause::new(
        "audience-missing",
        "the server wants to know for which API the token is, and no `audience` is sent",
        "add `audience = \"…\"` with the API's identifier (or `resource`, where the server speaks RFC 8707)",
    )
}

fn body_format(sent: &Sent<'_>) -> Cause {
    if sent.is_json() {
        let remedy = "use a dialect that sends a form: basic-form or password-form";
        return Cause::new("json-to-form", "JSON was sent, and the endpoint may want a form", remedy);
    }
    if sent.is_form() {
        let remedy = "use a dialect that sends JSON: auth0-json, user-key or declared";
        return Cause::new("form-to-json", "a form was sent, and the endpoint may want JSON", remedy);
    }
    Cause::new("body-format", "the endpoint wants another kind of body", "check the dialect")
}

fn wrong_path(sent: &Sent<'_>, status: u16) -> Cause {
    let what = match status {
        405 | 501 => "something answers there, but takes no POST: it is no token endpoint",
        _ => "nothing is there: the path of the token URL is wrong",
    };
    let key = if sent.dialect == "user-key" { "base_url" } else { "token_url" };
    Cause::new("wrong-path", what, format!("compare {key} with the API's documentation, character by character"))
}

fn rate_limit(reply: &Reply) -> Cause {
    let wait = date::retry_after(reply).map(|wait| format!("wait {} s", wait.as_secs()));
    Cause::new(
        "rate-limit",
        "too many logins in too short a time",
        format!(
            "{}; keep tokens in a store that all processes share, so that fewer logins are needed",
            wait.unwrap_or_else(|| "wait".into())
        ),
    )
}

pub(super) fn proxy_credentials() -> Cause {
    let remedy = "give them in `proxy = \"http://user:password@host:port\"`";
    Cause::new("proxy-credentials", "the proxy wants other credentials", remedy)
}

pub(super) fn portal() -> Cause {
    Cause::new(
        "web-page",
        "a web page came back: a login page, a captive portal, or a proxy's, but no token endpoint",
        "open the URL in a browser on this machine, log in to the network or set `proxy`, and check token_url",
    )
}

fn odd(malformed: &Malformed) -> Cause {
    match &malformed.oddity {
        Oddity::Missing(_) | Oddity::NotThere { .. } => Cause::new(
            "no-token",
            "the reply is JSON without a token: it is another API's, or another dialect's",
            "check token_url and dialect; `dialect = \"declared\"` says where the token stands",
        ),
        Oddity::TokenType(_) => Cause::new(
            "token-type",
            "the token is of a type that needs more than a header",
            "ask the server for Bearer tokens",
        ),
        Oddity::Truncated | Oddity::TooLarge => Cause::new(
            "cut-reply",
            "the reply is not whole, or far too long",
            "check what is between here and the server",
        ),
        Oddity::Empty if malformed.status.is_success() => {
            Cause::new("no-token", "the reply is empty: it is no token endpoint's", "check token_url")
        }
        _ => {
            Cause::new("no-answer", "what answers is no token endpoint of this dialect", "check token_url and dialect")
        }
    }
}

/// Where a redirect leads, told by our own URL and never in the server's words.
fn redirected(endpoint: &Endpoint, reply: &Reply) -> Cause {
    let location = reply.header(header::LOCATION).unwrap_or_default();
    let to = match location.strip_prefix('/').filter(|rest| !rest.starts_with('/')) {
        Some(path) => Endpoint::parse(&format!("{}/{path}", endpoint.origin())),
        None => Endpoint::parse(location),
    };
    let Ok(to) = to else {
        return Cause::new("redirect", "the URL leads elsewhere", "find the token URL in the API's documentation");
    };
    let (path, other) = (endpoint.uri().path(), to.uri().path());
    let same_path = path == other;
    let slashed = !same_path && path.trim_end_matches('/') == other.trim_end_matches('/');
    let same_host = to.origin().host() == endpoint.origin().host();
    if slashed && same_host {
        let right = format!("{}{other}", endpoint.origin());
        let what =
            if other.ends_with('/') { "a slash is missing at the end of" } else { "a slash is too many at the end of" };
        return Cause::new("trailing-slash", format!("{what} the token URL"), format!("write it as {right}"));
    }
    if same_path && same_host && to.origin().is_https() && !endpoint.origin().is_https() {
        return Cause::new("plain-http", "the server wants https", "begin token_url with https://");
    }
    if same_host {
        let remedy = "find the new one in the API's documentation";
        let what = if to.origin() == endpoint.origin() { "path" } else { "scheme or port" };
        let what = format!("the token endpoint has moved to another {what} of the same host");
        return Cause::new("redirect", what, remedy);
    }
    portal()
}

/// Whether the reply calls itself HTML.
pub(super) fn is_html(reply: &Reply) -> bool {
    reply.header(header::CONTENT_TYPE).is_some_and(|text| text.to_ascii_lowercase().contains("html"))
}
