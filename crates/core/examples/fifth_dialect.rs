//! A fifth dialect, written outside the crate: `POST /session` with an `X-Api-Id` header and a PIN as JSON, for a token
//! that lives a quarter of an hour.

use core::time::Duration;

use hallpass_core::dialect::{Dialect, Exchange, Gain, Goal, Held, Key, Refusal, reading};
use hallpass_core::step::{Login, Outcome, Step};
use hallpass_core::wire::json::{self, Member};
use hallpass_core::{Body, EgressRules, Endpoint, Error, Misuse, Now, Reply, Request, Secrets, UtcDateTime};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// The dialect is its settings; what a login gains is held elsewhere.
struct PinSession {
    url: Endpoint,
    api_id: HeaderValue,
}

/// The name that the PIN is asked for by.
const PIN: &str = "pin";

impl Dialect for PinSession {
    fn key(&self) -> Key {
        Key::new("pin-session", &self.url).with("api_id", String::from_utf8_lossy(self.api_id.as_bytes()))
    }

    fn next(&self, _held: &Held, goal: Goal) -> Result<Exchange, Misuse> {
        match goal {
            Goal::Register => Err(Misuse::NoRegistration { dialect: "pin-session".into() }),
            Goal::Token => Ok(Exchange::authenticate()),
        }
    }

    fn needs(&self, _exchange: Exchange) -> &[&'static str] {
        &[PIN]
    }

    fn request(&self, _exchange: Exchange, _held: &Held, secrets: &Secrets, _now: Now) -> Result<Request, Misuse> {
        let body = json::write([(PIN, Member::Text(secrets.needs(PIN)?.expose()))]);
        let request = Request::post(self.url.clone(), json::CONTENT_TYPE, body);
        Ok(request.header(HeaderName::from_static("x-api-id"), self.api_id.clone()))
    }

    fn read(&self, _exchange: Exchange, reply: &Reply) -> Result<Gain, Refusal> {
        reading::token(reply, Some(Duration::from_mins(15)))
    }
}

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (outcome, told) = tried()?;
    println!("got {outcome:?}");
    println!("and with a wrong PIN: {told}");
    Ok(())
}

/// A login that works, and what is told of one that does not, by a server that repeats what it was sent.
pub(crate) fn tried() -> Result<(Outcome, String), Box<dyn std::error::Error>> {
    let url = Endpoint::parse("https://api.example/session")?;
    let dialect = PinSession { url, api_id: HeaderValue::from_static("app-7") };
    let granted = canned(StatusCode::CREATED, br#"{"access_token":"example"}"#);
    let outcome = log_in(&dialect, "1357", &granted)?;
    let refused = canned(StatusCode::UNAUTHORIZED, b"no PIN 2468 for app-7");
    let told = log_in(&dialect, "2468", &refused).err().map(|error| error.to_string());
    Ok((outcome, told.unwrap_or_default()))
}

/// Drives a login to its end. A real driver reads both clocks here, sends `send.request()` under `send.egress()`, and
/// answers a request that failed with a `SendError`.
fn log_in(dialect: &dyn Dialect, pin: &str, reply: &Reply) -> Result<Outcome, Error> {
    let rules = EgressRules::default();
    let mut step = Login::new(dialect, &rules).start(now(), Goal::Token, Held::default(), None);
    loop {
        step = match step {
            Step::Ask(ask) => ask.answer(now(), Secrets::one(PIN, pin)),
            Step::Save(save) => save.saved(now()),
            Step::Send(send) => send.replied(Ok(reply.clone())),
            Step::Done(outcome) => return Ok(outcome),
            Step::Failed(error) => return Err(error),
        };
    }
}

fn canned(status: StatusCode, body: &[u8]) -> Reply {
    Reply { status, headers: HeaderMap::new(), body: Body::new(body.to_vec()), cut: false, received: now() }
}

fn now() -> Now {
    Now { mono: Duration::ZERO, wall: UtcDateTime::UNIX_EPOCH }
}
