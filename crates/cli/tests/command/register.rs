//! `hallpass register`, and the life of a `user_key` after it.

use hallpass_testkit::provider::Endpoint;

use crate::world::{Home, USER_SECRET, profiles, server};

#[test]
fn a_user_registers_once_and_keeps_the_key_in_the_profile() {
    let server = server();
    let text = profiles(&server.origin());
    let home = Home::new(&text);

    let before = home.run(&["token", "user-key"]);
    assert_eq!(before.code, 2);
    assert!(before.err.contains("hallpass register user-key"), "{before:?}");
    assert!(server.requests().is_empty(), "nothing was sent");

    let ran = home.run(&["register", "user-key"]).fine();
    ran.hides(&[USER_SECRET]);
    let key = ran.out.trim_end();
    assert_eq!(ran.out, format!("{key}\n"));
    assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
    assert!(ran.err.contains("user_key = ") && !ran.err.contains(key), "{ran:?}");

    let line = format!("user_secret = '{USER_SECRET}'\n");
    home.write("hallpass.toml", text.replace(&line, &format!("{line}user_key = '{key}'\n")).as_bytes());
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
fn a_dialect_without_registration_says_so() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let ran = home.run(&["register", "basic-form"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("needs no registration") && ran.err.contains("hallpass token basic-form"), "{ran:?}");
    assert!(server.requests().is_empty());
}

/// The server gives it once, so a key that nobody read is no success.
#[test]
fn a_key_that_nobody_reads_is_a_failure() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = home.command(&["register", "user-key"]).stdout(writer).output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(1));
}
