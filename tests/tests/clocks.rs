//! Two instances whose wall clocks are ten minutes apart, on one store. The test's hand moves both.

use std::sync::Arc;
use std::time::Duration;

use hallpass_conformance::fleet::{PASSWORD, rotating};
use hallpass_core::dialect::PasswordForm;
use hallpass_core::lifecycle::{Landed, Lifecycle, Lock, Sending, Setup, Slot, Ticket, Todo, Want};
use hallpass_core::{Body, Endpoint, Grant, Now, Reply, Secrets, UtcDateTime, secret};
use hallpass_store::{File, Locked, Redis, Store};
use hallpass_testkit::provider::{self, Provider};
use hallpass_testserver::redis::RedisServer;

const SKEW: Duration = Duration::from_mins(10);
const LIFE: Duration = Duration::from_hours(1);

/// One instance, by its own clock.
struct Instance {
    life: Lifecycle,
    store: Box<dyn Store>,
    ahead: Duration,
}

impl Instance {
    fn new(store: impl Store, ahead: Duration, seed: u64) -> Self {
        let url = Endpoint::parse("https://auth.example/authorization").expect("a URL");
        let setup = Setup::new(Arc::new(PasswordForm::new(url, "alice")), seed, format!("instance {seed}"));
        Self { life: Lifecycle::new(setup), store: Box::new(store), ahead }
    }

    /// A token, `time` after the test began.
    fn token(&mut self, time: Duration, provider: &mut Provider) -> Grant {
        let (now, want) = (at(time + self.ahead), Want::default());
        let (old, flight, todo) = match self.life.get(now, &want) {
            Ticket::Ready(grant) => return grant,
            Ticket::Refresh(grant, flight, todo) => (Some(grant), flight, todo),
            Ticket::Lead(flight, todo) => (None, flight, todo),
            Ticket::Wait(_) | Ticket::Closed(_) => panic!("nobody else flies, and nothing is refused"),
        };
        self.fly(todo, now, time, provider);
        match (self.life.outcome(now, flight, &want), old) {
            (Landed::Ok(grant), _) | (_, Some(grant)) => grant,
            (landed, None) => panic!("no token: {landed:?}"),
        }
    }

    fn fly(&mut self, todo: Todo, now: Now, time: Duration, provider: &mut Provider) {
        let mut held: Option<Box<dyn Locked>> = None;
        let mut next = Some(todo);
        while let Some(todo) = next.take() {
            next = match todo {
                Todo::Peek(slot) => {
                    let found = self.store.peek(slot.key()).expect("the store is ours");
                    self.life.peeked(now, slot, Ok(found))
                }
                Todo::Lock(slot) => {
                    let lock = self.store.try_lock(slot.key(), slot.lease()).expect("the store is ours");
                    let lock = held.insert(lock.expect("nobody else has it"));
                    let found = lock.found().cloned().map(Box::new);
                    self.life.locked(now, slot, Ok(Lock::Held(found)))
                }
                Todo::Secret(slot) => self.life.secret(now, slot, Ok(Secrets::one(secret::PASSWORD, PASSWORD))),
                Todo::Send(slot) => {
                    let reply = send(&slot, now, time, provider);
                    self.life.replied(now, slot, Ok(reply))
                }
                Todo::Save(slot) => {
                    let saved = held.as_mut().expect("a save is under the lock").save(slot.record());
                    self.life.saved(now, slot, saved)
                }
                Todo::Unlock(slot) => {
                    held.take().expect("it was locked").unlock().expect("it was locked");
                    self.life.unlocked(now, slot, Ok(()))
                }
                Todo::Sleep(_) => panic!("nothing is busy and nothing fails"),
            };
        }
    }
}

fn at(time: Duration) -> Now {
    let start = UtcDateTime::from_unix_timestamp(1_700_000_000).expect("a year that there is");
    Now { mono: Duration::ZERO, wall: start }.after(time)
}

fn send(slot: &Slot<Sending>, now: Now, time: Duration, provider: &mut Provider) -> Reply {
    let request = slot.request();
    let mut asked = http::Request::post("/authorization").body(request.body.expose().to_vec()).expect("a request");
    *asked.headers_mut() = request.headers.clone();
    let (head, body) = provider.handle(at(time).wall, &asked).into_parts();
    Reply { status: head.status, headers: head.headers, body: Body::new(body), cut: false, received: now }
}

/// Whether the API takes it, at the server's own time.
fn is_good(grant: &Grant, time: Duration, provider: &mut Provider) -> bool {
    let call = http::Request::get("/password-form/data").header("authorization", grant.header_value());
    let reply = provider.handle(at(time).wall, &call.body(Vec::new()).expect("a request"));
    reply.status() == http::StatusCode::OK
}

/// Invariants 1, 5, 21. A file has no clock of its own, so the instance whose clock is behind takes a shared token for
/// younger than it is, and may hold it after its end: the API's 401 then costs it one repeated call, as any revoked token
/// does.
#[test]
fn ten_minutes_between_two_clocks_cost_a_few_requests_and_no_token() {
    const LIVES: u64 = 24;
    for clocks in [[Duration::ZERO, SKEW], [SKEW, Duration::ZERO]] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut provider = Provider::new(rotating(LIFE));
        let mut instances = [(clocks[0], 1), (clocks[1], 2)]
            .map(|(ahead, seed)| Instance::new(File::new(folder.path().join("tokens")), ahead, seed));
        let mut refused = 0;
        for minute in 0..LIVES * 60 {
            let time = Duration::from_mins(minute);
            for instance in &mut instances {
                let grant = instance.token(time, &mut provider);
                if !is_good(&grant, time, &mut provider) {
                    refused += 1;
                    instance.life.rejected(at(time + instance.ahead), grant.id());
                    let another = instance.token(time, &mut provider);
                    assert!(is_good(&another, time, &mut provider), "minute {minute}: the repeated call is refused");
                    instance.life.accepted(another.id());
                }
            }
        }
        assert!(provider.all_presented().all(|(_, times)| times == 1), "a refresh token was sent twice");
        assert_eq!(provider.revoked_families(), 0);
        // A life ends after four fifths, and the one whose clock is behind takes no token from its future.
        let asked = provider.token_requests(provider::Endpoint::PasswordForm);
        assert!(asked <= 2 * (LIVES * 5 / 4 + 1), "{asked} requests in {LIVES} lives");
        assert!(refused <= LIVES, "{refused} calls refused in {LIVES} lives");
        println!("{asked} requests, {refused} calls refused, in {LIVES} lives");
    }
}

/// A life as long as the clocks are apart: by either of them the token is over, or from the future.
#[test]
fn ten_minutes_between_two_clocks_are_nothing_where_the_store_has_one() {
    for clocks in [[Duration::ZERO, SKEW], [SKEW, Duration::ZERO]] {
        let redis = RedisServer::start().unwrap_or_else(|error| panic!("{error}"));
        let mut provider = Provider::new(rotating(SKEW));
        let [first, second] = [(clocks[0], 1), (clocks[1], 2)].map(|(ahead, seed)| {
            let store = Redis::new(&redis.url()).expect("a URL");
            Instance::new(store, ahead, seed).token(Duration::ZERO, &mut provider)
        });
        assert_eq!(first.id(), second.id(), "{clocks:?}");
        assert_eq!(provider.token_requests(provider::Endpoint::PasswordForm), 1, "{clocks:?}");
    }
}
