//! `hallpass register`, and the life of a `user_key` after it.

use std::io::{PipeReader, PipeWriter, Read, Write};
use std::net::TcpListener;
use std::process::Stdio;

use hallpass_testkit::provider::Endpoint;
#[cfg(unix)]
use hallpass_testserver::redis::RedisServer;
use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};

use crate::world::{Home, Ran, USER_SECRET, profiles, server, until};

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
        nobody_reads(reader, &writer);
        let mut command = home.command(&["--store", store, "register", "user-key"]);
        assert_eq!(command.stdout(writer).output().expect("the binary runs").status.code(), Some(code), "{store}");
    }
}

/// What cannot be printed is not lost without a word.
#[cfg(target_os = "linux")]
#[test]
fn a_key_for_a_full_disk_is_a_failure_that_says_where_it_is() {
    for (store, told) in [
        ("memory", "it is kept nowhere, and the server gives the user_key only once"),
        ("file", "is kept in the store"),
    ] {
        let server = server();
        let home = Home::new(&profiles(&server.origin()));
        let full = std::fs::File::options().write(true).open("/dev/full").expect("it is there");
        let mut command = home.command(&["--store", store, "register", "user-key"]);
        let ran = Ran::of(command.stdout(full).output().expect("the binary runs"));
        assert!(ran.code == 1 && ran.err.contains(told) && ran.err.contains("No space left"), "{ran:?}");
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

/// Registers against a server that lets `meanwhile` happen before it answers, and reads stdout or not.
fn register_while(args: &[&str], read: bool, meanwhile: impl FnOnce(&Home)) -> Ran {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let home = Home::new(&profiles(&format!("http://{}", listener.local_addr().expect("bound"))));
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let spare = writer.try_clone().expect("another");
    let mut command = home.command(&[args, &["register", "user-key"]].concat());
    let child = command.stdout(writer).stderr(Stdio::piped()).spawn().expect("the binary runs");
    drop(command);
    let (mut socket, _) = listener.accept().expect("it connects");
    let _ = socket.read(&mut [0; 4096]).expect("it sends");
    meanwhile(&home);
    let kept = if read { Some(reader) } else { nobody_reads(reader, &spare) };
    drop(spare);
    socket.write_all(&Reply::json(200, r#"{"user_key":"uk-once"}"#).to_bytes()).expect("it waits");
    let output = child.wait_with_output().expect("it ends");
    let mut stdout = Vec::new();
    kept.map(|mut reader| reader.read_to_end(&mut stdout)).transpose().expect("it was read");
    Ran::of(std::process::Output { stdout, ..output })
}

/// Lets go of a pipe's end. Whatever another test starts at this moment has it too, until it runs a program.
fn nobody_reads(reader: PipeReader, writer: &PipeWriter) -> Option<PipeReader> {
    drop(reader);
    until(|| { writer }.write_all(b"\n").is_err());
    None
}

/// What lies in the store's folder under these endings is gone.
fn lose(home: &Home, ending: &str) {
    for entry in std::fs::read_dir(home.path("state/hallpass")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.to_string_lossy().ends_with(ending) {
            std::fs::remove_file(path).expect("a file");
        }
    }
}

/// Invariant 4: nobody is told that a key is kept which its own save did not keep.
#[test]
fn a_key_that_was_not_kept_is_not_said_to_be() {
    for ending in [".v1", ".lock"] {
        let ran = register_while(&[], true, |home| lose(home, ending)).fine();
        assert_eq!(ran.out, "uk-once\n");
        assert!(!ran.err.contains("is kept in the store"), "{ran:?}");
        assert!(ran.err.contains("is not kept") && ran.err.contains("hallpass import user-key"), "{ran:?}");
        let unread = register_while(&[], false, |home| lose(home, ending));
        assert!(unread.code == 7 && unread.err.contains("it is not kept"), "{unread:?}");
        let json = register_while(&["--errors", "json"], true, |home| lose(home, ending));
        let warning = &json.error()["warning"];
        assert!(json.code == 0 && warning.as_str().is_some_and(|text| text.contains("is not kept")), "{json:?}");
    }
}

/// The same where a server forgets.
#[cfg(unix)]
#[test]
fn a_key_that_a_flushed_redis_did_not_take_is_not_said_to_be_kept() {
    let redis = RedisServer::start().expect("a Redis");
    let ran = register_while(&["--store", &redis.url()], true, |_| {
        redis.command("FLUSHALL").expect("it answers");
    });
    assert!(ran.code == 0 && ran.err.contains("is not kept"), "{ran:?}");
    assert_eq!(ran.out, "uk-once\n");
}

/// Invariant 11.
#[test]
fn a_refused_secret_knocks_once() {
    let refused = ScriptServer::start(answers([Reply::json(401, r#"{"error":"invalid_client"}"#)])).expect("a server");
    let text = profiles(&refused.origin());
    let home = Home::new(&text);
    for round in 0..3 {
        let ran = home.run(&["register", "user-key"]);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert_eq!(ran.err.contains("not sent again before"), round > 0, "{ran:?}");
    }
    assert_eq!(refused.requests().len(), 1);
    let status = home.run(&["status", "user-key"]).fine();
    assert!(status.out.contains("latched        until 2"), "{status:?}");

    home.write("hallpass.toml", text.replace(USER_SECRET, "canary-another").as_bytes());
    home.run(&["register", "user-key"]).hides(&["canary-another"]);
    assert_eq!(refused.requests().len(), 2, "another secret opens it");
}

/// The first who hears of it may be the last: the mark of a lost registration keeps everybody from sending it again.
#[test]
fn a_lost_registration_is_told_at_once_with_what_to_do() {
    let html = Reply::new(200).header("content-type", "text/html").body("<html>Log in</html>");
    for (reply, lost) in [(Reply::json(504, "{}"), true), (html, true), (Reply::json(429, "{}"), false)] {
        let server = ScriptServer::builder().every(answers([reply])).start().expect("a server");
        let home = Home::new(&profiles(&server.origin()));
        let ran = home.run(&["register", "user-key"]);
        assert_eq!(ran.err.contains("the user may exist now"), lost, "{ran:?}");
        assert_eq!(ran.err.contains("hallpass import user-key"), lost, "{ran:?}");
    }
}
