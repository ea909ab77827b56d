//! What others leave in a store, and odd surroundings: nothing of it reaches a terminal raw, or stays for good.

use hallpass_core::UtcDateTime;
use hallpass_core::dialect::Spends;
use hallpass_core::lifecycle::Mark;
use hallpass_testserver::redis::RedisServer;
use hallpass_testserver::relay::{Passing, Relay};
use hallpass_testserver::script::{Reply, ScriptServer, answers};

use crate::world::{Home, OTHER_SEAL_KEY, SEAL_KEY, profile, profiles, server};

/// Nothing that a terminal would obey.
fn plain(text: &str) -> bool {
    text.chars().all(|c| !c.is_control() || c == '\n')
}

#[test]
fn no_control_character_of_a_profile_or_a_trace_reaches_the_terminal() {
    let reply = Reply::json(200, r#"{"access_token":"t","scope":"a"}"#);
    let server = ScriptServer::builder().every(answers([reply])).start().expect("a server");
    let odd = profile(&server.origin(), r#"scope = "a y\u001B[31m""#);
    let home = Home::new(&odd.replace("profiles.x", r#"profiles."x\u001B]0;owned\u0007""#));
    let name = "x\u{1b}]0;owned\u{7}";
    let run = |args: &[&str]| {
        let ran = home.run(args);
        assert!(plain(&ran.out) && plain(&ran.err), "{:?} {:?}", ran.out, ran.err);
        ran.out
    };
    assert!(run(&["profiles"]).contains("x]0;owned"));
    assert!(run(&["doctor", name]).contains("`y[31m` is missing"));
    run(&["trace", name, "--save", "x.jsonl"]);
    let trace = std::fs::read_to_string(home.path("x.jsonl")).expect("saved");
    home.write("x.jsonl", trace.replace(r#""url":""#, r#""url":"\u001b[31m"#).as_bytes());
    for format in ["text", "mermaid"] {
        assert!(run(&["trace", "--replay", "x.jsonl", "--format", format]).contains("POST [31mhttp:"));
    }
}

#[test]
fn no_control_character_of_a_record_or_a_path_reaches_the_terminal() {
    let home = Home::new(&profiles("https://auth.example"));
    home.run_with_stdin(&["import", "user-key", "--refresh-token"], b"canary-spent").fine();
    home.change("user-key", |record| {
        let by = "\u{1b}]0;owned\u{7}\u{9b}2J host".into();
        record.spending = Some(Mark { spends: Spends::RefreshToken, since: UtcDateTime::UNIX_EPOCH, by });
    });
    let status = home.run(&["status", "user-key"]).fine();
    assert!(status.out.contains("owned") && plain(&status.out), "{status:?}");
    let lost = home.run(&["token", "user-key"]);
    assert!(lost.err.contains("its answer was lost") && plain(&lost.err), "{lost:?}");
    let status = home.run(&["--store", "file:a\u{1b}[2Jb", "status", "user-key"]).fine();
    assert!(status.out.contains("[2Jb") && plain(&status.out), "{status:?}");
}

#[test]
fn blanks_and_control_characters_are_no_token() {
    let home = Home::new(&profiles("https://auth.example"));
    for text in ["  \t ", " \n\n", "a\nb", "a\u{1b}[2J", "\u{feff} "] {
        let ran = home.run_with_stdin(&["import", "basic-form"], text.as_bytes());
        assert!(ran.code == 2 && ran.err.contains("stdin gives"), "{text:?}: {ran:?}");
    }
}

#[test]
fn a_relative_home_keeps_nothing_below_the_working_folder() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let output = home.command(&["token", "basic-form"]).env("HOME", "here").env_remove("XDG_STATE_HOME").output();
    let ran = crate::world::Ran::of(output.expect("the binary runs")).fine();
    assert!(ran.err.contains("nothing is kept") && !home.path("here").exists(), "{ran:?}");
}

#[test]
fn a_silent_redis_costs_one_timeout() {
    let (server, redis) = (server(), RedisServer::start().expect("a Redis"));
    let relay = Relay::to(redis.address()).expect("a relay");
    relay.let_through(Passing::Nothing);
    let store = format!("store = {{ redis = 'redis://{}', timeout = '3s' }}", relay.address());
    let home = Home::new(&profile(&server.origin(), &store));
    home.run(&["token", "x"]).fine();
    assert_eq!(relay.connections(), 1, "it waited twice: no connection is used again that did not answer");
}

#[test]
fn what_was_moved_aside_is_told_and_forgotten_too() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    home.run(&["token", "basic-form"]).fine();
    let folder = home.path("state/hallpass");
    let record = || {
        let entries = std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "v1")).collect::<Vec<_>>()
    };
    let path = record().pop().expect("a record");
    let mut bytes = std::fs::read(&path).expect("there");
    bytes.push(b' ');
    std::fs::write(&path, bytes).expect("ours");
    home.run(&["token", "basic-form"]).fine();
    let status = home.run(&["status", "basic-form"]).fine();
    assert!(status.out.contains("moved aside") && status.out.contains(".damaged-1"), "{status:?}");
    let ran = home.run(&["forget", "basic-form"]).fine();
    assert!(ran.out.contains("a damaged record"), "{ran:?}");
    let left = std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    assert!(left.into_iter().all(|path| !path.to_string_lossy().contains("damaged")));
}

/// The live key stays: the server does not give it again.
#[test]
fn what_was_moved_aside_of_a_registration_is_forgotten_without_the_key() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let key = home.run(&["register", "user-key"]).fine().out;
    let folder = home.path("state/hallpass");
    let files = || std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let record = files().find(|path| path.extension().is_some_and(|ending| ending == "v1")).expect("a record");
    std::fs::write(record, "torn").expect("ours");
    let status = || home.run(&["status", "user-key"]).fine().out;
    home.run(&["register", "user-key"]);
    assert!(status().contains("may hold the user_key; `hallpass forget --user-key` removes it"), "{}", status());
    let ran = home.run(&["forget", "user-key"]).fine();
    assert!(!ran.out.contains("user_key stays") && status().contains(".damaged-1: damaged"), "{ran:?}");
    home.run_with_stdin(&["import", "user-key"], key.as_bytes()).fine();
    assert!(status().contains(".damaged-1: damaged, and may hold tokens"), "{}", status());
    let ran = home.run(&["forget", "user-key"]).fine();
    assert!(ran.out.contains("forgot a damaged record") && ran.out.contains("a user_key stays"), "{ran:?}");
    assert!(status().contains("user_key       yes, in the store") && !status().contains("damaged"), "{}", status());
}

#[test]
fn what_redis_moved_aside_is_forgotten_too() {
    let (server, redis) = (server(), RedisServer::start().expect("a Redis"));
    let home = Home::new(&profile(&server.origin(), &format!("store = '{}'", redis.url())));
    home.run(&["token", "x"]).fine();
    let name = home.key("x").digest().iter().fold("hallpass:1:{".to_owned(), |name, byte| format!("{name}{byte:02x}"));
    let name = name + "}";
    let there = || redis.command(&format!("EXISTS {name}:damaged")).expect("it answers").contains('1');
    redis.command(&format!("APPEND {name} x")).expect("it answers");
    home.run(&["token", "x"]).fine();
    assert!(there());
    assert!(home.run(&["status", "x"]).fine().out.contains(":damaged"));
    assert!(home.run(&["forget", "x"]).fine().out.contains("a damaged record"));
    assert!(!there());
}

/// Force helps against no other trouble of a store.
#[test]
fn a_store_that_is_away_is_not_told_to_have_lost_a_key() {
    for store in ["redis://127.0.0.1:1", "file:hallpass.toml"] {
        let home = Home::new(&profile("https://auth.example", &format!("store = '{store}'")));
        let ran = home.run(&["forget", "x"]);
        assert!(ran.code == 7 && !ran.err.contains("--force"), "{ran:?}");
    }
}

#[test]
fn a_record_whose_key_is_lost_is_forgotten_by_force() {
    let server = server();
    let redis = RedisServer::start().expect("a Redis");
    for place in ["file = 'tokens'".to_owned(), format!("redis = '{}'", redis.url())] {
        let with = |key: &str| profile(&server.origin(), &format!("store = {{ {place}, keys = ['{key}'] }}"));
        let home = Home::new(&with(SEAL_KEY));
        let first = home.run(&["token", "x"]).fine().out;
        home.write("hallpass.toml", with(OTHER_SEAL_KEY).as_bytes());
        let refused = home.run(&["forget", "x"]);
        assert!(refused.code == 7 && refused.err.contains("--force"), "{refused:?}");
        let digest = refused.err.split(|c: char| !c.is_ascii_hexdigit()).any(|word| word.len() == 64);
        assert!(digest, "it names the record: {refused:?}");
        let ran = home.run(&["forget", "x", "--force"]).fine();
        assert!(ran.out.contains("a record that no key opens"), "{ran:?}");
        assert_ne!(home.run(&["token", "x"]).fine().out, first);
        assert!(home.run(&["status", "x"]).fine().out.contains("access token   yes"));
    }
}
