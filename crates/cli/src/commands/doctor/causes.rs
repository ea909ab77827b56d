//! Which mistake a token endpoint's reply points to. Pure: what was sent and what came back, to causes, likeliest first.

use hallpass_core::dialect::declared::Declared;
use hallpass_core::error::{Malformed, Oddity};
use hallpass_core::wire::date;
use hallpass_core::{Endpoint, Error, Reply, Request};
use http::header;

use super::report::Cause;
use super::sent::{self, Sent};
use super::{proofs, refusals};
use crate::answer::is_html;

/// The causes of a reply that brought no token.
pub(super) fn of(sent: &Sent<'_>, reply: &Reply, error: &Error) -> Vec<Cause> {
    let status = reply.status.as_u16();
    if reply.status.is_redirection() {
        return vec![redirected(sent, reply)];
    }
    match status {
        404 | 405 | 410 | 501 => return vec![wrong_path(sent, status)],
        407 => return vec![proxy_credentials()],
        511 => return vec![no_token_endpoint(sent)],
        429 => return vec![rate_limit(reply)],
        406 | 415 => return vec![refusals::body_format(sent)],
        // A proxy in front of it speaks HTML.
        500.. => return vec![server_trouble(reply)],
        _ => {}
    }
    let page = is_html(&reply.headers) || matches!(error, Error::Malformed(odd) if odd.oddity == Oddity::Html);
    match error {
        _ if page && proofs::is_complaint(reply.body.expose()) => vec![proofs::certificate(sent.certified)],
        _ if page => vec![no_token_endpoint(sent)],
        Error::Unreachable(told) if status <= 400 && !told.code.as_deref().is_some_and(is_unavailable) => {
            vec![rate_limit(reply)]
        }
        Error::Unreachable(_) => vec![server_trouble(reply)],
        Error::Malformed(malformed) => vec![odd(sent, malformed)],
        Error::Denied(denied) => refusals::of(sent, status, error, denied),
        _ => Vec::new(),
    }
}

/// A token that may do less than was asked for (RFC 6749 section 5.1), told in our own words.
pub(super) fn narrowed(request: &Request, reply: &Reply) -> Option<Cause> {
    let asked = sent::param(request, "scope")?;
    let object: serde_json::Value = serde_json::from_slice(reply.body.expose()).ok()?;
    let given: Vec<_> = object.get("scope")?.as_str()?.split_ascii_whitespace().collect();
    let missing: Vec<_> = asked.split_ascii_whitespace().filter(|name| !given.contains(name)).collect();
    (!missing.is_empty()).then(|| {
        Cause::new(
            "scope-narrowed",
            format!("the server gave a token, and not all of `scope`: `{}` is missing", missing.join(" ")),
            "have the client allowed for it, or take it out of `scope`",
        )
    })
}

fn wrong_path(sent: &Sent<'_>, status: u16) -> Cause {
    let what = match status {
        405 | 501 => "something answers there, but takes no POST: it is no token endpoint",
        _ => "nothing is there: the path of the token URL is wrong",
    };
    let key = sent.settings().url();
    Cause::new("wrong-path", what, format!("compare {key} with the API's documentation, character by character"))
}

fn rate_limit(reply: &Reply) -> Cause {
    let remedy =
        format!("{}; keep tokens in a store that all processes share, so that fewer logins are needed", wait(reply));
    Cause::new("rate-limit", "too many logins in too short a time", remedy)
}

/// RFC 6749 section 4.1.2.1.
fn is_unavailable(code: &str) -> bool {
    code.eq_ignore_ascii_case("temporarily_unavailable")
}

fn server_trouble(reply: &Reply) -> Cause {
    let what = format!("the server is in trouble ({}); the profile may be right", reply.status.as_u16());
    Cause::new("server-trouble", what, format!("{}, then try again, or ask whoever runs it", wait(reply)))
}

fn wait(reply: &Reply) -> String {
    date::retry_after(reply).map_or_else(|| "wait".into(), |wait| format!("wait {} s", wait.as_secs()))
}

pub(super) fn proxy_credentials() -> Cause {
    let remedy = "give them in `proxy = \"http://user:password@host:port\"`";
    Cause::new("proxy-credentials", "the proxy wants other credentials", remedy)
}

fn no_token_endpoint(sent: &Sent<'_>) -> Cause {
    web_page("token endpoint", sent.settings().url())
}

/// A page came where an answer of `wanted` should have, whose URL the setting `url` gives.
pub(super) fn web_page(wanted: &str, url: &str) -> Cause {
    Cause::new(
        "web-page",
        format!("a web page came back: a login page, a captive portal, or a proxy's, but no {wanted}"),
        format!("open the URL in a browser on this machine, log in to the network or set `proxy`, and check {url}"),
    )
}

fn odd(sent: &Sent<'_>, malformed: &Malformed) -> Cause {
    let url = sent.settings().url();
    match &malformed.oddity {
        Oddity::Missing(_) | Oddity::NotThere { .. } => Cause::new(
            "no-token",
            "the reply is JSON without a token: it is another API's, or another dialect's",
            if sent.dialect == Declared::NAME {
                format!("check {url}, and what `reply` says of where the token stands")
            } else {
                format!("check {url} and dialect; `dialect = \"declared\"` says where the token stands")
            },
        ),
        Oddity::IdTokenOnly => Cause::new(
            "no-token",
            "the reply brings an ID token alone: the scope that was asked for is of no API, or the API takes ID tokens",
            "ask for a scope of the API; one that takes ID tokens wants `dialect = \"declared\"`, which says where they stand",
        ),
        Oddity::TokenType(kind) => token_type(sent, kind),
        Oddity::Truncated | Oddity::TooLarge => Cause::new(
            "cut-reply",
            "the reply is not whole, or far too long",
            "check what is between here and the server",
        ),
        Oddity::Empty if malformed.status.is_success() => {
            Cause::new("no-token", "the reply is empty: it is no token endpoint's", format!("check {url}"))
        }
        _ => {
            let remedy = format!("check {url} and dialect");
            Cause::new("no-answer", "what answers is no token endpoint of this dialect", remedy)
        }
    }
}

/// Some types bind a token to a key, and need a proof beside it; others are the server's own word for a Bearer token.
fn token_type(sent: &Sent<'_>, kind: &str) -> Cause {
    if ["dpop", "pop", "mac", "n_a"].iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        let what = "the token is of a type that needs more than a header";
        return Cause::new("token-proof", what, "ask the server for Bearer tokens");
    }
    let what = "the server has another word for the token's type, and it may be a Bearer token all the same";
    let dialect =
        if sent.dialect == Declared::NAME { "set" } else { "describe the login (`dialect = \"declared\"`) with" };
    let remedy = format!(
        "if the API's documentation sends it after `Bearer`, {dialect} `reply = {{ token_type = \"/none\" }}`: the type is not \
         looked at then"
    );
    Cause::new("token-type", what, remedy)
}

/// Where a redirect leads, told by our own URL and never in the server's words.
fn redirected(sent: &Sent<'_>, reply: &Reply) -> Cause {
    let endpoint = &sent.request.endpoint;
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
        return Cause::new(
            "plain-http",
            "the server wants https",
            format!("begin {} with https://", sent.settings().url()),
        );
    }
    if same_host {
        let remedy = "find the new one in the API's documentation";
        let what = if to.origin() == endpoint.origin() { "path" } else { "scheme or port" };
        let what = format!("the token endpoint has moved to another {what} of the same host");
        return Cause::new("redirect", what, remedy);
    }
    Cause::new(
        "other-host",
        "the URL leads to another host: a login page, a captive portal, or where the token endpoint is now",
        "open it in a browser on this machine; find the token URL in the API's documentation",
    )
}
