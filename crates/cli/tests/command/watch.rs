//! `hallpass exec --watch`: a file with a token that stays fresh.

use std::cell::RefCell;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use hallpass_store::Store;
use hallpass_testserver::redis::RedisServer;
use hallpass_testserver::script::{Act, Reply, ScriptServer, answers};
use rustix::process::Signal;
use serde_json::Value;

use crate::exec::kill;
use crate::world::{Home, profile, profiles, server, until};

fn token(name: &str, life: u32) -> Vec<Act> {
    answers([Reply::json(200, &format!(r#"{{"access_token":"{name}","expires_in":{life}}}"#))])
}

/// Copies the file's text whenever it is another, until it is `t3`.
const READER: &str = "while [ \"$last\" != t3 ]; do now=$(cat \"$HALLPASS_TOKEN_FILE\"); \
                      [ \"$now\" = \"$last\" ] || echo \"$now\"; last=$now; sleep 0.01; done; echo $HALLPASS_TOKEN";

#[test]
fn the_file_is_fresh_for_as_long_as_the_program_runs() {
    let busy = answers([Reply::new(500)]);
    let builder = ScriptServer::builder().connection(token("t1", 2)).connection(busy).connection(token("t2", 2));
    let server = builder.connection(token("t3", 3600)).start().expect("a server");
    let home = Home::new(&profile(&server.origin(), ""));
    let ran = home.run(&["exec", "x", "--watch", "token", "--", "sh", "-c", READER]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "t1\nt2\nt3\nt1\n"), "never empty, never half: {ran:?}");
    let about = fs::metadata(home.path("token")).expect("it stays");
    assert_eq!((about.mode() & 0o777, about.len()), (0o600, 2), "no line end");
    let left = fs::read_dir(home.path("")).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().starts_with('.')).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// As without `--watch`: whoever asked for a time is told that it cannot be had.
#[test]
fn a_token_that_lives_too_short_is_told_of() {
    let server = ScriptServer::builder().connection(token("t1", 600)).start().expect("a server");
    let home = Home::new(&profile(&server.origin(), ""));
    let ran = home.run(&["exec", "x", "--watch", "token", "--min-life", "1h", "--", "true"]).fine();
    assert!(ran.err.lines().count() == 1 && ran.err.contains("less than --min-life"), "{ran:?}");
}

#[test]
fn without_a_program_it_runs_until_it_is_stopped() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let mut child = home.hearing(&["exec", "basic-form", "--watch", "token"]).spawn().expect("the binary runs");
        // It listens before it writes.
        until(|| home.path("token").exists());
        kill(&child, signal);
        assert_eq!(child.wait().expect("it ends").code(), Some(0));
        let kept = fs::read_to_string(home.path("token")).expect("it stays");
        assert_eq!(home.run(&["token", "basic-form"]).fine().out.trim_end(), kept);
        fs::remove_file(home.path("token")).expect("ours");
    }
}

/// Invariant 16.
#[test]
fn no_link_is_followed_and_nothing_is_run_without_a_file() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    home.write("theirs", b"theirs");
    symlink(home.path("theirs"), home.path("link")).expect("a link");
    for file in ["link", "no/such/folder/token", "."] {
        let ran = home.run(&["exec", "basic-form", "--watch", file, "--", "sh", "-c", "echo ran"]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        assert!(ran.err.contains("--watch "), "{ran:?}");
    }
    assert_eq!(fs::read(home.path("theirs")).expect("there"), b"theirs");
}

#[test]
fn a_renewal_that_fails_is_said_once_and_the_old_token_stays() {
    let refused = || answers([Reply::json(400, r#"{"error":"invalid_client"}"#)]);
    for (errors, begins) in [("text", "hallpass: warning: the token in "), ("json", r#"{"warning":"the token in "#)] {
        let server = ScriptServer::builder().connection(token("t1", 1)).every(refused()).start().expect("a server");
        let home = Home::new(&profile(&server.origin(), ""));
        let script = "n=0; while ! grep -q 'could not be renewed' err; do n=$((n + 1)); [ $n -lt 3000 ] || exit 9; \
                      sleep 0.01; done; cat token";
        let err = fs::File::create(home.path("err")).expect("a file");
        let args = ["exec", "x", "--errors", errors, "--watch", "token", "--", "sh", "-c", script];
        let output = home.command(&args).stderr(err).output().expect("the binary runs");
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"t1"[..]), "{errors}");
        let err = fs::read_to_string(home.path("err")).expect("there");
        assert_eq!(err.lines().count(), 1, "{err}");
        assert!(err.starts_with(begins) && err.contains("invalid_client"), "{err}");
    }
}

/// As whoever knows that it was revoked does.
#[test]
fn a_token_that_others_replaced_is_replaced_in_the_file() {
    let server = ScriptServer::builder().connection(token("t1", 3600)).connection(token("t2", 3600)).start();
    let server = server.expect("a server");
    let home = Home::new(&profile(&server.origin(), ""));
    let script = "\"$0\" token x --force; n=0; \
                  while [ \"$(cat token)\" != t2 ]; do n=$((n + 1)); [ $n -lt 3000 ] || exit 9; sleep 0.01; done";
    let program = ["--", "sh", "-c", script, env!("CARGO_BIN_EXE_hallpass")];
    let ran = home.run(&[&["exec", "x", "--watch", "token"], &program[..]].concat());
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "t2\n", ""));
    assert_eq!(server.requests().len(), 2, "nobody logged in for it");
}

/// One that was away for a while is asked again.
#[test]
fn a_store_that_is_back_is_used_again() {
    let builder = ScriptServer::builder().connection(token("t1", 2)).connection(token("t2", 3600));
    let server = builder.connection(token("t3", 3600)).start().expect("a server");
    let mut redis = RedisServer::start().expect("a Redis");
    let home = Home::new(&profile(&server.origin(), &format!("store = '{}'", redis.url())));
    let program = ["--", "sh", "-c", "n=0; until [ -e end ] || [ $n -gt 6000 ]; do n=$((n + 1)); sleep 0.01; done"];
    let args = [&["exec", "x", "--watch", "token"], &program[..]].concat();
    let mut child = home.command(&args).stderr(Stdio::null()).spawn().expect("the binary runs");
    let file = |text: &str| until(|| fs::read_to_string(home.path("token")).is_ok_and(|token| token == text));
    file("t1");
    redis.kill();
    file("t2");
    redis.restart().expect("its port is free");
    let status = || serde_json::from_str::<Value>(&home.run(&["status", "x", "--format", "json"]).out);
    until(|| status().is_ok_and(|status| status["expires_in"].as_u64() > Some(3000)));
    assert_eq!(home.run(&["token", "x", "--force"]).fine().out, "t3\n");
    file("t3");
    home.write("end", b"");
    child.wait().expect("it ends");
}

/// What stands in the file's place now may be gone at the next try.
#[test]
fn a_write_that_fails_is_tried_again() {
    let builder = ScriptServer::builder().connection(token("t1", 1)).connection(token("t2", 3600));
    let server = builder.start().expect("a server");
    let home = Home::new(&profile(&server.origin(), ""));
    let script = "rm token; mkdir token; while ! grep -q 'could not be renewed' err; do sleep 0.01; done; rmdir token; \
                  n=0; while [ \"$(cat token 2>&1)\" != t2 ]; do n=$((n + 1)); [ $n -lt 3000 ] || exit 9; sleep 0.01; done";
    let err = fs::File::create(home.path("err")).expect("a file");
    let status = home.command(&["exec", "x", "--watch", "token", "--", "sh", "-c", script]).stderr(err).status();
    assert_eq!(status.expect("the binary runs").code(), Some(0));
}

fn names_in(folder: &Path) -> Vec<OsString> {
    fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect()
}

/// Invariant 16: also where it is stopped amid its first write.
#[test]
fn a_signal_amid_the_first_write_leaves_nothing_beside_the_file() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    home.run(&["token", "basic-form"]).fine();
    fs::create_dir(home.path("folder")).expect("a folder");
    let names = || names_in(&home.path("folder"));
    for _ in 0..20 {
        let args = ["exec", "basic-form", "--watch", "folder/token", "--", "sleep", "60"];
        let mut child = home.hearing(&args).spawn().expect("the binary runs");
        let begun = Instant::now();
        while names().is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(30), "it writes");
        }
        kill(&child, Signal::TERM);
        assert_eq!(child.wait().expect("it ends").code(), Some(128 + 15));
        assert!(names() == ["token"] || names().is_empty(), "{:?}", names());
        fs::remove_file(home.path("folder/token")).expect("it was written");
    }
}

/// Invariant 16: nor does a kill amid a write, once another run has written there.
#[test]
fn what_a_kill_leaves_beside_the_file_is_gone_after_the_next_run() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    home.run(&["token", "basic-form"]).fine();
    fs::create_dir(home.path("folder")).expect("a folder");
    let names = || names_in(&home.path("folder"));
    let args = ["exec", "basic-form", "--watch", "folder/token", "--", "true"];
    for _ in 0..20 {
        let before = names();
        let mut child = home.command(&args).spawn().expect("the binary runs");
        let begun = Instant::now();
        while names() == before {
            assert!(begun.elapsed() < Duration::from_secs(30), "it writes");
        }
        kill(&child, Signal::KILL);
        child.wait().expect("it ends");
        let _ = fs::remove_file(home.path("folder/token"));
    }
    home.run(&args).fine();
    assert_eq!(names(), ["token"]);
}

#[test]
fn the_files_path_and_the_token_have_variables_of_their_own() {
    let home = Home::new(&profiles("https://auth.example"));
    let ran = home.run(&["exec", "basic-form", "--watch", "token", "--env", "HALLPASS_TOKEN_FILE", "--", "true"]);
    assert!(ran.code == 2 && ran.err.contains("--env HALLPASS_TOKEN_FILE"), "{ran:?}");
}

/// Runs until there is a file `end`, deaf to `TERM`, and then gives 7.
const ENDS: [&str; 4] = ["--", "sh", "-c", "trap '' TERM; while [ ! -e end ]; do sleep 0.01; done; exit 7"];

/// How it ends, with something done for as long as it does not.
fn end(child: &mut Child, meanwhile: impl Fn(&Child)) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("ours") {
            return status;
        }
        if begun.elapsed() > Duration::from_secs(30) {
            child.kill().expect("it runs");
        }
        meanwhile(child);
        thread::sleep(Duration::from_millis(2));
    }
}

/// A login that has sent nothing is not waited for, however long it would last.
#[test]
fn it_ends_with_its_program_amid_a_login() {
    let builder = ScriptServer::builder().connection(token("t1", 1)).connection(token("t2", 1));
    let server = builder.every(token("t3", 1)).start().expect("a server");
    let home = Home::new(&profile(&server.origin(), ""));
    let args = [&["-vv", "exec", "x", "--watch", "token"], &ENDS[..]].concat();
    let err = fs::File::create(home.path("err")).expect("a file");
    let mut child = home.command(&args).stderr(err).spawn().expect("the binary runs");
    until(|| home.path("token").exists());
    let (store, key, held) = (home.store(), home.key("x"), RefCell::new(None));
    until(|| {
        *held.borrow_mut() = store.try_lock(&key, Duration::from_mins(5)).expect("it works");
        held.borrow().is_some()
    });
    let sleeps = || fs::read_to_string(home.path("err")).expect("there").matches("sleep").count();
    let before = sleeps();
    until(|| sleeps() > before);
    home.write("end", b"");
    assert_eq!(end(&mut child, |_| {}).code(), Some(7));
}

/// What was sent is waited for, unless somebody does not want to.
#[test]
fn a_signal_ends_it_after_its_program() {
    let builder = ScriptServer::builder().connection(token("t", 1)).every(vec![Act::Read, Act::Stall]);
    let server = builder.start().expect("a server");
    let home = Home::new(&profile(&server.origin(), ""));
    let args = [&["exec", "x", "--watch", "token"], &ENDS[..]].concat();
    let mut child = home.hearing(&args).spawn().expect("the binary runs");
    until(|| server.requests().len() > 1);
    home.write("end", b"");
    let status = end(&mut child, |child| kill(child, Signal::TERM));
    assert_eq!(status.signal(), Some(Signal::TERM.as_raw()), "{status}");
}
