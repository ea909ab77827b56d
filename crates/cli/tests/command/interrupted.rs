//! Signals that come while something is spent.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Output, Stdio};
use std::time::Duration;

use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};
use rustix::process::Signal;

use crate::exec::kill;
use crate::limits::without_files;
use crate::world::{Home, profile, until};

const NEXT: &str = r#"{"access_token":"canary-token","refresh_token":"canary-next","expires_in":3600}"#;

/// The reply, a byte in so many milliseconds: what is to come before its end does so on a slow machine too.
fn slowly(milliseconds: u64) -> Act {
    Act::Drip { bytes: Reply::json(200, NEXT).to_bytes(), every: Duration::from_millis(milliseconds) }
}

/// A login with a refresh token, which it has sent to a server that answers in this way.
fn sending(answer: Act, args: &[&str]) -> (ScriptServer, Home, Child) {
    let server = ScriptServer::start(vec![Act::Read, answer, Act::Stall]).expect("a server");
    let home = Home::new(&profile(&server.origin(), ""));
    home.run_with_stdin(&["import", "x"], b"canary-first").fine();
    let mut command = home.hearing(args);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    until(|| server.requests().len() == 1);
    (server, home, child)
}

fn end(child: Child) -> Output {
    child.wait_with_output().expect("it ends")
}

fn held(home: &Home) -> (Option<String>, bool) {
    let record = hallpass_store::Store::peek(&home.store(), &home.key("x")).expect("the store works");
    let record = record.expect("there is one").record;
    (record.held.refresh_token.map(|token| token.expose().to_owned()), record.spending.is_some())
}

#[test]
fn what_was_sent_is_answered_and_saved_first() {
    let mut killed = Vec::new();
    for args in [&["token", "x"][..], &["trace", "x", "--kept"]] {
        for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
            let (server, home, child) = sending(slowly(10), args);
            kill(&child, signal);
            killed.push((args, signal, server, home, child));
        }
    }
    // Side by side, since each waits for as long as its reply takes.
    for (args, signal, _server, home, child) in killed {
        assert_eq!(end(child).status.signal(), Some(signal.as_raw()));
        assert_eq!(held(&home), (Some("canary-next".into()), false), "{args:?}, {signal:?}");
    }
}

#[test]
fn a_second_one_waits_for_nothing() {
    let (_server, home, child) = sending(Act::Stall, &["token", "x"]);
    kill(&child, Signal::TERM);
    // The first one is noted before the second one comes: a process has each only once until it looks.
    let noted = || !pending(&child);
    until(noted);
    kill(&child, Signal::TERM);
    assert_eq!(end(child).status.signal(), Some(Signal::TERM.as_raw()));
    assert_eq!(held(&home), (Some("canary-first".into()), true), "the mark says that it may be spent");
}

/// Whether a signal has come that the process has not looked at.
fn pending(child: &Child) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("it runs");
    let masks = status.lines().filter_map(|line| line.strip_prefix("SigPnd:").or(line.strip_prefix("ShdPnd:")));
    masks.into_iter().any(|mask| !mask.trim().trim_matches('0').is_empty())
}

/// A lock that is gone amid the exchange, as a disk that is full for a moment: the save fails, and is tried again.
fn loses_its_lock(args: &[&str]) -> (ScriptServer, Home, Child) {
    let (server, home, child) = sending(slowly(10), args);
    unlock(&home);
    until(|| held(&home) == (Some("canary-next".into()), false));
    (server, home, child)
}

fn unlock(home: &Home) {
    let files = std::fs::read_dir(home.path("state/hallpass")).expect("the store's folder");
    let mut files = files.map(|file| file.expect("a file").path());
    let lock = files.find(|path| path.extension().is_some_and(|extension| extension == "lock"));
    std::fs::remove_file(lock.expect("the login's lock")).expect("it is ours");
}

#[test]
fn what_was_not_saved_is_tried_again_before_the_end() {
    let (_server, _home, child) = loses_its_lock(&["token", "x"]);
    let output = end(child);
    assert_eq!((output.status.code(), output.stdout), (Some(0), b"canary-token\n".to_vec()));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A trace tells one login, and what comes after it is none of it; the refresh token is kept all the same.
#[test]
fn what_a_traced_login_could_not_save_is_tried_again_after_it() {
    let (_server, _home, child) = loses_its_lock(&["trace", "x", "--kept"]);
    let output = end(child);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("not kept"), "the trace is the login's: {output:?}");
    assert!(err.lines().count() == 1 && err.contains("was put right"), "{err}");
}

#[test]
fn what_was_not_saved_is_tried_again_while_a_program_runs() {
    let (_server, _home, child) = loses_its_lock(&["exec", "x", "--watch", "token"]);
    kill(&child, Signal::TERM);
    assert_eq!(end(child).status.code(), Some(0), "it ends as ever, though its login could have ended it");
}

/// Though it waited until what was spent could not be saved.
#[test]
fn a_signal_that_waited_starts_no_program() {
    for (program, code) in [(&["--", "touch", "ran"][..], 128 + 15), (&[], 0)] {
        let args = [&["exec", "x", "--watch", "token"], program].concat();
        let (_server, home, child) = sending(slowly(20), &args);
        kill(&child, Signal::TERM);
        until(|| !pending(&child));
        unlock(&home);
        std::fs::rename(home.path("state/hallpass"), home.path("gone")).expect("it is ours");
        home.write("state/hallpass", b"no folder");
        let output = end(child);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("may not be kept"), "{output:?}");
        assert!(home.path("token").exists() && !home.path("ran").exists());
    }
}

/// It has logged in anew, and what it calls may take long.
#[test]
fn a_mark_that_could_not_be_saved_holds_nothing_up() {
    let login = answers([Reply::json(200, r#"{"access_token":"canary-token","expires_in":3600}"#)]);
    let server = ScriptServer::builder().connection(login).connection(vec![Act::Read, Act::Stall]);
    let server = server.start().expect("a server");
    let more = format!("api_url = '{}'\ncall_timeout = '1h'", server.origin());
    let home = Home::new(&profile(&server.origin(), &more));
    home.run_with_stdin(&["import", "x"], b"canary-first").fine();
    let mut command = without_files(&home, &["request", "x", "/data"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary runs");
    until(|| server.requests().len() == 2);
    kill(&child, Signal::TERM);
    until(|| child.try_wait().expect("it is ours").is_some());
    assert_eq!(end(child).status.signal(), Some(Signal::TERM.as_raw()));
    assert_eq!(held(&home), (Some("canary-first".into()), false));
}

/// With nothing at stake a signal does what it always does.
#[test]
fn a_login_that_spends_nothing_is_not_held_up() {
    let server = ScriptServer::start(vec![Act::Read, Act::Stall]).expect("a server");
    let home = Home::new(&profile(&server.origin(), ""));
    let child = home.hearing(&["token", "x"]).spawn().expect("the binary runs");
    until(|| server.requests().len() == 1);
    kill(&child, Signal::TERM);
    assert_eq!(end(child).status.signal(), Some(Signal::TERM.as_raw()));
}
