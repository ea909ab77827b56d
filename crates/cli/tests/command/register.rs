//! `hallpass register`, and the life of a `user_key` after it.

use hallpass_testkit::provider::Endpoint;
use hallpass_testserver::script::{Act, ScriptServer};

use crate::world::{Home, USER_SECRET, profiles, server, until};

#[test]
fn a_user_registers_once_and_the_key_is_kept() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));

    let before = home.run(&["token", "user-key"]);
    assert_eq!(before.code, 2);
    assert!(before.err.contains("hallpass register user-key"), "{before:?}");
    assert!(server.requests().is_empty(), "nothing was sent");

    let ran = home.run(&["register", "user-key"]).fine();
    ran.hides(&[USER_SECRET]);
    let key = ran.out.trim_end();
    assert_eq!(ran.out, format!("{key}\n"));
    assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
    assert!(ran.err.contains("is kept in the store (file ") && !ran.err.contains(key), "{ran:?}");

    let token = home.run(&["token", "user-key"]).fine();
    token.hides(&[USER_SECRET, key]);
    let checked = home.run(&["check", "user-key"]).fine();
    assert!(checked.out.starts_with("user-key: fine."), "{checked:?}");
    checked.hides(&[USER_SECRET, key]);

    let sent = server.requests().len();
    let again = home.run(&["register", "user-key"]);
    assert_eq!((again.code, again.out.as_str()), (2, ""));
    assert!(again.err.contains("has a user_key"), "{again:?}");
    again.hides(&[USER_SECRET, key]);
    assert_eq!(server.requests().len(), sent, "nothing was sent");
    assert_eq!(server.with_provider(|provider| provider.token_requests(Endpoint::Register)), 1);
}

#[test]
fn what_memory_forgets_goes_into_the_profile_or_another_store() {
    let server = server();
    let text = profiles(&server.origin());
    let home = Home::new(&text);
    let ran = home.run(&["--store", "memory", "register", "user-key"]).fine();
    let key = ran.out.trim_end();
    assert!(ran.err.contains("hallpass import user-key") && ran.err.contains("user_key = "), "{ran:?}");

    let line = format!("user_secret = '{USER_SECRET}'\n");
    let with = Home::new(&text.replace(&line, &format!("{line}user_key = '{key}'\n")));
    with.run(&["--store", "memory", "token", "user-key"]).fine().hides(&[USER_SECRET, key]);
    home.run_with_stdin(&["import", "user-key"], ran.out.as_bytes()).fine().hides(&[key]);
    home.run(&["token", "user-key"]).fine().hides(&[USER_SECRET, key]);
}

#[test]
fn a_dialect_without_registration_says_so() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let ran = home.run(&["register", "basic-form"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("needs no registration") && ran.err.contains("hallpass token basic-form"), "{ran:?}");
    assert!(server.requests().is_empty());
}

/// The server gives it once, so a key that nobody read and nobody kept is no success.
#[test]
fn a_key_that_nobody_reads_is_a_failure_unless_it_is_kept() {
    for (store, code) in [("memory", 1), ("file", 0)] {
        let server = server();
        let home = Home::new(&profiles(&server.origin()));
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = home.command(&["--store", store, "register", "user-key"]);
        assert_eq!(command.stdout(writer).output().expect("the binary runs").status.code(), Some(code), "{store}");
    }
}

/// Invariant 4: the process dies between the server's commit and its own save.
#[test]
fn a_registration_whose_answer_was_lost_is_reported_and_never_repeated() {
    let silent = ScriptServer::start(vec![Act::Read, Act::Stall]).expect("a server");
    let home = Home::new(&profiles(&silent.origin()));
    let mut child = home.command(&["register", "user-key"]).spawn().expect("the binary runs");
    until(|| silent.requests().len() == 1);
    child.kill().expect("it waits for an answer");
    child.wait().expect("it is dead");

    let status = home.run(&["status", "user-key"]).fine();
    let by = format!("process {}, and its answer is not known", child.id());
    assert!(status.out.contains("a registration was sent at ") && status.out.contains(&by), "{status:?}");
    for _ in 0..2 {
        let again = home.run(&["register", "user-key", "--errors", "json"]);
        assert_eq!((again.code, again.error()["kind"].as_str()), (3, Some("denied")), "{again:?}");
        assert!(again.err.contains("not repeated"), "{again:?}");
    }
    assert_eq!(silent.requests().len(), 1);

    home.run_with_stdin(&["import", "user-key"], b"uk-from-elsewhere\n").fine();
    let status = home.run(&["status", "user-key"]).fine();
    assert!(status.out.contains("yes, in the store") && !status.out.contains("marked"), "{status:?}");
}
