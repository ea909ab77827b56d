//! Options that may stand anywhere, and the profile file.

use crate::world::{Home, Ran, profiles, server};

#[test]
fn globals_stand_before_or_after_the_subcommand() {
    let server = server();
    let home = Home::new("");
    home.write("other.toml", profiles(&server.origin()).as_bytes());
    let options = ["--config", "other.toml", "--store", "memory", "--errors", "json", "-v"];

    let orders = [[&options[..], &["check", "auth0-json"]].concat(), [&["check", "auth0-json"], &options[..]].concat()];
    for args in orders {
        let ran = home.run(&args).fine();
        assert!(ran.out.starts_with("auth0-json: fine."), "{ran:?}");
        assert!(ran.err.is_empty(), "programs that read JSON get nothing else: {ran:?}");
    }

    let orders = [[&options[..], &["check", "nobody"]].concat(), [&["check", "nobody"], &options[..]].concat()];
    for args in orders {
        let ran = home.run(&args);
        assert_eq!((ran.code, ran.error()["kind"].as_str()), (2, Some("usage")), "{ran:?}");
    }
}

#[test]
fn v_says_what_is_done() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    for args in [["-v", "token", "auth0-json"], ["token", "auth0-json", "-v"]] {
        let ran = home.run(&args).fine();
        assert!(ran.err.contains("profile auth0-json of "), "{ran:?}");
    }
}

#[test]
fn a_store_that_is_none_is_not_repeated() {
    let home = Home::new(&profiles("http://127.0.0.1:1"));
    for errors in ["text", "json"] {
        let ran = home.run(&["--store", "redsi://me:canary-7@host", "token", "auth0-json", "--errors", errors]);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains("--store: it must be"), "{ran:?}");
        ran.hides(&["canary-7"]);
    }
}

#[cfg(unix)]
#[test]
fn a_port_that_is_none_is_told_as_one() {
    let home = Home::new(&profiles("http://127.0.0.1:1"));
    let ran = home.run(&["--store", "redis://me:canary-7@127.0.0.1:99999/0", "status", "auth0-json"]);
    assert!(ran.code == 2 && ran.err.contains("up to 65535") && !ran.err.contains("it is no redis://"), "{ran:?}");
    ran.hides(&["canary-7"]);
}

#[cfg(unix)]
#[test]
fn profiles_warns_of_what_others_may_read() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new(&profiles("http://127.0.0.1:1"));
    for (mode, warns) in [(0o644, true), (0o600, false)] {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(home.path("hallpass.toml"), mode).expect("it is ours");
        let ran = home.run(&["profiles"]).fine();
        assert_eq!(ran.err.contains("warning: ") && ran.err.contains("may read (mode 644)"), warns, "{ran:?}");
        assert_eq!(home.run(&["profiles", "--errors", "json"]).err, "");
    }
}

#[test]
fn the_profile_file_is_found_by_option_variable_and_folder() {
    let server = server();
    let text = profiles(&server.origin());
    let list = |ran: Ran| ran.fine().out;
    let here = Home::new(&text);
    let listed = list(here.run(&["profiles"]));
    assert_eq!(listed.lines().count(), 4);
    assert!(listed.starts_with("auth0-json     auth0-json     http://127.0.0.1:"), "{listed}");

    let away = Home::new("");
    let file = here.path("hallpass.toml");
    let by_variable = away.command(&["profiles"]).env("HALLPASS_CONFIG", &file).output().expect("the binary runs");
    assert_eq!(list(Ran::of(by_variable)), listed);
    assert_eq!(list(away.run(&["profiles", "--config", file.to_str().expect("UTF-8")])), listed);
    let none = away.run(&["--config", "no-such-file.toml", "profiles"]);
    assert_eq!(none.code, 2);
    assert!(none.err.contains("no-such-file.toml"), "{none:?}");
}

#[test]
fn an_unknown_profile_or_key_names_the_nearest() {
    let home = Home::new(&profiles("http://127.0.0.1:1"));
    let ran = home.run(&["token", "basic-fom"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`basic-form`"), "{ran:?}");
    let home = Home::new("[profiles.x]\ndialect = 'user-key'\nbase_ulr = 'https://sensors.example.com/'\n");
    let ran = home.run(&["profiles"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("hallpass.toml:3") && ran.err.contains("did you mean `base_url`?"), "{ran:?}");
}

#[test]
fn profiles_names_every_one_that_is_wrong() {
    let wrong = "[profiles.a]\ndialect = 'b'\n[profiles.c]\ndialect = 'd'\n[profiles.e]\ndialect = 'f'\n";
    let home = Home::new(&format!("{wrong}{}", profiles("http://127.0.0.1:1")));
    let text = home.run(&["profiles"]);
    let json = home.run(&["profiles", "--errors", "json"]);
    let told = json.error()["message"].as_str().expect("a text").to_owned();
    for ran in [&text, &json] {
        assert_eq!((ran.code, ran.out.lines().count()), (2, 4), "{ran:?}");
    }
    for name in ["a", "c", "e"] {
        let named = format!("profile `{name}`: ");
        assert!(text.err.matches(&named).count() == 1 && told.matches(&named).count() == 1, "{text:?} {told}");
    }
}

#[test]
fn the_help_offers_a_list_where_there_is_one() {
    let home = Home::new("");
    let offers = |command: &str| home.run(&[command, "--help"]).fine().out.contains("without PROFILE");
    assert!(offers("status") && !offers("doctor"));
}

#[test]
fn help_and_version_are_no_errors() {
    let home = Home::new("");
    for args in [&["--help"][..], &["-h"], &["--version"], &["request", "--help"], &["--errors", "json", "--help"]] {
        let ran = home.run(args).fine();
        assert!(ran.out.contains("hallpass") && ran.err.is_empty(), "{ran:?}");
    }
    assert!(home.run(&["--help"]).out.contains("password-form, declared\n"), "all five dialects");
    assert!(home.run(&["--help"]).out.contains("Exit codes"));
}

/// Whoever checks a profile hears what is unwise about it; a script that fetches tokens does not.
#[cfg(unix)]
#[test]
fn check_warns_of_secrets_that_others_can_read() {
    use std::os::unix::fs::PermissionsExt;

    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let mode = |mode| std::fs::set_permissions(home.path("hallpass.toml"), std::fs::Permissions::from_mode(mode));
    mode(0o644).expect("the file is ours");
    assert!(home.run(&["check", "auth0-json"]).fine().err.contains("warning: "));
    assert!(home.run(&["token", "auth0-json"]).fine().err.is_empty());
    assert!(home.run(&["token", "auth0-json", "-v"]).fine().err.contains("warning: "));
    mode(0o600).expect("the file is ours");
    assert!(home.run(&["check", "auth0-json"]).fine().err.is_empty());
}

#[test]
fn a_file_without_a_profile_says_so() {
    for listing in ["profiles", "status"] {
        let empty = Home::new("").run(&[listing]).fine();
        assert!(empty.err.contains("has no profiles yet"), "{empty:?}");
        let misspelt = Home::new("[profile.a]").run(&[listing]);
        assert!(misspelt.code == 2 && misspelt.err.contains("did you mean `profiles`?"), "{misspelt:?}");
    }
}
