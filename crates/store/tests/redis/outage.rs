//! A server that is not there, or not for writing.

use std::sync::mpsc;
use std::thread;

use hallpass_store::{Redis, SaveError, Store};
use hallpass_testserver::relay::{Passing, Relay};
use hallpass_testserver::script::{Act, ScriptServer};

use super::{LEASE, SHORT, at, calls, gain, keep, kept, key, lock, mark, server, shows_nothing};

#[test]
fn one_that_was_never_there_is_an_error_that_says_what_to_do() {
    let mut server = server();
    server.kill();
    let error = at(&server).peek(&key()).expect_err("nobody listens");
    assert!(error.why.contains(&server.url()) && error.why.contains("start it"), "{error}");
    at(&server).try_lock(&key(), LEASE).map(drop).expect_err("nobody listens");
    let socket = Redis::new(&format!("redis+unix://{}", server.socket().display())).expect("a URL");
    socket.peek(&key()).expect_err("nobody listens there either");
    shows_nothing(&error);
}

#[test]
fn one_that_takes_no_more_clients_is_told_as_that() {
    let server = server();
    let first = at(&server);
    keep(&first, &gain(1));
    server.command("CONFIG SET maxclients 1").expect("it answers");
    let error = at(&server).peek(&key()).expect_err("one is there already");
    assert!(error.why.contains("`maxclients`"), "{error}");
    shows_nothing(&error);
}

#[test]
fn one_that_is_killed_under_the_lock_saves_nothing_and_says_so() {
    let mut server = server();
    let store = at(&server);
    let mut lock = lock(&store);
    server.kill();
    for record in [gain(1), mark(2)] {
        let error = lock.save(&record).expect_err("it is gone");
        assert!(matches!(error, SaveError::NotApplied(_)), "nothing was sent: {error:?}");
        shows_nothing(&error);
    }
    lock.unlock().expect_err("it is gone");
}

#[test]
fn one_that_is_started_again_is_found_again_at_once() {
    let mut server = server();
    let store = at(&server);
    keep(&store, &gain(1));
    for revision in 2..5 {
        server.restart().expect("it starts");
        assert_eq!(kept(&store), None, "it keeps nothing on disk");
        keep(&store, &gain(revision));
        assert_eq!(kept(&store), Some(gain(revision)));
    }
}

#[test]
fn what_was_flushed_under_the_lock_is_not_brought_back() {
    let server = server();
    let store = at(&server);
    keep(&store, &gain(1));
    let mut lock = lock(&store);
    assert_eq!(server.command("FLUSHALL").expect("it answers"), "+OK");
    for record in [gain(2), mark(3)] {
        assert_eq!(lock.save(&record), Err(SaveError::Conflict(None)), "no record is not the one it came from");
    }
    lock.unlock().expect("there is nothing to give back, and that is fine");
    assert_eq!(kept(&store), None);
}

#[test]
fn a_mark_on_nothing_needs_the_lease_too() {
    let server = server();
    let store = at(&server);
    let mut lock = lock(&store);
    assert_eq!(server.command("FLUSHALL").expect("it answers"), "+OK");
    assert!(matches!(lock.save(&mark(1)), Err(SaveError::NotApplied(_))), "the lease went with the rest");
    lock.save(&gain(2)).expect("a gain needs no lease");
}

#[test]
fn a_read_only_replica_can_be_read_and_says_what_it_is() {
    let (primary, replica) = (server(), server());
    let store = at(&replica);
    keep(&store, &gain(1));
    let mut held = lock(&store);
    let port = primary.address().port();
    // Nothing is copied while the primary cannot be reached with this password.
    assert_eq!(replica.command("CONFIG SET masterauth x").expect("it answers"), "+OK");
    assert_eq!(replica.command(&format!("REPLICAOF 127.0.0.1 {port}")).expect("it answers"), "+OK");
    for record in [gain(2), mark(3)] {
        match held.save(&record) {
            Err(SaveError::NotApplied(why)) => assert!(why.contains("read-only replica"), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    held.unlock().expect_err("it cannot be changed");
    let error = store.try_lock(&key(), LEASE).map(drop).expect_err("it cannot be changed");
    assert!(error.why.contains("READONLY"), "{error}");
    store.peek(&key()).expect("it can be read");
}

#[test]
fn one_without_memory_refuses_what_needs_some() {
    let server = server();
    let store = at(&server);
    keep(&store, &gain(1));
    let mut held = lock(&store);
    assert_eq!(server.command("CONFIG SET maxmemory 1").expect("it answers"), "+OK");
    let before = calls(&server, "eval");
    assert!(matches!(held.save(&gain(2)), Err(SaveError::NotApplied(why)) if why.contains("OOM")));
    assert_eq!(calls(&server, "eval"), before, "what was refused is not sent again");
    assert_eq!(kept(&store), Some(gain(1)));
    held.unlock().expect("that frees some");
}

#[test]
fn silence_ends_with_the_time_for_a_call() {
    let server = server();
    let relay = Relay::to(server.address()).expect("a relay");
    let store = Redis::new(&format!("redis://{}", relay.address())).expect("a URL").timeout(SHORT);
    let held = lock(&store);
    relay.let_through(Passing::Nothing);
    // Elsewhere, so that a call without an end is found out and not waited for.
    let (done, ended) = mpsc::channel();
    let given_back = done.clone();
    thread::spawn(move || done.send(Some(store.peek(&key()).expect_err("nothing comes"))));
    thread::spawn(move || {
        drop(held);
        given_back.send(None)
    });
    let both = [(); 2].map(|()| ended.recv_timeout(LEASE).expect("both calls end"));
    let error = both.into_iter().find_map(|error| error).expect("a look fails");
    assert!(error.why.contains("in time"), "{error}");
}

/// A time for each read would never be over.
#[test]
fn a_reply_in_drops_ends_with_the_time_for_a_call() {
    let drops = Act::Drip { bytes: b"*".repeat(600), every: SHORT / 3 };
    let server = ScriptServer::start(vec![drops]).expect("a server");
    let store = Redis::new(&format!("redis://{}", server.address())).expect("a URL").timeout(SHORT);
    let error = store.peek(&key()).expect_err("no reply has a minute");
    assert!(error.why.contains("in time"), "{error}");
}

#[test]
fn what_is_no_redis_is_an_error() {
    for reply in
        ["HTTP/1.1 400 Bad Request\r\n\r\n", "+OK\r\n", "*1\r\n:1\r\n", "-canary canary-reply\r\n", "$-1\r\n", ""]
    {
        let server = ScriptServer::start(vec![Act::Write(reply.into())]).expect("a server");
        let store = Redis::new(&format!("redis://{}", server.address())).expect("a URL").timeout(SHORT);
        shows_nothing(&store.peek(&key()).expect_err("it is no Redis"));
    }
}

#[test]
fn a_name_that_leads_nowhere_is_an_error_in_time() {
    let store = Redis::new("redis://no-such-host.invalid").expect("a URL");
    let error = store.peek(&key()).expect_err("there is no such host");
    assert!(error.why.contains("cannot be reached"), "{error}");
}
