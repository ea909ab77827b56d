//! A store that fails: the token is served if it can be had, with one line about the store.

use std::path::PathBuf;

use hallpass_testkit::provider::Endpoint;

use crate::world::{Home, OTHER_SEAL_KEY, Ran, SEAL_KEY, SECRETS, profile, profiles, server};

#[track_caller]
fn warned(ran: Ran, of: &str) {
    let ran = ran.fine();
    assert!(!ran.out.is_empty() && ran.err.lines().count() == 1, "{ran:?}");
    assert!(ran.err.starts_with("hallpass: warning: the store failed while ") && ran.err.contains(of), "{ran:?}");
    ran.hides(&SECRETS);
    ran.hides(&[SEAL_KEY, OTHER_SEAL_KEY]);
}

/// Invariant 20.
#[test]
fn the_token_is_served_all_the_same() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    home.write("no-folder", b"");
    for (store, why) in [("file:no-folder", "no-folder"), ("file:no-folder/below", "no-folder")] {
        warned(home.run(&["--store", store, "token", "basic-form"]), why);
        let ran = home.run(&["--store", store, "--errors", "json", "token", "basic-form"]);
        assert!(ran.code == 0 && !ran.out.is_empty(), "{ran:?}");
        let warning = ran.error()["warning"].as_str().expect("one warning").to_owned();
        assert!(warning.contains(why) && warning.ends_with("What was gained may not be kept"), "{warning}");
        let status = home.run(&["--store", store, "status", "basic-form"]);
        assert!(status.code == 7 && status.out.contains("not readable"), "{status:?}");
        assert!(status.out.contains("access token   unknown\n  refresh token  unknown\n"), "{status:?}");
        let json = home.run(&["--store", store, "status", "user-key", "--format", "json"]);
        let held: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
        assert!(held["access_token"].is_null() && held["refresh_token"].is_null(), "{held}");
        assert!(home.run(&["--store", store, "status", "user-key"]).out.contains("user_key       unknown"));
        assert_eq!(home.run(&["--store", store, "forget", "basic-form"]).code, 7);
        assert_eq!(home.run_with_stdin(&["--store", store, "import", "basic-form"], b"r").code, 7);
    }
    let _nobody = server.stop().expect("its port is kept");
    let ran = home.run(&["--store", "file:no-folder", "token", "basic-form"]);
    assert_eq!(ran.code, 5, "the server is the one to blame: {ran:?}");
}

#[test]
fn what_only_the_store_could_give_is_exit_code_7() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    home.write("no-folder", b"");
    for command in ["token", "check", "register"] {
        let ran = home.run(&["--store", "file:no-folder", "--errors", "json", command, "user-key"]);
        assert_eq!((ran.code, ran.error()["kind"].as_str()), (7, Some("store")), "{command}: {ran:?}");
        let ran = home.run(&["--store", "file:no-folder", command, "user-key"]);
        assert_eq!(ran.err.matches("the store failed").count(), 1, "{ran:?}");
    }
    assert_eq!(server.with_provider(|provider| provider.token_requests(Endpoint::Register)), 0, "nothing was spent");
}

#[cfg(unix)]
#[test]
fn a_folder_of_somebody_else_is_refused_and_a_loosened_one_is_mended() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let folder = home.path("theirs");
    std::fs::create_dir(&folder).expect("a folder");
    let mine = std::fs::metadata(&folder).expect("there").uid();
    // Only root can give a folder away; anybody else finds one of root's.
    let theirs =
        if mine == 0 { chown(&folder, Some(65_534), None).map(|()| folder) } else { Ok(PathBuf::from("/usr")) };
    let store = format!("file:{}", theirs.expect("root may").display());
    warned(home.run(&["--store", &store, "token", "basic-form"]), "it belongs to user");
    let status = home.run(&["--store", &store, "status", "basic-form"]);
    assert!(status.code == 7 && status.out.contains("it belongs to user"), "{status:?}");

    home.run(&["token", "basic-form"]).fine();
    let folder = home.path("state/hallpass");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let ran = home.run(&["token", "basic-form"]).fine();
    assert!(ran.err.starts_with("hallpass: warning: the mode of ") && ran.err.lines().count() == 1, "{ran:?}");
    assert!(home.run(&["token", "basic-form"]).fine().err.is_empty());
}

#[test]
fn a_record_that_is_sealed_with_another_key_is_no_miss() {
    let server = server();
    let with = |key: &str| profile(&server.origin(), &format!("store = {{ file = 'tokens', keys = ['{key}'] }}"));
    let home = Home::new(&with(SEAL_KEY));
    let token = home.run(&["token", "x"]).fine().out;
    home.write("hallpass.toml", with(OTHER_SEAL_KEY).as_bytes());
    warned(home.run(&["token", "x"]), "sealed with another key");
    let status = home.run(&["status", "x"]);
    assert!(status.code == 7 && status.out.contains("sealed with another key"), "{status:?}");
    status.hides(&[SEAL_KEY, OTHER_SEAL_KEY]);

    home.write("hallpass.toml", with(&format!("{OTHER_SEAL_KEY}', '{SEAL_KEY}")).as_bytes());
    assert_eq!(home.run(&["token", "x"]).fine().out, token);
    home.write("hallpass.toml", with("canary-7").as_bytes());
    let ran = home.run(&["token", "x"]);
    assert!(ran.code == 2 && ran.err.contains("hallpass.toml:6") && ran.err.contains("32 bytes"), "{ran:?}");
    ran.hides(&["canary-7"]);
}
