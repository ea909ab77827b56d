//! A process that ends at each step of what it does to a file store, and the next one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use hallpass_blocking::Client;
use hallpass_conformance::fleet::{Fleet, PASSWORD, client, login, names, registering, rotating};
use hallpass_core::error::Denied;
use hallpass_core::{Error, dialect::Spends};
use hallpass_store::{File, Store};
use hallpass_testkit::provider::Endpoint;
use hallpass_testserver::TestServer;
use tempfile::TempDir;

const FLEET: &str = env!("CARGO_BIN_EXE_fleet");

/// One world for each step.
struct World {
    server: TestServer,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let server = TestServer::builder().provider(rotating(Duration::from_hours(1))).start().expect("a server");
        Self { server, folder: tempfile::tempdir().expect("a folder") }
    }

    fn folder(&self) -> PathBuf {
        self.folder.path().join("tokens")
    }

    fn store(&self) -> File {
        File::new(self.folder()).on_notice(|notice| panic!("nothing is to be mended after a crash: {notice}"))
    }

    /// Runs a worker that aborts at its `step`th step; what the step is called, or `None` if it came to its end before.
    fn crash(&self, task: &str, step: u32) -> Option<String> {
        let fleet = Fleet::new(Path::new(FLEET), &self.folder(), &self.server.origin()).expect("a pipe");
        let abort = |command: &mut Command| {
            command.env("FLEET_ABORT", step.to_string());
        };
        let mut worker = fleet.start(task, abort).expect("a process");
        let whole = worker.wait().expect("a child").success();
        let said = std::iter::from_fn(|| fleet.hear(Duration::from_millis(if whole { 0 } else { 1000 })));
        said.into_iter().find(|said| said.what == "aborts").map(|said| said.rest)
    }

    fn asked(&self, endpoint: Endpoint) -> u64 {
        self.server.with_provider(|provider| provider.token_requests(endpoint))
    }
}

/// Every step of a flight that refreshes: a mark, a send, a save. Invariants 1, 3, 16.
#[test]
fn the_next_process_recovers_from_a_crash_at_each_step_of_a_refresh() {
    let mut steps = Vec::new();
    for step in 1.. {
        let world = World::new();
        let new = || client(login(&world.server.origin(), PASSWORD, world.store()));
        new().token().expect("a first login");
        let Some(name) = world.crash("force", step) else { break };
        let place = format!("a crash at step {step}, {name}");
        new().token().unwrap_or_else(|error| panic!("{place}: {error}"));
        new().force_refresh().unwrap_or_else(|error| panic!("{place}: {error}"));
        assert_eq!(names(&world.folder()), [".lock", ".v1"], "{place}");
        world.server.with_provider(|provider| {
            assert!(provider.all_presented().all(|(_, times)| times == 1), "{place}: a refresh token was sent twice");
            assert_eq!(provider.revoked_families(), 0, "{place}");
        });
        // The first login, the refresh of the one that crashed, ours, and a login where its answer was lost.
        assert!(world.asked(Endpoint::PasswordForm) <= 4, "{place}");
        steps.push(name);
    }
    for name in ["before peek", "locked", "created", "written", "synced", "renamed", "after save", "after unlock"] {
        assert!(steps.iter().any(|step| step == name), "no crash at {name}: {steps:?}");
    }
    assert_eq!(steps.iter().filter(|step| *step == "renamed").count(), 2, "a mark and a gain: {steps:?}");
}

/// Invariant 4.
#[test]
fn a_registration_is_never_repeated_and_its_key_never_lost_wherever_it_crashed() {
    let (mut lost, mut kept, mut none) = (0, 0, 0);
    for step in 1.. {
        let world = World::new();
        let Some(name) = world.crash("register", step) else { break };
        let place = format!("a crash at step {step}, {name}");
        let sent = world.asked(Endpoint::Register);
        let next: Client = client(registering(&world.server.origin(), world.store()));
        let key = next.config().dialect().identity().expect("a registration has a record of its own");
        let record = world.store().peek(&key).expect("readable").map(|found| found.record);
        let registered = next.register();
        match record {
            None => {
                none += 1;
                assert_eq!(sent, 0, "{place}: a registration was sent without a mark");
                registered.unwrap_or_else(|error| panic!("{place}: {error}"));
            }
            Some(record) if record.held.user_key.is_some() => {
                kept += 1;
                assert!(registered.is_err(), "{place}: there is a key already");
                let still = world.store().peek(&key).expect("readable").map(|found| found.record.held);
                assert_eq!(still, Some(record.held), "{place}: the key is what it was");
            }
            Some(record) => {
                lost += 1;
                assert_eq!(record.spending.map(|mark| mark.spends), Some(Spends::Registration), "{place}");
                let lost = matches!(registered, Err(Error::Denied(Denied::LostRegistration)));
                assert!(lost, "{place}: {registered:?}");
            }
        }
        assert!(world.asked(Endpoint::Register) <= 1, "{place}: registered twice");
        let token = next.token();
        let has_key =
            world.store().peek(&key).expect("readable").is_some_and(|found| found.record.held.user_key.is_some());
        assert_eq!(token.is_ok(), has_key, "{place}: {token:?}");
    }
    assert!(lost > 0 && kept > 0 && none > 0, "{none} before the mark, {lost} between, {kept} after the save");
}
