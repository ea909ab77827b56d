//! A token that is kept costs no request and no secret.

use std::time::Duration;

use hallpass_testkit::provider::{BasicDecoding, Client, Endpoint};
use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Reply, ScriptServer, answers};
use serde_json::Value;

use crate::world::{CLIENT_SECRET, Home, Ran, SECRETS, profile, profiles, provider, server};

const MINUTE: Duration = Duration::from_mins(1);

/// A profile `x` whose secret comes from a command that leaves a mark.
#[cfg(unix)]
fn marked(origin: &str) -> Home {
    let text = profile(origin, &format!("api_url = '{origin}/'\ncheck_path = 'basic-form/data'"));
    Home::new(
        &text.replace(
            "'canary-client-secret'",
            "{ command = ['sh', '-c', 'echo canary-client-secret; echo x >> asked'] }",
        ),
    )
}

#[cfg(unix)]
#[test]
fn the_second_call_makes_no_request_and_asks_for_no_secret() {
    let server = server();
    let home = marked(&server.origin());
    let first = home.run(&["token", "x"]).fine();
    let second = home.run(&["token", "x"]).fine();
    assert_eq!((second.out, second.err), (first.out, String::new()));
    home.run(&["check", "x"]).fine();
    home.run(&["request", "x", "basic-form/data"]).fine();
    let paths: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(paths, ["/oauth/v2/token", "/basic-form/data", "/basic-form/data"]);
    assert_eq!(std::fs::read_to_string(home.path("asked")).expect("asked once"), "x\n");

    let _nobody = server.stop().expect("its port is kept");
    home.run(&["token", "x"]).fine();
}

/// A kept token says nothing about the credentials.
#[test]
fn check_says_that_nobody_logged_in() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let first = home.run(&["check", "basic-form"]).fine();
    assert!(first.out.starts_with("basic-form: fine. The login worked, and GET "), "{first:?}");
    home.write("hallpass.toml", profiles(&server.origin()).replace("canary-client-secret", "wrong").as_bytes());
    let second = home.run(&["check", "basic-form"]).fine();
    assert!(second.out.contains("fine. With the kept token (from ") && !second.out.contains("worked"), "{second:?}");
    assert!(second.out.contains("`hallpass doctor basic-form` tries the credentials"), "{second:?}");
}

/// Nor does `token --force`, where a refresh token is held.
#[test]
fn what_check_names_does_try_the_credentials() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    home.run(&["register", "user-key"]).fine();
    home.run(&["check", "user-key"]).fine();
    home.write("hallpass.toml", profiles(&server.origin()).replace("canary-user-secret", "wrong").as_bytes());
    let check = home.run(&["check", "user-key"]).fine();
    home.run(&["token", "user-key", "--force"]).fine();
    let (_, named) = check.out.split_once("; `hallpass ").expect("a way to try them");
    let (named, _) = named.split_once('`').expect("it ends");
    let ran = home.run(&named.split(' ').collect::<Vec<_>>());
    assert_eq!(ran.code, 3, "{ran:?}");
}

#[test]
fn the_json_says_where_it_came_from() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let source = || {
        let ran = home.run(&["token", "auth0-json", "--format", "json"]).fine();
        let printed: Value = serde_json::from_str(&ran.out).expect("JSON");
        (printed["source"].clone(), printed["expires_in"].as_u64().expect("it expires"))
    };
    assert_eq!(source().0, "login");
    home.age("auth0-json", 60 * MINUTE);
    let (source, left) = source();
    assert_eq!(source, "store");
    assert!((82_000..=82_800).contains(&left), "an hour of a day is over: {left}");
}

#[test]
fn two_at_once_share_one_token() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let spawn = || home.command(&["token", "basic-form"]).stdout(std::process::Stdio::piped()).spawn();
    let both: Vec<_> = (0..2).map(|_| spawn().expect("the binary runs")).collect();
    let both: Vec<_> = both.into_iter().map(|child| Ran::of(child.wait_with_output().expect("it ends")).out).collect();
    assert!(both[0] == both[1] && !both[0].is_empty());
    assert_eq!(server.requests().len(), 1);
}

/// Invariant 11: a cron job with a dead secret does not knock every minute.
#[test]
fn a_dead_secret_knocks_once() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()).replace("canary-client-secret", "canary-dead"));
    for round in 0..20 {
        let ran = home.run(&["token", "basic-form"]);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert_eq!(ran.err.contains("not sent again before"), round > 0, "{ran:?}");
        ran.hides(&["canary-dead"]);
    }
    assert_eq!(server.requests().len(), 1);
    let status = home.run(&["status", "basic-form"]).fine();
    assert!(status.out.contains("latched        until 2"), "{status:?}");

    home.write("hallpass.toml", profiles(&server.origin()).as_bytes());
    home.run(&["token", "basic-form"]).fine();
    assert_eq!(server.requests().len(), 2, "another secret opens it");
}

/// The secret was right, and was sent in another way than the server reads it.
#[test]
fn a_doctor_who_sees_a_login_work_opens_it() {
    let mut config = provider();
    config.basic_decoding = BasicDecoding::Raw;
    config.clients = vec![Client::new("reports", "canary+100%/=")];
    let server = TestServer::builder().provider(config).start().expect("a server");
    let of = |more: &str| profile(&server.origin(), more).replace(CLIENT_SECRET, "canary+100%/=");
    let home = Home::new(&of(""));
    assert_eq!(home.run(&["token", "x"]).code, 3);
    assert_eq!(home.run(&["doctor", "x"]).code, 3);

    home.write("hallpass.toml", of("basic_encoding = 'raw'").as_bytes());
    let left_alone = home.run(&["token", "x"]);
    assert!(left_alone.code == 3 && left_alone.err.contains("`hallpass doctor`"), "{left_alone:?}");
    let doctor = home.run(&["doctor", "x"]).fine();
    assert!(doctor.out.contains("open again") && !doctor.out.contains("latched"), "{doctor:?}");
    home.run(&["token", "x"]).fine();
}

#[test]
fn a_token_that_is_due_is_renewed_and_served_if_that_fails() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let first = home.run(&["token", "basic-form"]).fine().out;
    home.age("basic-form", 56 * MINUTE);
    let second = home.run(&["token", "basic-form"]).fine().out;
    assert_ne!(first, second);
    assert_eq!(server.with_provider(|provider| provider.token_requests(Endpoint::BasicForm)), 2);

    home.age("basic-form", 56 * MINUTE);
    home.run(&["request", "basic-form", "basic-form/data"]).fine();
    assert_eq!(server.with_provider(|provider| provider.token_requests(Endpoint::BasicForm)), 3, "whoever asks renews");

    home.age("basic-form", 56 * MINUTE);
    let third = home.run(&["status", "basic-form"]).fine();
    let _nobody = server.stop().expect("its port is kept");
    let old = home.run(&["token", "basic-form", "--format", "json"]).fine();
    assert!(old.out.contains(r#""source":"store""#) && old.err.is_empty(), "{third:?} {old:?}");
    home.age("basic-form", 5 * MINUTE);
    assert_eq!(home.run(&["token", "basic-form"]).code, 5, "now it is over");
}

#[test]
fn force_and_min_life_ask_for_a_new_one() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let token = |args: &[&str]| home.run(&[&["token", "auth0-json"], args].concat()).fine().out;
    let first = token(&["--force"]);
    assert_eq!(server.requests().len(), 1, "nothing was kept, so one is enough");
    assert_eq!(token(&["--min-life", "10h"]), first);
    let second = token(&["--force"]);
    assert!(first != second && token(&[]) == second);
    assert_eq!(server.requests().len(), 2);

    home.age("auth0-json", 10 * 60 * MINUTE);
    assert_eq!(token(&["--min-life", "10h"]), second);
    assert_ne!(token(&["--min-life", "15h"]), second);
    assert_eq!(server.requests().len(), 3);
    let ran = home.run(&["token", "auth0-json", "--min-life", "365d"]).fine();
    assert!(ran.err.contains("less than --min-life"), "{ran:?}");
    assert_eq!(server.requests().len(), 3, "no wish is longer than what a new one has");
    let ran = home.run(&["token", "auth0-json", "--min-life", "soon"]);
    assert!(ran.code == 2 && ran.err.contains("\"10m\""), "{ran:?}");
}

#[test]
fn a_profile_and_the_command_line_name_the_store() {
    let server = server();
    let text =
        profiles(&server.origin()).replace("dialect = 'auth0-json'", "dialect = 'auth0-json'\nstore = 'file:mine'");
    let home = Home::new(&text);
    for (args, requests) in [(&[][..], 1), (&[], 1), (&["--store", "memory"], 2), (&["--store", "file:other"], 3)] {
        home.run(&[&["token", "auth0-json"], args].concat()).fine().hides(&SECRETS);
        assert_eq!(server.requests().len(), requests, "{args:?}");
    }
    assert!(home.path("mine").is_dir() && home.path("other").is_dir() && !home.path("state").exists());
}

/// Some servers repeat a token for as long as it is good.
#[test]
fn a_token_that_the_server_repeats_is_asked_for_once() {
    let same = Reply::json(200, r#"{"access_token":"canary-same","expires_in":3600}"#);
    let server = ScriptServer::start(answers([same.clone(), same.clone(), same])).expect("a server");
    let home = Home::new(&profile(&server.origin(), ""));
    home.run(&["token", "x"]).fine();
    let ran = home.run(&["token", "x", "--force"]).fine();
    assert_eq!(server.requests().len(), 2, "{ran:?}");
}
