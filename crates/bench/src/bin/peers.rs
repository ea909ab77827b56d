//! Other libraries on the same work, in interleaved rounds: `peers ROUNDS`; or `peers oauth2 exchange TIMES`, for a profiler
//! to count, and `exchange-inputs` for what is to be taken off.
//!
//! Prints `hot`, threads, the token's length, who, nanoseconds a call and the ratio to the floor; `herd`, what happens,
//! who, milliseconds until the last of a thousand callers is answered, requests, callers with an error and without an
//! answer; `without`, who, what it cannot do, and why. The floor of `hot` clones a shared header value into a reused map.

use std::hint::black_box;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use hallpass_bench::peers::{self, Peer};
use hallpass_bench::server::{Plan, Server};
use hallpass_bench::timing::{median, on_threads};
use hallpass_bench::{Result, cases};
use http::{HeaderMap, HeaderValue, header};
use tokio::runtime::{Builder, Runtime};

/// Calls of one thread in one turn.
const CALLS: u32 = 5_000;

/// Callers of a herd.
const CALLERS: usize = 1_000;

/// Herds of each kind for each library: the median of their times is said, and the most of what is counted.
const HERDS: usize = 3;

/// Nobody waits longer for a herd.
const PATIENCE: Duration = Duration::from_secs(20);

fn main() -> Result<()> {
    // What google-cloud-auth builds its client with.
    drop(rustls::crypto::ring::default_provider().install_default());
    #[cfg(feature = "oauth2")]
    if let [_, who, run, times] = &std::env::args().collect::<Vec<_>>()[..]
        && who == "oauth2"
    {
        return cold(run == "exchange", times.parse()?);
    }
    let rounds: usize = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(20);
    let runtime = Arc::new(Builder::new_multi_thread().worker_threads(2).enable_all().build()?);
    let _entered = runtime.enter();
    for length in [40, 800] {
        hot(&runtime, rounds, length)?;
    }
    for event in &EVENTS {
        herds(&runtime, event)?;
    }
    Ok(())
}

#[cfg(feature = "oauth2")]
fn cold(exchange: bool, times: u32) -> Result<()> {
    let client = peers::oauth2::OAuth2::new("https://auth.example.com/oauth/token")?;
    let mut reply = http::Response::new(cases::granted(&cases::opaque()).into_bytes());
    *reply.headers_mut() = cases::headers();
    for _ in 0..times {
        if exchange {
            client.exchange(&reply)?;
        } else {
            black_box(reply.clone());
        }
    }
    Ok(())
}

/// One of those that are compared, as a program: it takes turns with the others.
struct Contender {
    name: &'static str,
    turn: Box<dyn Fn(usize) -> f64>,
}

fn hot(runtime: &Arc<Runtime>, rounds: usize, length: usize) -> Result<()> {
    let token = "t".repeat(length);
    let body = format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":86400}}"#);
    let server = Server::start(&Plan { body, ..Plan::default() })?;
    let mut contenders = vec![floor(&token)?];
    for name in PEERS {
        match make(runtime, name, &server.url).and_then(|peer| peer.hot(runtime)) {
            Ok(turn) => contenders.push(Contender { name, turn }),
            Err(error) => println!("without\t{name}\ta fresh token of {length} bytes\t{error}"),
        }
    }
    for threads in [1, 2, 8] {
        let mut times = vec![Vec::with_capacity(rounds); contenders.len()];
        for round in 0..rounds {
            for turn in 0..contenders.len() {
                // Each round begins with another, so that none always follows the same.
                let place = (turn + round) % contenders.len();
                times[place].push((contenders[place].turn)(threads));
            }
        }
        for (contender, own) in contenders.iter().zip(&times) {
            let ratios = own.iter().zip(&times[0]).map(|(own, floor)| own / floor).collect();
            println!("hot\t{threads}\t{length}\t{}\t{:.1}\t{:.2}", contender.name, median(own.clone()), median(ratios));
        }
    }
    Ok(())
}

fn floor(token: &str) -> Result<Contender> {
    let shared = HeaderValue::from_str(&format!("Bearer {token}"))?;
    let call = move |map: &mut HeaderMap| {
        map.insert(header::AUTHORIZATION, black_box(shared.clone()));
    };
    Ok(Contender { name: "floor", turn: Box::new(move |threads| on_threads(threads, CALLS, &|| call.clone())) })
}

/// What a herd meets.
struct Event {
    name: &'static str,
    delay: Duration,
    expired: bool,
    failures: usize,
}

const EVENTS: [Event; 6] = [
    Event { name: "empty, 20 ms", delay: Duration::from_millis(20), expired: false, failures: 0 },
    Event { name: "empty, 100 ms", delay: Duration::from_millis(100), expired: false, failures: 0 },
    Event { name: "expired, 20 ms", delay: Duration::from_millis(20), expired: true, failures: 0 },
    Event { name: "expired, 100 ms", delay: Duration::from_millis(100), expired: true, failures: 0 },
    Event { name: "first reply 500, 20 ms", delay: Duration::from_millis(20), expired: false, failures: 1 },
    Event { name: "always 500, 20 ms", delay: Duration::from_millis(20), expired: false, failures: usize::MAX },
];

/// A life that every library takes for over before the herd comes, or soon after.
const SHORT: Duration = Duration::from_millis(2_100);

fn herds(runtime: &Arc<Runtime>, event: &Event) -> Result<()> {
    let body = cases::granted(&cases::opaque());
    let first = event.expired.then(|| body.replace("3600", "2"));
    let mut herds: Vec<_> = PEERS.iter().map(|_| Vec::with_capacity(HERDS)).collect();
    for round in 0..HERDS {
        for turn in 0..PEERS.len() {
            let place = (turn + round) % PEERS.len();
            let plan = Plan { body: body.clone(), first: first.clone(), delay: event.delay, failures: event.failures };
            let server = Server::start(&plan)?;
            match make(runtime, PEERS[place], &server.url).and_then(|peer| peer.herd(runtime, event.expired, &server)) {
                Ok(herd) => herds[place].push(herd),
                Err(error) if round == 0 => println!("without\t{}\ta herd, {}\t{error}", PEERS[place], event.name),
                Err(_) => {}
            }
        }
    }
    for (name, herds) in PEERS.iter().zip(&herds).filter(|(_, herds)| !herds.is_empty()) {
        let took = median(herds.iter().map(|herd| herd.took).collect());
        let most = |count: fn(&Herd) -> usize| herds.iter().map(count).max().unwrap_or(0);
        let (requests, errors, unanswered) = (most(|it| it.requests), most(|it| it.errors), most(|it| it.unanswered));
        println!("herd\t{}\t{name}\t{took:.0}\t{requests}\t{errors}\t{unanswered}", event.name);
    }
    Ok(())
}

/// What came of one.
struct Herd {
    took: f64,
    requests: usize,
    errors: usize,
    unanswered: usize,
}

/// What is done with a peer of any type.
trait Any {
    fn hot(self: Box<Self>, runtime: &Arc<Runtime>) -> Result<Box<dyn Fn(usize) -> f64>>;
    fn herd(self: Box<Self>, runtime: &Arc<Runtime>, expired: bool, server: &Server) -> Result<Herd>;
}

struct Timed<P>(P, bool);

impl<P: Peer> Any for Timed<P> {
    fn hot(self: Box<Self>, runtime: &Arc<Runtime>) -> Result<Box<dyn Fn(usize) -> f64>> {
        if !self.1 {
            return Err("it keeps no token: every call is an exchange".into());
        }
        let (peer, runtime) = (Arc::new(self.0), runtime.clone());
        runtime.block_on(peer.authorize(&mut HeaderMap::new()))?;
        let call = move |map: &mut HeaderMap| {
            // A fresh token is there at once: nothing that a runtime is for.
            pollster(peer.authorize(map)).expect("it is fresh for a day");
        };
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

    fn herd(self: Box<Self>, runtime: &Arc<Runtime>, expired: bool, server: &Server) -> Result<Herd> {
        let peer = Arc::new(self.0);
        if expired {
            runtime.block_on(peer.authorize(&mut HeaderMap::new()))?;
            thread::sleep(SHORT);
        }
        let before = server.requests();
        let (begun, mut callers) = (Instant::now(), tokio::task::JoinSet::new());
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

/// Polls until it is done, on this thread.
fn pollster<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
        thread::yield_now();
    }
}

/// Those that were built in.
const PEERS: &[&str] = &[
    "hallpass",
    #[cfg(feature = "huskarl")]
    "huskarl",
    #[cfg(feature = "google")]
    "google-cloud-auth",
    #[cfg(feature = "azure")]
    "azure_identity",
    #[cfg(feature = "aws-identity")]
    "aws-smithy-runtime",
    #[cfg(feature = "yup-oauth2")]
    "yup-oauth2",
    #[cfg(feature = "tame-oauth")]
    "tame-oauth",
    #[cfg(feature = "oauth2")]
    "oauth2",
];

fn make(runtime: &Runtime, name: &str, url: &str) -> Result<Box<dyn Any>> {
    fn timed(peer: impl Peer) -> Box<dyn Any> {
        Box::new(Timed(peer, true))
    }
    Ok(match name {
        "hallpass" => timed(peers::hallpass::Hallpass::new(url)?),
        #[cfg(feature = "huskarl")]
        "huskarl" => timed(peers::huskarl::Huskarl::new(url)?),
        #[cfg(feature = "google")]
        "google-cloud-auth" => timed(peers::google::Google::new(url)?),
        #[cfg(feature = "azure")]
        "azure_identity" => timed(peers::azure::Azure::new(url)?),
        #[cfg(feature = "aws-identity")]
        "aws-smithy-runtime" => timed(peers::aws::Aws::new(url)?),
        #[cfg(feature = "yup-oauth2")]
        "yup-oauth2" => timed(runtime.block_on(peers::yup::Yup::new(url))?),
        #[cfg(feature = "tame-oauth")]
        "tame-oauth" => timed(peers::tame::Tame::new(url)?),
        #[cfg(feature = "oauth2")]
        "oauth2" => Box::new(Timed(peers::oauth2::OAuth2::new(url)?, false)),
        other => return Err(format!("no such peer: {other}").into()),
    })
}
