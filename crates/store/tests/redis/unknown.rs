//! What was sent and not answered is unknown, and is sent once.

use std::thread;
use std::time::{Duration, Instant};

use hallpass_store::{Redis, SaveError, Store};
use hallpass_testserver::redis::RedisServer;
use hallpass_testserver::relay::{Passing, Relay};
use rustix::process::{Pid, Signal, kill_process};

use super::{LEASE, SHORT, at, calls, gain, info, keep, kept, key, lock, mark, server, shows_nothing, side_by_side};

fn through(server: &RedisServer, time: Duration) -> (Relay, Redis) {
    // So that the server knows the scripts.
    keep(&at(server).prefix("elsewhere"), &gain(1));
    let relay = Relay::to(server.address()).expect("a relay");
    let store = Redis::new(&format!("redis://{}", relay.address())).expect("a URL").timeout(time);
    (relay, store)
}

#[test]
fn a_save_whose_answer_is_lost_is_unknown_and_was_made() {
    let lost = [Passing::Requests, Passing::RequestsThenCut];
    side_by_side(lost.into_iter().flat_map(|lost| [(lost, gain(7)), (lost, mark(7))]), |(lost, record)| {
        let server = server();
        let (relay, store) = through(&server, SHORT);
        let mut lock = lock(&store);
        relay.let_through(lost);
        let error = lock.save(&record).expect_err("no answer came");
        assert!(matches!(error, SaveError::Unknown(_)), "{lost:?}: {error:?}");
        shows_nothing(&error);
        assert_eq!(kept(&at(&server)), Some(record), "it arrived all the same");
        assert_eq!(relay.connections(), 1, "nothing was sent again");
        // Before the lock, which is not waited for then.
        drop(relay);
    });
}

#[test]
fn a_save_that_is_lost_on_its_way_is_unknown_and_was_not_made() {
    side_by_side([Passing::Nothing, Passing::Cut], |lost| {
        let server = server();
        let (relay, store) = through(&server, SHORT);
        keep(&store, &gain(1));
        let mut lock = lock(&store);
        relay.let_through(lost);
        let error = lock.save(&gain(2)).expect_err("no answer came");
        assert!(matches!(error, SaveError::Unknown(_)), "{lost:?}: {error:?}");
        assert_eq!(kept(&at(&server)), Some(gain(1)));
        assert_eq!(relay.connections(), 1, "nothing was sent again");
        drop(relay);
    });
}

/// Were it sent again, a flush in between would be undone by it.
#[test]
fn an_unknown_save_is_not_repeated_once_the_way_is_free() {
    let server = server();
    let (relay, store) = through(&server, LEASE);
    let mut lock = lock(&store);
    relay.let_through(Passing::RequestsThenCut);
    let unknown = lock.save(&gain(1));
    assert!(matches!(unknown, Err(SaveError::Unknown(_))), "{unknown:?}");
    assert_eq!(server.command("FLUSHALL").expect("it answers"), "+OK");
    relay.let_through(Passing::All);
    lock.unlock().expect("the way is free");
    assert_eq!(kept(&store), None, "the store wins over what may have been saved");
}

/// It would be busy for its whole lease, and nobody would have it.
#[test]
fn a_lock_whose_answer_is_lost_is_given_back() {
    for (lost, time, connections) in [(Passing::Requests, SHORT, 1), (Passing::RequestsThenCut, LEASE, 2)] {
        let server = server();
        let (relay, store) = through(&server, time);
        let before = calls(&server, "evalsha");
        relay.let_through(lost);
        store.try_lock(&key(), LEASE).map(drop).expect_err("no answer came");
        comes_free(&server, before);
        assert_eq!(relay.connections(), connections, "{lost:?}: another one only where the first has ended");
    }
}

#[test]
fn a_lock_whose_request_is_late_is_given_back_behind_it() {
    let server = server();
    keep(&at(&server), &gain(1));
    let store = at(&server).timeout(SHORT);
    let before = calls(&server, "evalsha");
    let info = info(&server, "server");
    let id = info.lines().find_map(|line| line.strip_prefix("process_id:")).expect("it says so");
    let process = Pid::from_raw(id.parse().expect("a number")).expect("not 0");
    kill_process(process, Signal::STOP).expect("it runs");
    store.try_lock(&key(), LEASE).map(drop).expect_err("it is stopped");
    kill_process(process, Signal::CONT).expect("it runs");
    comes_free(&server, before);
}

/// Waits until the lock was had, by one script more than `before`, and given back.
fn comes_free(server: &RedisServer, before: u64) {
    let begun = Instant::now();
    while calls(server, "evalsha") <= before || at(server).try_lock(&key(), LEASE).expect("it answers").is_none() {
        assert!(begun.elapsed() < LEASE / 2, "nobody has the lock, and it is busy");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_lock_that_is_dropped_is_given_back_and_only_ones_own() {
    let server = server();
    let (relay, store) = through(&server, LEASE);
    drop(lock(&store));
    let late = lock(&store);
    assert_eq!(server.command("FLUSHALL").expect("it answers"), "+OK");
    let _next = lock(&at(&server));
    drop(late);
    assert!(store.try_lock(&key(), LEASE).expect("it answers").is_none(), "another's lock stays");
    assert_eq!(relay.connections(), 1);
}
