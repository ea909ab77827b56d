//! The system's keyring, a real one. It is found by the environment, so what is asked of it is asked by this test's own
//! program, run again.
#![cfg(target_os = "linux")]

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use hallpass_core::dialect::{Held, Key};
use hallpass_core::lifecycle::{Record, Revision};
use hallpass_core::{Endpoint, RefreshToken, Secret};
use hallpass_store::keyring::{Entry, sealed};
use hallpass_store::{File, Store, conformance};
use hallpass_testserver::keyring::Keyring;

const TASK: &str = "HALLPASS_TEST_KEYRING_TASK";

fn doing(keyring: &Keyring, task: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    keyring.meet(command.args(["--exact", "inner", "--nocapture"]).env(TASK, task));
    command.stdout(Stdio::piped());
    command
}

/// What the task says, without the words of the test harness around it.
fn said(output: std::process::Output) -> String {
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().find_map(|line| line.strip_prefix("SAID ")).unwrap_or(&text).to_owned()
}

fn does(keyring: &Keyring, task: &str) -> String {
    said(doing(keyring, task).output().expect("it runs"))
}

/// No test of its own.
#[test]
fn inner() {
    let Ok(task) = std::env::var(TASK) else { return };
    let words: Vec<_> = task.split(' ').collect();
    let entry = Entry::new("ducky", "my-client").patience(Duration::from_secs(3));
    let shown = |result: Result<String, String>| println!("\nSAID {}", result.unwrap_or_else(|error| error));
    shown(match words[..] {
        ["read"] => entry.read().map(|secret| secret.expose().to_owned()).map_err(|error| error.to_string()),
        ["write", text] => {
            entry.write(&Secret::new(text)).map(|()| "written".into()).map_err(|error| error.to_string())
        }
        ["conform"] => {
            let store = || sealed(File::in_user_folder().expect("a folder")).expect("a keyring");
            conformance::check(store);
            Ok("conforms".into())
        }
        ["keep", number] => kept(number.parse().expect("a number")),
        _ => panic!("{task}"),
    });
}

/// Saves a record, then reads what every other process has saved by then.
fn kept(number: usize) -> Result<String, String> {
    let file = File::in_user_folder().map_err(|error| error.to_string())?;
    let store = sealed(file).map_err(|error| error.to_string())?;
    let mut lock =
        store.try_lock(&key(number), Duration::from_secs(9)).expect("it works").expect("nobody else is here");
    let held = Held { refresh_token: Some(RefreshToken::new("canary-7")), user_key: None };
    lock.save(&Record::new(Revision(1), held)).expect("it is saved");
    for other in 0..PROCESSES {
        store.peek(&key(other)).map_err(|error| format!("{other}: {error}"))?;
    }
    Ok("kept".into())
}

fn key(number: usize) -> Key {
    Key::new("x", &Endpoint::parse(&format!("https://auth.example/{number}")).expect("a URL"))
}

const PROCESSES: usize = 6;

#[test]
fn what_was_put_there_is_read_and_what_is_written_is_there() {
    let keyring = Keyring::unlocked().expect("a keyring");
    assert!(does(&keyring, "read").contains("no such entry"));
    keyring.put("ducky", "my-client", "s3cret-é").expect("it is put there");
    assert_eq!(does(&keyring, "read"), "s3cret-é");
    assert_eq!(does(&keyring, "write other"), "written");
    assert_eq!(keyring.get("ducky", "my-client").expect("it can be read"), "other");
}

#[test]
fn one_that_is_not_there_or_locked_is_told() {
    let none = Keyring::none().expect("a bus");
    assert!(does(&none, "read").contains("no keyring can be reached"), "{}", does(&none, "read"));
    let locked = Keyring::locked().expect("a keyring");
    assert!(does(&locked, "write x").contains("is locked"), "{}", does(&locked, "write x"));
    for (keyring, why) in [(none, "no keyring can be reached"), (locked, "is locked")] {
        let kept = does(&keyring, "keep 0");
        assert!(kept.contains(why), "{kept}");
        let store = keyring.home().join("state/hallpass");
        let found = Command::new("grep").args(["-rs", "canary-7"]).arg(store).status().expect("grep runs");
        assert_ne!(found.code(), Some(0), "nothing is ever kept unsealed");
    }
}

#[test]
fn one_that_does_not_answer_is_given_up() {
    let keyring = Keyring::unlocked().expect("a keyring");
    keyring.freeze().expect("it can be stopped");
    // Without a deadline of its own it would wait for as long as the keyring is silent.
    let (begun, mut asking) = (Instant::now(), doing(&keyring, "read").spawn().expect("it runs"));
    while asking.try_wait().expect("it is ours").is_none() && begun.elapsed() < Duration::from_mins(1) {
        thread::sleep(Duration::from_millis(20));
    }
    // It has ended, or ends now.
    let _ = asking.kill();
    let said = said(asking.wait_with_output().expect("it ended"));
    assert!(said.contains("did not answer within 3 s"), "{said}");
}

#[test]
fn the_store_does_what_a_store_must_do() {
    let keyring = Keyring::unlocked().expect("a keyring");
    assert_eq!(does(&keyring, "conform"), "conforms");
    assert_eq!(keyring.get("hallpass", "store").expect("it can be read").len(), 44, "with a key from there");
}

/// Two keys would leave records behind that nobody can open.
#[test]
fn those_who_come_first_at_once_make_one_key() {
    let keyring = Keyring::unlocked().expect("a keyring");
    let all: Vec<_> =
        (0..PROCESSES).map(|number| doing(&keyring, &format!("keep {number}")).spawn().expect("it runs")).collect();
    for child in all {
        assert_eq!(said(child.wait_with_output().expect("it ends")), "kept");
    }
    assert_eq!(does(&keyring, "keep 0"), "kept", "all of them can be opened");
    assert_eq!(keyring.get("hallpass", "store").expect("it can be read").len(), 44);
    let folder = keyring.home().join("state/hallpass");
    let found = Command::new("grep").args(["-r", "canary-7"]).arg(folder).status().expect("grep runs");
    assert_eq!(found.code(), Some(1), "every record is sealed");
}
