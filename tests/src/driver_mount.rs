//! A driver: a real client against a real socket, which plays one answer a connection.

use std::marker::PhantomData;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use hallpass_client::Config;
use hallpass_client::clock::Clock;
use hallpass_core::dialect::{Dialect as _, Goal, Held, Key};
use hallpass_core::lifecycle::{Record, Revision};
use hallpass_core::{Error, Now, RefreshToken, UserKey};
use hallpass_store::{Memory, Store};
use hallpass_testserver::script::{Act, ScriptServer};
use hallpass_testserver::{Nobody, Recorded};

use crate::altered::Altered;
use crate::case::Case;
use crate::core_mount::CoreMount;
use crate::driver::Driver;
use crate::mount::Mount;
use crate::outcome::{Outcome, Seen, Verdict};
use crate::reply::{End, Script, Wire};
use crate::settings::{Kind, OnLost};
use crate::suite::{PATIENCE, SHORT, get};

/// The answers that are scripted. No expectation has as many requests, and the next one gets none.
const ANSWERS: usize = 8;

/// A driver as a mount.
pub struct DriverMount<D>(PhantomData<fn() -> D>);

impl<D> DriverMount<D> {
    /// The mount of `D`.
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<D> Default for DriverMount<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Driver> Mount for DriverMount<D> {
    fn name(&self) -> &'static str {
        D::NAME
    }

    fn reference(&self) -> Option<&dyn Mount> {
        Some(&CoreMount)
    }

    fn login(&self, case: &Case) -> Outcome {
        run::<D>(case).unwrap_or_else(|why| Outcome::of(Verdict::Other(why)))
    }
}

/// Runs a case; an error is the world's, not the driver's.
fn run<D: Driver>(case: &Case) -> Result<Outcome, String> {
    let (clock, begun) = (Clock::start(), Instant::now());
    let server = Server::start(case, clock.now())?;
    let dialect = match case.login.settings.dialect(&server.origin()) {
        Ok(dialect) => Altered::of(dialect),
        Err(misuse) => return Ok(Outcome::failed(&misuse.into(), case.login.held.refresh_token.clone(), Vec::new())),
    };
    let key = match case.login.goal() {
        Goal::Register => dialect.identity().unwrap_or_else(|| dialect.key()),
        Goal::Token => dialect.key(),
    };
    let store = kept(&key, case.login.held());
    let never_ends = matches!(case.reply.wire, Wire::Drip | Wire::Silent);
    let config = Config::new(dialect.clone(), case.login.secrets())
        .store(store.clone())
        .timeout(if never_ends { SHORT } else { PATIENCE })
        .api_url(&server.origin())
        .map_err(|misuse| misuse.to_string())?;

    let mut outcome = in_time(case, move |case, api| used::<D>(case, config, api, clock), server.origin() + "/api")?;
    outcome.seen = server.seen()?;
    let record = store.peek(&key).map_err(|error| error.to_string())?.map(|loaded| loaded.record);
    let (held, spending) = record.map(|record| (record.held, record.spending)).unwrap_or_default();
    outcome.refresh = held.refresh_token.as_ref().map(RefreshToken::expose).map(str::to_owned);
    if let Verdict::Unreachable { sent, .. } = outcome.verdict
        && told(case, &held, spending.is_some()).is_some_and(|told| told != sent)
    {
        return Err(format!("the store shows that it was {}sent, against the error", if sent { "not " } else { "" }));
    }
    // HTTP dates and JWTs count whole seconds.
    outcome.late = begun.elapsed() + Duration::from_secs(1);
    Ok(outcome)
}

/// What the driver said of a send that failed, as far as the store shows it: it takes the mark back if nothing left.
fn told(case: &Case, held: &Held, marked: bool) -> Option<bool> {
    let resends = matches!(case.login.settings.on_lost, Some(OnLost::Resend));
    match case.exchange.kind {
        _ if marked => Some(true),
        Kind::Register => Some(false),
        // Without it, what failed is the authentication that followed.
        Kind::Refresh if held.refresh_token.is_some() && !resends => Some(false),
        _ => None,
    }
}

/// A driver that never ends is found out, not waited for. What it waits for goes with the server.
fn in_time(
    case: &Case,
    work: impl FnOnce(&Case, &str) -> Outcome + Send + 'static,
    api: String,
) -> Result<Outcome, String> {
    let (done, outcome) = mpsc::channel();
    let case = case.clone();
    thread::spawn(move || drop(done.send(work(&case, &api))));
    outcome.recv_timeout(2 * PATIENCE).map_err(|why| format!("the driver panicked, or it does not end: {why}"))
}

/// Does what the driver's user would do, and lets go of the client.
fn used<D: Driver>(case: &Case, config: Config, api: &str, clock: Clock) -> Outcome {
    let result = D::new(config).and_then(|client| match case.exchange.kind {
        Kind::Api => {
            let response = client.send(get(api))?;
            Ok(Outcome::of(Verdict::Api(response.status().as_u16())))
        }
        _ if case.login.goal() == Goal::Register => client.register().map(|key| registered(&key)),
        _ => client.token().map(|grant| Outcome::granted(&grant, clock.now(), None, Vec::new())),
    });
    result.unwrap_or_else(|error: Error| Outcome::failed(&error, None, Vec::new()))
}

fn registered(key: &UserKey) -> Outcome {
    Outcome { printed: format!("{key:?}"), ..Outcome::of(Verdict::Registered(key.expose().to_owned())) }
}

/// A store in which the login holds that.
pub(crate) fn kept(key: &Key, held: Held) -> Memory {
    let store = Memory::new();
    if held != Held::default() {
        let mut lock = store.try_lock(key, PATIENCE).expect("memory works").expect("nobody else is here");
        lock.save(&Record::new(Revision(1), held)).expect("memory works");
    }
    store
}

/// The other end of the wire.
enum Server {
    Playing(ScriptServer),
    Nobody(Nobody),
}

impl Server {
    fn start(case: &Case, now: Now) -> Result<Self, String> {
        let scripts = (0..ANSWERS).map(|nth| Ok(case.answer(nth, now)?.script()));
        let scripts = scripts.collect::<Result<Vec<_>, String>>()?;
        if scripts.iter().any(|script| !script.listens) {
            return Nobody::bind().map(Self::Nobody).map_err(|error| error.to_string());
        }
        // A request too many is noted, and told the end.
        let builder = ScriptServer::builder().every(vec![Act::Read]);
        let builder = scripts.into_iter().map(acts).fold(builder, hallpass_testserver::script::Builder::connection);
        builder.start().map(Self::Playing).map_err(|error| error.to_string())
    }

    fn origin(&self) -> String {
        match self {
            Self::Playing(server) => server.origin(),
            Self::Nobody(nobody) => nobody.origin(),
        }
    }

    /// What arrived, once the client is gone.
    fn seen(&self) -> Result<Vec<Seen>, String> {
        match self {
            Self::Playing(server) if !server.settle(PATIENCE) => {
                Err("the client is gone, its connections are not".into())
            }
            Self::Playing(server) => Ok(server.requests().into_iter().map(seen).collect()),
            Self::Nobody(_) => Ok(Vec::new()),
        }
    }
}

fn acts(script: Script) -> Vec<Act> {
    let bytes = script.bytes;
    let write = match script.pace {
        Some(every) => Act::Drip { bytes, every },
        None => Act::Write(bytes),
    };
    match script.end {
        // A script that is over ends its side and hears the client out, so that no reset overtakes the reply.
        End::Close => vec![Act::Read, write],
        End::Reset => vec![Act::Read, write, Act::Reset],
        End::Hang => vec![Act::Read, write, Act::Stall],
    }
}

fn seen(request: Recorded) -> Seen {
    let header = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Seen {
        method: request.method.to_string(),
        target: request.target,
        headers: request.headers.iter().map(|(name, value)| (name.to_string(), header(value))).collect(),
        body: request.body,
    }
}
