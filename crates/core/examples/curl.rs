//! A login by way of libcurl, step by step, and a call with its token; no lifecycle, since one token is all it takes.

use std::time::{Duration, Instant};

use curl::easy::{Easy, List};
use hallpass_core::dialect::{Auth0Json, Goal, Held};
use hallpass_core::step::{Login, Step};
use hallpass_core::{
    Body, Egress, EgressRules, Endpoint, Now, Reply, Request, Secrets, SendError, UtcDateTime, secret,
};

/// Sends a request under its egress rules: no redirect, no proxy, a deadline, so many bytes and no more.
fn exchange(request: &Request, egress: &Egress, start: Instant) -> Result<Reply, SendError> {
    let (mut head, mut body, cap) = (http::HeaderMap::new(), Vec::new(), egress.reply_cap());
    let mut send = || -> Result<u32, curl::Error> {
        let mut headers = List::new();
        for (name, value) in &request.headers {
            headers.append(&format!("{name}: {}", value.to_str().unwrap_or_default()))?;
        }
        let mut easy = request_to(&request.endpoint.uri().to_string(), headers, egress.timeout())?;
        easy.post(true)?;
        easy.custom_request(request.method.as_str())?;
        easy.post_fields_copy(request.body.expose())?;
        let mut transfer = easy.transfer();
        transfer.header_function(|line| {
            let line = std::str::from_utf8(line).ok().and_then(|line| line.trim_end().split_once(": "));
            if let Some((name, value)) = line.and_then(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)))
            {
                let _: bool = head.append::<http::HeaderName>(name, value);
            }
            true
        })?;
        // Fewer bytes than it was given end the transfer.
        transfer.write_function(|bytes| {
            let room = bytes.len().min(cap + 1 - body.len());
            body.extend_from_slice(&bytes[..room]);
            Ok(room)
        })?;
        let sent = transfer.perform();
        drop(transfer);
        sent.or_else(|error| if error.is_write_error() { Ok(()) } else { Err(error) })?;
        easy.response_code()
    };
    let status = send().map_err(|error| told(&error))?;
    let status = u16::try_from(status).ok().and_then(|status| status.try_into().ok());
    let status = status.ok_or_else(|| SendError::MaybeSent("the reply has no status".into()))?;
    let cut = body.len() > cap;
    body.truncate(cap);
    Ok(Reply { status, headers: head, body: Body::new(body), cut, received: now(start) })
}

fn request_to(url: &str, headers: List, timeout: Duration) -> Result<Easy, curl::Error> {
    let mut easy = Easy::new();
    easy.url(url)?;
    easy.timeout(timeout)?;
    easy.noproxy("*")?;
    easy.http_headers(headers)?;
    Ok(easy)
}

/// Only what surely never left may be sent again.
fn told(error: &curl::Error) -> SendError {
    match error.description().to_owned() {
        why if error.is_couldnt_resolve_host() || error.is_couldnt_connect() => SendError::NotSent(why),
        why if error.is_peer_failed_verification() => SendError::Untrusted(why),
        why => SendError::MaybeSent(why),
    }
}

fn now(start: Instant) -> Now {
    Now { mono: start.elapsed(), wall: UtcDateTime::now() }
}

/// Logs in and calls.
pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (server, start) = (hallpass_testserver::TestServer::start()?, Instant::now());
    let (dialect, rules) = (
        Auth0Json::new(Endpoint::parse(&server.url("/oauth/token"))?, "demo-client", "demo-api"),
        EgressRules::default(),
    );
    let mut step = Login::new(&dialect, &rules).start(now(start), Goal::Token, Held::default(), None);
    let grant = loop {
        step = match step {
            Step::Ask(ask) => ask.answer(now(start), Secrets::one(secret::CLIENT_SECRET, "demo-secret")),
            // Nobody comes back for what is held.
            Step::Save(save) => save.saved(now(start)),
            Step::Send(send) => {
                let reply = exchange(send.request(), send.egress(), start);
                send.replied(reply)
            }
            Step::Done(outcome) => break outcome.into_grant()?,
            Step::Failed(error) => return Err(error.into()),
        };
    };
    let mut headers = List::new();
    headers.append(&format!("{}: {}", grant.header(), grant.header_value().to_str()?))?;
    let call = request_to(&server.url("/v3/ping/protected"), headers, Duration::from_secs(30))?;
    call.perform()?;
    println!(" {}", call.response_code()?);
    assert_eq!(call.response_code()?, 200);
    Ok(())
}
