//! Real processes on one file store.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use hallpass_blocking::Policy;
use hallpass_conformance::fleet::{Fleet, PASSWORD, Plan, Said, Worker, client, login, names, rotating, soak};
use hallpass_store::File;
use hallpass_testkit::provider::Endpoint;
use hallpass_testserver::TestServer;

use super::FLEET;

fn server() -> TestServer {
    TestServer::builder().provider(rotating(Duration::from_hours(1))).start().expect("a server")
}

#[test]
fn eighty_processes_at_once_make_one_request() {
    let (server, folder) = (server(), tempfile::tempdir().expect("a folder"));
    let folder = folder.path().join("tokens");
    let fleet = Fleet::new(Path::new(FLEET), &folder, &server.origin()).expect("a pipe");
    let mut workers: Vec<Worker> = (0..80).map(|_| fleet.start("once", |_| ()).expect("a process")).collect();
    for _ in 0..80 {
        assert_eq!(fleet.next().what, "ready");
    }
    workers.iter_mut().for_each(Worker::go);
    let mut tokens = Vec::new();
    while tokens.len() < 80 {
        match fleet.next() {
            Said { what, rest, .. } if what == "token" => tokens.push(rest),
            Said { what, .. } if what == "locked" => {}
            said => panic!("{said:?}"),
        }
    }
    assert!(workers.iter_mut().all(|worker| worker.wait().expect("a child").success()));
    assert_eq!(server.with_provider(|provider| provider.token_requests(Endpoint::PasswordForm)), 1);
    tokens.dedup();
    assert_eq!(tokens.len(), 1, "one token for all: {tokens:?}");
    assert_eq!(names(&folder), [".lock", ".v1"]);
}

/// Invariants 1, 15, 16, 18.
#[test]
fn no_refresh_token_is_sent_twice_whoever_is_killed_or_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = Plan { processes: 80, kills: 20, seed: 7 };
    let tally = soak(Path::new(FLEET), &folder.path().join("tokens"), plan, |_| ()).expect("all of it holds");
    println!("{tally:?}");
    assert!(tally.survivors >= 60 && tally.kills >= 20 && tally.refreshes > 0, "{tally:?}");
}

/// Invariant 11, across processes.
#[test]
fn a_cron_job_with_a_dead_secret_knocks_once() {
    let (server, folder) = (server(), tempfile::tempdir().expect("a folder"));
    let fleet = Fleet::new(Path::new(FLEET), &folder.path().join("tokens"), &server.origin()).expect("a pipe");
    for run in 0..20 {
        let wrong = |command: &mut Command| {
            command.env("FLEET_PASSWORD", "wrong");
        };
        let mut worker = fleet.start("force", wrong).expect("a process");
        assert!(!worker.wait().expect("a child").success());
        let said = std::iter::repeat_with(|| fleet.next()).find(|said| said.what != "locked").expect("endless");
        let why = if run == 0 { "refused" } else { "have not changed" };
        assert!(said.what == "error" && said.rest.contains(why), "run {run}: {said:?}");
    }
    assert_eq!(server.with_provider(|provider| provider.token_requests(Endpoint::PasswordForm)), 1);
}

/// Invariant 18. The lock of a stopped process stays its own; nobody waits for it longer than a flight may take.
#[test]
fn a_stopped_holder_keeps_its_lock_and_is_named_to_those_who_give_up() {
    let (server, folder) = (server(), tempfile::tempdir().expect("a folder"));
    let folder = folder.path().join("tokens");
    let policy = Policy { flight: Duration::from_millis(500), ..Policy::default() };
    let config = login(&server.origin(), PASSWORD, File::new(&folder)).map(|config| config.policy(policy));
    let ours = client(config);
    let fleet = Fleet::new(Path::new(FLEET), &folder, &server.origin()).expect("a pipe");
    ours.token().expect("a first login");
    let stop = |command: &mut Command| {
        command.env("FLEET_STOP", "locked");
    };
    let mut holder = fleet.start("force", stop).expect("a process");
    while fleet.next().what != "stops" {}
    holder.stops().expect("a child");

    let error = ours.force_refresh().expect_err("the lock is not to be had");
    assert!(error.to_string().contains("another login of the same key holds the lock"), "{error}");
    assert!(ours.token().is_ok(), "the token in hand is good all the same");
    holder.resume();
    assert!(holder.wait().expect("a child").success());
    let next = client(login(&server.origin(), PASSWORD, File::new(&folder)));
    next.force_refresh().expect("the lock is free again");
    let presented =
        server.with_provider(|provider| provider.all_presented().map(|(_, times)| times).collect::<Vec<_>>());
    assert_eq!(presented, [1, 1]);
}
