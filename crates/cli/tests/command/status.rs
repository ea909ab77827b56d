//! `hallpass status`: what is held, and never a secret.

use std::fs;

use hallpass_core::lifecycle::{Closed, Mark};
use hallpass_core::{UtcDateTime, dialect::Spends};
use serde_json::{Value, json};

use crate::world::{Home, SECRETS, profile, profiles, server};

fn object(home: &Home, name: &str) -> Value {
    let ran = home.run(&["status", name, "--format", "json"]).fine();
    serde_json::from_str(&ran.out).expect("JSON")
}

#[test]
fn the_object_has_every_member_whatever_is_held() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let place = home.path("state/hallpass");
    let nothing = json!({
        "profile": "basic-form", "store": "file", "place": place, "access_token": false, "age": null, "life": null,
        "expires_in": null, "expires_at": null, "renews_at": null, "refresh_token": false, "user_key": null,
        "revision": null, "latched_until": null, "latched_why": null, "marked": [], "moved_aside": [],
        "error": null,
    });
    assert_eq!(object(&home, "basic-form"), nothing);
    assert!(!place.exists(), "it only looks");

    home.run(&["token", "basic-form"]).fine();
    let held = object(&home, "basic-form");
    assert_eq!(
        (&held["access_token"], &held["refresh_token"], &held["life"]),
        (&json!(true), &json!(true), &json!(3600))
    );
    assert!(held["revision"].as_str().is_some_and(|revision| revision.len() == 16), "{held}");
    let at = |name: &str| held[name].as_str().expect("a date").to_owned();
    assert!(at("renews_at") < at("expires_at"), "{held}");
    assert!(server.requests().len() == 1, "it asks nobody");

    home.age("basic-form", std::time::Duration::from_hours(2));
    let expired = object(&home, "basic-form");
    assert_eq!((&expired["access_token"], &expired["expires_in"]), (&json!(false), &json!(0)));
    assert!(home.run(&["status", "basic-form"]).fine().out.contains("no, expired: 2 h old of 1 h"));
}

#[test]
fn it_tells_of_latches_and_marks() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    home.run(&["token", "basic-form"]).fine();
    home.change("basic-form", |record| {
        let (since, wait) = (UtcDateTime::now(), std::time::Duration::from_hours(1));
        record.closed =
            Some(Closed { since, wait, strikes: 1, salt: 7, digest: 7, why: Some("401 invalid_client".into()) });
        record.spending = Some(Mark { spends: Spends::RefreshToken, since, by: "box-7, process 9".into() });
    });
    let held = object(&home, "basic-form");
    assert!(held["latched_until"].as_str() > held["marked"][0]["since"].as_str(), "{held}");
    assert_eq!(
        (&held["marked"][0]["by"], &held["marked"][0]["sent"]),
        (&json!("box-7, process 9"), &json!("refresh token"))
    );
    assert_eq!(held["latched_why"], json!("401 invalid_client"));
    let told = home.run(&["status", "basic-form"]).fine().out;
    assert!(told.contains("by box-7, process 9, and its answer is not known"), "{told}");
    assert!(told.contains("latched ") && told.contains("refused (401 invalid_client)"), "{told}");
}

#[test]
fn without_a_name_it_tells_of_all() {
    let server = server();
    let home = Home::own(&format!("{}\n[profiles.odd]\ndialect = 'no'\n", profiles(&server.origin())));
    home.run(&["token", "auth0-json"]).fine();
    let ran = home.run(&["status"]);
    assert_eq!(ran.code, 2, "one profile is wrong: {ran:?}");
    assert_eq!(ran.out.matches("\n  access token   ").count(), 4, "{ran:?}");
    assert_eq!(ran.out.matches("access token   yes, ").count(), 1, "{ran:?}");
    assert_eq!(ran.out.matches("user_key ").count(), 1, "only where there is registration: {ran:?}");
    let json = home.run(&["status", "--format", "json"]);
    let all: Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(all.as_array().map(Vec::len), Some(4));
    for ran in [ran, json] {
        ran.hides(&SECRETS);
    }
}

/// Whoever filled a folder must not have anything run because somebody looks around there.
#[cfg(unix)]
#[test]
fn without_a_name_it_runs_nothing_of_the_folders_file() {
    let server = server();
    let home = Home::own(&profiles(&server.origin()));
    let theirs = "client_id = { command = ['sh', '-c', 'touch ran; echo reports'] }";
    let theirs = profile(&server.origin(), "").replace("client_id = 'reports'", theirs);
    home.write("hallpass.toml", format!("{theirs}\n[profiles.odd]\ndialect = 'no'\n").as_bytes());
    let ran = home.run(&["status"]);
    assert!(ran.code == 2 && ran.err.contains("profile `odd`"), "one of theirs is wrong: {ran:?}");
    assert_eq!(ran.out.matches("\n  access token   ").count(), 4, "the user's own: {ran:?}");
    assert!(ran.out.ends_with("\nx\n  in ./hallpass.toml: name it to look into it\n"), "{ran:?}");
    let all: Value = serde_json::from_str(&home.run(&["status", "--format", "json"]).out).expect("JSON");
    assert_eq!(all.as_array().map(Vec::len), Some(4));
    assert!(!home.path("ran").exists());
    home.run(&["status", "x"]).fine();
    assert!(home.path("ran").exists(), "it was named");
}

#[cfg(unix)]
#[test]
fn without_a_name_a_file_by_two_names_is_looked_into_once() {
    let home = Home::own(&profiles("https://auth.example"));
    std::os::unix::fs::symlink(home.path("hallpass/hallpass.toml"), home.path("hallpass.toml")).expect("a link");
    let ran = home.run(&["status"]).fine();
    assert_eq!((ran.out.matches("access token").count(), ran.out.matches("name it").count()), (4, 0), "{ran:?}");
}

#[test]
fn no_secret_shows_in_any_state() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let key = home.run(&["register", "user-key"]).fine().out;
    let token = home.run(&["token", "user-key"]).fine().out;
    let refresh = home.store();
    let kept = hallpass_store::Store::peek(&refresh, &home.key("user-key")).expect("readable").expect("kept");
    let refresh = kept.record.held.refresh_token.expect("the first authentication gives one");
    for args in [
        &["status", "--config", "hallpass.toml"][..],
        &["status", "user-key", "-v"],
        &["status", "user-key", "--format", "json"],
    ] {
        let ran = home.run(args).fine();
        ran.hides(&[key.trim_end(), token.trim_end(), refresh.expose()]);
        ran.hides(&SECRETS);
    }
    assert!(home.run(&["status", "user-key"]).fine().out.contains("user_key       yes, in the store"));
}

/// Invariant 15.
#[test]
fn a_torn_record_is_nothing_and_the_next_login_moves_it_aside() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    home.run(&["token", "basic-form"]).fine();
    let folder = home.path("state/hallpass");
    let files = || fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let record = files().find(|path| path.extension().is_some_and(|its| its == "v1")).expect("a record");
    let whole = fs::read(&record).expect("readable");
    fs::write(&record, &whole[..whole.len() / 2]).expect("torn");

    assert_eq!(object(&home, "basic-form")["access_token"], false);
    assert!(record.exists(), "status changes nothing");
    let ran = home.run(&["token", "basic-form"]).fine();
    assert!(ran.err.starts_with("hallpass: warning: a record was torn") && ran.err.lines().count() == 1, "{ran:?}");
    assert!(files().any(|path| path.to_string_lossy().contains("damaged")));
    assert!(home.run(&["token", "basic-form"]).fine().err.is_empty(), "it is said once");
}
