//! `-v`: what is done, as it is done.

use crate::world::{CLIENT_SECRET, Home, SECRETS, profiles, server};

#[test]
fn v_shows_each_effect_with_its_duration() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let ran = home.run(&["-v", "token", "basic-form"]).fine();
    let effects: Vec<_> = ran.err.lines().filter_map(|line| line.strip_prefix("hallpass: flight 1: ")).collect();
    let names: Vec<_> = effects.iter().filter_map(|line| line.split_once(", ")).map(|(name, _)| name).collect();
    assert_eq!(names, ["peek", "peek", "lock", "secret", "send", "save", "unlock"], "{ran:?}");
    assert!(effects.iter().all(|line| line.ends_with('s')), "durations: {ran:?}");
    let sent = format!("send, authenticate at {}/oauth/v2/token answered 200, ", server.origin());
    assert!(effects[4].starts_with(&sent), "{ran:?}");
    let (_, until) = ran.err.split_once("a token is in hand, until ").expect("it is told");
    let until = until.lines().next().expect("a line");
    assert!(until.len() == 20 && until.contains('T') && until.ends_with('Z'), "RFC 3339, as everywhere: {until}");
    assert!(!ran.err.contains("begins"), "{ran:?}");
    ran.hides(&SECRETS);
    assert!(!ran.err.contains(ran.out.trim_end()), "{ran:?}");

    let kept = home.run(&["-v", "token", "basic-form"]).fine();
    assert!(kept.err.contains("peek, ") && !kept.err.contains("send, "), "{kept:?}");
}

#[test]
fn v_prints_the_final_error_once_and_vv_where_it_happens_too() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()).replace(CLIENT_SECRET, "canary-wrong"));
    let ran = home.run(&["-v", "token", "basic-form"]);
    assert!(ran.code == 3 && ran.err.contains("hallpass: warning: no token: refused\n"), "{ran:?}");
    assert!(ran.err.contains("/oauth/v2/token answered 401, "), "{ran:?}");
    assert_eq!(ran.err.matches("invalid_client").count(), 1, "{ran:?}");
    home.run(&["forget", "basic-form"]).fine();
    let ran = home.run(&["-vv", "token", "basic-form"]);
    assert_eq!(ran.err.matches("invalid_client").count(), 2, "{ran:?}");
    ran.hides(&["canary-wrong"]);

    let _nobody = server.stop().expect("its port is kept");
    let ran = home.run(&["-v", "token", "auth0-json"]);
    assert!(ran.code == 5 && ran.err.contains("/oauth/token: not sent, "), "{ran:?}");
}

#[test]
fn vv_shows_when_each_begins_too() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let ran = home.run(&["-vv", "token", "auth0-json"]).fine();
    assert!(ran.err.contains(" s  flight 1: send begins\n"), "{ran:?}");
    ran.hides(&SECRETS);
    assert!(!ran.err.contains(ran.out.trim_end()), "{ran:?}");
}

/// Colours and the spinner are for terminals; for pipes they are noise, unless they are asked for.
#[test]
fn a_pipe_gets_no_colours() {
    let home = Home::new("");
    for args in [&["--help"][..], &["token", "nobody"], &["nonsense"]] {
        let ran = home.run(args);
        assert!(!ran.out.contains('\x1b') && !ran.err.contains('\x1b'), "{ran:?}");
        let forced = home.command(args).env("CLICOLOR_FORCE", "1").output().expect("the binary runs");
        let all = [forced.stdout, forced.stderr].concat();
        assert!(all.contains(&0x1b), "{args:?}");
        let none = home.command(args).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").output().expect("it runs");
        assert!(![none.stdout, none.stderr].concat().contains(&0x1b), "{args:?}");
    }
}
