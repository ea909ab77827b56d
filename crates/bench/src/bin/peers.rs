//! Other libraries on the same work, in interleaved rounds: `peers ROUNDS`; or one exchange in memory a number of
//! times, for a profiler to watch: `peers WHO RUN TIMES`, as `exchange` has it.
//!
//! Prints `hot`, threads, the token's length, who, nanoseconds a call and the ratio to the floor; `fetch`, who,
//! microseconds a token over a warm connection and the ratio to the floor; `herd`, what happens, who, milliseconds until
//! the last of a thousand callers is answered, requests, callers with an error and without an answer; `without`, who,
//! what it cannot do, and why. The floor of `hot` clones a shared header value into a reused map.

use std::hint::black_box;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use hallpass_bench::Result;
use hallpass_bench::cases::{self, Run};
use hallpass_bench::peers::{self, Cold, NAMES, Peer, Visit, at_once};
use hallpass_bench::server::{self, Plan, Server};
use hallpass_bench::timing::{interleaved, median, on_threads, ratios};
use http::{HeaderMap, HeaderValue, header};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

/// Calls of one thread in one turn.
const CALLS: u32 = 5_000;

/// Callers of a herd.
const CALLERS: usize = 1_000;

/// Nobody waits longer for a herd.
const PATIENCE: Duration = Duration::from_secs(10);

/// A life that every library takes for over before the herd comes, or soon after.
const SHORT: Duration = Duration::from_millis(1_100);

fn main() -> Result<()> {
    // What google-cloud-auth builds its client with.
    drop(rustls::crypto::ring::default_provider().install_default());
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rounds: usize = match &arguments[..] {
        [who, run, times] => return watched(who, run, times.parse()?),
        [rounds] => rounds.parse()?,
        _ => return Err("say how many rounds, or who, what and how often".into()),
    };
    let runtime = Arc::new(Builder::new_multi_thread().worker_threads(2).enable_all().build()?);
    let _entered = runtime.enter();
    for length in [40, 800] {
        hot(&runtime, rounds, length)?;
    }
    fetches(rounds)?;
    for event in &EVENTS {
        herds(&runtime, event)?;
    }
    Ok(())
}

fn watched(who: &str, run: &str, times: u32) -> Result<()> {
    let run = Run::named(run).ok_or("no such run")?;
    let cold = Cold::all()?.into_iter().find(|cold| cold.name() == who).ok_or("nobody of this name")?;
    for _ in 0..times {
        cold.run(run)?;
    }
    Ok(())
}

/// One of those that are compared: it takes turns with the others.
struct Contender {
    name: &'static str,
    turn: Box<dyn Fn(usize) -> f64>,
}

fn hot(runtime: &Arc<Runtime>, rounds: usize, length: usize) -> Result<()> {
    let token = "t".repeat(length);
    let body = format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":86400}}"#);
    let server = Server::start(&Plan { body, ..Plan::default() })?;
    let mut contenders = vec![floor(&token)?];
    for name in NAMES {
        match peers::visit(runtime, name, &server.url, Warm(runtime)) {
            Ok(turn) => contenders.push(Contender { name, turn }),
            Err(error) => println!("without\t{name}\ta fresh token\t{error}"),
        }
    }
    for threads in [1, 2, 8] {
        let times = interleaved(rounds, contenders.len(), |place| Ok((contenders[place].turn)(threads)))?;
        for (contender, own) in contenders.iter().zip(&times) {
            let (time, ratio) = (median(own.clone()), median(ratios(own, &times[0])));
            println!("hot\t{threads}\t{length}\t{}\t{time:.1}\t{ratio:.2}", contender.name);
        }
    }
    Ok(())
}

/// Nanoseconds a call with a fresh token in hand, on so many threads at once.
struct Warm<'a>(&'a Arc<Runtime>);

impl Visit for Warm<'_> {
    type Done = Box<dyn Fn(usize) -> f64>;

    fn visit<P: Peer>(self, peer: P) -> Result<Self::Done> {
        if let Some(why) = P::KEEPS_NONE {
            return Err(why.into());
        }
        let (peer, runtime) = (Arc::new(peer), self.0.clone());
        runtime.block_on(peer.authorize(&mut HeaderMap::new()))?;
        let call = move |map: &mut HeaderMap| at_once(peer.authorize(map)).expect("it is fresh for a day");
        Ok(Box::new(move |threads| {
            // Each thread is one of the runtime's: the AWS cache makes a timer for each call.
            on_threads(threads, CALLS, &|| {
                let (entered, call) = (runtime.enter(), call.clone());
                move |map: &mut HeaderMap| {
                    let _ = &entered;
                    call(map);
                }
            })
        }))
    }
}

fn floor(token: &str) -> Result<Contender> {
    let shared = HeaderValue::from_str(&format!("Bearer {token}"))?;
    let call = move |map: &mut HeaderMap| {
        map.insert(header::AUTHORIZATION, black_box(shared.clone()));
    };
    Ok(Contender { name: "floor", turn: Box::new(move |threads| on_threads(threads, CALLS, &|| call.clone())) })
}

fn fetches(rounds: usize) -> Result<()> {
    for (name, why) in peers::CANNOT_EXCHANGE.iter().filter(|(name, _)| NAMES.contains(name)) {
        println!("without\t{name}\tan exchange at will\t{why}");
    }
    let url = server::start(&cases::granted(&cases::opaque()))?;
    let mut sides = peers::fetches(&url)?;
    for side in &mut sides {
        side.timed()?;
    }
    let times = interleaved(rounds, sides.len(), |place| sides[place].timed())?;
    for (side, own) in sides.iter().zip(&times) {
        println!("fetch\t{}\t{:.1}\t{:.2}", side.name(), median(own.clone()), median(ratios(own, &times[0])));
    }
    Ok(())
}

/// What herds meet.
struct Event {
    name: &'static str,
    delay: Duration,
    expired: bool,
    failures: usize,
    /// How many, for each library: the median of their times is said, and the most of what is counted.
    herds: usize,
}

impl Event {
    const fn new(name: &'static str, delay: u64, expired: bool, failures: usize) -> Self {
        // Who waits in vain does so to the end of everybody's patience.
        let herds = if failures == usize::MAX { 1 } else { 3 };
        Self { name, delay: Duration::from_millis(delay), expired, failures, herds }
    }
}

const EVENTS: [Event; 6] = [
    Event::new("empty, 20 ms", 20, false, 0),
    Event::new("empty, 100 ms", 100, false, 0),
    Event::new("expired, 20 ms", 20, true, 0),
    Event::new("expired, 100 ms", 100, true, 0),
    Event::new("first reply 500, 20 ms", 20, false, 1),
    Event::new("always 500, 20 ms", 20, false, usize::MAX),
];

fn herds(runtime: &Arc<Runtime>, event: &Event) -> Result<()> {
    let body = cases::granted(&cases::opaque());
    let first = event.expired.then(|| body.replace("3600", "1"));
    let mut herds: Vec<_> = NAMES.iter().map(|_| Vec::with_capacity(event.herds)).collect();
    for round in 0..event.herds {
        for turn in 0..NAMES.len() {
            let place = (turn + round) % NAMES.len();
            let plan = Plan { body: body.clone(), first: first.clone(), delay: event.delay, failures: event.failures };
            let server = Server::start(&plan)?;
            let come = Come { runtime, expired: event.expired, server: &server };
            match peers::visit(runtime, NAMES[place], &server.url, come) {
                Ok(herd) => herds[place].push(herd),
                Err(error) if round == 0 => println!("without\t{}\ta herd, {}\t{error}", NAMES[place], event.name),
                Err(_) => {}
            }
        }
    }
    for (name, herds) in NAMES.iter().zip(&herds).filter(|(_, herds)| !herds.is_empty()) {
        let took = median(herds.iter().map(|herd| herd.took).collect());
        let most = |count: fn(&Herd) -> usize| herds.iter().map(count).max().unwrap_or(0);
        let (requests, errors, unanswered) = (most(|it| it.requests), most(|it| it.errors), most(|it| it.unanswered));
        println!("herd\t{}\t{name}\t{took:.0}\t{requests}\t{errors}\t{unanswered}", event.name);
    }
    Ok(())
}

/// What came of one.
struct Herd {
    /// Milliseconds until the last is answered.
    took: f64,
    /// What the server saw.
    requests: usize,
    /// Callers with an error.
    errors: usize,
    /// Callers who were not answered in time.
    unanswered: usize,
}

/// A herd, when there was no token or when it has expired.
struct Come<'a> {
    runtime: &'a Runtime,
    expired: bool,
    server: &'a Server,
}

impl Visit for Come<'_> {
    type Done = Herd;

    fn visit<P: Peer>(self, peer: P) -> Result<Herd> {
        let (Self { runtime, expired, server }, peer) = (self, Arc::new(peer));
        if expired {
            runtime.block_on(peer.authorize(&mut HeaderMap::new()))?;
            thread::sleep(SHORT);
        }
        let before = server.requests();
        let (begun, mut callers) = (Instant::now(), JoinSet::new());
        for _ in 0..CALLERS {
            let peer = peer.clone();
            let ask = async move { peer.authorize(&mut HeaderMap::new()).await.is_ok() };
            callers.spawn_on(async move { tokio::time::timeout(PATIENCE, ask).await }, runtime.handle());
        }
        let answers = runtime.block_on(callers.join_all());
        let took = begun.elapsed().as_secs_f64() * 1e3;
        let unanswered = answers.iter().filter(|answer| answer.is_err()).count();
        let errors = answers.iter().filter(|answer| matches!(answer, Ok(false))).count();
        Ok(Herd { took, requests: server.requests() - before, errors, unanswered })
    }
}
